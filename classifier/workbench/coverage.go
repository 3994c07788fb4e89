package workbench

import (
	"cmp"
	"context"
	"slices"
	"sync"

	"github.com/minyi/minyi/classifier"
	"github.com/minyi/minyi/dict"
)

// Coverage says what the keywords of a dictionary do on a corpus.
type Coverage struct {
	Stats
	Dict      string             `json:"dict"`
	Untagged  int                `json:"untagged"`
	SubThemes []SubThemeCoverage `json:"subthemes"` // in the order of the dictionary
	Keywords  []KeywordCoverage  `json:"keywords"`  // in the order of the dictionary
	Overlaps  []Overlap          `json:"overlaps"`  // most messages first
}

// SubThemeCoverage counts what one sub-theme matches.
type SubThemeCoverage struct {
	ID      string `json:"id"`
	Tagged  int    `json:"tagged"`  // messages
	Primary int    `json:"primary"` // of those, messages of which it is the primary
	// Single is how many of Tagged depend on one keyword: there is one without which
	// they would lose the tag.
	Single int `json:"single"`
	// Below is how many messages matched a keyword with a weight above 0, but scored
	// too low for the tag: below the threshold, or the theme's relative threshold.
	Below int `json:"below"`
}

// KeywordCoverage counts what one keyword matches.
type KeywordCoverage struct {
	SubTheme string  `json:"subtheme"`
	Keyword  string  `json:"keyword"` // the word; for a rule, its words joined by +
	Weight   float64 `json:"weight"`
	Hits     int     `json:"hits"` // matches that count
	Messages int     `json:"messages"`
	Tagged   int     `json:"tagged"` // of those, messages that have the tag
	// Single is how many of Tagged would lose the tag if this keyword were struck out
	// of the dictionary: see classifier.Decisive.
	Single int `json:"single"`
	// Dead keywords have no hit. Dominating ones have a weight above 0 and match in
	// more than half of a sub-theme's messages, if those are at least minDominated.
	Dead       bool          `json:"dead,omitempty"`
	Dominating bool          `json:"dominating,omitempty"`
	Pos        dict.Position `json:"-"`
}

// Overlap counts the messages that two sub-themes share.
type Overlap struct {
	A       string  `json:"a"` // the one that comes first in the dictionary
	B       string  `json:"b"`
	Both    int     `json:"both"`    // messages tagged with both
	Jaccard float64 `json:"jaccard"` // both / either (Jaccard, 1912)
	// Conflicts are messages in which these two score highest and the lower score is
	// at least nine tenths of the higher, so that little decides which is the
	// primary.
	Conflicts int `json:"conflicts"`
	// Shared are the messages in which both matched the same text.
	Shared int `json:"shared"`
}

const (
	dominatingShare = 0.5
	minDominated    = 20
	conflictShare   = 0.9
)

// Cover counts what the keywords of c's dictionary do on a corpus. The labels of the
// corpus are not used. Memory does not grow with the corpus. Errors are those of
// reading it (*CorpusError), of ctx, and of building a second classifier.
func Cover(ctx context.Context, c *classifier.Classifier, corpus Corpus) (*Coverage, error) {
	open, err := openClassifier(c)
	if err != nil {
		return nil, err
	}
	k := newCovering(c, open)
	var mu sync.Mutex
	var workers []*covering // their counts add up in any order
	stats, err := mapMessages(ctx, corpus, func() *covering {
		w := newCovering(c, open)
		mu.Lock()
		defer mu.Unlock()
		workers = append(workers, w)
		return w
	}, func(w *covering, m *Message) (struct{}, error) {
		w.message([]byte(m.Text))
		return struct{}{}, nil
	}, func(struct{}) error { return nil })
	if err != nil {
		return nil, err
	}
	for _, w := range workers {
		k.add(w)
	}
	return k.report(stats), nil
}

// covering holds the counts of one worker. Not safe for concurrent use.
type covering struct {
	c, open   *classifier.Classifier // open tags every sub-theme that has a match
	first     [][]int                // by theme and sub-theme: the index into subs
	base      []int                  // by index into subs: the index of its first keyword in keywords
	subs      []SubThemeCoverage
	keywords  []KeywordCoverage
	pairs     map[[2]int]*Overlap
	untagged  int
	tags, all classifier.Result
	last      []int // by keyword: the value of seen when it last matched
	seen      int
	distinct  []int
	tagged    []int // indexes into subs of the message's tags
	single    []int // of those, the ones that depend on one keyword
}

func newCovering(c, open *classifier.Classifier) *covering {
	d := c.Dictionary()
	k := &covering{c: c, open: open, first: make([][]int, len(d.Themes)), pairs: map[[2]int]*Overlap{}}
	eachSubTheme(d, func(theme, _ int, s *dict.SubTheme) {
		k.first[theme] = append(k.first[theme], len(k.subs))
		k.base = append(k.base, len(k.keywords))
		k.subs = append(k.subs, SubThemeCoverage{ID: s.ID})
		for i := range s.Keywords {
			k.keywords = append(k.keywords, KeywordCoverage{SubTheme: s.ID, Keyword: keywordName(&s.Keywords[i]), Weight: s.Keywords[i].Weight, Pos: s.Keywords[i].Pos})
		}
	})
	k.last = make([]int, len(k.keywords))
	return k
}

func (k *covering) message(text []byte) {
	k.single = k.single[:0]
	k.c.Decisive(&k.tags, text, func(tag, keyword int) {
		s := k.first[k.tags.Tags[tag].Theme][k.tags.Tags[tag].SubTheme]
		k.keywords[k.base[s]+keyword].Single++
		if !slices.Contains(k.single, s) {
			k.single = append(k.single, s)
			k.subs[s].Single++
		}
	})
	k.open.Classify(&k.all, text)
	k.tagged = k.tagged[:0]
	for i, tag := range k.tags.Tags {
		s := k.first[tag.Theme][tag.SubTheme]
		k.tagged = append(k.tagged, s)
		k.subs[s].Tagged++
		if i == 0 {
			k.subs[s].Primary++
		}
	}
	if len(k.tags.Tags) == 0 {
		k.untagged++
	}
	for _, tag := range k.all.Tags {
		s := k.first[tag.Theme][tag.SubTheme]
		k.subTheme(s, tag.Matches, slices.Contains(k.tagged, s))
	}
	k.overlaps()
}

// subTheme adds the matches of one sub-theme in one message.
func (k *covering) subTheme(s int, matches []classifier.Match, tagged bool) {
	k.seen++
	k.distinct = k.distinct[:0]
	for _, m := range matches {
		word := k.base[s] + m.Keyword
		k.keywords[word].Hits++
		if k.last[word] != k.seen {
			k.last[word] = k.seen
			k.distinct = append(k.distinct, word)
		}
	}
	support := false
	for _, word := range k.distinct {
		support = support || k.keywords[word].Weight > 0
		k.keywords[word].Messages++
		if tagged {
			k.keywords[word].Tagged++
		}
	}
	if support && !tagged {
		k.subs[s].Below++
	}
}

func (k *covering) overlaps() {
	tags := k.tags.Tags
	for i := range tags {
		for j := i + 1; j < len(tags); j++ {
			a, b := k.tagged[i], k.tagged[j]
			p := k.pair(min(a, b), max(a, b))
			p.Both++
			if i == 0 && j == 1 && float64(tags[1].Score) >= conflictShare*float64(tags[0].Score) {
				p.Conflicts++
			}
			if shareText(tags[i].Matches, tags[j].Matches) {
				p.Shared++
			}
		}
	}
}

func (k *covering) pair(a, b int) *Overlap {
	p, ok := k.pairs[[2]int{a, b}]
	if !ok {
		p = &Overlap{A: k.subs[a].ID, B: k.subs[b].ID}
		k.pairs[[2]int{a, b}] = p
	}
	return p
}

// shareText reports whether a match of a has the same place as one of b. Both are
// sorted by Start.
func shareText(a, b []classifier.Match) bool {
	for i, j := 0, 0; i < len(a) && j < len(b); {
		switch c := cmp.Or(cmp.Compare(a[i].Start, b[j].Start), cmp.Compare(a[i].End, b[j].End)); {
		case c == 0:
			return true
		case c < 0:
			i++
		default:
			j++
		}
	}
	return false
}

// add adds the counts of another worker.
func (k *covering) add(w *covering) {
	k.untagged += w.untagged
	for i, s := range w.subs {
		k.subs[i].Tagged += s.Tagged
		k.subs[i].Primary += s.Primary
		k.subs[i].Single += s.Single
		k.subs[i].Below += s.Below
	}
	for i, word := range w.keywords {
		k.keywords[i].Hits += word.Hits
		k.keywords[i].Messages += word.Messages
		k.keywords[i].Tagged += word.Tagged
		k.keywords[i].Single += word.Single
	}
	for at, o := range w.pairs {
		p := k.pair(at[0], at[1])
		p.Both += o.Both
		p.Conflicts += o.Conflicts
		p.Shared += o.Shared
	}
}

func (k *covering) report(stats Stats) *Coverage {
	r := &Coverage{Stats: stats, Dict: k.c.Dictionary().Version(), Untagged: k.untagged, SubThemes: k.subs, Keywords: k.keywords, Overlaps: []Overlap{}}
	s := -1
	for i := range r.Keywords {
		for s+1 < len(k.base) && k.base[s+1] <= i {
			s++
		}
		w := &r.Keywords[i]
		w.Dead = w.Hits == 0 && stats.Rows > 0
		w.Dominating = w.Weight > 0 && k.subs[s].Tagged >= minDominated && float64(w.Tagged) > dominatingShare*float64(k.subs[s].Tagged)
	}
	for at, p := range k.pairs {
		p.Jaccard = ratio(p.Both, k.subs[at[0]].Tagged+k.subs[at[1]].Tagged-p.Both)
		r.Overlaps = append(r.Overlaps, *p)
	}
	slices.SortFunc(r.Overlaps, func(a, b Overlap) int {
		return cmp.Or(cmp.Compare(b.Both, a.Both), cmp.Compare(a.A, b.A), cmp.Compare(a.B, b.B))
	})
	return r
}
