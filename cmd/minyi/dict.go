package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/minyi/minyi/classifier"
	"github.com/minyi/minyi/classifier/workbench"
	"github.com/minyi/minyi/dict"
	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/internal/textfmt"
)

// dictCommand is the analyst's workbench: every verb reads a dictionary, most
// measure what it does, and two make a new one.
func (a *app) dictCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "dict",
		Short: "Look at, check, measure and change keyword dictionaries",
		Long: `Look at, check, measure and change keyword dictionaries.

A dictionary is a folder of YAML files, one theme each; --dict DIR names it, and
without that the one in the program is meant. docs/analysts.md tells a session
from an Excel workbook to a better dictionary.`,
		Example: `  minyi dict export --xlsx words.xlsx
  minyi dict import words.xlsx --out mine
  minyi dict eval examples/suggestions.ndjson --dict mine`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return cmd.Help()
			}
			hint := "minyi dict --help lists the commands"
			if near := cmd.SuggestionsFor(args[0]); len(near) > 0 {
				hint = "did you mean " + strings.Join(near, " or ") + "?"
			}
			return usageError("unknown command %q for minyi dict; %s", args[0], hint)
		},
	}
	cmd.SuggestionsMinimumDistance = 2
	cmd.AddCommand(
		a.dictShowCommand(),
		a.dictLintCommand(),
		a.dictTestCommand(),
		a.dictDiffCommand(),
		a.dictEvalCommand(),
		a.dictCoverageCommand(),
		a.dictKWICCommand(),
		a.dictKeynessCommand(),
		a.dictSuggestCommand(),
		a.dictFmtCommand(),
		a.dictExportCommand(),
		a.dictImportCommand(),
		a.dictLearnCommand(),
		a.dictSchemaCommand(),
	)
	return cmd
}

// dictFlag gives a command the flag that names its dictionary.
func dictFlag(cmd *cobra.Command, dir *string) {
	cmd.Flags().StringVar(dir, "dict", "", "folder of a dictionary (default: the one in the program)")
}

// subThemeFlag is a flag that names a sub-theme.
func subThemeFlag(cmd *cobra.Command, id *string, usage string) {
	cmd.Flags().StringVar(id, "subtheme", "", usage+", by id or Chinese name")
}

// findSubTheme makes the full id of what a flag names: an id, or a Chinese name
// that one sub-theme of d has. Empty names none.
func findSubTheme(d *dict.Dictionary, name *string) error {
	if _, _, ok := d.Lookup(*name); ok || *name == "" {
		return nil
	}
	for _, l := range workbench.NamesMapping(d).Labels {
		switch {
		case l.Label != *name:
		case len(l.SubThemes) > 1:
			return usageError("%s is the name of %s; say which", *name, strings.Join(l.SubThemes, " and "))
		default:
			*name = l.SubThemes[0]
			return nil
		}
	}
	return usageError("the dictionary has no sub-theme %q; minyi dict show lists them", *name)
}

// namedDict is the dictionary of a folder, or the one in the program for
// "default"; ./default is a folder of that name.
func namedDict(name string) (*dict.Dictionary, error) {
	if name == "default" {
		return dict.Default()
	}
	return loadDict(name)
}

// language is that of the person at the terminal.
func (a *app) language() phrase.Language { return phrase.Language(a.lang) }

// say is fmt.Sprintf in it.
func (a *app) say(format string, args ...any) string { return a.language().Say(format, args...) }

// reader is whom the texts about these dictionaries are for.
func (a *app) reader(dicts ...*dict.Dictionary) workbench.Reader {
	return workbench.Reader{Language: a.language(), Dicts: dicts}
}

// report prints a measurement: by text for people, or as one line of JSON.
func (a *app) report(measured any, text func(io.Writer) error, asJSON bool) error {
	if asJSON {
		return a.writeJSON(measured)
	}
	w := bufio.NewWriter(a.stdout)
	if err := text(w); err != nil {
		return err
	}
	return w.Flush()
}

// checkNew refuses what would overwrite somebody's work: a folder or a file
// that has something in it, unless force says that it may go. Of a folder only
// a dictionary may go, never other files that lie with it.
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
		if ext := filepath.Ext(e.Name()); e.IsDir() || ext != ".yaml" && ext != ".yml" && e.Name() != ".DS_Store" {
			return usageError("the folder %s holds %s, which is no file of a dictionary and would be lost; give another folder", path, e.Name())
		}
	}
	return nil
}

// replace makes the file or folder at path anew: fill writes it at a place
// beside, from where it is moved when it is whole. A failure, and a kill at any
// time, leave what was at path before.
func replace(path string, fill func(staged string) error) (err error) {
	// Behind a symbolic link is what is meant, and "." has no name to move.
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
		// No system renames a folder over another one that has files.
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

// writeFile makes a file anew, or leaves it as it was. What is no file, such as
// a pipe, is written to.
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
	info, err := os.Stat(path)
	if err == nil && !info.Mode().IsRegular() && !info.IsDir() {
		err = fill(path)
	} else {
		err = replace(path, fill)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}

// saveDict writes a new dictionary to a folder, after it has been shown that
// the classifier takes it and that the files say the same.
func (a *app) saveDict(d *dict.Dictionary, dir string, force bool) error {
	if err := checkNew(dir, force); err != nil {
		return err
	}
	if _, err := newClassifier(d); err != nil {
		return err
	}
	err := replace(dir, func(staged string) error {
		if _, err := d.Write(staged); err != nil {
			return err
		}
		back, err := dict.Load(staged)
		if err != nil {
			return fmt.Errorf("read back what was written: %w", err)
		}
		if back.Version() != d.Version() {
			return fmt.Errorf("the files in %s read back as another dictionary (%s, not %s)", dir, back.Version(), d.Version())
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("write dictionary %s: %w", dir, err)
	}
	keywords := 0
	for _, t := range d.Themes {
		for _, s := range t.SubThemes {
			keywords += len(s.Keywords)
		}
	}
	a.notef("%s", a.say("%s: %s keywords in %d sub-themes, version %s", dir, textfmt.Count(keywords), d.NumSubThemes(), d.Version()))
	return nil
}

// classifierOptions tells classifiers to keep gse's prepared tables in the user's
// cache, so that all runs of minyi but the first start fast. Where the user has no
// cache folder, nothing is kept.
func classifierOptions() classifier.Options {
	dir, err := os.UserCacheDir()
	if err != nil {
		return classifier.Options{}
	}
	return classifier.Options{CacheDir: filepath.Join(dir, "minyi")}
}

// newClassifier is classifier.New with the options of this program. A fault of the
// dictionary is the user's to mend: exit code 2.
func newClassifier(d *dict.Dictionary) (*classifier.Classifier, error) {
	c, err := classifier.New(d, classifierOptions())
	var faults dict.Errors
	if errors.As(err, &faults) {
		return nil, &exitError{code: exitUsage, err: err}
	}
	return c, err
}

// keywordText is a keyword as people read it: a rule as 幼儿园+收费, as the
// classifier's records have it.
func keywordText(k *dict.Keyword) string {
	if len(k.All) > 0 {
		return strings.Join(k.All, "+")
	}
	return k.Word
}
