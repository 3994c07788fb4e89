package main

import (
	"context"
	"fmt"
	"time"

	"github.com/schollz/progressbar/v3"
	"github.com/spf13/cobra"

	"github.com/minyi/minyi/classifier/workbench"
	"github.com/minyi/minyi/dict"
	"github.com/minyi/minyi/internal/textfmt"
)

// learnOptions are the flags of minyi dict learn.
type learnOptions struct {
	labels   string
	out      string
	prior    string
	keywords int
	seed     uint64
	force    bool
	json     bool
}

func (a *app) dictLearnCommand() *cobra.Command {
	var o learnOptions
	cmd := &cobra.Command{
		Use:   "learn --labels FILE --out DIR",
		Short: "Make a dictionary of labelled messages",
		Long: `Make a dictionary of labelled messages: the words that tell one label from the
others, each with a weight, and thresholds chosen by cross-validation. What comes
out is a dictionary like any other, to be read and edited.

The messages are NDJSON, CSV or XLSX, each with a label, or each with themes:

  {"text":"…","label":"教育文体"}
  {"text":"…","themes":["livelihood/education"]}

Labels become sub-themes of the theme learned. --prior starts from a dictionary:
its keywords for the labels stay, and their weights change only as far as the
messages call for it. The relative_threshold of a theme stays as it is, and the
thresholds are chosen with it.

The same messages and flags give the same dictionary. 4,000 messages take half a
minute to two minutes.`,
		Example: `  minyi dict learn --labels labelled.ndjson --out learned
  minyi classify --dict learned --file new.ndjson`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			switch {
			case o.labels == "":
				return usageError("say which messages to learn from: --labels FILE")
			case o.out == "":
				return usageError("say where the dictionary goes: --out DIR")
			case o.keywords < 1:
				return usageError("--max-keywords %d: at least 1", o.keywords)
			}
			return a.learnDict(cmd.Context(), o)
		},
	}
	cmd.Flags().StringVar(&o.labels, "labels", "", "labelled messages: NDJSON, CSV, XLSX; - is NDJSON on standard input")
	cmd.Flags().StringVar(&o.out, "out", "", "folder of the new dictionary")
	cmd.Flags().StringVar(&o.prior, "prior", "", "folder of a dictionary to start from; default is the one in the program")
	cmd.Flags().IntVar(&o.keywords, "max-keywords", 2500, "the most keywords that all sub-themes together get")
	cmd.Flags().Uint64Var(&o.seed, "seed", 0, "deals the messages to the parts of the cross-validation")
	cmd.Flags().BoolVar(&o.force, "force", false, "replace the dictionary that is there")
	cmd.Flags().BoolVar(&o.json, "json", false, "print what was learned as JSON")
	return cmd
}

func (a *app) learnDict(ctx context.Context, o learnOptions) error {
	// Learning takes a minute: check first what would make it fail at the end.
	if err := checkNew(o.out, o.force); err != nil {
		return err
	}
	corpus, err := a.corpus(o.labels)
	if err != nil {
		return err
	}
	var prior *dict.Dictionary
	if o.prior != "" {
		if prior, err = namedDict(o.prior); err != nil {
			return err
		}
	}
	learned, err := workbench.Learn(ctx, corpus, workbench.LearnOptions{
		MaxKeywords: o.keywords, Seed: o.seed, Prior: prior, Progress: a.learnProgress(), Classifier: a.classifierOptions(),
	})
	if err != nil {
		return measureError(ctx, err)
	}
	if err := a.saveDict(learned.Dict, o.out, o.force); err != nil {
		return err
	}
	if o.json {
		return a.writeJSON(learned.Report)
	}
	return a.writeLearned(&learned.Report)
}

// learnProgress returns a progress bar on a terminal, else nothing.
func (a *app) learnProgress() func(workbench.LearnProgress) {
	if !terminal(a.stderr) {
		return nil
	}
	var bar *progressbar.ProgressBar
	return func(p workbench.LearnProgress) {
		if p.Total == 0 {
			return // the file is still being read
		}
		if bar == nil {
			bar = progressbar.NewOptions(p.Total,
				progressbar.OptionSetWriter(a.stderr),
				progressbar.OptionSetWidth(30),
				progressbar.OptionShowCount(),
				progressbar.OptionThrottle(65*time.Millisecond),
				progressbar.OptionClearOnFinish(),
			)
		}
		bar.Describe(p.Stage)
		_ = bar.Set(p.Done) // the work goes on where a bar cannot be drawn
	}
}

// learnedWords are what minyi dict learn says, by language.
type learnedWords struct{ label, id, messages, keywords, threshold, f1, summary string }

var learnedWordsOf = map[string]learnedWords{
	"en": {
		"label", "id", "messages", "keywords", "threshold", "F1",
		"%s messages, %s keywords; macro-F1 %.3f on messages that were left out (%d parts)",
	},
	"zh": {
		"标签", "编号", "留言", "关键词", "阈值", "F1",
		"%s 条留言，%s 个关键词；在留出的留言上宏平均 F1 为 %.3f（%d 折交叉验证）",
	},
}

// writeLearned prints what was learned, a row a sub-theme.
func (a *app) writeLearned(r *workbench.LearnReport) error {
	w := learnedWordsOf[a.lang]
	t := textfmt.Table{Columns: []textfmt.Column{
		{Title: w.label, MinWidth: shortName},
		{Title: w.id},
		{Title: w.messages, Right: true},
		{Title: w.keywords, Right: true},
		{Title: w.threshold, Right: true},
		{Title: w.f1, Right: true},
	}}
	for _, c := range r.Classes {
		label := c.Label
		if label == c.ID {
			label = ""
		}
		t.Row(label, c.ID, textfmt.Count(c.Support), textfmt.Count(c.Keywords), textfmt.Weight(c.Threshold), textfmt.Score(c.F1))
	}
	_, err := fmt.Fprintf(a.stdout, "%s\n"+w.summary+"\n", t.String(), textfmt.Count(r.Rows), textfmt.Count(r.Keywords), r.MacroF1, r.Folds)
	return err
}
