package pipeline

import "context"

// Watched is a source that tells how many messages were read of it, some hundreds at a time.
// Tell is called by all goroutines that read, at once.
func Watched(src Source, tell func(messages int)) Source { return watchedSource{src, tell} }

type watchedSource struct {
	Source
	tell func(messages int)
}

// tellEach is how many messages are told at a time.
const tellEach = 512

// Read implements [Source].
func (s watchedSource) Read(ctx context.Context, r Range, f func(*Message)) error {
	n := 0
	err := s.Source.Read(ctx, r, func(m *Message) {
		f(m)
		if n++; n == tellEach {
			s.tell(n)
			n = 0
		}
	})
	if n > 0 {
		s.tell(n)
	}
	return err
}
