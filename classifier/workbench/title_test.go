package workbench

import (
	"math"
	"strings"
	"testing"

	"github.com/minyi/minyi/classifier"
)

// TestTitleCounts: what counts matches again counts them in a title as the classifier
// does. In each text a keyword stands once in the title, where it counts three times, and
// once below.
func TestTitleCounts(t *testing.T) {
	const text = "食堂与学校\n学校的食堂"
	c := classifierFor(t, lintDictionary(t, "title_weight: 3\n"+fixtureTheme))
	d := c.Dictionary()
	want := 1 + math.Log(4)

	var r classifier.Result
	c.Classify(&r, []byte(text))
	near(t, "diff", partsOf(d, &r, "life/school")["学校"], 1.5*want)

	l := &learner{base: d, tokens: c, classes: []class{{sub: 0}, {sub: 1}, {sub: 2}}, samples: []*sample{{text: text}}}
	if err := l.prepare(); err != nil {
		t.Fatal(err)
	}
	for k, rows := range l.baseColumns[0] {
		if d.Themes[0].SubThemes[0].Keywords[k].Word == "学校" && (len(rows) != 1 || rows[0].x != float32(want)) {
			t.Errorf("learn: %+v", rows)
		}
	}

	e, err := newEvaluator(c, EvalOptions{})
	if err != nil {
		t.Fatal(err)
	}
	s := &suggester{evaluator: e}
	s.prepare()
	s.rows = []suggestRow{{text: text}}
	scorer, err := scoring(c)
	if err != nil {
		t.Fatal(err)
	}
	p := &proposal{candidate: candidate{word: "食堂"}}
	if err := s.find(scorer, []*proposal{p}); err != nil || len(p.rows) != 1 || p.rows[0].x != float32(want) {
		t.Errorf("suggest: %v, %+v", err, p.rows)
	}

	var out strings.Builder
	report := runExamples(t, lintDictionary(t, `theme: a
title_weight: 3
subthemes:
- id: edu
  keywords: [{word: 教师, weight: 0.4}]
  examples: [{text: "教师\n很好", expect: [a/edu]}]
`))
	if err := report.Text(&out, Reader{}); err != nil || !strings.Contains(out.String(), "score 0.839, below the threshold 1\n    教师 counts 3 times and adds 0.839\n") {
		t.Errorf("%v\n%s", err, out.String())
	}
}
