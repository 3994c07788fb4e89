package dict

import (
	"regexp"
	"slices"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// TestVersionKeeps: a change without meaning does not change the version.
func TestVersionKeeps(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		themes := drawThemes(t)
		d := mustNew(t, themes)
		if !regexp.MustCompile(`^[0-9a-f]{16}$`).MatchString(d.Version()) {
			t.Fatalf("version %q, want 16 lower-case hex digits", d.Version())
		}
		other := mustNew(t, shuffled(t, themes))
		if diff := cmp.Diff(string(d.Canonical()), string(other.Canonical())); diff != "" {
			t.Fatalf("canonical forms differ after shuffling:\n%s", diff)
		}
		if d.Version() != other.Version() {
			t.Fatalf("version %s, after shuffling %s", d.Version(), other.Version())
		}
	})
}

// TestVersionWithoutRelativeThreshold: a dictionary without the key, or with a
// relative_threshold of 0, has the version that it had before the key existed.
func TestVersionWithoutRelativeThreshold(t *testing.T) {
	const before = "minyi dictionary 1\ntheme a\nsubtheme a/b aspect= threshold=1000000\nword \"学校\" weight=1000000\n"
	for _, line := range []string{"", "relative_threshold: 0\n", "relative_threshold: -0.0\n"} {
		d, err := Parse(fstest.MapFS{"a.yaml": {Data: []byte("theme: a\n" + line + "subthemes: [{id: b, keywords: [学校]}]\n")}})
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(before, string(d.Canonical())); diff != "" {
			t.Errorf("%q: %s", line, diff)
		}
		if d.Version() != "fad1725649a32023" {
			t.Errorf("%q: version %s", line, d.Version())
		}
	}
}

// TestVersionChanges: every change of the meaning changes the version.
func TestVersionChanges(t *testing.T) {
	for _, c := range changes() {
		t.Run(c.name, func(t *testing.T) {
			applied := 0
			rapid.Check(t, func(t *rapid.T) {
				themes := drawThemes(t)
				d := mustNew(t, themes)
				changed, ok := c.apply(t, cloneThemes(themes))
				if !ok {
					return
				}
				applied++
				if other := mustNew(t, changed); d.Version() == other.Version() {
					t.Fatalf("version %s before and after:\n%s\n%s", d.Version(), d.Canonical(), other.Canonical())
				}
			})
			if applied == 0 {
				t.Fatal("nothing that was drawn could be changed")
			}
		})
	}
}

// TestLayoutKeeps: a dictionary written as YAML in any layout parses to the same
// dictionary.
func TestLayoutKeeps(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := mustNew(t, drawThemes(t))
		files := writeYAML(t, d.Themes)
		parsed, err := Parse(files)
		if err != nil {
			t.Fatalf("%v\n%s", err, files["0.yaml"].Data)
		}
		if d.Version() != parsed.Version() {
			t.Fatalf("version %s, parsed %s:\n%s", d.Version(), parsed.Version(), cmp.Diff(string(d.Canonical()), string(parsed.Canonical())))
		}
		if diff := cmp.Diff(withoutPlaces(d.Themes), withoutPlaces(parsed.Themes)); diff != "" {
			t.Fatalf("themes differ:\n%s", diff)
		}
	})
}

// withoutPlaces returns the themes without positions and names of files. Empty and
// absent lists become the same, except for Expect, where the difference has a
// meaning.
func withoutPlaces(themes []Theme) []Theme {
	themes = cloneThemes(themes)
	for i := range themes {
		themes[i].File = ""
		for j := range themes[i].SubThemes {
			s := &themes[i].SubThemes[j]
			s.Pos = Position{}
			for k := range s.Keywords {
				w := &s.Keywords[k]
				w.Pos, w.All, w.Unless = Position{}, slices.Clip(w.All), slices.Clip(w.Unless)
				if len(w.Unless) == 0 {
					w.Unless = nil
				}
				if len(w.All) == 0 {
					w.All = nil
				}
			}
			if len(s.Keywords) == 0 {
				s.Keywords = nil
			}
			for k := range s.Examples {
				s.Examples[k].Pos = Position{}
			}
		}
	}
	return themes
}

// TestVersionOfALiteral: a dictionary that was not made by Parse or New has a
// version, too.
func TestVersionOfALiteral(t *testing.T) {
	d, err := Default()
	if err != nil {
		t.Fatal(err)
	}
	if got := (&Dictionary{Themes: d.Themes}).Version(); got != d.Version() {
		t.Errorf("version %s, want %s", got, d.Version())
	}
}

func TestQuoting(t *testing.T) {
	for word, want := range map[string]string{
		"学校": `"学校"`, "": `""`, `a"b\c`: `"a\"b\\c"`, "\n\x00\x1f": `"\x0a\x00\x1f"`, "\u00a0\u200d": "\"\u00a0\u200d\"", "\xff": "\"\xff\"",
	} {
		if got := string(appendQuoted(nil, word)); got != want {
			t.Errorf("%q quoted is %s, want %s", word, got, want)
		}
	}
}

// TestQuotingIsInjective: two different lists of words never have the same canonical
// text.
func TestQuotingIsInjective(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := rapid.SliceOf(rapid.StringOf(rapid.RuneFrom([]rune("a\" \\\x00\n7x"))))
		a, b := draw.Draw(t, "a"), draw.Draw(t, "b")
		slices.Sort(a)
		slices.Sort(b)
		same := string(appendSortedWords(nil, a)) == string(appendSortedWords(nil, b))
		if same != slices.Equal(a, b) {
			t.Fatalf("%q and %q: one text is %v", a, b, same)
		}
	})
}
