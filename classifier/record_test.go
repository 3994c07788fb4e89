package classifier

import (
	"encoding/json"
	"testing"

	"github.com/minyi/minyi/dict"
)

func TestRecord(t *testing.T) {
	keywords := append(rule(12, "幼儿园", "收费"), words("<b>&", "学校")...)
	c, err := New(one(append(keywords, dict.Keyword{Word: "双减", Weight: 2.5})), Options{Share: testClassifier(t, explainDict())})
	if err != nil {
		t.Fatal(err)
	}
	version := c.Dictionary().Version()
	for _, tt := range []struct{ id, text, want string }{
		{"x", "落实双减", `{"id":"x","primary":"t/s","themes":[{"id":"t/s","score":2.5,"matches":[` +
			`{"keyword":"双减","start":6,"end":12,"text":"双减","weight":2.5}]}],"margin":1,"dict":"` + version + `","schema":1}`},
		{"", "", `{"id":"","primary":null,"themes":[],"dict":"` + version + `","schema":1}`},
		{"<", "<B>& 幼儿园\xff收费", `{"id":"<","primary":"t/s","themes":[{"id":"t/s","score":2,"matches":[` +
			`{"keyword":"<b>&","start":0,"end":4,"text":"<B>&","weight":1},` +
			`{"keyword":"幼儿园+收费","start":5,"end":21,"text":"幼儿园\ufffd收费","weight":1}]}],"margin":1,"dict":"` + version + `","schema":1}`},
	} {
		var r Result
		c.Classify(&r, []byte(tt.text))
		got := string(c.NewRecord(tt.id, []byte(tt.text), &r).AppendJSON(nil))
		if got != tt.want+"\n" {
			t.Errorf("%q:\n got %s\nwant %s", tt.text, got, tt.want)
		}
		if !json.Valid([]byte(got)) {
			t.Errorf("%q: invalid JSON: %s", tt.text, got)
		}
	}
}
