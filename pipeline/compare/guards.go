package compare

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/internal/textfmt"
	"github.com/minyi/minyi/pipeline"
)

// CaughtUp checks that a candidate has counted everything up to the reference: the
// frontier of the current tally, read before the candidate's frontier was, so that a
// candidate that keeps up passes while messages arrive. Where no tally is current the
// reference is the last sequence of the stream.
func CaughtUp(frontier, reference uint64) Check {
	if frontier >= reference {
		return Check{CheckCaughtUp, Pass, phrase.Textf("counted up to %s, and the current tally up to %s", textfmt.Count(frontier), textfmt.Count(reference))}
	}
	return Check{CheckCaughtUp, Fail, phrase.Textf("counted up to %s, which is %s behind %s: wait, or promote with --when-ready",
		textfmt.Count(frontier), textfmt.Count(reference-frontier), textfmt.Count(reference))}
}

// Missing checks that both tallies found the same sequences empty. A candidate that
// counts later than the current tally did cannot read what expired meanwhile, and
// would shrink the history. Of counts at different frontiers that differ, only a
// candidate with more missing at a lower frontier is known to lack something. First is
// the oldest sequence that the stream holds now; it names what is gone.
func Missing(current, candidate pipeline.Counts, first uint64) Check {
	a, b := current.Missing, candidate.Missing
	switch {
	case a == b:
		return Check{CheckMissing, Pass, phrase.Textf("%s in both", textfmt.Count(a))}
	case b > a && (candidate.Frontier <= current.Frontier):
		base := max(candidate.Info.Spec.Base, 1)
		where := phrase.Textf("up to sequence %s", textfmt.Count(candidate.Frontier))
		if first > base {
			where = phrase.Textf("in [%s,%s], of which nothing is stored any more", textfmt.Count(base), textfmt.Count(first-1))
		}
		return Check{CheckMissing, Fail, phrase.Textf("the candidate could not read %s messages that the current tally has counted, %s: promoting it would take them out of the counts",
			textfmt.Count(b-a), where)}
	case a > b && current.Frontier <= candidate.Frontier:
		return Check{CheckMissing, Fail, phrase.Textf("the current tally has %s missing and the candidate %s: they did not count the same messages; see minyi ledger of both",
			textfmt.Count(a), textfmt.Count(b))}
	}
	return Check{CheckMissing, Inconclusive, phrase.Textf("%s and %s, at different frontiers: try again", textfmt.Count(a), textfmt.Count(b))}
}

// Specs checks that the two tallies differ in nothing but the dictionary. Else a change
// of the counts could not be laid to the dictionary, and promoting would change more
// than the dictionary.
func Specs(current, candidate pipeline.Spec) Check {
	differ := SpecDifferences(current, candidate)
	if len(differ) == 0 {
		return Check{CheckSpec, Pass, phrase.Textf("the same but for the dictionary")}
	}
	return Check{CheckSpec, Fail, phrase.Textf("not only the dictionary differs: %s", strings.Join(differ, "; "))}
}

// SpecDifferences names each field in which two specs differ, but for the dictionary,
// with both values.
func SpecDifferences(a, b pipeline.Spec) []string {
	a.Dict, b.Dict = "", ""
	var out []string
	va, vb := reflect.ValueOf(a), reflect.ValueOf(b)
	for i := range va.NumField() {
		x, y := va.Field(i).Interface(), vb.Field(i).Interface()
		if reflect.DeepEqual(x, y) {
			continue
		}
		name, _, _ := strings.Cut(va.Type().Field(i).Tag.Get("json"), ",")
		out = append(out, fmt.Sprintf("%s: %s, %s", name, specValue(x), specValue(y)))
	}
	return out
}

func specValue(x any) string {
	v := reflect.ValueOf(x)
	if v.Kind() == reflect.Pointer {
		if v.IsNil() {
			return "-"
		}
		x = v.Elem().Interface()
	}
	return fmt.Sprintf("%+v", x)
}

// Ledger checks that the accounts of both tallies hold.
func Ledger(current, candidate pipeline.Audit) Check {
	for _, a := range []pipeline.Audit{current, candidate} {
		if a.Holds {
			continue
		}
		var says phrase.Text
		if len(a.Faults) > 0 {
			says = a.Faults[0].Says
		}
		return Check{CheckLedger, Fail, phrase.Textf("tally %s does not hold, in %d places: %s; see minyi ledger --tally %s", a.Tally, len(a.Faults), says, a.Tally)}
	}
	return Check{CheckLedger, Pass, phrase.Textf("holds for both: stored = tagged + untagged + rejected + missing")}
}

// Tests checks that the examples of the candidate's dictionary passed. First names the
// first that failed.
func Tests(passed, failed int, first string) Check {
	switch {
	case failed > 0:
		return Check{CheckTests, Fail, phrase.Textf("%d of %d examples fail: %s", failed, passed+failed, first)}
	case passed == 0:
		return Check{CheckTests, Pass, phrase.Textf("the dictionary has no examples")}
	}
	return Check{CheckTests, Pass, phrase.Textf("%d examples pass", passed)}
}

// DefaultMaxShift is by how many percentage points a share may move, at most.
const DefaultMaxShift = 5.0

// Shares checks that the share of untagged suggestions, and the share of each theme in
// the tagged ones, moved by less than limit percentage points. The pair holds the same
// messages on both sides, each counted once by each dictionary. So the movement is
// known exactly: it is no estimate from a sample, has no sampling error, and a test of
// significance would answer a question that nobody asked. What is tested is size.
func Shares(p Pair, limit float64) []Check {
	n := p.A.Outcomes.Tagged + p.A.Outcomes.Untagged
	m := p.B.Outcomes.Tagged + p.B.Outcomes.Untagged
	if n == 0 || n != m {
		says := phrase.Textf("no messages that both have counted")
		if n != m {
			says = phrase.Textf("%s suggestions in one and %s in the other: not the same messages", textfmt.Count(n), textfmt.Count(m))
		}
		return []Check{{CheckUntagged, Fail, says}, {CheckThemes, Fail, says}}
	}
	of := phrase.Textf("of the same %s suggestions; a complete count, so exact and without sampling error", textfmt.Count(n))
	untagged := shift{themeName{}, share(p.A.Outcomes.Untagged, n), share(p.B.Outcomes.Untagged, m)}
	checks := []Check{{CheckUntagged, untagged.verdict(limit), phrase.Textf("%s, limit %s points; %s", untagged.text(), textfmt.Weight(limit), of)}}

	var shifts []shift
	for _, t := range p.Themes() {
		shifts = append(shifts, shift{p.name(t.ID), share(t.A.Primary, p.A.Outcomes.Tagged), share(t.B.Primary, p.B.Outcomes.Tagged)})
	}
	slices.SortStableFunc(shifts, func(x, y shift) int { return compareSize(y, x) })
	check := Check{CheckThemes, Pass, phrase.Textf("the dictionaries have no themes")}
	if len(shifts) > 0 {
		check = Check{CheckThemes, shifts[0].verdict(limit), phrase.Textf("%s moved most: %s, limit %s points; share of the tagged, %s",
			shifts[0].name, shifts[0].text(), textfmt.Weight(limit), of)}
	}
	return append(checks, check)
}

// themeName is what a theme is called: in Chinese by its name, else by its id, as flags and
// files have it.
type themeName struct{ id, zh string }

// In says the name in a language.
func (n themeName) In(l phrase.Language) string {
	if l == phrase.Chinese && n.zh != "" {
		return n.zh
	}
	return n.id
}

// String is the id.
func (n themeName) String() string { return n.id }

func (p Pair) name(id string) themeName {
	for _, side := range []Side{p.A, p.B} {
		for _, t := range side.Info.Themes {
			if t.ID == id && t.Zh != "" {
				return themeName{id, t.Zh}
			}
		}
	}
	return themeName{id: id}
}

// shift is how a share moved, in per cent.
type shift struct {
	name          themeName
	before, after float64
}

func share(part, whole uint64) float64 {
	if whole == 0 {
		return 0
	}
	return 100 * float64(part) / float64(whole)
}

func (s shift) points() float64 { return s.after - s.before }

func (s shift) size() float64 { return max(s.points(), -s.points()) }

func compareSize(x, y shift) int {
	switch {
	case x.size() < y.size():
		return -1
	case x.size() > y.size():
		return 1
	}
	return 0
}

func (s shift) verdict(limit float64) Verdict {
	if s.size() < limit || s.size() == 0 {
		return Pass
	}
	return Fail
}

func (s shift) text() string {
	return fmt.Sprintf("%.2f%% -> %.2f%% (%+.2f)", s.before, s.after, s.points())
}
