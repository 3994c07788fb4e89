package main

import (
	"context"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/minyi/minyi/pipeline"
	"github.com/minyi/minyi/pipeline/broker"
	"github.com/minyi/minyi/pipeline/report"
)

// reportOptions are the flags of minyi report.
type reportOptions struct {
	from, to string
	compare  string
	out      string
	minCell  uint64
	page     pageOptions // of which only names counts
}

// reportFormats are the formats of a report, by the ending of its file.
var reportFormats = map[string]func(*report.Report, io.Writer) error{
	".docx": (*report.Report).Docx,
	".md":   (*report.Report).Markdown,
}

func (a *app) reportCommand() *cobra.Command {
	var (
		b brokerOptions
		o reportOptions
	)
	cmd := &cobra.Command{
		Use:   "report",
		Short: "Write the report of a consultation",
		Long: `Write the report of a consultation: how many suggestions, about what, from where,
what changed, and how it was counted. Every number is that of minyi counts at one
moment, and the same counts give the same file. The ending of the file says which
format: ` + strings.Join(reportEndings(), ", ") + `; without --out it is Markdown, on standard output.`,
		Example: `  minyi report
  minyi report --from 2022-05-01 --to 2022-05-16 --compare previous --out may.md`,
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
	f.StringVar(&o.compare, "compare", "", "compare with earlier days: FROM..TO, or previous for as many days just before")
	f.StringVar(&o.out, "out", "", "file to write")
	f.Uint64Var(&o.minCell, "min-cell", 10, "hide numbers below this, and those that would show them")
	f.StringVar(&o.page.names, "names", "", "YAML file with names of sources: sources: {xinhua: {zh: 新华社, en: Xinhua}}")
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
		return usageError("%w", err)
	}
	if o.out != "" && reportFormats[strings.ToLower(filepath.Ext(o.out))] == nil {
		return usageError("--out %s: its ending is none of %s", o.out, strings.Join(reportEndings(), ", "))
	}
	if o.compare == "" || o.compare == "previous" {
		return nil
	}
	_, err := parseDays(o.compare)
	return err
}

// parseDays reads FROM..TO.
func parseDays(s string) (report.Days, error) {
	from, to, ok := strings.Cut(s, "..")
	if err := (pipeline.Query{From: from, To: to}).Validate(); err != nil || !ok || from == "" || to == "" {
		return report.Days{}, usageError("--compare %s: give two days, such as 2022-04-01..2022-04-30, or previous", s)
	}
	return report.Days{From: from, To: to}, nil
}

// runReport reads the counts and writes the report of them.
func (a *app) runReport(ctx context.Context, conn *broker.Conn, o reportOptions) error {
	shown, err := o.page.config()
	if err != nil {
		return err
	}
	counts, err := conn.Counts().Snapshot(ctx, "")
	if err != nil {
		return err
	}
	in := report.Input{
		Counts: counts, Days: report.Days{From: o.from, To: o.to}, Lang: report.Language(a.lang),
		Names: shown.Names.Sources, MinCell: o.minCell,
	}
	if o.compare != "" {
		days, err := o.earlierDays(counts)
		if err != nil {
			return err
		}
		in.Earlier = &report.Earlier{Counts: counts, Days: days}
	}
	return a.writeReport(report.New(in), o.out)
}

// earlierDays are the days to compare with.
func (o *reportOptions) earlierDays(c pipeline.Counts) (report.Days, error) {
	if o.compare != "previous" {
		return parseDays(o.compare)
	}
	days, ok := report.Days{From: o.from, To: o.to}.Previous(c.Totals)
	if !ok {
		return days, usageError("--compare previous: there are no days that were counted; give FROM..TO")
	}
	return days, nil
}

// writeReport writes a report to a file, or as Markdown to standard output.
func (a *app) writeReport(r *report.Report, path string) error {
	if path == "" {
		return r.Markdown(a.stdout)
	}
	if err := writeFile(path, func(to io.Writer) error { return reportFormats[strings.ToLower(filepath.Ext(path))](r, to) }); err != nil {
		return err
	}
	a.notef(a.inLanguage("已写入 %s", "%s written"), path)
	return nil
}
