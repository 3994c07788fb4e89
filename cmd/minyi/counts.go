package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/minyi/minyi/internal/textfmt"
	"github.com/minyi/minyi/pipeline"
	"github.com/minyi/minyi/pipeline/broker"
)

// countsOptions are the flags of minyi counts.
type countsOptions struct {
	showOptions
	tally     string
	watch     bool
	appendTo  string
	published string
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
tagged suggestions of the same days and sources.

--intervals says of each share between what it is when the errors of the dictionary
are taken off, as measured on labelled texts (minyi dict eval LABELS --stored current
--save): Rogan and Gladen's estimate, with a 95 % interval by the Bayesian bootstrap
over the labelled texts. It is of the messages that were tagged.`,
		Example: `  minyi counts
  minyi counts --by subtheme,day --from 2022-04-15 --to 2022-04-30 --csv > days.csv
  minyi counts --from 2022-05-01 --compare 2022-04-01..2022-04-30 --xlsx may.xlsx
  minyi counts --intervals --by theme
  minyi counts --json | jq .themes`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.validate(); err != nil {
				return err
			}
			if o.published != "" {
				if o.watch || o.csv || o.xlsx != "" || o.asked() || o.tally != "" {
					return usageError("--published shows a snapshot as it was kept: as a table or with --json, and no other flag")
				}
				if _, err := time.Parse(time.DateOnly, o.published); err != nil {
					return usageError("--published %s: give a day such as 2022-04-15", o.published)
				}
			}
			if o.intervals && o.watch {
				return usageError("--intervals are shown once; they do not go with --watch")
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
	cmd.Flags().BoolVar(&o.intervals, "intervals", false, "say of each share between what it is, by the measured errors of the dictionary")
	cmd.Flags().Uint64Var(&o.minCell, "min-cell", 0, "show no number from 1 to N-1, nor what it follows from, as for others; 0: everything")
	cmd.Flags().StringVar(&o.published, "published", "", "what was published last up to this day, as it was then")
	cmd.Flags().BoolVar(&o.watch, "watch", false, "again whenever they change, until Ctrl-C")
	cmd.Flags().StringVar(&o.appendTo, "append", "", "with --watch: print nothing, append to this file what changed, as lines of JSON that add up to the counts")
	return cmd
}

// showCounts prints the counts once, or again and again.
func (a *app) showCounts(ctx context.Context, conn *broker.Conn, o countsOptions) error {
	if o.published != "" {
		return a.showPublished(ctx, conn, o)
	}
	if err := nameTally(ctx, conn, &o.tally); err != nil {
		return err
	}
	if o.watch {
		return a.watchCounts(ctx, conn, o)
	}
	t, err := conn.Counts().Snapshot(ctx, o.tally)
	if err != nil {
		return err
	}
	if o.intervals {
		if o.measure, err = brokerMeasure(ctx, conn, t.Dict); err != nil {
			return err
		}
		if o.measure == nil {
			return checkError("%s", a.say("dictionary %.12s was not measured, so there are no intervals; minyi dict eval LABELS --stored %.12s --save measures it on texts that were drawn at random and labelled", t.Dict, t.Dict))
		}
	}
	return a.showWhich(ctx, conn, t, o.showOptions)
}

// showPublished prints the snapshot that was published last up to a day.
func (a *app) showPublished(ctx context.Context, conn *broker.Conn, o countsOptions) error {
	p, err := conn.PublishedOn(ctx, o.published)
	if errors.Is(err, broker.ErrNotPublished) {
		return checkError("%w; a snapshot is kept of each day, and when another tally becomes current", err)
	}
	if err != nil {
		return err
	}
	if o.json {
		return a.writeJSON(p)
	}
	day := p.Day
	if info, err := conn.Counts().TallyInfo(ctx, p.Tally); err == nil { // else it is retired, and its zone gone with it
		day += " (" + info.Spec.Format.Zone + ")"
	}
	fmt.Fprint(a.stdout, a.say("published on %s: tally %s, dictionary %s, up to message %s\n", day, p.Tally, p.Dict, textfmt.Count(p.Frontier)))
	since, err := shownSince(ctx, conn, p)
	if err != nil {
		return err
	}
	if !since.IsZero() {
		fmt.Fprint(a.stdout, a.say("current then since %s\n", since.Local().Format(time.DateTime)))
	}
	fmt.Fprintln(a.stdout)
	a.writeCounts(&p.Snapshot, p.Outline)
	return nil
}

// shownSince is when the tally of a published snapshot had become the current one, as the
// history has it; zero if it does not say.
func shownSince(ctx context.Context, conn *broker.Conn, p broker.Published) (since time.Time, err error) {
	events, err := conn.History(ctx)
	for _, e := range events {
		if e.MovesPointer() && e.To == p.Tally && !e.At.After(p.Published) {
			since = e.At
		}
	}
	return since, err
}

// watchCounts prints the counts whenever they change. While the broker does not
// answer it says so and tries again. It ends with ctx, when it cannot print, and
// with what no waiting mends, such as counts that contradict each other.
func (a *app) watchCounts(ctx context.Context, conn *broker.Conn, o countsOptions) error {
	show := func(t pipeline.Counts) error {
		err := a.showWhich(ctx, conn, t, o.showOptions)
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
		defer func() { _ = changes.Close() }() // each change was synced: nothing can be lost
		show = changes.add
	}
	defer a.screen.rest()()
	for ctx.Err() == nil {
		var printing error
		err := conn.Counts().Watch(ctx, o.tally, time.Second, func(t pipeline.Counts) error {
			printing = show(t)
			return printing
		})
		if err == nil || printing != nil || !broker.Temporary(err) {
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
