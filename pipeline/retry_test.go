package pipeline

import (
	"testing"
	"time"
)

// Jitter stays within a quarter of its duration, and spreads; a backoff doubles up to
// its limit, and starts again after a success.
func TestBackoff(t *testing.T) {
	values := make(map[time.Duration]bool)
	for range 1000 {
		d := jitter(400 * time.Millisecond)
		if d < least || d > most {
			t.Fatalf("jitter of 400 ms is %s", d)
		}
		values[d] = true
	}
	if len(values) < 500 {
		t.Errorf("1000 values of jitter are %d different ones", len(values))
	}
	b := newBackoff()
	for _, ms := range []time.Duration{100, 200, 400, 800, 1600, 3200, 5000, 5000} {
		if d := b.next(); d < ms*time.Millisecond*3/4 || d > ms*time.Millisecond*5/4 {
			t.Errorf("waits %s, want about %d ms", d, ms)
		}
	}
	b.reset()
	if d := b.next(); d > 125*time.Millisecond {
		t.Errorf("waits %s after a success", d)
	}
}
