package phrase

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"unicode"
)

// TestStored: what was stored in English is recognized, with its arguments and what it wraps,
// and is said as it would have been when it was made.
func TestStored(t *testing.T) {
	unsuited := New("stream does not suit")
	for _, err := range []error{
		Errorf("%w: %s %s; nats stream edit %s sets it right, then start the workers again", unsuited, "MINYI_DELTAS", Textf("limit reached"), "MINYI_DELTAS"),
		Errorf("%w: it has dictionary %.12s and semantics %s; here are %.12s and %s", New("tally of another dictionary"), "0123456789abcdef", "3", "a", "4"),
		Errorf("key %q in bucket %s: %w", `a"b`, "COUNTS", errors.New("unexpected end of JSON input")),
		Errorf("fetch delta part %d of %v: %w", 7, "[1,5]", errors.New("nats: timeout")),
		Errorf("%w: %w", New("no report of minyi"), New("not a Word document")),
		Errorf("%w: %s is not in %s", New("no such dictionary"), "deadbeef", "MINYI_DICTS"),
		Errorf("%s of %v: %s", Textf("task"), "[1,5]", Textf("forged")),
		errors.New("nothing that the tables have"),
	} {
		text := Stored(err.Error())
		if got := text.String(); got != err.Error() {
			t.Errorf("English: %q, want %q", got, err)
		}
		if got, want := text.In(Chinese), Chinese.Error(err); got != want {
			t.Errorf("%q\n got %s\nwant %s", err, got, want)
		}
	}
	if !Stored("").IsZero() {
		t.Error("an empty text is one")
	}
}

// TestEveryPhraseIsStored: each phrase whose arguments are in order is recognized as itself
// or as one that says the same in Chinese.
func TestEveryPhraseIsStored(t *testing.T) {
	n := 0
	for _, table := range tables {
		for format, zh := range table {
			p, ok := storedPhraseOf(format, zh)
			if !ok || p.own < telling {
				continue
			}
			n++
			args := []any{}
			for _, at := range verbs.FindAllStringSubmatch(format, -1) {
				switch {
				case at[0] == "%%":
				case strings.ContainsAny(at[2], "dU"):
					args = append(args, 7)
				case strings.ContainsAny(at[2], "eEfgG"):
					args = append(args, 0.5)
				default:
					args = append(args, "Q9")
				}
			}
			english := fmt.Sprintf(strings.ReplaceAll(format, "%w", "%v"), args...)
			got := Stored(english).In(Chinese)
			if strings.ContainsFunc(zh, isHan) && !strings.ContainsFunc(got, isHan) {
				t.Errorf("%q is not recognized: %q", english, got)
			}
			if strings.Contains(got, "%!") {
				t.Errorf("%q: %q", english, got)
			}
		}
	}
	if n < 300 {
		t.Errorf("only %d phrases", n)
	}
}

func isHan(r rune) bool { return unicode.Is(unicode.Han, r) }

// TestTextAsJSON: a text is stored in English, and said in Chinese after it was read back.
func TestTextAsJSON(t *testing.T) {
	b, err := json.Marshal(struct{ Says Text }{Textf("%s is %d, and the kept ranges add up to %d", Textf("stored"), 3, 4)})
	if err != nil || string(b) != `{"Says":"stored is 3, and the kept ranges add up to 4"}` {
		t.Fatalf("%s %v", b, err)
	}
	var back struct{ Says Text }
	if err := json.Unmarshal(b, &back); err != nil {
		t.Fatal(err)
	}
	if got := back.Says.In(Chinese); got != "收到是 3，而保留的区间相加是 4" {
		t.Errorf("%q", got)
	}
}

// TestLogHandler: messages, errors and texts are said in Chinese; keys and levels stay, and
// so does the log in English.
func TestLogHandler(t *testing.T) {
	for in, want := range map[Language]string{
		English: `level=WARN msg="trying again" tally=t what="delta 4" group.error="no such dictionary: x"`,
		Chinese: `level=WARN msg=会再试 tally=t what="增量 4" group.error=没有这部词典：x`,
	} {
		var out strings.Builder
		o := &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		}}
		log := slog.New(in.LogHandler(slog.NewTextHandler(&out, o))).With("tally", "t")
		log.Warn("trying again", "what", Textf("%s %d", Textf("delta"), 4), slog.Group("group", "error", Errorf("%w: %s", New("no such dictionary"), "x")))
		if got := strings.TrimSpace(out.String()); got != want {
			t.Errorf("%s:\n got %s\nwant %s", in, got, want)
		}
	}
}
