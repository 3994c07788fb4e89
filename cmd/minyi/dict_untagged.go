package main

import (
	"context"
	"io"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/minyi/minyi/classifier"
	"github.com/minyi/minyi/classifier/workbench"
)

// untaggedOptions are the flags of minyi dict untagged.
type untaggedOptions struct {
	dict    string
	out     string
	samples bool
	force   bool
	json    bool
}

func (a *app) dictUntaggedCommand() *cobra.Command {
	var o untaggedOptions
	cmd := &cobra.Command{
		Use:   "untagged MESSAGES",
		Short: "Say why messages are not tagged",
		Long: `Say why messages of a file are not tagged: no keyword stands in them; keywords do,
but their score is under the threshold, and by how much of which sub-theme; the
text is so long that the threshold is higher; keywords of negative weight; words
that do not count because of unless, match: whole or the word around them; or
there is hardly a text. Each message has one reason. Then the sub-themes that
they are nearest to, and the words that mark them against the tagged ones (see
minyi dict keyness).

--out lists every untagged text once, with its reason, in a workbook or CSV; the
columns themes and primary are to be filled in, as those of minyi dict review.

In texts phone numbers, identity numbers and e-mail addresses are masked;
` + notMasked + `.`,
		Example: `  minyi dict untagged messages.ndjson
  minyi dict untagged messages.xlsx --dict mine --out untagged.xlsx`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if ext := strings.ToLower(filepath.Ext(o.out)); o.out != "" && ext != ".xlsx" && ext != ".csv" {
				return usageError("--out %s: write a .xlsx or a .csv", o.out)
			}
			return a.whyUntagged(cmd.Context(), args[0], o)
		},
	}
	dictFlag(cmd, &o.dict)
	cmd.Flags().StringVar(&o.out, "out", "", "also list the texts in this .xlsx or .csv")
	cmd.Flags().BoolVar(&o.samples, "samples", true, "show some of the texts")
	cmd.Flags().BoolVar(&o.force, "force", false, "replace the file that is there")
	cmd.Flags().BoolVar(&o.json, "json", false, "as JSON")
	return cmd
}

func (a *app) whyUntagged(ctx context.Context, file string, o untaggedOptions) error {
	options := workbench.UntaggedOptions{Texts: o.out != ""}
	if !o.samples {
		options.Samples = -1
	}
	if o.out != "" {
		if err := checkNew(o.out, o.force); err != nil {
			return err
		}
	}
	corpus, err := a.corpus(file)
	if err != nil {
		return err
	}
	c, err := a.loadClassifier(o.dict)
	if err != nil {
		return err
	}
	u, err := workbench.FindUntagged(ctx, c, corpus, options)
	if err != nil {
		return measureError(ctx, err)
	}
	if o.out != "" {
		if err := writeRows(o.out, func(to tableWriter) error { return a.untaggedRows(to, u, c) }); err != nil {
			return err
		}
		a.notef("%s", a.say("%s written", o.out))
	}
	return a.report(u, "", func(w io.Writer) error { return u.Text(w, a.reader(c.Dictionary())) }, o.json)
}

// untaggedRows writes the header and the rows; see reviewRows for the names of columns.
func (a *app) untaggedRows(to tableWriter, u *workbench.Untagged, c *classifier.Classifier) error {
	header := []string{"id", "text", "themes", "primary", "why", "words", "missing", "same text"}
	sheet := "untagged"
	if a.lang == "zh" {
		header = []string{"编号", "正文", "子主题", "主要子主题", "为何未归类", "命中词", "还差", "同文条数"}
		sheet = "未归类"
	}
	if err := to.Sheet(sheet, header); err != nil {
		return err
	}
	reader := a.reader(c.Dictionary())
	for i := range u.Texts {
		t := &u.Texts[i]
		var missing any = ""
		if t.Nearest.ID != "" {
			missing = t.Missing().Float64()
		}
		if err := to.Row([]any{a.idOrLine(t.ID, t.Line), t.Text, "", "", t.Why(reader), strings.Join(t.Keywords, " "), missing, t.Messages}); err != nil {
			return err
		}
	}
	return nil
}

// idOrLine names a message by its id or, if it has none, by its line.
func (a *app) idOrLine(id string, line int) string {
	if id == "" {
		return a.say("line %d", line)
	}
	return id
}
