package pipeline

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// suppressTree is a dictionary in which themes, aspects and sub-themes nest in all ways:
// a theme with one sub-theme, an aspect with one, aspects across themes.
var suppressTree = ThemeTree{
	{ID: "a", SubThemes: []TreeSubTheme{{ID: "a/1", Aspect: "x"}, {ID: "a/2", Aspect: "x"}, {ID: "a/3", Aspect: "y"}}},
	{ID: "b", SubThemes: []TreeSubTheme{{ID: "b/1", Aspect: "y"}, {ID: "b/2", Aspect: "z"}}},
	{ID: "c", SubThemes: []TreeSubTheme{{ID: "c/1"}}},
}

// crowd makes messages at random, of a shape that is random, too.
type crowd struct {
	r             *rand.Rand
	days, sources int
	weight        [8]int          // of each outcome: six sub-themes, untagged, rejected
	meet          map[string]bool // which outcomes occur on a day in a source; nil: all
	plain         bool            // messages have no second sub-theme of another outcome
	cells         Cells
}

func newCrowd(seed uint64) *crowd {
	c := &crowd{r: rand.New(rand.NewPCG(seed, 1)), cells: make(Cells)}
	c.days, c.sources = 1+c.r.IntN(4), 1+c.r.IntN(3)
	for i := range c.weight {
		c.weight[i] = []int{0, 1, 3, 10, 40}[c.r.IntN(5)]
	}
	c.weight[c.r.IntN(7)] += 5
	if c.r.IntN(2) == 0 {
		c.meet = make(map[string]bool)
	}
	return c
}

// meets tells whether something occurs together, which is decided once, and seldom so.
func (c *crowd) meets(what string) bool {
	if c.meet == nil {
		return true
	}
	meet, known := c.meet[what]
	if !known {
		meet = c.r.IntN(3) > 0
		c.meet[what] = meet
	}
	return meet
}

// add adds messages.
func (c *crowd) add(n int) {
	subs := []string{"a/1", "a/2", "a/3", "b/1", "b/2", "c/1"}
	aspects := map[string]string{"a/1": "x", "a/2": "x", "a/3": "y", "b/1": "y", "b/2": "z"}
	all := 0
	for _, w := range c.weight {
		all += w
	}
	for range n {
		// Few days and sources have most of the messages.
		day := fmt.Sprintf("2022-04-%02d", 1+min(c.r.IntN(c.days), c.r.IntN(c.days)))
		source := string(rune('p' + min(c.r.IntN(c.sources), c.r.IntN(c.sources))))
		if !c.meets(day + source) {
			continue
		}
		count := func(kind Kind, id string, primary uint64) {
			k := CellKey{day, source, kind, id}
			c.cells[k] = c.cells[k].Add(Count{primary, 1})
		}
		x, which := c.r.IntN(all), 0
		for ; x >= c.weight[which]; which++ {
			x -= c.weight[which]
		}
		if !c.meets(fmt.Sprint(source, which)) || !c.meets(fmt.Sprint(day, which)) {
			continue
		}
		count(KindTotal, All, 1)
		switch which {
		case 6:
			count(KindUntagged, All, 1)
			continue
		case 7:
			count(KindRejected, []string{"no_text", "bad_json"}[c.r.IntN(2)], 1)
			continue
		}
		count(KindTagged, All, 1)
		tags := []string{subs[which]}
		if other := subs[c.r.IntN(len(subs))]; c.r.IntN(3) == 0 && other != tags[0] && (!c.plain || c.weight[slices.Index(subs, other)] > 0) {
			tags = append(tags, other)
		}
		seen := make(map[string]bool)
		for i, tag := range tags {
			for kind, id := range map[Kind]string{KindSubTheme: tag, KindTheme: tag[:1], KindAspect: aspects[tag]} {
				if id != "" && !seen[string(kind)+id] {
					seen[string(kind)+id] = true
					count(kind, id, uint64(1-i))
				}
			}
		}
	}
}

func (c *crowd) counts() Counts {
	return Counts{Totals: NewTotals(c.cells), Info: TallyInfo{Themes: suppressTree}}
}

// queries are all that can be asked.
func (c *crowd) queries(visit func(Query)) {
	dims := [][]Dimension{{}, {ByDay}, {BySource}, {ByDay, BySource}}
	for from := 0; from <= c.days; from++ {
		for to := from; to <= c.days; to++ {
			if from == 0 && to > 0 {
				continue
			}
			for source := -1; source < c.sources; source++ {
				for _, d := range dims {
					for _, id := range []Dimension{"", ByTheme, BySubTheme, ByAspect, ByReason} {
						q := Query{By: slices.Clone(d)}
						if id != "" {
							q.By = append(q.By, id)
						}
						if from > 0 {
							q.From, q.To = fmt.Sprintf("2022-04-%02d", from), fmt.Sprintf("2022-04-%02d", to)
						}
						if source >= 0 {
							q.Sources = []string{string(rune('p' + source))}
						}
						visit(q)
					}
				}
			}
		}
	}
}

// attacker knows what was published, and what follows from it.
type attacker struct {
	t      *testing.T
	c      Counts
	tree   *familyTree
	leaves []int // of the tree
	days   []string
	source []string
	seen   map[string]fact // by what the row is the sum over
}

// fact is a row: which variables it is the sum of, and its primary count if it is published.
// What is published of any is attacked by [TestNothingFollowsFromAny].
type fact struct {
	name      string
	atoms     []int // what it adds up: (day, source, leaf)
	n         uint64
	published bool
}

func newAttacker(t *testing.T, c Counts, w *crowd) *attacker {
	a := &attacker{t: t, c: c, tree: newFamilyTree(c.Totals, c.Info.Themes, nil), seen: make(map[string]fact)}
	for node := range a.tree.ids {
		if len(a.tree.children[node]) == 0 {
			a.leaves = append(a.leaves, node)
		}
	}
	for _, r := range c.Totals.By(ByDay) {
		a.days = append(a.days, r.ID)
	}
	for _, r := range c.Totals.By(BySource) {
		a.source = append(a.source, r.ID)
	}
	w.queries(a.ask)
	return a
}

// ask notes all rows of a query: those that are there, and those that are not, which
// says that they count nothing.
func (a *attacker) ask(q Query) {
	id := q.id()
	ids := []string{""}
	if id != "" {
		ids = nil
		for _, r := range a.c.Totals.By(id) {
			ids = append(ids, r.ID)
		}
	}
	plain := a.c
	plain.Suppression = nil
	truth := make(map[Group]Group)
	for _, g := range plain.Query(q) {
		truth[g.key()] = g
	}
	published := make(map[Group]Group)
	for _, g := range a.c.Query(q) {
		published[g.key()] = g
		if g.Suppressed && g.Count != (Count{}) || g.OfSuppressed && g.Of != 0 {
			a.t.Fatalf("%v: a withheld row has its number: %+v", q, g)
		}
		if real := truth[g.key()]; !g.Suppressed && (g.Primary != real.Primary || !g.AnySuppressed && g.Any != real.Any || !g.OfSuppressed && g.Of != real.Of) {
			a.t.Fatalf("%v: published %+v, which is %+v", q, g, real)
		}
		if few := a.c.Suppression.Min; !g.Suppressed && (g.Primary > 0 && g.Primary < few || g.Any > 0 && g.Any < few) || !g.OfSuppressed && g.Of > 0 && g.Of < few {
			a.t.Fatalf("%v: published %+v", q, g)
		}
		if !g.OfSuppressed && g.Of > 0 {
			d, s := a.extent(q, g)
			if id == "" {
				d, s = a.extent(Query{From: q.From, To: q.To, Sources: q.Sources}, Group{})
			}
			whole := map[Dimension]int{"": rootNode, ByTheme: taggedNode, BySubTheme: taggedNode, ByAspect: taggedNode, ByReason: rejectedNode}[id]
			a.note(d, s, a.tree.under(whole), whole, g.Of, true)
		}
	}
	for _, day := range each(q, ByDay, a.days) {
		for _, source := range each(q, BySource, a.source) {
			for _, one := range ids {
				key := Group{Day: day, Source: source, ID: one}
				days, sources := a.extent(q, key)
				if len(days) == 0 || len(sources) == 0 {
					continue
				}
				set, ok := a.tree.row(id, one)
				if !ok {
					a.t.Fatalf("%s %s has no leaves", id, one)
				}
				var node int
				if id != ByAspect {
					node = a.tree.of[cellName{KindTotal, All}]
					if id != "" {
						node = a.tree.of[cellName{id.kind(), one}]
					}
				} else if of := a.tree.aspects[one]; len(of) == 1 {
					node = of[0]
				} else {
					node = len(a.tree.ids) + int(one[0])
				}
				a.note(days, sources, set, node, truth[key].Primary, !published[key].Suppressed)
			}
		}
	}
}

func each(q Query, d Dimension, all []string) []string {
	if slices.Contains(q.By, d) {
		return all
	}
	return []string{""}
}

func (a *attacker) extent(q Query, g Group) (days, sources []int) {
	for i, day := range a.days {
		if q.hasDay(day) && (g.Day == "" || g.Day == day) {
			days = append(days, i)
		}
	}
	for i, source := range a.source {
		if q.hasSource(source) && (g.Source == "" || g.Source == source) {
			sources = append(sources, i)
		}
	}
	return days, sources
}

func (a *attacker) note(days, sources []int, set leafSet, node int, n uint64, published bool) {
	f := fact{n: n, published: published, name: fmt.Sprint(days, sources, node)}
	for _, d := range days {
		for _, s := range sources {
			at := d*len(a.source) + s
			for i, leaf := range a.leaves {
				if set[leaf] {
					f.atoms = append(f.atoms, at*len(a.leaves)+i)
				}
			}
		}
	}
	if old, ok := a.seen[f.name]; ok {
		f.published = f.published || old.published
	}
	a.seen[f.name] = f
}

// derive fails if a row that is withheld follows from those that are published. With zeros
// it is known, too, that a sum of nothing adds up nothing; then only small numbers count.
func (a *attacker) derive(zeros bool) {
	a.t.Helper()
	nothing := make(map[int]bool)
	if zeros {
		for _, f := range a.seen {
			if f.published && f.n == 0 {
				for _, x := range f.atoms {
					nothing[x] = true
				}
			}
		}
	}
	vector := func(f fact) map[int]uint64 {
		v := make(map[int]uint64)
		for _, x := range f.atoms {
			if !nothing[x] {
				v[x] = 1
			}
		}
		return v
	}
	var known span
	for _, f := range a.seen {
		if f.published {
			known.add(vector(f))
		}
	}
	few := a.c.Suppression.Min
	for name, f := range a.seen {
		if f.published || f.n == 0 || zeros && f.n >= few {
			continue
		}
		if known.has(vector(f)) {
			a.t.Fatalf("the withheld row %s (days, sources, node) follows from what is published: it is %d (with zeros: %v)", name, f.n, zeros)
		}
	}
}

// span is all linear combinations of vectors, modulo a prime so large that it makes no
// difference.
type span struct{ rows []pivot }

type pivot struct {
	at int
	v  map[int]uint64
}

const prime = 1<<31 - 1

func (s *span) reduce(v map[int]uint64) {
	for _, p := range s.rows {
		if f := v[p.at]; f != 0 {
			for i, x := range p.v {
				if y := (v[i] + (prime-f)*x) % prime; y == 0 {
					delete(v, i)
				} else {
					v[i] = y
				}
			}
		}
	}
}

func (s *span) has(v map[int]uint64) bool {
	s.reduce(v)
	return len(v) == 0
}

func (s *span) add(v map[int]uint64) {
	if s.has(v) {
		return
	}
	p := pivot{at: -1, v: v}
	for i := range v {
		if p.at < 0 || i < p.at {
			p.at = i
		}
	}
	inverse, base := uint64(1), v[p.at]
	for e := uint64(prime - 2); e > 0; e >>= 1 {
		if e&1 == 1 {
			inverse = inverse * base % prime
		}
		base = base * base % prime
	}
	for i := range v {
		v[i] = v[i] * inverse % prime
	}
	s.rows = append(s.rows, p)
}

// attack publishes what a crowd says. What is known with zeros is no linear combination,
// and so it is bounded only as far as the fixed seeds show.
func attack(t *testing.T, seed uint64, zeros bool) {
	w := newCrowd(seed)
	few := uint64(3 + w.r.IntN(4))
	w.add(w.r.IntN(400))
	c := w.counts()
	c.Suppression = Suppress(c, few, nil)
	newAttacker(t, c, w).derive(zeros)
}

// TestNothingWithheldFollows attacks what is published with all linear combinations of
// all answers to all queries.
func TestNothingWithheldFollows(t *testing.T) {
	for seed := range uint64(120) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			attack(t, seed, false)
			attack(t, seed, true)
		})
	}
}

func FuzzNothingWithheldFollows(f *testing.F) {
	f.Add(uint64(1))
	f.Fuzz(func(t *testing.T, seed uint64) { attack(t, seed, false) })
}

// TestSuppressionKeepsWhatItCan holds what a reader gets of a consultation of an
// ordinary shape: a rare sub-theme is withheld with one other, and nothing else is.
func TestSuppressionKeepsWhatItCan(t *testing.T) {
	cells := make(Cells)
	for _, day := range []string{"2022-04-15", "2022-04-16", "2022-04-17"} {
		for _, source := range []string{"paper", "web"} {
			for id, n := range map[string]uint64{"a/1": 30, "a/2": 20, "a/3": 12, "b/1": 50, "b/2": 40} {
				if id == "a/3" && day == "2022-04-16" && source == "web" {
					n = 2
				}
				for kind, id := range map[Kind]string{KindTotal: All, KindTagged: All, KindTheme: id[:1], KindSubTheme: id} {
					k := CellKey{day, source, kind, id}
					cells[k] = cells[k].Add(Count{n, n})
				}
			}
		}
	}
	c := Counts{Totals: NewTotals(cells), Info: TallyInfo{Themes: suppressTree}}
	c.Suppression = Suppress(c, 5, nil)
	withheld := func(by ...Dimension) (keys []string) {
		for _, g := range c.Query(Query{By: by}) {
			if g.Suppressed {
				keys = append(keys, g.Day+" "+g.Source+" "+g.ID)
			}
		}
		return keys
	}
	for _, by := range [][]Dimension{{ByTheme}, {BySubTheme}, {ByDay}, {BySource}, {ByDay, BySubTheme}, {BySource, BySubTheme}, {ByDay, BySource, ByTheme}} {
		if keys := withheld(by...); len(keys) > 0 {
			t.Errorf("by %v: %v are withheld, where nothing is small", by, keys)
		}
	}
	keys := withheld(ByDay, BySource, BySubTheme)
	if !slices.Contains(keys, "2022-04-16 web a/3") || len(keys) < 8 || len(keys) > 12 {
		t.Errorf("withheld by day and source: %v, want the small one and those that keep it secret: two days, two sources, the theme's three sub-themes at most", keys)
	}
}
