package pipeline

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// liveBroker is a memBroker that several goroutines use at once, and whose calls
// wait and take time as a real broker's do. It lives in a synctest bubble: all its
// time is virtual.
type liveBroker struct {
	began time.Time
	w     words
	spec  Spec

	mu         sync.Mutex
	mem        *memBroker
	stored     chan struct{} // closed and replaced when a delta is stored
	pointerRev uint64        // of mem.current
}

func newLiveBroker(t *testing.T, messages int) *liveBroker {
	t.Helper()
	w := newWords(t)
	b := &liveBroker{began: time.Now(), w: w, mem: newMemBroker(1, messages, w), stored: make(chan struct{})}
	b.spec = memSpec(t, b.mem, w)
	return b
}

// now returns the virtual time since the test began.
func (b *liveBroker) now() time.Duration { return time.Since(b.began) }

// work stores the delta of a range, as a range worker of any process does.
func (b *liveBroker) work(t *testing.T, from, to uint64) {
	t.Helper()
	tl, err := NewTallier(b.w, b.spec.Format)
	if err != nil {
		t.Fatal(err)
	}
	tl.Begin(Range{from, to})
	for _, m := range b.mem.messages[from-1 : to] {
		tl.Add(m)
	}
	b.publish(tl.End())
}

func (b *liveBroker) publish(d *Delta) {
	b.mu.Lock()
	defer b.mu.Unlock()
	parts, digest := d.parts(700)
	for i, body := range parts {
		ref := DeltaRef{Range: d.Range, Digest: digest, Part: i + 1, Parts: len(parts), Seq: uint64(len(b.mem.deltas) + 1)}
		b.mem.deltas = append(b.mem.deltas, memDelta{ref: ref, body: body})
	}
	close(b.stored)
	b.stored = make(chan struct{})
}

// loseBodies makes what is stored unreadable: the references were seen, and the
// deltas are gone.
func (b *liveBroker) loseBodies() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i := range b.mem.deltas {
		b.mem.deltas[i].body = nil
	}
}

func (b *liveBroker) frontier() uint64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.mem.cp.Frontier
}

// pointer returns whom the current pointer names.
func (b *liveBroker) pointer() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.mem.current
}

func (b *liveBroker) setPointer(to string, rev uint64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.mem.current, b.pointerRev = to, rev
}

// liveProcess is a process on a liveBroker. Only its commit loop runs. It is its own
// ports and its own observer. Its fields are set before it starts, or read
// after synctest.Wait.
type liveProcess struct {
	*liveBroker
	Silent
	Tasks
	commitTakes time.Duration
	commits     int // that succeed before all others fail; 0: all succeed
	commitFails int // how many commits fail at first
	readFails   int // how many readings of the stream fail at first

	loop  *commitLoop
	drain chan struct{}
	end   func() error // stops it and waits

	folded      []liveEvent
	repaired    []liveEvent
	failures    []Failure
	fetches     []time.Duration
	committed   []time.Duration // when commits had succeeded
	follows     []uint64        // from where deltas were followed
	loads       int
	checkpoints int  // looks at the checkpoint
	away        bool // nobody answers a look, which fails after 5 s
	ended       time.Duration
}

type liveEvent struct {
	at time.Duration
	Range
}

// process returns a process that has not started.
func (b *liveBroker) process(t *testing.T, cfg Config, target uint64) *liveProcess {
	t.Helper()
	p := &liveProcess{liveBroker: b, drain: make(chan struct{})}
	cfg.Classifier, cfg.Observer = b.w, p
	worker, err := NewWorker(cfg, b.spec, Ports{Source: p, Tasks: p, Deltas: p, Ledger: p})
	if err != nil {
		t.Fatal(err)
	}
	_, repairer, err := worker.rangeWorkers()
	if err != nil {
		t.Fatal(err)
	}
	p.loop = worker.commitLoop(repairer, target)
	return p
}

// start runs the commit loop until end is called, at the latest when the test ends.
func (p *liveProcess) start(t *testing.T) *liveProcess {
	ctx, cancel := context.WithCancel(context.Background())
	result := make(chan error, 1)
	go func() {
		err := p.loop.run(ctx, p.drain)
		p.mu.Lock()
		p.ended = p.now()
		p.mu.Unlock()
		result <- err
	}()
	p.end = sync.OnceValue(func() error {
		cancel()
		return <-result
	})
	t.Cleanup(func() {
		if err := p.end(); err != nil {
			t.Error(err)
		}
	})
	synctest.Wait()
	return p
}

// plan says what the planner would say: the last sequences of stream and plan.
func (p *liveProcess) plan(last, planned uint64) { p.loop.progress.setStream(last, planned) }

// pass lets virtual time pass, until all that is due is done. The lock orders what
// the test has read before what processes write next.
func (b *liveBroker) pass(d time.Duration) {
	b.mu.Lock()
	b.mu.Unlock() //nolint:staticcheck // the section is empty on purpose, see above
	time.Sleep(d)
	synctest.Wait()
}

// The methods of Observer that matter.

func (p *liveProcess) RangesFolded(e Folded) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.folded = append(p.folded, liveEvent{p.now(), e.Range})
}

func (p *liveProcess) Failed(f Failure) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.failures = append(p.failures, f)
}

func (p *liveProcess) RangeWorked(e Worked) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if e.Repair {
		p.repaired = append(p.repaired, liveEvent{p.now(), e.Range})
	}
}

// The methods of Source.

func (p *liveProcess) Info(context.Context) (StreamInfo, error) {
	return StreamInfo{Name: p.spec.Stream, Created: p.spec.Created, Base: 1, First: 1, Last: p.mem.last()}, nil
}
func (p *liveProcess) Wait(ctx context.Context, _ uint64) error { <-ctx.Done(); return ctx.Err() }

func (p *liveProcess) Read(_ context.Context, r Range, f func(*Message)) error {
	if p.readFails > 0 {
		p.readFails--
		return errFault
	}
	for _, m := range p.mem.messages[r.From-1 : r.To] {
		f(m)
	}
	return nil
}

func (p *liveProcess) StoredAt(_ context.Context, seqs []uint64) ([]time.Time, error) {
	at := make([]time.Time, len(seqs))
	for i, seq := range seqs {
		at[i] = p.mem.messages[seq-1].Stored
	}
	return at, nil
}

// The methods of Deltas.

func (p *liveProcess) Publish(_ context.Context, d *Delta) error {
	p.publish(d)
	return nil
}

func (p *liveProcess) Follow(ctx context.Context, from uint64, f func(DeltaRef)) error {
	p.mu.Lock()
	p.follows = append(p.follows, from)
	losses := p.mem.lost
	p.mu.Unlock()
	for next := int(max(from, 1)); ctx.Err() == nil; {
		p.mu.Lock()
		stored, lost := p.stored, p.mem.lost != losses
		var ref *DeltaRef
		if next <= len(p.mem.deltas) {
			ref = &p.mem.deltas[next-1].ref
		}
		p.mu.Unlock()
		switch {
		case lost:
			return ErrGone
		case ref != nil:
			f(*ref)
			next++
		default:
			select {
			case <-stored:
			case <-ctx.Done():
			}
		}
	}
	return nil
}

func (p *liveProcess) Fetch(_ context.Context, seq uint64) (StoredPart, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.fetches = append(p.fetches, p.now())
	if seq > uint64(len(p.mem.deltas)) || p.mem.deltas[seq-1].body == nil {
		return StoredPart{}, ErrGone
	}
	return StoredPart{Body: p.mem.deltas[seq-1].body}, nil
}

// The methods of Ledger.

func (p *liveProcess) EnsureInfo(context.Context, TallyInfo) error { return nil }

func (p *liveProcess) Load(context.Context) (View, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.loads++
	return View{Checkpoint: p.mem.cp, Revision: p.mem.rev, Totals: NewTotals(p.mem.cells), Tail: p.mem.tail}, nil
}

func (p *liveProcess) Checkpoint(ctx context.Context) (Checkpoint, uint64, error) {
	p.mu.Lock()
	away := p.away
	p.mu.Unlock()
	if away && !sleep(ctx, 5*time.Second) {
		return Checkpoint{}, 0, ctx.Err()
	}
	p.mu.Lock()
	if p.away {
		defer p.mu.Unlock()
		return Checkpoint{}, 0, errors.New("no answer")
	}
	defer p.mu.Unlock()
	p.checkpoints++
	return p.mem.cp, p.mem.rev, nil
}

func (p *liveProcess) Commit(ctx context.Context, s *Slice, rev uint64) (uint64, error) {
	sleep(ctx, p.commitTakes)
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.commitFails > 0 || p.commits > 0 && len(p.committed) >= p.commits {
		p.commitFails--
		return 0, errFault
	}
	if rev != p.mem.rev {
		return 0, ErrLost
	}
	p.mem.store(s.Cells)
	p.mem.cp, p.mem.rev = s.End, p.mem.rev+1
	p.committed = append(p.committed, p.now())
	return p.mem.rev, nil
}

func (p *liveProcess) Current(context.Context) (string, uint64, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.mem.current, p.pointerRev, nil
}

func (p *liveProcess) Promoted(context.Context) (bool, error) { return false, nil }

func (p *liveProcess) Promote(_ context.Context, rev uint64, _ PointerChange) (uint64, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if rev != p.pointerRev {
		return 0, ErrLost
	}
	p.mem.current = p.loop.tally
	p.pointerRev++
	return p.pointerRev, nil
}
