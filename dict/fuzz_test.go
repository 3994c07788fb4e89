package dict

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"
)

// FuzzParse: any file parses to a dictionary that is the same after it was written
// and parsed again, or to faults with positions inside the file.
func FuzzParse(f *testing.F) {
	for _, name := range seedFiles(f, "themes/*.yaml") {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data[:min(len(data), 2000)])
	}
	for _, name := range seedFiles(f, "testdata/faults/*.txtar") {
		archive, err := txtar.ParseFile(name)
		if err != nil {
			f.Fatal(err)
		}
		for _, file := range archive.Files {
			if filepath.Base(file.Name) != "want" {
				f.Add(file.Data)
			}
		}
	}
	f.Add([]byte(documented))
	f.Fuzz(func(t *testing.T, data []byte) {
		files := fstest.MapFS{"a.yaml": {Data: data}}
		d, err := Parse(files)
		if err != nil {
			var faults Errors
			if !errors.As(err, &faults) {
				t.Fatalf("error is a %T: %v", err, err)
			}
			checkFaults(t, files, faults)
			for _, e := range faults {
				if e.Detail() == "" {
					t.Errorf("%v: no detail", e)
				}
			}
			return
		}
		checkParsed(t, string(data), d)
		again, err := Parse(writeYAML(nil, d.Themes))
		if err != nil {
			t.Fatalf("written and parsed again: %v\n%s", err, d.Canonical())
		}
		if d.Version() != again.Version() {
			t.Fatalf("version %s, written and parsed again %s:\n%s", d.Version(), again.Version(),
				cmp.Diff(string(d.Canonical()), string(again.Canonical())))
		}
		if diff := cmp.Diff(withoutPlaces(d.Themes), withoutPlaces(again.Themes)); diff != "" {
			t.Fatalf("themes differ, written and parsed again:\n%s", diff)
		}
	})
}

func seedFiles(f *testing.F, pattern string) []string {
	names, err := filepath.Glob(pattern)
	if err != nil || len(names) == 0 {
		f.Fatalf("no seeds in %s: %v", pattern, err)
	}
	return names
}

// checkParsed checks that everything has a position in the text, and that New finds
// no fault either.
func checkParsed(t *testing.T, text string, d *Dictionary) {
	t.Helper()
	for _, theme := range d.Themes {
		for _, s := range theme.SubThemes {
			checkPosition(t, text, s.Pos)
			for _, k := range s.Keywords {
				checkPosition(t, text, k.Pos)
			}
			for _, e := range s.Examples {
				checkPosition(t, text, e.Pos)
			}
		}
	}
	again, err := New(d.Themes)
	if err != nil {
		t.Fatalf("New of what Parse returned: %v", err)
	}
	if again.Version() != d.Version() {
		t.Errorf("version %s, of New %s", d.Version(), again.Version())
	}
}
