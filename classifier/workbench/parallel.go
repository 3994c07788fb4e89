package workbench

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"runtime"
	"sync"

	"github.com/minyi/minyi/dict/phrase"
)

// Stats counts the lines of a corpus that was read.
type Stats struct {
	Rows     int `json:"rows"`               // messages
	Blank    int `json:"blank,omitempty"`    // messages with a blank text, which were skipped
	Repaired int `json:"repaired,omitempty"` // messages that were not UTF-8
	// Unlabelled are messages without a label, which were skipped because labels were
	// needed. They are not among Rows.
	Unlabelled int `json:"unlabelled,omitempty"`
}

// batchBytes is how much of a corpus a worker takes at a time. A batch exceeds it only by
// the rest of its last line. At most 3 x workers batches are in memory.
const batchBytes = 256 << 10

// batch is a number of whole lines of a corpus.
type batch struct {
	data  []byte
	first int // number of the first line
}

// mapMessages calls work for every message of the corpus, on all processors, and
// calls collect with the results, in the order of the corpus and from one goroutine.
// newWorker makes what one goroutine needs for itself, such as a classifier.Result.
// If work returns a fault, mapMessages adds the line of the message to it.
//
// It returns the error that comes first in the order of the corpus, which can come
// from reading (*CorpusError, or a failed read), from work, from collect, or from
// ctx. Every goroutine that it started has ended by then.
func mapMessages[W, R any](ctx context.Context, c Corpus, newWorker func() W,
	work func(w W, m *Message) (R, error), collect func(r R) error,
) (stats Stats, err error) {
	in, err := c.Open()
	if err != nil {
		return stats, phrase.Errorf("open corpus: %w", err)
	}
	defer func() { err = errors.Join(err, in.Close()) }()

	ctx, stop := context.WithCancel(ctx)
	workers := runtime.GOMAXPROCS(0)
	jobs := make(chan mapJob[R])
	order := make(chan chan mapResult[R], 2*workers)
	var group sync.WaitGroup
	for range workers {
		group.Go(func() {
			w := newWorker()
			for j := range jobs {
				var d mapResult[R]
				d.err = c.eachMessage(j.batch, &d.stats, func(m *Message) error {
					r, err := work(w, m)
					if err == nil {
						d.results = append(d.results, r)
					}
					return err
				})
				j.out <- d
			}
		})
	}
	group.Go(func() { feed(ctx, c.Name, in, jobs, order) })
	defer group.Wait()
	defer stop()

	for out := range order {
		d := <-out
		stats.add(d.stats)
		for _, r := range d.results {
			if err := collect(r); err != nil {
				return stats, err
			}
		}
		if d.err != nil {
			return stats, d.err
		}
	}
	return stats, ctx.Err()
}

func (s *Stats) add(t Stats) {
	s.Rows += t.Rows
	s.Blank += t.Blank
	s.Repaired += t.Repaired
}

// unlabelled collects the messages without a label, where labels are needed: rows of
// a review that nobody has read.
type unlabelled struct {
	n, first int // how many, and the line of the first
}

func (u *unlabelled) add(line int) {
	if u.n == 0 {
		u.first = line
	}
	u.n++
}

// leave takes them out of the rows of s. It is an error if nothing is left: the file
// then has no column of labels, rather than rows that nobody has read.
func (u *unlabelled) leave(s *Stats, name string, hint phrase.Text) error {
	if u.n > 0 && u.n == s.Rows {
		return &CorpusError{name, u.first, 0, phrase.Textf("no label, here and in all other rows (%d)", u.n), hint}
	}
	s.Rows -= u.n
	s.Unlabelled = u.n
	return nil
}

// mapJob is a batch, and a channel with room for one value that takes its results.
type mapJob[R any] struct {
	batch
	out chan mapResult[R]
}

type mapResult[R any] struct {
	results []R
	stats   Stats
	err     error
}

// feed gives the batches of in to the workers through jobs, and the channels of
// their results to the collector through order, in the order of the corpus. It
// closes both.
func feed[R any](ctx context.Context, name string, in io.Reader, jobs chan<- mapJob[R], order chan<- chan mapResult[R]) {
	defer close(order)
	defer close(jobs)
	promise := func() (chan mapResult[R], error) {
		out := make(chan mapResult[R], 1)
		select {
		case order <- out:
			return out, nil
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	err := splitLines(name, in, func(b batch) error {
		out, err := promise()
		if err == nil {
			jobs <- mapJob[R]{b, out} // workers take every job until jobs is closed
		}
		return err
	})
	if err != nil {
		if out, late := promise(); late == nil {
			out <- mapResult[R]{err: err}
		}
	}
}

// eachMessage decodes the lines of b.
func (c Corpus) eachMessage(b batch, stats *Stats, visit func(*Message) error) error {
	n := b.first
	for line := range bytes.Lines(b.data) {
		m, ok, err := c.decode(line, n)
		if err != nil {
			return err
		}
		if ok {
			if m.repaired {
				stats.Repaired++
			}
			stats.Rows++
			if err := visit(&m); err != nil {
				return c.at(&m, err)
			}
		} else if len(bytes.TrimSpace(line)) > 0 {
			stats.Blank++
		}
		n++
	}
	return nil
}

// at turns a fault into a CorpusError with the line of the message.
func (c Corpus) at(m *Message, err error) error {
	var f fault
	if errors.As(err, &f) {
		return &CorpusError{c.Name, m.Line, 0, f.msg, f.hint}
	}
	return err
}

// fault is an error that a measurement finds in a message.
type fault struct{ msg, hint phrase.Text }

func (f fault) Error() string { return f.msg.String() }

// splitLines cuts a stream into batches of whole lines.
func splitLines(name string, in io.Reader, emit func(batch) error) error {
	r := bufio.NewReaderSize(in, 64<<10)
	b := batch{first: 1}
	n := 1
	for {
		start := len(b.data)
		part, err := r.ReadSlice('\n')
		b.data = append(b.data, part...)
		for errors.Is(err, bufio.ErrBufferFull) && len(b.data)-start <= MaxLineBytes {
			part, err = r.ReadSlice('\n')
			b.data = append(b.data, part...)
		}
		if len(b.data)-start > MaxLineBytes {
			return &CorpusError{name, n, 0, phrase.Textf("a line of more than %d bytes", MaxLineBytes), phrase.Textf("is it one JSON array? A corpus is one object a line")}
		}
		end := errors.Is(err, io.EOF)
		if err != nil && !end {
			return phrase.Errorf("read %s: %w", name, err)
		}
		n++
		if len(b.data) >= batchBytes || end && len(b.data) > 0 {
			if err := emit(b); err != nil {
				return err
			}
			b = batch{first: n, data: make([]byte, 0, len(b.data))}
		}
		if end {
			return nil
		}
	}
}
