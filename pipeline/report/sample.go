package report

import (
	"cmp"
	"slices"
	"strings"
	"sync"
	"unicode"

	"github.com/minyi/minyi/classifier"
	"github.com/minyi/minyi/classifier/workbench"
	"github.com/minyi/minyi/pipeline"
)

// Sample is a message that is quoted.
type Sample struct {
	Seq      uint64
	SubTheme string // its strongest
	Source   string
	Day      string
	Text     string // masked, and cut if it was long
}

// Sampler draws messages of each sub-theme while a stream is read. The draw is
// systematic: the suggestions of a sub-theme stand in the order of day, source and a
// seeded hash of their sequence, and every so-manieth is taken from a seeded start on.
// So each day and source has its part, each message the same chance, and the same stream
// gives the same sample, whoever reads it. Of each day and source only the candidates
// that can be taken are kept, so memory is bounded by the number of cells.
//
// Safe for concurrent use.
type Sampler struct {
	wanted int // of each sub-theme
	days   Days
	seed   uint64
	tree   []string // ids of sub-themes by theme and sub-theme
	first  []int

	mu     sync.Mutex
	strata []map[stratumKey]*stratum // one of each goroutine
}

type stratumKey struct {
	subTheme    string
	day, source string
}

// stratum is the suggestions of a sub-theme on a day from a source.
type stratum struct {
	stratumKey
	count      int
	candidates []candidate // those with the smallest hashes, ascending
}

type candidate struct{ hash, seq uint64 }

func (c candidate) compare(o candidate) int {
	return cmp.Or(cmp.Compare(c.hash, o.hash), cmp.Compare(c.seq, o.seq))
}

// spare is how many candidates a stratum keeps beyond those that are wanted, for texts
// that are not quoted because another one has the same.
const spare = 6

// NewSampler returns a sampler of a number of messages of each sub-theme of a
// dictionary, of some days.
func NewSampler(tree pipeline.ThemeTree, wanted int, days Days, seed uint64) *Sampler {
	s := &Sampler{wanted: wanted, days: days, seed: seed}
	for _, t := range tree {
		s.first = append(s.first, len(s.tree))
		for _, sub := range t.SubThemes {
			s.tree = append(s.tree, sub.ID)
		}
	}
	return s
}

// Seen returns what looks at the messages that one goroutine reads; it is what
// [pipeline.Recount] wants.
func (s *Sampler) Seen() pipeline.Seen {
	strata := make(map[stratumKey]*stratum)
	s.mu.Lock()
	s.strata = append(s.strata, strata)
	s.mu.Unlock()
	return func(m *pipeline.Message, x *pipeline.Suggestion, r *classifier.Result) {
		if len(r.Tags) == 0 || !s.days.has(x.Day) {
			return
		}
		k := stratumKey{s.tree[s.first[r.Tags[0].Theme]+r.Tags[0].SubTheme], x.Day, x.Source}
		st := strata[k]
		if st == nil {
			st = &stratum{stratumKey: k}
			strata[k] = st
		}
		st.count++
		st.add(candidate{mix(s.seed ^ mix(m.Seq)), m.Seq}, s.wanted+spare)
	}
}

func (st *stratum) add(c candidate, most int) {
	if n := len(st.candidates); n >= most && c.compare(st.candidates[n-1]) > 0 {
		return
	}
	i, _ := slices.BinarySearchFunc(st.candidates, c, candidate.compare)
	st.candidates = slices.Insert(st.candidates, i, c)
	st.candidates = st.candidates[:min(len(st.candidates), most)]
}

// mix is the finaliser of SplitMix64 (Steele, Lea and Flood, 2014).
func mix(x uint64) uint64 {
	x += 0x9e3779b97f4a7c15
	x = (x ^ x>>30) * 0xbf58476d1ce4e5b9
	x = (x ^ x>>27) * 0x94d049bb133111eb
	return x ^ x>>31
}

// Samples returns the samples in the order of the dictionary. Text returns what a
// message says, false if it is gone. No two samples have the same text, or nearly.
func (s *Sampler) Samples(text func(seq uint64) (string, bool)) []Sample {
	var out []Sample
	d := distinct{}
	for i, id := range s.tree {
		strata := s.of(id)
		total := 0
		for _, st := range strata {
			total += st.count
		}
		wanted := min(s.wanted, total)
		if wanted == 0 {
			continue
		}
		step := float64(total) / float64(wanted)
		start := float64(mix(s.seed+uint64(i))>>11) / (1 << 53) * step
		var chosen []Sample
		for k := range wanted {
			if x, ok := take(strata, int(start+float64(k)*step), text, &d); ok {
				chosen = append(chosen, x)
			}
		}
		slices.SortFunc(chosen, func(x, y Sample) int { return cmp.Compare(x.Seq, y.Seq) })
		out = append(out, chosen...)
	}
	return out
}

// of returns the strata of a sub-theme in order of day and source, those of all
// goroutines together.
func (s *Sampler) of(id string) []*stratum {
	joined := make(map[stratumKey]*stratum)
	for _, strata := range s.strata {
		for k, st := range strata {
			if k.subTheme != id {
				continue
			}
			j := joined[k]
			if j == nil {
				j = &stratum{stratumKey: k}
				joined[k] = j
			}
			j.count += st.count
			for _, c := range st.candidates {
				j.add(c, s.wanted+spare)
			}
		}
	}
	all := make([]*stratum, 0, len(joined))
	for _, st := range joined {
		all = append(all, st)
	}
	slices.SortFunc(all, func(x, y *stratum) int {
		return cmp.Or(strings.Compare(x.day, y.day), strings.Compare(x.source, y.source))
	})
	return all
}

// take returns the next message of the stratum in which the position is, or of the next
// one that has a message whose text is not taken yet.
func take(strata []*stratum, position int, text func(uint64) (string, bool), d *distinct) (Sample, bool) {
	at := 0
	for position >= strata[at].count && at < len(strata)-1 {
		position -= strata[at].count
		at++
	}
	for i := range strata {
		st := strata[(at+i)%len(strata)]
		for len(st.candidates) > 0 {
			c := st.candidates[0]
			st.candidates = st.candidates[1:]
			if t, ok := text(c.seq); ok && d.add(t) {
				return Sample{Seq: c.seq, SubTheme: st.subTheme, Source: st.source, Day: st.day, Text: Excerpt(t)}, true
			}
		}
	}
	return Sample{}, false
}

// distinct tells texts apart that are the same, or nearly.
type distinct struct {
	seen   map[string]bool // plain texts
	shapes [][]uint64      // their grams
}

// nearlySame is the Jaccard index of their 4-grams from which on two texts are nearly the
// same. Texts of one pattern with another name or number have it from 40 characters on.
const nearlySame = 0.5

// add reports whether no text before was the same, or nearly.
func (d *distinct) add(text string) bool {
	plain := plainText(text)
	shape := grams(plain, nil)
	if d.seen[plain] || slices.ContainsFunc(d.shapes, func(o []uint64) bool { return jaccard(o, shape) >= nearlySame }) {
		return false
	}
	if d.seen == nil {
		d.seen = make(map[string]bool)
	}
	d.seen[plain] = true
	d.shapes = append(d.shapes, shape)
	return true
}

// plainText is a text as it is compared: normalised, letters and digits only.
func plainText(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsLetter(r) || unicode.IsNumber(r) {
			return r
		}
		return -1
	}, classifier.Normalize(s))
}

// maxExcerpt is how many characters of a message are quoted at most.
const maxExcerpt = 240

// Excerpt is what is quoted of a text: masked first, so that no part of a number is left
// at the end, then cut behind a sentence where there is one.
func Excerpt(s string) string {
	r := []rune(strings.Join(strings.Fields(workbench.Mask(s)), " "))
	if len(r) <= maxExcerpt {
		return string(r)
	}
	r = r[:maxExcerpt]
	for i := len(r) - 1; i > maxExcerpt/2; i-- {
		if strings.ContainsRune("。！？!?", r[i]) {
			return string(r[:i+1]) + "……"
		}
	}
	return string(r) + "……"
}
