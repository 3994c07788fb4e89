package phrase

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"
)

func TestSay(t *testing.T) {
	for _, c := range []struct {
		in     Language
		format string
		args   []any
		want   string
	}{
		{English, "%d of %d examples passed", []any{2, 3}, "2 of 3 examples passed"},
		{"", "error", nil, "error"},
		{Chinese, "%d of %d examples passed", []any{2, 3}, "3 个例句中 2 个通过"},
		{Chinese, "nobody said this of %s", []any{"x"}, "nobody said this of x"},
	} {
		if got := c.in.Say(c.format, c.args...); got != c.want {
			t.Errorf("%q in %q: %q", c.format, c.in, got)
		}
	}
}

// TestSources: every phrase in the code has a translation, and the tables have no
// phrase that the code does not use.
func TestSources(t *testing.T) {
	said := phrasesOf(t, filepath.Join("..", ".."))
	if len(said) < 100 {
		t.Fatalf("only %d phrases were found in the sources", len(said))
	}
	chinese := map[string]string{}
	for _, table := range tables {
		for en, zh := range table {
			if said[en] == "" {
				t.Errorf("nothing says %q", en)
			}
			if chinese[en] != "" {
				t.Errorf("%q is in two tables", en)
			}
			chinese[en] = zh
		}
	}
	for en, at := range said {
		if chinese[en] == "" && !worded(en) {
			continue // the same in both
		}
		if chinese[en] == "" {
			t.Errorf("%s: no Chinese for %q", at, en)
		} else if e, z := arguments(en), arguments(chinese[en]); !maps.Equal(e, z) {
			t.Errorf("%q takes %v, its Chinese %q takes %v", en, e, chinese[en], z)
		}
	}
}

var verb = regexp.MustCompile(`%([-+# 0]*)(?:\.([0-9]+))?(?:\[([0-9]+)\])?([a-zA-Z%])`)

// arguments returns the verbs of a format, by the number of their argument.
func arguments(format string) map[int]string {
	out := map[int]string{}
	next := 1
	for _, m := range verb.FindAllStringSubmatch(format, -1) {
		if m[4] == "%" {
			continue
		}
		if m[3] != "" {
			next, _ = strconv.Atoi(m[3])
		}
		if m[4] == "w" {
			m[4] = "v"
		}
		out[next] = m[1] + m[2] + m[4]
		next++
	}
	return out
}

// phrasesOf returns the formats that the Go files below root pass to Say and to the
// methods that call it, each with one place where it is used. In packages that do not
// import this one, methods of those names are about something else.
func phrasesOf(t *testing.T, root string) map[string]string {
	t.Helper()
	out := map[string]string{}
	files := token.NewFileSet()
	speaking := map[string]bool{filepath.Join(root, "dict", "phrase"): true} // folders of packages that import this one, and its own
	sources := sourcesBelow(t, files, root)
	for path, file := range sources {
		for _, i := range file.Imports {
			if i.Path.Value == `"github.com/minyi/minyi/dict/phrase"` {
				speaking[filepath.Dir(path)] = true
			}
		}
	}
	for path, file := range sources {
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || len(call.Args) == 0 || !speaking[filepath.Dir(path)] && !isLogged(call) {
				return true
			}
			if !says(call) || saysOtherwise(path, call) {
				if text, ok := literal(call.Args[0]); ok && worded(text) && inEnglish(call) && saysAll(filepath.ToSlash(path)) {
					t.Errorf("%s: an error for people is made by phrase.Errorf or phrase.New: %q", files.Position(call.Pos()), text)
				}
				return true
			}
			at, format := files.Position(call.Pos()).String(), call.Args[0]
			switch called(call) { // of doctor, after the name of the check
			case "okf":
				format = call.Args[1]
			case "addf":
				format = call.Args[3]
			}
			if called(call) == "faultf" { // after the place of the fault, and a hint
				format = call.Args[slices.IndexFunc(call.Args, func(e ast.Expr) bool { _, ok := literal(e); return ok })]
			}
			if text, ok := literal(format); ok {
				out[text] = at
			} else if !saidElsewhere(format) {
				t.Errorf("%s: what is said has to stand there, to be found by this test", at)
			}
			return true
		})
	}
	return out
}

// packagesThatSayAll are the folders whose errors people read.
var packagesThatSayAll = []string{"pipeline", "pipeline/broker", "pipeline/broker/backup", "pipeline/broker/send", "pipeline/broker/embedded", "pipeline/broker/internal/wire", "pipeline/dashboard", "pipeline/report", "pipeline/label", "pipeline/supervise", "pipeline/compare", "pipeline/metrics", "internal/measure", "internal/docx", "internal/scratch", "pipeline/broker/doctor", "pipeline/intake", "internal/workbook", "cmd/minyi", "dict", "dict/exchange", "classifier", "classifier/workbench"}

// saysAll tells whether the errors of a file are read by people.
func saysAll(path string) bool {
	folder := strings.TrimPrefix(path[:strings.LastIndexByte(path, '/')], "../../")
	return slices.Contains(packagesThatSayAll, folder)
}

// inEnglish tells whether a call makes an error that can only be said in English.
func inEnglish(call *ast.CallExpr) bool {
	f, ok := call.Fun.(*ast.SelectorExpr)
	if !ok {
		return false
	}
	of, ok := f.X.(*ast.Ident)
	return ok && (of.Name == "fmt" && f.Sel.Name == "Errorf" || of.Name == "errors" && f.Sel.Name == "New")
}

// saysOtherwise tells whether a method has the name of one that says a phrase, and is
// about something else: workers say what they do, to each other, and a report has its
// sentences in both languages.
func saysOtherwise(path string, call *ast.CallExpr) bool {
	folder := filepath.Base(filepath.Dir(path))
	return (folder == "supervise" || folder == "report") && strings.EqualFold(called(call), "say")
}

// says tells whether a call says the phrase that is its first argument, now or later.
func says(call *ast.CallExpr) bool {
	switch f := call.Fun.(type) {
	case *ast.Ident:
		return slices.Contains([]string{"usageError", "checkError", "faultf", "Textf"}, f.Name)
	case *ast.SelectorExpr:
		if of, ok := f.X.(*ast.Ident); ok && of.Name == "phrase" {
			return slices.Contains([]string{"Errorf", "New", "Textf"}, f.Sel.Name)
		}
		return isLogged(call) || slices.Contains([]string{"Say", "say", "writef", "notef", "faultf", "addf", "okf"}, f.Sel.Name)
	}
	return false
}

// isLogged tells whether a call logs a message, which [Language.LogHandler] says.
func isLogged(call *ast.CallExpr) bool {
	f, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || !slices.Contains([]string{"Info", "Warn", "Error", "Debug"}, f.Sel.Name) {
		return false
	}
	switch e := f.X.(type) {
	case *ast.Ident:
		return e.Name == "log"
	case *ast.SelectorExpr:
		return strings.EqualFold(e.Sel.Name, "log")
	}
	return false
}

// names are what stays as it is in every language: flags and this program.
var names = regexp.MustCompile(`--[a-z-]+|minyi|NATS`)

// called is the name of the function or method of a call.
func called(call *ast.CallExpr) string {
	switch f := call.Fun.(type) {
	case *ast.Ident:
		return f.Name
	case *ast.SelectorExpr:
		return f.Sel.Name
	}
	return ""
}

// worded tells whether a format has words, and not only arguments and marks.
func worded(format string) bool {
	return strings.ContainsFunc(names.ReplaceAllString(verb.ReplaceAllString(format, ""), ""), unicode.IsLetter)
}

// saidElsewhere tells whether an expression is a format that was handed on, or one that
// inLanguage has in both languages.
func saidElsewhere(e ast.Expr) bool {
	switch e := e.(type) {
	case *ast.Ident:
		return e.Name == "format" || e.Name == "said"
	case *ast.SelectorExpr:
		return e.Sel.Name == "format"
	case *ast.CallExpr:
		method, ok := e.Fun.(*ast.SelectorExpr)
		return ok && method.Sel.Name == "inLanguage"
	}
	return false
}

// sourcesBelow returns the Go files below root by their paths, without tests.
func sourcesBelow(t *testing.T, files *token.FileSet, root string) map[string]*ast.File {
	t.Helper()
	out := map[string]*ast.File{}
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		out[path], err = parser.ParseFile(files, path, nil, 0)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func literal(e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BinaryExpr:
		x, xok := literal(e.X)
		y, yok := literal(e.Y)
		return x + y, xok && yok && e.Op == token.ADD
	case *ast.BasicLit:
		s, err := strconv.Unquote(e.Value)
		return s, err == nil && e.Kind == token.STRING
	}
	return "", false
}
