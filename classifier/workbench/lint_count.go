package workbench

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/minyi/minyi/classifier"
	"github.com/minyi/minyi/dict"
	"github.com/minyi/minyi/dict/phrase"
)

// lintAt is the place of a keyword in a dictionary, in indexes.
type lintAt struct{ theme, sub, keyword int }

// smallest is the smallest weight and threshold that a dictionary can have: with it,
// every match makes a tag.
const smallest = 0.000001

// lintProbe looks at each word of a dictionary by itself. It has a classifier with
// one sub-theme for every word, so that only segmentation can prevent a match, and a
// second one of the dictionary itself in which any match makes a tag.
type lintProbe struct {
	words []string       // normal forms of all words, each once
	index map[string]int // normal form -> index in words
	c     *classifier.Classifier
	open  *classifier.Classifier // the dictionary, with every match of a keyword as a tag
	ends  map[rune][]int         // by first rune: the lengths in bytes of the words
}

func newLintProbe(c *classifier.Classifier) (*lintProbe, error) {
	d := c.Dictionary()
	p := &lintProbe{index: map[string]int{}, ends: map[rune][]int{}}
	theme := dict.Theme{ID: "probe"}
	for i := range d.Themes {
		for j := range d.Themes[i].SubThemes {
			for _, k := range d.Themes[i].SubThemes[j].Keywords {
				for _, w := range lintWords(&k) {
					p.add(&theme, w, k.Token)
				}
			}
		}
	}
	if len(p.words) == 0 { // no words, but New requires a sub-theme
		theme.SubThemes = []dict.SubTheme{{ID: "probe/none", Threshold: 1}}
	}
	var err error
	if p.c, err = classifierOf([]dict.Theme{theme}, sharing(c)); err != nil {
		return nil, err
	}
	p.open, err = openClassifier(c)
	return p, err
}

// add makes a sub-theme of a word. A keyword with `token: true` keeps that, since
// otherwise the segmenter would cut other text differently.
func (p *lintProbe) add(theme *dict.Theme, word string, token bool) {
	normal := classifier.Normalize(word)
	i, known := p.index[normal]
	if !known {
		i = len(p.words)
		p.index[normal] = i
		p.words = append(p.words, normal)
		theme.SubThemes = append(theme.SubThemes, dict.SubTheme{
			ID: fmt.Sprintf("probe/w%d", i), Threshold: smallest, Keywords: []dict.Keyword{{Word: word, Weight: 1}},
		})
		first, _ := utf8.DecodeRuneInString(normal)
		if !slices.Contains(p.ends[first], len(normal)) {
			p.ends[first] = append(p.ends[first], len(normal))
		}
	}
	if token {
		theme.SubThemes[i].Keywords[0].Token = true
	}
}

// openClassifier returns a classifier of c's dictionary that tags a text with a
// sub-theme if any of its keywords matches, whatever the weight.
func openClassifier(c *classifier.Classifier) (*classifier.Classifier, error) {
	themes := slices.Clone(c.Dictionary().Themes)
	for i := range themes {
		themes[i].RelativeThreshold, themes[i].ThresholdLength = 0, 0
		themes[i].SubThemes = slices.Clone(themes[i].SubThemes)
		for j := range themes[i].SubThemes {
			s := &themes[i].SubThemes[j]
			s.Threshold, s.Examples = smallest, nil
			s.Keywords = slices.Clone(s.Keywords)
			for k := range s.Keywords {
				s.Keywords[k].Weight = 1
			}
		}
	}
	return classifierOf(themes, sharing(c))
}

// sharing returns options for a classifier that shares the tables of c.
func sharing(c *classifier.Classifier) classifier.Options { return classifier.Options{Share: c} }

// classifierOf returns a classifier of themes.
func classifierOf(themes []dict.Theme, o classifier.Options) (*classifier.Classifier, error) {
	d, err := dict.New(themes)
	if err != nil {
		return nil, phrase.Errorf("look at keywords one by one: %w", err)
	}
	return classifier.New(d, o)
}

// standings calls yield with the index of a word for each of its occurrences in a
// normalised text. An occurrence must be a run of whole units, and must not overlap
// the previous one of the same word.
func (p *lintProbe) standings(text string, last []int, yield func(word int)) {
	for i := range last {
		last[i] = 0
	}
	var before rune
	for i, r := range text {
		border := i == 0 || !inUnitRun(before) || !inUnitRun(r)
		before = r
		if !border {
			continue
		}
		for _, n := range p.ends[r] {
			if i+n > len(text) || !unitBorderAt(text, i+n) {
				continue
			}
			if w, known := p.index[text[i:i+n]]; known && i >= last[w] {
				last[w] = i + n
				yield(w)
			}
		}
	}
}

// matches returns a function that reports whether a word of the probe matches in a
// text. It is fast for many words of the same text in a row.
func (p *lintProbe) matches() func(word, text string) bool {
	var r classifier.Result
	last := ""
	return func(word, text string) bool {
		if text != last {
			p.c.Classify(&r, []byte(text))
			last = text
		}
		i, known := p.index[word]
		return known && slices.ContainsFunc(r.Tags, func(t classifier.Tag) bool { return t.SubTheme == i })
	}
}

// inUnitRun and unitBorderAt follow the units of package classifier: a run of
// letters and digits of at most two bytes each is one unit.

func inUnitRun(r rune) bool { return r < 0x800 && (unicode.IsLetter(r) || unicode.IsNumber(r)) }

func unitBorderAt(text string, i int) bool {
	if i == 0 || i == len(text) {
		return true
	}
	before, _ := utf8.DecodeLastRuneInString(text[:i])
	after, _ := utf8.DecodeRuneInString(text[i:])
	return !inUnitRun(before) || !inUnitRun(after)
}

// wordCount is how often a word occurs in the texts, matches as a whole token or inside
// one, and is cut by segmentation. by counts the tokens that reach beyond an end of it
// where it is cut: words of gse's dictionary, or token: true.
type wordCount struct {
	stands, whole, inside, cut int
	by                         map[string]int
}

// lintCounts holds counts of texts, except for words, which are counts of
// occurrences.
type lintCounts struct {
	texts   int
	words   []wordCount    // by index of the word in the probe
	counted map[lintAt]int // texts in which the keyword counted
	tagged  map[[2]int]int // texts tagged, by theme and sub-theme
	alone   map[lintAt]int // tagged texts that would lose the tag without the keyword
}

func newLintCounts(words int) *lintCounts {
	return &lintCounts{
		words: make([]wordCount, words), counted: map[lintAt]int{}, tagged: map[[2]int]int{}, alone: map[lintAt]int{},
	}
}

func (n *lintCounts) add(m *lintCounts) {
	n.texts += m.texts
	for i, w := range m.words {
		n.words[i].stands += w.stands
		n.words[i].whole += w.whole
		n.words[i].inside += w.inside
		n.words[i].cut += w.cut
		for token, times := range w.by {
			n.words[i].cutBy(token, times)
		}
	}
	for at, x := range m.counted {
		n.counted[at] += x
	}
	for at, x := range m.tagged {
		n.tagged[at] += x
	}
	for at, x := range m.alone {
		n.alone[at] += x
	}
}

func (w *wordCount) cutBy(token string, times int) {
	if w.by == nil {
		w.by = map[string]int{}
	}
	w.by[token] += times
}

// countForLint reads the corpus with all processors.
func countForLint(ctx context.Context, c *classifier.Classifier, p *lintProbe, corpus Corpus) (*lintCounts, error) {
	var mu sync.Mutex
	var workers []*lintWorker
	newWorker := func() *lintWorker {
		w := newLintWorker(c, p)
		mu.Lock()
		defer mu.Unlock()
		workers = append(workers, w)
		return w
	}
	type nothing struct{}
	_, err := mapMessages(ctx, corpus, newWorker,
		func(w *lintWorker, m *Message) (nothing, error) { w.text(m.Text); return nothing{}, nil },
		func(nothing) error { return nil })
	if err != nil {
		return nil, err
	}
	total := newLintCounts(len(p.words))
	for _, w := range workers {
		total.add(w.n)
	}
	return total, nil
}

// lintWorker counts texts. It is not safe for concurrent use.
type lintWorker struct {
	c    *classifier.Classifier
	p    *lintProbe
	n    *lintCounts
	r    classifier.Result
	last []int

	occurrences []classifier.Occurrence
	tokens      []classifier.Token
}

func newLintWorker(c *classifier.Classifier, p *lintProbe) *lintWorker {
	return &lintWorker{c: c, p: p, n: newLintCounts(len(p.words)), last: make([]int, len(p.words))}
}

// words counts the occurrences and matches of the probe's words in a text.
func (w *lintWorker) words(message string) {
	w.n.texts++
	w.p.standings(classifier.Normalize(message), w.last, func(word int) { w.n.words[word].stands++ })
	w.p.c.Classify(&w.r, []byte(message))
	for _, tag := range w.r.Tags {
		n := &w.n.words[tag.SubTheme]
		for _, m := range tag.Matches {
			if m.Relation == classifier.Whole {
				n.whole++
			} else {
				n.inside++
			}
		}
	}
}

// cuts counts the occurrences of the probe's words that segmentation cuts, and what
// cuts them.
func (w *lintWorker) cuts(text []byte) {
	w.occurrences = w.p.c.Occurrences(&w.r, w.occurrences[:0], text)
	w.tokens = w.tokens[:0]
	at := 0
	for _, o := range w.occurrences {
		i, known := w.p.index[classifier.Normalize(string(text[o.Start:o.End]))]
		if o.Relation != classifier.Straddling || !known {
			continue
		}
		if len(w.tokens) == 0 {
			w.tokens = w.p.c.Tokens(&w.r, w.tokens, text)
		}
		n := &w.n.words[i]
		n.cut++
		// Occurrences come by their start, so the first token that may matter never lies
		// further left than that of the occurrence before.
		for w.tokens[at].End <= o.Start {
			at++
		}
		for _, t := range w.tokens[at:] {
			if t.Start >= o.End {
				break
			}
			if t.Start < o.Start || t.End > o.End {
				n.cutBy(classifier.Normalize(string(text[t.Start:t.End])), 1)
			}
		}
	}
}

// text counts which keywords match and which tags a text gets.
func (w *lintWorker) text(message string) {
	w.words(message)
	text := []byte(message)
	w.cuts(text)
	w.p.open.Classify(&w.r, text)
	for _, tag := range w.r.Tags {
		for _, k := range distinctKeywords(tag.Matches) {
			w.n.counted[lintAt{tag.Theme, tag.SubTheme, k}]++
		}
	}

	w.c.Decisive(&w.r, text, func(tag, keyword int) {
		w.n.alone[lintAt{w.r.Tags[tag].Theme, w.r.Tags[tag].SubTheme, keyword}]++
	})
	for _, tag := range w.r.Tags {
		w.n.tagged[[2]int{tag.Theme, tag.SubTheme}]++
	}
}

// distinctKeywords returns the keywords of matches, each once.
func distinctKeywords(matches []classifier.Match) []int {
	var out []int
	for _, m := range matches {
		if !slices.Contains(out, m.Keyword) {
			out = append(out, m.Keyword)
		}
	}
	return out
}
