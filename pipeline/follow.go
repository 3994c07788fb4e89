package pipeline

import (
	"context"
	"errors"

	"github.com/minyi/minyi/dict/phrase"
)

// followFrom runs follow in a goroutine of its own, until stop is called or ctx
// ends. When stop returns, the goroutine has ended.
func (l *commitLoop) followFrom(ctx context.Context, from uint64) (refs chan DeltaRef, stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	refs = make(chan DeltaRef, 256)
	done := make(chan struct{})
	go func() {
		defer close(done)
		l.follow(ctx, from, refs)
	}()
	return refs, func() { cancel(); <-done }
}

// follow hands over the references to stored deltas, from the sequence on, until
// ctx ends. After ErrGone it begins again at the first: something that was handed
// over was lost, and others may have taken its sequence.
func (l *commitLoop) follow(ctx context.Context, from uint64, refs chan<- DeltaRef) {
	retry := newBackoff()
	for ctx.Err() == nil {
		err := l.deltas.Follow(ctx, from, func(ref DeltaRef) {
			select {
			case refs <- ref:
				from = ref.Seq + 1
			case <-ctx.Done():
			}
			retry.reset()
		})
		if err != nil && ctx.Err() == nil {
			l.observer.Failed(Failure{Tally: l.tally, Role: RoleFold, Err: phrase.Errorf("follow deltas: %w", err)})
		}
		if errors.Is(err, ErrGone) {
			from = 1
		}
		sleep(ctx, retry.next())
	}
}

// noteAll takes in a reference and all that have arrived after it.
func (l *commitLoop) noteAll(ref DeltaRef, refs <-chan DeltaRef) {
	for {
		l.note(ref)
		select {
		case ref = <-refs:
		default:
			return
		}
	}
}
