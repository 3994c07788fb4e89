package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// asMinyi makes the test binary behave as minyi itself, so that tests can start
// and kill real processes without building anything.
const asMinyi = "TEST_AS_MINYI"

// asSemantics has it behave as a version of minyi with other rules of classifying.
const asSemantics = "TEST_AS_SEMANTICS"

func TestMain(m *testing.M) {
	if s := os.Getenv(asSemantics); s != "" {
		semantics = s
	}
	if os.Getenv(asMinyi) == "1" {
		if filepath.Base(os.Args[0]) == "nats" {
			if err := asNats(os.Args[1:]); err != nil {
				fmt.Fprintln(os.Stderr, err)
				os.Exit(exitEnvironment)
			}
			return
		}
		main()
		return
	}
	testscript.Main(moreAtOnce{m}, map[string]func(){"minyi": main})
}

// moreAtOnce runs three tests a processor at once, unless -parallel says how
// many: most of a test here is waiting for processes that it has started.
type moreAtOnce struct{ *testing.M }

func (m moreAtOnce) Run() int {
	collectLess()
	flag.Parse() // not in TestMain, where the arguments may be those of minyi
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "test.parallel" })
	if !given {
		if err := flag.Set("test.parallel", strconv.Itoa(3*runtime.GOMAXPROCS(0))); err != nil {
			panic(err)
		}
	}
	return m.M.Run()
}

// collectLess has the collector run more seldom here and in all processes that tests
// start: most of them are short, and it would take a tenth of their processor time.
func collectLess() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(400)
		if err := os.Setenv("GOGC", "400"); err != nil {
			panic(err)
		}
	}
}

// command returns minyi as a process of its own, with the repository as its
// working folder.
func command(ctx context.Context, t testing.TB, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(ctx, self, args...)
	cmd.Dir = root(t)
	cmd.Env = append(os.Environ(), asMinyi+"=1", "NO_COLOR=1", "LANG=en_US.UTF-8", "LC_ALL=")
	return cmd
}

// root is the top folder of the repository.
func root(t testing.TB) string {
	t.Helper()
	dir, err := filepath.Abs("../..")
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

// TestScripts runs the scenarios of testdata/script: what a person types, and
// what standard output, standard error and the exit code say.
func TestScripts(t *testing.T) {
	t.Parallel()
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		UpdateScripts:       os.Getenv("UPDATE_SCRIPTS") != "",
		Setup: func(env *testscript.Env) error {
			env.Setenv("ROOT", root(t))
			env.Setenv("EXAMPLES", filepath.Join(root(t), "examples"))
			env.Setenv("LANG", "en_US.UTF-8")
			env.Setenv("HOME", env.WorkDir)
			// The prepared tables of the classifier are shared, not rebuilt by
			// every scenario.
			cache, err := os.UserCacheDir()
			if err != nil {
				return err
			}
			env.Setenv("XDG_CACHE_HOME", cache)
			env.Setenv("GOGC", os.Getenv("GOGC"))
			return nil
		},
	})
}
