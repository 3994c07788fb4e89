package workbench

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/minyi/minyi/dict"
)

// TestDefaultDictionary measures the default dictionary on labelled messages. The
// requirements are listed here, and a change of the dictionary that misses one
// fails.
func TestDefaultDictionary(t *testing.T) {
	d, err := dict.Default()
	if err != nil {
		t.Fatal(err)
	}
	c := classifierFor(t, d)
	for _, test := range []struct {
		name, file, mapping        string
		macro, micro, themeOfFirst float64
	}{
		{name: "examples", file: "../../examples/suggestions.ndjson", macro: 0.80},
		{name: "everyday", file: "../../examples/everyday.ndjson", macro: 0.80, themeOfFirst: 0.85},
		{name: "citizens", file: shared("citizen-messages.dev.ndjson"), mapping: "../../dict/maps/citizen-labels.yaml", macro: 0.82},
		{name: "themes", file: shared("themes.dev.ndjson"), micro: 0.80, themeOfFirst: 0.85},
	} {
		t.Run(test.name, func(t *testing.T) {
			if _, err := os.Stat(test.file); err != nil && !strings.HasPrefix(test.file, "../../examples/") {
				t.Skipf("real messages are not here (%s); they are for measurement only and not part of the project", test.file)
			}
			o := EvalOptions{Resamples: -1, Samples: -1}
			if test.mapping != "" {
				if o.Mapping, err = LoadMapping(test.mapping); err != nil {
					t.Fatal(err)
				}
			}
			e, err := Evaluate(t.Context(), c, File(test.file), o)
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%d messages, %d classes: macro-F1 %.3f, micro-F1 %.3f, accuracy %.3f",
				e.Rows, len(e.Classes), e.MacroF1, e.MicroF1, e.Accuracy)
			if e.MacroF1 < test.macro {
				t.Errorf("macro-F1 is %.3f, at least %.2f is wanted", e.MacroF1, test.macro)
			}
			if e.MicroF1 < test.micro {
				t.Errorf("micro-F1 is %.3f, at least %.2f is wanted", e.MicroF1, test.micro)
			}
			if e.Accuracy < test.themeOfFirst {
				t.Errorf("the primary's theme is right in %.3f, at least %.2f is wanted", e.Accuracy, test.themeOfFirst)
			}
		})
	}
}

// shared returns the path of a file of real messages, which is kept beside the
// project.
func shared(name string) string {
	dir := os.Getenv("MINYI_SHARED")
	if dir == "" {
		dir = "../../../shared"
	}
	return filepath.Join(dir, "data", name)
}
