package report

import (
	"cmp"
	"hash/maphash"
	"math"
	"slices"
	"strings"
	"sync/atomic"
	"unicode"

	"github.com/minyi/minyi/classifier"
	"github.com/minyi/minyi/classifier/workbench"
	"github.com/minyi/minyi/pipeline"
)

// HotWord is a word or a phrase that became more frequent: how many suggestions of the
// newest days have it, and of as many days before.
type HotWord struct {
	Word          string
	Recent, Prior uint64
	// Ratio is how many times as large a part of the suggestions has it; 0 if none had it.
	Ratio float64
	G2    float64 // log-likelihood: see [workbench.G2]
	// SubTheme is where most of its newest suggestions are; "" where that are few.
	// Untagged: most have no sub-theme.
	SubTheme string
	Untagged bool
}

// falseAmong is the part of the words listed that may be there by chance: the rate of
// false discoveries (Benjamini and Hochberg, Controlling the False Discovery Rate, Journal
// of the Royal Statistical Society B 57(1), 1995).
const falseAmong = 0.05

// Least parts of the suggestions of both spans that have a word which is looked at: one of
// leastPart, and leastWord of them.
const (
	leastPart = 5_000
	leastWord = 5
)

// wordCount is how many suggestions have a word.
type wordCount struct {
	recent, prior uint64
	in            map[place]uint64 // the newest ones, by their strongest sub-theme
}

// place is a sub-theme of a dictionary by its indexes; -1: none.
type place struct{ theme, sub int }

func (r *textReader) word(word string, recent bool, tags []classifier.Tag) {
	n := r.words[word]
	if n == nil {
		n = &wordCount{in: make(map[place]uint64)}
		r.words[strings.Clone(word)] = n
	}
	if !recent {
		n.prior++
		return
	}
	n.recent++
	at := place{-1, -1}
	if len(tags) > 0 {
		at = place{tags[0].Theme, tags[0].SubTheme}
	}
	n.in[at]++
}

func (n *wordCount) join(o *wordCount) {
	n.recent, n.prior = n.recent+o.recent, n.prior+o.prior
	for at, k := range o.in {
		n.in[at] += k
	}
}

// wordsOf returns what finds the words of a text, for one goroutine. The text is masked
// before, if there can be anything to mask, so that no name of an account is a word.
func (t *TextCounter) wordsOf() func(text string) []string {
	if t.Recent.To == "" {
		return func(string) []string { return nil }
	}
	w := workbench.NewWords(t.classifier)
	return func(text string) []string {
		if maskable(text) {
			text = workbench.Mask(text)
		}
		return w.Of(text)
	}
}

// maskable reports whether a text has letters that are not Chinese: only names of accounts
// are words and masked, too, as words have no digits.
func maskable(text string) bool {
	return strings.ContainsFunc(text, func(r rune) bool { return unicode.IsLetter(r) && !unicode.Is(unicode.Han, r) })
}

// wordFilter finds the words that many suggestions have without a list of all words: it
// counts them in buckets, and only one whose buckets are full can be frequent. (Park, Chen
// and Yu, An Effective Hash-Based Algorithm for Mining Association Rules, SIGMOD 1995;
// several hash functions: Fang and others, Computing Iceberg Queries Efficiently, VLDB
// 1998.) Nothing that is frequent is missed, and the second reading counts exactly.
// Safe for concurrent use.
type wordFilter struct {
	seed          maphash.Seed
	buckets       buckets
	recent, prior uint64
	least         uint64
}

// buckets count hashes, each in two of them. Safe for concurrent use.
type buckets [2][]atomic.Uint32

// manyBuckets is the number of buckets of each hash function: 32 MB in all.
const manyBuckets = 1 << 22

func newBuckets() (b buckets) {
	for i := range b {
		b[i] = make([]atomic.Uint32, manyBuckets)
	}
	return b
}

func (b buckets) at(h uint64) [2]*atomic.Uint32 {
	return [2]*atomic.Uint32{&b[0][h%manyBuckets], &b[1][h>>32%manyBuckets]}
}

func (b buckets) add(h uint64) {
	for _, n := range b.at(h) {
		n.Add(1)
	}
}

// atMost is how often a hash was added at most.
func (b buckets) atMost(h uint64) uint64 {
	at := b.at(h)
	return uint64(min(at[0].Load(), at[1].Load()))
}

func newWordFilter() *wordFilter {
	return &wordFilter{seed: maphash.MakeSeed(), buckets: newBuckets()}
}

func (f *wordFilter) add(word string) { f.buckets.add(maphash.String(f.seed, word)) }

// compared sets how many suggestions both spans of days have, from which follows how many
// must have a word that is looked at.
func (f *wordFilter) compared(recent, prior, minCell uint64) {
	f.recent, f.prior = recent, prior
	f.least = max(leastWord, minCell, (recent+prior)/leastPart)
}

func (f *wordFilter) frequent(word string) bool {
	return f.buckets.atMost(maphash.String(f.seed, word)) >= f.least
}

// hot returns the words that became more frequent, the surest first, and how many were
// tested. Words are tested by the log-likelihood of their suggestions in both spans, and
// the limit is that of Benjamini and Hochberg. Which are tested goes by both spans
// together, so that the choice does not favour a rise. Of words that overlap the surest is
// listed; of those that are equally sure words come before pairs of words.
func (f *wordFilter) hot(words map[string]*wordCount, c *classifier.Classifier, minCell uint64) (hot []HotWord, tested int) {
	var all []HotWord
	for word, n := range words {
		if n.recent+n.prior < f.least {
			continue
		}
		tested++
		a, b, c, d := int(n.recent), int(n.prior), int(f.recent), int(f.prior)
		h := HotWord{Word: word, Recent: n.recent, Prior: n.prior, G2: workbench.G2(a, b, c, d)}
		if d > 0 && n.recent*f.prior > n.prior*f.recent { // others are tested, and no rise
			if n.prior > 0 {
				h.Ratio = float64(a) * float64(d) / (float64(b) * float64(c))
			}
			all = append(all, h)
		}
	}
	slices.SortFunc(all, func(x, y HotWord) int { return cmp.Or(cmp.Compare(y.G2, x.G2), cmp.Compare(x.Word, y.Word)) })
	// The rank of a rise among all that were tested is at least its rank here, so this
	// limit is the stricter one.
	last := 0
	for i, h := range all {
		if chance(h.G2) <= falseAmong*float64(i+1)/float64(tested) {
			last = i + 1
		}
	}
	all = all[:last]
	find, whole := workbench.NewWords(c), make(map[string]int)
	for _, h := range all {
		whole[h.Word] = len(find.Of(h.Word))
	}
	slices.SortStableFunc(all, func(x, y HotWord) int {
		return cmp.Or(cmp.Compare(y.G2, x.G2), cmp.Compare(whole[x.Word], whole[y.Word]))
	})
	tree := pipeline.NewThemeTree(c.Dictionary())
	for _, h := range all {
		if h.Recent < max(minCell, leastWord) || slices.ContainsFunc(hot, h.overlaps) {
			continue
		}
		h.SubTheme, h.Untagged = words[h.Word].mostly(tree, minCell)
		if hot = append(hot, h); len(hot) == mostHot {
			break
		}
	}
	return hot, tested
}

// overlaps reports whether two words are of one place in the texts: one is a part of the
// other, or one ends as the other begins, by two characters, or by one if as many
// suggestions have both.
func (h HotWord) overlaps(o HotWord) bool {
	if strings.Contains(o.Word, h.Word) || strings.Contains(h.Word, o.Word) {
		return true
	}
	least := 2
	if h.Recent == o.Recent && h.Prior == o.Prior {
		least = 1
	}
	return endsAs(h.Word, o.Word, least) || endsAs(o.Word, h.Word, least)
}

// endsAs reports whether a ends with at least so many characters with which b begins.
func endsAs(a, b string, least int) bool {
	runes := 0
	for i := range b {
		if runes >= least && strings.HasSuffix(a, b[:i]) {
			return true
		}
		runes++
	}
	return false
}

// chance is how likely a log-likelihood of this or more is where nothing changed:
// chi-squared with one degree of freedom.
func chance(g2 float64) float64 { return math.Erfc(math.Sqrt(g2 / 2)) }

// mostly returns the sub-theme of most of the newest suggestions, or that most have none.
func (n *wordCount) mostly(tree pipeline.ThemeTree, minCell uint64) (subTheme string, untagged bool) {
	most := place{-1, -1}
	for at, k := range n.in {
		if best := n.in[most]; k > best || k == best && (at.theme < most.theme || at.theme == most.theme && at.sub < most.sub) {
			most = at
		}
	}
	switch k := n.in[most]; {
	case k < max(minCell, 1) || 2*k < n.recent:
		return "", false
	case most.theme < 0:
		return "", true
	}
	return tree[most.theme].SubThemes[most.sub].ID, false
}
