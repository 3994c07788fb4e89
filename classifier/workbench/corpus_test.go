package workbench

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/minyi/minyi/dict/phrase"
)

// readAll returns the messages of a corpus in order.
func readAll(c Corpus) ([]Message, Stats, error) {
	var out []Message
	stats, err := mapMessages(context.Background(), c, func() struct{} { return struct{}{} },
		func(_ struct{}, m *Message) (Message, error) { return *m, nil },
		func(m Message) error { out = append(out, m); return nil })
	return out, stats, err
}

func TestCorpusMessages(t *testing.T) {
	data := "\uFEFF" + `{"id":"a","title":"题","text":"文","label":"教育"}` + "\r\n" +
		"\n" +
		`{"id":7,"text":"x","themes":["t/a","t/b","t/a"],"primary":"t/b","other":{}}` + "\n" +
		`{"text":" ","label":"教育"}` + "\n" +
		`{"text":"e","expected":[]}` + "\n" +
		"{\"text\":\"a\xffb\"}" // without a line end
	got, stats, err := readAll(Bytes("c", []byte(data)))
	if err != nil {
		t.Fatal(err)
	}
	want := []Message{
		{ID: "a", Text: "题\n文", Kind: LabelName, Label: "教育", Line: 1},
		{ID: "7", Text: "x", Kind: LabelThemes, Themes: []string{"t/a", "t/b"}, Primary: "t/b", Line: 3},
		{Text: "e", Kind: LabelThemes, Themes: []string{}, Line: 5},
		{Text: "a\uFFFDb", Line: 6, repaired: true},
	}
	if d := cmp.Diff(want, got, cmp.AllowUnexported(Message{})); d != "" {
		t.Error(d)
	}
	if stats != (Stats{Rows: 4, Blank: 1, Repaired: 1}) {
		t.Errorf("stats %+v", stats)
	}
}

func TestCorpusErrors(t *testing.T) {
	ok := `{"text":"好"}` + "\n"
	for _, c := range []struct{ data, want string }{
		{ok + `{"text":"好",}`, "c:2:13: not JSON"},
		{ok + `{"text":12}`, "c:2:10: text is a number"},
		{`{"text":"好","themes":"a/b"}`, "c:1:26: themes is a string"},
		{ok + ok + `[1]`, "c:3:1: not an object"},
		{`{"id":"1"}`, "c:1: no text"},
		{`{"text":"a","label":"x","themes":[]}`, "c:1: both a label and themes"},
		{`{"text":"a","label":" "}`, "c:1: an empty label"},
		{`{"text":"a","themes":["a/b"],"primary":"a/c"}`, "c:1: the primary is not one of the themes"},
		{ok + `{"text":"` + strings.Repeat("a", MaxLineBytes) + `"}`, fmt.Sprintf("c:2: a line of more than %d bytes", MaxLineBytes)},
	} {
		_, _, err := readAll(Bytes("c", []byte(c.data)))
		var fault *CorpusError
		if !errors.As(err, &fault) || fault.Error() != c.want || fault.Hint.IsZero() {
			t.Errorf("got %v, want %s with a hint", err, c.want)
		}
		if err != nil && strings.Contains(err.Error(), "好") {
			t.Errorf("text in %v", err)
		}
	}
}

func TestConcurrentMapKeepsOrderAndNumbers(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var b bytes.Buffer
		n := rapid.IntRange(0, 3000).Draw(t, "messages")
		filler := strings.Repeat("字", rapid.IntRange(0, 300).Draw(t, "length"))
		for i := range n {
			fmt.Fprintf(&b, `{"id":%d,"text":"x%s"}`+"\n", i, filler)
		}
		got, stats, err := readAll(Bytes("c", b.Bytes()))
		if err != nil || len(got) != n || stats.Rows != n {
			t.Fatalf("%d messages of %d: %v", len(got), n, err)
		}
		for i, m := range got {
			if m.ID != fmt.Sprint(i) || m.Line != i+1 {
				t.Fatalf("message %d is %s on line %d", i, m.ID, m.Line)
			}
		}
	})
}

// TestConcurrentMapEndsWhatItStarted: whichever stage fails, the first fault in the
// order of the corpus is returned, and no goroutine is left.
func TestConcurrentMapEndsWhatItStarted(t *testing.T) {
	defer goleak.VerifyNone(t)
	var b bytes.Buffer
	for i := range 20_000 {
		fmt.Fprintf(&b, `{"id":%d,"text":"%s"}`+"\n", i, strings.Repeat("字", 50))
	}
	none := func() struct{} { return struct{}{} }
	pass := func(_ struct{}, m *Message) (int, error) { return m.Line, nil }
	stop := errors.New("stop")
	c := Bytes("c", b.Bytes())

	seen := 0
	_, err := mapMessages(context.Background(), c, none, pass, func(line int) error {
		if seen++; line == 5000 {
			return stop
		}
		return nil
	})
	if !errors.Is(err, stop) || seen != 5000 {
		t.Errorf("collect failed at 5000: %v after %d", err, seen)
	}
	seen = 0
	_, err = mapMessages(context.Background(), c, none, func(_ struct{}, m *Message) (int, error) {
		if m.Line == 7000 || m.Line == 19_000 {
			return 0, fault{phrase.Textf("bad"), phrase.Textf("good")}
		}
		return m.Line, nil
	}, func(int) error { seen++; return nil })
	if err == nil || err.Error() != "c:7000: bad" || seen != 6999 {
		t.Errorf("work failed at 7000: %v after %d", err, seen)
	}
	ctx, cancel := context.WithCancel(context.Background())
	_, err = mapMessages(ctx, c, none, pass, func(line int) error {
		if line == 100 {
			cancel()
		}
		return nil
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
	broken := Corpus{"c", func() (io.ReadCloser, error) {
		return io.NopCloser(io.MultiReader(strings.NewReader(`{"text":"a"}`+"\n"), badReader{stop})), nil
	}}
	if _, _, err := readAll(broken); !errors.Is(err, stop) {
		t.Errorf("a failed read: %v", err)
	}
}

type badReader struct{ err error }

func (r badReader) Read([]byte) (int, error) { return 0, r.err }
