package main

import (
	"bufio"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/internal/measure"
)

// checkNew returns an error if writing to path would overwrite something: a
// folder or a file that is not empty. With force, a file and the dictionary in a
// folder may be overwritten, but never other files in that folder; its gold file stays (keepGold),
// and a measure is of the version that is replaced.
func checkNew(path string, force bool) error {
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return &exitError{code: exitUsage, err: err}
	case !info.IsDir():
		if info.Size() > 0 && !force {
			return usageError("%s is there already; give another name, or --force to replace it", path)
		}
		return nil
	}
	entries, err := os.ReadDir(path)
	if err != nil {
		return &exitError{code: exitUsage, err: err}
	}
	for _, e := range entries {
		if !force {
			return usageError("the folder %s is not empty; give another name, or --force to replace the dictionary in it", path)
		}
		if ext := filepath.Ext(e.Name()); e.IsDir() || ext != ".yaml" && ext != ".yml" && e.Name() != ".DS_Store" && e.Name() != goldFile && e.Name() != measure.File {
			return usageError("the folder %s holds %s, which is no file of a dictionary and would be lost; give another folder", path, e.Name())
		}
	}
	return nil
}

// replace writes the file or folder at path anew. fill writes a new one beside
// it, which is moved to path when it is complete. After a failure, or a kill at
// any time, path is what it was before.
func replace(path string, fill func(staged string) error) (err error) {
	// A symbolic link stands for its target, and "." has no name to move.
	if path, err = filepath.Abs(path); err != nil {
		return err
	}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	parent := filepath.Dir(path)
	if err := os.MkdirAll(parent, 0o777); err != nil {
		return err
	}
	staging, err := os.MkdirTemp(parent, ".minyi-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(staging)) }()
	staged := filepath.Join(staging, filepath.Base(path))
	if err := fill(staged); err != nil {
		return err
	}
	info, err := os.Stat(path)
	if err == nil && info.IsDir() {
		// A folder cannot be renamed over another one that has files.
		old := filepath.Join(staging, "old")
		if err := os.Rename(path, old); err != nil {
			return err
		}
		if err := os.Rename(staged, path); err != nil {
			return errors.Join(err, os.Rename(old, path))
		}
		return nil
	}
	if err == nil {
		if err := os.Chmod(staged, info.Mode().Perm()); err != nil {
			return err
		}
	}
	return os.Rename(staged, path)
}

// writeFile writes a file anew, or leaves it as it was. Something else than a
// regular file, such as a pipe, is written to directly. Folders are not made.
func writeFile(path string, write func(io.Writer) error) error {
	fill := func(path string) (err error) {
		f, err := os.Create(path)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, f.Close()) }()
		w := bufio.NewWriter(f)
		if err := write(w); err != nil {
			return err
		}
		return w.Flush()
	}
	if parent := filepath.Dir(path); absent(parent) { // a typing error in a path would make folders that nobody looks into
		return usageError("write %s: the folder %s is not there; make it first", path, parent)
	}
	info, err := os.Stat(path)
	if err == nil && info.IsDir() { // it would be replaced with all that is in it
		return usageError("write %s: it is a folder; name a file", path)
	}
	if err == nil && !info.Mode().IsRegular() {
		err = fill(path)
	} else {
		err = replace(path, fill)
	}
	if err != nil {
		return phrase.Errorf("write %s: %w", path, err)
	}
	return nil
}
