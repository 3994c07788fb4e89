package workbench

import (
	"math"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/minyi/minyi/classifier"
)

// segmented is a tokenizer: it returns the normalised tokens of gse. Not safe for
// concurrent use.
type segmented struct {
	c      *classifier.Classifier
	result classifier.Result
	spans  []classifier.Token
	tokens []string
	// normal caches the normal forms of tokens; a language has few different ones.
	// It is emptied when it has grown to maxNormal.
	normal map[string]string
}

const maxNormal = 1 << 19

func newSegmented(c *classifier.Classifier) *segmented {
	return &segmented{c: c, normal: map[string]string{}}
}

// of returns the tokens of text. They are valid until the next call.
func (s *segmented) of(text string) []string {
	s.spans = s.c.Tokens(&s.result, s.spans[:0], []byte(text))
	s.tokens = s.tokens[:0]
	for _, span := range s.spans {
		raw := text[span.Start:span.End]
		normal, ok := s.normal[raw]
		if !ok {
			if len(s.normal) >= maxNormal {
				clear(s.normal)
			}
			normal = classifier.Normalize(raw)
			s.normal[strings.Clone(raw)] = normal
		}
		s.tokens = append(s.tokens, normal)
	}
	return s.tokens
}

// isWordToken reports whether a token can be part of a keyword that a program
// proposes: it has only letters, and at least two if they are Latin. Figures,
// punctuation and codes such as A7 say where and when, not what a message is about.
func isWordToken(token string) bool {
	han := false
	for _, r := range token {
		if !unicode.IsLetter(r) {
			return false
		}
		han = han || unicode.Is(unicode.Han, r)
	}
	return han || utf8.RuneCountInString(token) >= 2
}

// candidate is a keyword that may be learned.
type candidate struct {
	word  string
	whole bool
}

// Bounds of the candidates, in runes.
const (
	maxStemRunes = 3
	maxPairRunes = 12
)

// candidatesOf counts the candidates in a text, which are
//   - its words, which also match inside longer words,
//   - the stems of its words: every run of up to three characters of a longer word
//     (环保 in 环保局),
//   - its pairs: two adjacent words as one keyword that matches whole tokens only.
func candidatesOf(tokens []string) map[candidate]int {
	counts := map[candidate]int{}
	for i, t := range tokens {
		if !isWordToken(t) {
			continue
		}
		counts[candidate{word: t}]++
		runes := utf8.RuneCountInString(t)
		if i+1 < len(tokens) && isWordToken(tokens[i+1]) && runes+utf8.RuneCountInString(tokens[i+1]) <= maxPairRunes {
			counts[candidate{t + tokens[i+1], true}]++
		}
		if runes > 1 {
			countStems(counts, t, runes)
		}
	}
	return counts
}

func countStems(counts map[candidate]int, token string, runes int) {
	if r, _ := utf8.DecodeRuneInString(token); r < 0x800 {
		return // a run of Latin letters is one unit, which no keyword divides
	}
	for from := range token {
		end := from
		for n := 1; n <= maxStemRunes && end < len(token); n++ {
			_, size := utf8.DecodeRuneInString(token[end:])
			end += size
			if n < runes {
				counts[candidate{word: token[from:end]}]++
			}
		}
	}
}

// vocabulary holds the candidates of labelled messages as features of a linear
// model. In a message that has a candidate n times, its value is (1 + ln n) x idf,
// divided by the Euclidean length of the message's values, so that a long message
// counts no more than a short one. idf = ln(messages / messages with the candidate):
// Spärck Jones, A Statistical Interpretation of Term Specificity and Its Application
// in Retrieval, J. Documentation 28(1), 1972.
type vocabulary struct {
	candidates []candidate
	idf        []float64
	features   []feature
	lengths    []float64 // of each message's values before the division; 1 instead of 0
}

// newVocabulary takes the counts of each message. It leaves out candidates that
// occur in fewer than minMessages messages, and pairs that are also a word or a
// stem, since the two would be the same keyword.
func newVocabulary(counts []map[candidate]int, minMessages int) *vocabulary {
	messages := map[candidate]int{}
	for _, row := range counts {
		for c := range row {
			messages[c]++
		}
	}
	v := &vocabulary{}
	for c, n := range messages {
		// A candidate of every message says nothing, and its idf is 0.
		if n < minMessages || n == len(counts) || c.whole && messages[candidate{word: c.word}] >= minMessages {
			continue
		}
		v.candidates = append(v.candidates, c)
	}
	slices.SortFunc(v.candidates, func(a, b candidate) int { return strings.Compare(a.word, b.word) })
	index := make(map[candidate]int32, len(v.candidates))
	v.features = make([]feature, len(v.candidates))
	for i, c := range v.candidates {
		index[c] = int32(i)
		v.idf = append(v.idf, math.Log(float64(len(counts))/float64(messages[c])))
		v.features[i] = feature{class: -1, penalty: 1, entries: make([]entry, 0, messages[c])}
	}
	var row []int32
	for i, has := range counts {
		row = row[:0]
		for c := range has {
			if f, ok := index[c]; ok {
				row = append(row, f)
			}
		}
		slices.Sort(row) // to add in the same order each time; that of a map varies
		square := 0.0
		for _, f := range row {
			x := damped(has[v.candidates[f]]) * v.idf[f]
			square += x * x
		}
		length := math.Sqrt(square)
		if length == 0 {
			length = 1
		}
		v.lengths = append(v.lengths, length)
		for _, f := range row {
			x := damped(has[v.candidates[f]]) * v.idf[f] / length
			v.features[f].entries = append(v.features[f].entries, entry{int32(i), float32(x)})
		}
	}
	return v
}

// damped is what n matches of a keyword count: 1 + ln n, as in the classifier's
// score.
func damped(n int) float64 { return 1 + math.Log(float64(n)) }
