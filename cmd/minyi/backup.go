package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/minyi/minyi/internal/textfmt"
	"github.com/minyi/minyi/pipeline/broker"
	"github.com/minyi/minyi/pipeline/broker/backup"
)

func (a *app) backupCommand() *cobra.Command {
	var (
		b      brokerOptions
		asJSON bool
	)
	cmd := &cobra.Command{
		Use:   "backup DIR",
		Short: "Copy the stream and all counts to a folder",
		Long: `Copy the stream of suggestions and everything that minyi keeps on the broker to a
folder that is empty or not there: counts, ranges, dictionaries, which tallies are
wanted, history, what was published, and how far files were sent. Workers and
senders may go on: what was counted is copied before what it was counted from.

Then the ledger checks each tally, as minyi ledger does; exit with 1 if one does not
hold. Each stream is a subfolder that nats stream restore can read too.`,
		Example: `  minyi backup /var/backups/minyi-2026-05-01`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withBroker(cmd.Context(), b, func(ctx context.Context, conn *broker.Conn) error {
				told, gone := a.sayStreams("已备份", "backed up")
				m, err := backup.Take(ctx, conn, args[0], told)
				gone()
				if err != nil {
					return backupError(err)
				}
				return a.prove(ctx, conn, m, asJSON)
			})
		},
	}
	b.register(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "as JSON")
	return cmd
}

func (a *app) restoreCommand() *cobra.Command {
	var (
		b        brokerOptions
		replicas int
		asJSON   bool
	)
	cmd := &cobra.Command{
		Use:   "restore DIR",
		Short: "Put a backup onto a broker, and check it",
		Long: `Put the streams of a backup onto a broker, under the names that they had. Nothing is
touched if one of them is there, or if a file of the backup is not what it was. No
worker may run meanwhile; start them afterwards, and they go on counting where the
backup ends, as the same tallies.

Then the ledger checks each tally; exit with 1 if one does not hold, or counts less
than it did when the backup was taken.`,
		Example: `  minyi restore /var/backups/minyi-2026-05-01 --server nats://other:4222`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if replicas < 0 {
				return usageError("--replicas %d: 1, or 3 in a cluster", replicas)
			}
			return a.withBroker(cmd.Context(), b, func(ctx context.Context, conn *broker.Conn) error {
				told, gone := a.sayStreams("已恢复", "restored")
				m, err := backup.Restore(ctx, conn, args[0], replicas, told)
				gone()
				if err != nil {
					return backupError(err)
				}
				return a.prove(ctx, conn, m, asJSON)
			})
		},
	}
	b.register(cmd)
	cmd.Flags().IntVar(&replicas, "replicas", 0, "replicas of the streams (default: as many as they had)")
	cmd.Flags().BoolVar(&asJSON, "json", false, "as JSON")
	return cmd
}

func backupError(err error) error {
	if errors.Is(err, backup.ErrExists) || errors.Is(err, backup.ErrNotABackup) || errors.Is(err, backup.ErrInTheWay) {
		return &exitError{code: exitUsage, err: err}
	}
	return err
}

// sayStreams tells of each stream, and shows a bar while one is copied, which gone takes
// away.
func (a *app) sayStreams(zh, en string) (told backup.Progress, gone func()) {
	var shown *bar
	of := ""
	told.Moved = func(stream string, done, total int64) {
		if of != stream {
			shown.clear()
			of, shown = stream, a.newBar(stream)
		}
		shown.set(done, total)
	}
	told.Done = func(s backup.Stream) {
		shown.clear()
		a.notef("%s %s: %s messages, %s bytes", a.inLanguage(zh, en), s.Name, textfmt.Count(s.Messages), textfmt.Count(s.Bytes))
	}
	return told, func() { shown.clear() }
}

// prove prints what the ledger says of each tally of a backup. The error says that one
// does not hold.
func (a *app) prove(ctx context.Context, conn *broker.Conn, m backup.Manifest, asJSON bool) error {
	done := a.screen.during(a.say("checking the ledger"))
	proofs, err := backup.Prove(ctx, conn, m)
	done()
	if err != nil {
		return err
	}
	if asJSON {
		err = a.writeJSON(struct {
			backup.Manifest
			Ledger []backup.Proof `json:"ledger"`
		}{m, proofs})
	} else {
		a.writeProofs(proofs)
	}
	if err != nil {
		return err
	}
	for _, p := range proofs {
		if !p.Holds {
			for _, f := range p.Faults[:min(len(p.Faults), shownFaults)] {
				a.notef("minyi: DOES NOT HOLD: %s", a.faultLine(f))
			}
			return checkError("the ledger of tally %s does not hold; minyi ledger --tally %s says more", p.Tally, p.Tally)
		}
	}
	return nil
}

func (a *app) writeProofs(proofs []backup.Proof) {
	t := textfmt.Table{Columns: []textfmt.Column{
		{Title: a.inLanguage("计票", "tally")}, {Title: a.inLanguage("词典", "dictionary")}, {Title: a.inLanguage("已计到", "counted"), Right: true}, {Title: a.inLanguage("账目", "ledger")},
	}}
	for _, p := range proofs {
		says := a.inLanguage("吻合", "holds")
		if !p.Holds {
			says = a.inLanguage("不吻合", "DOES NOT HOLD")
		}
		t.Row(p.Tally, p.Dict, textfmt.Count(p.Frontier), says)
	}
	fmt.Fprint(a.stdout, t.String())
}
