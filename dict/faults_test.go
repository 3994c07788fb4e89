package dict

import (
	"errors"
	"flag"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/google/go-cmp/cmp"
	"github.com/rogpeppe/go-internal/txtar"

	"github.com/minyi/minyi/dict/phrase"
)

var update = flag.Bool("update", false, "rewrite the golden parts of testdata/faults")

// TestFaults parses each folder of each archive in testdata/faults as a
// dictionary. What WriteTo prints of its faults must be the folder's file want.
func TestFaults(t *testing.T) {
	archives, err := filepath.Glob("testdata/faults/*.txtar")
	if err != nil || len(archives) == 0 {
		t.Fatalf("no archives in testdata/faults: %v", err)
	}
	for _, name := range archives {
		t.Run(strings.TrimSuffix(filepath.Base(name), ".txtar"), func(t *testing.T) {
			archive, err := txtar.ParseFile(name)
			if err != nil {
				t.Fatal(err)
			}
			cases, order := faultCases(archive)
			var rewritten []txtar.File
			for _, dir := range order {
				t.Run(dir, func(t *testing.T) {
					got := printFaults(t, cases[dir].files)
					checkChinese(t, cases[dir].files)
					if *update {
						rewritten = append(rewritten, cases[dir].parts...)
						rewritten = append(rewritten, txtar.File{Name: dir + "/want", Data: []byte(got)})
						return
					}
					if diff := cmp.Diff(cases[dir].want, got); diff != "" {
						t.Errorf("faults differ (-want +got); -update rewrites them:\n%s", diff)
					}
				})
			}
			if *update {
				archive.Files = rewritten
				if err := os.WriteFile(name, txtar.Format(archive), 0o644); err != nil {
					t.Fatal(err)
				}
			}
		})
	}
}

// checkChinese fails where a fault is not told in Chinese: what is English in it are names
// of keys and formats, and what the file says, which is quoted.
func checkChinese(t *testing.T, files fstest.MapFS) {
	t.Helper()
	_, err := Parse(files)
	var faults Errors
	if !errors.As(err, &faults) {
		return
	}
	known := regexp.MustCompile(`\S+\.ya?ml\S*|[&*]\w+|"[^"]*"|` + "`[^`]*`" + `|\{[^}]*\}|\[[^]]*\]|U\+[0-9A-F]+|[a-z_]+/[a-z_-]+|\b(YAML|UTF-8|UTF-16|GBK|MiB|true|false|a-z|within|without|all|match|` +
		`token|word|weight|unless|theme|name|zh|en|id|aspect|threshold|relative_threshold|threshold_length|title_weight|keywords|subthemes|examples|expect|forbid|text|whole)\b`)
	for _, f := range faults {
		for _, said := range []string{f.MsgIn(phrase.Chinese), f.HintIn(phrase.Chinese)} {
			if word := regexp.MustCompile(`[a-z]{2,}`).FindString(known.ReplaceAllString(said, "")); word != "" && !strings.Contains(said, "方面有") && !strings.Contains(said, "字段有") {
				t.Errorf("in Chinese, %q is told as %q, with the English word %q", f.Error(), said, word)
			}
		}
	}
}

type faultCase struct {
	files fstest.MapFS
	parts []txtar.File // files, in order
	want  string
}

func faultCases(a *txtar.Archive) (cases map[string]*faultCase, order []string) {
	cases = map[string]*faultCase{}
	for _, f := range a.Files {
		dir, name := path.Split(f.Name)
		dir = strings.TrimSuffix(dir, "/")
		c := cases[dir]
		if c == nil {
			c = &faultCase{files: fstest.MapFS{}}
			cases[dir] = c
			order = append(order, dir)
		}
		if name == "want" {
			c.want = string(f.Data)
			continue
		}
		c.files[name] = &fstest.MapFile{Data: f.Data}
		c.parts = append(c.parts, f)
	}
	return cases, order
}

// printFaults parses an invalid dictionary, and returns the faults as printed.
func printFaults(t *testing.T, files fstest.MapFS) string {
	t.Helper()
	d, err := Parse(files)
	if err == nil {
		t.Fatalf("parsed without a fault: %s", d.Canonical())
	}
	faults, ok := err.(Errors) //nolint:errorlint // the documented type, unwrapped
	if !ok {
		t.Fatalf("error is a %T, want Errors: %v", err, err)
	}
	checkFaults(t, files, faults)
	var b strings.Builder
	if _, err := faults.WriteTo(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// checkFaults checks properties of all faults: they are sorted, they have a message,
// and their positions lie inside their files.
func checkFaults(t *testing.T, files fstest.MapFS, faults Errors) {
	t.Helper()
	if len(faults) == 0 {
		t.Fatal("an error without faults")
	}
	for i, e := range faults {
		if e.Msg == "" {
			t.Errorf("fault %d says nothing", i)
		}
		if i > 0 && before(e.Position, faults[i-1].Position) {
			t.Errorf("%v stands after %v", e, faults[i-1])
		}
		if e.Position.Line == 0 {
			continue
		}
		f, ok := files[e.File]
		if !ok {
			t.Errorf("%v: no such file", e)
			continue
		}
		checkPosition(t, string(f.Data), e.Position)
	}
}

func before(a, b Position) bool {
	if a.File != b.File {
		return a.File < b.File
	}
	if a.Line != b.Line {
		return a.Line < b.Line
	}
	return a.Column < b.Column
}

// checkPosition counts lines independently of the parser, after replacing each kind
// of line end by \n.
func checkPosition(t *testing.T, text string, p Position) {
	t.Helper()
	text = strings.TrimPrefix(text, "\ufeff")
	text = strings.ReplaceAll(strings.ReplaceAll(text, "\r\n", "\n"), "\r", "\n")
	lines := strings.Split(text, "\n")
	if p.Line < 1 || p.Line > len(lines) {
		t.Errorf("%v: the file has %d lines", p, len(lines))
		return
	}
	if n := len([]rune(lines[p.Line-1])); p.Column < 1 || p.Column > n+1 {
		t.Errorf("%v: the line has %d characters", p, n)
	}
}
