package dict

import (
	"embed"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"
	"sync"

	"github.com/minyi/minyi/dict/phrase"
)

//go:embed themes/*.yaml
var embedded embed.FS

// parseDefault parses the embedded files once, on its first call.
var parseDefault = sync.OnceValues(func() (*Dictionary, error) {
	themes, err := fs.Sub(embedded, "themes")
	if err != nil {
		return nil, err
	}
	return parse(themes, "themes", "/")
})

// Default returns the dictionary that ships with minyi. Every call returns the same
// one, which must not be changed. It is safe for concurrent use.
func Default() (*Dictionary, error) { return parseDefault() }

// Parse reads a dictionary from the files at the root of fsys whose names end in
// .yaml or .yml, one theme each, in the order of their names. It ignores other
// files, folders, and names that begin with a dot.
//
// The error is an Errors with every fault of every file. If a file is not YAML, only
// its first fault is known, but the other files are still read.
func Parse(fsys fs.FS) (*Dictionary, error) { return parse(fsys, "", "") }

// Load is Parse for a folder on disk. Errors name its files with dir before them. If
// the folder cannot be listed, that is not a fault of the dictionary: the error is
// not an Errors, and wraps the cause, such as fs.ErrNotExist.
func Load(dir string) (*Dictionary, error) {
	info, err := os.Stat(dir)
	if err != nil {
		return nil, phrase.Errorf("load dictionary: %w", err)
	}
	if !info.IsDir() {
		return nil, phrase.Errorf("load dictionary: %s is a file; a dictionary is a folder of YAML files", dir)
	}
	separator := string(os.PathSeparator)
	if os.IsPathSeparator(dir[len(dir)-1]) {
		separator = ""
	}
	return parse(os.DirFS(dir), dir, separator)
}

// parse reads the dictionary at the root of fsys. In positions, the names of files
// are preceded by dir and separator.
func parse(fsys fs.FS, dir, separator string) (*Dictionary, error) {
	names, err := themeFiles(fsys)
	if err != nil {
		return nil, phrase.Errorf("load dictionary: %w", err)
	}
	if len(names) == 0 {
		return nil, Errors{NewError(Position{File: dir}, phrase.Textf("no theme here: no file ends in .yaml or .yml"), phrase.Textf("a dictionary is a folder of YAML files, one theme each"))}
	}
	c := newChecker()
	for _, name := range names {
		if fault := parseFile(c, fsys, name, dir+separator+name); fault != nil {
			c.failUnread(fault)
		}
	}
	return c.dictionary()
}

// parseFile reads one theme into the checker. It returns the fault that prevents the
// file from being read at all, or nil.
func parseFile(c *checker, fsys fs.FS, name, shown string) *Error {
	data, err := readFile(fsys, name)
	if err != nil {
		return readError(shown, err)
	}
	src, fault := newSource(shown, data)
	if fault != nil {
		return fault
	}
	root, fault := parseYAML(src)
	if fault != nil {
		return fault
	}
	readTheme(c, src, root)
	return nil
}

// themeFiles returns the names of the theme files in fsys, sorted. It follows
// symbolic links, because Kubernetes mounts a folder of configuration as links.
func themeFiles(fsys fs.FS) ([]string, error) {
	entries, err := fs.ReadDir(fsys, ".")
	if err != nil {
		return nil, err
	}
	var names []string
	for _, entry := range entries {
		name := entry.Name()
		ext := strings.ToLower(path.Ext(name))
		if ext != ".yaml" && ext != ".yml" || strings.HasPrefix(name, ".") {
			continue
		}
		if info, err := fs.Stat(fsys, name); err == nil && info.IsDir() {
			continue
		}
		names = append(names, name)
	}
	return names, nil
}

// errNotRegular prevents a read that would wait forever on a pipe.
var errNotRegular = phrase.New("not a regular file")

// readFile reads at most one byte more than a file may have, so that newSource
// notices a file that is too large without all of it in memory.
func readFile(fsys fs.FS, name string) (data []byte, err error) {
	info, err := fs.Stat(fsys, name)
	if err != nil {
		return nil, cause(err)
	}
	if !info.Mode().IsRegular() {
		return nil, errNotRegular
	}
	f, err := fsys.Open(name)
	if err != nil {
		return nil, cause(err)
	}
	data, err = io.ReadAll(io.LimitReader(f, MaxFileBytes+1))
	return data, cause(errors.Join(err, f.Close()))
}

// cause removes the name of the file from an error, because the position already has
// it as the user wrote it.
func cause(err error) error {
	var pathError *fs.PathError
	if errors.As(err, &pathError) {
		return pathError.Err
	}
	return err
}
