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
//   - the stems of its words: every run of two or three characters of a longer word
//     (环保 in 环保局),
//   - its pairs: two adjacent words as one keyword that matches whole tokens only.
//
// Single characters and function words are none, alone or in a pair.
func candidatesOf(tokens []string) map[candidate]int {
	counts := map[candidate]int{}
	for i, t := range tokens {
		if !isWordToken(t) || isFunctionWord(t) {
			continue
		}
		runes := utf8.RuneCountInString(t)
		if runes > 1 {
			counts[candidate{word: t}]++
		}
		if i+1 < len(tokens) && isWordToken(tokens[i+1]) && !isFunctionWord(tokens[i+1]) && runes+utf8.RuneCountInString(tokens[i+1]) <= maxPairRunes {
			counts[candidate{t + tokens[i+1], true}]++
		}
		if runes > 2 {
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
			if stem := token[from:end]; n > 1 && n < runes && !isFunctionWord(stem) {
				counts[candidate{word: stem}]++
			}
		}
	}
}

// candidateColumn is a candidate and the messages that it stands in.
type candidateColumn struct {
	candidate
	entries []entry
}

// entry is how much a word counts in one message: 1 + ln n for n matches.
type entry struct {
	row int32
	x   float32
}

// candidateIndex gathers the candidates of messages, which are rows in the order in
// which they are added. The zero value is empty.
type candidateIndex struct {
	columns []candidateColumn
	index   map[candidate]int32
}

func (x *candidateIndex) add(row int, counts map[candidate]int) {
	if x.index == nil {
		x.index = map[candidate]int32{}
	}
	for w, n := range counts {
		i, ok := x.index[w]
		if !ok {
			i = int32(len(x.columns))
			x.index[w] = i
			x.columns = append(x.columns, candidateColumn{candidate: w})
		}
		x.columns[i].entries = append(x.columns[i].entries, entry{int32(row), float32(damped(n))})
	}
}

// useful returns the candidates that can become keywords: they stand in a least number
// of messages, and a stem is itself a word of gse's, so that 环保局 does not give 保局.
// Of a word and a pair with the same characters, the word is kept. Words come first,
// so that they are preferred to pairs that stand in the same messages.
func (x *candidateIndex) useful(seg *segmented, least int) []candidateColumn {
	words := map[string]bool{}
	for _, c := range x.columns {
		if !c.whole && len(c.entries) >= least {
			words[c.word] = true
		}
	}
	columns := slices.DeleteFunc(x.columns, func(c candidateColumn) bool {
		switch {
		case len(c.entries) < least:
			return true
		case c.whole:
			return words[c.word]
		}
		return len(seg.of(c.word)) != 1
	})
	slices.SortFunc(columns, func(a, b candidateColumn) int {
		if a.whole != b.whole {
			if b.whole {
				return -1
			}
			return 1
		}
		return strings.Compare(a.word, b.word)
	})
	return columns
}

// damped is what n matches of a keyword count: 1 + ln n, as in the classifier's
// score.
func damped(n int) float64 { return 1 + math.Log(float64(n)) }
