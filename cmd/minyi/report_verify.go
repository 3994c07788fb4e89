package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/internal/textfmt"
	"github.com/minyi/minyi/pipeline"
	"github.com/minyi/minyi/pipeline/broker"
	"github.com/minyi/minyi/pipeline/report"
)

func (a *app) reportVerifyCommand() *cobra.Command {
	var (
		b      brokerOptions
		dir    string
		asJSON bool
	)
	cmd := &cobra.Command{
		Use:   "verify FILE.docx",
		Short: "Check every figure of a report against the stream",
		Long: `Count the stream again, up to where the report was made and with its
dictionary, and compare every figure of the Word document with what comes out:
numbers in the text and in tables, what charts show, and the workbooks behind
them. Exit with 1 if one was edited, is gone, or is not where it was.

Messages that have expired or were erased since cannot be counted again; they are
named, and figures that are as they were written are told from edited ones. Words
may be edited; lines that minyi did not write are listed, and numbers in them are
not checked.`,
		Example: `  minyi report verify report.docx`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			data, err := os.ReadFile(args[0])
			if err != nil {
				return usageError("%w", err)
			}
			f, err := report.Open(data)
			if err != nil {
				return usageError("%s: %w; a Word file (.docx) that minyi report wrote can be verified: it has the figures of the other forms", args[0], err)
			}
			conn, err := a.connect(cmd.Context(), b)
			if err != nil {
				return err
			}
			defer conn.Close()
			if err := conn.CheckStream(f.Manifest.Counts.Spec.Stream); err != nil {
				return brokerError(phrase.Errorf("%s: %w", args[0], err), b.server)
			}
			v, err := (&reportMaker{a: a, conn: conn, dir: dir}).verify(cmd.Context(), f)
			server, _ := conn.Server()
			if errors.Is(err, pipeline.ErrStreamReset) { // its remedy is for workers
				return usageError("%s: this is not the stream of the report: %[3]s on %[2]s is another one; name the broker of the report with --server", args[0], broker.Address(server), f.Manifest.Counts.Spec.Stream)
			}
			if err != nil {
				return brokerError(err, b.server)
			}
			if asJSON {
				err = a.writeJSON(v)
			} else {
				a.writeVerified(v)
			}
			if err == nil && len(v.Findings) > 0 {
				return checkError("%s: %d figures are not as counted", args[0], len(v.Findings))
			}
			return err
		},
	}
	b.register(cmd)
	cmd.Flags().StringVar(&dir, "dict", "", "folder of the report's dictionary (default: found by its version)")
	cmd.Flags().BoolVar(&asJSON, "json", false, "as JSON")
	return cmd
}

// verified is what a verification found, with what is gone from the stream.
type verified struct {
	report.Verification
	Tally    string           `json:"tally"`
	Dict     string           `json:"dict"`
	Frontier uint64           `json:"frontier"`
	AsOf     time.Time        `json:"as_of,omitzero"`
	Gone     uint64           `json:"gone"`    // messages that were counted and are not there any more
	Missing  []pipeline.Range `json:"missing"` // all that is not there, those of before the report too
	Erased   []broker.Erasure `json:"erased"`  // of these, what was erased
}

// verify makes the report of a file again and compares both.
func (m *reportMaker) verify(ctx context.Context, f *report.File) (verified, error) {
	man := f.Manifest
	in := report.Input{Days: man.Days, Lang: man.Lang, Names: man.Names, MinCell: man.MinCell, SamplesAsked: man.Samples, Measure: man.Measure}
	again, err := m.recount(ctx, man.Counts.Spec, man.Counts.Frontier, &in, man.Texts)
	if err != nil {
		return verified{}, err
	}
	v := verified{Tally: again.Counts.Tally, Dict: again.Counts.Dict, Frontier: man.Counts.Frontier, AsOf: again.Counts.AsOf, Missing: again.Missing, Erased: []broker.Erasure{}}
	v.Gone = again.Counts.Missing - min(man.Counts.Missing, again.Counts.Missing)
	in.Counts = again.Counts
	if man.Earlier != nil {
		gone, err := m.verifyEarlier(ctx, &in, man)
		if err != nil {
			return v, err
		}
		v.Gone += gone
	}
	if v.Verification, err = f.Verify(report.New(in), v.Gone); err != nil {
		return v, err
	}
	all, err := m.conn.Erasures(ctx)
	for _, e := range all {
		if e.Stream == man.Counts.Spec.Stream && slices.ContainsFunc(v.Missing, func(r pipeline.Range) bool { return r.From <= e.Seq && e.Seq <= r.To }) {
			v.Erased = append(v.Erased, e)
		}
	}
	return v, err
}

// verifyEarlier counts again what the report is compared with, and returns how many of
// its messages are gone.
func (m *reportMaker) verifyEarlier(ctx context.Context, in *report.Input, man report.Manifest) (gone uint64, err error) {
	e := &report.Earlier{Counts: in.Counts, Days: man.EarlierDays}
	if man.Earlier.Spec.Stream != man.Counts.Spec.Stream {
		c, err := m.classifier(ctx, man.Earlier.Spec.Dict)
		if err != nil {
			return 0, err
		}
		again, err := pipeline.Recount(ctx, m.conn.SourceOf(man.Earlier.Spec.Stream), c, man.Earlier.Spec, man.Earlier.Frontier, nil)
		if err != nil {
			return 0, err
		}
		e.Counts = again.Counts
		gone = again.Counts.Missing - min(man.Earlier.Missing, again.Counts.Missing)
	}
	if man.Then != nil {
		then, err := m.recountThen(ctx, *man.Then)
		if err != nil {
			return gone, err
		}
		e.Then = then
	}
	in.Earlier = e
	return gone, nil
}

// recountThen counts again with the dictionary that was in use then; nil if that
// dictionary is not to be had any more.
func (m *reportMaker) recountThen(ctx context.Context, of report.Counted) (*pipeline.Counts, error) {
	if stored, err := m.conn.Counts().Snapshot(ctx, of.Spec.Tally()); err == nil && stored.Frontier == of.Frontier {
		return &stored, nil
	}
	again, err := m.recount(ctx, of.Spec, of.Frontier, nil, nil)
	var unknown *exitError
	if errors.As(err, &unknown) || errors.Is(err, pipeline.ErrOtherDictionary) {
		return nil, nil
	}
	return &again.Counts, err
}

// mostFindings is how many findings have a line each.
const mostFindings = 50

// writeVerified prints what a verification found.
func (a *app) writeVerified(v verified) {
	what := map[string][2]string{
		report.Edited: {"数字被改", "edited"}, report.Removed: {"缺少", "missing"}, report.Added: {"多出", "added"},
		report.Label: {"行名被改", "label"}, report.InChart: {"图表", "chart"}, report.InBook: {"图表数据", "chart data"},
	}
	if len(v.Findings) > 0 {
		t := textfmt.Table{Columns: []textfmt.Column{
			{Title: a.inLanguage("问题", "what")},
			{Title: a.inLanguage("文件中", "in the file"), Right: true},
			{Title: a.inLanguage("统计为", "as counted"), Right: true},
			{Title: a.inLanguage("位置", "where"), MinWidth: shortName},
		}}
		for _, f := range v.Findings[:min(len(v.Findings), mostFindings)] {
			w := what[f.What]
			found := f.Found
			if f.What == report.InBook { // or why the workbook cannot be read
				found = phrase.Stored(found).In(a.language())
			}
			t.Row(a.inLanguage(w[0], w[1]), found, f.Want, f.Place)
		}
		fmt.Fprint(a.stdout, t.String())
		if n := len(v.Findings) - mostFindings; n > 0 {
			fmt.Fprint(a.stdout, a.say("and %d more; --json has them all\n", n))
		}
		fmt.Fprintln(a.stdout)
	}
	fmt.Fprint(a.stdout, a.say("%d figures, counted up to message %s: %d are not as counted\n",
		v.Figures, textfmt.Count(v.Frontier), len(v.Findings)))
	if v.Gone > 0 {
		fmt.Fprint(a.stdout, a.say("%s of the messages that were counted are gone: %d figures are as they were written, and cannot be counted again\n", textfmt.Count(v.Gone), len(v.Differ)))
	}
	if len(v.Missing) > 0 {
		fmt.Fprint(a.stdout, a.say("not in the stream: %s\n", joinRanges(v.Missing)))
	}
	for _, e := range v.Erased {
		fmt.Fprint(a.stdout, a.say("message %s was erased: %s\n", textfmt.Count(e.Seq), e.Reason))
	}
	if n := len(v.Unchecked); n > 0 {
		fmt.Fprint(a.stdout, a.say("%d figures as counted then are not checked: the dictionary of then is not to be had\n", n))
	}
	if n := len(v.Texts); n > 0 {
		fmt.Fprint(a.stdout, a.say("%d lines are not as minyi wrote them; numbers in them are not checked:\n", n))
		for _, line := range v.Texts[:min(n, mostFindings)] {
			fmt.Fprintf(a.stdout, "  %s\n", line)
		}
	}
}

// joinRanges writes the first ranges of sequences.
func joinRanges(ranges []pipeline.Range) string {
	const most = 10
	var all []string
	for _, r := range ranges[:min(len(ranges), most)] {
		s := textfmt.Count(r.From)
		if r.To > r.From {
			s += "–" + textfmt.Count(r.To)
		}
		all = append(all, s)
	}
	if len(ranges) > most {
		all = append(all, "…")
	}
	return strings.Join(all, ", ")
}
