package pipeline

import (
	"context"
	"errors"
	"time"

	"github.com/minyi/minyi/dict/phrase"
)

// rangeWorker turns ranges into deltas. A process has several, each in a goroutine
// of its own.
type rangeWorker struct {
	cfg      Config
	source   Source
	tasks    Tasks
	deltas   Deltas
	tallier  *Tallier
	progress *progress
	observer Observer
	tally    string

	vain int // readings in a row that brought no message
}

// heartbeat is how often a range worker tells the broker that it still works on a
// task. It must be well below the time after which the broker hands the task to
// another worker (2 s).
const heartbeat = 500 * time.Millisecond

// handBackDelay keeps a range that fails from failing in a tight loop.
const handBackDelay = time.Second

// run takes tasks until pull ends. It finishes the task in hand, unless hard ends
// too. It returns only errors that are fatal.
func (w *rangeWorker) run(pull, hard context.Context) error {
	retry := newBackoff()
	for pull.Err() == nil {
		task, err := w.tasks.Next(pull)
		var r Range
		if err == nil {
			r = task.Range()
			err = w.step(pull, hard, task)
		}
		if Fatal(err) {
			return err
		}
		if err != nil && hard.Err() == nil && pull.Err() == nil {
			w.observer.Failed(Failure{Tally: w.tally, Role: RoleWork, Range: r, Err: err, Vain: w.vain})
			sleep(pull, retry.next())
			continue
		}
		retry.reset()
	}
	return nil
}

// step works one task when it is its turn. A task that fails is handed back, and so is
// one whose turn does not come before pull ends.
func (w *rangeWorker) step(pull, ctx context.Context, task Task) error {
	r := task.Range()
	if flaw := task.Flaw(); flaw != "" {
		w.refuse(Refused{What: RefusedTask, Range: r, Flaw: flaw})
		return task.Done(ctx)
	}
	if r.To <= w.progress.frontier.Load() { // it was handed out again after it was counted
		return task.Done(ctx)
	}
	stop := w.keep(ctx, task)
	over, err := w.cfg.Turns.Wait(pull, w.tally)
	if err == nil {
		err = w.work(ctx, r, false)
		over()
	}
	stop()
	if err != nil {
		// The context may have ended, and the task must go back nevertheless.
		back, cancel := context.WithTimeout(context.WithoutCancel(ctx), heartbeat)
		defer cancel()
		w.progress.handedBack.Add(1)
		return errors.Join(err, task.HandBack(back, handBackDelay))
	}
	w.progress.finished.Add(1)
	// The task is done only now that the delta is safe. If this call fails, the
	// range is worked again, and its second delta is dropped (invariant 2).
	return task.Done(ctx)
}

// refuse reports a task that is not believed.
func (w *rangeWorker) refuse(e Refused) {
	e.Tally = w.tally
	w.progress.refused.add(e)
	w.observer.Refused(e)
}

// keep tells the broker that the task is being worked on, until stop is called.
func (w *rangeWorker) keep(ctx context.Context, task Task) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for sleep(ctx, heartbeat) {
			// If this fails the task is delivered a second time, which is harmless.
			_ = task.InProgress(ctx)
		}
	}()
	return func() {
		cancel()
		<-done
	}
}

// work reads a range, counts it and stores its delta. A repair is work that the
// commit loop asks for, because the broker lost the range's task or delta.
func (w *rangeWorker) work(ctx context.Context, r Range, repair bool) error {
	start := time.Now()
	w.tallier.Begin(r)
	w.vain = 0
	err := ReadThrough(ctx, w.source, r, w.tallier.Add, func(vain int, err error) {
		w.vain = vain
		w.observer.Failed(Failure{Tally: w.tally, Role: RoleWork, Range: r, Err: err, Vain: vain})
	})
	if err != nil {
		return phrase.Errorf("read %v: %w", r, err)
	}
	d := w.tallier.End()
	w.progress.cells.Store(int64(len(d.Cells)))
	if err := d.Check(); err != nil {
		return err
	}
	if err := w.deltas.Publish(ctx, d); err != nil {
		return phrase.Errorf("store delta %v: %w", r, err)
	}
	w.observer.RangeWorked(Worked{
		Tally: w.tally, Range: r, Messages: w.tallier.read, Bytes: w.tallier.bytes,
		Duration: time.Since(start), Repair: repair,
	})
	return nil
}
