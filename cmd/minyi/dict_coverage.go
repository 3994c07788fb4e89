package main

import (
	"context"
	"io"

	"github.com/spf13/cobra"

	"github.com/minyi/minyi/classifier/workbench"
)

// coverageOptions are the flags of minyi dict coverage.
type coverageOptions struct {
	dict     string
	subtheme string
	limit    int
	json     bool
}

func (a *app) dictCoverageCommand() *cobra.Command {
	var o coverageOptions
	cmd := &cobra.Command{
		Use:   "coverage MESSAGES",
		Short: "Count what every keyword does on a file of messages",
		Long: `Count what every keyword does on a file of messages (NDJSON, CSV, XLSX; labels do
not matter): how many it matches, how many rest on it alone, which keywords do
nothing; how much stays untagged; and which sub-themes are tagged together.`,
		Example: `  minyi dict coverage messages.ndjson
  minyi dict coverage messages.xlsx --dict mine --subtheme livelihood/education`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.coverDict(cmd.Context(), args[0], o)
		},
	}
	dictFlag(cmd, &o.dict)
	subThemeFlag(cmd, &o.subtheme, "only the keywords of this sub-theme")
	cmd.Flags().IntVar(&o.limit, "limit", 0, "how many keywords of a list are shown (default: what a screen holds); -1 is all")
	cmd.Flags().BoolVar(&o.json, "json", false, "as JSON, all of it")
	return cmd
}

func (a *app) coverDict(ctx context.Context, file string, o coverageOptions) error {
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
	cover, err := workbench.Cover(ctx, c, corpus)
	if err != nil {
		return measureError(ctx, err)
	}
	text := func(w io.Writer) error {
		return cover.Text(w, a.reader(c.Dictionary()), workbench.CoverageTextOptions{SubTheme: o.subtheme, Keywords: o.limit})
	}
	return a.report(cover, "", text, o.json)
}
