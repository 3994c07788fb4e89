package main

import (
	"context"
	"io"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/minyi/minyi/classifier"
	"github.com/minyi/minyi/classifier/workbench"
	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/pipeline/broker"
)

// evalOptions are the flags of minyi dict eval.
type evalOptions struct {
	dict    string
	mapping string
	html    string
	samples bool
	json    bool

	save   bool
	by     string
	stored string
	broker brokerOptions
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

Where by (标注人) says who labelled a message, and several people labelled the same
texts, each text counts once with what most of them say, and how far they agree is
shown: kappa, alpha, micro-F1 of one against the other (see minyi dict gold).

In the place of FILE, broker: stands for what people said of messages of the stream
(minyi tally judge, minyi dict gold --store): each text is fetched by its sequence,
and those that are not there any more are counted and left out.

Plain labels need --map, a file that says which sub-themes stand for which:

  教育文体: [livelihood/education, governance/culture]

Without it, a label is the sub-theme of that Chinese name, as in a dictionary
that minyi dict learn made.

Where messages have themes, it also says how sure a tag is and how often it is
right, and --save keeps what was measured beside the dictionary, in measure.json:
minyi classify and minyi dict review then say how likely each tag is right, and
minyi dict publish takes it along for minyi counts --intervals. --stored VERSION
measures a dictionary that is on the broker, and --save keeps it there. For
intervals, draw the messages at random; those of minyi dict review are the
hardest. In sample texts phone numbers, identity numbers and
e-mail addresses are masked; ` + notMasked + `.`,
		Example: `  minyi dict eval examples/suggestions.ndjson
  minyi dict eval labelled.xlsx --dict mine --html report.html
  minyi dict eval labelled.xlsx --dict mine --save --by li
  minyi dict eval labelled.xlsx --stored current --save
  minyi dict eval broker: --dict mine
  minyi dict eval messages.ndjson --map dict/maps/citizen-labels.yaml --json`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if ext := strings.ToLower(filepath.Ext(o.html)); o.html != "" && ext != ".html" && ext != ".htm" {
				return usageError("--html %s: the name has to end in .html, which browsers go by", o.html)
			}
			switch {
			case o.stored != "" && o.dict != "":
				return usageError("give --dict or --stored, not both")
			case o.save && o.dict == "" && o.stored == "":
				return usageError("--save: name the folder of the dictionary with --dict, or with --stored the version that the broker has (current is the one that counts); the one in the program has no folder")
			case o.save && o.mapping != "":
				return usageError("--save does not go with --map: labels of another scheme say nothing of single sub-themes")
			}
			if o.save {
				var err error
				if o.by, err = a.decider(o.by); err != nil {
					return err
				}
			}
			return a.evalDict(cmd.Context(), args[0], o)
		},
	}
	dictFlag(cmd, &o.dict)
	cmd.Flags().StringVar(&o.mapping, "map", "", "file that says which sub-themes stand for which label")
	cmd.Flags().StringVar(&o.html, "html", "", "also write a page to this file; an older one is replaced")
	cmd.Flags().BoolVar(&o.samples, "samples", true, "show texts that were taken for something else")
	cmd.Flags().BoolVar(&o.json, "json", false, "as JSON")
	cmd.Flags().BoolVar(&o.save, "save", false, "keep what was measured with the dictionary")
	cmd.Flags().StringVar(&o.by, "by", "", "with --save: who measured (default: the user of the system)")
	cmd.Flags().StringVar(&o.stored, "stored", "", "measure the dictionary that the broker has: a version, its beginning, a tally, or current")
	o.broker.register(cmd)
	return cmd
}

func (a *app) evalDict(ctx context.Context, file string, o evalOptions) error {
	corpus, err := a.labelled(ctx, o.broker, file)
	if err != nil {
		return err
	}
	if file == "-" { // it is read twice
		b, err := io.ReadAll(a.stdin)
		if err != nil {
			return phrase.Errorf("read standard input: %w", err)
		}
		corpus = workbench.Bytes("standard input", b)
	}
	options := workbench.EvalOptions{Measure: true}
	if !o.samples {
		options.Samples = -1
	}
	if o.mapping != "" {
		if options.Mapping, err = workbench.LoadMapping(o.mapping); err != nil {
			return measureError(ctx, err)
		}
	}
	c, err := a.evalClassifier(ctx, o)
	if err != nil {
		return err
	}
	corpus, agreement, err := agreed(ctx, c.Dictionary(), corpus)
	if err != nil {
		return measureError(ctx, err)
	}
	e, err := workbench.Evaluate(ctx, c, corpus, options)
	if err != nil {
		return measureError(ctx, err)
	}
	e.Agreement = agreement
	if o.html != "" {
		if err := writeFile(o.html, func(w io.Writer) error { return e.HTML(w, a.language()) }); err != nil {
			return err
		}
		a.notef("%s", a.say("%s written", o.html))
	}
	if err := a.report(e, "", func(w io.Writer) error { return e.Text(w, a.reader(c.Dictionary())) }, o.json); err != nil || !o.save {
		return err
	}
	if e.Draws != nil && e.Draws.Random == 0 {
		return usageError("%s: --save: %w", file, workbench.ErrNothingRandom)
	}
	if e.Measure == nil {
		return usageError("%s: --save needs messages with themes (子主题), and these have labels (标签) of another scheme", file)
	}
	m := a.measured(e.Measure, o.by)
	if o.stored == "" {
		return a.saveMeasure(m, o.dict)
	}
	return a.withBroker(ctx, o.broker, func(ctx context.Context, conn *broker.Conn) error {
		if err := a.storeMeasure(ctx, conn, m); err != nil {
			return err
		}
		a.sayMeasured(m, m.Dict+".measure")
		return nil
	})
}

// evalClassifier is the classifier of the dictionary to measure: of a folder, of the
// program, or on the broker.
func (a *app) evalClassifier(ctx context.Context, o evalOptions) (c *classifier.Classifier, err error) {
	if o.stored == "" {
		return a.loadClassifier(o.dict)
	}
	err = a.withBroker(ctx, o.broker, func(ctx context.Context, conn *broker.Conn) error {
		version, err := a.versionOf(ctx, conn, o.stored)
		if err != nil {
			return err
		}
		d, err := storedDict(ctx, conn, version)
		if err == nil {
			c, err = a.newClassifier(d)
		}
		return err
	})
	return c, err
}
