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
)

// lintAt is the place of a keyword in a dictionary, in indexes.
type lintAt struct{ theme, sub, keyword int }

// smallest is the least weight and threshold that there is: with it, every
// match shows.
const smallest = 0.000001

// lintProbe looks at words by themselves. It is a classifier with a sub-theme for
// every word of a dictionary, so that nothing hides a match but segmentation,
// and one of the dictionary itself that tags whatever matches.
type lintProbe struct {
	words []string       // normal forms of all words, each once
	index map[string]int // of each in words
	c     *classifier.Classifier
	open  *classifier.Classifier // the dictionary; any match of a keyword is a tag
	ends  map[rune][]int         // by first rune: lengths in bytes of words
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
	if len(p.words) == 0 { // nothing to look at, but New wants a sub-theme
		theme.SubThemes = []dict.SubTheme{{ID: "probe/none", Threshold: 1}}
	}
	var err error
	if p.c, err = classifierOf([]dict.Theme{theme}, sharing(c)); err != nil {
		return nil, err
	}
	p.open, err = openClassifier(c)
	return p, err
}

// add makes a sub-theme of a word. A token stays one, or the segmenter would
// cut all else differently.
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
// sub-theme as soon as one of its keywords matches, whatever the weight of that.
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

// sharing are the options of a classifier that shares the tables of c.
func sharing(c *classifier.Classifier) classifier.Options { return classifier.Options{Share: c} }

// classifierOf returns a classifier of themes.
func classifierOf(themes []dict.Theme, o classifier.Options) (*classifier.Classifier, error) {
	d, err := dict.New(themes)
	if err != nil {
		return nil, fmt.Errorf("look at keywords one by one: %w", err)
	}
	return classifier.New(d, o)
}

// standings calls yield with the index of a word for each place in a normal
// text where it stands as a run of whole units; a place that overlaps the last
// one of the same word is none.
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

// matches returns a function that tells whether a word of the probe matches in a
// text. It is quick for many words of one text in a row.
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

// inUnitRun and unitBorderAt are the units of package classifier: a run of letters and
// digits of at most two bytes each is one unit.

func inUnitRun(r rune) bool { return r < 0x800 && (unicode.IsLetter(r) || unicode.IsNumber(r)) }

func unitBorderAt(text string, i int) bool {
	if i == 0 || i == len(text) {
		return true
	}
	before, _ := utf8.DecodeLastRuneInString(text[:i])
	after, _ := utf8.DecodeRuneInString(text[i:])
	return !inUnitRun(before) || !inUnitRun(after)
}

// wordCount is how often a word stands in the texts, and how.
type wordCount struct{ stands, whole, inside int }

// lintCounts is what the texts say. Counts of texts, but for words.
type lintCounts struct {
	texts   int
	words   []wordCount    // by index of the word in the probe
	counted map[lintAt]int // texts in which the keyword was counted
	tagged  map[[2]int]int // texts tagged, by theme and sub-theme
	alone   map[lintAt]int // texts tagged in which no other keyword of the sub-theme was counted
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
}

func newLintWorker(c *classifier.Classifier, p *lintProbe) *lintWorker {
	return &lintWorker{c: c, p: p, n: newLintCounts(len(p.words)), last: make([]int, len(p.words))}
}

// words counts how the words of the probe stand in a text.
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

// text counts what becomes of the keywords in a text.
func (w *lintWorker) text(message string) {
	w.words(message)
	text := []byte(message)
	w.p.open.Classify(&w.r, text)
	for _, tag := range w.r.Tags {
		for _, k := range distinctKeywords(tag.Matches) {
			w.n.counted[lintAt{tag.Theme, tag.SubTheme, k}]++
		}
	}

	w.c.Classify(&w.r, text)
	for _, tag := range w.r.Tags {
		w.n.tagged[[2]int{tag.Theme, tag.SubTheme}]++
		if keywords := distinctKeywords(tag.Matches); len(keywords) == 1 {
			w.n.alone[lintAt{tag.Theme, tag.SubTheme, keywords[0]}]++
		}
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
