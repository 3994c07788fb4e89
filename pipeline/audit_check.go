package pipeline

import (
	"fmt"
	"slices"
	"sort"
	"strings"
	"time"
)

// checkRanges compares the sum of the kept ranges with the checkpoint. What the
// checkpoint has more belongs to the ranges that are gone, and is neither less
// than nothing nor more than they are long.
func (a *Auditor) checkRanges() {
	var kept Numbers
	for _, r := range a.audit.Ranges {
		kept = kept.Add(r.Numbers)
	}
	var gone uint64
	for _, r := range a.audit.Gone {
		gone += r.Len()
	}
	all := a.audit.Numbers
	for _, x := range []struct {
		name       string
		kept, have uint64
		rest       *uint64
	}{
		{"stored", kept.Stored, all.Stored, &a.audit.GoneNumbers.Stored},
		{"tagged", kept.Tagged, all.Tagged, &a.audit.GoneNumbers.Tagged},
		{"untagged", kept.Untagged, all.Untagged, &a.audit.GoneNumbers.Untagged},
		{"rejected", kept.Rejected, all.Rejected, &a.audit.GoneNumbers.Rejected},
		{"missing", kept.Missing, all.Missing, &a.audit.GoneNumbers.Missing},
	} {
		switch {
		case x.kept > x.have:
			a.checkpointFault(x.name, x.kept, x.have)
		case x.kept < x.have && gone == 0:
			a.checkpointFault(x.name, x.kept, x.have)
		default:
			*x.rest = x.have - x.kept
		}
	}
	if n := a.audit.GoneNumbers; gone > 0 && (n.Stored != gone || n.Sum() != gone) && a.exact() {
		a.fault(Fault{Check: "checkpoint", Says: fmt.Sprintf(
			"the ranges that are no longer kept have %d sequences, and the checkpoint leaves them %d tagged + %d untagged + %d rejected + %d missing = %d",
			gone, n.Tagged, n.Untagged, n.Rejected, n.Missing, n.Sum())})
	}
	if len(a.audit.Gone) > 0 {
		var list []string
		for _, r := range a.audit.Gone[:min(len(a.audit.Gone), 5)] {
			list = append(list, r.String())
		}
		if n := len(a.audit.Gone) - len(list); n > 0 {
			list = append(list, fmt.Sprintf("and %d more", n))
		}
		a.note("the deltas of %s are no longer kept: these ranges are checked in sum only", strings.Join(list, ", "))
	}
	for _, r := range a.ambiguous {
		a.note("%v was worked several times with different results, which happens when messages go between two readings; one of them was added", r)
	}
}

// checkpointFault reports a term of which the kept ranges and the checkpoint
// tell different sums. Where it is not certain which deltas were added it is none.
func (a *Auditor) checkpointFault(name string, kept, have uint64) {
	if !a.exact() {
		return
	}
	a.fault(Fault{Check: "checkpoint", Says: fmt.Sprintf("%s is %d, and the kept ranges add up to %d", name, have, kept)})
}

// exact tells whether the kept deltas are certainly those that were added.
func (a *Auditor) exact() bool { return len(a.ambiguous) == 0 }

// checkCells compares the cells with the checkpoint, with each other and with
// the deltas.
func (a *Auditor) checkCells() {
	a.audit.Compared = ComparedNot
	c := &a.view.Checkpoint
	if c.Open != nil {
		a.note("a fold of many cells is under way: the cells were not looked at; ask again in a moment")
		return
	}
	if err := a.view.Cells.check(c.Outcomes); err != nil {
		a.fault(Fault{Check: "cells", Says: err.Error()})
	}
	a.checkGroups()
	if !a.exact() {
		return
	}
	a.audit.Compared = ComparedEach
	if len(a.audit.Gone) > 0 {
		a.audit.Compared = ComparedAtLeast
	} else {
		a.checkCounters()
		for _, k := range a.view.Cells.Keys() {
			if _, ok := a.sum[k]; !ok {
				a.cellFault(k, Count{})
			}
		}
	}
	for _, k := range a.sum.Keys() {
		want, got := a.sum[k], a.view.Cells[k]
		less := got.Primary < want.Primary || got.Any < want.Any
		if less || got != want && a.audit.Compared == ComparedEach {
			a.cellFault(k, want)
		}
	}
}

// checkCounters compares the two numbers of the checkpoint that are in no cell.
func (a *Auditor) checkCounters() {
	c := &a.view.Checkpoint
	if c.InvalidUTF8 != a.total.InvalidUTF8 || c.AbsurdTime != a.total.AbsurdTime {
		a.fault(Fault{Check: "checkpoint", Says: fmt.Sprintf(
			"%d messages with invalid UTF-8 and %d with an absurd time, and the kept ranges add up to %d and %d",
			c.InvalidUTF8, c.AbsurdTime, a.total.InvalidUTF8, a.total.AbsurdTime)})
	}
}

func (a *Auditor) cellFault(k CellKey, want Count) {
	got := a.view.Cells[k]
	least := ""
	if a.audit.Compared == ComparedAtLeast {
		least = "at least "
	}
	a.fault(Fault{Check: "deltas", Cell: k.Key(), Says: fmt.Sprintf(
		"is %d primary and %d any, and the deltas add up to %s%d and %d", got.Primary, got.Any, least, want.Primary, want.Any)})
}

// checkGroups checks within each day and source what must hold there: total is
// tagged, untagged and rejected; the primaries of themes, and of the sub-themes
// of each theme, add up; nothing is mentioned more often than there are tagged
// messages, nor less often than it is primary.
func (a *Auditor) checkGroups() {
	type group struct {
		kinds  map[Kind]uint64
		themes map[string]Count
		subs   map[string]Count // sums over the sub-themes, by theme
	}
	groups := make(map[groupKey]*group)
	of := func(k CellKey) *group {
		g := groups[groupKey{k.Day, k.Source}]
		if g == nil {
			g = &group{make(map[Kind]uint64), make(map[string]Count), make(map[string]Count)}
			groups[groupKey{k.Day, k.Source}] = g
		}
		return g
	}
	for k, n := range a.view.Cells {
		g := of(k)
		g.kinds[k.Kind] += n.Primary
		switch k.Kind {
		case KindTheme:
			g.themes[k.ID] = n
		case KindSubTheme:
			theme, _, _ := strings.Cut(k.ID, "/")
			g.subs[theme] = g.subs[theme].Add(n)
		}
	}
	for _, k := range a.view.Cells.Keys() {
		n, tagged := a.view.Cells[k], of(k).kinds[KindTagged]
		switch k.Kind {
		case KindTheme, KindSubTheme, KindAspect:
			if n.Primary > n.Any || n.Any > tagged {
				a.fault(Fault{Check: "cells", Cell: k.Key(), Says: fmt.Sprintf(
					"is %d primary and %d any of %d tagged messages of that day and source", n.Primary, n.Any, tagged)})
			}
		default:
			if n.Primary != n.Any {
				a.fault(Fault{Check: "cells", Cell: k.Key(), Says: fmt.Sprintf("is %d primary and %d any, and both are the same thing", n.Primary, n.Any)})
			}
		}
	}
	keys := make([]groupKey, 0, len(groups))
	for k := range groups {
		keys = append(keys, k)
	}
	sort.Slice(keys, func(i, j int) bool {
		return keys[i].day < keys[j].day || keys[i].day == keys[j].day && keys[i].source < keys[j].source
	})
	for _, k := range keys {
		g := groups[k]
		sum := g.kinds[KindTagged] + g.kinds[KindUntagged] + g.kinds[KindRejected]
		a.groupFault(k, "messages", g.kinds[KindTotal], "tagged, untagged and rejected", sum)
		a.groupFault(k, "tagged messages", g.kinds[KindTagged], "primaries of themes", g.kinds[KindTheme])
		a.groupFault(k, "tagged messages", g.kinds[KindTagged], "primaries of sub-themes", g.kinds[KindSubTheme])
		for _, theme := range themesOf(g.themes, g.subs) {
			a.groupFault(k, "primaries of "+theme, g.themes[theme].Primary, "those of its sub-themes", g.subs[theme].Primary)
			if any, subs := g.themes[theme].Any, g.subs[theme].Any; any > subs {
				a.groupFault(k, "mentions of "+theme, any, "those of its sub-themes", subs)
			}
		}
	}
}

// themesOf returns the ids of both, sorted.
func themesOf(themes, subs map[string]Count) []string {
	ids := make([]string, 0, len(themes))
	for id := range themes {
		ids = append(ids, id)
	}
	for id := range subs {
		if _, ok := themes[id]; !ok {
			ids = append(ids, id)
		}
	}
	slices.Sort(ids)
	return ids
}

func (a *Auditor) groupFault(k groupKey, what string, n uint64, parts string, sum uint64) {
	if n != sum {
		a.fault(Fault{Check: "cells", Cell: k.day + "." + string(appendToken(nil, k.source, false)), Says: fmt.Sprintf(
			"%d %s, and %s add up to %d", n, what, parts, sum)})
	}
}

// checkStream compares with the stream: it is the one that was counted, it
// reaches as far, and what was counted as missing is not in it.
func (a *Auditor) checkStream() {
	s := a.facts
	if s == nil {
		a.fault(Fault{Check: "stream", Says: a.about.Spec.Stream + " is not there any more: the counts stand, and cannot be checked against it"})
		return
	}
	a.audit.Last = s.Last
	if !a.about.Spec.IsOf(s.StreamInfo) {
		a.fault(Fault{Check: "stream", Says: fmt.Sprintf("%s was created at %s, and counted was one created at %s",
			s.Name, s.Created.UTC().Format(time.RFC3339), a.about.Spec.Created.UTC().Format(time.RFC3339))})
		return
	}
	if s.Last < a.audit.Frontier {
		a.fault(Fault{Check: "stream", Says: fmt.Sprintf("%s ends at %d, and was counted up to %d: the broker lost messages it had acknowledged",
			s.Name, s.Last, a.audit.Frontier)})
	}
	if m := a.view.Checkpoint.Mark; m != nil && !s.MarkStored.IsZero() && !s.MarkStored.Equal(m.Stored) {
		a.fault(Fault{Check: "stream", Says: fmt.Sprintf("message %d was stored at %s, and counted was one stored at %s: its sequence was used again",
			m.Seq, s.MarkStored.UTC().Format(time.RFC3339Nano), m.Stored.UTC().Format(time.RFC3339Nano))})
	}
	if !s.Detailed {
		// Of the sequences up to Last. Behind the frontier there may be some too,
		// so that this is the most that can be absent before it.
		a.audit.Absent = s.Last + 1 - a.audit.Base - s.Messages
		a.note("%s lacks too many messages to list them: missing is checked in sum only", s.Name)
	} else {
		a.audit.Absent = s.absent(Range{a.audit.Base, a.audit.Frontier})
		for i := range a.audit.Ranges {
			r := &a.audit.Ranges[i]
			n := s.absent(r.Range)
			r.Absent = &n
			if r.Missing > n {
				at := r.Range
				a.fault(Fault{Check: "stream", Range: &at, Says: fmt.Sprintf(
					"%d counted as missing, and only %d of its messages are not in the stream", r.Missing, n)})
			}
		}
	}
	if a.audit.Missing > a.audit.Absent {
		a.fault(Fault{Check: "stream", Says: fmt.Sprintf("%d counted as missing, and only %d messages up to the frontier are not in the stream",
			a.audit.Missing, a.audit.Absent)})
	}
}

// absent returns how many sequences of the range are not in the stream.
func (s *StreamFacts) absent(r Range) uint64 {
	n := Range{r.From, min(r.To, max(s.First, 1)-1)}.Len()
	n += Range{max(r.From, s.Last+1), r.To}.Len()
	i, _ := slices.BinarySearch(s.Deleted, r.From)
	j, _ := slices.BinarySearch(s.Deleted, r.To+1)
	return n + uint64(max(j-i, 0))
}
