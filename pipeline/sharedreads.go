package pipeline

import (
	"context"
	"slices"
	"sync"
	"time"
)

// SharedReads lets the tallies of one process read a message once. At the live end they
// all want the same messages at nearly the same time, and fetching them costs more than
// classifying them: so what one tally reads is kept for a moment, and handed to the
// others from memory.
//
// Only short ranges are shared, which are those of the live end. A tally that catches up
// reads long ones, alone, and nobody waits for it.
//
// What a message says is kept, too, for tallies that differ in the dictionary only.
//
// It is exact. A range is taken from memory only if the source has read all of it without
// an error, so what it did not hand over is missing (invariant 6). If the broker loses
// its newest messages meanwhile, the mark of a delta shows it as it does when the delta
// was read from the broker at the same moment ([Mark]).
//
// The zero value is ready for use. Safe for concurrent use.
type SharedReads struct {
	mu     sync.Mutex
	asked  map[*sharedSource]time.Time // when each source was read last
	recent []*sharedRange              // the oldest first
	bytes  int                         // of the messages in recent
}

// What is shared, and for how long.
const (
	// maxSharedRange is the longest range that is shared, in sequences: half a second at
	// 20,000 messages a second.
	maxSharedRange = 10_000
	// sharedFor is how long a range is kept. The tallies of a process plan within a
	// tenth of a second of each other.
	sharedFor = 2 * time.Second
	// maxSharedBytes is how much is kept at most.
	maxSharedBytes = 32 << 20
	// sharedWith is how long ago another source may have been read for this one to keep
	// anything. A process with one tally keeps nothing.
	sharedWith = 5 * time.Second
)

// sharedRange is a range that was read, or is being read.
type sharedRange struct {
	Range
	done chan struct{} // closed at the end
	// Of the one who reads, until done is closed; then they do not change any more.
	ok       bool // all of it was read, and is here
	messages []Message
	ends     []int // of each message: where its payload ends in data
	data     []byte
	decodes  []keptDecode // of each message
	texts    []byte
	at       time.Time
}

// keptDecode is what a message says, for tallies that read messages by the same rules.
type keptDecode struct {
	rules      string     // of the decoder; "": nothing is kept
	suggestion Suggestion // its text is texts[from:to]
	from, to   int
	reason     Reason
}

// sharedSource is a source that shares what it reads.
type sharedSource struct {
	Source
	shared *SharedReads
}

// Source returns a source that shares its readings with the others of s. They must read
// the same messages.
func (s *SharedReads) Source(src Source) Source { return &sharedSource{src, s} }

// Read implements [Source].
func (s *sharedSource) Read(ctx context.Context, r Range, f func(*Message)) error {
	if !s.shared.withOthers(s) || r.Len() > maxSharedRange {
		return s.Source.Read(ctx, r, f)
	}
	for next := r.From; next <= r.To; {
		x, mine := s.shared.claim(Range{next, r.To})
		if mine {
			err := s.Source.Read(ctx, x.Range, func(m *Message) {
				x.keep(m)
				m.keeper = x
				f(m)
				m.keeper = nil
			})
			s.shared.finish(x, err == nil)
			if err != nil {
				return err
			}
			next = x.To + 1
			continue
		}
		select {
		case <-x.done:
		case <-ctx.Done():
			return ctx.Err()
		}
		if x.ok {
			to := min(r.To, x.To)
			x.hand(Range{next, to}, f)
			next = to + 1
		}
	}
	return nil
}

// withOthers notes that a source is read, and tells whether another one was a moment ago.
func (s *SharedReads) withOthers(src *sharedSource) bool {
	now := time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.asked == nil {
		s.asked = make(map[*sharedSource]time.Time)
	}
	s.asked[src] = now
	for other, at := range s.asked {
		if now.Sub(at) > sharedWith {
			delete(s.asked, other)
		}
	}
	return len(s.asked) > 1
}

// claim returns the range that holds the first sequence of r and that somebody has read
// or reads; or else a new one, which begins there, ends with r or before the next one,
// and is the caller's to read and to finish.
func (s *SharedReads) claim(r Range) (x *sharedRange, mine bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.forget()
	for _, x := range s.recent {
		if x.From <= r.From && r.From <= x.To {
			return x, false
		}
	}
	for _, x := range s.recent {
		if x.From > r.From && x.From <= r.To {
			r.To = x.From - 1
		}
	}
	x = &sharedRange{Range: r, done: make(chan struct{})}
	s.recent = append(s.recent, x)
	return x, true
}

// forget drops what is too old, and the oldest while there is too much.
func (s *SharedReads) forget() {
	s.recent = slices.DeleteFunc(s.recent, func(x *sharedRange) bool {
		old := x.ok && (time.Since(x.at) > sharedFor || s.bytes > maxSharedBytes)
		if old {
			s.bytes -= x.size()
		}
		return old
	})
}

// finish says that a range was read, or could not be.
func (s *SharedReads) finish(x *sharedRange, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	x.ok, x.at = ok, time.Now()
	if ok {
		s.bytes += x.size()
	} else {
		s.recent = slices.DeleteFunc(s.recent, func(y *sharedRange) bool { return y == x })
	}
	close(x.done)
}

// keep copies a message, which belongs to the source.
func (x *sharedRange) keep(m *Message) {
	x.data = append(x.data, m.Data...)
	x.ends = append(x.ends, len(x.data))
	kept := *m
	kept.Data = nil
	x.messages = append(x.messages, kept)
	x.decodes = append(x.decodes, keptDecode{})
}

// keepDecoded copies what the message says that was kept last. The reader of the range
// calls it, before the range is done.
func (x *sharedRange) keepDecoded(rules string, s *Suggestion, reason Reason) {
	k := &x.decodes[len(x.decodes)-1]
	k.rules, k.suggestion, k.reason, k.from = rules, *s, reason, len(x.texts)
	x.texts = append(x.texts, s.Text...)
	k.to, k.suggestion.Text = len(x.texts), nil
}

func (x *sharedRange) size() int { return len(x.data) + len(x.texts) }

// hand hands over what was kept of a part of the range.
func (x *sharedRange) hand(r Range, f func(*Message)) {
	i, _ := slices.BinarySearchFunc(x.messages, r.From, func(m Message, seq uint64) int {
		switch {
		case m.Seq < seq:
			return -1
		case m.Seq > seq:
			return 1
		}
		return 0
	})
	for ; i < len(x.messages) && x.messages[i].Seq <= r.To; i++ {
		begin := 0
		if i > 0 {
			begin = x.ends[i-1]
		}
		m := x.messages[i]
		m.Data = x.data[begin:x.ends[i]:x.ends[i]]
		k := x.decodes[i]
		k.suggestion.Text = x.texts[k.from:k.to:k.to]
		m.decoded = &k
		f(&m)
	}
}
