package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/minyi/minyi/pipeline/label"
)

// TestLabelsAreOneStore: a review of the stream comes back to the broker, beside the answers
// of a duel, and a dictionary is measured and learned from what is there; of a message that
// is erased no label counts.
func TestLabelsAreOneStore(t *testing.T) {
	t.Parallel()
	r := startCompared(t)
	dir := t.TempDir()
	mine, book := filepath.Join(dir, "mine"), filepath.Join(dir, "review.csv")
	check := func(code int, words string, args ...string) string {
		t.Helper()
		stdout, stderr, got := r.here(t, "", args...)
		if got != code || !strings.Contains(stdout+stderr, words) {
			t.Errorf("minyi %s ended with %d, not %d, or does not say %q:\n%s%s", strings.Join(args, " "), got, code, words, stdout, stderr)
		}
		return stdout
	}
	check(exitDone, "", "dict", "fetch", "current", "--out", mine)
	check(exitUsage, "broker:", "dict", "eval", "broker:", "--dict", mine) // nobody has said anything
	check(exitDone, "90 messages", "dict", "review", "broker:", "--dict", mine, "--out", book)
	rows, err := os.ReadFile(book)
	if err != nil {
		t.Fatal(err)
	}
	// Each row is labelled, and one more that is of no message of the stream.
	lines := strings.Split(strings.TrimSpace(string(rows)), "\n")
	for i, line := range lines[1:] {
		theme := "life/health"
		if strings.Contains(line, "坑") {
			theme = "none"
		}
		lines[i+1] = strings.Replace(line, ",,,", ","+theme+",,", 1)
	}
	n := len(lines) - 1
	hospital := slices.IndexFunc(lines, func(line string) bool { return strings.Contains(line, "医院看病") })
	lines = append(lines, strings.Replace(lines[hospital], "医院", "别的医院", 1))
	if err := os.WriteFile(book, []byte(strings.Join(lines, "\n")), 0o600); err != nil || n != 4 {
		t.Fatal(n, err)
	}
	check(exitUsage, "--add FILE", "dict", "gold", mine, "--store")
	check(exitDone, "1 rows are not stored", "dict", "gold", mine, "--add", book, "--by", "li", "--store")
	check(exitDone, "0 labels stored, 4 were there already", "dict", "gold", mine, "--add", book, "--by", "li", "--store")
	check(exitDone, "have a label already", "dict", "review", "broker:", "--dict", mine, "--out", book, "--force")
	check(exitDone, "86 say what was labelled before", "dict", "review", "broker:", "--dict", mine, "--out", book, "--force")

	_, _, code := r.here(t, "b\n2\n1\n", "tally", "judge", r.b, "--by", "wang")
	if code != exitDone {
		t.Fatal("the duel")
	}
	var origins []string
	var erased uint64
	current, err := r.conn.Counts().TallyInfo(t.Context(), r.a)
	if err != nil {
		t.Fatal(err)
	}
	err = r.conn.Labels().Each(t.Context(), label.StreamOf(current.Spec), func(j label.Judgement) error {
		origins = append(origins, string(j.Origin))
		if j.Origin == label.OfReview {
			erased = max(erased, j.Seq)
		}
		return nil
	})
	if said := strings.Join(origins, " "); err != nil || strings.Count(said, "review") != n || strings.Count(said, "duel") != 3 {
		t.Fatalf("%s, %v", said, err)
	}
	check(exitDone, "left out: 0 of messages", "dict", "eval", "broker:", "--dict", mine)
	check(exitDone, "1 that say no sub-themes", "dict", "eval", "broker:", "--dict", mine)
	check(exitDone, `"by":"wang"`, "dict", "gold", mine, "--add", "broker:", "--json")
	kept, err := os.ReadFile(filepath.Join(mine, "gold.ndjson"))
	if err != nil || !strings.Contains(string(kept), `"origin":"review"`) || !strings.Contains(string(kept), `"origin":"duel"`) || strings.Contains(string(kept), "13812345678") {
		t.Errorf("%v: %s", err, kept)
	}
	check(exitCheck, "label more messages", "dict", "learn", "--labels", "broker:", "--prior", mine, "--out", filepath.Join(dir, "learned"))
	// The duel draws by the ids of the tallies, so how many texts it shares with the review varies.
	check(exitDone, " labels of ", "dict", "suggest", "broker:", "--dict", mine)
	check(exitCheck, " labels of ", "tally", "promote", r.b, "--labels", "broker:", "--by", "li", "--reason", "tried")

	js := r.conn.JetStream()
	stream, err := js.Stream(t.Context(), current.Spec.Stream)
	if err != nil {
		t.Fatal(err)
	}
	if err := stream.DeleteMsg(t.Context(), erased); err != nil {
		t.Fatal(err)
	}
	check(exitDone, "left out: 1 of messages", "dict", "eval", "broker:", "--dict", mine)
	check(exitDone, "已不在流里的（删除或过期）1 条", "dict", "eval", "broker:", "--dict", mine, "--lang", "zh")
}
