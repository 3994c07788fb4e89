package main

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/minyi/minyi/dict"
	"github.com/minyi/minyi/pipeline"
	"github.com/minyi/minyi/pipeline/broker"
)

// countsOptions are the flags of minyi counts.
type countsOptions struct {
	tally    string
	by       string
	json     bool
	csv      bool
	watch    bool
	appendTo string
}

func (a *app) countsCommand() *cobra.Command {
	var (
		b brokerOptions
		o countsOptions
	)
	var dimensions []string
	for _, d := range pipeline.Dimensions() {
		dimensions = append(dimensions, string(d))
	}
	cmd := &cobra.Command{
		Use:   "counts",
		Short: "Show the current counts",
		Long: `Show the current counts as a table, as JSON or as CSV.

primary counts the suggestions of which a theme is the strongest, so that shares
add up to 100 %; any counts all that mention it.`,
		Example: `  minyi counts
  minyi counts --by day --csv > days.csv
  minyi counts --json | jq .themes`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if o.by != "" && !slices.Contains(dimensions, o.by) {
				return usageError("--by %s: one of %s", o.by, strings.Join(dimensions, ", "))
			}
			if o.json && o.csv {
				return usageError("give --json or --csv, not both")
			}
			if o.appendTo != "" && (!o.watch || o.json || o.csv || o.by != "") {
				return usageError("--append goes with --watch, and with no other form of output")
			}
			conn, err := a.connect(cmd.Context(), b)
			if err != nil {
				return err
			}
			defer conn.Close()
			return brokerError(a.showCounts(cmd.Context(), conn, o), b.server)
		},
	}
	b.register(cmd)
	cmd.Flags().StringVar(&o.tally, "tally", "", "tally to show (default: the current one)")
	cmd.Flags().StringVar(&o.by, "by", "", "group by one of: "+strings.Join(dimensions, ", "))
	cmd.Flags().BoolVar(&o.json, "json", false, "as JSON")
	cmd.Flags().BoolVar(&o.csv, "csv", false, "as CSV")
	cmd.Flags().BoolVar(&o.watch, "watch", false, "again whenever they change, until Ctrl-C")
	cmd.Flags().StringVar(&o.appendTo, "append", "", "with --watch: print nothing, append to this file what changed, as lines of JSON that add up to the counts")
	return cmd
}

// showCounts prints the counts once, or again and again.
func (a *app) showCounts(ctx context.Context, conn *broker.Conn, o countsOptions) error {
	if o.watch {
		return a.watchCounts(ctx, conn, o)
	}
	t, err := conn.Counts().Snapshot(ctx, o.tally)
	if err != nil {
		return err
	}
	return a.printTotals(t, o)
}

// watchCounts prints the counts whenever they change. While the broker does not
// answer it says so and tries again. It ends with ctx, when it cannot print, and
// when the stored counts contradict each other.
func (a *app) watchCounts(ctx context.Context, conn *broker.Conn, o countsOptions) error {
	show := func(t pipeline.Counts) error {
		err := a.printTotals(t, o)
		if err == nil && !o.json && !o.csv {
			fmt.Fprintln(a.stdout)
		}
		return err
	}
	if o.appendTo != "" {
		changes, err := openChanges(o.appendTo)
		if err != nil {
			return err
		}
		defer changes.Close()
		show = changes.add
	}
	for ctx.Err() == nil {
		var printing error
		err := conn.Counts().Watch(ctx, o.tally, time.Second, func(t pipeline.Counts) error {
			printing = show(t)
			return printing
		})
		if err == nil || printing != nil || errors.Is(err, broker.ErrNoTally) || errors.Is(err, pipeline.ErrConservation) {
			return err
		}
		a.notef("minyi: %v; trying again", err)
		select {
		case <-ctx.Done():
		case <-time.After(time.Second):
		}
	}
	return nil
}

// printTotals prints totals in the form that was asked for.
func (a *app) printTotals(t pipeline.Counts, o countsOptions) error {
	if o.by == "" {
		switch {
		case o.json:
			return a.writeJSON(t.Snapshot)
		case o.csv:
			o.by = string(pipeline.BySubTheme)
		default:
			a.writeCounts(&t.Snapshot, t.Info.Themes)
			return nil
		}
	}
	rows := t.Totals.By(pipeline.Dimension(o.by))
	switch {
	case o.json:
		return a.writeJSON(struct {
			Tally string         `json:"tally"`
			By    string         `json:"by"`
			Rows  []pipeline.Row `json:"rows"`
		}{t.Tally, o.by, rows})
	case o.csv:
		return a.writeCSV(rows, o.by, t.Info.Themes)
	}
	a.writeRows(rows, o.by, t.Info.Themes)
	if pipeline.Dimension(o.by) == pipeline.ByDay {
		a.writeUndated(&t.Snapshot)
	}
	return nil
}

// writeCSV writes rows with a header; the file opens in Excel as UTF-8.
func (a *app) writeCSV(rows []pipeline.Row, by string, tree pipeline.ThemeTree) error {
	fmt.Fprint(a.stdout, "\ufeff")
	w := csv.NewWriter(a.stdout)
	if err := w.Write([]string{by, "name", "primary", "any"}); err != nil {
		return err
	}
	for _, r := range rows {
		// The name of a source comes from outside and must not run as a formula.
		record := []string{plainCell(r.ID), plainCell(a.rowName(tree, by, r.ID)), strconv.FormatUint(r.Primary, 10), strconv.FormatUint(r.Any, 10)}
		if err := w.Write(record); err != nil {
			return err
		}
	}
	w.Flush()
	return w.Error()
}

// plainCell keeps a spreadsheet from taking text for a formula.
func plainCell(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}

// rowName is what a row of a table is called in the chosen language.
func (a *app) rowName(tree pipeline.ThemeTree, by, id string) string {
	if pipeline.Dimension(by) == pipeline.ByAspect {
		for _, aspect := range dict.Aspects() {
			if aspect.ID == id {
				return a.inLanguage(aspect.Name.Zh, aspect.Name.En)
			}
		}
	}
	return a.name(tree, id)
}
