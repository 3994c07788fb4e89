// Package scratch gives folders for temporary files that may hold what citizens
// wrote. A folder goes when it is closed; one whose process was killed goes when
// the next process of the same user makes or sweeps one at the same place.
//
// Each folder has a lock file beside it, which its process holds locked for as
// long as it lives. Where the system has no such locks nothing is swept.
package scratch

import (
	"errors"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"github.com/minyi/minyi/dict/phrase"
)

const lockSuffix = ".lock"

// Dir is a folder for temporary files of this process.
type Dir struct {
	parent string
	path   string
	lock   *os.File
}

// New makes a folder below parent, which is made if it is missing; "" is a
// folder of the user's own below the system's temporary folder. What killed
// processes left there is removed first. The caller closes the folder.
func New(parent string) (*Dir, error) {
	parent = place(parent)
	if err := Sweep(parent); err != nil {
		return nil, err
	}
	for {
		if err := makeParent(parent); err != nil {
			return nil, err
		}
		lock, err := os.CreateTemp(parent, "run-*"+lockSuffix)
		if errors.Is(err, os.ErrNotExist) {
			continue // another process removed the empty parent in between
		}
		if err != nil {
			return nil, phrase.Errorf("make a temporary folder: %w", err)
		}
		if tryLock(lock) != nil || !stillThere(lock) { // swept before it was locked
			_ = lock.Close()
			continue
		}
		d := &Dir{parent: parent, path: strings.TrimSuffix(lock.Name(), lockSuffix), lock: lock}
		if err := os.Mkdir(d.path, 0o700); err != nil {
			return nil, errors.Join(phrase.Errorf("make a temporary folder: %w", err), d.Close())
		}
		return d, nil
	}
}

// Path is the folder.
func (d *Dir) Path() string { return d.path }

// Close removes the folder and all that is in it.
func (d *Dir) Close() error {
	err := os.RemoveAll(d.path)
	err = errors.Join(err, os.Remove(d.lock.Name()), d.lock.Close())
	_ = os.Remove(d.parent) // only if it is empty: others may have folders there
	return err
}

// Sweep removes the folders below parent whose processes are gone. It is no error
// that there are none.
func Sweep(parent string) error {
	parent = place(parent)
	entries, err := os.ReadDir(parent)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return phrase.Errorf("look for temporary files of earlier runs: %w", err)
	}
	for _, e := range entries {
		if !strings.HasSuffix(e.Name(), lockSuffix) || !e.Type().IsRegular() {
			continue
		}
		lock, err := os.Open(filepath.Join(parent, e.Name()))
		if err != nil {
			continue // its process removed it in between
		}
		if tryLock(lock) == nil {
			err = errors.Join(err, os.RemoveAll(strings.TrimSuffix(lock.Name(), lockSuffix)), os.Remove(lock.Name()))
		}
		if err := errors.Join(err, lock.Close()); err != nil && !errors.Is(err, os.ErrNotExist) {
			return phrase.Errorf("remove temporary files of an earlier run: %w", err)
		}
	}
	return nil
}

func place(parent string) string {
	if parent != "" {
		return parent
	}
	return filepath.Join(os.TempDir(), "minyi-"+strconv.Itoa(os.Getuid()))
}

// makeParent makes the parent, or refuses one that others can read: whoever made
// it first in a shared temporary folder would see what is in it.
func makeParent(parent string) error {
	if err := os.MkdirAll(parent, 0o700); err != nil {
		return phrase.Errorf("make a temporary folder: %w", err)
	}
	info, err := os.Lstat(parent)
	if errors.Is(err, os.ErrNotExist) {
		return nil // removed in between: the next step fails and is repeated
	}
	if err != nil {
		return phrase.Errorf("make a temporary folder: %w", err)
	}
	if !info.IsDir() || info.Mode().Perm()&0o022 != 0 {
		return phrase.Errorf("make a temporary folder: %s is not a folder that only you can write to; remove it", parent)
	}
	return nil
}

func stillThere(f *os.File) bool {
	a, errA := f.Stat()
	b, errB := os.Stat(f.Name())
	return errA == nil && errB == nil && os.SameFile(a, b)
}
