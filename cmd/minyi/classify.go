package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/minyi/minyi/classifier"
	"github.com/minyi/minyi/classifier/workbench"
	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/internal/textfmt"
	"github.com/minyi/minyi/pipeline"
	"github.com/minyi/minyi/pipeline/intake"
)

// classifyOptions are the flags of minyi classify.
type classifyOptions struct {
	dict    string
	file    string
	json    bool
	explain bool
	out     string
	force   bool
	read    fileOptions

	chances *workbench.Chances // nil: the dictionary was not measured
}

func (a *app) classifyCommand() *cobra.Command {
	var o classifyOptions
	cmd := &cobra.Command{
		Use:   "classify [TEXT | FILE --out FILE]",
		Short: "Tag a text, or the suggestions of a file, without a broker",
		Long: `Tag a text, or the suggestions of a file, without a broker.

Without TEXT and --file, the text is read from standard input. A file may be
NDJSON, CSV or XLSX, as for send; one result a suggestion, in the order of the
file. With --json a result is one line:

  {"id":"x","primary":"livelihood/education","themes":[{"id":"livelihood/education",
   "score":2.5,"matches":[{"keyword":"双减","start":3,"end":9,"text":"双减","weight":1}]}],"margin":1,"dict":"3f9c…"}

margin says by what share of its score the primary is ahead of runner_up, the
second tag. Where the dictionary was measured on labelled texts (minyi dict eval
--save), chance says of each tag how likely it is right. start and end are byte offsets in the text, half-open; in a suggestion with a
title, in title, line feed, text. A record that is no suggestion gives a line
with "rejected" and its reason, and exit code 1.

With --out the rows of FILE are written to a workbook or a CSV file as they are,
and beside them the sub-themes, their scores, the words that were found, and how
sure that is: the runner-up, and whether it has half of the score or more. Rows that
are no suggestions are there too, with the reason.

With --explain numbers that may identify a person are masked; ` + notMasked + `.`,
		Example: `  minyi classify 小学三点半放学没人接
  minyi classify 建议.xlsx --out 建议-归类.xlsx
  minyi classify --file examples/suggestions.ndjson --json | head`,
		Args: cobra.ArbitraryArgs,
		RunE: func(_ *cobra.Command, args []string) error {
			if o.out != "" && o.file == "" && len(args) == 1 {
				o.file, args = args[0], nil
			}
			switch {
			case o.file != "" && len(args) > 0:
				return usageError("give a text or --file, not both")
			case o.out != "" && o.file == "":
				return usageError("--out writes the rows of a file: name one file")
			case o.out != "" && (o.json || o.explain):
				return usageError("--out writes a table; leave out --json and --explain")
			}
			c, err := a.loadClassifier(o.dict)
			if err != nil {
				return err
			}
			if o.chances, err = a.chances(o.dict, c); err != nil {
				return err
			}
			if o.out != "" {
				return a.classifyTable(c, o)
			}
			if o.file != "" {
				return a.classifyFile(c, o)
			}
			text, err := a.textOf(args)
			if err != nil {
				return err
			}
			w := bufio.NewWriter(a.results(o))
			a.writeResult(w, c, &classifier.Result{}, "", []byte(text), o)
			return w.Flush()
		},
	}
	cmd.Flags().StringVar(&o.dict, "dict", "", "folder of a dictionary (default: the one in the program)")
	cmd.Flags().StringVar(&o.file, "file", "", "file of suggestions: NDJSON, CSV, XLSX; - is standard input")
	cmd.Flags().BoolVar(&o.json, "json", false, "one JSON object a line")
	cmd.Flags().BoolVar(&o.explain, "explain", false, "show tokens, every occurrence, and why")
	cmd.Flags().StringVar(&o.out, "out", "", "write the rows of the file with their sub-themes to this .xlsx or .csv")
	cmd.Flags().BoolVar(&o.force, "force", false, "with --out: replace the file that is there")
	o.read.register(cmd)
	return cmd
}

// textOf returns the text to classify: the arguments, or standard input. From a terminal
// nobody would know that it waits, so it says what is read.
func (a *app) textOf(args []string) (string, error) {
	if len(args) > 0 {
		return strings.Join(args, " "), nil
	}
	if typed(a.stdin) {
		a.notef("type the text and end it with Ctrl+D; or write minyi classify TEXT, or --file FILE")
	}
	b, err := io.ReadAll(a.stdin)
	if err != nil {
		return "", phrase.Errorf("read standard input: %w", err)
	}
	if len(bytes.TrimSpace(b)) == 0 {
		return "", usageError("no text: write minyi classify TEXT, or --file FILE, or pipe a text into it")
	}
	return strings.TrimSuffix(string(b), "\n"), nil
}

// results returns where results are written to.
func (a *app) results(o classifyOptions) io.Writer {
	if o.json {
		return textfmt.NewJSONWriter(raw(a.stdout))
	}
	return a.stdout
}

// classifyFile writes a result for every record of a file, in order.
func (a *app) classifyFile(c *classifier.Classifier, o classifyOptions) error {
	opts := o.read.options(a)
	opts.SameIDs = true
	r, err := intake.Open(o.file, opts)
	if err != nil {
		return &exitError{code: exitUsage, err: err}
	}
	defer r.Close()
	if intake.IsTable(o.file) {
		a.writeTables(a.stderr, r.Balance())
	}
	decoder, err := pipeline.NewDecoder(pipeline.Format{})
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(a.results(o), 1<<16)
	var (
		result classifier.Result
		s      pipeline.Suggestion
		bad    int
	)
	var shown *bar
	if !terminal(a.stdout) { // where the results come
		shown = a.readingBar(o.file)
		defer shown.clear()
	}
	for {
		shown.set(r.Position())
		rec, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		var refused *intake.RecordError
		if errors.As(err, &refused) {
			if bad++; bad <= maxShown { // the balance has the rows of all
				a.notef("minyi: %v", err)
			}
			continue
		}
		if err != nil {
			return errors.Join(err, w.Flush())
		}
		m := pipeline.Message{Data: rec.Payload, Stored: time.Now()}
		if reason := decoder.Decode(&m, &s); reason != "" {
			bad++
			a.notef("minyi: %s:%d: no suggestion: %s", o.file, rec.Line, a.reasonName(reason))
			a.writeRejected(w, c, rec, reason, o)
			continue
		}
		a.writeResult(w, c, &result, rec.ID, s.Text, o)
	}
	if err := w.Flush(); err != nil {
		return err
	}
	a.writeClassified(a.stderr, r.Balance())
	if bad > 0 {
		return checkError("%s: %d of its records are no suggestions", o.file, bad)
	}
	return nil
}

// writeRejected keeps a file and its results aligned line by line.
func (a *app) writeRejected(w *bufio.Writer, c *classifier.Classifier, rec intake.Record, reason pipeline.Reason, o classifyOptions) {
	if !o.json {
		_, _ = w.WriteString(a.say("%s: rejected: %s\n", textfmt.Visible(rec.ID), a.reasonName(reason)))
		return
	}
	line := c.NewRecord(rec.ID, nil, &classifier.Result{}).AppendJSON(nil)
	fmt.Fprintf(w, "%s,\"rejected\":%q}\n", strings.TrimSuffix(string(line), "}\n"), reason)
}

// writeResult classifies one text and writes the result.
func (a *app) writeResult(w *bufio.Writer, c *classifier.Classifier, r *classifier.Result, id string, text []byte, o classifyOptions) {
	switch {
	case o.explain && o.json:
		_ = encodeStamped(w, explained(c, o.chances, r, text), pipeline.Stamp{Dict: c.Dictionary().Version()}) // the final Flush returns the error
	case o.explain:
		_ = explained(c, o.chances, r, text).WriteTextIn(w, a.language())
	case o.json:
		c.Classify(r, text)
		_, _ = w.Write(newRecord(c, o.chances, id, text, r).AppendJSON(nil))
	default:
		c.Classify(r, text)
		a.writeTags(w, newRecord(c, o.chances, id, text, r), pipeline.NewThemeTree(c.Dictionary()))
	}
}

// writeTags prints a result for people: the primary first, a line a sub-theme,
// with the keywords that made its score.
func (a *app) writeTags(w *bufio.Writer, rec *classifier.Record, o pipeline.ThemeTree) {
	indent := ""
	if rec.ID != "" {
		fmt.Fprintf(w, "%s\n", textfmt.Visible(rec.ID))
		indent = "  "
	}
	if rec.Primary == nil {
		fmt.Fprintf(w, "%s%s\n", indent, tableWords[a.lang].untagged)
		return
	}
	for _, t := range rec.Themes {
		var keywords []string
		times := map[string]int{}
		for _, m := range t.Matches {
			if times[m.Keyword]++; times[m.Keyword] == 1 {
				keywords = append(keywords, m.Keyword)
			}
		}
		for i, k := range keywords {
			if n := times[k]; n > 1 {
				keywords[i] = fmt.Sprintf("%s×%d", k, n)
			}
		}
		chance := ""
		if t.Chance > 0 {
			chance = a.say("%.0f%% sure  ", 100*t.Chance)
		}
		fmt.Fprintf(w, "%s%s (%s)  %s  %s%s\n", indent, a.name(o, t.ID), t.ID, t.Score, chance, strings.Join(keywords, " "))
	}
}
