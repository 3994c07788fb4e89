package intake_test

import (
	"errors"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/minyi/minyi/pipeline"
	"github.com/minyi/minyi/pipeline/intake"
)

// TestHostileExamples reads examples/hostile.ndjson as the pipeline would, and
// wants every kind of bad input there, and each to end as it should.
func TestHostileExamples(t *testing.T) {
	const path = "../../examples/hostile.ndjson"
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	r, err := intake.Open(path, intake.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	d, err := pipeline.NewDecoder(pipeline.Format{})
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(content), "\n")
	stored := time.Date(2022, 5, 1, 0, 0, 0, 0, time.UTC)
	got := map[string]int{}
	seen := map[string]bool{}
	records := 0
	for {
		rec, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		records++
		if string(rec.Payload) != lines[rec.Line-1] {
			got["time brought to RFC 3339"]++
		}
		if seen[rec.ID] {
			got["same id"]++
			continue
		}
		seen[rec.ID] = true
		var s pipeline.Suggestion
		reason := d.Decode(&pipeline.Message{
			Subject: "suggestions." + intake.SourceToken(rec.Source), Data: rec.Payload, Stored: stored,
		}, &s)
		if reason == "" {
			reason = "counted"
		}
		got[string(reason)]++
		if s.InvalidUTF8 {
			got["invalid UTF-8"]++
		}
		if s.AbsurdTime {
			got["absurd time"]++
		}
	}
	want := map[string]int{
		"not_json": 11, "not_object": 5, "no_text": 6, "blank": 4, "too_large": 1, "counted": 33,
		"invalid UTF-8": 3, "absurd time": 4, "time brought to RFC 3339": 2, "same id": 1,
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%d records (-want +got):\n%s", records, d)
	}
}
