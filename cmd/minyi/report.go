package main

import (
	"context"
	"errors"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/internal/textfmt"
	"github.com/minyi/minyi/pipeline"
	"github.com/minyi/minyi/pipeline/broker"
	"github.com/minyi/minyi/pipeline/report"
)

// reportOptions are the flags of minyi report.
type reportOptions struct {
	from, to string
	compare  string
	out      string
	dict     string
	samples  int
	minCell  uint64
	names    string
	tally    string
}

// reportFormats are the formats of a report, by the ending of its file.
var reportFormats = map[string]func(*report.Report, io.Writer) error{
	".docx": (*report.Report).Docx,
	".html": (*report.Report).HTML,
	".md":   (*report.Report).Markdown,
	".xlsx": (*report.Report).Xlsx,
}

// mostSamples is how many messages of each sub-theme a report may quote.
const mostSamples = 20

func (a *app) reportCommand() *cobra.Command {
	var (
		b brokerOptions
		o reportOptions
	)
	cmd := &cobra.Command{
		Use:   "report",
		Short: "Write the report of a consultation",
		Long: `Write the report of a consultation: how many suggestions, about what, from
where, what changed, in whose words, and how it was counted. Every number is that
of minyi counts at one moment, and the same counts give the same file. The ending
of the file says which format:
` + strings.Join(reportEndings(), ", ") + `; without --out it is Markdown, on standard output.

--compare sets it beside earlier days, or beside an earlier consultation, whose
stream is counted again with the dictionary of today.

In messages that are quoted phone numbers, identity numbers and e-mail addresses are
masked; ` + notMasked + `.`,
		Example: `  minyi report --lang zh --out report.docx
  minyi report --from 2022-05-01 --compare previous --out may.docx
  minyi report --compare SUGGESTIONS_2017 --samples 0
  minyi report verify report.docx`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.validate(); err != nil {
				return err
			}
			conn, err := a.connect(cmd.Context(), b)
			if err != nil {
				return err
			}
			defer conn.Close()
			return brokerError(a.runReport(cmd.Context(), conn, o), b.server)
		},
	}
	b.register(cmd)
	f := cmd.Flags()
	f.StringVar(&o.from, "from", "", "first day, such as 2022-04-15")
	f.StringVar(&o.to, "to", "", "last day")
	f.StringVar(&o.compare, "compare", "", "earlier days FROM..TO, previous for as many days just before, or STREAM or STREAM:FROM..TO")
	f.StringVar(&o.tally, "tally", "", "tally to report (default: the current one)")
	f.StringVar(&o.out, "out", "", "file to write")
	f.StringVar(&o.dict, "dict", "", "folder of the dictionary of the counts (default: found by its version)")
	f.IntVar(&o.samples, "samples", 2, "messages of each sub-theme to quote, masked; 0: none")
	f.Uint64Var(&o.minCell, "min-cell", 10, "hide numbers below this, and those that would show them")
	f.StringVar(&o.names, "names", "", "YAML file with names of sources: sources: {xinhua: {zh: 新华社, en: Xinhua}}")
	cmd.AddCommand(a.reportVerifyCommand())
	return cmd
}

func reportEndings() []string {
	var all []string
	for ending := range reportFormats {
		all = append(all, ending)
	}
	slices.Sort(all)
	return all
}

// validate returns a wrong usage by its name.
func (o *reportOptions) validate() error {
	if err := (pipeline.Query{From: o.from, To: o.to}).Validate(); err != nil {
		return usageError("--from and --to: %w", err)
	}
	if o.out != "" && reportFormats[strings.ToLower(filepath.Ext(o.out))] == nil {
		return usageError("--out %s: its ending is none of %s", o.out, strings.Join(reportEndings(), ", "))
	}
	if o.samples < 0 || o.samples > mostSamples {
		return usageError("--samples %d: from 0 to %d", o.samples, mostSamples)
	}
	if err := checkMinCell(o.minCell); err != nil {
		return err
	}
	_, err := parseCompare(o.compare)
	return err
}

// comparison is what --compare says.
type comparison struct {
	none, previous bool
	stream         string // "": that of the report
	days           report.Days
}

// parseCompare reads previous, FROM..TO, STREAM or STREAM:FROM..TO.
func parseCompare(s string) (comparison, error) {
	switch s {
	case "":
		return comparison{none: true}, nil
	case "previous":
		return comparison{previous: true}, nil
	}
	c := comparison{}
	days := s
	if stream, rest, ok := strings.Cut(s, ":"); ok {
		c.stream, days = stream, rest
	} else if !strings.Contains(s, "..") && !strings.ContainsAny(s, " .*>") && (s[0] < '0' || s[0] > '9') {
		return comparison{stream: s}, nil
	}
	from, to, ok := strings.Cut(days, "..")
	if err := (pipeline.Query{From: from, To: to}).Validate(); err != nil || !ok || from == "" || to == "" {
		return c, usageError("--compare %s: give two days, such as 2022-04-01..2022-04-30, previous, or the stream of an earlier consultation", s)
	}
	c.days = report.Days{From: from, To: to}
	return c, nil
}

// runReport reads the counts and writes the report of them.
func (a *app) runReport(ctx context.Context, conn *broker.Conn, o reportOptions) error {
	names, err := readNames(o.names)
	if err != nil {
		return err
	}
	if err := nameTally(ctx, conn, &o.tally); err != nil {
		return err
	}
	counts, err := conn.Counts().Snapshot(ctx, o.tally)
	if err != nil {
		return err
	}
	if info, err := conn.SourceOf(counts.Info.Spec.Stream).Info(ctx); err == nil && info.Last > counts.Frontier {
		a.notef("%s messages are not counted yet, and not in the report; it has them when it is written again later", textfmt.Count(info.Last-counts.Frontier))
	}
	m := &reportMaker{a: a, conn: conn, dir: o.dict}
	in := report.Input{
		Counts: counts, Days: report.Days{From: o.from, To: o.to}, Lang: report.Language(a.lang),
		Names: names.Sources, MinCell: o.minCell, SamplesAsked: o.samples,
	}
	if in.Measure, err = m.measure(ctx, counts.Dict); err != nil {
		return err
	}
	compare, err := parseCompare(o.compare)
	if err == nil {
		in.Earlier, err = m.earlier(ctx, compare, in)
	}
	if err != nil {
		return err
	}
	if err := m.read(ctx, &in); err != nil {
		return err
	}
	a.noteEmpty(in)
	return a.writeReport(report.New(in), o.out)
}

// noteEmpty says that a period has no messages, as after a slip in a year.
func (a *app) noteEmpty(in report.Input) {
	all, total := report.Days{}.Span(in.Counts.Totals)
	_, n := in.Days.Span(in.Counts.Totals)
	switch {
	case total == 0:
		a.notef("no message of %s is counted yet: the report has nothing to say", in.Counts.Info.Spec.Stream)
	case n == 0:
		a.notef("no messages of %s; those of the stream are of %s", spanOf(in.Days), spanOf(all))
	}
	if e := in.Earlier; e != nil {
		if _, n := e.Days.Span(e.Counts.Totals); n == 0 {
			all, total := report.Days{}.Span(e.Counts.Totals)
			if total == 0 {
				a.notef("nothing is compared: stream %s has no messages", e.Counts.Info.Spec.Stream)
				return
			}
			a.notef("nothing is compared: no messages of %s; those of the stream are of %s", spanOf(e.Days), spanOf(all))
		}
	}
}

// spanOf writes days as --compare takes them.
func spanOf(d report.Days) string { return d.From + ".." + d.To }

// read reads the stream again for what the counts do not say: messages to quote, texts
// that are the same, and words. Without messages to quote it is left out where the
// dictionary is not to be had, or where there are too many messages.
func (m *reportMaker) read(ctx context.Context, in *report.Input) error {
	counts := &in.Counts
	days := new(report.TextDays)
	*days = report.TextDaysOf(*counts, in.Days)
	if counts.Frontier > report.MostTexts {
		m.a.notef("more than %s messages: their texts are not compared", textfmt.Count(report.MostTexts))
		days = nil
	}
	again, err := m.recount(ctx, counts.Info.Spec, counts.Frontier, in, days)
	var unknown *exitError
	switch {
	case in.SamplesAsked == 0 && errors.As(err, &unknown):
		m.a.notef("texts are not compared: %v", m.a.language().Error(err))
		return nil
	case err != nil:
		return phrase.Errorf("read the texts of the messages: %w", err)
	}
	if gone := again.Counts.Missing - min(counts.Missing, again.Counts.Missing); gone > 0 {
		m.a.notef("%d messages that were counted are not in the stream any more: the numbers are as counted, and messages to quote come from those that are left", gone)
	}
	return nil
}

// writeReport writes a report to a file, or as Markdown to standard output.
func (a *app) writeReport(r *report.Report, path string) error {
	if path == "" {
		return r.Markdown(a.stdout)
	}
	if err := writeFile(path, func(to io.Writer) error { return reportFormats[strings.ToLower(filepath.Ext(path))](r, to) }); err != nil {
		return err
	}
	a.notef("%s written", path)
	return nil
}
