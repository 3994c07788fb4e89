package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/minyi/minyi/pipeline"
)

// From the list over a look at one to the mended message that counts.
func TestRejectsAreMended(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "in.ndjson")
	lines := []string{
		`{"id":"a","text":"孩子的学校放学太早"}`,
		`{"id":"b","content":"医院看病排队太久，电话13812345678","source":"cctv"}`,
		`{"id":"c","text":"没有结束`,
		"{\"id\":\"d\" \xff}",
		`{"id":"e","text":" "}`,
	}
	if err := os.WriteFile(file, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := startUp(t, file)

	out, stderr, code := r.minyi(t, "rejects")
	if code != exitDone || !strings.Contains(out, "no_text   1") || !strings.Contains(out, "cctv") || strings.Contains(out, "排队") {
		t.Fatalf("exit %d\n%s\n%s", code, out, stderr)
	}
	out, _, code = r.minyi(t, "rejects", "--json", "--reason", "no_text")
	var list struct {
		Matching int
		Rejects  []pipeline.Reject
	}
	if err := json.Unmarshal([]byte(out), &list); err != nil || code != exitDone || list.Matching != 1 || len(list.Rejects) != 1 || list.Rejects[0].Seq != 2 {
		t.Fatalf("exit %d, %v: %s", code, err, out)
	}

	out, stderr, code = r.minyi(t, "rejects", "show", "2")
	if code != exitDone || !strings.Contains(out, "排队太久") || strings.Contains(out, "13812345678") || !strings.Contains(out, "***********") || !strings.Contains(out, "no_text") {
		t.Errorf("exit %d\n%s\n%s", code, out, stderr)
	}
	if out, _, code = r.minyi(t, "rejects", "show", "4"); code != exitDone || !strings.Contains(out, `\xff`) || !utf8.ValidString(out) {
		t.Errorf("exit %d: %q", code, out)
	}
	if out, _, code = r.minyi(t, "rejects", "show", "1"); code != exitDone || !strings.Contains(out, "it is a suggestion") {
		t.Errorf("exit %d: %s", code, out)
	}
	for _, args := range [][]string{{"show", "99"}, {"retry"}} {
		if _, stderr, code = r.minyi(t, append([]string{"rejects"}, args...)...); code != exitCheck || stderr == "" {
			t.Errorf("%v: exit %d: %s", args, code, stderr)
		}
	}
	out, _, code = r.minyi(t, "rejects", "retry", "--text-field", "content")
	if code != exitDone || !strings.Contains(out, "no_text") || !strings.Contains(out, "the same flags") {
		t.Errorf("exit %d: %s", code, out)
	}

	out, stderr, code = r.minyi(t, "rejects", "export")
	exported := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
	if code != exitDone || len(exported) != 4 || exported[1] != lines[2] || !strings.Contains(stderr, "4 exported") {
		t.Fatalf("exit %d\n%s\n%s", code, out, stderr)
	}
	mended := strings.ReplaceAll(exported[0], `"content"`, `"text"`) + "\n" + exported[1] + "\"}\n"
	mend := filepath.Join(t.TempDir(), "mend.ndjson")
	if err := os.WriteFile(mend, []byte(mended), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"2 sent", "0 sent, 2 already there"} {
		if _, stderr, code = r.minyi(t, "send", mend); code != exitDone || !strings.Contains(stderr, want) {
			t.Fatalf("exit %d, want %q: %s", code, want, stderr)
		}
	}
	var s pipeline.Snapshot
	for s.Stored < 7 {
		out, stderr, code = r.minyi(t, "counts", "--json")
		if err := json.Unmarshal([]byte(out), &s); err != nil || code != exitDone {
			t.Fatalf("exit %d, %v: %s", code, err, stderr)
		}
	}
	if s.Rejected != 4 || s.Tagged+s.Untagged != 3 {
		t.Errorf("%+v", s)
	}
	if _, stderr, code = r.minyi(t, "ledger"); code != exitDone {
		t.Errorf("exit %d: %s", code, stderr)
	}
	r.interrupt(t)
}

// What a terminal would obey, or nobody would see, is written out.
func TestPrintable(t *testing.T) {
	for in, want := range map[string]string{
		"学校\n\t1": "学校\n\t1", "\x1b[2J": `\x1b[2J`, "a\xffb": `a\xffb`, "\uFFFD": "\uFFFD", "\u202e": `\u202e`, "\x00": `\x00`,
	} {
		if got := printable(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	if got := unescape(`\u0031\u0033\u00e9\u001b\ud835\udfcf\u2463\ud835\u00`); got != `13é\u001b𝟏④\ud835\u00` {
		t.Errorf("%q", got)
	}
}
