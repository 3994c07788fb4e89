package classifier

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"

	"github.com/minyi/minyi/dict"
	"github.com/minyi/minyi/dict/phrase"
)

// TestDoubt compares the runner-up and the margin of texts with what their scores say,
// in a record and in an explanation.
func TestDoubt(t *testing.T) {
	d := &dict.Dictionary{Themes: []dict.Theme{{ID: "t", SubThemes: []dict.SubTheme{
		{ID: "t/school", Threshold: 1, Keywords: []dict.Keyword{{Word: "学校", Weight: 4}}},
		{ID: "t/bus", Threshold: 1, Keywords: []dict.Keyword{{Word: "公交", Weight: 3}, {Word: "地铁", Weight: 1}, {Word: "停车", Weight: 2}}},
		{ID: "t/safety", Threshold: 1, Keywords: []dict.Keyword{{Word: "消防", Weight: 4}}},
	}}}}
	c, err := New(d, Options{Share: testClassifier(t, explainDict())})
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		text, want string
		close      bool
	}{
		{"天气很好", `{}`, false},
		{"学校", `{"margin":1}`, false},
		{"学校，公交", `{"runner_up":"t/bus","margin":0.25}`, true},
		{"学校，停车", `{"runner_up":"t/bus","margin":0.5}`, true},
		{"学校，地铁", `{"runner_up":"t/bus","margin":0.75}`, false},
		{"学校，公交，消防", `{"runner_up":"t/safety","margin":0}`, true},
	} {
		var r Result
		c.Classify(&r, []byte(tt.text))
		rec := c.NewRecord("", []byte(tt.text), &r)
		e := c.Explain([]byte(tt.text))
		for where, got := range map[string]Doubt{"record": rec.Doubt, "explanation": e.Doubt} {
			if b, err := json.Marshal(got); err != nil || string(b) != tt.want || got.Close() != tt.close {
				t.Errorf("%s of %q: %s, close %t, %v; want %s, %t", where, tt.text, b, got.Close(), err, tt.want, tt.close)
			}
		}
		var text bytes.Buffer
		if err := e.WriteTextIn(&text, phrase.Chinese); err != nil || strings.Contains(text.String(), "难分") != tt.close {
			t.Errorf("explanation of %q says that it is close or not, otherwise than %t: %v\n%s", tt.text, tt.close, err, &text)
		}
	}
}

// TestShareOfLargeScores divides scores whose product would not fit.
func TestShareOfLargeScores(t *testing.T) {
	for _, whole := range []Score{1, 3, 1 << 40, 1 << 62} {
		if got := share(whole, whole); got != scoreUnit {
			t.Errorf("share(%d, %[1]d) = %d", whole, got)
		}
	}
	if got := share(1<<61, 1<<62); got != scoreUnit/2 {
		t.Errorf("half of a large score is %d", got)
	}
}
