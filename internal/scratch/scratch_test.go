package scratch_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/minyi/minyi/internal/scratch"
)

// TestMain makes the test binary a process that makes a folder and is killed.
func TestMain(m *testing.M) {
	if parent := os.Getenv("TEST_SCRATCH"); parent != "" {
		d, err := scratch.New(parent)
		if err != nil {
			panic(err)
		}
		if err := os.WriteFile(filepath.Join(d.Path(), "text"), []byte("x"), 0o600); err != nil {
			panic(err)
		}
		p, err := os.FindProcess(os.Getpid())
		if err != nil {
			panic(err)
		}
		_ = p.Kill()
		select {}
	}
	os.Exit(m.Run())
}

func TestKilledProcessIsSwept(t *testing.T) {
	parent := filepath.Join(t.TempDir(), "tmp")
	mine, err := scratch.New(parent)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), os.Args[0])
	cmd.Env = append(os.Environ(), "TEST_SCRATCH="+parent)
	if out, err := cmd.CombinedOutput(); err == nil {
		t.Fatalf("the process was not killed: %s", out)
	}
	if left, _ := filepath.Glob(filepath.Join(parent, "*", "text")); len(left) != 1 {
		t.Fatalf("the killed process left %v, want its text", left)
	}
	next, err := scratch.New(parent)
	if err != nil {
		t.Fatal(err)
	}
	if left, _ := filepath.Glob(filepath.Join(parent, "*", "text")); len(left) != 0 {
		t.Errorf("left after the next start: %v", left)
	}
	if _, err := os.Stat(mine.Path()); err != nil {
		t.Errorf("the folder of a living process is gone: %v", err)
	}
	for _, d := range []*scratch.Dir{mine, next} {
		if err := d.Close(); err != nil {
			t.Error(err)
		}
	}
	if _, err := os.Stat(parent); !os.IsNotExist(err) {
		t.Errorf("the empty parent is left: %v", err)
	}
}

func TestParentThatOthersWriteTo(t *testing.T) {
	parent := t.TempDir()
	if err := os.Chmod(parent, 0o777); err != nil {
		t.Fatal(err)
	}
	if _, err := scratch.New(parent); err == nil {
		t.Error("a folder that everybody can write to is taken")
	}
}
