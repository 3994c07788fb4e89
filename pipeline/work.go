package pipeline

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// counter turns ranges into deltas. There are several in a process, each in a
// goroutine of its own.
type counter struct {
	cfg     Config
	source  Source
	tasks   Tasks
	deltas  Deltas
	tallier *Tallier
	seen    *progress
	tell    Observer
	tally   string
}

// heartbeat is how often a task that takes long is kept from others. It must
// be well below the time after which the broker hands it out again (2 s).
const heartbeat = 500 * time.Millisecond

// handBackDelay keeps a range that failed from failing in a tight loop.
const handBackDelay = time.Second

// run takes tasks until pull ends; the one in hand it finishes, unless hard
// ends too. It returns only errors that are fatal.
func (c *counter) run(pull, hard context.Context) error {
	retry := backoff{first: 100 * time.Millisecond, most: 5 * time.Second}
	for pull.Err() == nil {
		task, err := c.tasks.Next(pull)
		if err == nil {
			err = c.step(hard, task)
		}
		if Fatal(err) {
			return err
		}
		if err != nil && hard.Err() == nil && pull.Err() == nil {
			c.tell.Failed(Failure{Tally: c.tally, Role: RoleWork, Err: err})
			sleep(pull, retry.next())
			continue
		}
		retry.reset()
	}
	return nil
}

// step works one task. A task that fails is handed back.
func (c *counter) step(ctx context.Context, task Task) error {
	r := task.Range()
	if r.To <= c.seen.frontier.Load() { // handed out again after it was counted
		return task.Done(ctx)
	}
	stop := c.keep(ctx, task)
	err := c.work(ctx, r, false)
	stop()
	if err != nil {
		// The context may have ended, and the task must go back nevertheless.
		back, cancel := context.WithTimeout(context.WithoutCancel(ctx), heartbeat)
		defer cancel()
		c.seen.handedBack.Add(1)
		return errors.Join(err, task.HandBack(back, handBackDelay))
	}
	c.seen.finished.Add(1)
	// Only now that the delta is safe. If this fails the range is worked again,
	// and its second delta dropped.
	return task.Done(ctx)
}

// keep tells the broker that the task is being worked on until stop is called.
func (c *counter) keep(ctx context.Context, task Task) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for sleep(ctx, heartbeat) {
			// A failure shows as a second delivery, which is harmless.
			_ = task.InProgress(ctx)
		}
	}()
	return func() {
		cancel()
		<-done
	}
}

// work reads a range, counts it and stores its delta.
func (c *counter) work(ctx context.Context, r Range, repair bool) error {
	start := time.Now()
	c.tallier.Begin(r)
	if err := c.source.Read(ctx, r, c.tallier.Add); err != nil {
		return fmt.Errorf("read %v: %w", r, err)
	}
	d := c.tallier.End()
	c.seen.cells.Store(int64(len(d.Cells)))
	if err := d.Check(); err != nil {
		return err
	}
	if err := c.deltas.Publish(ctx, d); err != nil {
		return fmt.Errorf("store delta %v: %w", r, err)
	}
	c.tell.RangeWorked(Worked{
		Tally: c.tally, Range: r, Messages: c.tallier.read, Bytes: c.tallier.bytes,
		Duration: time.Since(start), Repair: repair,
	})
	return nil
}
