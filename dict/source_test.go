package dict

import (
	"strings"
	"testing"
	"testing/fstest"
)

// minimal is the smallest theme.
const minimal = "theme: a\nsubthemes:\n  - {id: b, keywords: [学校]}\n"

// TestEncodings has the faults that a golden file cannot contain.
func TestEncodings(t *testing.T) {
	for _, tc := range []struct {
		name, text string
		want       string // the first line of the error; empty: it parses
	}{
		{"byte order mark", "\ufeff" + minimal, ""},
		{"CRLF", strings.ReplaceAll(minimal, "\n", "\r\n"), ""},
		{"CR", strings.ReplaceAll(minimal, "\n", "\r"), ""},
		{"no last newline", strings.TrimSuffix(minimal, "\n"), ""},
		{"%YAML directive", "%YAML 1.2\n---\n" + minimal, "a.yaml:1:1: a %YAML line of another version"},
		{"document markers", "---\n" + minimal + "...\n", ""},
		{"tab before a comment", strings.Replace(minimal, "theme: a", "theme:\ta\t# x", 1), ""},
		{"column after a byte order mark", "\ufeffthema: a\n", `a.yaml:1:1: unknown key "thema" in a theme`},
		{"fault in the last line, CRLF", strings.ReplaceAll(minimal+"x: 1", "\n", "\r\n"), `a.yaml:4:1: unknown key "x" in a theme`},
		{"fault after a lone CR", "theme: a\rx: 1\rsubthemes: []", `a.yaml:2:1: unknown key "x" in a theme`},
		{"GBK", "theme: a\nname: {zh: \xc3\xf1\xc9\xfa}\n", "a.yaml:2:12: invalid UTF-8"},
		{"half a character", minimal + "# \xe6\x95", "a.yaml:4:3: invalid UTF-8"},
		{"surrogate", minimal + "# \xed\xa0\x80", "a.yaml:4:3: invalid UTF-8"},
		{"UTF-16", "\xff\xfet\x00h\x00e\x00m\x00e\x00", "a.yaml:1:1: the file is UTF-16, not UTF-8"},
		{"UTF-16, big end first", "\xfe\xff\x00t\x00h\x00e", "a.yaml:1:1: the file is UTF-16, not UTF-8"},
		{"zero byte", "theme: a\nname: {zh: 民\x00生}\n", "a.yaml:2:13: control character U+0000"},
		{"escape", "theme: a # 民生 \x1b[31m\n", "a.yaml:1:15: control character U+001B"},
		{"next line", "theme: a\u0085subthemes: []\n", "a.yaml:1:9: control character U+0085"},
		{"line separator", "theme: a\nname: {zh: 民\u2028生}\n", "a.yaml:2:13: invisible line separator U+2028"},
		{"byte order mark inside", "theme: a\nname: {zh: \ufeff民生}\n", "a.yaml:2:12: byte order mark (U+FEFF) inside the file"},
		{"noncharacter", "theme: \uffff\n", "a.yaml:1:8: control character U+FFFF"},
		{"too large", minimal + strings.Repeat("#", MaxFileBytes), "a.yaml: file over 8 MiB"},
		{"too many lines", minimal + strings.Repeat("\n", maxSeparators), "a.yaml: more than 500000 lines and commas in the file"},
		{"too many commas", minimal + "#" + strings.Repeat(",", maxSeparators), "a.yaml: more than 500000 lines and commas in the file"},
		{"just few enough", minimal + "#" + strings.Repeat(",", maxSeparators-4), ""},
		{"just small enough", minimal + strings.Repeat("#", MaxFileBytes-len(minimal)), ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			files := fstest.MapFS{"a.yaml": {Data: []byte(tc.text)}}
			d, err := Parse(files)
			if tc.want == "" {
				if err != nil {
					t.Fatalf("error %v, want none", err)
				}
				if got := d.Themes[0].SubThemes[0].Keywords[0].Word; got != "学校" {
					t.Errorf("keyword %q, want 学校", got)
				}
				return
			}
			if err == nil {
				t.Fatalf("no error, want %q", tc.want)
			}
			if got, _, _ := strings.Cut(err.Error(), "\n"); got != tc.want {
				t.Errorf("error %q, want %q", got, tc.want)
			}
			checkFaults(t, files, err.(Errors)) //nolint:errorlint // checked by its shape
		})
	}
}

// TestDetailCannotDriveTheTerminal: control characters of a file do not reach the
// terminal.
func TestDetailCannotDriveTheTerminal(t *testing.T) {
	_, err := Parse(fstest.MapFS{"a.yaml": {Data: []byte("theme: 民\x1b[31m生\u202e\nname: x\n")}})
	got := err.(Errors)[0].Detail() //nolint:errorlint // checked by its shape
	want := "a.yaml:1:9: control character U+001B\n" +
		"  1 | theme: 民\ufffd[31m生\ufffd\n" +
		"    |          ^\n" +
		"  hint: delete it; it does not show in most editors\n"
	if got != want {
		t.Errorf("Detail:\n%s\nwant:\n%s", got, want)
	}
}

// TestDetailOfALongLine: the fault is in the middle of the line, and that part is
// shown.
func TestDetailOfALongLine(t *testing.T) {
	words := strings.Repeat("学校学校学校,", 100)
	line := `theme: a` + "\n" + `subthemes: [{id: b, x: [` + words + `], keywords: [], y: [` + words + `]}]`
	_, err := Parse(fstest.MapFS{"a.yaml": {Data: []byte(line)}})
	faults := err.(Errors) //nolint:errorlint // checked by its shape
	if len(faults) != 2 {
		t.Fatalf("%d faults, want 2: %v", len(faults), err)
	}
	lines := strings.Split(faults[1].Detail(), "\n")
	text, caret := lines[1], lines[2]
	if n := len([]rune(text)); n > 2*maxShown+10 {
		t.Errorf("a line of %d characters is shown: %s", n, text)
	}
	if !strings.Contains(text, "| …") || !strings.HasSuffix(text, "…") {
		t.Errorf("the cut does not show: %s", text)
	}
	before, _, found := strings.Cut(text, "y: [")
	if !found {
		t.Fatalf("the key at fault is not shown: %s", text)
	}
	wide := strings.Count(before, "学") + strings.Count(before, "校")
	if got, want := strings.IndexByte(caret, '^'), len([]rune(before))+wide; got != want {
		t.Errorf("caret in terminal column %d, want %d:\n%s\n%s", got, want, text, caret)
	}
}

// TestFaultsAreBounded: of millions of faults, only the first are kept.
func TestFaultsAreBounded(t *testing.T) {
	text := "theme: a\nsubthemes:\n  - id: b\n    keywords:\n" + strings.Repeat("    -\n", maxFaults)
	_, err := Parse(fstest.MapFS{"a.yaml": {Data: []byte(text)}})
	if n := len(err.(Errors)); n != maxFaults { //nolint:errorlint // checked by its shape
		t.Fatalf("%d faults, want %d", n, maxFaults)
	}
	text += "    -\n    -\n"
	_, err = Parse(fstest.MapFS{"a.yaml": {Data: []byte(text)}})
	faults := err.(Errors) //nolint:errorlint // checked by its shape
	if len(faults) != maxFaults+1 {
		t.Fatalf("%d faults, want %d", len(faults), maxFaults+1)
	}
	if got, want := faults[maxFaults].Error(), "more than 10000 faults; the others are not listed"; got != want {
		t.Errorf("last fault %q, want %q", got, want)
	}
}

func TestOffset(t *testing.T) {
	src, fault := newSource("a.yaml", []byte("a民b生\n学校\n"))
	if fault != nil {
		t.Fatal(fault)
	}
	for _, tc := range []struct{ line, column, want int }{
		{1, 1, 0}, {1, 3, 4}, {1, 2, 1}, {1, 5, 8}, {1, 9, 8}, {1, 1, 0}, {2, 2, 3}, {1, 4, 5}, {2, 1, 0},
	} {
		if got := src.offset(Position{Line: tc.line, Column: tc.column}); got != tc.want {
			t.Errorf("offset of %d:%d is %d, want %d", tc.line, tc.column, got, tc.want)
		}
	}
}
