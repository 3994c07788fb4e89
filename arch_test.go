// Package minyi_test holds the rule of the house: data flows one way.
package minyi_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/minyi/minyi/"

// never lists what each package must not depend on, directly or through others.
var never = map[string][]string{
	"dict": {
		"github.com/go-ego/gse", "github.com/nats-io/", "github.com/prometheus/", "net/http",
		module + "classifier", module + "pipeline",
	},
	// A workbook library brings net/http along; nothing else of the list may.
	"dict/exchange": {
		"github.com/go-ego/gse", "github.com/nats-io/", "github.com/prometheus/",
		module + "classifier", module + "pipeline",
	},
	"classifier": {
		"github.com/nats-io/", "github.com/prometheus/", "net/http", module + "pipeline",
	},
	"classifier/workbench": {
		"github.com/nats-io/", "github.com/prometheus/", "net/http", module + "pipeline",
	},
	"pipeline": {
		"github.com/nats-io/", "github.com/prometheus/", "net/http",
		module + "pipeline/", module + "classifier/workbench",
	},
	"pipeline/broker": {
		"github.com/prometheus/",
		module + "pipeline/metrics", module + "pipeline/dashboard",
	},
	// Files as records: nothing of the engine.
	"pipeline/intake":    {"github.com/nats-io/", "github.com/prometheus/", module + "classifier", module + "pipeline"},
	"pipeline/metrics":   {"github.com/nats-io/", module + "pipeline/"},
	"pipeline/dashboard": {"github.com/nats-io/", "github.com/prometheus/", module + "pipeline/"},
	// What every package may import imports none of them.
	"internal/escape":  {"net/http", module + "dict", module + "classifier", module + "pipeline"},
	"internal/textfmt": {"net/http", module + "dict", module + "classifier", module + "pipeline"},
}

// only lists modules that a single package imports directly; all others reach
// them through it.
var only = map[string]string{
	"github.com/go-ego/gse":               "classifier",
	"github.com/nats-io/nats.go":          "pipeline/broker",
	"github.com/nats-io/nats-server/v2":   "pipeline/broker",
	"github.com/prometheus/client_golang": "pipeline/metrics",
}

func goList(t *testing.T, args ...string) []string {
	t.Helper()
	cmd := exec.Command("go", append([]string{"list"}, args...)...)
	var stderr strings.Builder
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list %s: %v\n%s", strings.Join(args, " "), err, stderr.String())
	}
	return strings.Fields(string(out))
}

func TestDependenciesFlowOneWay(t *testing.T) {
	packages := goList(t, "./...")
	for name, forbidden := range never {
		if !slices.Contains(packages, module+name) {
			continue // not built yet: nothing to check
		}
		for _, dep := range goList(t, "-deps", "./"+name) {
			if dep == module+name {
				continue
			}
			for _, f := range forbidden {
				if dep == f || strings.HasPrefix(dep, strings.TrimSuffix(f, "/")+"/") && dep != module+name {
					t.Errorf("%s depends on %s, which it never may", name, dep)
				}
			}
		}
	}
}

func TestOneImporterEach(t *testing.T) {
	for _, line := range goList(t, "-f", `{{.ImportPath}}{{range .Imports}},{{.}}{{end}}`, "./...") {
		imports := strings.Split(line, ",")
		pkg := strings.TrimPrefix(imports[0], module)
		for _, imp := range imports[1:] {
			for mod, owner := range only {
				if owner == pkg {
					continue
				}
				if imp == mod || strings.HasPrefix(imp, mod+"/") {
					t.Errorf("%s imports %s; only %s may", pkg, imp, owner)
				}
			}
		}
	}
}

// TestWorkbooksAreOpenedInOnePlace keeps the limits on what a workbook unpacks
// to: only internal/workbook may open one with excelize.
func TestWorkbooksAreOpenedInOnePlace(t *testing.T) {
	const owner = "internal/workbook"
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") ||
			strings.HasPrefix(path, owner+"/") {
			return err
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		if err != nil {
			return err
		}
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.SelectorExpr)
			if !ok {
				return true
			}
			if pkg, ok := call.X.(*ast.Ident); ok && pkg.Name == "excelize" && (call.Sel.Name == "OpenFile" || call.Sel.Name == "OpenReader") {
				t.Errorf("%s calls excelize.%s; use %s, which has limits", path, call.Sel.Name, owner)
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
