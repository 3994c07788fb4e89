package workbench

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/minyi/minyi/classifier"
	"github.com/minyi/minyi/dict"
	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/internal/textfmt"
)

// KeynessOptions are the options of FindKeyness. The zero value is usable.
type KeynessOptions struct {
	// Target is the full id of the sub-theme whose messages are compared with the
	// rest; empty: the untagged messages.
	Target string
	// Gold uses the themes that messages are labelled with instead of the tags of
	// the classifier. The corpus must have themes.
	Gold bool
	// MinMessages is the least number of messages of the target that a word must
	// occur in; default 5.
	MinMessages int
	// Limit is the most words to list; default 100; negative: no limit.
	Limit int
	// Known says to list also words that the dictionary already has.
	Known bool
}

// Keyness lists the words that distinguish some messages, the target, from the rest.
type Keyness struct {
	Stats
	Dict           string    `json:"dict"`
	Target         string    `json:"target"` // empty: untagged
	TargetMessages int       `json:"target_messages"`
	TargetTokens   int       `json:"target_tokens"`
	RestTokens     int       `json:"rest_tokens"`
	Words          []KeyWord `json:"words"` // by descending G2
	// Missed is the most times that a word can have occurred uncounted: when there
	// are too many words to keep, rare ones are dropped. 0: none was dropped.
	Missed int `json:"missed"`
}

// KeyWord is a word, or two adjacent words, more frequent in the target than in the
// rest.
type KeyWord struct {
	Word     string  `json:"word"`     // normalised
	G2       float64 `json:"g2"`       // log-likelihood: how significant the difference is
	LogRatio float64 `json:"logratio"` // effect size: how large it is, as a power of two
	Target   int     `json:"target"`   // occurrences in the target
	Rest     int     `json:"rest"`
	Messages int     `json:"messages"` // messages of the target with the word
	Pair     bool    `json:"pair,omitempty"`
	Known    bool    `json:"known,omitempty"` // it is a keyword of the dictionary
}

// G2 is the log-likelihood ratio statistic for a word that occurs a times among c
// tokens and b times among d other tokens. The greater it is, the less likely is the
// hypothesis that the word is equally frequent in both:
//
//	G2 = 2 (a ln(a/E1) + b ln(b/E2)), E1 = c (a+b)/(c+d), E2 = d (a+b)/(c+d)
//
// where 0 ln 0 is 0. A difference is significant at 5 % above 3.84, at 1 % above
// 6.63, at 0.1 % above 10.83 and at 0.01 % above 15.13 (chi-squared, one degree of
// freedom).
//
// Dunning, Accurate Methods for the Statistics of Surprise and Coincidence,
// Computational Linguistics 19(1), 1993; in this form Rayson and Garside, Comparing
// Corpora Using Frequency Profiling, 2000.
func G2(a, b, c, d int) float64 {
	if c == 0 || d == 0 {
		return 0
	}
	part := func(n, of int) float64 {
		if n == 0 {
			return 0
		}
		expected := float64(of) * float64(a+b) / float64(c+d)
		return float64(n) * math.Log(float64(n)/expected)
	}
	return max(0, 2*(part(a, c)+part(b, d))) // rounding can leave -1e-14
}

// LogRatio is the binary logarithm of the ratio of two relative frequencies, a among
// c tokens and b among d: 1 means twice as frequent, -1 half as frequent. A count of
// 0 is taken as 0.5. (Hardie, Log Ratio: an Informal Introduction, CASS Lancaster,
// 2014.)
func LogRatio(a, b, c, d int) float64 {
	if c == 0 || d == 0 {
		return 0
	}
	some := func(n int) float64 { return max(0.5, float64(n)) }
	return math.Log2(some(a) / float64(c) / (some(b) / float64(d)))
}

// FindKeyness compares the words of some messages with those of the rest. Words are
// normalised tokens and pairs of adjacent tokens, without single characters, figures
// and punctuation. Only words that are more frequent in the target are listed.
//
// It is an error if the target is not a sub-theme of c's dictionary; with Gold,
// messages without a label are skipped and counted, and one with a label of another kind
// gives a *CorpusError, as does a corpus without labels. Memory is bounded: see
// Keyness.Missed.
func FindKeyness(ctx context.Context, c *classifier.Classifier, corpus Corpus, o KeynessOptions) (*Keyness, error) {
	if o.MinMessages == 0 {
		o.MinMessages = 5
	}
	if o.Limit == 0 {
		o.Limit = 100
	}
	target, err := newTarget(c.Dictionary(), o)
	if err != nil {
		return nil, err
	}
	k := &Keyness{Dict: c.Dictionary().Version(), Target: o.Target}
	counts := newWordCounts(2, maxWords)
	var unread unlabelled
	k.Stats, err = mapMessages(ctx, corpus, func() *keynessWorker {
		return &keynessWorker{c: c, segmented: newSegmented(c), target: target}
	}, (*keynessWorker).message, func(w wordsOfMessage) error {
		switch w.side {
		case unreadSide:
			unread.add(w.line)
			return nil
		case 0:
			k.TargetMessages++
		}
		counts.add(&w)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if err := unread.leave(&k.Stats, corpus.Name, phrase.Textf("without them, leave out what asks for the labels")); err != nil {
		return nil, err
	}
	k.TargetTokens, k.RestTokens, k.Missed = counts.tokens[0], counts.tokens[1], counts.floor
	k.Words = counts.keyWords(knownWords(c.Dictionary()), o)
	return k, nil
}

// target decides which messages belong to the target.
type target struct {
	id, name   string // name: the Chinese name, if no other sub-theme has it
	theme, sub int
	gold       bool
}

func newTarget(d *dict.Dictionary, o KeynessOptions) (target, error) {
	t := target{id: o.Target, theme: -1, gold: o.Gold}
	eachSubTheme(d, func(theme, sub int, s *dict.SubTheme) {
		if s.ID == o.Target {
			t.theme, t.sub = theme, sub
		}
	})
	for name, id := range idsByName(d) {
		if id == o.Target {
			t.name = name
		}
	}
	if o.Target != "" && t.theme < 0 {
		return t, phrase.Errorf("%s is not a sub-theme of the dictionary", o.Target)
	}
	return t, nil
}

func (t *target) has(m *Message, tags []classifier.Tag) bool {
	switch {
	case t.gold && t.id == "":
		return len(m.Themes) == 0
	case t.gold:
		return contains(m.Themes, t.id) || t.name != "" && contains(m.Themes, t.name)
	case t.id == "":
		return len(tags) == 0
	}
	return slices.ContainsFunc(tags, func(tag classifier.Tag) bool { return tag.Theme == t.theme && tag.SubTheme == t.sub })
}

// wordsOfMessage holds the words of one message with their counts.
type wordsOfMessage struct {
	side   int // 0: target, 1: rest, unreadSide
	line   int // of an unread one
	tokens int
	words  map[string]int
}

// unreadSide is the side of a message that nobody has labelled, where labels decide.
const unreadSide = -1

// keynessWorker is the state of one goroutine. Not safe for concurrent use.
type keynessWorker struct {
	c *classifier.Classifier
	*segmented
	target target
	tags   classifier.Result
}

func (w *keynessWorker) message(m *Message) (wordsOfMessage, error) {
	switch {
	case w.target.gold && m.Kind == Unlabelled:
		return wordsOfMessage{side: unreadSide, line: m.Line}, nil
	case w.target.gold && m.Kind != LabelThemes:
		return wordsOfMessage{}, fault{phrase.Textf("no themes"), phrase.Textf("without them, leave out what asks for the labels")}
	}
	out := wordsOfMessage{side: 1}
	if !w.target.gold {
		w.c.Classify(&w.tags, []byte(m.Text))
	}
	if w.target.has(m, w.tags.Tags) {
		out.side = 0
	}
	out.words, out.tokens = wordsAndPairs(w.of(m.Text))
	return out, nil
}

// pairMark joins the two words of a pair in the keys of wordsAndPairs; no word
// contains it.
const pairMark = "\x00"

// wordsAndPairs counts the words of two or more characters and the pairs of adjacent
// words. words is the number of all words, including those of one character.
func wordsAndPairs(tokens []string) (counts map[string]int, words int) {
	counts = map[string]int{}
	for i, t := range tokens {
		if !isWordToken(t) {
			continue
		}
		words++
		if utf8.RuneCountInString(t) > 1 {
			counts[t]++
		}
		if i+1 < len(tokens) && isWordToken(tokens[i+1]) && !isFunctionWord(t) && !isFunctionWord(tokens[i+1]) {
			counts[t+pairMark+tokens[i+1]]++
		}
	}
	return counts, words
}

// wordCounts adds up words on several sides, and keeps at most limit of them. When
// there are more, it drops the rarest, so that a count can be too low by at most
// floor. (Lossy counting: Manku and Motwani, Approximate Frequency Counts over Data
// Streams, VLDB 2002.)
type wordCounts struct {
	sides, limit int
	counts       map[string]*countedWord
	tokens       []int // of each side
	floor        int
}

// countedWord is a word that is kept.
type countedWord struct {
	sides []sideCount
	// missed is how often it may have occurred before it was kept: the floor at that
	// time.
	missed int
}

// sideCount is how often a word occurs on a side, and in how many messages.
type sideCount struct{ times, messages int32 }

// maxWords is how many distinct words are kept; they take a few hundred megabytes.
const maxWords = 2_000_000

func newWordCounts(sides, limit int) *wordCounts {
	return &wordCounts{sides: sides, limit: limit, counts: map[string]*countedWord{}, tokens: make([]int, sides)}
}

func (w *wordCounts) add(m *wordsOfMessage) {
	w.tokens[m.side] += m.tokens
	for word, n := range m.words {
		c, ok := w.counts[word]
		if !ok {
			c = &countedWord{make([]sideCount, w.sides), w.floor}
			w.counts[strings.Clone(word)] = c
		}
		c.sides[m.side].times += int32(n)
		c.sides[m.side].messages++
	}
	for len(w.counts) > w.limit {
		w.floor++
		for word, c := range w.counts {
			if c.times()+c.missed <= w.floor {
				delete(w.counts, word)
			}
		}
	}
}

func (c *countedWord) times() int {
	sum := 0
	for _, side := range c.sides {
		sum += int(side.times)
	}
	return sum
}

func (w *wordCounts) keyWords(known map[string]bool, o KeynessOptions) []KeyWord {
	out := []KeyWord{}
	c, d := w.tokens[0], w.tokens[1]
	for word, counted := range w.counts {
		n := counted.sides
		a, b := int(n[0].times), int(n[1].times)
		ratio := LogRatio(a, b, c, d)
		if int(n[0].messages) < o.MinMessages || ratio <= 0 {
			continue
		}
		shown := strings.ReplaceAll(word, pairMark, "")
		k := KeyWord{
			Word: shown, G2: G2(a, b, c, d), LogRatio: ratio, Target: a, Rest: b,
			Messages: int(n[0].messages), Pair: shown != word, Known: known[shown],
		}
		if !k.Known || o.Known {
			out = append(out, k)
		}
	}
	slices.SortFunc(out, func(a, b KeyWord) int {
		return cmp.Or(cmp.Compare(b.G2, a.G2), cmp.Compare(a.Word, b.Word), boolOrder(a.Pair, b.Pair))
	})
	// A pair can be the same characters as a token elsewhere: keep the one with the
	// higher G2.
	seen := map[string]bool{}
	out = slices.DeleteFunc(out, func(k KeyWord) bool {
		twice := seen[k.Word]
		seen[k.Word] = true
		return twice
	})
	if o.Limit >= 0 && len(out) > o.Limit {
		out = out[:o.Limit]
	}
	return out
}

func boolOrder(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}

// knownWords returns the normal forms of the dictionary's keywords, except those of
// rules.
func knownWords(d *dict.Dictionary) map[string]bool {
	known := map[string]bool{}
	eachSubTheme(d, func(_, _ int, s *dict.SubTheme) {
		for _, k := range s.Keywords {
			if k.Word != "" {
				known[classifier.Normalize(k.Word)] = true
			}
		}
	})
	return known
}

// Text writes the words for a terminal of 80 columns.
func (k *Keyness) Text(w io.Writer, r Reader) error {
	p := page{Reader: r}
	what := p.orUntagged(k.Target)
	p.writef("%s of %s messages are %s: what marks them against the rest\n", textfmt.Count(k.TargetMessages), textfmt.Count(k.Rows), what)
	k.defects(&p)
	if k.Missed > 0 {
		p.writef("words were forgotten that came at most %d times\n", k.Missed)
	}
	p.WriteByte('\n')
	if len(k.Words) == 0 {
		p.writef("no word is more frequent in them, in as many messages as asked for\n")
	} else {
		p.WriteString(keyWordTable(&p, k.Words))
		p.writef("\nG2: log-likelihood; over 15.1 is significant at 0.01 %%. log ratio: 1 is twice as\nfrequent as elsewhere\n")
	}
	_, err := io.WriteString(w, p.String())
	return err
}

// keyWordTable is a table of words with their figures.
func keyWordTable(p *page, words []KeyWord) string {
	t := textfmt.Table{Columns: []textfmt.Column{
		{Title: p.say("word"), MinWidth: shortName},
		{Title: "G2", Right: true},
		{Title: p.say("log ratio"), Right: true},
		{Title: p.say("times"), Right: true},
		{Title: p.say("elsewhere"), Right: true},
		{Title: p.say("messages"), Right: true},
		{Title: ""},
	}}
	for _, x := range words {
		note := ""
		if x.Known {
			note = p.say("known")
		}
		t.Row(textfmt.Cut(x.Word, 30), fmt.Sprintf("%.1f", x.G2), fmt.Sprintf("%.2f", x.LogRatio),
			textfmt.Count(x.Target), textfmt.Count(x.Rest), textfmt.Count(x.Messages), note)
	}
	return t.String()
}
