package send

import (
	"strings"
	"testing"
)

// TestSendPositionIsDoubted: the position is believed only while the stream is
// the one that it speaks of.
func TestSendPositionIsDoubted(t *testing.T) {
	t.Parallel()
	b := newSendBench(t, nil)
	lines, want := corpus(300)
	path := writeLines(t, "a.ndjson", lines)
	b.send(path)
	s, err := b.js.Stream(t.Context(), "SUGGESTIONS")
	if err != nil {
		t.Fatal(err)
	}
	cfg := s.CachedInfo().Config

	t.Run("purged: was counted once, is not sent again", func(t *testing.T) {
		if err := s.Purge(t.Context()); err != nil {
			t.Fatal(err)
		}
		if r := b.send(path); r.Sent != 0 || r.Already != len(lines) {
			t.Errorf("report %+v", r)
		}
	})
	t.Run("made anew: is sent again", func(t *testing.T) {
		if err := b.js.DeleteStream(t.Context(), "SUGGESTIONS"); err != nil {
			t.Fatal(err)
		}
		cfg.FirstSeq = 1000 // what the position speaks of seems to have expired
		if _, err := b.js.CreateStream(t.Context(), cfg); err != nil {
			t.Fatal(err)
		}
		if r := b.send(path); r.Sent != len(lines) {
			t.Errorf("report %+v", r)
		}
		wantStored(t, b, want)
	})
	t.Run("sequences used again after a loss: what is missing is sent", func(t *testing.T) {
		kv, err := b.js.KeyValue(t.Context(), "MINYI_POSITIONS")
		if err != nil {
			t.Fatal(err)
		}
		e, err := kv.Get(t.Context(), positionKey("SUGGESTIONS", path))
		if err != nil {
			t.Fatal(err)
		}
		forged := strings.Replace(string(e.Value()), `"tip_id":"`, `"tip_id":"x`, 1)
		if _, err := kv.Put(t.Context(), positionKey("SUGGESTIONS", path), []byte(forged)); err != nil {
			t.Fatal(err)
		}
		s, err := b.js.Stream(t.Context(), "SUGGESTIONS")
		if err != nil {
			t.Fatal(err)
		}
		if err := s.DeleteMsg(t.Context(), 1010); err != nil {
			t.Fatal(err)
		}
		b.restart() // a loss comes with one, and it clears the duplicate window
		if r := b.send(path); r.Sent != 1 || r.Already != len(lines)-1 {
			t.Errorf("report %+v", r)
		}
		wantStored(t, b, want)
	})
	t.Run("deleted at the end: reading the ids ends", func(t *testing.T) {
		s, err := b.js.Stream(t.Context(), "SUGGESTIONS")
		if err != nil {
			t.Fatal(err)
		}
		for seq := range uint64(5) {
			if err := s.DeleteMsg(t.Context(), s.CachedInfo().State.LastSeq-seq); err != nil {
				t.Fatal(err)
			}
		}
		other := writeLines(t, "b.ndjson", []string{`{"id":"z"}`})
		if r := b.send(other); r.Sent != 1 {
			t.Errorf("report %+v", r)
		}
	})
}
