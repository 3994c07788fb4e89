package main

import (
	"bytes"
	"compress/gzip"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/minyi/minyi/pipeline/broker"
	"github.com/minyi/minyi/pipeline/broker/embedded"
)

// TestSendOfSeveral: a file that cannot be read, or not to its end, is named, and keeps no
// other from being sent, wherever it stands; mended and sent again, each message is there
// once.
func TestSendOfSeveral(t *testing.T) {
	t.Parallel()
	s, err := embedded.Start(embedded.Options{Dir: t.TempDir(), Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.Shutdown)
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	write := func(name, content string) {
		t.Helper()
		if err := os.WriteFile(at(name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	var whole strings.Builder
	random := rand.New(rand.NewPCG(1, 2)) // what compresses badly is not read to its end at once
	for i := range 5_000 {
		fmt.Fprintf(&whole, "{\"id\":\"z%d\",\"text\":\"公交车太少 %s\"}\n", i, hex.EncodeToString(fmt.Append(nil, random.Perm(40))))
	}
	var zipped bytes.Buffer
	z := gzip.NewWriter(&zipped)
	if _, err := z.Write([]byte(whole.String())); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	write("a.ndjson", `{"id":"a","text":"学校太远"}`+"\n")
	write("odd.csv", "甲,乙\n1,2\n")
	write("torn.ndjson.gz", zipped.String()[:zipped.Len()*9/10])
	write("bad.ndjson", `{"id":"b","text":`+"\n")
	write("z.ndjson", `{"id":"y","text":"医院太远"}`+"\n")
	all := []string{at("odd.csv"), at("a.ndjson"), at("torn.ndjson.gz"), at("nowhere.csv"), at("z.ndjson")}
	do := func(want int, args ...string) string {
		t.Helper()
		var out bytes.Buffer
		if code := run(t.Context(), args, nil, strings.NewReader(""), &out, &out); code != want {
			t.Errorf("%v: exit code %d, want %d:\n%s", args, code, want, &out)
		}
		return out.String()
	}
	server := []string{"--server", s.URL()}
	said := do(exitUsage, append(append([]string{"send"}, all...), server...)...)
	for _, want := range []string{
		"odd.csv: no column of text", "nowhere.csv: no such file", "the compressed file is cut short: unexpected EOF\n",
		"a.ndjson: 1 sent", "z.ndjson: 1 sent", "minyi: 3 of 5 files cannot be read to their end: " + at("odd.csv") + ", " + at("nowhere.csv") + ", " + at("torn.ndjson.gz"),
	} {
		if !strings.Contains(said, want) {
			t.Errorf("no %q in:\n%s", want, said)
		}
	}
	if said := do(exitUsage, append(append([]string{"send", at("bad.ndjson")}, all...), server...)...); !strings.Contains(said, "and 1 record of the others not sent") {
		t.Errorf("%s", said)
	}
	if said := do(exitUsage, append([]string{"send", "--check"}, all...)...); !strings.Contains(said, "3 of 5 files") || strings.Count(said, "1 rows = 1 to send") != 2 {
		t.Errorf("--check: %s", said)
	}
	if said := do(exitUsage, append([]string{"send", at("odd.csv"), at("nowhere.csv")}, server...)...); !strings.Contains(said, "none of the 2 files can be read") {
		t.Errorf("%s", said)
	}
	write("odd.csv", "编号,内容\nc,停车太难\n")
	write("torn.ndjson.gz", zipped.String())
	do(exitDone, append([]string{"send", at("odd.csv"), at("a.ndjson"), at("torn.ndjson.gz"), at("z.ndjson")}, server...)...)
	conn, err := broker.Connect(t.Context(), broker.Options{URL: s.URL()})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	if info, err := conn.StreamInfo(t.Context()); err != nil || info.Last != 5_004 { // with what was cut off of bad.ndjson, which counts as rejected
		t.Errorf("%d messages are stored, want 5,004: %v", info.Last, err)
	}
}
