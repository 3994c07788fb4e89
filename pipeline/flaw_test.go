package pipeline

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"
)

// Somebody stores tasks and deltas that no worker wrote, all the time: unsigned, forged,
// of ranges that overlap the real ones or lie behind the stream, copies of real ones with
// another body. Every cell must be right in the end, and nothing stops.
func TestExactAmongForgeries(t *testing.T) {
	t.Parallel()
	w := newWords(t)
	for seed := range uint64(40) {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			t.Parallel()
			rnd := rand.New(rand.NewPCG(seed, 23))
			b := newMemBroker(seed, 40, w)
			ps := []*process{newProcess(t, b, w, seed), newProcess(t, b, w, seed+100)}
			for range 1500 {
				if err := ps[rnd.IntN(2)].step(t.Context()); err != nil {
					t.Fatal(err)
				}
				if rnd.IntN(4) == 0 {
					b.forge(rnd)
				}
				if i := rnd.IntN(20 * (len(b.deltas) + 1)); i < len(b.deltas) { // an older release wrote it
					b.deltas[i].flaw = FlawUnsigned
				}
				if rnd.IntN(30) == 0 {
					b.messages = append(b.messages, randomMessage(rnd, b.last()+1, w))
				}
			}
			refused := ps[0].committer.progress.refused.n
			for _, p := range ps {
				p.requeue()
			}
			newProcess(t, b, w, seed+200).finish(t)
			checkExact(t, fmt.Sprintf("seed %d", seed), b, naive(t, b.messages, w))
			if refused.Tasks == 0 || refused.Deltas == 0 {
				t.Errorf("refused %+v: the test tests nothing", refused)
			}
		})
	}
}

// forge stores a task or a delta that no worker wrote.
func (b *memBroker) forge(rnd *rand.Rand) {
	from := 1 + rnd.Uint64N(b.last()+2)
	if rnd.IntN(3) == 0 {
		from = b.cp.Frontier + 1
	}
	r := Range{from, from + rnd.Uint64N(20)}
	if rnd.IntN(4) == 0 {
		r = []Range{{1, 1}, {5, 2}, {from, 1_000_000_000_000_000}, {1<<64 - 1, 1<<64 - 1}, {}}[rnd.IntN(5)]
	}
	if rnd.IntN(3) == 0 {
		b.queue = append(b.queue, len(b.tasks))
		b.tasks = append(b.tasks, StoredTask{Range: r, Flaw: FlawUnsigned})
		return
	}
	d := memDelta{ref: DeltaRef{Range: r, Digest: "forged", Part: 1, Parts: 1 + rnd.IntN(2), Seq: uint64(len(b.deltas) + 1)}}
	n := r.Len()
	d.body, _ = json.Marshal(map[string]any{"from": r.From, "to": r.To, "missing": n})
	switch rnd.IntN(6) {
	case 0:
		d.ref.Flaw = FlawUnsigned
	case 1:
		d.flaw = FlawForged
	case 2:
		d.body = []byte("garbage")
	case 3: // well-formed, and has read messages without naming the last
		d.ref.Parts = 1
		d.body, _ = json.Marshal(map[string]any{"from": r.From, "to": r.To, "untagged": n, "days": map[string]any{
			"2022-04-15": map[string]any{"forged": map[string]any{"total": map[string]any{"all": []uint64{n, n}}}},
		}})
		d.ref.Digest = digestOf(d.body)
	case 4: // does not add up
		d.body, _ = json.Marshal(map[string]any{"from": r.From, "to": r.To, "missing": n + 1})
		d.ref.Parts, d.ref.Digest = 1, digestOf(d.body)
	case 5: // a copy of a real one, with another body
		if len(b.deltas) == 0 {
			return
		}
		d.ref = b.deltas[rnd.IntN(len(b.deltas))].ref
		d.ref.Seq = uint64(len(b.deltas) + 1)
		d.flaw = FlawForged
	}
	if d.ref.Len() == 0 || d.ref.From == 0 { // the adapter gives no other without a flaw
		d.ref.Flaw = FlawUnsigned
	}
	b.deltas = append(b.deltas, d)
}

// stray stores a reference to a delta that is not believed.
func (b *liveBroker) stray(r Range) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.mem.deltas = append(b.mem.deltas, memDelta{ref: DeltaRef{Range: r, Part: 1, Parts: 1, Flaw: FlawUnsigned, Seq: uint64(len(b.mem.deltas) + 1)}})
	close(b.stored)
	b.stored = make(chan struct{})
}

// The range of a delta that is not believed is worked again at once: an older release
// wrote it, and its task is done.
func TestRefusedRangeIsWorkedAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newLiveBroker(t, 30)
		p := b.process(t, Config{}, 0).start(t)
		p.plan(30, 30)
		b.stray(Range{1, 10})
		b.stray(Range{11, 1_000_000_000_000_000}) // the next real one begins before its end
		b.work(t, 21, 30)
		b.pass(time.Second)
		if b.frontier() != 30 || len(p.repaired) != 2 || p.repaired[0].Range != (Range{1, 10}) || p.repaired[1].From != 11 || p.repaired[1].To < 20 { // up to 30 if the next one came later
			t.Errorf("frontier %d, worked again %v", b.frontier(), p.repaired)
		}
		if n := p.loop.progress.refused.n; n.Deltas != 2 || n.Last != "delta 2 of [11,1000000000000000]: unsigned" {
			t.Errorf("refused %+v", n)
		}
		checkExact(t, "refused", b.mem, naive(t, b.mem.messages, b.w))
	})
}

// What of a delta lies after the frontier when it is dropped, since it begins before, is
// worked at once: its task is done, and nobody else will.
func TestRestOfADroppedDeltaIsWorkedAtOnce(t *testing.T) {
	for _, early := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			b := newLiveBroker(t, 30)
			p := b.process(t, Config{}, 0).start(t)
			p.plan(30, 30)
			if early { // it waits to be folded when the frontier passes its beginning
				b.work(t, 6, 20)
			}
			b.work(t, 1, 10)
			b.pass(time.Second)
			if !early {
				b.work(t, 6, 20)
			}
			b.work(t, 21, 30)
			b.pass(2 * time.Second)
			if b.frontier() != 30 || len(p.repaired) != 1 || p.repaired[0].Range != (Range{11, 20}) {
				t.Errorf("early %v: frontier %d, worked again %v", early, b.frontier(), p.repaired)
			}
			checkExact(t, "dropped", b.mem, naive(t, b.mem.messages, b.w))
		})
	}
}

// A process that stands by works a refused range if no other one does.
func TestStandbyWorksARefusedRange(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newLiveBroker(t, 20)
		first := b.process(t, Config{}, 0).start(t)
		b.work(t, 1, 10)
		b.pass(time.Second)
		_ = first.end()
		second := b.process(t, Config{}, 0).start(t)
		second.plan(20, 20)
		b.stray(Range{11, 20})
		b.pass(3 * time.Second)
		if b.frontier() != 20 || len(second.repaired) != 1 {
			t.Errorf("frontier %d, worked again %v", b.frontier(), second.repaired)
		}
	})
}

// A plan that is not believed moves nothing, and planning goes on at once.
func TestPlanAmongForgeries(t *testing.T) {
	t.Parallel()
	w := newWords(t)
	b := newMemBroker(1, 28, w)
	p := newProcess(t, b, w, 0)
	p.planner.progress.cells.Store(1)
	for i := 0; p.planner.planned() < b.last(); i++ {
		if i > 100 {
			t.Fatalf("planned up to %d: %v", p.planner.planned(), b.tasks)
		}
		b.tasks = append(b.tasks, StoredTask{Range: Range{1 << 40, 1 << 50}, Flaw: FlawForged})
		if _, wait, err := p.planner.step(t.Context()); err != nil || wait > 0 {
			t.Fatalf("after %d: waits %v, %v", p.planner.planned(), wait, err)
		}
	}
	next := uint64(1)
	for _, task := range b.tasks {
		if task.Flaw == "" {
			if task.From != next {
				t.Errorf("%v does not begin at %d", task, next)
			}
			next = task.To + 1
		}
	}
}
