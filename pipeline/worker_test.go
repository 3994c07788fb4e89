package pipeline

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// drains records the Drained events.
type drains struct {
	Silent
	events []Drained
}

func (d *drains) Drained(e Drained) { d.events = append(d.events, e) }

// A worker that is stopped before it knows how far the tally is ends like any other:
// without an error, and with a Drained event.
func TestStoppedBeforeItBegan(t *testing.T) {
	w := newWords(t)
	b := newMemBroker(1, 10, w)
	p, d := newProcess(t, b, w, 1), &drains{}
	worker, err := NewWorker(Config{Classifier: w, Observer: d}, memSpec(t, b, w), Ports{Source: p, Tasks: p, Deltas: p, Ledger: memLedger{p}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := worker.Run(ctx); err != nil {
		t.Fatal(err)
	}
	if len(d.events) != 1 || d.events[0] != (Drained{Tally: worker.Tally()}) {
		t.Errorf("events %+v", d.events)
	}
}

// drainPorts hand out three ranges: one fails at once, one takes a second, and one
// never ends.
type drainPorts struct {
	*process // its methods are not called concurrently, unless they are overridden
	tasks    chan *drainTask
	inHand   chan struct{} // a reading has begun
}

type drainTask struct {
	r          Range
	done, back bool
}

func (t *drainTask) Range() Range                     { return t.r }
func (t *drainTask) Flaw() Flaw                       { return "" }
func (t *drainTask) InProgress(context.Context) error { return nil }
func (t *drainTask) Done(context.Context) error       { t.done = true; return nil }
func (t *drainTask) HandBack(context.Context, time.Duration) error {
	t.back = true
	return nil
}

func (p *drainPorts) Info(context.Context) (StreamInfo, error) {
	return StreamInfo{Name: "SUGGESTIONS", Created: p.b.created, Base: 1, First: 1, Last: 30}, nil
}

func (p *drainPorts) Last(context.Context) (StoredTask, error) {
	return StoredTask{Range: Range{21, 30}, Revision: 3}, nil
}
func (p *drainPorts) Wait(ctx context.Context, _ uint64) error { <-ctx.Done(); return ctx.Err() }
func (p *drainPorts) Publish(context.Context, *Delta) error    { return nil }
func (p *drainPorts) Follow(ctx context.Context, _ uint64, _ func(DeltaRef)) error {
	<-ctx.Done()
	return nil
}

func (p *drainPorts) Next(ctx context.Context) (Task, error) {
	select {
	case t := <-p.tasks:
		return t, nil
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

func (p *drainPorts) Read(ctx context.Context, r Range, _ func(*Message)) error {
	switch r.From {
	case 1:
		return errors.New("the broker is away for a moment")
	case 11:
		p.inHand <- struct{}{}
		sleep(ctx, time.Second)
		return nil
	}
	p.inHand <- struct{}{}
	<-ctx.Done()
	return ctx.Err()
}

// A worker that is stopped finishes the ranges in hand, hands back those that are not
// finished within DrainWithin, and reports both numbers. Ranges that it handed back
// before it was stopped do not count.
func TestDrain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWords(t)
		b, d := newMemBroker(1, 30, w), &drains{}
		p := &drainPorts{newProcess(t, b, w, 1), make(chan *drainTask, 3), make(chan struct{})}
		failing, quick, endless := &drainTask{r: Range{1, 10}}, &drainTask{r: Range{11, 20}}, &drainTask{r: Range{21, 30}}
		worker, err := NewWorker(Config{Classifier: w, Observer: d, Concurrency: 2}, memSpec(t, b, w),
			Ports{Source: p, Tasks: p, Deltas: p, Ledger: memLedger{p.process}})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- worker.Run(ctx) }()
		for _, task := range []*drainTask{failing, quick, endless} {
			p.tasks <- task
		}
		<-p.inHand
		<-p.inHand
		if s := worker.Status(); !s.Ready || s.Draining {
			t.Errorf("before it was stopped: %+v", s)
		}
		cancel()
		synctest.Wait()
		if s := worker.Status(); s.Ready || !s.Draining {
			t.Errorf("while it drains: %+v", s)
		}
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
		if !failing.back || !quick.done || quick.back || !endless.back || endless.done {
			t.Errorf("failing %+v, quick %+v, endless %+v", failing, quick, endless)
		}
		if len(d.events) != 1 || d.events[0].Finished != 1 || d.events[0].HandedBack != 1 || d.events[0].Duration < 15*time.Second || d.events[0].Duration > 17*time.Second {
			t.Errorf("events %+v", d.events)
		}
	})
}
