package minyi_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// maxPaper is the size of ARCHITECTURE.md in bytes: what nobody reads helps nobody.
// Proofs, experiments and figures have pages of their own.
const maxPaper = 10_000

func TestArchitecturePaperIsShort(t *testing.T) {
	b, err := os.ReadFile("ARCHITECTURE.md")
	if err != nil {
		t.Fatal(err)
	}
	if len(b) > maxPaper {
		t.Errorf("ARCHITECTURE.md has %d bytes, at most %d: move proofs and figures to the DESIGN.md of their package", len(b), maxPaper)
	}
}

var (
	quoted = regexp.MustCompile("`([^`\n]+)`")
	// linked is the target of a link within the repository.
	linked = regexp.MustCompile(`\]\(([^):#]+)\)`)
	// codeName is a name of the code, such as committer.step or TestPages: it has
	// a dot between words, or small and capital letters, and is not all capitals.
	codeName = regexp.MustCompile(`^[A-Za-z]\w*(\.[A-Za-z]\w*)*$`)
)

// A paper that names what is not there any more sends its reader into the void.
func TestPapersNameWhatIsThere(t *testing.T) {
	declared := declaredNames(t)
	for _, paper := range []string{"ARCHITECTURE.md", "pipeline/DESIGN.md", "classifier/DESIGN.md"} {
		b, err := os.ReadFile(paper)
		if err != nil {
			t.Fatal(err)
		}
		dir := filepath.Dir(paper)
		for _, m := range linked.FindAllStringSubmatch(string(b), -1) {
			if _, err := os.Stat(filepath.Join(dir, m[1])); err != nil {
				t.Errorf("%s links to %s, which is not there", paper, m[1])
			}
		}
		for _, m := range quoted.FindAllStringSubmatch(string(b), -1) {
			name := m[1]
			switch {
			case strings.HasPrefix(name, "/"), strings.ContainsAny(name, "<*…"):
				// an address of the page, or a pattern
			case regexp.MustCompile(`^[\w/.-]+\.(go|md|yaml|golden)$`).MatchString(name):
				if !isThere(dir, name) {
					t.Errorf("%s names the file %s, which is not there", paper, name)
				}
			case codeName.MatchString(name) && isCode(name):
				last := name[strings.LastIndex(name, ".")+1:]
				if !declared[last] {
					t.Errorf("%s names %s, which the code does not declare", paper, name)
				}
			}
		}
	}
}

// isCode tells whether a quoted word is a name of this module's code and not of
// a command, a stream, a file format or another library.
func isCode(name string) bool {
	root, _, dotted := strings.Cut(name, ".")
	switch root {
	case "gse", "utf8", "norm", "net", "go", "minyi", "encoding", "testing", "nats", "jetstream", "sync", "time", "strings", "math":
		return false
	}
	hasLower := strings.ToUpper(name) != name
	camel := strings.ToLower(name[1:]) != name[1:]
	return hasLower && (camel || dotted)
}

// isThere tells whether a file is there: from the root, from the paper's folder,
// or somewhere below it.
func isThere(dir, name string) bool {
	for _, p := range []string{name, filepath.Join(dir, name)} {
		if _, err := os.Stat(p); err == nil {
			return true
		}
	}
	found := false
	_ = filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		found = found || err == nil && strings.HasSuffix(path, "/"+name)
		return err
	})
	return found
}

// declaredNames returns the names of all functions, methods, types, fields, constants
// and variables of the module, of its tests too.
func declaredNames(t *testing.T) map[string]bool {
	names := make(map[string]bool)
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.FuncDecl:
				names[n.Name.Name] = true
			case *ast.TypeSpec:
				names[n.Name.Name] = true
			case *ast.ValueSpec:
				for _, id := range n.Names {
					names[id.Name] = true
				}
			case *ast.Field:
				for _, id := range n.Names {
					names[id.Name] = true
				}
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}
