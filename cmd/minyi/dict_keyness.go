package main

import (
	"context"
	"io"

	"github.com/spf13/cobra"

	"github.com/minyi/minyi/classifier/workbench"
)

// keynessOptions are the flags of minyi dict keyness.
type keynessOptions struct {
	dict     string
	subtheme string
	labels   bool
	minimum  int
	limit    int
	known    bool
	json     bool
}

func (a *app) dictKeynessCommand() *cobra.Command {
	var o keynessOptions
	cmd := &cobra.Command{
		Use:   "keyness MESSAGES",
		Short: "List words that mark a sub-theme, or what is not tagged, against the rest",
		Long: `List words that are much more frequent in the messages of one sub-theme, or in
those that are not tagged at all, than in the rest, without those that are
keywords already: candidates for the dictionary.

G2 is the log-likelihood, how sure the difference is: above 15.13 it is chance
in one case of 10,000 (Dunning 1993; Rayson and Garside 2000). The log ratio
says how large it is: 1 is twice as frequent, 2 four times (Hardie 2014).`,
		Example: `  minyi dict keyness messages.ndjson
  minyi dict keyness messages.ndjson --subtheme livelihood/education
  minyi dict keyness labelled.xlsx --subtheme livelihood/education --labels`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if o.labels && o.subtheme == "" {
				return usageError("--labels needs a sub-theme: --subtheme ID")
			}
			return a.showKeyness(cmd.Context(), args[0], o)
		},
	}
	dictFlag(cmd, &o.dict)
	subThemeFlag(cmd, &o.subtheme, "sub-theme whose messages are compared with the rest (default: those that are not tagged)")
	cmd.Flags().BoolVar(&o.labels, "labels", false, "go by the labels of the messages, not by what the dictionary makes of them")
	cmd.Flags().IntVar(&o.minimum, "min-messages", 5, "in how many messages of the sub-theme a word must be")
	cmd.Flags().IntVar(&o.limit, "limit", 40, "how many words are shown; -1 is all")
	cmd.Flags().BoolVar(&o.known, "known", false, "also words that are keywords already")
	cmd.Flags().BoolVar(&o.json, "json", false, "as JSON")
	return cmd
}

func (a *app) showKeyness(ctx context.Context, file string, o keynessOptions) error {
	corpus, err := a.corpus(file)
	if err != nil {
		return err
	}
	c, err := a.loadClassifier(o.dict)
	if err != nil {
		return err
	}
	if err := findSubTheme(c.Dictionary(), &o.subtheme); err != nil {
		return err
	}
	k, err := workbench.FindKeyness(ctx, c, corpus, workbench.KeynessOptions{
		Target: o.subtheme, Gold: o.labels, MinMessages: o.minimum, Limit: o.limit, Known: o.known,
	})
	if err != nil {
		return measureError(ctx, err)
	}
	return a.report(k, "", func(w io.Writer) error { return k.Text(w, a.reader(c.Dictionary())) }, o.json)
}
