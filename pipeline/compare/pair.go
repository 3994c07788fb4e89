package compare

import (
	"slices"
	"time"

	"github.com/minyi/minyi/pipeline"
)

// Pair are the counts of the same messages by two tallies: at one frontier, or of the
// days that are complete in both.
type Pair struct {
	A, B Side
	// Frontier is that of both; of counts over days the lower of the two.
	Frontier uint64
	// Over tells that the frontiers differ, so that only Days were compared: those of
	// which both tallies have counted the same messages. LeftOut are the others.
	Over          bool
	Days, LeftOut []string // ascending
}

// Side is one tally of a pair.
type Side struct {
	Tally, Dict string
	Info        pipeline.TallyInfo
	Outcomes    pipeline.Outcomes // of what is compared; Missing is 0 over days, which missing sequences do not have
	Totals      *pipeline.Totals  // likewise
	Counts      pipeline.Counts   // as they were read
}

// NewPair sets two counts beside each other. Their specs must be equal but for the
// dictionary; else the days of the one may hold other messages than those of the other.
//
// A tally counts a stream from its first message on, so of two tallies at different
// frontiers one has counted all messages that the other has, and some more. A day of
// which both have read equally many messages is therefore a day of which both have
// read the same messages.
func NewPair(a, b pipeline.Counts) Pair {
	p := Pair{A: newSide(a), B: newSide(b), Frontier: min(a.Frontier, b.Frontier)}
	if a.Frontier == b.Frontier {
		p.Days = days(a.Totals, b.Totals)
		return p
	}
	p.Over = true
	for _, day := range days(a.Totals, b.Totals) {
		if a.Totals.Of(pipeline.ByDay, day) == b.Totals.Of(pipeline.ByDay, day) {
			p.Days = append(p.Days, day)
		} else {
			p.LeftOut = append(p.LeftOut, day)
		}
	}
	p.A.keep(p.Days)
	p.B.keep(p.Days)
	return p
}

func newSide(c pipeline.Counts) Side {
	return Side{Tally: c.Tally, Dict: c.Dict, Info: c.Info, Outcomes: c.Outcomes, Totals: c.Totals, Counts: c}
}

// days returns the days that either of two totals has.
func days(a, b *pipeline.Totals) []string {
	var out []string
	for _, t := range []*pipeline.Totals{a, b} {
		for _, row := range t.By(pipeline.ByDay) {
			out = append(out, row.ID)
		}
	}
	slices.Sort(out)
	return slices.Compact(out)
}

// keep drops all days but these.
func (s *Side) keep(days []string) {
	edit := s.Totals.Edit()
	for k := range s.Totals.All {
		if _, ok := slices.BinarySearch(days, k.Day); !ok {
			edit.Set(k, pipeline.Count{})
		}
	}
	s.Totals = edit.Totals()
	s.Outcomes = pipeline.Outcomes{
		Tagged: s.Totals.Sum(pipeline.KindTagged).Primary, Untagged: s.Totals.Sum(pipeline.KindUntagged).Primary,
		Rejected: s.Totals.Sum(pipeline.KindRejected).Primary,
	}
}

// ThemeDiff is a theme in both tallies; its counts are 0 where a dictionary lacks it.
type ThemeDiff struct {
	ID        string         `json:"id"`
	A         pipeline.Count `json:"a"`
	B         pipeline.Count `json:"b"`
	SubThemes []SubThemeDiff `json:"subthemes"`
}

// SubThemeDiff is a sub-theme in both tallies.
type SubThemeDiff struct {
	ID string         `json:"id"`
	A  pipeline.Count `json:"a"`
	B  pipeline.Count `json:"b"`
}

// Themes returns all themes and sub-themes of both dictionaries, in the order of A,
// then those that only B has.
func (p Pair) Themes() []ThemeDiff {
	out := []ThemeDiff{}
	at := map[string]int{}
	for side, s := range []*Side{&p.A, &p.B} {
		for _, t := range s.Info.Themes.Themes(s.Totals) {
			i, ok := at[t.ID]
			if !ok {
				i = len(out)
				at[t.ID] = i
				out = append(out, ThemeDiff{ID: t.ID, SubThemes: []SubThemeDiff{}})
			}
			*pick(side, &out[i].A, &out[i].B) = pipeline.Count{Primary: t.Primary, Any: t.Any}
			for _, sub := range t.SubThemes {
				j := slices.IndexFunc(out[i].SubThemes, func(d SubThemeDiff) bool { return d.ID == sub.ID })
				if j < 0 {
					j = len(out[i].SubThemes)
					out[i].SubThemes = append(out[i].SubThemes, SubThemeDiff{ID: sub.ID})
				}
				d := &out[i].SubThemes[j]
				*pick(side, &d.A, &d.B) = pipeline.Count{Primary: sub.Primary, Any: sub.Any}
			}
		}
	}
	return out
}

func pick[T any](side int, a, b *T) *T {
	if side == 0 {
		return a
	}
	return b
}

// DayDiff is a day in both tallies.
type DayDiff struct {
	Day string    `json:"day"`
	A   DayCounts `json:"a"`
	B   DayCounts `json:"b"`
}

// DayCounts is what became of the suggestions of a day.
type DayCounts struct {
	Tagged   uint64 `json:"tagged"`
	Untagged uint64 `json:"untagged"`
}

// ByDay returns the compared days in ascending order.
func (p Pair) ByDay() []DayDiff {
	out := make([]DayDiff, 0, len(p.Days))
	at := make(map[string]int, len(p.Days))
	for i, day := range p.Days {
		out = append(out, DayDiff{Day: day})
		at[day] = i
	}
	for side, s := range []*Side{&p.A, &p.B} {
		for k, n := range s.Totals.All {
			i, ok := at[k.Day]
			if !ok {
				continue
			}
			d := pick(side, &out[i].A, &out[i].B)
			switch k.Kind {
			case pipeline.KindTagged:
				d.Tagged += n.Primary
			case pipeline.KindUntagged:
				d.Untagged += n.Primary
			}
		}
	}
	return out
}

// Diff is a pair as JSON. Its shape is stable.
type Diff struct {
	Frontier uint64            `json:"frontier"`
	A        string            `json:"a"` // tallies
	B        string            `json:"b"`
	Themes   []ThemeDiff       `json:"themes"`
	DictA    string            `json:"dict_a"`
	DictB    string            `json:"dict_b"`
	OutcomeA pipeline.Outcomes `json:"outcomes_a"`
	OutcomeB pipeline.Outcomes `json:"outcomes_b"`
	Days     []DayDiff         `json:"days"`
	// LeftOut are days of which one tally has counted more messages than the other;
	// they are in none of the numbers. Null: both tallies were read at Frontier.
	LeftOut []string  `json:"days_left_out"`
	AsOf    time.Time `json:"as_of,omitzero"` // when the newest message was stored that both have counted
	Schema  int       `json:"schema"`
}

// asOf is when the newest message was stored that both sides have counted.
func (p Pair) asOf() time.Time {
	a, b := p.A.Counts.AsOf, p.B.Counts.AsOf
	if b.Before(a) {
		return b
	}
	return a
}

// Diff returns the stable shape of the pair.
func (p Pair) Diff() Diff {
	d := Diff{
		Frontier: p.Frontier, A: p.A.Tally, B: p.B.Tally, DictA: p.A.Dict, DictB: p.B.Dict,
		Themes: p.Themes(), OutcomeA: p.A.Outcomes, OutcomeB: p.B.Outcomes, Days: p.ByDay(), AsOf: p.asOf(), Schema: pipeline.SnapshotSchema,
	}
	if p.Over {
		d.LeftOut = append([]string{}, p.LeftOut...)
	}
	return d
}
