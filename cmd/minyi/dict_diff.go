package main

import (
	"context"
	"io"

	"github.com/spf13/cobra"

	"github.com/minyi/minyi/classifier/workbench"
)

// diffOptions are the flags of minyi dict diff.
type diffOptions struct {
	limit   int
	samples bool
	json    bool
}

func (a *app) dictDiffCommand() *cobra.Command {
	var o diffOptions
	cmd := &cobra.Command{
		Use:   "diff A B [MESSAGES]",
		Short: "Tell what changed between two dictionaries, and what that does to messages",
		Long: `Tell what changed from dictionary A to dictionary B: keywords that were added,
removed, or got another weight, and thresholds, relative ones too. With a file of messages also how
many of them get another primary, from where to where, and the keyword that
moved them.

A and B are folders; default is the dictionary in the program.`,
		Example: `  minyi dict diff default mine
  minyi dict diff default mine examples/suggestions.ndjson`,
		Args: cobra.RangeArgs(2, 3),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.diffDicts(cmd.Context(), args, o)
		},
	}
	cmd.Flags().IntVar(&o.limit, "limit", 20, "how many keywords of a sub-theme, and ways to move, are shown; -1 is all")
	cmd.Flags().BoolVar(&o.samples, "samples", true, "show texts that moved")
	cmd.Flags().BoolVar(&o.json, "json", false, "as JSON")
	return cmd
}

func (a *app) diffDicts(ctx context.Context, args []string, o diffOptions) error {
	before, err := namedDict(args[0])
	if err != nil {
		return err
	}
	after, err := namedDict(args[1])
	if err != nil {
		return err
	}
	if len(args) == 2 {
		d := workbench.CompareDictionaries(before, after)
		return a.reportDiff(d, a.reader(after, before), o)
	}
	corpus, err := a.corpus(args[2])
	if err != nil {
		return err
	}
	from, err := a.newClassifier(before)
	if err != nil {
		return err
	}
	to, err := a.newClassifier(after)
	if err != nil {
		return err
	}
	options := workbench.DiffOptions{}
	if !o.samples {
		options.Samples = -1
	}
	d, err := workbench.Compare(ctx, from, to, corpus, options)
	if err != nil {
		return measureError(ctx, err)
	}
	return a.reportDiff(d, a.reader(after, before), o)
}

func (a *app) reportDiff(d *workbench.Difference, r workbench.Reader, o diffOptions) error {
	return a.report(d, "", func(w io.Writer) error { return d.Text(w, r, o.limit) }, o.json)
}
