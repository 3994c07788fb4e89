package workbench

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/minyi/minyi/dict"
	"github.com/minyi/minyi/dict/phrase"
)

func runExamples(t *testing.T, d *dict.Dictionary) *ExampleReport {
	t.Helper()
	report, err := RunExamples(classifierFor(t, d), phrase.English)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

func TestRunExamples(t *testing.T) {
	d := lintDictionary(t, `theme: a
subthemes:
- id: edu
  keywords: [学校, {word: 教师, weight: 0.6}, {word: 代表, match: whole}, 国企, {word: 幼儿园, unless: [假幼儿园]}, {all: [孩子, 收费], within: 5}]
  examples:
  - {text: 学校很好, expect: [a/edu]}
  - {text: 教师教师, expect: [a/edu]}
  - {text: 一位教师, expect: [a/edu, a/med]}
  - {text: 代表团和中国企业的假幼儿园，孩子上学要收费, expect: [a/edu]}
  - {text: 学校和医院, expect: [a/edu], forbid: [a/med]}
  - {text: 没有关系, expect: []}
  - {text: 医院, expect: []}
- id: med
  keywords: [医院]
`)
	report := runExamples(t, d)
	var out strings.Builder
	if err := report.Text(&out, Reader{}); err != nil {
		t.Fatal(err)
	}
	want := `a.yaml:8:5: 一位教师
  tagged with nothing
  a/edu is expected and missing
    score 0.6, below the threshold 1
    教师 counts once and adds 0.6
  a/med is expected and missing
    none of its keywords counts in the text
a.yaml:9:5: 代表团和中国企业的假幼儿园，孩子上学要收费
  tagged with nothing
  a/edu is expected and missing
    none of its keywords counts in the text
    代表 stands in the text and does not count: match: whole, and it is part of a longer word there
    国企 stands in the text and does not count: segmentation cuts through it, or a longer keyword covers it
    幼儿园 stands in the text and does not count: unless, segmentation or a longer keyword keeps it from that
    孩子+收费 stands in the text and does not count: its words are more than 5 characters apart, or segmentation cuts through one
a.yaml:10:5: 学校和医院
  tagged with a/edu, a/med
  a/med is forbidden and there
    score 1
    医院 (weight 1) at character 4
a.yaml:12:5: 医院
  tagged with a/med
  nothing is expected, and a/med is there
    score 1
    医院 (weight 1) at character 1
3 of 7 examples passed; without any: a/med
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]ExampleSummary{{"a/edu", 3, 4}, {"a/med", 0, 0}}, report.PerTheme); diff != "" {
		t.Error(diff)
	}
}

// TestExamplesLost: a sub-theme reached its threshold but is missing because of a
// higher score, and the report names the sub-theme with that score.
func TestExamplesLost(t *testing.T) {
	d := lintDictionary(t, `theme: a
relative_threshold: 0.5
subthemes:
- id: edu
  keywords: [学校]
  examples:
  - {text: 学校旁的医院, expect: [a/edu, a/med]}
  - {text: 海洋, expect: [a/edu]}
- id: med
  keywords: [{word: 医院, weight: 2.1}]
`)
	var out strings.Builder
	if err := runExamples(t, d).Text(&out, Reader{}); err != nil {
		t.Fatal(err)
	}
	want := `a.yaml:7:5: 学校旁的医院
  tagged with a/med
  a/edu is expected and missing
    score 1 reaches the threshold 1, but is less than 0.5 of the highest score, 2.1 of a/med
    学校 counts once and adds 1
a.yaml:8:5: 海洋
  tagged with nothing
  a/edu is expected and missing
    none of its keywords counts in the text
0 of 2 examples passed; without any: a/med
`
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Error(diff)
	}
}

func TestExamplesThatPass(t *testing.T) {
	d := lintDictionary(t, "theme: a\nsubthemes:\n- id: b\n  keywords: [学校]\n  examples: [{text: 学校, expect: [a/b]}, {text: 医院, forbid: [a/b]}]\n")
	report := runExamples(t, d)
	if len(report.Failed) != 0 || report.Failed == nil || report.Examples != 2 || report.Dict != d.Version() {
		t.Errorf("%+v", report)
	}
}

// TestExamplesOfTheDefault logs the results for the default dictionary.
func TestExamplesOfTheDefault(t *testing.T) {
	d, err := dict.Default()
	if err != nil {
		t.Fatal(err)
	}
	report := runExamples(t, d)
	if report.Examples == 0 {
		t.Skip("the default dictionary has no examples yet")
	}
	for _, f := range report.Failed {
		t.Errorf("%s: %+v", f.Place, f.Failures)
	}
	t.Logf("%d examples", report.Examples)
}
