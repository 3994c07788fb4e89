package main

import (
	"context"
	"io"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/minyi/minyi/classifier/workbench"
)

// evalOptions are the flags of minyi dict eval.
type evalOptions struct {
	dict    string
	mapping string
	html    string
	samples bool
	json    bool
}

func (a *app) dictEvalCommand() *cobra.Command {
	var o evalOptions
	cmd := &cobra.Command{
		Use:   "eval FILE",
		Short: "Measure a dictionary on labelled messages: precision, recall, F1",
		Long: `Measure a dictionary on labelled messages: precision, recall and F1 of every
sub-theme, their means with 95 % intervals, and what is taken for what, with
sample texts.

The messages are NDJSON, CSV or XLSX; themes may also be called expected, and a
sub-theme may be said by its Chinese name:

  {"text":"…","themes":["livelihood/education"],"primary":"livelihood/education"}
  {"text":"…","label":"教育文体"}

Plain labels need --map, a file that says which sub-themes stand for which:

  教育文体: [livelihood/education, governance/culture]

Without it, a label is the sub-theme of that Chinese name, as in a dictionary
that minyi dict learn made. In sample texts phone numbers, identity numbers and
e-mail addresses are masked; ` + notMasked + `.`,
		Example: `  minyi dict eval examples/suggestions.ndjson
  minyi dict eval labelled.xlsx --dict mine --html report.html
  minyi dict eval messages.ndjson --map dict/maps/citizen-labels.yaml --json`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if ext := strings.ToLower(filepath.Ext(o.html)); o.html != "" && ext != ".html" && ext != ".htm" {
				return usageError("--html %s: the name has to end in .html, which browsers go by", o.html)
			}
			return a.evalDict(cmd.Context(), args[0], o)
		},
	}
	dictFlag(cmd, &o.dict)
	cmd.Flags().StringVar(&o.mapping, "map", "", "file that says which sub-themes stand for which label")
	cmd.Flags().StringVar(&o.html, "html", "", "also write a page to this file; an older one is replaced")
	cmd.Flags().BoolVar(&o.samples, "samples", true, "show texts that were taken for something else")
	cmd.Flags().BoolVar(&o.json, "json", false, "as JSON")
	return cmd
}

func (a *app) evalDict(ctx context.Context, file string, o evalOptions) error {
	corpus, err := a.corpus(file)
	if err != nil {
		return err
	}
	options := workbench.EvalOptions{}
	if !o.samples {
		options.Samples = -1
	}
	if o.mapping != "" {
		if options.Mapping, err = workbench.LoadMapping(o.mapping); err != nil {
			return measureError(ctx, err)
		}
	}
	c, err := a.loadClassifier(o.dict)
	if err != nil {
		return err
	}
	e, err := workbench.Evaluate(ctx, c, corpus, options)
	if err != nil {
		return measureError(ctx, err)
	}
	if o.html != "" {
		if err := writeFile(o.html, func(w io.Writer) error { return e.HTML(w, a.language()) }); err != nil {
			return err
		}
		a.notef("%s", a.say("%s written", o.html))
	}
	return a.report(e, "", func(w io.Writer) error { return e.Text(w, a.reader(c.Dictionary())) }, o.json)
}
