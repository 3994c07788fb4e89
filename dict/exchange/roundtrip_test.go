package exchange

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"pgregory.net/rapid"

	"github.com/minyi/minyi/dict"
	"github.com/minyi/minyi/dict/phrase"
)

type format struct {
	name  string
	write func(io.Writer, *dict.Dictionary) error
	read  func(io.Reader, string, phrase.Language) (*dict.Dictionary, []Note, error)
}

func formats() []format {
	return []format{{"x.xlsx", WriteXLSX, ReadXLSX}, {"x.csv", WriteCSV, ReadCSV}}
}

// diff compares two dictionaries except for files and positions. Absent and empty
// lists are equal, except where an example demands that there is no tag.
func diff(a, b *dict.Dictionary) string {
	return cmp.Diff(a.Themes, b.Themes,
		cmpopts.IgnoreTypes(dict.Position{}), cmpopts.IgnoreFields(dict.Theme{}, "File"), cmpopts.EquateEmpty(),
		cmp.Transformer("untagged", func(e dict.Example) any {
			return struct {
				Text           string
				Expect, Forbid []string
				Untagged       bool
			}{e.Text, e.Expect, e.Forbid, e.Untagged()}
		}))
}

func TestRoundTripLosesNothing(t *testing.T) {
	for _, f := range formats() {
		t.Run(f.name, func(t *testing.T) {
			rapid.Check(t, func(t *rapid.T) {
				d := genDictionary().Draw(t, "dictionary")
				var file bytes.Buffer
				if err := f.write(&file, d); err != nil {
					t.Fatal(err)
				}
				back, _, err := f.read(&file, f.name, phrase.English)
				if err != nil {
					t.Fatal(err)
				}
				if diff := diff(d, back); diff != "" {
					t.Fatal(diff)
				}
				if d.Version() != back.Version() {
					t.Fatal("another version")
				}
			})
		})
	}
}

// TestCodesOfExcel has texts that look like the codes of others among them. They are
// in one file, because only there one could be taken for another.
func TestCodesOfExcel(t *testing.T) {
	words := append(make([]string, 0, 256), "", "_")
	for range 3 {
		for _, w := range slices.Clone(words) {
			words = append(words, w+"_x005F", w+"_x005f", w+"_x000D_", w+"x000D_")
		}
	}
	s := dict.SubTheme{ID: "a/b", Threshold: 1}
	for _, w := range words {
		s.Examples = append(s.Examples, dict.Example{Text: w + ".", Expect: []string{}}, dict.Example{Text: w + "\r", Forbid: []string{"a/b"}}, dict.Example{Text: "." + w, Expect: []string{}})
	}
	s.Examples = slices.DeleteFunc(s.Examples, func(e dict.Example) bool { return strings.TrimSpace(e.Text) == "" })
	d, err := dict.New([]dict.Theme{{ID: "a", SubThemes: []dict.SubTheme{s}}})
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range formats() {
		var file bytes.Buffer
		if err := f.write(&file, d); err != nil {
			t.Fatal(err)
		}
		back, _, err := f.read(&file, f.name, phrase.English)
		if err != nil {
			t.Fatal(err)
		}
		if diff := diff(d, back); diff != "" {
			t.Errorf("%s, %d texts: %s", f.name, len(s.Examples), diff)
		}
	}
}

// TestFilesAndBack goes all the way: default dictionary, workbook, folder.
func TestFilesAndBack(t *testing.T) {
	d, err := dict.Default()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range formats() {
		var file bytes.Buffer
		if err := f.write(&file, d); err != nil {
			t.Fatal(err)
		}
		back, notes, err := Read(&file, f.name, phrase.English)
		if err != nil || len(notes) > 0 {
			t.Fatal(err, notes)
		}
		dir := t.TempDir()
		if _, err := back.Write(dir); err != nil {
			t.Fatal(err)
		}
		again, err := dict.Load(dir)
		if err != nil {
			t.Fatal(err)
		}
		if diff := diff(d, again); diff != "" || d.Version() != again.Version() {
			t.Errorf("%s: %s", f.name, diff)
		}
	}
}

// TestManyKeywords has the size of the largest dictionaries: 20,000 keywords.
func TestManyKeywords(t *testing.T) {
	d := manyKeywords(t, 20_000)
	for _, f := range formats() {
		var file bytes.Buffer
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		start := time.Now()
		if err := f.write(&file, d); err != nil {
			t.Fatal(err)
		}
		wrote, size := time.Since(start), file.Len()
		start = time.Now()
		back, _, err := f.read(&file, f.name, phrase.English)
		if err != nil {
			t.Fatal(err)
		}
		runtime.ReadMemStats(&after)
		t.Logf("%s: 20,000 keywords, %d kB; written in %.2fs, read in %.2fs, %d MB allocated in all",
			f.name, size/1000, wrote.Seconds(), time.Since(start).Seconds(), (after.TotalAlloc-before.TotalAlloc)/1e6)
		if d.Version() != back.Version() {
			t.Errorf("%s: another version", f.name)
		}
		if diff := diff(d, back); diff != "" {
			t.Errorf("%s: %s", f.name, diff)
		}
	}
}

func manyKeywords(t *testing.T, n int) *dict.Dictionary {
	t.Helper()
	random := rand.New(rand.NewPCG(1, 2))
	hostile := hostileWords()
	themes := make([]dict.Theme, 0, 3)
	for i := range 3 {
		theme := dict.Theme{ID: fmt.Sprintf("t%d", i)}
		for j := range 8 {
			s := dict.SubTheme{ID: fmt.Sprintf("t%d/s%d", i, j), Threshold: 1}
			for k := i*8 + j; k < n; k += 24 {
				w := dict.Keyword{Word: fmt.Sprintf("%c%c%d%s", rune(0x4e00+random.IntN(20000)), rune(0x4e00+k%20000), k, hostile[k%len(hostile)]), Weight: 1}
				switch k % 10 {
				case 0:
					w.Weight, w.Unless = 0.25, []string{"某" + w.Word, w.Word + "某"}
				case 1:
					w = dict.Keyword{All: []string{w.Word, "收费"}, Within: 40, Weight: 1.5}
				}
				s.Keywords = append(s.Keywords, w)
			}
			theme.SubThemes = append(theme.SubThemes, s)
		}
		themes = append(themes, theme)
	}
	d, err := dict.New(themes)
	if err != nil {
		t.Fatal(err)
	}
	return d
}
