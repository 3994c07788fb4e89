package pipeline

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/minyi/minyi/classifier"
	"github.com/minyi/minyi/dict"
)

// words is a classifier that tags a text with every sub-theme whose id is in it.
type words struct{ d *dict.Dictionary }

func (w words) Dictionary() *dict.Dictionary { return w.d }

func (w words) Classify(r *classifier.Result, text []byte) {
	r.Tags = r.Tags[:0]
	for t := range w.d.Themes {
		for s := range w.d.Themes[t].SubThemes {
			if bytes.Contains(text, []byte(w.d.Themes[t].SubThemes[s].ID)) {
				r.Tags = append(r.Tags, classifier.Tag{Theme: t, SubTheme: s})
			}
		}
	}
}

func newWords(t testing.TB) words {
	t.Helper()
	themes := make([]dict.Theme, 0, 3)
	for i := range 3 {
		th := dict.Theme{ID: fmt.Sprintf("t%d", i), Name: dict.Name{Zh: "题", En: "theme"}}
		for j := range 3 {
			aspect := ""
			if (i+j)%3 > 0 {
				aspect = dict.Aspects()[(i+j)%3].ID
			}
			th.SubThemes = append(th.SubThemes, dict.SubTheme{
				ID: fmt.Sprintf("t%d/s%d", i, j), Name: dict.Name{Zh: "子", En: "sub"}, Aspect: aspect,
				Threshold: 1, Keywords: []dict.Keyword{{Word: fmt.Sprintf("词%d之%d", i, j), Weight: 1}},
			})
		}
		themes = append(themes, th)
	}
	d, err := dict.New(themes)
	if err != nil {
		t.Fatal(err)
	}
	return words{d}
}

// memBroker is a broker in memory. All processes of a test share it.
type memBroker struct {
	created  time.Time
	messages []*Message   // by sequence - 1; nil: deleted
	tasks    []StoredTask // their revisions are index + 1
	queue    []int        // tasks to be handed out, by index
	deltas   []memDelta
	lost     int // how often deltas were lost
	cells    Cells
	cp       Checkpoint
	rev      uint64
	tail     string // the last cell of a torn commit
	current  string
	about    *TallyInfo
}

type memDelta struct {
	ref  DeltaRef
	body []byte
	flaw Flaw // that shows only when it is fetched
}

func newMemBroker(seed uint64, n int, w words) *memBroker {
	b := &memBroker{created: time.Date(2022, 4, 15, 0, 0, 0, 0, time.UTC), cells: make(Cells)}
	rnd := rand.New(rand.NewPCG(seed, 7))
	for i := range n {
		b.messages = append(b.messages, randomMessage(rnd, uint64(i+1), w))
	}
	return b
}

func randomMessage(rnd *rand.Rand, seq uint64, w words) *Message {
	m := &Message{Seq: seq, Subject: fmt.Sprintf("suggestions.s%d", rnd.IntN(3)), Stored: time.Date(2022, 4, 16+rnd.IntN(2), 0, 0, int(seq), 0, time.UTC)}
	hostile := []string{`{`, `[]`, `{"id":"x"}`, `{"text":" "}`, "{\"text\":\"a\xff\"}", `{"text":"a","submitted_at":"soon"}`, ``}
	if rnd.IntN(5) == 0 {
		m.Data = []byte(hostile[rnd.IntN(len(hostile))])
		return m
	}
	text := "我有话说"
	for range rnd.IntN(4) {
		th := w.d.Themes[rnd.IntN(len(w.d.Themes))]
		text += th.SubThemes[rnd.IntN(len(th.SubThemes))].ID
	}
	m.Data, _ = json.Marshal(map[string]string{"text": text})
	return m
}

func (b *memBroker) last() uint64 { return uint64(len(b.messages)) }

// The ways in which a call can go wrong.
type fault int

const (
	refused  fault = iota // no effect, and an error
	timedOut              // the effect, and an error
	killed                // no effect, and the process is dead
	finished              // the effect, and the process is dead
	torn                  // of a commit, the beginning, and an error; of others, no effect and an error
	stopped               // the process rests while others go on
	numFaults
)

var errFault = errors.New("fault")

// process is one worker process on a memBroker. Its calls are numbered, and one of
// them goes wrong.
type process struct {
	b    *memBroker
	w    words
	rnd  *rand.Rand
	dead bool

	calls  int
	at     int // the number of the call that goes wrong; 0: none
	how    fault
	others func() // what other processes do while this one is stopped

	tears bool // only the beginning of its next commit is stored
	looks bool // it looks at the checkpoint when it has nothing to fold

	planner   *planner
	worker    *rangeWorker
	committer *committer
	read      int // how many deltas were noted
	lost      int // memBroker.lost at that time
	taken     []int
	events    *eventLog
}

// eventLog sums the events of a process.
type eventLog struct {
	Silent
	outcomes Outcomes
	rejected uint64 // the sum over reasons
	dropped  int
}

func (l *eventLog) RangesFolded(f Folded) {
	l.outcomes = l.outcomes.Add(f.Outcomes)
	for _, n := range f.Reasons {
		l.rejected += n
	}
}
func (l *eventLog) DeltaDropped(Dropped) { l.dropped++ }

func memSpec(t testing.TB, b *memBroker, w words) Spec {
	t.Helper()
	spec, err := NewSpec(StreamInfo{Name: "SUGGESTIONS", Created: b.created, Base: 1}, w, Format{})
	if err != nil {
		t.Fatal(err)
	}
	return spec
}

func newProcess(t testing.TB, b *memBroker, w words, seed uint64) *process {
	t.Helper()
	p := &process{b: b, w: w, rnd: rand.New(rand.NewPCG(seed, 3)), events: &eventLog{}}
	cfg := Config{Classifier: w, RangeSize: 7, LargeRange: 7 << (seed % 3), PlanEvery: time.Nanosecond, Grace: time.Hour, Observer: p.events}
	worker, err := NewWorker(cfg, memSpec(t, b, w), Ports{Source: p, Tasks: p, Deltas: p, Ledger: memLedger{p}})
	if err != nil {
		t.Fatal(err)
	}
	workers, _, err := worker.rangeWorkers()
	if err != nil {
		t.Fatal(err)
	}
	p.planner, p.worker, p.committer = worker.planner(), workers[0], worker.committer()
	p.committer.maxCells = 4
	return p
}

// call passes a call through, unless it is the one that goes wrong.
func (p *process) call(effect func() error) error {
	if p.dead {
		return errFault
	}
	p.calls++
	if p.calls != p.at {
		return effect()
	}
	switch p.how {
	case refused, torn:
		return errFault
	case timedOut:
		if err := effect(); err != nil {
			return err
		}
		return errFault
	case killed:
		p.dead = true
		return errFault
	case finished:
		_ = effect()
		p.dead = true
		return errFault
	case stopped:
		p.requeue() // the broker waits no longer
		p.others()
	}
	return effect()
}

// step lets a random role do one thing. It returns an error only if fatal.
func (p *process) step(ctx context.Context) error {
	var err error
	switch p.rnd.IntN(3) {
	case 0:
		_, _, err = p.planner.step(ctx)
	case 1:
		var t Task
		if t, err = p.Next(ctx); err == nil && t != nil {
			err = p.worker.step(ctx, ctx, t)
		}
	case 2:
		if p.lost != p.b.lost { // deltas: they are read from the beginning
			p.read, p.lost = 0, p.b.lost
		}
		if p.committer.reread {
			p.read, p.committer.reread = int(p.committer.lastDeltaSeq), false
		}
		for ; p.read < len(p.b.deltas); p.read++ {
			p.committer.note(p.b.deltas[p.read].ref)
		}
		folded := false
		if folded, err = p.committer.step(ctx); err == nil && !folded && p.looks {
			err = p.committer.refresh(ctx)
		}
		if r := p.committer.due(); err == nil && r.To > 0 {
			err = p.committer.workAgain(ctx, p.worker, r)
		}
	}
	// Tasks that this process still has in hand go to other processes, because it
	// is dead, or because the broker has waited long enough.
	p.requeue()
	return fatalOnly(err)
}

// stepWithoutFold plans, or works a range.
func (p *process) stepWithoutFold(ctx context.Context) error {
	_, _, err := p.planner.step(ctx)
	if err != nil {
		return err
	}
	t, err := p.Next(ctx)
	if err == nil && t != nil {
		err = p.worker.step(ctx, ctx, t)
	}
	return err
}

// worked returns the last sequence that a stored delta covers.
func (b *memBroker) worked() (to uint64) {
	for _, d := range b.deltas {
		to = max(to, d.ref.To)
	}
	return to
}

// requeue hands out the tasks again that a dead process had in hand.
func (p *process) requeue() {
	p.b.queue = append(p.b.queue, p.taken...)
	p.taken = nil
}

// finish steps until everything is counted.
func (p *process) finish(t testing.TB) {
	t.Helper()
	for i := 0; p.b.cp.Frontier < p.b.last() || p.b.cp.Open != nil; i++ {
		if err := p.step(t.Context()); err != nil {
			t.Fatal(err)
		}
		if p.dead {
			return
		}
		if i > 100_000 {
			t.Fatalf("stuck at %d of %d after fault %d at call %d; plan %v, %d queued, %d deltas", p.b.cp.Frontier, p.b.last(), p.how, p.at, p.b.tasks, len(p.b.queue), len(p.b.deltas))
		}
	}
}

// The methods of Source.

func (p *process) Info(context.Context) (info StreamInfo, err error) {
	err = p.call(func() error {
		info = StreamInfo{Name: "SUGGESTIONS", Created: p.b.created, Base: 1, First: p.b.last() + 1, Last: p.b.last()}
		for i, m := range p.b.messages {
			if m != nil {
				info.First = uint64(i + 1)
				break
			}
		}
		return nil
	})
	return info, err
}

func (p *process) Read(_ context.Context, r Range, f func(*Message)) error {
	return p.call(func() error {
		for seq := r.From; seq <= r.To; seq++ {
			if m := p.b.messages[seq-1]; m != nil {
				f(m)
			}
		}
		return nil
	})
}

func (p *process) Wait(context.Context, uint64) error { return nil }

func (p *process) StoredAt(_ context.Context, seqs []uint64) (at []time.Time, err error) {
	err = p.call(func() error {
		at = make([]time.Time, len(seqs))
		for i, seq := range seqs {
			if m := p.b.messages[seq-1]; m != nil {
				at[i] = m.Stored
			}
		}
		return nil
	})
	return at, err
}

// The methods of Tasks.

func (p *process) Last(context.Context) (newest StoredTask, err error) {
	err = p.call(func() error {
		if rev := len(p.b.tasks); rev > 0 {
			newest = p.b.tasks[rev-1]
			newest.Revision = uint64(rev)
		}
		return nil
	})
	return newest, err
}

func (p *process) Plan(_ context.Context, r Range, rev uint64) (uint64, error) {
	err := p.call(func() error {
		if rev != uint64(len(p.b.tasks)) {
			return ErrLost
		}
		p.b.queue = append(p.b.queue, len(p.b.tasks))
		p.b.tasks = append(p.b.tasks, StoredTask{Range: r})
		return nil
	})
	return rev + 1, err
}

func (p *process) Next(context.Context) (t Task, err error) {
	if len(p.b.queue) == 0 {
		return nil, nil
	}
	err = p.call(func() error {
		if len(p.b.queue) == 0 { // while it was stopped
			return nil
		}
		i := p.rnd.IntN(len(p.b.queue))
		index := p.b.queue[i]
		p.b.queue = append(p.b.queue[:i:i], p.b.queue[i+1:]...)
		p.taken = append(p.taken, index)
		t = memTask{p, index}
		return nil
	})
	return t, err
}

type memTask struct {
	p     *process
	index int
}

func (t memTask) Range() Range                     { return t.p.b.tasks[t.index].Range }
func (t memTask) Flaw() Flaw                       { return t.p.b.tasks[t.index].Flaw }
func (t memTask) InProgress(context.Context) error { return nil }

func (t memTask) Done(context.Context) error {
	return t.p.call(func() error {
		t.p.taken = nil
		return nil
	})
}

func (t memTask) HandBack(context.Context, time.Duration) error {
	if t.p.dead {
		return errFault
	}
	t.p.requeue()
	return nil
}

// The methods of Deltas. Parts are made small, so that there are several.

func (p *process) Publish(_ context.Context, d *Delta) error {
	parts, digest := d.parts(700)
	for i, body := range parts {
		err := p.call(func() error {
			seq := uint64(len(p.b.deltas) + 1)
			p.b.deltas = append(p.b.deltas, memDelta{ref: DeltaRef{Range: d.Range, Digest: digest, Part: i + 1, Parts: len(parts), Seq: seq}, body: body})
			return nil
		})
		if err != nil {
			return err
		}
	}
	return nil
}

func (p *process) Follow(context.Context, uint64, func(DeltaRef)) error { return nil }

func (p *process) Fetch(_ context.Context, seq uint64) (part StoredPart, err error) {
	err = p.call(func() error {
		if seq > uint64(len(p.b.deltas)) {
			return ErrGone
		}
		d := p.b.deltas[seq-1]
		part = StoredPart{Body: d.body, Flaw: d.flaw}
		return nil
	})
	return part, err
}

// memLedger has the methods of Ledger.
type memLedger struct{ p *process }

func (l memLedger) Load(context.Context) (v View, err error) {
	err = l.p.call(func() error {
		v = View{Checkpoint: l.p.b.cp, Revision: l.p.b.rev, Totals: NewTotals(l.p.b.cells), Tail: l.p.b.tail}
		return nil
	})
	return v, err
}

func (l memLedger) Checkpoint(context.Context) (Checkpoint, uint64, error) {
	return l.p.b.cp, l.p.b.rev, nil
}

func (l memLedger) Commit(_ context.Context, s *Slice, rev uint64) (uint64, error) {
	if l.p.tears || l.p.calls+1 == l.p.at && l.p.how == torn && !l.p.dead {
		l.p.calls++
		l.p.b.tear(s, rev, l.p.rnd)
		return 0, errFault
	}
	err := l.p.call(func() error {
		if rev != l.p.b.rev {
			return ErrLost
		}
		l.p.b.store(s.Cells)
		l.p.b.cp, l.p.b.rev, l.p.b.tail = s.End, l.p.b.rev+1, ""
		return nil
	})
	return l.p.b.rev, err
}

// totals is what a bucket holds.
type totals struct {
	cells Cells
	cp    Checkpoint
	rev   uint64
	tail  string
}

func (b *memBroker) totals() totals { return totals{maps.Clone(b.cells), b.cp, b.rev, b.tail} }

// restore sets the bucket back, like a broker that lost its newest messages.
func (b *memBroker) restore(t totals) {
	b.cells, b.cp, b.rev, b.tail = maps.Clone(t.cells), t.cp, t.rev, t.tail
}

// store stores cells.
func (b *memBroker) store(cells []CellCount) {
	for _, c := range cells {
		b.cells[c.CellKey] = c.Count
	}
}

// tear stores only the beginning of a commit.
func (b *memBroker) tear(s *Slice, rev uint64, rnd *rand.Rand) {
	if rev != b.rev || len(s.Cells) == 0 {
		return
	}
	b.cp, b.rev, b.tail = s.Begin, b.rev+1, ""
	part := s.Cells[:rnd.IntN(len(s.Cells)+1)]
	b.store(part)
	if len(part) > 0 {
		b.tail = part[len(part)-1].Key()
	}
}

func (l memLedger) EnsureInfo(_ context.Context, a TallyInfo) error {
	l.p.b.about = &a
	return nil
}

func (l memLedger) Current(context.Context) (string, uint64, error) { return l.p.b.current, 0, nil }

func (l memLedger) Promoted(context.Context) (bool, error) { return false, nil }

func (l memLedger) Promote(_ context.Context, rev uint64, _ PointerChange) (uint64, error) {
	l.p.b.current = l.p.committer.tally
	return rev + 1, nil
}
