package main

import (
	"cmp"
	"context"
	"fmt"
	"slices"

	"github.com/minyi/minyi/dict/phrase"

	"github.com/spf13/cobra"

	"github.com/minyi/minyi/internal/textfmt"
	"github.com/minyi/minyi/pipeline"
	"github.com/minyi/minyi/pipeline/broker"
)

// ledgerOptions are the flags of minyi ledger.
type ledgerOptions struct {
	tally string
	all   bool
	json  bool

	recount bool
	sample  int
	dict    string // folder
}

func (a *app) ledgerCommand() *cobra.Command {
	var (
		b brokerOptions
		o ledgerOptions
	)
	cmd := &cobra.Command{
		Use:   "ledger",
		Short: "Check that every stored message is accounted for",
		Long: `Check a tally against everything that is stored of it, and exit with 1 when
anything contradicts anything:

  stored = tagged + untagged + rejected + missing, in every range and in sum;
  the ranges add up to the checkpoint, and to every single cell while all of
  them are kept (else no cell is less than what is kept);
  the cells add up to the checkpoint, and within every day and source the
  themes, and the sub-themes of each theme, add up to the tagged messages;
  what was counted as missing is not in the stream, the stream is the one that
  was counted, and reaches as far.

With --recount it also counts every message of the stream once more, and compares
that with the counts: the one check that trusts nothing but what citizens wrote.
With --sample N it does so for N ranges, chosen at random, of those that are kept.

It only reads, and may run at any time.`,
		Example: `  minyi ledger
  minyi ledger --server nats://broker:4222 --json | jq .faults
  minyi ledger --recount --sample 20`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if o.sample < 0 || !o.recount && (o.sample > 0 || o.dict != "") {
				return usageError("--sample N and --dict belong to --recount, and N is a number of ranges")
			}
			conn, err := a.connect(cmd.Context(), b)
			if err != nil {
				return err
			}
			defer conn.Close()
			audit, err := a.auditOf(cmd.Context(), conn, o)
			if err != nil {
				return brokerError(err, b.server)
			}
			return a.printAudit(&audit, o)
		},
	}
	b.register(cmd)
	cmd.Flags().StringVar(&o.tally, "tally", "", "tally to check (default: the current one)")
	cmd.Flags().BoolVar(&o.all, "all", false, "a row for every range, however many")
	cmd.Flags().BoolVar(&o.json, "json", false, "as JSON")
	cmd.Flags().BoolVar(&o.recount, "recount", false, "count the messages of the stream once more, and compare")
	cmd.Flags().IntVar(&o.sample, "sample", 0, "of --recount: only so many ranges, chosen at random (default: everything)")
	cmd.Flags().StringVar(&o.dict, "dict", "", "of --recount: folder of the tally's dictionary (default: found by its version)")
	return cmd
}

// auditOf audits as the flags say.
func (a *app) auditOf(ctx context.Context, conn *broker.Conn, o ledgerOptions) (pipeline.Audit, error) {
	if err := nameTally(ctx, conn, &o.tally); err != nil {
		return pipeline.Audit{}, err
	}
	if !o.recount {
		return conn.Audit(ctx, o.tally)
	}
	dicts := &reportMaker{a: a, conn: conn, dir: o.dict}
	read, gone := a.tellRead(0)
	defer gone()
	return conn.AuditStream(ctx, o.tally, o.sample, func(ctx context.Context, version string) (pipeline.Classifier, error) {
		return dicts.classifier(ctx, version)
	}, read)
}

// At most shownRanges ranges have a row each, and shownFaults faults a line each.
const (
	shownRanges = 20
	shownFaults = 20
)

// printAudit prints an audit. Its error says that something does not add up.
func (a *app) printAudit(audit *pipeline.Audit, o ledgerOptions) error {
	if o.json {
		if err := a.writeJSON(audit); err != nil {
			return err
		}
	} else {
		a.writeAudit(audit, o)
	}
	if audit.Holds {
		return nil
	}
	for _, f := range audit.Faults[:min(len(audit.Faults), shownFaults)] {
		a.notef("minyi: DOES NOT HOLD: %s", a.faultLine(f))
	}
	if n := len(audit.Faults) - shownFaults; n > 0 {
		a.notef("minyi: and %d more faults; --json has them", n)
	}
	return checkError("the ledger of tally %s does not hold: %d faults; its counts cannot be trusted, "+
		"and the stream still has what is true; docs/operators.md says how to count it again", audit.Tally, len(audit.Faults))
}

// faultLine says where a fault is and what it is.
func (a *app) faultLine(f pipeline.Fault) string {
	at := f.Check
	if a.language() == phrase.Chinese {
		at = cmp.Or(map[string]string{
			"range": "区间", "checkpoint": "总账", "cells": "格", "deltas": "增量", "stream": "数据流", "recount": "重新计算", "backup": "备份",
		}[at], at)
	}
	if f.Range != nil {
		at += " " + f.Range.String()
	}
	if f.Cell != "" {
		at += " " + f.Cell
	}
	return at + a.inLanguage("：", ": ") + f.Says.In(a.language())
}

// writeAudit prints the table: a row for each range, and one for all older ones.
func (a *app) writeAudit(audit *pipeline.Audit, o ledgerOptions) {
	w := tableWords[a.lang]
	t := textfmt.Table{Columns: []textfmt.Column{
		{Title: a.inLanguage("区间", "range")},
		{Title: w.stored, Right: true},
		{Title: w.tagged, Right: true},
		{Title: w.untagged, Right: true},
		{Title: w.rejected, Right: true},
		{Title: w.missing, Right: true},
		{},
	}}
	row := func(name string, n pipeline.Numbers, verdict string) {
		t.Row(name, textfmt.Count(n.Stored), textfmt.Count(n.Tagged), textfmt.Count(n.Untagged), textfmt.Count(n.Rejected), textfmt.Count(n.Missing), verdict)
	}
	if len(audit.Gone) > 0 {
		row(fmt.Sprintf("%d %s", len(audit.Gone), a.inLanguage("个区间已不保留", "no longer kept")), audit.GoneNumbers, "=")
	}
	ranges := audit.Ranges
	if n := len(ranges) - shownRanges; n > 0 && !o.all {
		var sum pipeline.Numbers
		for _, r := range ranges[:n] {
			sum = sum.Add(r.Numbers)
		}
		row(fmt.Sprintf("[%d,%d] %d %s", ranges[0].From, ranges[n-1].To, n, a.inLanguage("个区间", "ranges")), sum,
			rangeVerdict(audit, ranges[:n]))
		ranges = ranges[n:]
	}
	for i, r := range ranges {
		row(r.String(), r.Numbers, rangeVerdict(audit, ranges[i:i+1]))
	}
	verdict := "="
	if !audit.Holds {
		verdict = "≠"
	}
	row(a.inLanguage("总账", "checkpoint"), audit.Numbers, verdict)
	fmt.Fprint(a.stdout, t.String())
	fmt.Fprintf(a.stdout, "\n%s\n", a.auditSummary(audit))
	for _, note := range audit.Notes {
		a.notef("note: %s", note.In(a.language()))
	}
}

// rangeVerdict is = where nothing is wrong with the ranges.
func rangeVerdict(audit *pipeline.Audit, ranges []pipeline.AuditedRange) string {
	for _, r := range ranges {
		if r.Sum() != r.Stored || slices.ContainsFunc(audit.Faults, func(f pipeline.Fault) bool { return f.Range != nil && *f.Range == r.Range }) {
			return "≠"
		}
	}
	return "="
}

// auditSummary says in a few lines what was compared with what.
func (a *app) auditSummary(audit *pipeline.Audit) string {
	compared := map[string][2]string{
		pipeline.ComparedEach:    {"每一格都等于各区间之和", "each is the sum of the ranges"},
		pipeline.ComparedAtLeast: {"没有一格小于保留区间之和", "none is less than the sum of the kept ranges"},
		pipeline.ComparedNot:     {"未与区间逐格比较", "not compared with the ranges one by one"},
	}[audit.Compared]
	s := a.say("tally %s: counted up to %s of %s\n%s cells: %s\n%s messages are not in the stream any more, %s of them were counted as missing\n", audit.Tally, textfmt.Count(audit.Frontier), textfmt.Count(audit.Last), textfmt.Count(audit.Cells), a.inLanguage(compared[0], compared[1]),
		textfmt.Count(audit.Absent), textfmt.Count(audit.Missing))
	if r := audit.Recounted; r != nil {
		s += a.say("counted once more from the stream: %s ranges, %s messages; %s were counted and are gone\n", textfmt.Count(len(r.Ranges)), textfmt.Count(r.Messages), textfmt.Count(r.Gone))
	}
	if !audit.Holds {
		return s + a.inLanguage("账不平", "THE LEDGER DOES NOT HOLD")
	}
	return s + a.inLanguage("账目相符", "the ledger holds")
}
