package dict

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func formatCases() map[string][2]string {
	return map[string][2]string{
		"layout": {`
---
theme:   livelihood
name:
    zh: '民生'
    en: "People's livelihood"
relative_threshold:   0.40
subthemes:
- id: education


  keywords: [双减, 007, "a: b",
     {all: [幼儿园,收费], within: 12}]
  threshold: 1.50
`, `theme: livelihood
name: {zh: 民生, en: People's livelihood}
relative_threshold: 0.40
subthemes:
  - id: education

    keywords:
      - 双减
      - '007'
      - 'a: b'
      - {all: [幼儿园, 收费], within: 12}
    threshold: 1.50
`},
		"comments": {`# the file

# the theme
theme: a   # its id
subthemes:    # all of them
# first
- id: b   # local id
  # about keywords
  keywords:   # words
  # about x
  - x # behind x
  #- disabled
  - {word: w,   # about y
     weight: 2} # behind y
  -
    # between dash and word
    word: z   # behind the word
    weight: 3

  # the end of the list
  #examples: none
- id: c
  keywords: [p, # in brackets
    q]
  # the end of c
# the end
`, `# the file

# the theme
theme: a  # its id
subthemes:  # all of them
  # first
  - id: b  # local id
    # about keywords
    keywords:  # words
      # about x
      - x  # behind x
      #- disabled
      # about y
      - {word: w, weight: 2}  # behind y
      # between dash and word
      - word: z  # behind the word
        weight: 3

    # the end of the list
    #examples: none
  - id: c
    # in brackets
    keywords:
      - p
      - q
    # the end of c
# the end
`},
		"texts with #": {`theme: a
subthemes:
- id: b
  keywords: [x#y, 'p # q', "r # s \" # t", u]
  examples:
  - text: |
      # not a comment
      line # nor this
    expect: []   # this is
  - text: >-
      folded # no

      more # no
    # yes
    expect: []
  - text: plain over
      two lines # yes
    expect: [a/b]
`, `theme: a
subthemes:
  - id: b
    keywords:
      - x#y
      - 'p # q'
      - 'r # s " # t'
      - u
    examples:
      - text: |
          # not a comment
          line # nor this
        expect: []  # this is
      - text: |-
          folded # no
          more # no
        # yes
        expect: []
      - text: plain over two lines  # yes
        expect: [a/b]
`},
		"windows": {
			"\ufefftheme: a # c\r\nsubthemes:\r\n- id: b\r\n  keywords: []\r\n",
			"theme: a  # c\nsubthemes:\n  - id: b\n    keywords: []\n",
		},
	}
}

func TestFormat(t *testing.T) {
	for name, c := range formatCases() {
		t.Run(name, func(t *testing.T) {
			got, err := Format([]byte(c[0]))
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(c[1], string(got)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

func TestFormatOfWhatIsNoTheme(t *testing.T) {
	for _, src := range []string{"", "theme: [", "theme: a\nsubthemes:\n- id: b\n  keywords: [{wrod: x}, {word: y, wieght: 1}]\n", "\xff"} {
		var faults Errors
		if out, err := Format([]byte(src)); !errors.As(err, &faults) {
			t.Errorf("%q: %q, %v, want Errors", src, out, err)
		}
	}
	var faults Errors
	_, err := Format([]byte("theme: a\nsubthemes:\n- id: b\n  keywords: [{wrod: x}, {word: y, wieght: 1}]\n"))
	if !errors.As(err, &faults) || len(faults) < 2 {
		t.Errorf("%v, want both faults", err)
	}
}

func TestFormatOfTheDefaultTwice(t *testing.T) {
	entries, err := embedded.ReadDir("themes")
	if err != nil {
		t.Fatal(err)
	}
	for _, entry := range entries {
		src, err := embedded.ReadFile("themes/" + entry.Name())
		if err != nil {
			t.Fatal(err)
		}
		out, err := Format(src)
		if err != nil {
			t.Fatalf("%s: %v", entry.Name(), err)
		}
		again, err := Format(out)
		if err != nil || string(again) != string(out) {
			t.Errorf("%s: formatting twice differs from once: %v", entry.Name(), err)
		}
	}
}

// FuzzFormat: any file that can be read is formatted, keeps its meaning and its
// comments, and is not changed by a second run.
func FuzzFormat(f *testing.F) {
	for _, c := range formatCases() {
		f.Add(c[0])
	}
	f.Add("theme: a\nsubthemes:\n- id: b\n  keywords:\n  - x\n    # deep\n # shallow\n      # deeper\n  examples:\n  - text: |2\n       x\n      # y\n    expect: []\n")
	f.Add("{theme: a, # c\nsubthemes: [{id: b, keywords: [x]}]} # d\n# e\n")
	f.Add("theme: # a\n  # b\n  x # c\nsubthemes:\n- # d\n  id: !!str b # e\n  keywords: # f\n    [x, # g\n    # h\n    y] # i\n")
	f.Add("theme: a\n  b # c\nsubthemes:\n- id: b\n  name: x\n    y # d\n    # e\n  keywords:\n  - x\n    y # f\n")
	for _, text := range []string{"'x\n\n    # d\n\n        y' # e", "\"x\\ny\" # e", "x\n\n        y # e\n    # f", "# d\n        x\n\n        y # e"} {
		for _, example := range []string{"text: " + text, "{text: " + text + "\n    }", "expect: []\n    text: " + text, "text: " + text + "\n    expect: [] # g", "text: " + text + "\n    # h\n    expect: []"} {
			f.Add("theme: a\nsubthemes:\n- id: b\n  keywords: [x]\n  examples:\n  - " + example + "\n")
		}
	}
	f.Add("theme: a\nname:\n  zh: x\n    y # d\nsubthemes:\n- id: b\n  description: x\n    y # d\n    # e\n  keywords:\n  - x\n    y # f\n  - word: x\n      z # g\n")
	f.Add("theme: a\nsubthemes:\n- id: b\n  keywords: [x]\n  examples:\n  - text: | # c\n      x\n  - text: # d\n      | # e\n      y\n")
	f.Fuzz(func(t *testing.T, src string) {
		before, err := readFormatted([]byte(src))
		if err != nil {
			return
		}
		out, err := Format([]byte(src))
		if err != nil {
			t.Fatalf("%v:\n%s\n->\n%s", err, src, layout(before.attach()))
		}
		again, err := Format(out)
		if err != nil {
			t.Fatalf("second run: %v\n%s", err, out)
		}
		if string(again) != string(out) {
			t.Fatalf("not idempotent:\n%s\n->\n%s\n->\n%s", src, out, again)
		}
		if strings.Contains(string(out), "\n\n\n") && !strings.Contains(src, "|") && !strings.Contains(src, ">") {
			t.Fatalf("two blank lines in a row:\n%s", out)
		}
		if a, b := (&Dictionary{Themes: []Theme{before.theme}}).Canonical(), mustRead(t, out).Canonical(); string(a) != string(b) {
			t.Fatalf("another version:\n%s\n%s", a, b)
		}
	})
}

func mustRead(t *testing.T, src []byte) *Dictionary {
	t.Helper()
	f, err := readFormatted(src)
	if err != nil {
		t.Fatal(err)
	}
	return &Dictionary{Themes: []Theme{f.theme}}
}

// TestDefaultIsInLayout: the default dictionary is an example of the layout.
func TestDefaultIsInLayout(t *testing.T) {
	d, err := Default()
	if err != nil {
		t.Fatal(err)
	}
	for _, theme := range d.Themes {
		src, err := DefaultSource(theme.File)
		if err != nil {
			t.Fatal(err)
		}
		out, err := Format(src)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(strings.Split(string(src), "\n"), strings.Split(string(out), "\n")); diff != "" {
			t.Errorf("dict/%s: minyi dict fmt --write changes it:\n%.2000s", theme.File, diff)
		}
	}
}
