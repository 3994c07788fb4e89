package dict

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
)

const revisable = `# how to read this
theme: t
threshold_length: 20
subthemes:
  - id: a
    keywords:
      # schools
      - 学校   # alone
      - {word: 老师, weight: 2, unless: [老师傅]} # of a master
      # food
      - {word: 食堂, weight: 0.5}
      - 饭菜

      # rules
      - {all: [学校, 远], within: 9}
  - id: b
    keywords: [公交, 地铁]
    # after all
`

func TestRevise(t *testing.T) {
	d, err := Parse(fstest.MapFS{"t.yaml": &fstest.MapFile{Data: []byte(revisable)}})
	if err != nil {
		t.Fatal(err)
	}
	theme := d.Themes[0]
	a, b := theme.SubThemes[0].Keywords, theme.SubThemes[1].Keywords
	a = append([]Keyword(nil), a[0], a[1], a[3], a[4], Keyword{Word: "双减", Weight: 1}, Keyword{Word: "放学", Weight: 0.5, Whole: true})
	a[1].Weight = 1.5
	theme.SubThemes = []SubTheme{
		theme.SubThemes[0], theme.SubThemes[1],
		{ID: "t/c", Name: Name{"c", "c"}, Threshold: 1, Keywords: []Keyword{{Word: "医院", Weight: 1}}},
	}
	theme.SubThemes[0].Keywords, theme.SubThemes[1].Keywords = a, b[:1]
	got, err := Revise([]byte(revisable), &theme, "learned from x")
	if err != nil {
		t.Fatal(err)
	}
	want := `# how to read this
theme: t
threshold_length: 20
subthemes:
  - id: a
    keywords:
      # schools
      - 学校  # alone
      - {word: 老师, weight: 1.5, unless: [老师傅]}  # of a master
      # food
      - 饭菜

      # rules
      - {all: [学校, 远], within: 9}
      # learned from x
      - 双减
      - {word: 放学, weight: 0.5, match: whole}
  - id: b
    keywords:
      - 公交
    # after all
  - id: c
    keywords:
      - 医院
`
	if d := cmp.Diff(want, string(got)); d != "" {
		t.Error(d)
	}

	// What Revise is not for is refused, and written without the comments.
	theme.ThresholdLength = 30
	if _, err := Revise([]byte(revisable), &theme, "x"); !errors.Is(err, errUnrevised) {
		t.Errorf("another length: %v", err)
	}
	changed, err := New([]Theme{theme})
	if err != nil {
		t.Fatal(err)
	}
	read := func(string) ([]byte, error) { return []byte(revisable), nil }
	dir := t.TempDir()
	if _, err := changed.WriteRevised(dir, "x", read); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(filepath.Join(dir, "t.yaml"))
	plain, _ := Marshal(&theme)
	if err != nil || string(data) != string(plain) {
		t.Errorf("%s\n%v", data, err)
	}
}

// TestReviseDefault: each theme of the default dictionary with every tenth weight
// changed keeps its other lines.
func TestReviseDefault(t *testing.T) {
	d, err := Default()
	if err != nil {
		t.Fatal(err)
	}
	for _, theme := range d.Themes {
		src, err := DefaultSource(theme.File)
		if err != nil {
			t.Fatal(err)
		}
		theme.SubThemes = append([]SubTheme(nil), theme.SubThemes...)
		for i := range theme.SubThemes {
			s := &theme.SubThemes[i]
			s.Keywords = append([]Keyword(nil), s.Keywords...)
			for k := 0; k < len(s.Keywords); k += 10 {
				s.Keywords[k].Weight += 0.05
			}
		}
		if _, err := Revise(src, &theme, "x"); err != nil {
			t.Errorf("%s: %v", theme.File, err)
		}
	}
}
