package pipeline

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// mention is a kind of message, as far as anybody can tell one from another: where and
// when it came, its primary sub-theme, and all that it has.
type mention struct {
	step, day, source int
	primary           int    // in mentions.subs; -1: untagged, -2: rejected
	set               uint32 // of mentions.subs
}

func (k mention) names() (day, source string) {
	return []string{"2022-04-01", "2022-04-02", "2022-04-03"}[k.day], []string{"p", "q", "r"}[k.source]
}

// mentions are messages at random with several sub-themes each, and what was published of
// them.
type mentions struct {
	r             *rand.Rand
	tree          ThemeTree
	subs          []string
	themeOf       []int
	days, sources int
	single        int // of how many messages one has several sub-themes; 0: of none
	weight        []int
	now           map[mention]int // since the last publication
	all           map[mention]int
	rows          map[string]publishedRow
}

// publishedRow is a number that was published: a sum over kinds of messages.
type publishedRow struct {
	has func(mention) bool
	any bool // and no primary count
	n   uint64
}

func newMentions(seed uint64) *mentions {
	m := &mentions{r: rand.New(rand.NewPCG(seed, 7)), all: make(map[mention]int), now: make(map[mention]int), rows: make(map[string]publishedRow)}
	trees := []ThemeTree{
		{{ID: "a", SubThemes: []TreeSubTheme{{ID: "a/1", Aspect: "x"}, {ID: "a/2", Aspect: "x"}, {ID: "a/3", Aspect: "y"}}}, {ID: "b", SubThemes: []TreeSubTheme{{ID: "b/1", Aspect: "y"}}}},
		{{ID: "a", SubThemes: []TreeSubTheme{{ID: "a/1", Aspect: "x"}, {ID: "a/2"}}}, {ID: "b", SubThemes: []TreeSubTheme{{ID: "b/1", Aspect: "x"}, {ID: "b/2"}}}},
		{{ID: "a", SubThemes: []TreeSubTheme{{ID: "a/1"}, {ID: "a/2"}}}, {ID: "b", SubThemes: []TreeSubTheme{{ID: "b/1"}}}},
	}
	m.tree = trees[m.r.IntN(len(trees))]
	for i, th := range m.tree {
		for _, sub := range th.SubThemes {
			m.subs, m.themeOf = append(m.subs, sub.ID), append(m.themeOf, i)
		}
	}
	m.days, m.sources, m.single = 1+m.r.IntN(2), 1, 1+m.r.IntN(12)
	if m.days == 1 && len(m.subs) == 3 {
		m.sources += m.r.IntN(2)
	}
	m.weight = make([]int, len(m.subs)+2)
	for i := range m.weight {
		m.weight[i] = []int{0, 1, 3, 10, 40}[m.r.IntN(5)]
	}
	m.weight[m.r.IntN(len(m.subs))] += 5
	return m
}

func (m *mentions) add(n, step int) {
	weight := slices.Clone(m.weight)
	all := 0
	for i := range weight {
		weight[i] *= m.r.IntN(3)
		all += weight[i]
	}
	for ; n > 0 && all > 0; n-- {
		x, which := m.r.IntN(all), 0
		for ; x >= weight[which]; which++ {
			x -= weight[which]
		}
		k := mention{step: step, day: min(m.r.IntN(m.days), m.r.IntN(m.days)), source: m.r.IntN(m.sources), primary: which}
		switch which - len(m.subs) {
		case 0:
			k.primary = -1
		case 1:
			k.primary = -2
		default:
			k.set = 1 << which
			if other := m.r.IntN(len(m.subs)); m.single > 0 && m.r.IntN(m.single) == 0 && m.weight[other] > 0 {
				k.set |= 1 << other
			}
		}
		m.now[k]++
	}
}

// of are the ids of a dimension that a kind of message has.
func (m *mentions) of(d Dimension, primary int, set uint32) (ids []string) {
	for i, sub := range m.subs {
		if set&(1<<i) == 0 || primary >= 0 && i != primary {
			continue
		}
		id := sub
		switch d {
		case ByTheme:
			id = sub[:1]
		case ByAspect:
			id = m.tree[m.themeOf[i]].SubThemes[sub[2]-'1'].Aspect
		}
		if id != "" && !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

func (m *mentions) counts() Counts {
	cells := make(Cells)
	for k, n := range m.all {
		add := func(kind Kind, id string, primary, any uint64) {
			day, source := k.names()
			key := CellKey{day, source, kind, id}
			cells[key] = cells[key].Add(Count{primary * uint64(n), any * uint64(n)})
		}
		add(KindTotal, All, 1, 1)
		switch k.primary {
		case -1:
			add(KindUntagged, All, 1, 1)
		case -2:
			add(KindRejected, "no_text", 1, 1)
		default:
			add(KindTagged, All, 1, 1)
			for _, d := range []Dimension{ByTheme, BySubTheme, ByAspect} {
				for _, id := range m.of(d, k.primary, k.set) {
					add(d.kind(), id, 1, 0)
				}
				for _, id := range m.of(d, -1, k.set) {
					add(d.kind(), id, 0, 1)
				}
			}
		}
	}
	c := Counts{Totals: NewTotals(cells), Info: TallyInfo{Themes: m.tree}}
	c.Themes = m.tree.Themes(c.Totals)
	o := c.Totals
	c.Tagged, c.Untagged, c.Rejected = o.sum(KindTagged, All).Primary, o.sum(KindUntagged, All).Primary, o.sum(KindRejected, "no_text").Primary
	return c
}

// note keeps a number that was published.
func (m *mentions) note(what string, step int, q Query, g Group, d Dimension, any bool, n uint64) {
	from, to := dayIn(q.From), dayIn(q.To)
	key := fmt.Sprint(what, step, q.From, q.To, q.Sources, g.Day, g.Source, d, g.ID, any)
	m.rows[key] = publishedRow{func(k mention) bool {
		day, source := k.names()
		if k.step > step || q.From != "" && (k.day < from || k.day > to) || len(q.Sources) > 0 && q.Sources[0] != source ||
			g.Day != "" && g.Day != day || g.Source != "" && g.Source != source {
			return false
		}
		switch {
		case what == "tagged":
			return k.primary >= 0
		case d == ByReason:
			return k.primary == -2
		case d == "":
			return true
		case k.primary < 0:
			return false
		case any:
			return slices.Contains(m.of(d, -1, k.set), g.ID)
		}
		return slices.Contains(m.of(d, k.primary, k.set), g.ID)
	}, any && (d == ByTheme || d == BySubTheme || d == ByAspect), n}
}

func dayIn(day string) (n int) {
	if day != "" {
		_, _ = fmt.Sscanf(day, "2022-04-%02d", &n)
	}
	return n - 1
}

// publish notes everything that can be asked for, and what is told without a question.
func (m *mentions) publish(c Counts, step int) {
	w := &crowd{days: m.days, sources: m.sources}
	w.queries(func(q Query) {
		d := q.id()
		there := make(map[Group]Group)
		for _, g := range c.Query(q) {
			if there[g.key()] = g; g.AnySuppressed && !g.Suppressed && g.Primary == 0 {
				panic("a row that is there only for its any, which is withheld, says that there is some")
			}
			if !g.OfSuppressed && (d == ByTheme || d == BySubTheme || d == ByAspect) {
				m.note("tagged", step, q, Group{Day: g.Day, Source: g.Source}, "", false, g.Of)
			}
		}
		days, sources, ids := []string{""}, []string{""}, []string{""}
		if slices.Contains(q.By, ByDay) {
			days = keysOf(c.Suppression.days, q.hasDay)
		}
		if slices.Contains(q.By, BySource) {
			sources = keysOf(c.Suppression.sources, q.hasSource)
		}
		if d != "" {
			ids = nil
			for _, r := range c.Totals.By(d) {
				ids = append(ids, r.ID)
			}
		}
		for _, day := range days {
			for _, source := range sources {
				for _, id := range ids {
					g, ok := there[Group{Day: day, Source: source, ID: id}]
					if !ok {
						g = Group{Day: day, Source: source, ID: id} // counts nothing
					}
					if !g.Suppressed {
						m.note("row", step, q, g, d, false, g.Primary)
					}
					if ok && !g.AnySuppressed {
						m.note("row", step, q, g, d, true, g.Any)
					}
				}
			}
		}
	})
	for _, th := range c.Themes {
		if !th.Suppressed {
			m.note("row", step, Query{}, Group{ID: th.ID}, ByTheme, false, th.Primary)
			if !th.AnySuppressed {
				m.note("row", step, Query{}, Group{ID: th.ID}, ByTheme, true, th.Any)
			}
		}
		for _, sub := range th.SubThemes {
			if !sub.Suppressed {
				m.note("row", step, Query{}, Group{ID: sub.ID}, BySubTheme, false, sub.Primary)
				if !sub.AnySuppressed {
					m.note("row", step, Query{}, Group{ID: sub.ID}, BySubTheme, true, sub.Any)
				}
			}
		}
	}
	if !c.Withheld.Tagged {
		m.note("tagged", step, Query{}, Group{}, "", false, c.Tagged)
	}
}

// kinds are all kinds of messages that there may be.
func (m *mentions) kinds(steps int) (all []mention) {
	for step := range steps {
		for day := range m.days {
			for source := range m.sources {
				k := mention{step: step, day: day, source: source}
				for primary := -2; primary < len(m.subs); primary++ {
					if k.primary = primary; primary < 0 {
						all = append(all, k)
						continue
					}
					for set := range uint32(1) << len(m.subs) {
						if k.set = set; set&(1<<primary) != 0 && (m.single > 0 || set == 1<<primary) {
							all = append(all, k)
						}
					}
				}
			}
		}
	}
	return all
}

// program returns what is known: with what was published of any, or without.
func (m *mentions) program(t *testing.T, all []mention, any bool) *program {
	var rows []programRow
	seen := make(map[string]bool)
	for key, r := range m.rows {
		if r.any && !any {
			continue
		}
		row := programRow{times: make(map[int]float64), sum: float64(r.n)}
		vector := make([]byte, len(all))
		var sum uint64
		for x, k := range all {
			if r.has(k) {
				row.times[x], vector[x] = 1, 1
				sum += uint64(m.all[k])
			}
		}
		if sum != r.n {
			t.Fatalf("%s is published as %d, and it is %d", key, r.n, sum)
		}
		if len(row.times) > 0 && !seen[string(vector)] {
			seen[string(vector)] = true
			rows = append(rows, row)
		}
	}
	return newProgram(len(all), rows)
}

// publishSeries publishes some times; it returns the bound, and how many times it did.
func (m *mentions) publishSeries(times int) (few uint64, steps int) {
	few = uint64(3 + m.r.IntN(3))
	var last *Suppression
	for tries := 0; steps < times && tries < 2*times; tries++ {
		m.add(m.r.IntN(80), steps)
		for k, n := range m.now {
			m.all[k] += n
		}
		c := m.counts().Suppressed(few, last)
		if clear(m.now); c.Suppression.nothing {
			continue
		}
		last = c.Suppression
		m.publish(c, steps)
		steps++
	}
	return few, steps
}

// primariesTell tells whether there is a bound without any.
func (m *mentions) primariesTell(t *testing.T, all []mention, few uint64) bool {
	p := m.program(t, all, false)
	return slices.ContainsFunc(all, func(k mention) bool {
		return m.all[k] > 0 && p.most(slices.Index(all, k), float64(few)) < float64(few)-1e-4
	})
}

// attackAny publishes at most three times, and then asks of each kind of message of which
// there are any how many there can be at most, for all that anybody knows. Who can compute
// that there are some, and fewer than Min, has such a bound. Where there are several days or
// sources, series of which primaries alone tell one are left out.
func attackAny(t *testing.T, seed uint64) (numbers, kinds int) {
	m := newMentions(seed)
	few, steps := m.publishSeries(3)
	all := m.kinds(steps)
	p := m.program(t, all, true)
	for x, k := range all {
		if m.all[k] == 0 {
			continue
		}
		kinds++
		if most := p.most(x, float64(few)); most < float64(few)-1e-4 {
			if m.days*m.sources > 1 && m.primariesTell(t, all, few) {
				return 0, 0
			}
			t.Fatalf("seed %d: of %+v there are %d, and everybody knows that there are at most %.3f, of %d", seed, k, m.all[k], most, few)
		}
	}
	for _, r := range m.rows {
		if r.any && r.n > 0 {
			numbers++
		}
	}
	return numbers, kinds
}

// TestNothingFollowsFromAny attacks any beside primaries, any of themes beside that of
// their sub-themes and of aspects, and all of that in several publications.
func TestNothingFollowsFromAny(t *testing.T) {
	numbers, kinds := 0, 0
	for seed := range uint64(200) {
		n, k := attackAny(t, seed)
		numbers, kinds = numbers+n, kinds+k
	}
	if numbers < 500 || kinds < 500 {
		t.Errorf("%d numbers of any, %d kinds of messages: this tests nothing", numbers, kinds)
	}
}

func FuzzNothingFollowsFromAny(f *testing.F) {
	f.Add(uint64(1))
	f.Fuzz(func(t *testing.T, seed uint64) { attackAny(t, seed) })
}

// The smallest counts in which any of a theme and of its sub-themes says how few messages
// have two of them, any and primary that a sub-theme is second for few, and any of a theme that
// few of its messages, or of all, do not have it.
func TestAnyBesideItsParts(t *testing.T) {
	cell := func(kind Kind, id string) CellKey { return CellKey{"2022-04-01", "p", kind, id} }
	for name, test := range map[string]struct {
		cells Cells
		shown string
	}{
		"nothing is small": {Cells{cell(KindSubTheme, "a/2"): {60, 70}}, "a a/1 a/2 b b/1"},
		"two have both":    {Cells{cell(KindSubTheme, "a/2"): {60, 62}}, "a a/1 b b/1"},
		"two of the other theme have it": {
			Cells{cell(KindSubTheme, "a/2"): {60, 62}, cell(KindTheme, "a"): {110, 112}}, "b b/1",
		},
		"all but two have it": {
			Cells{cell(KindSubTheme, "a/2"): {60, 158}, cell(KindTheme, "a"): {110, 208}}, "b b/1",
		},
		"all of the theme but two have it": {Cells{cell(KindSubTheme, "a/2"): {60, 108}}, "a a/1 b b/1"},
	} {
		c := subThemes(map[string]uint64{"a/1": 50, "a/2": 60, "b/1": 100})
		c.Info.Themes = ThemeTree{{ID: "a", SubThemes: []TreeSubTheme{{ID: "a/1"}, {ID: "a/2"}}}, {ID: "b", SubThemes: []TreeSubTheme{{ID: "b/1"}}}}
		c.Totals = c.Totals.With(test.cells)
		c.Themes = c.Info.Themes.Themes(c.Totals)
		c = c.Suppressed(5, nil)
		var shown []string
		for _, by := range []Dimension{ByTheme, BySubTheme} {
			for _, g := range c.Query(Query{By: []Dimension{by}}) {
				if g.Suppressed {
					t.Errorf("%s: %s is withheld", name, g.ID)
				}
				if !g.AnySuppressed {
					shown = append(shown, g.ID)
				}
			}
		}
		if slices.Sort(shown); strings.Join(shown, " ") != test.shown {
			t.Errorf("%s: any is shown of %v, not of %s", name, shown, test.shown)
		}
		b, err := json.Marshal(c.Themes)
		if want := strings.Contains(string(b), `{"id":"a/2","primary":60,"any":null,"suppressed":true}`); err != nil || want == slices.Contains(shown, "a/2") {
			t.Errorf("%s: %s, %v", name, b, err)
		}
	}
}
