package pipeline

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// drains counts how often it is told of a drain.
type drains struct {
	Silent
	told []Drained
}

func (d *drains) Drained(e Drained) { d.told = append(d.told, e) }

// A worker that is stopped before it has found out how far the tally is ends in
// order like any other: with no error, and it says that it has drained.
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
	if len(d.told) != 1 || d.told[0] != (Drained{Tally: worker.Tally()}) {
		t.Errorf("told %+v", d.told)
	}
}

// drainPorts hand out one range that fails at once, and then two: one that takes
// a second, and one that takes for ever.
type drainPorts struct {
	*process // what is not overridden is not called at once with others
	tasks    chan *drainTask
	inHand   chan struct{} // a reading has begun
}

type drainTask struct {
	r          Range
	done, back bool
}

func (t *drainTask) Range() Range                     { return t.r }
func (t *drainTask) InProgress(context.Context) error { return nil }
func (t *drainTask) Done(context.Context) error       { t.done = true; return nil }
func (t *drainTask) HandBack(context.Context, time.Duration) error {
	t.back = true
	return nil
}

func (p *drainPorts) Info(context.Context) (StreamInfo, error) {
	return StreamInfo{Name: "SUGGESTIONS", Created: p.b.created, Base: 1, First: 1, Last: 30}, nil
}
func (p *drainPorts) Last(context.Context) (Range, uint64, error) { return Range{21, 30}, 3, nil }
func (p *drainPorts) Wait(ctx context.Context, _ uint64) error    { <-ctx.Done(); return ctx.Err() }
func (p *drainPorts) Publish(context.Context, *Delta) error       { return nil }
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

// Whoever is asked to stop finishes what it has in hand, gives back what is not
// finished by the deadline, and says how much of both; what it had given back
// long before does not count.
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
		cancel()
		if err := <-ended; err != nil {
			t.Fatal(err)
		}
		if !failing.back || !quick.done || quick.back || !endless.back || endless.done {
			t.Errorf("failing %+v, quick %+v, endless %+v", failing, quick, endless)
		}
		if len(d.told) != 1 || d.told[0].Finished != 1 || d.told[0].HandedBack != 1 || d.told[0].Duration < 15*time.Second || d.told[0].Duration > 17*time.Second {
			t.Errorf("told %+v", d.told)
		}
	})
}
