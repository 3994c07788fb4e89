package generate

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"

	"github.com/minyi/minyi/dict"
	"github.com/minyi/minyi/pipeline"
)

// Suggestions are valid, of about 300 bytes, all different, spread over days
// and sources, most of them with a keyword; the same seed gives the same bytes.
func TestGenerator(t *testing.T) {
	d, err := dict.Default()
	if err != nil {
		t.Fatal(err)
	}
	const n = 20000
	g, again := New(d, 7), New(d, 7)
	decoder, err := pipeline.NewDecoder(pipeline.Format{})
	if err != nil {
		t.Fatal(err)
	}
	texts, days, sources := make(map[string]bool), make(map[string]int), make(map[string]int)
	size := 0
	for i := range uint64(n) {
		payload, source := g.Append(nil, i)
		if same, _ := again.Append(nil, i); !bytes.Equal(payload, same) {
			t.Fatalf("suggestion %d differs with the same seed", i)
		}
		if !json.Valid(payload) {
			t.Fatalf("not JSON: %s", payload)
		}
		var s pipeline.Suggestion
		if reason := decoder.Decode(&pipeline.Message{Seq: i, Data: payload, Stored: time.Date(2022, 6, 1, 0, 0, 0, 0, time.UTC)}, &s); reason != "" || s.AbsurdTime {
			t.Fatalf("%s, absurd time %t: %s", reason, s.AbsurdTime, payload)
		}
		if s.Source != source {
			t.Fatalf("source %s, not %s", s.Source, source)
		}
		texts[string(s.Text)] = true
		days[s.Day]++
		sources[source]++
		size += len(payload)
	}
	if mean := size / n; mean < 280 || mean > 340 {
		t.Errorf("%d bytes on average", mean)
	}
	if len(texts) < n*999/1000 || len(days) < defaultDays || len(sources) != 4 {
		t.Errorf("%d texts of %d, %d days, %d sources", len(texts), n, len(days), len(sources))
	}
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	if live, _ := g.AppendLive(nil, 1, at); !bytes.Contains(live, []byte(`"submitted_at":"2026-01-02T03:04:05Z"`)) {
		t.Errorf("not of %s: %s", at, live)
	}
	g.Spread(3, 20)
	clear(sources)
	clear(days)
	for i := range uint64(2000) {
		payload, source := g.Append(nil, i)
		var s pipeline.Suggestion
		decoder.Decode(&pipeline.Message{Seq: i, Data: payload, Stored: time.Date(2022, 6, 1, 0, 0, 0, 0, time.UTC)}, &s)
		days[s.Day]++
		sources[source]++
	}
	if len(sources) != 20 || len(days) != 4 { // three days in London are of four in Shanghai
		t.Errorf("spread over %d sources and %d days", len(sources), len(days))
	}
	g.Spread(defaultDays, 4)
	other, _ := New(d, 8).Append(nil, 0)
	if first, _ := g.Append(nil, 0); bytes.Equal(first, other) {
		t.Error("another seed gives the same bytes")
	}
}
