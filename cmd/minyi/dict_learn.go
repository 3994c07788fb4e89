package main

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/minyi/minyi/classifier/workbench"
	"github.com/minyi/minyi/dict"
	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/internal/textfmt"
)

// learnOptions are the flags of minyi dict learn.
type learnOptions struct {
	labels   string
	out      string
	prior    string
	keywords int
	seed     uint64
	adding   bool
	force    bool
	json     bool
	broker   brokerOptions
}

func (a *app) dictLearnCommand() *cobra.Command {
	var o learnOptions
	cmd := &cobra.Command{
		Use:   "learn --labels FILE --out DIR",
		Short: "Make a dictionary of labelled messages, or improve one",
		Long: `Make a dictionary of labelled messages, or improve one by them. What comes out is
a dictionary like any other, to be read and edited.

The messages are NDJSON, CSV or XLSX, each with a label, or each with themes:

  {"text":"…","label":"教育文体"}
  {"text":"…","themes":["livelihood/education"],"kind":"complaint"}

--labels broker: takes what people said of messages of the stream (minyi tally judge,
minyi dict gold --store). Where several people labelled a text, with --prior it counts
once, with what most of them say.

With --prior, all of that dictionary stays: themes, thresholds, rules, examples,
comments, sub-themes without messages, and gold.ndjson. A weight changes only where messages that
are wrong outweigh that it was so, and words are added for the same reason.
A label that it has no sub-theme for is mostly mistyped: it ends the command,
unless --add-subthemes says that new ones are meant.
Without it, words are all there is, and labels become sub-themes of the theme
learned.

It is tried on messages that were left out, a fifth at a time, beside the
dictionary before on the same messages. If it is worse there, or nothing makes it
better, nothing is written and the exit code is 1; a gain that may be luck (its
lower bound at 95 % confidence is not above 0) is none. Where a column drawn (取样)
says which messages were drawn at random, as minyi dict review writes it, only
those are judged by; the others are learned from. Where messages say of which
kind they are, whole kinds are left out too, and what does not carry over to
them is not learned.

The figures are those of messages that were left out. They are a little too good,
because how much may change was chosen by them; and those of the dictionary
before are too good if it was itself tuned on these messages, as the one in the
program was on its makers'. Keep some messages aside to be sure.

The same messages and flags give the same dictionary. 10,000 messages take about
a minute of processor.`,
		Example: `  minyi dict learn --labels labelled.ndjson --out learned
  minyi dict learn --labels labelled.xlsx --prior mine --out better
  minyi dict diff mine better`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			switch {
			case o.labels == "":
				return usageError("say which messages to learn from: --labels FILE")
			case o.out == "":
				return usageError("say where the dictionary goes: --out DIR")
			case o.keywords < 0:
				return usageError("--max-keywords %d: at least 0", o.keywords)
			}
			return a.learnDict(cmd.Context(), o)
		},
	}
	cmd.Flags().StringVar(&o.labels, "labels", "", "labelled messages: NDJSON, CSV, XLSX; - is NDJSON on standard input, broker: what is stored there")
	cmd.Flags().StringVar(&o.out, "out", "", "folder of the new dictionary")
	cmd.Flags().StringVar(&o.prior, "prior", "", "folder of a dictionary to start from; default is the one in the program")
	cmd.Flags().BoolVar(&o.adding, "add-subthemes", false, "with --prior: labels that it has no sub-theme for become new ones, with the threshold of their theme")
	cmd.Flags().IntVar(&o.keywords, "max-keywords", 0, "the most keywords that are added; 0: as many as help")
	cmd.Flags().Uint64Var(&o.seed, "seed", 0, "deals the messages to the parts that are left out")
	cmd.Flags().BoolVar(&o.force, "force", false, "replace the dictionary that is there")
	cmd.Flags().BoolVar(&o.json, "json", false, "print what was learned as JSON")
	o.broker.register(cmd)
	return cmd
}

func (a *app) learnDict(ctx context.Context, o learnOptions) error {
	// Learning takes a minute: check first what would make it fail at the end.
	if err := checkNew(o.out, o.force); err != nil {
		return err
	}
	corpus, err := a.labelled(ctx, o.broker, o.labels)
	if err != nil {
		return err
	}
	var prior *dict.Dictionary
	if o.prior != "" {
		if prior, err = namedDict(o.prior); err != nil {
			return err
		}
		if o.labels != "-" { // which is read once
			if corpus, _, err = agreed(ctx, prior, corpus); err != nil {
				return measureError(ctx, err)
			}
		}
	}
	var names *dict.Dictionary // labels in Chinese are mostly of the program's dictionary
	if prior == nil {
		if names, err = dict.Default(); err != nil {
			return err
		}
	}
	bar := a.newBar(a.inLanguage("学习", "learning"))
	learned, err := workbench.Learn(ctx, corpus, workbench.LearnOptions{
		MaxKeywords: o.keywords, Seed: o.seed, Prior: prior, Names: names, NewSubThemes: o.adding, Progress: bar.progress(), Classifier: a.classifierOptions(),
	})
	bar.clear()
	if errors.Is(err, workbench.ErrNothingLearned) {
		if err := a.reportLearned(learned, prior, o.json); err != nil {
			return err
		}
		return checkError("%s", a.notLearned(&learned.Report, o))
	}
	if errors.Is(err, workbench.ErrNothingRandom) {
		return checkError("%s is not written: %w", o.out, err)
	}
	if errors.Is(err, workbench.ErrUnknownLabels) {
		return usageError("%s: %w\n  hint: %s", o.labels, err, phrase.Textf("mend the labels; if new sub-themes are meant, add --add-subthemes"))
	}
	if err != nil {
		return measureError(ctx, err)
	}
	read := os.ReadFile
	if o.prior == "default" {
		read = dict.DefaultSource
	}
	note := a.say("learned from %s", filepath.Base(o.labels))
	err = a.saveDictBy(learned.Dict, o.out, o.force, func(dir string) ([]string, error) {
		files, err := learned.Dict.WriteRevised(dir, note, read)
		if err != nil || o.prior == "" || o.prior == "default" {
			return files, err
		}
		return files, keepGold(o.prior, dir)
	})
	if err != nil {
		return err
	}
	if err := a.reportLearned(learned, learned.Dict, o.json); err != nil {
		return err
	}
	a.cautionLearned(&learned.Report, o)
	return nil
}

// cautionLearned says on standard error what stands in the way of using the dictionary.
func (a *app) cautionLearned(r *workbench.LearnReport, o learnOptions) {
	if r.Draws == nil {
		a.notef("note: the labels do not say which messages were drawn at random; if they were chosen in another way, the figures do not hold for others. The column drawn (取样) of minyi dict review says it")
	}
	if o.prior == "" {
		a.notef("without --prior the dictionary has only words of these messages, and messages of other kinds will mostly be untagged; --prior default starts from the dictionary in the program")
	}
	if e := r.Examples; e != nil && e.Failed > e.FailedBefore {
		a.notef("%d examples fail, %d before; dict publish refuses the dictionary until they pass, and minyi dict test --dict %s says why",
			e.Failed, e.FailedBefore, o.out)
	}
}

func (a *app) reportLearned(l *workbench.Learned, d *dict.Dictionary, asJSON bool) error {
	return a.report(l.Report, "", func(w io.Writer) error { return l.Report.Text(w, a.reader(d)) }, asJSON)
}

// notLearned says why nothing was written, with the figures of both dictionaries.
func (a *app) notLearned(r *workbench.LearnReport, o learnOptions) string {
	if r.Gain.MicroF1 <= 0 {
		return a.say("%s is not written: on messages that were left out, no change is better than %s (micro-F1: %s %s, learned %s); label more messages, or change keywords by hand",
			o.out, o.prior, o.prior, textfmt.Score(r.Prior.MicroF1), textfmt.Score(r.MicroF1))
	}
	return a.say("%s is not written: on messages that were left out it may as well be worse than %s (micro-F1: %s %s, learned %s, a gain of %+.4f, which at 95 %% confidence is at least %+.4f); label more messages, or change keywords by hand",
		o.out, o.prior, o.prior, textfmt.Score(r.Prior.MicroF1), textfmt.Score(r.MicroF1), r.Gain.MicroF1, r.Gain.AtLeast)
}
