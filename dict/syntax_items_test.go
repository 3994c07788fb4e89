package dict

import (
	"io/fs"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"
)

// sameAsLibrary fails if a file is read otherwise with runs of plain items than by the
// library alone. It reports whether it was read with runs.
func sameAsLibrary(t *testing.T, text string) bool {
	t.Helper()
	src, fault := newSource("a.yaml", []byte(text))
	if fault != nil {
		return false
	}
	got := parseWithRuns(src)
	if got == nil {
		return false
	}
	want, fault := parseText(src, src.text)
	if fault != nil {
		t.Fatalf("read with runs, and by the library: %v\n%s", fault, text)
	}
	if a, b := firstDifference(want, got); a != nil || b != nil {
		t.Fatalf("by the library %+v, with runs %+v:\n%s", a, b, text)
	}
	return true
}

// firstDifference returns the first two nodes that differ in what minyi looks at, and nil
// if there are none. It does not look at comments, which it finds itself, nor at the tag
// of a text without quotes, which says what that would be to others: a number, null.
func firstDifference(a, b *yaml.Node) (*yaml.Node, *yaml.Node) {
	plain := a.Kind == yaml.ScalarNode && a.Style == 0
	if a.Kind != b.Kind || a.Style != b.Style || a.Value != b.Value || a.Anchor != b.Anchor || a.Alias != b.Alias ||
		a.Line != b.Line || a.Column != b.Column || len(a.Content) != len(b.Content) || !plain && a.Tag != b.Tag {
		return a, b
	}
	for i := range a.Content {
		if x, y := firstDifference(a.Content[i], b.Content[i]); x != nil {
			return x, y
		}
	}
	return nil, nil
}

func TestRunsOfDefault(t *testing.T) {
	names, err := fs.Glob(embedded, "themes/*.yaml")
	if err != nil || len(names) == 0 {
		t.Fatal(names, err)
	}
	for _, name := range names {
		data, err := embedded.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{string(data), strings.ReplaceAll(string(data), "\n", "\r\n")} {
			if !sameAsLibrary(t, text) {
				t.Errorf("%s is not read with runs", name)
			}
		}
	}
}

// TestRuns has files in which lines look like plain items, and files where they are some.
func TestRuns(t *testing.T) {
	for _, c := range []struct {
		text string
		runs bool
	}{
		{"keywords:\n  - 学校\n  - {word: 老师, weight: 0.6}\n  # 学生\n  - 007\n", true},
		{"keywords:\n- 学校\n- 老师", true},
		{"- 学校\n- {word: 老师, weight: 2}\n-   x\n- x\n- x: y\n", true},
		{"a:\n  - 学校\n  -\n    - 老师\n    - 学生\n  - {word: x, weight: 1}\n", true},
		{"a:\n  - 学校\n\n  - 老师\nb:\n  - 学校\n", true},
		{"a: [b,\n - 学校\n]", false},
		{"a: \"\n  - 学校\n  \"", false},
		{"a: |\n  - 学校\n", false},
		{"a: b\n  - 学校\n", false},
		{"a:\n  - 学校\n    老师\n", false},
		{"a:\n  - 学校\n    - 老师\n", false},
		{"a:\n  - {word: 学校, weight: 1}\n    b: c\n", false},
		{"a:\n  - 学校\n  b\n", false},
		{"a:\n  - 学校\nb\n", false},
		{"a:\n  - {word: 学校, weight: 1.}\n", false},
		{"a:\n  - {word: 学校, weight: .5}\n", false},
		{"a:\n  - 学 校\n", false},
		{"- 学校\n---\n- 老师\n", false},
		{strings.Repeat("- ", maxDepth-1) + "\n" + strings.Repeat(" ", 2*maxDepth) + "- {word: 学校, weight: 1}\n", false},
	} {
		if runs := sameAsLibrary(t, c.text); runs != c.runs {
			t.Errorf("read with runs: %v, want %v:\n%s", runs, c.runs, c.text)
		}
	}
}

// FuzzRuns: a file that is read with runs is read as by the library.
func FuzzRuns(f *testing.F) {
	for _, s := range []string{documented, "a:\n  - 学校\n  - {word: x, weight: 1}\n # b\n  - y\n", "- a\n- - b\n  - c\n? - d\n: e"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		sameAsLibrary(t, text)
		sameAsLibrary(t, "keywords:\n  - 学校\n"+text)
	})
}
