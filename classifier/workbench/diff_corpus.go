package workbench

import (
	"cmp"
	"context"
	"math"
	"slices"
	"sort"

	"github.com/minyi/minyi/classifier"
	"github.com/minyi/minyi/dict"
)

// CorpusDifference is what a change of the dictionary does to a corpus.
type CorpusDifference struct {
	Stats
	Changed int `json:"changed"` // messages whose primary changed
	// Retagged are messages whose set of tags changed, whether the primary did or
	// not.
	Retagged  int    `json:"retagged"`
	SubThemes Flow   `json:"subtheme_flow"`
	Themes    Flow   `json:"theme_flow"`
	Moves     []Move `json:"moves"` // of the primary, most messages first
}

// Flow counts messages by their primary before and after.
type Flow struct {
	IDs    []string `json:"ids"`    // of both dictionaries; the last is "", untagged
	Counts [][]int  `json:"counts"` // by before, then by after
}

// Move counts the messages whose primary changed from one sub-theme to another.
type Move struct {
	From     string      `json:"from"` // sub-theme, empty: untagged
	To       string      `json:"to"`
	Messages int         `json:"messages"`
	Causes   []MoveCause `json:"causes"` // most messages first
	Samples  []Sample    `json:"samples,omitempty"`
}

// MoveCause is the keyword that moved messages: among the keywords whose part in the
// two scores changed, the one with the greatest change in favour of the move.
type MoveCause struct {
	SubTheme string `json:"subtheme"`
	Keyword  string `json:"keyword"` // empty: no keyword, but a threshold or the order of sub-themes
	Kind     string `json:"kind"`    // added, removed, reweighted, changed; or threshold
	Messages int    `json:"messages"`
}

// DiffOptions are the options of Compare.
type DiffOptions struct {
	// Samples is how many messages are shown for each move; default 3, negative:
	// none.
	Samples int
}

// Compare returns what changed from the dictionary of a to that of b, and what the
// change does to the messages of a corpus. Memory does not grow with the corpus.
// Errors are those of reading the corpus (*CorpusError) and of ctx.
func Compare(ctx context.Context, a, b *classifier.Classifier, corpus Corpus, o DiffOptions) (*Difference, error) {
	if o.Samples == 0 {
		o.Samples = 3
	}
	d := CompareDictionaries(a.Dictionary(), b.Dictionary())
	f := newDiffer(a, b, d, o)
	stats, err := mapMessages(ctx, corpus, func() *[2]classifier.Result { return new([2]classifier.Result) }, f.message, f.collect)
	if err != nil {
		return nil, err
	}
	d.Corpus = f.report(stats)
	return d, nil
}

// differ is the state of Compare. Workers call message, which only reads it; one
// goroutine calls collect.
type differ struct {
	DiffOptions
	a, b  *classifier.Classifier
	kinds map[[2]string]string // the kind of change, by sub-theme and keyword
	flows map[[2]string]int    // messages by primary before and after
	moves map[[2]string]*Move
	cause map[[2]string]map[MoveCause]int // of each move: messages by cause
	tags  int                             // messages whose tags changed
}

func newDiffer(a, b *classifier.Classifier, d *Difference, o DiffOptions) *differ {
	f := &differ{
		DiffOptions: o, a: a, b: b, kinds: map[[2]string]string{},
		flows: map[[2]string]int{}, moves: map[[2]string]*Move{}, cause: map[[2]string]map[MoveCause]int{},
	}
	for _, s := range d.SubThemes {
		for _, k := range s.Keywords {
			f.kinds[[2]string{s.ID, k.Keyword}] = k.Kind
		}
	}
	return f
}

// moved is how the two dictionaries classified a message.
type moved struct {
	from, to string
	retagged bool
	cause    MoveCause
	sample   *Sample
}

func (f *differ) message(r *[2]classifier.Result, m *Message) (moved, error) {
	text := []byte(m.Text)
	f.a.Classify(&r[0], text)
	f.b.Classify(&r[1], text)
	before, after := f.a.Dictionary(), f.b.Dictionary()
	out := moved{from: primaryOf(before, &r[0]), to: primaryOf(after, &r[1])}
	out.retagged = !sameTags(before, &r[0], after, &r[1])
	if out.from == out.to {
		return out, nil
	}
	out.cause = f.causeOf(out.from, out.to, &r[0], &r[1])
	if f.Samples > 0 {
		out.sample = &Sample{ID: m.ID, Line: m.Line, Text: excerpt(m.Text, firstMatch(&r[1], &r[0]))}
		if out.cause.Keyword != "" {
			out.sample.Keywords = []string{out.cause.Keyword}
		}
	}
	return out, nil
}

func primaryOf(d *dict.Dictionary, r *classifier.Result) string {
	if len(r.Tags) == 0 {
		return ""
	}
	return d.Themes[r.Tags[0].Theme].SubThemes[r.Tags[0].SubTheme].ID
}

func sameTags(da *dict.Dictionary, a *classifier.Result, db *dict.Dictionary, b *classifier.Result) bool {
	if len(a.Tags) != len(b.Tags) {
		return false
	}
	for _, t := range a.Tags {
		id := da.Themes[t.Theme].SubThemes[t.SubTheme].ID
		if !slices.ContainsFunc(b.Tags, func(u classifier.Tag) bool { return db.Themes[u.Theme].SubThemes[u.SubTheme].ID == id }) {
			return false
		}
	}
	return true
}

// firstMatch returns where the primary begins to match in the first result that has
// one.
func firstMatch(results ...*classifier.Result) int {
	for _, r := range results {
		if len(r.Tags) > 0 {
			return r.Tags[0].Matches[0].Start
		}
	}
	return 0
}

// causeOf finds the keyword that moved a message. A result lists the keywords of
// tags only, so a sub-theme that was not tagged before counts as having scored 0.
func (f *differ) causeOf(from, to string, a, b *classifier.Result) MoveCause {
	best, most := MoveCause{SubTheme: to, Kind: "threshold"}, 0.0
	if to == "" {
		best.SubTheme = from
	}
	for _, side := range []struct {
		id   string
		sign float64
	}{{to, 1}, {from, -1}} {
		if side.id == "" {
			continue
		}
		before, after := partsOf(f.a.Dictionary(), a, side.id), partsOf(f.b.Dictionary(), b, side.id)
		names := map[string]bool{}
		for name := range before {
			names[name] = true
		}
		for name := range after {
			names[name] = true
		}
		sorted := make([]string, 0, len(names))
		for name := range names {
			sorted = append(sorted, name)
		}
		sort.Strings(sorted)
		for _, name := range sorted {
			kind := f.kinds[[2]string{side.id, name}]
			if change := side.sign * (after[name] - before[name]); kind != "" && change > most {
				best, most = MoveCause{SubTheme: side.id, Keyword: name, Kind: kind}, change
			}
		}
	}
	return best
}

// partsOf returns what each keyword adds to the score of a sub-theme; it is empty if
// the sub-theme is not a tag.
func partsOf(d *dict.Dictionary, r *classifier.Result, id string) map[string]float64 {
	parts := map[string]float64{}
	for _, tag := range r.Tags {
		s := &d.Themes[tag.Theme].SubThemes[tag.SubTheme]
		if s.ID != id {
			continue
		}
		n := map[int]int{}
		for _, m := range tag.Matches {
			n[m.Keyword] += int(m.Times)
		}
		for k, times := range n {
			parts[keywordName(&s.Keywords[k])] = s.Keywords[k].Weight * (1 + math.Log(float64(times)))
		}
	}
	return parts
}

func (f *differ) collect(m moved) error {
	way := [2]string{m.from, m.to}
	f.flows[way]++
	if m.retagged {
		f.tags++
	}
	if m.from == m.to {
		return nil
	}
	move := f.moves[way]
	if move == nil {
		move = &Move{From: m.from, To: m.to}
		f.moves[way], f.cause[way] = move, map[MoveCause]int{}
	}
	move.Messages++
	f.cause[way][m.cause]++
	if m.sample != nil && len(move.Samples) < f.Samples {
		move.Samples = append(move.Samples, *m.sample)
	}
	return nil
}

func (f *differ) report(stats Stats) *CorpusDifference {
	c := &CorpusDifference{Stats: stats, Retagged: f.tags, Moves: []Move{}}
	var ids, themes []string
	for _, d := range []*dict.Dictionary{f.a.Dictionary(), f.b.Dictionary()} {
		eachSubTheme(d, func(_, _ int, s *dict.SubTheme) {
			if !contains(ids, s.ID) {
				ids = append(ids, s.ID)
			}
			if theme, _ := splitID(s.ID); !contains(themes, theme) {
				themes = append(themes, theme)
			}
		})
	}
	c.SubThemes, c.Themes = newFlow(ids), newFlow(themes)
	for way, n := range f.flows {
		c.SubThemes.add(way[0], way[1], n)
		from, _ := splitID(way[0])
		to, _ := splitID(way[1])
		c.Themes.add(from, to, n)
	}
	for way, move := range f.moves {
		c.Changed += move.Messages
		for cause, n := range f.cause[way] {
			cause.Messages = n
			move.Causes = append(move.Causes, cause)
		}
		slices.SortFunc(move.Causes, func(x, y MoveCause) int {
			return cmp.Or(cmp.Compare(y.Messages, x.Messages), cmp.Compare(x.SubTheme, y.SubTheme), cmp.Compare(x.Keyword, y.Keyword))
		})
		c.Moves = append(c.Moves, *move)
	}
	slices.SortFunc(c.Moves, func(x, y Move) int {
		return cmp.Or(cmp.Compare(y.Messages, x.Messages), cmp.Compare(x.From, y.From), cmp.Compare(x.To, y.To))
	})
	return c
}

func newFlow(ids []string) Flow {
	f := Flow{IDs: append(ids, ""), Counts: make([][]int, len(ids)+1)}
	for i := range f.Counts {
		f.Counts[i] = make([]int, len(ids)+1)
	}
	return f
}

func (f *Flow) add(from, to string, n int) {
	f.Counts[slices.Index(f.IDs, from)][slices.Index(f.IDs, to)] += n
}
