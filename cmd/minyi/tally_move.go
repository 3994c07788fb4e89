package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/minyi/minyi/internal/textfmt"
	"github.com/minyi/minyi/pipeline"
	"github.com/minyi/minyi/pipeline/broker"
	"github.com/minyi/minyi/pipeline/compare"
	"github.com/minyi/minyi/pipeline/supervise"
)

// reasonOptions say who does something, and why; both are kept in the history.
type reasonOptions struct {
	by, reason string
}

func (o *reasonOptions) register(cmd *cobra.Command) {
	cmd.Flags().StringVar(&o.by, "by", "", "who decided it; kept in the history (default: the user of the system)")
	cmd.Flags().StringVar(&o.reason, "reason", "", "why; kept in the history")
}

// complete fills in who it is, or says what is wrong.
func (o *reasonOptions) complete(a *app) (err error) {
	if o.by, err = a.decider(o.by); err != nil {
		return err
	}
	o.reason = strings.TrimSpace(o.reason)
	if err := supervise.CheckWhy(o.reason); err != nil {
		return usageError("--reason: %w", err)
	}
	return nil
}

// promoteOptions are the flags of minyi tally promote.
type promoteOptions struct {
	reasonOptions
	guards guardOptions
	when   bool
	force  bool
	json   bool
}

func (a *app) tallyPromoteCommand() *cobra.Command {
	var (
		b brokerOptions
		o promoteOptions
	)
	cmd := &cobra.Command{
		Use:   "promote TALLY",
		Short: "Show readers another tally, if nothing speaks against it",
		Long: `Show readers another tally, if nothing speaks against it: it has caught up with
the current one and found the same messages missing, nothing but the dictionary
differs, both ledgers hold, the dictionary's examples pass, and no share has
moved by more than --max-shift. With --labels FILE it must not be worse on
labelled messages; where people have judged (minyi tally judge), not by them.

The verdict is pass, fail or inconclusive; only pass promotes, and the exit code
is 1 if it is not. --force promotes against the verdict; it needs --reason, and
both are kept. All readers see the new counts at once, never a mixture, and
minyi tally rollback goes back.`,
		Example: `  minyi tally promote 5e0c1f7a9b32 --by li --reason "schools: 3 points more recall"
  minyi tally promote 5e0c1f7a9b32 --when-ready --labels gold.ndjson`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.complete(a); err != nil {
				return err
			}
			if o.force && o.reason == "" {
				return usageError("--force needs --reason: both are kept in the history")
			}
			if err := o.guards.validate(); err != nil {
				return err
			}
			return a.withBroker(cmd.Context(), b, func(ctx context.Context, conn *broker.Conn) error {
				return a.promote(ctx, conn, args[0], o)
			})
		},
	}
	b.register(cmd)
	o.register(cmd)
	o.guards.register(cmd)
	cmd.Flags().BoolVar(&o.when, "when-ready", false, "wait until it has caught up")
	cmd.Flags().BoolVar(&o.force, "force", false, "promote it whatever the verdict is; needs --reason")
	cmd.Flags().BoolVar(&o.json, "json", false, "as JSON")
	return cmd
}

// promote asks the guards, and moves the pointer if they let it. If this program dies
// before that, nothing is changed; after that, the history is completed by whoever comes
// next.
func (a *app) promote(ctx context.Context, conn *broker.Conn, tally string, o promoteOptions) error {
	t, err := findTally(ctx, conn, tally)
	if err != nil {
		return err
	}
	switch {
	case t.Current:
		if !o.json {
			fmt.Fprint(a.stdout, a.say("%s is current already: there was nothing to compare it with, and nothing was moved\n", tally))
			return nil
		}
		return a.printDecision(ctx, conn, compare.Decision{Verdict: compare.Pass, Checks: []compare.Check{}, From: tally, To: tally}, o.json)
	case t.State == supervise.Retired:
		return checkError("tally is retired: %s; minyi dict publish with its dictionary brings it back", tally)
	}
	if o.when {
		if err := a.waitReady(ctx, conn, tally); err != nil {
			return err
		}
	}
	d, err := a.decide(ctx, conn, tally, o.guards)
	if errors.Is(err, broker.ErrNoTally) {
		return checkError("nothing of tally %s is counted yet; --when-ready waits, and minyi tally list shows who counts it", tally)
	}
	if err != nil {
		return err
	}
	if d.Verdict != compare.Pass && !o.force {
		if err := a.printDecision(ctx, conn, d, o.json); err != nil {
			return err
		}
		return checkError("%s", a.say("%s is not promoted; --force with --reason promotes it all the same", tally))
	}
	checks, err := json.Marshal(d.Checks)
	if err != nil {
		return err
	}
	_, err = conn.MoveCurrent(ctx, d.From, tally, supervise.Event{
		Event: supervise.Promoted, By: o.by, Why: o.reason, Verdict: string(d.Verdict), Checks: checks, Forced: d.Verdict != compare.Pass,
	})
	if errors.Is(err, pipeline.ErrLost) {
		return checkError("somebody else moved the pointer meanwhile: %w; minyi tally list", err)
	}
	if err != nil {
		return err
	}
	return a.printPromoted(ctx, conn, d, o.json)
}

// printDecision prints a decision; its JSON says how far the candidate is.
func (a *app) printDecision(ctx context.Context, conn *broker.Conn, d compare.Decision, asJSON bool) error {
	if asJSON {
		stamp, err := conn.Counts().Stamp(ctx, d.To)
		if err != nil {
			return err
		}
		return a.writeStamped(d, stamp)
	}
	a.writeDecision(a.stdout, d)
	return nil
}

// printPromoted says beside the decision what readers are shown now.
func (a *app) printPromoted(ctx context.Context, conn *broker.Conn, d compare.Decision, asJSON bool) error {
	if err := a.printDecision(ctx, conn, d, asJSON); err != nil || asJSON {
		return err
	}
	stamp, err := conn.Counts().Stamp(ctx, d.To)
	if err != nil {
		return err
	}
	if d.From == "" {
		fmt.Fprint(a.stdout, a.say("current tally %s (dictionary %s); none was before\n", d.To, stamp.Dict))
		return nil
	}
	fmt.Fprint(a.stdout, a.say("current tally %s -> %s (dictionary %s)\n", d.From, d.To, stamp.Dict))
	return nil
}

func (a *app) tallyRollbackCommand() *cobra.Command {
	var (
		b      brokerOptions
		o      reasonOptions
		asJSON bool
	)
	cmd := &cobra.Command{
		Use:   "rollback",
		Short: "Show readers again the tally that was current before",
		Long: `Show readers again the tally that was current before the last promotion. It has
been counted on all the time, so that is at once. What was promoted stays a
candidate. A second rollback changes nothing: minyi tally promote goes further.`,
		Example: `  minyi tally rollback --by li --reason "schools are counted twice"`,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := o.complete(a); err != nil {
				return err
			}
			return a.withBroker(cmd.Context(), b, func(ctx context.Context, conn *broker.Conn) error {
				return a.rollback(ctx, conn, o, asJSON)
			})
		},
	}
	b.register(cmd)
	o.register(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "as JSON")
	return cmd
}

func (a *app) rollback(ctx context.Context, conn *broker.Conn, o reasonOptions, asJSON bool) error {
	to, from, err := conn.Tallies().Previous(ctx)
	if errors.Is(err, broker.ErrNoTally) {
		return a.noWayBack(ctx, conn, from, err)
	}
	if err != nil {
		return err
	}
	t, err := conn.Tallies().Find(ctx, to)
	switch {
	case errors.Is(err, broker.ErrNoTally) || err == nil && t.State == supervise.Retired:
		return checkError("tally is retired: %s, which was current before; minyi dict publish with its dictionary begins it anew", to)
	case err != nil:
		return err
	}
	e, err := conn.MoveCurrent(ctx, from, to, supervise.Event{Event: supervise.RolledBack, By: o.by, Why: o.reason})
	if errors.Is(err, pipeline.ErrLost) {
		return checkError("somebody else moved the pointer meanwhile: %w; minyi tally list", err)
	}
	if err != nil {
		return err
	}
	if t.Lag > 0 && t.Workers == 0 {
		a.notef("note: nobody counts %s, which is %s behind", to, textfmt.Count(t.Lag))
	}
	if asJSON {
		stamp, err := conn.Counts().Stamp(ctx, to)
		if err != nil {
			return err
		}
		return a.writeStamped(struct {
			From string `json:"from"`
			To   string `json:"to"`
		}{from, to}, stamp)
	}
	fmt.Fprint(a.stdout, a.say("current tally %s -> %s (dictionary %s)\n", from, to, e.Dict))
	return nil
}

// noWayBack says why there is no tally to go back to.
func (a *app) noWayBack(ctx context.Context, conn *broker.Conn, current string, err error) error {
	if current == "" {
		return err
	}
	t, found := conn.Tallies().Find(ctx, current)
	if found == nil && t.Move != nil && t.Move.Event == supervise.RolledBack {
		return checkError("no such tally to go back to: %s is shown since the rollback from %s at %s; minyi tally promote shows another one",
			current, t.Move.From, t.Move.At.Local().Format(time.DateTime))
	}
	return checkError("no such tally before %s is known; minyi tally promote shows another one", current)
}
