package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/minyi/minyi/pipeline/broker"
	"github.com/minyi/minyi/pipeline/supervise"
)

func (a *app) tallyRetireCommand() *cobra.Command {
	var (
		b      brokerOptions
		o      reasonOptions
		asJSON bool
	)
	cmd := &cobra.Command{
		Use:   "retire TALLY",
		Short: "Stop counting a tally, and free what is stored of it",
		Long: `Stop counting a tally, and free what is stored of it: cells, tasks, deltas and
consumer. Its dictionary stays, and so does the history; minyi dict publish
begins it anew. The current tally is never retired: promote another one first.
Workers that are started with its dictionary do not bring it back.`,
		Example: `  minyi tally retire 5e0c1f7a9b32 --by li --reason "replaced in May"`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.complete(a); err != nil {
				return err
			}
			return a.withBroker(cmd.Context(), b, func(ctx context.Context, conn *broker.Conn) error {
				return a.retire(ctx, conn, args[0], o, asJSON)
			})
		},
	}
	b.register(cmd)
	o.register(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "as JSON")
	return cmd
}

// freeWithin is how long to wait until workers have stopped: one that died says for a
// while that it counts.
const freeWithin = 2 * supervise.SayFor

func (a *app) retire(ctx context.Context, conn *broker.Conn, tally string, o reasonOptions, asJSON bool) error {
	store := conn.Tallies()
	if _, err := findTally(ctx, conn, tally); err != nil {
		return err
	}
	stamp, err := conn.Counts().Stamp(ctx, tally)
	if err != nil && !errors.Is(err, broker.ErrNoTally) { // nothing of it may be counted yet
		return err
	}
	_, err = store.Retire(ctx, tally, o.by, o.reason)
	if errors.Is(err, supervise.ErrIsCurrent) {
		return checkError("tally %s is the current one, which is never retired; promote another one first", tally)
	}
	if err != nil {
		return err
	}
	freed := false
	for deadline := time.Now().Add(freeWithin); !freed; {
		if freed, err = store.FreeTally(ctx, tally, true); err != nil {
			return err
		}
		if freed || time.Now().After(deadline) {
			break
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(200 * time.Millisecond):
		}
	}
	if asJSON {
		return a.writeStamped(struct {
			Tally string `json:"tally"`
			Freed bool   `json:"freed"`
		}{tally, freed}, stamp)
	}
	if freed {
		fmt.Fprint(a.stdout, a.say("%s is retired, and what was stored of it is freed\n", tally))
		return nil
	}
	fmt.Fprint(a.stdout, a.say("%s is retired; a worker still counts it, and the others free it when that has stopped\n", tally))
	return nil
}
