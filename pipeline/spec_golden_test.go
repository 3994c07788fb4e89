package pipeline

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "add what testdata/counts.golden lacks")

// goldenMessages are fixed messages of every kind: what is counted of them may
// not change under a version of [Spec] that is in use.
func goldenMessages() []*Message {
	at := time.Date(2022, 4, 16, 15, 59, 59, 0, time.UTC) // the last second of a day in Asia/Shanghai
	var out []*Message
	add := func(subject, contentType, data string) {
		out = append(out, &Message{Seq: uint64(len(out) + 1), Subject: subject, ContentType: contentType, Data: []byte(data), Stored: at})
		at = at.Add(time.Second)
	}
	for _, text := range []string{
		"我有话说", "t0/s0", "t0/s0 t0/s1", "t1/s0 t0/s0", "t0/s0 t1/s0 t2/s2", " ", "\u200b", "长" + strings.Repeat("话", 400), "短",
	} {
		add("suggestions.xinhua", "", fmt.Sprintf(`{"text":%q}`, text))
		add("suggestions.cctv", "text/plain; charset=utf-8", text)
		add("suggestions.a.b", "", fmt.Sprintf(`{"title":"t1/s0","text":%q,"source":"北京 1","submitted_at":"2022-04-20T23:30:00Z","id":"x"}`, text))
	}
	for _, at := range []string{`"soon"`, `"1989-12-31T00:00:00Z"`, `"2099-01-01T00:00:00Z"`, `null`, `""`, `17`, `"2022-04-20"`, `"2022-04-20 08:00"`} {
		add("suggestions.times", "", `{"text":"t0/s0","submitted_at":`+at+`}`)
	}
	for _, data := range []string{``, `{`, `[]`, `"t0/s0"`, `{}`, `{"text":7}`, `{"text":"t0/s0"} x`, "{\"text\":\"t0/s0 \xff\"}", "\xef\xbb\xbf{\"text\":\"t0/s0\"}", `{"text":"` + strings.Repeat("a", 200_000) + `"}`} {
		add("suggestions.hostile", "", data)
		add("suggestions", "text/plain", data)
	}
	return slices.Delete(out, 9, 10)
}

// hashOfCounts returns a hash of what the golden messages add to a tally of the spec.
func hashOfCounts(t *testing.T, s Spec) string {
	t.Helper()
	messages := goldenMessages()
	tl, err := NewTallier(newWords(t), s.Format)
	if err != nil {
		t.Fatal(err)
	}
	tl.Begin(Range{1, messages[len(messages)-1].Seq + 1})
	for _, m := range messages {
		tl.Add(m)
	}
	sum := sha256.Sum256(tl.End().Encode())
	return hex.EncodeToString(sum[:8])
}

// A version of Spec says what is counted. If the same version counts something
// else, every running tally of it would mix old counts with new ones, and no id
// would tell.
func TestSameSpecVersionCountsTheSame(t *testing.T) {
	const path = "testdata/counts.golden"
	golden, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		t.Fatal(err)
	}
	spec, err := NewSpec(StreamInfo{Name: "S", Created: time.Unix(0, 0), Base: 1}, newWords(t), Format{})
	if err != nil {
		t.Fatal(err)
	}
	name := fmt.Sprintf("version %d ", spec.Version)
	line := name + hashOfCounts(t, spec) + "\n"
	switch {
	case bytes.Contains(golden, []byte(line)):
	case bytes.Contains(golden, []byte(name)):
		t.Errorf("a tally of spec %sgets other counts than %s says. If you did not mean that, the code has a fault.\n"+
			"If you did, it needs a new version of Spec (spec.go), and tallies of the old one count on as they did.", name, path)
	case *update:
		if err := os.WriteFile(path, append(golden, line...), 0o644); err != nil {
			t.Fatal(err)
		}
	default:
		t.Errorf("%s has no line for spec %s: add it with -update", path, name)
	}
}
