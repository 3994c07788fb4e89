package workbench

import (
	"errors"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/minyi/minyi/dict"
)

func TestMapping(t *testing.T) {
	got, err := ParseMapping("m", []byte("# 注释\n城乡建设: [a/b, a/c]\n'007': [a/d]\n"))
	want := &Mapping{[]MappedLabel{{"城乡建设", []string{"a/b", "a/c"}}, {"007", []string{"a/d"}}}}
	if d := cmp.Diff(want, got); d != "" || err != nil {
		t.Error(err, d)
	}
}

func TestMappingErrors(t *testing.T) {
	for data, want := range map[string]string{
		"":                          "m:1:1: no label here",
		"- a":                       "m:1:1: not labels with their sub-themes",
		"教育: a/b":                   "m:1:5: no list of sub-themes for 教育",
		"教育: []":                    "m:1:5: no list of sub-themes for 教育",
		"教育: [a/b, null]":           "m:1:11: not the id of a sub-theme",
		"教育: [a/b]\n教育: [a/c]":      "m:2:1: the label 教育 a second time, first on line 1",
		"教育: [a/b]\n交通: [a/c, a/b]": "m:2:11: a/b a second time, first on line 1",
		"\xff: [a]":                 "m:1: not UTF-8",
	} {
		_, err := ParseMapping("m", []byte(data))
		var fault *CorpusError
		if !errors.As(err, &fault) || fault.Error() != want || fault.Hint.IsZero() {
			t.Errorf("%q: got %v, want %s with a hint", data, err, want)
		}
	}
	_, err := ParseMapping("m", []byte("教育: [a/b\n交通: [c]\n"))
	var fault *CorpusError
	if !errors.As(err, &fault) || fault.Line == 0 || fault.Column == 0 {
		t.Errorf("an open bracket: %v", err)
	}
}

// TestCitizenMapping: every sub-theme in the mapping that ships exists.
func TestCitizenMapping(t *testing.T) {
	m, err := LoadMapping(filepath.Join("..", "..", "dict", "maps", "citizen-labels.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	d, err := dict.Default()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := newEvaluator(classifierFor(t, d), EvalOptions{Mapping: m}); err != nil || len(m.Labels) != 7 {
		t.Errorf("%d labels: %v", len(m.Labels), err)
	}
}
