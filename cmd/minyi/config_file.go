package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"unicode/utf8"

	"github.com/spf13/pflag"
	"go.yaml.in/yaml/v4"

	"github.com/minyi/minyi/dict/phrase"
)

// A configuration file is one YAML mapping of flags to values, as they would be
// written on a command line. A value is kept as it is written: what 007 or yes
// means is the flag's business. A flag that may be given several times may have
// a list.
//
//	listen: 127.0.0.1:9999
//	rule: [dead, overlap]

// setting is a value of a flag in a configuration file.
type setting struct {
	values []string
	list   bool
	at     string // file:line:column of the value
	line   int    // of the key
}

// set gives a flag the value.
func (s setting) set(f *pflag.Flag) error {
	if !s.list {
		return f.Value.Set(s.values[0])
	}
	several, ok := f.Value.(pflag.SliceValue)
	if !ok {
		return phrase.New("a list; this flag takes one value")
	}
	return several.Replace(s.values)
}

// configPath returns the file that --config or MINYI_CONFIG names, which has to
// be there, or the user's own, which need not; "" where there is no place for one.
func (a *app) configPath(flag string) (path string, named bool) {
	if flag != "" {
		return flag, true
	}
	if path := a.getenv(envPrefix + "CONFIG"); path != "" {
		return path, true
	}
	dir := a.getenv("XDG_CONFIG_HOME")
	if dir == "" && a.getenv("HOME") != "" {
		dir = filepath.Join(a.getenv("HOME"), ".config")
	}
	if dir == "" {
		return "", false
	}
	return filepath.Join(dir, "minyi", "config.yaml"), false
}

// readConfig reads the settings of a configuration file by the names of flags.
// known tells whether any command has a flag of a name. The error has every
// fault with file:line:column.
func readConfig(path string, named bool, known func(name string) bool) (map[string]setting, error) {
	data, err := os.ReadFile(path)
	switch {
	case path == "", !named && errors.Is(err, fs.ErrNotExist):
		return nil, nil
	case err != nil:
		return nil, phrase.Errorf("read configuration: %w", err)
	case !utf8.Valid(data):
		return nil, phrase.Errorf("configuration %s: not UTF-8; save it as UTF-8", path)
	}
	loader, err := yaml.NewLoader(bytes.NewReader(data))
	if err != nil {
		return nil, phrase.Errorf("configuration %s: %w", path, err)
	}
	var document, second yaml.Node
	switch err := loader.Load(&document); {
	case errors.Is(err, io.EOF), err == nil && document.Content[0].ShortTag() == "!!null":
		return nil, nil // empty, or nothing but comments
	case err != nil:
		return nil, notYAML(path, err)
	}
	switch err := loader.Load(&second); {
	case err == nil:
		return nil, phrase.Errorf("configuration %s:%d:%d: a second document begins here; delete the ---", path, second.Line, second.Column)
	case !errors.Is(err, io.EOF):
		return nil, notYAML(path, err)
	}
	return readSettings(path, document.Content[0], known)
}

// notYAML says where a file is no YAML.
func notYAML(path string, err error) error {
	var load *yaml.LoadError
	if !errors.As(err, &load) {
		return phrase.Errorf("configuration %s: not YAML: %w", path, err)
	}
	mark := load.Mark
	if mark.Line == 0 {
		mark = load.ContextMark
	}
	return phrase.Errorf("configuration %s:%d:%d: not YAML: %s", path, mark.Line, mark.Column, phrase.Foreign(load.Message))
}

// readSettings reads the mapping of a configuration file.
func readSettings(path string, root *yaml.Node, known func(name string) bool) (map[string]setting, error) {
	var faults []error
	faultf := func(n *yaml.Node, format string, args ...any) {
		faults = append(faults, phrase.Errorf("configuration %s:%d:%d: %s", path, n.Line, n.Column, phrase.Textf(format, args...)))
	}
	if root.Kind != yaml.MappingNode {
		faultf(root, "not a mapping; write a flag and its value on each line, as in listen: 127.0.0.1:8080")
		return nil, errors.Join(faults...)
	}
	settings := map[string]setting{}
	for i := 0; i+1 < len(root.Content); i += 2 {
		key, value := root.Content[i], root.Content[i+1]
		if value.Kind == yaml.AliasNode {
			value = value.Alias
		}
		name := key.Value
		first, twice := settings[name]
		switch {
		case key.Kind != yaml.ScalarNode:
			faultf(key, "the name of a flag is expected here")
		case value.Kind == yaml.MappingNode:
			faultf(key, "settings are nested under %q; write them side by side, each on a line of its own", name)
		case !known(name):
			faultf(key, "no flag is called %q; minyi config lists those that are", name)
		case twice:
			faultf(key, "%s a second time; the first is in line %d", name, first.line)
		default:
			s := setting{at: fmt.Sprintf("%s:%d:%d", path, value.Line, value.Column), line: key.Line}
			items := []*yaml.Node{value}
			if s.list = value.Kind == yaml.SequenceNode; s.list {
				items = value.Content
			}
			for _, item := range items {
				if item.Kind != yaml.ScalarNode || item.ShortTag() == "!!null" {
					faultf(item, "%s has no value here; write one, or \"\" for an empty one", name)
				}
				s.values = append(s.values, item.Value)
			}
			settings[name] = s
		}
	}
	return settings, errors.Join(faults...)
}
