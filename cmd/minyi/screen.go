package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/mattn/go-isatty"

	"github.com/minyi/minyi/internal/textfmt"
)

// screen shows on a terminal that the program is at work when it has shown nothing for a
// while: a line with what it does and for how long, which is gone before anything else is
// written. Every command has one, so that none is silent for long; a [bar] takes its place
// where it is known how much there is to do. Safe for concurrent use.
//
// A nil screen shows nothing: it is what there is where standard error is no terminal.
type screen struct {
	to   io.Writer
	what func() string // what is done where nobody says more, in the language of the reader

	mu      sync.Mutex
	doing   []string  // what is done now, the innermost last
	since   time.Time // when anything was written last
	within  bool      // the cursor is within a line, such as a prompt
	bar     int       // columns of the bar that stands there; 0: none does
	barSaid string    // what it says, which goes on to be shown where it stands still
	resting int       // how many are waiting for a person or for events, which is no work
	drawn   int       // columns of the line that stands there; 0: none does
	turn    int       // of the sign that moves
	ended   chan struct{}
	ticking sync.WaitGroup
}

// quietFor is how long a command shows nothing before the screen does.
const quietFor = time.Second

// newScreen begins to watch. Who makes it ends it with close.
func newScreen(to io.Writer, what func() string) *screen {
	s := &screen{to: to, what: what, since: time.Now(), ended: make(chan struct{})}
	s.ticking.Go(func() {
		tick := time.NewTicker(200 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-s.ended:
				return
			case <-tick.C:
				s.draw()
			}
		}
	})
	return s
}

// draw shows the line, or moves its sign.
func (s *screen) draw() {
	s.mu.Lock()
	defer s.mu.Unlock()
	quiet := time.Since(s.since)
	if s.within || s.resting > 0 || quiet < quietFor {
		return
	}
	what := s.what()
	if n := len(s.doing); n > 0 {
		what = s.doing[n-1]
	}
	if s.barSaid != "" {
		what = s.barSaid
	}
	const sign = `|/-\`
	line := textfmt.Cut(fmt.Sprintf("%c %s  %ds", sign[s.turn%len(sign)], textfmt.Visible(what), int(quiet.Seconds())), textfmt.Columns-1)
	s.turn++
	s.erase()
	_, _ = io.WriteString(s.to, line) // the work goes on where nothing can be drawn
	s.drawn = textfmt.Width(line)
}

// erase takes the line away, and a bar, which comes again when it moves. The lock is held.
func (s *screen) erase() {
	if n := max(s.drawn, s.bar); n > 0 {
		_, _ = fmt.Fprintf(s.to, "\r%*s\r", n, "")
		s.drawn, s.bar = 0, 0
	}
}

// during says what is done until done is called.
func (s *screen) during(what string) (done func()) {
	if s == nil {
		return func() {}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.doing = append(s.doing, what)
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.erase()
		s.doing = s.doing[:len(s.doing)-1]
	}
}

// rest shows nothing until done is called: the program waits for a person, or for what
// happens elsewhere.
func (s *screen) rest() (done func()) {
	if s == nil {
		return func() {}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.erase()
	s.resting++
	return func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.resting--
		s.since = time.Now()
	}
}

// close takes the line away and ends the watch.
func (s *screen) close() {
	if s == nil {
		return
	}
	close(s.ended)
	s.ticking.Wait()
	s.mu.Lock()
	defer s.mu.Unlock()
	s.erase()
}

// onScreen writes to the terminal, after the line of the screen is taken away.
type onScreen struct {
	to *os.File
	s  *screen
}

// Write implements io.Writer.
func (w onScreen) Write(p []byte) (int, error) { return w.s.pass(w.to, p) }

// Fd is that of the terminal.
func (w onScreen) Fd() uintptr { return w.to.Fd() }

// pass writes what somebody else shows.
func (s *screen) pass(to io.Writer, p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.erase()
	s.since, s.barSaid = time.Now(), ""
	if n := len(p); n > 0 {
		s.within = p[n-1] != '\n'
	}
	return to.Write(p)
}

// onBar is what a bar is drawn on.
type onBar struct{ s *screen }

// Write implements io.Writer.
func (w onBar) Write(p []byte) (int, error) {
	w.s.mu.Lock()
	defer w.s.mu.Unlock()
	if w.s.drawn > 0 {
		w.s.erase()
	}
	w.s.since = time.Now()
	line := string(p[bytes.LastIndexByte(p, '\r')+1:])
	w.s.bar = textfmt.Width(line)
	said, _, _ := strings.Cut(line, "|")
	w.s.barSaid = strings.TrimSpace(said)
	return w.s.to.Write(p)
}

// byHand is what a person types. While it is waited for, the screen rests.
type byHand struct {
	from *os.File
	s    *screen
}

// Read implements io.Reader.
func (r byHand) Read(p []byte) (int, error) {
	defer r.s.rest()()
	return r.from.Read(p)
}

// Fd is that of the terminal.
func (r byHand) Fd() uintptr { return r.from.Fd() }

// watchTerminal gives the run a screen if standard error is a terminal. It returns how to
// take that away.
func (a *app) watchTerminal() (done func()) {
	stderr, ok := a.stderr.(*os.File)
	if !ok || !isTerminal(stderr) {
		return func() {}
	}
	a.screen = newScreen(stderr, func() string { return a.say("working") })
	a.stderr = onScreen{stderr, a.screen}
	if f, ok := a.stdout.(*os.File); ok && isTerminal(f) {
		a.stdout = onScreen{f, a.screen}
	}
	if f, ok := a.stdin.(*os.File); ok && isTerminal(f) {
		a.stdin = byHand{f, a.screen}
	}
	return a.screen.close
}

// isTerminal tells whether what is read from or written to is a terminal.
func isTerminal(v any) bool {
	f, ok := v.(interface{ Fd() uintptr })
	return ok && isatty.IsTerminal(f.Fd())
}
