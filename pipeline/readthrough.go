package pipeline

import (
	"context"
	"errors"

	"github.com/minyi/minyi/dict/phrase"
)

// maxVain is how many readings in a row may bring no message before ReadThrough gives
// up. The range then is handed back, and another process can try.
const maxVain = 8

// ReadThrough hands every stored message of r to f, as Source.Read does. When messages
// stop coming ([ErrReadStopped]) it calls stopped, and goes on after the last one:
// otherwise a range behind a slow connection would be read from its beginning again
// and again, and never to its end. Vain is how many readings in a row brought no
// message; after the eighth ReadThrough returns the error, which says where it came to.
func ReadThrough(ctx context.Context, src Source, r Range, f func(*Message), stopped func(vain int, err error)) error {
	retry := newBackoff()
	next, vain := r.From, 0
	for {
		from := next
		err := src.Read(ctx, Range{From: from, To: r.To}, func(m *Message) {
			next = m.Seq + 1
			f(m)
		})
		if err == nil || !errors.Is(err, ErrReadStopped) || ctx.Err() != nil {
			return err
		}
		vain++
		if next > from {
			vain = 0
			retry.reset()
		}
		stopped(vain, err)
		if vain == maxVain {
			return phrase.Errorf("%d readings in a row brought nothing from message %d on: %w", vain, from, err)
		}
		if vain > 0 && !sleep(ctx, retry.next()) {
			return ctx.Err()
		}
	}
}
