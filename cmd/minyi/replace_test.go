package main

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestReplace: what was there stays until what is new is whole, and nothing is
// left beside it.
func TestReplace(t *testing.T) {
	dir := t.TempDir()
	folder := filepath.Join(dir, "parent", "mine")
	write := func(text string, fail error) func(string) error {
		return func(staged string) error {
			if err := os.Mkdir(staged, 0o777); err != nil {
				return err
			}
			return errors.Join(os.WriteFile(filepath.Join(staged, "a.yaml"), []byte(text), 0o666), fail)
		}
	}
	check := func(want string) {
		t.Helper()
		got, err := os.ReadFile(filepath.Join(folder, "a.yaml"))
		if err != nil || string(got) != want {
			t.Errorf("%q, %v, want %q", got, err, want)
		}
		entries, err := os.ReadDir(filepath.Dir(folder))
		if err != nil || len(entries) != 1 {
			t.Errorf("beside it: %v, %v", entries, err)
		}
	}
	if err := replace(folder, write("one", nil)); err != nil {
		t.Fatal(err)
	}
	check("one")
	broken := errors.New("disk full")
	if err := replace(folder, write("two", broken)); !errors.Is(err, broken) {
		t.Errorf("%v, want %v", err, broken)
	}
	check("one")
	if err := replace(folder, write("three", nil)); err != nil {
		t.Fatal(err)
	}
	check("three")
}

// TestReplaceFile: a file keeps its permissions, and a link stays a link.
func TestReplaceFile(t *testing.T) {
	dir := t.TempDir()
	file, link := filepath.Join(dir, "a.yaml"), filepath.Join(dir, "link.yaml")
	if err := os.WriteFile(file, []byte("one"), 0o640); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(file, link); err != nil {
		t.Fatal(err)
	}
	err := replace(link, func(staged string) error { return os.WriteFile(staged, []byte("two"), 0o666) })
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(file)
	if err != nil || string(got) != "two" {
		t.Errorf("%q, %v", got, err)
	}
	info, err := os.Stat(file)
	if err != nil || info.Mode().Perm() != 0o640 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if target, err := os.Readlink(link); err != nil || target != file {
		t.Errorf("link to %q, %v", target, err)
	}
}

// A file is not written into a folder that is not there, and nothing is made.
func TestNoFolderIsMade(t *testing.T) {
	t.Parallel()
	missing := filepath.Join(t.TempDir(), "2022", "may")
	err := writeFile(filepath.Join(missing, "report.docx"), func(io.Writer) error { return nil })
	var wrong *exitError
	if !errors.As(err, &wrong) || wrong.code != exitUsage || !strings.Contains(err.Error(), missing) {
		t.Errorf("%v", err)
	}
	if _, err := os.Stat(filepath.Dir(missing)); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a folder was made: %v", err)
	}
}
