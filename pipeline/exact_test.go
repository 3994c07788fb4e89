package pipeline

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
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
	v := View{Checkpoint: b.cp, Revision: b.rev, Totals: NewTotals(b.cells)}
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

func TestUndisturbed(t *testing.T) {
	t.Parallel()
	w := newWords(t)
	b := newMemBroker(1, 60, w)
	p := newProcess(t, b, w, 1)
	p.finish(t)
	checkExact(t, "undisturbed", b, naive(t, b.messages, w))
	l := p.events
	if l.outcomes != b.cp.Outcomes || l.rejected != b.cp.Rejected || b.cp.Rejected == 0 {
		t.Errorf("events say %+v, %d rejected by reason, checkpoint %+v", l.outcomes, l.rejected, b.cp)
	}
}

// Every call of a process goes wrong once, in every way. Then another process comes, or
// the same one goes on. Every cell must be right.
func TestExactWhateverCallFails(t *testing.T) {
	t.Parallel()
	w := newWords(t)
	const messages = 40
	want := naive(t, newMemBroker(1, messages, w).messages, w)
	const seed = 1
	probe := newProcess(t, newMemBroker(1, messages, w), w, seed)
	probe.finish(t)
	t.Logf("%d runs, %d cells each", int(numFaults)*probe.calls, len(want))
	for how := range numFaults {
		t.Run(fmt.Sprintf("fault %d", how), func(t *testing.T) {
			t.Parallel()
			for at := 1; at <= probe.calls; at++ {
				b := newMemBroker(1, messages, w)
				p := newProcess(t, b, w, seed)
				p.at, p.how = at, how
				p.others = func() { newProcess(t, b, w, seed+10).finish(t) }
				p.finish(t)
				if p.dead {
					newProcess(t, b, w, seed+20).finish(t)
				}
				checkExact(t, fmt.Sprintf("call %d", at), b, want)
			}
		})
	}
}

// Several processes work at once, die and come back at random, tasks are handed
// out twice, and messages are published while they work.
func TestExactUnderRandomFaults(t *testing.T) {
	t.Parallel()
	w := newWords(t)
	for seed := range uint64(50) {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			t.Parallel()
			randomFaults(t, w, seed)
		})
	}
}

// randomFaults is one run of TestExactUnderRandomFaults.
func randomFaults(t *testing.T, w words, seed uint64) {
	rnd := rand.New(rand.NewPCG(seed, 11))
	b := newMemBroker(seed, 30, w)
	var alive []*process
	for range 3000 {
		if len(alive) < 1+rnd.IntN(3) {
			p := newProcess(t, b, w, rnd.Uint64())
			p.at, p.how = 1+rnd.IntN(120), fault(rnd.IntN(int(stopped)))
			alive = append(alive, p)
		}
		i := rnd.IntN(len(alive))
		if err := alive[i].step(t.Context()); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		if alive[i].dead {
			alive = append(alive[:i], alive[i+1:]...)
		}
		if rnd.IntN(20) == 0 && len(b.tasks) > 0 {
			b.queue = append(b.queue, rnd.IntN(len(b.tasks)))
		}
		if rnd.IntN(30) == 0 {
			b.messages = append(b.messages, randomMessage(rnd, b.last()+1, w))
		}
	}
	for _, p := range alive {
		p.requeue()
	}
	newProcess(t, b, w, seed).finish(t)
	checkExact(t, fmt.Sprintf("seed %d", seed), b, naive(t, b.messages, w))
}

// The broker loses the newest totals and deltas again and again, also in the middle of
// commits, and gives the same revisions to others. Meanwhile two processes go on with
// what they have in memory. Every cell must be right in the end.
func TestExactWhenTotalsAreLost(t *testing.T) {
	t.Parallel()
	w := newWords(t)
	var n lossCounts
	t.Run("seeds", func(t *testing.T) {
		for seed := range uint64(20) {
			t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
				t.Parallel()
				totalsLost(t, w, seed, &n)
			})
		}
	})
	says := fmt.Sprintf("totals lost %d times, torn for %d steps, noticed %d times, %d open folds worked again", n.lost.Load(), n.halves.Load(), n.found.Load(), n.again.Load())
	if n.lost.Load() == 0 || n.halves.Load() == 0 || n.found.Load() == 0 || n.again.Load() == 0 {
		t.Error(says + ": the test tests nothing")
	}
	t.Log(says)
}

// lossCounts is what happened in all runs of TestExactWhenTotalsAreLost.
type lossCounts struct{ lost, halves, found, again atomic.Int64 }

// totalsLost is one run of TestExactWhenTotalsAreLost.
func totalsLost(t *testing.T, w words, seed uint64, n *lossCounts) {
	rnd := rand.New(rand.NewPCG(seed, 17))
	b := newMemBroker(seed, 80, w)
	all := b.messages
	b.messages = all[:8]
	ps := []*process{newProcess(t, b, w, seed), newProcess(t, b, w, seed+100)}
	for _, p := range ps {
		p.looks = true
		if seed%2 > 0 {
			p.committer.maxCells = MaxCommit // few commits: revisions are the same again more often
		}
	}
	history := []totals{b.totals()}
	for range 2000 {
		p := ps[rnd.IntN(len(ps))]
		p.tears = rnd.IntN(20) == 0
		loaded, asked := p.committer.loaded, p.committer.recomputed
		if err := p.step(t.Context()); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		if loaded && !p.committer.loaded {
			n.found.Add(1)
		}
		if p.committer.recomputed != asked && b.cp.Open != nil {
			n.again.Add(1)
		}
		if b.rev != history[len(history)-1].rev {
			history = append(history, b.totals())
		}
		if rnd.IntN(60) == 0 {
			last := max(0, len(history)-1-rnd.IntN(4))
			b.restore(history[last])
			history = history[:last+1]
			n.lost.Add(1)
		}
		if rnd.IntN(60) == 0 || b.cp.Open != nil && rnd.IntN(5) == 0 {
			b.deltas = b.deltas[:max(0, len(b.deltas)-rnd.IntN(5))]
			b.lost++
		}
		if b.tail != "" {
			n.halves.Add(1)
		}
		b.messages = all[:min(len(all), len(b.messages)+rnd.IntN(2))]
	}
	b.messages = all
	for _, p := range ps {
		p.requeue()
		p.tears = false
	}
	for i := 0; b.cp.Frontier < b.last() || b.cp.Open != nil; i++ {
		p := ps[i%2]
		if err := p.step(t.Context()); err != nil || i > 20_000 {
			t.Fatalf("seed %d: %v, stuck at %d with %d deltas", seed, err, b.cp.Frontier, len(b.deltas))
		}
		if i%500 == 499 && p.committer.pending.ready(b.cp.Frontier) == nil && b.cp.Open == nil { // as the commit loop does after a stall
			if err := p.worker.work(t.Context(), p.committer.gap(), true); err != nil {
				t.Fatal(err)
			}
		}
	}
	checkExact(t, fmt.Sprintf("seed %d", seed), b, naive(t, all, w))
}

// The broker loses a commit, and the commit of another committer gets its revision. The
// fence alone would let the first committer go on from totals that are gone.
func TestRevisionGivenToAnotherCommit(t *testing.T) {
	t.Parallel()
	w := newWords(t)
	b := newMemBroker(3, 40, w)
	first, second := newProcess(t, b, w, 1), newProcess(t, b, w, 2)
	first.committer.maxCells, second.committer.maxCells = MaxCommit, MaxCommit
	for b.worked() < b.last() {
		if err := first.stepWithoutFold(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	fold := func(p *process, upTo uint64) (bool, error) {
		for _, d := range b.deltas {
			if d.ref.To <= upTo {
				p.committer.note(d.ref)
			}
		}
		return p.committer.step(t.Context())
	}
	empty := b.totals()
	if _, err := fold(first, 21); err != nil {
		t.Fatal(err)
	}
	rev := b.rev
	b.restore(empty)
	if _, err := fold(second, 7); err != nil || b.rev != rev || b.cp.Frontier != 7 {
		t.Fatalf("%v, frontier %d at revision %d, not 7 at %d", err, b.cp.Frontier, b.rev, rev)
	}
	if folded, err := fold(first, 40); folded || !errors.Is(err, ErrLost) {
		t.Errorf("folded %v, %v, behind totals that it has not seen", folded, err)
	}
	first.finish(t)
	checkExact(t, "in the end", b, naive(t, b.messages, w))
}

// The deltas of an open slice are lost. If messages of their range are gone as well,
// nothing that could be added fits what is stored.
func TestOpenFoldWithoutItsDeltas(t *testing.T) {
	t.Parallel()
	w := newWords(t)
	for _, deleted := range []bool{false, true} {
		b := newMemBroker(3, 7, w)
		p := newProcess(t, b, w, 1)
		for b.worked() < b.last() {
			if err := p.stepWithoutFold(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		p.tears = true
		for b.cp.Open == nil {
			_ = p.step(t.Context())
		}
		p.tears = false
		b.deltas = nil
		b.lost++
		all := b.messages
		if deleted {
			b.messages = append([]*Message{nil}, all[1:]...)
		}
		var err error
		for i := 0; err == nil && i < 200 && b.cp.Open != nil; i++ {
			err = p.step(t.Context())
		}
		switch {
		case deleted && !errors.Is(err, ErrConservation):
			t.Errorf("%v, and the frontier is %d", err, b.cp.Frontier)
		case !deleted && err != nil:
			t.Error(err)
		case !deleted:
			checkExact(t, "worked again", b, naive(t, all, w))
		}
	}
}

// Messages are deleted while they are being counted. Each of them is counted or
// missing, never both, never neither, and the others are all counted.
func TestDeletedMessagesAreCountedOrMissing(t *testing.T) {
	t.Parallel()
	w := newWords(t)
	missing := uint64(0)
	for seed := range uint64(50) {
		rnd := rand.New(rand.NewPCG(seed, 13))
		b := newMemBroker(seed, 60, w)
		all := append([]*Message(nil), b.messages...)
		deleted := uint64(0)
		p := newProcess(t, b, w, seed)
		for i := 0; b.cp.Frontier < b.last() || b.cp.Open != nil; i++ {
			if i > 20_000 {
				t.Fatalf("seed %d: stuck at %d", seed, b.cp.Frontier)
			}
			if rnd.IntN(4) == 0 {
				if i := rnd.IntN(len(b.messages)); b.messages[i] != nil {
					b.messages[i] = nil
					deleted++
				}
			}
			if p.dead || rnd.IntN(50) == 0 {
				p.dead = true
				p.requeue()
				p = newProcess(t, b, w, rnd.Uint64())
				p.at, p.how = 1+rnd.IntN(200), finished
			}
			if err := p.step(t.Context()); err != nil {
				t.Fatalf("seed %d: %v", seed, err)
			}
		}
		v := View{Checkpoint: b.cp, Revision: b.rev, Totals: NewTotals(b.cells)}
		if err := v.Check(1); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
		if b.cp.Missing > deleted || b.cp.Stored != 60 {
			t.Fatalf("seed %d: %d missing of %d deleted, %d stored", seed, b.cp.Missing, deleted, b.cp.Stored)
		}
		missing += b.cp.Missing
		most, least := naive(t, all, w), naive(t, b.messages, w)
		for k, n := range b.cells {
			if n.Any > most[k].Any || n.Any < least[k].Any || n.Primary > most[k].Primary || n.Primary < least[k].Primary {
				t.Fatalf("seed %d: cell %v is %v, not between %v and %v", seed, k, n, least[k], most[k])
			}
		}
	}
	if missing == 0 {
		t.Fatal("nothing was ever missing: the test tests nothing")
	}
}

func TestRangesThatAreGone(t *testing.T) {
	t.Parallel()
	w := newWords(t)
	for _, c := range []struct{ from, to int }{{1, 30}, {1, 60}, {20, 41}, {50, 60}, {60, 60}} {
		b := newMemBroker(5, 60, w)
		for i := c.from; i <= c.to; i++ {
			b.messages[i-1] = nil
		}
		newProcess(t, b, w, 1).finish(t)
		checkExact(t, fmt.Sprint(c), b, naive(t, b.messages, w))
		if b.cp.Missing != uint64(c.to-c.from+1) {
			t.Errorf("%v: %d missing", c, b.cp.Missing)
		}
	}
}

// If what is stored contradicts itself, the worker stops with the error that names it.
func TestContradictionsStop(t *testing.T) {
	t.Parallel()
	w := newWords(t)
	type spoiled struct {
		name  string
		spoil func(b *memBroker)
		want  error
	}
	var cases []spoiled
	// Aspects are not among them: a sub-theme need not have one, so their cells have no
	// known sum.
	for _, kind := range []Kind{KindTotal, KindTagged, KindUntagged, KindTheme, KindSubTheme} {
		cases = append(cases, spoiled{"a cell of kind " + string(kind) + " was changed", func(b *memBroker) {
			for k, n := range b.cells {
				if k.Kind == kind {
					b.cells[k] = n.Add(Count{1, 1})
					return
				}
			}
			t.Errorf("there is no cell of kind %s", kind)
		}, ErrConservation})
	}
	cases = append(cases, []spoiled{
		{"a cell was lost", func(b *memBroker) {
			for k := range b.cells {
				if k.Kind == KindTotal {
					delete(b.cells, k)
					return
				}
			}
		}, ErrConservation},
		{"the checkpoint does not add up", func(b *memBroker) { b.cp.Missing++ }, ErrConservation},
		{"the checkpoint was moved", func(b *memBroker) { b.cp.Frontier++ }, ErrConservation},
		{"a message was replaced", func(b *memBroker) {
			b.messages[b.cp.Mark.Seq-1].Stored = b.messages[b.cp.Mark.Seq-1].Stored.Add(time.Second)
		}, ErrSequenceReused},
		{"the stream was made anew", func(b *memBroker) { b.created = b.created.Add(time.Hour) }, ErrStreamReset},
		{"the stream lost its end", func(b *memBroker) { b.messages = b.messages[:20] }, ErrStreamBehind},
	}...)
	for _, c := range cases {
		b := newMemBroker(3, 40, w)
		spec := memSpec(t, b, w)
		newProcess(t, b, w, 1).finish(t)
		c.spoil(b)
		p := newProcess(t, b, w, 2)
		p.planner.spec, p.committer.info.Spec = spec, spec
		p.planner.cfg.Grace = 0
		var err error
		for range 200 {
			if err = p.step(t.Context()); err != nil {
				break
			}
		}
		if !errors.Is(err, c.want) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
}

// The broker loses its newest messages with the power and uses their sequences again.
// It stores new messages past everything that was planned before the worker, which never
// stopped, looks at the stream again. Whether the lost messages were counted, read or
// only planned, the committer stops before it adds anything after them.
func TestSequencesUsedAgainUnderAWorker(t *testing.T) {
	t.Parallel()
	w := newWords(t)
	for _, c := range []struct {
		name            string
		counted, worked uint64 // up to where when the power fails
		lost            uint64 // from where on
	}{
		{"counted ones", 40, 40, 35},
		{"one that was counted", 40, 40, 40},
		{"read ones, not counted yet", 21, 40, 39},
		{"all that was read, and some that was counted", 21, 40, 15},
		{"a range read before, the next one after", 21, 35, 33},
	} {
		b := newMemBroker(3, 40, w)
		p := newProcess(t, b, w, 1)
		all := b.messages
		b.messages = all[:c.counted:c.counted]
		p.finish(t)
		b.messages = all
		for b.worked() < c.worked {
			if err := p.stepWithoutFold(t.Context()); err != nil {
				t.Fatal(err)
			}
		}
		before := b.cp.Frontier

		b.messages = all[: c.lost-1 : c.lost-1]
		rnd := rand.New(rand.NewPCG(9, 9))
		for b.last() < 50 {
			m := randomMessage(rnd, b.last()+1, w)
			m.Stored = m.Stored.Add(time.Hour)
			b.messages = append(b.messages, m)
		}
		var err error
		for i := 0; err == nil && i < 1000; i++ {
			err = p.step(t.Context())
		}
		if !errors.Is(err, ErrSequenceReused) {
			t.Errorf("%s: %v, want %v", c.name, err, ErrSequenceReused)
		}
		if b.cp.Frontier >= c.lost && b.cp.Frontier > before {
			t.Errorf("%s: went on from %d to %d", c.name, before, b.cp.Frontier)
		}
	}
}

func TestDeltaSurvivesParts(t *testing.T) {
	t.Parallel()
	w := newWords(t)
	b := newMemBroker(9, 300, w)
	tl, err := NewTallier(w, Format{})
	if err != nil {
		t.Fatal(err)
	}
	tl.Begin(Range{1, 300})
	for _, m := range b.messages {
		tl.Add(m)
	}
	d := tl.End()
	if err := d.Check(); err != nil {
		t.Fatal(err)
	}
	for _, limit := range []int{1, 600, 1000, 4000, 1 << 20} {
		parts, _ := d.parts(limit)
		sum := &Delta{Range: d.Range, Cells: make(Cells)}
		for _, body := range parts {
			part, err := DecodeDelta(body)
			if err != nil {
				t.Fatal(err)
			}
			if limit >= 1000 && len(body) > limit {
				t.Errorf("limit %d: a part of %d bytes", limit, len(body))
			}
			sum.join(part)
		}
		if string(sum.Encode()) != string(d.Encode()) {
			t.Errorf("limit %d: %d parts add up to something else", limit, len(parts))
		}
	}
	if again, digest := d.parts(500); len(again) < 2 || len(digest) != 16 {
		t.Errorf("%d parts, digest %q", len(again), digest)
	}
}

// encodeByMaps is what Encode is to write, by encoding/json alone.
func encodeByMaps(d *Delta) []byte {
	var w wireDelta
	if err := json.Unmarshal((&Delta{
		Range: d.Range, Outcomes: d.Outcomes, InvalidUTF8: d.InvalidUTF8, AbsurdTime: d.AbsurdTime, Mark: d.Mark, Rejects: d.Rejects,
	}).Encode(), &w); err != nil {
		panic(err)
	}
	w.Days = make(map[string]map[string]map[Kind]map[string]counts)
	for k, n := range d.Cells {
		if w.Days[k.Day] == nil {
			w.Days[k.Day] = make(map[string]map[Kind]map[string]counts)
		}
		if w.Days[k.Day][k.Source] == nil {
			w.Days[k.Day][k.Source] = make(map[Kind]map[string]counts)
		}
		if w.Days[k.Day][k.Source][k.Kind] == nil {
			w.Days[k.Day][k.Source][k.Kind] = make(map[string]counts)
		}
		w.Days[k.Day][k.Source][k.Kind][k.ID] = counts{n.Primary, n.Any}
	}
	b, err := json.Marshal(w)
	if err != nil {
		panic(err)
	}
	return b
}

// The cells of a delta are written as encoding/json would write them, whatever their
// names are, so that old and new deltas of a range are the same bytes.
func TestDeltaIsPlainJSON(t *testing.T) {
	t.Parallel()
	names := []string{"", "a", "b", "微博", "\"<&>\u2028\x00", "a\xffb", "a.b"}
	r := rand.New(rand.NewPCG(1, 2))
	for n := range 300 {
		d := &Delta{Range: Range{1, 9}, Outcomes: Outcomes{Tagged: uint64(n)}, Cells: make(Cells)}
		if n == 299 { // its digest is made in pieces
			for i := range 5000 {
				d.Cells[CellKey{"d", strconv.Itoa(i), KindTotal, All}] = Count{1, 1}
			}
		}
		for range n % 40 {
			name := func() string { return names[r.IntN(len(names))] }
			d.Cells[CellKey{name(), name(), Kind(name()), name()}] = Count{r.Uint64(), uint64(n)}
		}
		if got, want := string(d.Encode()), string(encodeByMaps(d)); got != want {
			t.Fatalf("%d cells:\n%s\nwant\n%s", len(d.Cells), got, want)
		}
		if got, want := d.digest(d.Cells.Sorted()), digestOf(d.Encode()); got != want {
			t.Fatalf("%d cells have the digest %s, and their encoding %s", len(d.Cells), got, want)
		}
	}
}

func TestSnapshotShape(t *testing.T) {
	w := newWords(t)
	b := newMemBroker(1, 60, w)
	newProcess(t, b, w, 1).finish(t)
	v := View{Checkpoint: b.cp, Revision: b.rev, Totals: NewTotals(b.cells)}
	spec := memSpec(t, b, w)
	snap := v.Snapshot(TallyInfo{Spec: spec, Themes: NewThemeTree(w.d)})
	if len(snap.Tally) != 12 || snap.Dict != w.d.Version() || snap.Stored != 60 || snap.Check(60) != nil {
		t.Errorf("snapshot %+v", snap)
	}
	primaries := uint64(0)
	for _, th := range snap.Themes {
		primaries += th.Primary
	}
	if primaries != snap.Tagged || len(snap.Themes) != 3 || len(snap.Themes[2].SubThemes) != 3 {
		t.Errorf("themes %+v", snap.Themes)
	}
	body, err := json.Marshal(Snapshot{
		Tally: "t", Dict: "d", Frontier: 4, Stored: 4, Outcomes: Outcomes{Tagged: 1, Untagged: 1, Rejected: 1, Missing: 1},
		Themes: []ThemeCount{{ID: "livelihood", Primary: 1, Any: 1, SubThemes: []SubThemeCount{{ID: "livelihood/education", Primary: 1, Any: 1}}}},
	})
	const want = `{"tally":"t","dict":"d","frontier":4,"stored":4,"tagged":1,"untagged":1,"rejected":1,"missing":1,` +
		`"themes":[{"id":"livelihood","primary":1,"any":1,"subthemes":[{"id":"livelihood/education","primary":1,"any":1}]}]}`
	if err != nil || string(body) != want {
		t.Errorf("%s, %v", body, err)
	}
}
