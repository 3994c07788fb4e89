package main

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"

	"github.com/minyi/minyi/dict"
	"github.com/minyi/minyi/internal/textfmt"
)

// TestReportsFit: what the measurements print of the examples fits a terminal of
// 80 columns, in both languages.
func TestReportsFit(t *testing.T) {
	t.Parallel()
	corpus := filepath.Join(root(t), "examples", "suggestions.ndjson")
	other := filepath.Join(t.TempDir(), "other")
	if err := writeLighter(other); err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"dict", "show"},
		{"dict", "eval", corpus},
		{"dict", "coverage", corpus},
		{"dict", "diff", "default", other, corpus},
		{"dict", "untagged", corpus},
		{"dict", "kwic", "孩子", corpus},
		{"dict", "keyness", corpus, "--subtheme", "livelihood/transport"},
		{"dict", "suggest", corpus, "--subtheme", "governance/grassroots"},
	} {
		for _, lang := range []string{"en", "zh"} {
			var stdout, stderr bytes.Buffer
			if code := run(t.Context(), append(args, "--lang", lang), nil, nil, &stdout, &stderr); code != exitDone {
				t.Fatalf("%v: exit code %d\n%s", args, code, stderr.Bytes())
			}
			for line := range strings.Lines(stdout.String()) {
				if n := textfmt.Width(strings.TrimSuffix(line, "\n")); n > textfmt.Columns {
					t.Errorf("%s %s in %s: %d columns: %s", args[0], args[1], lang, n, line)
				}
			}
		}
	}
}

// writeLighter writes the default dictionary with every third keyword at half its
// weight, so that a comparison has much to tell.
func writeLighter(dir string) error {
	d, err := dict.Load(filepath.Join("..", "..", "dict", "themes")) // dict.Default is everybody's: not to be written to
	if err != nil {
		return err
	}
	n := 0
	for _, t := range d.Themes {
		for _, s := range t.SubThemes {
			for i := range s.Keywords {
				if n++; n%3 == 0 {
					s.Keywords[i].Weight /= 2
				}
			}
		}
	}
	_, err = d.Write(dir)
	return err
}
