package dict

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"
)

// sameButPlace compares dictionaries except for files and positions. nil and empty
// lists are equal, except where an example demands that there is no tag.
var sameButPlace = cmp.Options{
	cmpopts.IgnoreTypes(Position{}),
	cmpopts.IgnoreFields(Theme{}, "File"),
	cmp.Comparer(sameExample),
	cmpopts.EquateEmpty(),
}

func TestMarshalLooksAsAnAnalystWrites(t *testing.T) {
	theme := Theme{ID: "livelihood", Name: Name{"民生", "People's livelihood"}, RelativeThreshold: 0.4, ThresholdLength: 16, TitleWeight: 2, SubThemes: []SubTheme{{
		ID: "livelihood/education", Name: Name{"教育", "Education"}, Aspect: "livelihood", Threshold: 1.5,
		Keywords: []Keyword{
			{Word: "双减", Weight: 1},
			{Word: "007", Weight: 1},
			{Word: "学校", Weight: 0.6, Unless: []string{"驾校学校"}},
			{Word: "代表", Weight: 1, Whole: true},
			{Word: "托幼一体化", Weight: 1, Token: true},
			{All: []string{"幼儿园", "收费"}, Within: 12, Weight: 1.5},
			{Word: "a, b", Weight: -2},
			{Word: "老师", Weight: 1, Unless: strings.Fields(strings.Repeat("abcdefghij ", 12))},
		},
		Examples: []Example{
			{Text: "建议放学后开展课后服务", Expect: []string{"livelihood/education"}},
			{Text: strings.Repeat("很长的一段话", 12), Expect: []string{}},
			{Text: "第一行 # 不是注释\n\n第二行", Forbid: []string{"livelihood/education"}},
		},
	}, {ID: "livelihood/none", Name: Name{"none", "none"}, Threshold: 1}}}
	got, err := Marshal(&theme)
	if err != nil {
		t.Fatal(err)
	}
	want := `theme: livelihood
name: {zh: 民生, en: People's livelihood}
relative_threshold: 0.4
threshold_length: 16
title_weight: 2
subthemes:
  - id: education
    name: {zh: 教育, en: Education}
    aspect: livelihood
    threshold: 1.5
    keywords:
      - 双减
      - '007'
      - {word: 学校, weight: 0.6, unless: [驾校学校]}
      - {word: 代表, match: whole}
      - {word: 托幼一体化, token: true}
      - {all: [幼儿园, 收费], within: 12, weight: 1.5}
      - {word: 'a, b', weight: -2}
      - word: 老师
        unless:
          - ` + strings.Repeat("abcdefghij\n          - ", 11) + `abcdefghij
    examples:
      - {text: 建议放学后开展课后服务, expect: [livelihood/education]}
      - text: ` + strings.Repeat("很长的一段话", 12) + `
        expect: []
      - text: |-
          第一行 # 不是注释

          第二行
        forbid: [livelihood/education]
  - id: none
    keywords: []
`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Error(diff)
	}
}

// marshalAll returns the files of a dictionary.
func marshalAll(t interface{ Fatal(...any) }, d *Dictionary) fstest.MapFS {
	files := fstest.MapFS{}
	for i, name := range d.fileNames() {
		data, err := Marshal(&d.Themes[i])
		if err != nil {
			t.Fatal(err)
		}
		files[name] = &fstest.MapFile{Data: data}
	}
	return files
}

func TestMarshalLosesNothing(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d, err := New(genThemes().Draw(t, "themes"))
		if err != nil {
			t.Fatal(err)
		}
		files := marshalAll(t, d)
		back, err := Parse(files)
		if err != nil {
			var faults Errors
			if errors.As(err, &faults) {
				_, _ = faults.WriteTo(os.Stderr)
			}
			t.Fatal(err)
		}
		if diff := cmp.Diff(d.Themes, back.Themes, sameButPlace); diff != "" {
			t.Fatal(diff)
		}
		if d.Version() != back.Version() {
			t.Fatal("another version")
		}
		for name, file := range files {
			again, err := Format(file.Data)
			if err != nil {
				t.Fatalf("%v\n%s", err, file.Data)
			}
			if diff := cmp.Diff(string(file.Data), string(again)); diff != "" {
				t.Fatalf("Format changes %s as Marshal wrote it:\n%s", name, diff)
			}
		}
	})
}

func TestMarshalRefusesWhatNoFileCanHold(t *testing.T) {
	d, err := New([]Theme{{ID: "a", SubThemes: []SubTheme{{
		ID: "a/b", Threshold: 1, Examples: []Example{{Text: "\xff", Expect: []string{"a/b"}}},
	}}}})
	if err != nil {
		t.Skip("New refuses it already: ", err)
	}
	if data, err := Marshal(&d.Themes[0]); err == nil {
		t.Errorf("written as %q", data)
	}
}

func TestWrite(t *testing.T) {
	d, err := Default()
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "new", "folder")
	paths, err := d.Write(dir)
	if err != nil {
		t.Fatal(err)
	}
	back, err := Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	if back.Version() != d.Version() {
		t.Errorf("version %s, want %s", back.Version(), d.Version())
	}
	names := make([]string, 0, len(paths))
	for _, p := range paths {
		names = append(names, filepath.Base(p))
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(entries) != len(names) {
		t.Errorf("%d entries in the folder for %d files: something was left over", len(entries), len(names))
	}
	if want := []string{"1-livelihood.yaml", "2-party.yaml", "3-governance.yaml"}; !slices.Equal(names, want) {
		t.Errorf("files %v, want %v", names, want)
	}
	if _, err := d.Write(dir); !errors.Is(err, fs.ErrExist) {
		t.Errorf("writing over it: %v, want fs.ErrExist", err)
	}
}

func TestFileNamesSortAsThemes(t *testing.T) {
	for _, files := range [][]string{
		{"b.yaml", "a.yaml"}, {"words.xlsx", "words.xlsx"}, {"", ""}, {"a.yaml", ".b.yaml"}, {"x/a.yaml", "y/a.yaml"},
	} {
		d := &Dictionary{}
		for i, f := range files {
			d.Themes = append(d.Themes, Theme{ID: string(rune('z' - i)), File: f})
		}
		if got := d.fileNames(); !slices.Equal(got, []string{"1-z.yaml", "2-y.yaml"}) {
			t.Errorf("%v: %v", files, got)
		}
	}
}
