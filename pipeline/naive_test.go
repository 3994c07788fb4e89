package pipeline

import (
	"maps"
	"strings"
	"testing"
)

// naive counts messages in the plainest way there is, without any of the code
// under test but the decoder: the oracle of every cell.
func naive(t testing.TB, messages []*Message, w words) Cells {
	t.Helper()
	d, err := NewDecoder(Format{})
	if err != nil {
		t.Fatal(err)
	}
	cells := make(Cells)
	for _, m := range messages {
		if m == nil {
			continue
		}
		var s Suggestion
		reason := d.Decode(m, &s)
		add := func(kind Kind, id string, primary bool) {
			k := CellKey{s.Day, s.Source, kind, id}
			n := Count{Any: 1}
			if primary {
				n.Primary = 1
			}
			cells[k] = cells[k].Add(n)
		}
		add(KindTotal, All, true)
		if reason != "" {
			add(KindRejected, string(reason), true)
			continue
		}
		once := make(map[string]bool)
		for _, th := range w.d.Themes {
			for _, sub := range th.SubThemes {
				if !strings.Contains(string(s.Text), sub.ID) {
					continue
				}
				primary := len(once) == 0
				add(KindSubTheme, sub.ID, primary)
				if !once["theme "+th.ID] {
					add(KindTheme, th.ID, primary)
				}
				if sub.Aspect != "" && !once["aspect "+sub.Aspect] {
					add(KindAspect, sub.Aspect, primary)
				}
				once["theme "+th.ID], once["aspect "+sub.Aspect] = true, true
			}
		}
		if len(once) > 0 {
			add(KindTagged, All, true)
		} else {
			add(KindUntagged, All, true)
		}
	}
	return cells
}

// checkExact fails unless the stored counts are those of the oracle.
func checkExact(t *testing.T, name string, b *memBroker, want Cells) {
	t.Helper()
	v := View{Checkpoint: b.cp, Revision: b.rev, Cells: b.cells}
	if err := v.Check(1); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	if b.cp.Frontier != b.last() || b.cp.Open != nil {
		t.Fatalf("%s: ended at %d of %d, open %v", name, b.cp.Frontier, b.last(), b.cp.Open)
	}
	if !maps.Equal(b.cells, want) {
		t.Fatalf("%s: %d cells stored, %d expected, or their counts differ", name, len(b.cells), len(want))
	}
}
