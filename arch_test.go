// Package minyi_test holds the rule of the house: data flows one way.
package minyi_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

const module = "github.com/minyi/minyi/"

// may lists which packages of this module each package imports itself; "x/..." is
// x and what is below it. Data flows from dict over classifier and pipeline to the
// adapters (broker, intake, metrics, dashboard) and to cmd, so no adapter imports
// another. The one exception is broker/send, whose work is to bring files to the
// broker. Packages below internal and dict/phrase, in which all that people read is said
// in both languages, are the ground floor: everybody may import them, and they import no
// other package.
var may = map[string][]string{
	"dict":                 {"dict/phrase"},
	"dict/phrase":          {},
	"dict/exchange":        {"dict/..."},
	"classifier":           {"dict/..."},
	"classifier/workbench": {"dict/...", "classifier"},

	"pipeline":           {"dict", "classifier"},
	"pipeline/supervise": {"dict", "classifier", "pipeline"},
	"pipeline/intake":    {},
	"pipeline/metrics":   {"pipeline"},
	"pipeline/dashboard": {"dict", "pipeline"},
	"pipeline/label":     {"pipeline"},
	"pipeline/compare":   {"dict/phrase", "pipeline", "pipeline/label"},
	"pipeline/report":    {"dict", "classifier", "classifier/workbench", "pipeline"},

	"pipeline/broker":          {"pipeline", "pipeline/label", "pipeline/supervise", "pipeline/broker/internal/wire", "pipeline/broker/internal/settings"},
	"pipeline/broker/embedded": {},
	"pipeline/broker/send":     {"pipeline/broker", "pipeline/broker/internal/wire", "pipeline/intake"},
	"pipeline/broker/backup":   {"pipeline", "pipeline/broker", "pipeline/broker/internal/wire"},
	"pipeline/broker/doctor":   {"pipeline", "pipeline/supervise", "pipeline/broker", "pipeline/broker/internal/wire", "pipeline/broker/internal/settings"},

	"pipeline/broker/internal/wire":       {},
	"pipeline/broker/internal/settings":   {},
	"pipeline/broker/internal/brokertest": {"dict", "classifier", "pipeline"}, // of tests only

	"deploy":                  {}, // tests of the operator's kit
	"deploy/grafana/generate": {"dict"},

	"cmd/minyi":                   {"dict/...", "classifier/...", "pipeline/...", "cmd/minyi/internal/..."},
	"cmd/minyi/internal/bench":    {"pipeline", "pipeline/broker"},
	"cmd/minyi/internal/generate": {"dict"},
}

// never lists which other modules and standard packages each package must not
// depend on, directly or through others. What is below a package obeys its rule.
var never = map[string][]string{
	"dict":               {"github.com/go-ego/gse", "github.com/nats-io", "github.com/prometheus", "net/http"},
	"dict/exchange":      {"github.com/go-ego/gse", "github.com/nats-io", "github.com/prometheus"}, // a workbook library brings net/http along
	"classifier":         {"github.com/nats-io", "github.com/prometheus", "net/http"},
	"pipeline":           {"github.com/nats-io", "github.com/prometheus", "net/http"},
	"pipeline/supervise": {"github.com/nats-io", "github.com/prometheus", "net/http"},
	"pipeline/broker":    {"github.com/prometheus"},
	"pipeline/intake":    {"github.com/go-ego/gse", "github.com/nats-io", "github.com/prometheus"},
	"pipeline/metrics":   {"github.com/nats-io"},
	"pipeline/dashboard": {"github.com/nats-io", "github.com/prometheus"},
	"pipeline/report":    {"github.com/nats-io", "github.com/prometheus"}, // a workbook library brings net/http along
}

// only lists, for each library, the packages that import it themselves; all others
// reach it through them.
var only = map[string][]string{
	"github.com/go-ego/gse":                  {"classifier"},
	"github.com/nats-io/nats.go":             {"pipeline/broker/...", "cmd/minyi/internal/bench"},
	"github.com/nats-io/nats-server/v2":      {"pipeline/broker/embedded", "pipeline/broker/internal/brokertest"},
	"github.com/prometheus/client_golang":    {"pipeline/metrics"},
	"github.com/prometheus/exporter-toolkit": {"cmd/minyi"},
	"github.com/coreos/go-systemd":           {"cmd/minyi"},
	"github.com/prometheus/prometheus":       {}, // its parser of expressions, in tests of deploy
	"github.com/mozillazg/go-pinyin":         {"dict/exchange"},

	"github.com/grafana/grafana-foundation-sdk": {"deploy/grafana/generate"}, // no part of the program
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

// within tells whether a package is one of those that the patterns name.
func within(pkg string, patterns []string) bool {
	for _, p := range patterns {
		root, tree := strings.CutSuffix(p, "/...")
		if pkg == root || tree && strings.HasPrefix(pkg, root+"/") {
			return true
		}
	}
	return false
}

func TestDependenciesFlowOneWay(t *testing.T) {
	for _, line := range goList(t, "-f", `{{.ImportPath}}{{range .Imports}},{{.}}{{end}}`, "./...") {
		imports := strings.Split(line, ",")
		pkg, ok := strings.CutPrefix(imports[0], module)
		if !ok {
			continue // the module's root holds this test only
		}
		ground := within(pkg, []string{"internal/..."})
		allowed, known := may[pkg]
		if !known && !ground {
			t.Errorf("%s is new: say in arch_test.go what it may import", pkg)
		}
		for _, imp := range imports[1:] {
			of, ours := strings.CutPrefix(imp, module)
			switch {
			case !ours || within(of, []string{"internal/...", "dict/phrase"}) || within(of, allowed):
			case ground:
				t.Errorf("%s imports %s; what is below internal imports nothing else of the module", pkg, of)
			default:
				t.Errorf("%s imports %s, which it may not", pkg, of)
			}
		}
	}
}

func TestDependenciesNever(t *testing.T) {
	for pkg, forbidden := range never {
		patterns := make([]string, 0, len(forbidden))
		for _, f := range forbidden {
			patterns = append(patterns, f+"/...")
		}
		for _, line := range goList(t, "-f", `{{.ImportPath}}{{range .Deps}},{{.}}{{end}}`, "./"+pkg+"/...") {
			deps := strings.Split(line, ",")
			name := strings.TrimPrefix(deps[0], module)
			if hasOwnRule(name, pkg) {
				continue
			}
			for _, dep := range deps[1:] {
				if within(dep, patterns) {
					t.Errorf("%s depends on %s, which it never may", name, dep)
				}
			}
		}
	}
}

// hasOwnRule tells whether a nearer rule than that of pkg is for a package below it.
func hasOwnRule(name, pkg string) bool {
	for rule := range never {
		if len(rule) > len(pkg) && within(name, []string{rule + "/..."}) {
			return true
		}
	}
	return false
}

func TestOneImporterEach(t *testing.T) {
	for _, line := range goList(t, "-f", `{{.ImportPath}}{{range .Imports}},{{.}}{{end}}`, "./...") {
		imports := strings.Split(line, ",")
		pkg := strings.TrimPrefix(imports[0], module)
		for _, imp := range imports[1:] {
			for mod, owners := range only {
				if within(imp, []string{mod + "/..."}) && !within(pkg, owners) {
					t.Errorf("%s imports %s; only %s may", pkg, imp, strings.Join(owners, " and "))
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
