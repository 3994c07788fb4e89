package main

import (
	"bufio"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/minyi/minyi/classifier/workbench"
	"github.com/minyi/minyi/dict"
	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/pipeline"
)

// dictCommand holds the commands of the analyst: all read a dictionary, most
// measure what it does, and some write a new one.
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
			return unknownCommand(cmd, args[0])
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
		a.dictNewCommand(),
		a.dictImportCommand(),
		a.dictLearnCommand(),
		a.dictReviewCommand(),
		a.dictUntaggedCommand(),
		a.dictGoldCommand(),
		a.dictSchemaCommand(),
		a.dictPublishCommand(),
		a.dictListCommand(),
		a.dictFetchCommand(),
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

// findSubTheme returns the full id of the sub-theme that a flag names, by its id
// or by its Chinese name. "" stays "".
func findSubTheme(d *dict.Dictionary, name *string) error {
	if _, _, ok := d.Lookup(*name); ok || *name == "" {
		return nil
	}
	for _, l := range workbench.NamesMapping(d).Labels {
		switch {
		case l.Label != *name:
		case len(l.SubThemes) > 1:
			return usageError("%s is the name of %s; say which", *name, phrase.Both(l.SubThemes...))
		default:
			*name = l.SubThemes[0]
			return nil
		}
	}
	if like := workbench.NearestSubTheme(d, *name); like != "" {
		return usageError("the dictionary has no sub-theme %q; did you mean %s?", *name, nameOf(d, like))
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

// reader returns the reader of reports about these dictionaries.
func (a *app) reader(dicts ...*dict.Dictionary) workbench.Reader {
	return workbench.Reader{Language: a.language(), Dicts: dicts}
}

// report prints a measurement with the version of the dictionary, "" for none or several: by text for people, or as one line of JSON.
func (a *app) report(measured any, version string, text func(io.Writer) error, asJSON bool) error {
	if asJSON {
		return a.writeStamped(measured, pipeline.Stamp{Dict: version})
	}
	w := bufio.NewWriter(a.stdout)
	if err := text(w); err != nil {
		return err
	}
	return w.Flush()
}

// keywordText is a keyword as people read it: a rule as 幼儿园+收费, as the
// classifier's records have it.
func keywordText(k *dict.Keyword) string {
	if len(k.All) > 0 {
		return strings.Join(k.All, "+")
	}
	return k.Word
}
