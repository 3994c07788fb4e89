package main

import (
	"context"
	"io"

	"github.com/spf13/cobra"

	"github.com/minyi/minyi/classifier/workbench"
)

// suggestOptions are the flags of minyi dict suggest.
type suggestOptions struct {
	dict     string
	mapping  string
	subtheme string
	minimum  int
	limit    int
	samples  bool
	json     bool
	broker   brokerOptions
}

func (a *app) dictSuggestCommand() *cobra.Command {
	var o suggestOptions
	cmd := &cobra.Command{
		Use:   "suggest MESSAGES",
		Short: "Propose the keywords whose addition would gain most, and what they would break",
		Long: `Propose, for each sub-theme, the keywords whose addition would gain most. On
labelled messages (see minyi dict eval) every proposal is tried on messages that
were left out, a fifth at a time: how many become right, how many wrong, and what
F1 becomes. On others, what is gained are messages that nothing is tagged with
now. broker: stands for what people said of messages of the stream.

The second keyword of a sub-theme is the one that gains most where the first does
not, and so on; the figures are of each alone. A word is proposed because of these
messages; whether it is a good word in general is for you to say.`,
		Example: `  minyi dict suggest examples/suggestions.ndjson --subtheme livelihood/transport
  minyi dict suggest messages.ndjson --dict mine
  minyi dict suggest broker: --dict mine`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if o.limit < 1 {
				return usageError("--limit %d: at least 1", o.limit)
			}
			return a.suggest(cmd.Context(), args[0], o)
		},
	}
	dictFlag(cmd, &o.dict)
	cmd.Flags().StringVar(&o.mapping, "map", "", "file that says which sub-themes stand for which label")
	subThemeFlag(cmd, &o.subtheme, "only for this sub-theme")
	cmd.Flags().IntVar(&o.minimum, "min-messages", 3, "in how many messages a word must be")
	cmd.Flags().IntVar(&o.limit, "limit", 5, "how many keywords for each sub-theme")
	cmd.Flags().BoolVar(&o.samples, "samples", true, "show texts that a keyword gains or breaks")
	cmd.Flags().BoolVar(&o.json, "json", false, "as JSON")
	o.broker.register(cmd)
	return cmd
}

func (a *app) suggest(ctx context.Context, file string, o suggestOptions) error {
	corpus, err := a.labelled(ctx, o.broker, file)
	if err != nil {
		return err
	}
	options := workbench.SuggestOptions{Limit: o.limit, MinMessages: o.minimum}
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
	if err := findSubTheme(c.Dictionary(), &o.subtheme); err != nil {
		return err
	}
	bar := a.newBar(a.inLanguage("挑选词语", "choosing words"))
	options.SubTheme, options.Progress = o.subtheme, bar.progress()
	s, err := workbench.Suggest(ctx, c, corpus, options)
	bar.clear()
	if err != nil {
		return measureError(ctx, err)
	}
	return a.report(s, "", func(w io.Writer) error { return s.Text(w, a.reader(c.Dictionary())) }, o.json)
}
