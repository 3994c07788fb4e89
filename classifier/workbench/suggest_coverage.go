package workbench

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/minyi/minyi/classifier"
	"github.com/minyi/minyi/dict"
	"github.com/minyi/minyi/dict/phrase"
)

// errEnough ends reading a corpus early.
var errEnough = phrase.New("enough was read")

// maxSuggestWords is how many distinct words are kept, each with a count for every
// sub-theme.
const maxSuggestWords = 400_000

// minAssociation is the G2 from which a word is associated with a sub-theme:
// significant at 0.01 %.
const minAssociation = 15.13

// suggestCoverage reads the corpus twice: first to count the words, then to find the
// messages that the best of them would change. A word is suggested for a sub-theme
// that is the primary of at least half of the tagged messages with the word, and
// significantly more often than of those without it (G2).
func suggestCoverage(ctx context.Context, c *classifier.Classifier, corpus Corpus, o SuggestOptions) (*Suggestions, error) {
	s := &coverageSuggester{SuggestOptions: o, c: c}
	eachSubTheme(c.Dictionary(), func(theme, _ int, sub *dict.SubTheme) {
		for len(s.numbers) <= theme {
			s.numbers = append(s.numbers, nil)
		}
		s.numbers[theme] = append(s.numbers[theme], len(s.subs))
		s.subs = append(s.subs, sub)
	})
	out := &Suggestions{Dict: c.Dictionary().Version(), By: "coverage", Words: []Suggestion{}}
	s.counts = newWordCounts(len(s.subs)+1, maxSuggestWords)
	s.messages = make([]int, len(s.subs)+1)
	var err error
	out.Stats, err = mapMessages(ctx, corpus, func() *coverageWorker {
		return &coverageWorker{s: s, words: newSegmented(c)}
	}, (*coverageWorker).message, s.collect)
	if err != nil {
		return nil, err
	}
	out.Untagged = s.messages[len(s.subs)]
	out.Words = s.words()
	if err := s.show(ctx, corpus, out.Words); err != nil {
		return nil, err
	}
	return out, nil
}

// coverageSuggester finds gains of coverage. Workers only read the fields that they
// use.
type coverageSuggester struct {
	SuggestOptions
	c        *classifier.Classifier
	subs     []*dict.SubTheme
	numbers  [][]int // by theme and sub-theme: the index into subs
	counts   *wordCounts
	messages []int // by primary; the last is untagged
}

// coverageWorker is the state of one goroutine. Not safe for concurrent use.
type coverageWorker struct {
	s     *coverageSuggester
	words *segmented
	tags  classifier.Result
}

func (w *coverageWorker) message(m *Message) (wordsOfMessage, error) {
	w.s.c.Classify(&w.tags, []byte(m.Text))
	out := wordsOfMessage{side: w.s.sideOf(&w.tags)}
	out.words, out.tokens = wordsAndPairs(w.words.of(m.Text))
	return out, nil
}

// sideOf returns the index of the primary in subs, or len(subs) for an untagged
// message.
func (s *coverageSuggester) sideOf(r *classifier.Result) int {
	if len(r.Tags) == 0 {
		return len(s.subs)
	}
	return s.numbers[r.Tags[0].Theme][r.Tags[0].SubTheme]
}

func (s *coverageSuggester) collect(m wordsOfMessage) error {
	s.messages[m.side]++
	s.counts.add(&m)
	return nil
}

// words returns the best words for each sub-theme.
func (s *coverageSuggester) words() []Suggestion {
	known := knownWords(s.c.Dictionary())
	bySub := make([][]Suggestion, len(s.subs))
	tagged := 0
	for _, n := range s.messages[:len(s.subs)] {
		tagged += n
	}
	for word, counted := range s.counts.counts {
		n := counted.sides
		untagged := int(n[len(s.subs)].messages)
		shown := strings.ReplaceAll(word, pairMark, "")
		if untagged < s.MinMessages || known[shown] || isFunctionWord(shown) {
			continue
		}
		all := 0
		for _, side := range n[:len(s.subs)] {
			all += int(side.messages)
		}
		best, sure := -1, minAssociation
		for sub := range s.subs {
			a, c := int(n[sub].messages), s.messages[sub]
			if g := G2(a, all-a, c, tagged-c); g > sure && 2*a >= all && LogRatio(a, all-a, c, tagged-c) >= 1 {
				best, sure = sub, g
			}
		}
		if best < 0 || s.SubTheme != "" && s.subs[best].ID != s.SubTheme {
			continue
		}
		bySub[best] = append(bySub[best], Suggestion{
			SubTheme: s.subs[best].ID, Keyword: shown, Whole: shown != word, Weight: min(1000, suggestedWeight(s.subs[best])),
			Messages: untagged + all, Gains: untagged, G2: sure,
		})
	}
	var out []Suggestion
	for _, words := range bySub {
		slices.SortFunc(words, func(a, b Suggestion) int {
			return cmp.Or(cmp.Compare(b.Gains, a.Gains), cmp.Compare(b.G2, a.G2), cmp.Compare(a.Keyword, b.Keyword))
		})
		out = append(out, words[:min(len(words), s.Limit)]...)
	}
	return out
}

// show measures the words with a classifier that has each of them in a sub-theme of
// its own, and picks samples.
func (s *coverageSuggester) show(ctx context.Context, corpus Corpus, words []Suggestion) error {
	if len(words) == 0 {
		return nil
	}
	probe := dict.Theme{ID: "probe"}
	for i, w := range words {
		probe.SubThemes = append(probe.SubThemes, dict.SubTheme{
			ID: fmt.Sprintf("probe/w%d", i), Threshold: anyMatch,
			Keywords: []dict.Keyword{{Word: w.Keyword, Whole: w.Whole, Weight: 1}},
		})
		words[i].Messages, words[i].Gains = 0, 0
	}
	c, err := classifierOf([]dict.Theme{probe}, sharing(s.c))
	if err != nil {
		return err
	}
	_, err = mapMessages(ctx, corpus, func() *[2]classifier.Result { return new([2]classifier.Result) },
		func(r *[2]classifier.Result, m *Message) ([]coverageChange, error) {
			c.Classify(&r[1], []byte(m.Text))
			if len(r[1].Tags) == 0 {
				return nil, nil
			}
			s.c.Classify(&r[0], []byte(m.Text))
			return s.changes(&r[0], r[1].Tags, words, m), nil
		}, func(changes []coverageChange) error {
			for _, change := range changes {
				words[change.word].count(change, s.Samples)
			}
			return nil
		})
	return err
}

// coverageChange is what a word changes in a message that contains it.
type coverageChange struct {
	word          int
	gains, breaks bool
	sample        *Sample
}

// changes returns what each of the found words changes in a message whose tags are
// r's. It runs concurrently with show, so it reads only fields of words that show
// never writes.
func (s *coverageSuggester) changes(r *classifier.Result, found []classifier.Tag, words []Suggestion, m *Message) []coverageChange {
	out := make([]coverageChange, 0, len(found))
	for _, tag := range found {
		change := coverageChange{word: tag.SubTheme, gains: len(r.Tags) == 0}
		change.breaks = !change.gains && s.overtakes(r, &words[tag.SubTheme])
		if change.gains || change.breaks {
			change.sample = &Sample{ID: m.ID, Line: m.Line, Text: excerpt(m.Text, tag.Matches[0].Start)}
		}
		out = append(out, change)
	}
	return out
}

// count adds a message, and keeps at most that many samples of each kind.
func (w *Suggestion) count(change coverageChange, samples int) {
	w.Messages++
	if change.gains {
		w.Gains++
		if len(w.Gained) < samples {
			w.Gained = append(w.Gained, *change.sample)
		}
	}
	if change.breaks {
		w.Breaks++
		if len(w.Broken) < samples {
			w.Broken = append(w.Broken, *change.sample)
		}
	}
}

// overtakes reports whether the sub-theme of a word would become the primary of a
// message that has other tags.
func (s *coverageSuggester) overtakes(r *classifier.Result, w *Suggestion) bool {
	if primaryOf(s.c.Dictionary(), r) == w.SubTheme {
		return false
	}
	score := w.Weight
	for _, tag := range r.Tags {
		if s.subs[s.numbers[tag.Theme][tag.SubTheme]].ID == w.SubTheme {
			score += tag.Score.Float64()
		}
	}
	return score > r.Tags[0].Score.Float64()
}
