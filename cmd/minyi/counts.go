package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/minyi/minyi/pipeline"
	"github.com/minyi/minyi/pipeline/broker"
)

// countsOptions are the flags of minyi counts.
type countsOptions struct {
	showOptions
	tally    string
	watch    bool
	appendTo string
}

func (a *app) countsCommand() *cobra.Command {
	var (
		b brokerOptions
		o countsOptions
	)
	cmd := &cobra.Command{
		Use:   "counts",
		Short: "Show the current counts",
		Long: `Show the current counts as a table, as JSON or as CSV.

primary counts the suggestions of which a theme is the strongest, so that shares
add up to 100 %; any counts all that mention it. The share of a theme is of the
tagged suggestions of the same days and sources.`,
		Example: `  minyi counts
  minyi counts --by subtheme,day --from 2022-04-15 --to 2022-04-30 --csv > days.csv
  minyi counts --from 2022-05-01 --compare 2022-04-01..2022-04-30 --xlsx may.xlsx
  minyi counts --json | jq .themes`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.validate(); err != nil {
				return err
			}
			if o.xlsx != "" && o.watch {
				return usageError("--xlsx writes a file once; it does not go with --watch")
			}
			if o.appendTo != "" && (!o.watch || o.json || o.csv || o.asked()) {
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
	cmd.Flags().BoolVar(&o.json, "json", false, "as JSON")
	o.register(cmd, "source")
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
	return a.printCounts(t, o.showOptions)
}

// watchCounts prints the counts whenever they change. While the broker does not
// answer it says so and tries again. It ends with ctx, when it cannot print, and
// when the stored counts contradict each other.
func (a *app) watchCounts(ctx context.Context, conn *broker.Conn, o countsOptions) error {
	show := func(t pipeline.Counts) error {
		err := a.printCounts(t, o.showOptions)
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
