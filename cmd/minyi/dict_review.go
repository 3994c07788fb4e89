package main

import (
	"context"
	"errors"
	"io"
	"math"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/minyi/minyi/classifier"
	"github.com/minyi/minyi/classifier/workbench"
	"github.com/minyi/minyi/dict"
	"github.com/minyi/minyi/internal/workbook"
	"github.com/minyi/minyi/pipeline/broker"
)

// reviewOptions are the flags of minyi dict review.
type reviewOptions struct {
	dict  string
	out   string
	limit int
	force bool
	json  bool

	messages uint64
	broker   brokerOptions
}

func (a *app) dictReviewCommand() *cobra.Command {
	var o reviewOptions
	cmd := &cobra.Command{
		Use:   "review MESSAGES --out FILE",
		Short: "List the messages that a person should label, the most useful first",
		Long: `List the messages of a file that a person should label, in a workbook or a CSV
file: those that nothing is tagged with, those whose primary rests on one keyword,
and those where the runner-up has half of the primary's score or more. Each text
is one row, however often it occurs. Messages that have a label are left out, and
those that say what is labelled in gold.ndjson of the dictionary (minyi dict gold),
so a second review lists others.

In the place of MESSAGES, broker: stands for the stream, of which --messages says how
many of the newest are looked at. The ids of the rows are sequences then, what has a
label on the broker is left out, and minyi dict gold --store brings labels back.

Fill in the columns themes and primary: sub-themes by id or Chinese name, none for
a text about none of them. A primary alone is enough. Rows left empty are unread:
minyi dict eval and minyi dict learn skip them, and say how many. So label from
the top, and stop where you like.

Rows with the same doubt (the same deciding keyword, the same two sub-themes) are
a group; the k-th row of a group of n messages is placed by n/k. So the first rows
are shared among the doubts as the messages are (D'Hondt's method). Where the
dictionary was measured (minyi dict eval --save), a message counts as much as it is
likely to be wrong, and the column chance says how likely it is right.

A third of the rows, and at least 50 where there are as many others, is drawn at
random from all messages; the column drawn (取样) says so. The others are the hardest
for the dictionary, and its figures on them are lower than on all: so minyi dict
learn judges by those drawn at random only, and minyi dict eval counts them apart.
Keep the column. Phone numbers, identity numbers and e-mail addresses
are masked; ` + notMasked + `.`,
		Example: `  minyi dict review messages.ndjson --out review.xlsx
  minyi dict review messages.xlsx --dict mine --out review.csv --limit 50
  minyi dict review broker: --dict mine --out review.xlsx
  minyi dict eval review.xlsx --dict mine`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			switch ext := strings.ToLower(filepath.Ext(o.out)); {
			case o.out == "":
				return usageError("say where the rows go: --out FILE.xlsx or FILE.csv")
			case ext != ".xlsx" && ext != ".csv":
				return usageError("--out %s: write a .xlsx or a .csv", o.out)
			case o.limit < -1 || o.limit == 0:
				return usageError("--limit %d: at least 1, or -1 for all", o.limit)
			}
			if args[0] == fromBroker {
				return a.reviewStream(cmd.Context(), o)
			}
			corpus, err := a.corpus(args[0])
			if err != nil {
				return err
			}
			return a.review(cmd.Context(), corpus, workbench.LabelledTexts{}, o)
		},
	}
	dictFlag(cmd, &o.dict)
	cmd.Flags().StringVar(&o.out, "out", "", "the .xlsx or .csv to write")
	cmd.Flags().IntVar(&o.limit, "limit", 200, "how many texts; -1 is all")
	cmd.Flags().BoolVar(&o.force, "force", false, "replace the file that is there")
	cmd.Flags().BoolVar(&o.json, "json", false, "print how many messages have which doubt as JSON")
	cmd.Flags().Uint64Var(&o.messages, "messages", 100_000, "of broker: look at the newest N messages; 0: all")
	o.broker.register(cmd)
	return cmd
}

// reviewStream reviews the messages that the current tally has counted.
func (a *app) reviewStream(ctx context.Context, o reviewOptions) error {
	return a.withBroker(ctx, o.broker, func(ctx context.Context, conn *broker.Conn) error {
		s, err := openJudged(ctx, conn)
		if err != nil {
			return err
		}
		said, err := s.judgements(ctx)
		if err != nil {
			return err
		}
		labels := map[uint64][]string{}
		for _, j := range said {
			if j.Themes != nil {
				labels[j.Seq] = j.Themes
			}
		}
		checkpoint, _, err := conn.Counts().Checkpoint(ctx, s.tally)
		if err != nil {
			return err
		}
		r, err := newest(ctx, conn, checkpoint.Frontier, o.messages)
		if err != nil {
			return err
		}
		known, err := a.labelledTexts(ctx, conn, labels)
		if err != nil {
			return err
		}
		return a.review(ctx, a.labelledStream(ctx, conn, s.spec, r, labels), known, o)
	})
}

// labelledTexts are the texts of the messages that have a label on the broker, as others
// may say the same.
func (a *app) labelledTexts(ctx context.Context, conn *broker.Conn, labels map[uint64][]string) (known workbench.LabelledTexts, err error) {
	if len(labels) == 0 {
		return known, nil
	}
	corpus, err := a.storedLabels(ctx, conn)
	if err != nil {
		return known, err
	}
	gold, err := workbench.ReadGold(ctx, &dict.Dictionary{}, corpus) // what the labels say does not matter
	if err != nil {
		return known, err
	}
	known.Add(gold.Labels)
	return known, nil
}

// review lists what is to be labelled. known are texts that have a label in another place
// than the corpus and the dictionary's folder.
func (a *app) review(ctx context.Context, corpus workbench.Corpus, known workbench.LabelledTexts, o reviewOptions) error {
	if err := checkNew(o.out, o.force); err != nil {
		return err
	}
	c, err := a.loadClassifier(o.dict)
	if err != nil {
		return err
	}
	chances, err := a.chances(o.dict, c)
	if err != nil {
		return err
	}
	if o.dict != "" {
		gold, err := keptGold(ctx, c.Dictionary(), filepath.Join(o.dict, goldFile))
		if err != nil {
			return measureError(ctx, err)
		}
		known.Add(gold.Labels)
	}
	r, err := workbench.FindDoubts(ctx, c, corpus, workbench.ReviewOptions{Limit: o.limit, Chances: chances, Labelled: &known})
	if err != nil {
		return measureError(ctx, err)
	}
	if err := writeRows(o.out, func(to tableWriter) error { return a.reviewRows(to, r, c) }); err != nil {
		return err
	}
	a.notef("%s", a.say("%s written", o.out))
	return a.report(r, "", func(w io.Writer) error { return r.Text(w, a.reader(c.Dictionary())) }, o.json)
}

// writeRows writes a table to a workbook or a CSV file, by the name of the file.
func writeRows(path string, rows func(tableWriter) error) error {
	return writeFile(path, func(to io.Writer) error {
		if strings.ToLower(filepath.Ext(path)) == ".csv" {
			w := newCSVTable(to)
			return errors.Join(rows(w), w.flush())
		}
		w, err := workbook.NewWriter("")
		if err != nil {
			return err
		}
		err = rows(w)
		if err == nil {
			_, err = w.WriteTo(to)
		}
		return errors.Join(err, w.Close())
	})
}

// reviewRows writes the header and the rows. The columns to fill in have the names by
// which labels are read, and what the dictionary says has others, so that nobody's
// label is the dictionary's own.
func (a *app) reviewRows(to tableWriter, r *workbench.Review, c *classifier.Classifier) error {
	header := []string{"id", "text", "themes", "primary", "tagged", "words", "why", "drawn", "margin", "same text", "same doubt"}
	sheet, drawn := "review", map[workbench.Drawn]string{workbench.DrawnRandom: "random", workbench.DrawnPicked: "picked"}
	if a.lang == "zh" {
		header = []string{"编号", "正文", "子主题", "主要子主题", "现归入", "命中词", "为何要看", "取样", "领先", "同文条数", "同疑条数"}
		sheet, drawn = "待标注", map[workbench.Drawn]string{workbench.DrawnRandom: "随机", workbench.DrawnPicked: "挑选"}
	}
	measured := slices.ContainsFunc(r.Rows, func(row workbench.ReviewRow) bool { return row.Chance != nil })
	if measured {
		header = append(header, a.inLanguage("把握", "chance"))
	}
	if err := to.Sheet(sheet, header); err != nil {
		return err
	}
	reader := a.reader(c.Dictionary())
	for i := range r.Rows {
		row := &r.Rows[i]
		var margin any = ""
		if row.Margin.Margin != nil {
			margin = float(*row.Margin.Margin)
		}
		group := any("") // what is not in doubt is in none
		if row.Group > 0 {
			group = row.Group
		}
		cells := []any{
			a.idOrLine(row.ID, row.Line), row.Text, "", "", strings.Join(reader.Names(row.Tags), "\n"), strings.Join(row.Keywords, " "),
			row.Why(reader), drawn[row.Drawn], margin, row.Messages, group,
		}
		if measured {
			cells = append(cells, math.Round(100**row.Chance)/100)
		}
		if err := to.Row(cells); err != nil {
			return err
		}
	}
	return nil
}
