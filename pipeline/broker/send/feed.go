package send

import (
	"context"
	"errors"
	"io"

	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/pipeline/intake"
)

// feed reads a file ahead of the sender, in a goroutine of its own, so that hashing
// and parsing on one core and sending on another go on at the same time.
type feed struct {
	items chan fed // closed behind the last record
	total uint64
	stop  context.CancelFunc
	ended chan struct{}
	once  bool // the input cannot be read again, and a read of it may hang

	balance *intake.Balance // of the reader; to be touched when ended is closed
}

// fed is a record, or the error in its place: after an *intake.RecordError more
// records follow, after any other error none.
type fed struct {
	record intake.Record
	err    error
	bytes  uint64 // read so far
}

func openFeed(name string, opts intake.Options) (*feed, error) {
	r, err := intake.Open(name, opts)
	if err != nil {
		return nil, unread(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	_, total := r.Position()
	f := &feed{items: make(chan fed, 1024), total: uint64(total), stop: stop, ended: make(chan struct{}), once: !intake.Regular(name), balance: r.Balance()}
	go f.read(ctx, r)
	return f, nil
}

func unread(err error) error { return phrase.Errorf("%w%w", ErrUnread, err) }

func (f *feed) read(ctx context.Context, r *intake.Reader) {
	defer close(f.ended)
	defer close(f.items)
	defer r.Close() // only read from: nothing can be lost
	for {
		rec, err := r.Next()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil && !errors.As(err, new(*intake.RecordError)) {
			err = unread(err)
		}
		done, _ := r.Position()
		select {
		case f.items <- fed{record: rec, err: err, bytes: uint64(done)}:
		case <-ctx.Done():
			return
		}
		if err != nil && !errors.As(err, new(*intake.RecordError)) {
			return
		}
	}
}

// close ends the goroutine, and waits for it unless it may hang in a read of
// standard input or a pipe, which nothing can end.
func (f *feed) close() {
	f.stop()
	if !f.once {
		<-f.ended
	}
}

// done is the balance of what was read, or nil while a read still hangs.
func (f *feed) done() *intake.Balance {
	select {
	case <-f.ended:
		return f.balance
	default:
		return nil
	}
}

func (f *feed) next(ctx context.Context) (fed, bool) {
	select {
	case item, more := <-f.items:
		return item, more
	case <-ctx.Done():
		return fed{}, false
	}
}
