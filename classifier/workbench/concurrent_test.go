package workbench

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"strings"
	"testing"
)

// TestConcurrentMeasurements: each measurement of a corpus of several batches gives
// the same bytes on one processor and on eight.
func TestConcurrentMeasurements(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	ids := []string{"life/school", "life/road", "life/care"}
	words := []string{"学校门口堵车", "双减", "老师教育学生", "公交停车", "养老院", "驾校", "没有"}
	var lines []string
	for i := range 700 {
		text := words[i%7] + "希望政府解决" + words[i*i%11%7]
		lines = append(lines, fmt.Sprintf("%s|%s|%s", text, ids[i%3], ids[i%3]))
	}
	// A field that nobody reads makes three batches of few messages.
	field := fmt.Appendf(nil, `{"pad":"%s",`, strings.Repeat("x", 1000))
	in, err := themed(lines...).Open()
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(in)
	if err != nil {
		t.Fatal(err)
	}
	corpus := Bytes("themed.ndjson", bytes.ReplaceAll(plain, []byte("{"), field))
	c := classifierFor(t, fixtureDictionary(t))
	other := classifierFor(t, lintDictionary(t, strings.Replace(fixtureTheme, "- 双减", "- 教育", 1)))
	measure := func(processors int) [][]byte {
		runtime.GOMAXPROCS(processors)
		var out [][]byte
		add := func(report any, err error) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
			b, err := json.Marshal(report)
			if err != nil {
				t.Fatal(err)
			}
			out = append(out, b)
		}
		e, err := Evaluate(t.Context(), c, corpus, EvalOptions{Resamples: 50})
		add(e, err)
		v, err := Cover(t.Context(), c, corpus)
		add(v, err)
		d, err := Compare(t.Context(), c, other, corpus, DiffOptions{})
		add(d, err)
		k, err := Concordance(t.Context(), corpus, "学校", KWICOptions{Classifier: testTables(), Limit: 200})
		add(k, err)
		s, err := Suggest(t.Context(), c, corpus, SuggestOptions{})
		add(s, err)
		return out
	}
	one, eight := measure(1), measure(8)
	for i := range one {
		if !bytes.Equal(one[i], eight[i]) {
			t.Errorf("measurement %d differs:\n%.300s\n%.300s", i, one[i], eight[i])
		}
	}
}
