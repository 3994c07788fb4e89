package main

import (
	"context"
	"errors"
	"io"

	"github.com/spf13/cobra"

	"github.com/minyi/minyi/classifier/workbench"
	"github.com/minyi/minyi/internal/textfmt"
)

// kwicOptions are the flags of minyi dict kwic.
type kwicOptions struct {
	dict    string
	order   string
	limit   int
	context int
	width   int
	json    bool
}

// kwicOrders are what --sort may say.
var kwicOrders = map[string]workbench.KWICOrder{
	"file": workbench.CorpusOrder, "left": workbench.LeftOrder, "right": workbench.RightOrder,
}

func (a *app) dictKWICCommand() *cobra.Command {
	var o kwicOptions
	cmd := &cobra.Command{
		Use:   "kwic WORD MESSAGES",
		Short: "Show a word in its context, wherever it stands in a file of messages",
		Long: `Show a word in its context, wherever it stands in a file of messages (NDJSON, CSV,
XLSX), and whether it would match there: as whole words, inside a longer word,
or not at all, because segmentation cuts through it.

The word is found however it is written: traditional, full-width, in capitals.
Phone numbers, identity numbers and e-mail addresses are masked; ` + notMasked + `.`,
		Example: `  minyi dict kwic 孩子 examples/suggestions.ndjson
  minyi dict kwic 国企 messages.ndjson --sort right --limit 20`,
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			if _, ok := kwicOrders[o.order]; !ok {
				return usageError("--sort %s: file, left or right", o.order)
			}
			if o.width < 40 {
				return usageError("--width %d: at least 40 columns", o.width)
			}
			return a.showKWIC(cmd.Context(), args[0], args[1], o)
		},
	}
	dictFlag(cmd, &o.dict)
	cmd.Flags().StringVar(&o.order, "sort", "file", "order of the lines: file, left (by what stands before the word) or right (by what follows)")
	cmd.Flags().IntVar(&o.limit, "limit", 100, "how many places are shown; -1 is all; all are counted")
	cmd.Flags().IntVar(&o.context, "context", 30, "characters on each side")
	cmd.Flags().IntVar(&o.width, "width", textfmt.Columns, "columns of a line")
	cmd.Flags().BoolVar(&o.json, "json", false, "as JSON")
	return cmd
}

func (a *app) showKWIC(ctx context.Context, word, file string, o kwicOptions) error {
	corpus, err := a.corpus(file)
	if err != nil {
		return err
	}
	d, err := loadDict(o.dict)
	if err != nil {
		return err
	}
	k, err := workbench.Concordance(ctx, corpus, word, workbench.KWICOptions{
		Limit: o.limit, Runes: o.context, Order: kwicOrders[o.order], Dict: d, Classifier: a.classifierOptions(),
	})
	if errors.Is(err, workbench.ErrBlankWord) {
		return usageError("%w; give a word", err)
	}
	if err != nil {
		return measureError(ctx, err)
	}
	return a.report(k, d.Version(), func(w io.Writer) error { return k.Text(w, a.reader(d), o.width) }, o.json)
}
