package pipeline

import (
	"slices"
	"strings"
	"testing"
	"time"
)

// ledgerCase is a tally that holds, and can be spoilt.
type ledgerCase struct {
	cells   Cells
	about   TallyInfo
	view    View
	parts   map[uint64][]byte
	refs    []DeltaRef
	foreign []string
	facts   StreamFacts
	deltas  []*Delta

	w        words
	messages []*Message // of the stream
}

// newLedgerCase counts 1,000 messages, some of them deleted before and some
// after, in ranges of 50, the deltas of which have several parts.
func newLedgerCase(t *testing.T) *ledgerCase {
	t.Helper()
	return newLedgerCaseOf(t, true, func(*Delta) {})
}

// newLedgerCaseOf is newLedgerCase, of which no message is deleted after it was counted
// unless erased, and each delta goes through spoil.
func newLedgerCaseOf(t *testing.T, erased bool, spoil func(*Delta)) *ledgerCase {
	t.Helper()
	w := newWords(t)
	b := newMemBroker(1, 1000, w)
	c := &ledgerCase{w: w, messages: b.messages, parts: make(map[uint64][]byte), cells: make(Cells), view: View{Revision: 1}}
	c.about.Spec = memSpec(t, b, w)
	for seq := range b.messages {
		if seq < 30 || seq%40 == 7 {
			b.messages[seq] = nil
		}
	}
	tl, err := NewTallier(w, c.about.Spec.Format)
	if err != nil {
		t.Fatal(err)
	}
	for from := uint64(1); from <= 1000; from += 50 {
		r := Range{from, from + 49}
		tl.Begin(r)
		for _, m := range b.messages[r.From-1 : r.To] {
			if m != nil {
				tl.Add(m)
			}
		}
		d := tl.End()
		spoil(d)
		c.store(d, true)
	}
	for seq := range b.messages {
		if erased && seq%40 == 9 {
			b.messages[seq] = nil
		}
	}
	c.facts = StreamFacts{
		StreamInfo: StreamInfo{Name: c.about.Spec.Stream, Created: c.about.Spec.Created, Base: 1, First: 31, Last: 1000},
		Detailed:   true,
	}
	for i, m := range b.messages {
		switch {
		case m != nil:
			c.facts.Messages++
		case i >= 30:
			c.facts.Deleted = append(c.facts.Deleted, uint64(i+1))
		}
	}
	return c
}

// store puts a delta where deltas are; added: it was also folded.
func (c *ledgerCase) store(d *Delta, added bool) {
	parts, digest := d.parts(900)
	for i, body := range parts {
		seq := uint64(len(c.parts) + 1)
		c.parts[seq] = body
		c.refs = append(c.refs, DeltaRef{Range: d.Range, Digest: digest, Part: i + 1, Parts: len(parts), Seq: seq})
	}
	if added {
		c.deltas = append(c.deltas, d)
		c.view.Checkpoint = c.view.Checkpoint.add(d)
		c.cells.Merge(d.Cells)
	}
}

func (c *ledgerCase) audit() Audit {
	a := c.auditor()
	return a.End()
}

// auditor returns an auditor that has taken in everything.
func (c *ledgerCase) auditor() *Auditor {
	a := NewAuditor(c.about, View{Checkpoint: c.view.Checkpoint, Revision: c.view.Revision, Totals: NewTotals(c.cells)}, c.refs, c.foreign)
	if from, to := a.Wants(); to > 0 {
		for seq := to; seq >= from; seq-- { // order does not matter
			if body, ok := c.parts[seq]; ok {
				a.AddPart(seq, body)
			}
		}
	}
	a.SetStream(c.facts)
	return a
}

func TestAuditHolds(t *testing.T) {
	t.Parallel()
	c := newLedgerCase(t)
	a := c.audit()
	if !a.Holds || a.Compared != ComparedEach || len(a.Ranges) != 20 || len(a.Gone) != 0 || len(a.Notes) != 0 {
		t.Fatalf("%+v", a)
	}
	if a.Missing != 54 || a.Absent != 78 {
		t.Errorf("%d missing of %d absent, want 54 of 78", a.Missing, a.Absent)
	}
	// A delta that was worked twice, one that waits, and half of one.
	c.store(c.deltas[3], false)
	c.store(&Delta{Range: Range{1001, 1002}, Outcomes: Outcomes{Missing: 2}, Cells: Cells{}}, false)
	c.refs = append(c.refs, DeltaRef{Range: Range{1003, 1005}, Digest: "x", Part: 1, Parts: 2, Seq: 9999})
	if a = c.audit(); !a.Holds || a.Waiting != 1 || len(a.Notes) != 0 {
		t.Errorf("%+v", a)
	}
}

// Deltas that are no longer kept: their ranges are named, and the rest holds.
func TestAuditOfWhatIsKept(t *testing.T) {
	c := newLedgerCase(t)
	c.refs = slices.DeleteFunc(c.refs, func(r DeltaRef) bool { return r.To <= 400 || r.To == 600 || r.To == 650 })
	a := c.audit()
	if !a.Holds || a.Compared != ComparedAtLeast || len(a.Ranges) != 10 {
		t.Fatalf("%+v", a)
	}
	if want := []Range{{1, 400}, {551, 650}}; !slices.Equal(a.Gone, want) {
		t.Errorf("gone %v, want %v", a.Gone, want)
	}
	if a.GoneNumbers.Stored != 500 || a.GoneNumbers.Sum() != 500 {
		t.Errorf("gone: %+v", a.GoneNumbers)
	}
	if len(a.Notes) != 1 || !strings.Contains(a.Notes[0].String(), "[1,400], [551,650]") {
		t.Errorf("notes %q", a.Notes)
	}
	c.refs = nil
	if a = c.audit(); !a.Holds || len(a.Ranges) != 0 || len(a.Gone) != 1 {
		t.Errorf("nothing is kept: %+v", a)
	}
}

// Two different deltas of one range: no false alarm. If those that the audit takes add up,
// they are the ones that were added.
func TestAuditOfARangeWorkedTwice(t *testing.T) {
	c := newLedgerCase(t)
	other := *c.deltas[5]
	other.AbsurdTime++
	c.store(&other, false)
	if a := c.audit(); !a.Holds || len(a.Notes) != 0 || a.Compared != ComparedEach {
		t.Errorf("%+v", a)
	}
	for i, ref := range c.refs { // the one that was added is now the later one
		if ref.Range == other.Range && c.deltas[5].Range == ref.Range && ref.Seq < uint64(len(c.parts)) {
			if _, digest := c.deltas[5].parts(900); ref.Digest == digest {
				c.refs[i].Seq += 1_000_000
				c.parts[c.refs[i].Seq] = c.parts[ref.Seq]
			}
		}
	}
	if a := c.audit(); !a.Holds || len(a.Notes) != 1 || a.Compared != ComparedNot {
		t.Errorf("%+v", a)
	}
}

// Whatever number is changed, the audit does not hold, and says where.
func TestAuditFindsEveryChange(t *testing.T) {
	t.Parallel()
	c := newLedgerCase(t)
	read := c.auditor() // the deltas are read once
	for _, k := range c.cells.Keys() {
		good := c.cells[k]
		for _, bad := range []Count{{good.Primary + 1, good.Any}, {good.Primary, good.Any + 1}, {good.Primary + 1, good.Any + 1}, {}} {
			auditor := *read
			auditor.view.Totals = read.view.Totals.With(Cells{k: bad})
			a := auditor.End()
			if a.Holds {
				t.Fatalf("%s changed from %+v to %+v, and the ledger holds", k.Key(), good, bad)
			}
			if !slices.ContainsFunc(a.Faults, func(f Fault) bool { return f.Cell == k.Key() }) {
				t.Fatalf("%s changed, and is not named in %+v", k.Key(), a.Faults)
			}
		}
	}
	extra := CellKey{"2022-04-15", "nobody", KindTheme, "t0"}
	c.cells[extra] = Count{1, 1}
	if a := c.audit(); a.Holds {
		t.Error("a cell too many, and the ledger holds")
	}
	delete(c.cells, extra)

	cp := &c.view.Checkpoint
	for _, n := range []*uint64{&cp.Stored, &cp.Tagged, &cp.Untagged, &cp.Rejected, &cp.Missing, &cp.InvalidUTF8, &cp.AbsurdTime, &cp.Frontier} {
		*n++
		if a := c.audit(); a.Holds {
			t.Errorf("a number of the checkpoint changed, and the ledger holds: %+v", *cp)
		}
		*n--
	}
	if a := c.audit(); !a.Holds {
		t.Fatalf("not restored: %+v", a.Faults)
	}
}

// The checks that do not rest on deltas find a change that leaves every sum
// over all days and sources as it is.
func TestAuditOfGroups(t *testing.T) {
	c := newLedgerCase(t)
	c.refs = nil
	var moved []CellKey
	for _, k := range c.cells.Keys() {
		if k.Kind == KindSubTheme && c.cells[k].Primary > 0 && (len(moved) == 0 || k.ID == moved[0].ID && k.Day != moved[0].Day) {
			moved = append(moved, k)
		}
	}
	if len(moved) < 2 {
		t.Fatal("no two days have the same sub-theme")
	}
	x, y := c.cells[moved[0]], c.cells[moved[1]]
	c.cells[moved[0]], c.cells[moved[1]] = Count{x.Primary - 1, x.Any}, Count{y.Primary + 1, y.Any + 1}
	a := c.audit()
	if a.Holds || !strings.Contains(a.Faults[0].Cell, moved[0].Day) {
		t.Errorf("%+v", a.Faults)
	}
}

func TestAuditOfTheStream(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		spoil func(c *ledgerCase)
		says  string
	}{
		"behind":  {func(c *ledgerCase) { c.facts.Last = 999 }, "ends at 999, and was counted up to 1000"},
		"another": {func(c *ledgerCase) { c.facts.Created = c.facts.Created.Add(time.Second) }, "was created at"},
		"reused":  {func(c *ledgerCase) { c.facts.MarkStored = c.view.Checkpoint.Mark.Stored.Add(1) }, "sequence was used again"},
		"not missing": {func(c *ledgerCase) {
			c.facts.Deleted = slices.DeleteFunc(slices.Clone(c.facts.Deleted), func(s uint64) bool { return s > 400 && s <= 450 })
		}, "are not in the stream"},
		"not missing, in sum": {func(c *ledgerCase) { c.facts.Detailed, c.facts.Deleted, c.facts.Messages = false, nil, 947 }, "54 counted as missing, and only 53"},
		"foreign":             {func(c *ledgerCase) { c.foreign = []string{"a.b.total.all"} }, "by somebody else"},
		"range": {func(c *ledgerCase) {
			for seq, body := range c.parts {
				if d, _ := DecodeDelta(body); d.From == 51 && d.Tagged > 0 {
					d.Tagged--
					c.parts[seq] = d.Encode()
				}
			}
		}, "delta [51,100]: conservation violated"},
	} {
		t.Run(name, func(t *testing.T) {
			c := newLedgerCase(t)
			test.spoil(c)
			a := c.audit()
			if a.Holds || !slices.ContainsFunc(a.Faults, func(f Fault) bool { return strings.Contains(f.Says.String(), test.says) }) {
				t.Errorf("no fault says %q: %+v", test.says, a.Faults)
			}
		})
	}
}

// Nothing was counted yet: nothing to complain of.
func TestAuditOfNothing(t *testing.T) {
	c := newLedgerCase(t)
	c.view, c.cells, c.refs = View{}, nil, nil
	if a := c.audit(); !a.Holds || a.Frontier != 0 {
		t.Errorf("%+v", a)
	}
}
