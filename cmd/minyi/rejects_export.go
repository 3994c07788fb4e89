package main

import (
	"bufio"
	"context"

	"github.com/spf13/cobra"

	"github.com/minyi/minyi/internal/textfmt"
	"github.com/minyi/minyi/pipeline"
	"github.com/minyi/minyi/pipeline/broker"
)

func (a *app) rejectsExportCommand() *cobra.Command {
	var (
		b        brokerOptions
		q        broker.RejectQuery
		verbatim bool
	)
	cmd := &cobra.Command{
		Use:   "export",
		Short: "Write rejected messages to mend and send again, one a line",
		Long: `Write the rejected messages to standard output, one a line, to be mended and sent
with minyi send. A line that nobody mends is rejected again.

A payload stands there verbatim. JSON of several lines is joined to one; plain
text becomes {"text":…}; what is no line of text becomes {"broken":…}, with the
bytes as base64 beside it if they are not UTF-8. An object gets an id of its own
(a message with an id that is in the stream counts as sent already), and its
source and time where it has none, so that it is counted where it belongs;
--verbatim leaves that out.

The texts are those of citizens, and not masked: keep the file as you keep them.`,
		Example: `  minyi rejects export --reason not_json > mend.ndjson
  minyi send mend.ndjson`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := checkReason(q.Reason); err != nil {
				return err
			}
			return a.withBroker(cmd.Context(), b, func(ctx context.Context, conn *broker.Conn) error {
				return a.exportRejects(ctx, conn, q, verbatim)
			})
		},
	}
	b.register(cmd)
	registerRejects(cmd, &q, 0)
	cmd.Flags().BoolVar(&verbatim, "verbatim", false, "add nothing to the payloads")
	return cmd
}

// exportRejects writes the payloads, and says how many there were.
func (a *app) exportRejects(ctx context.Context, conn *broker.Conn, q broker.RejectQuery, verbatim bool) error {
	if err := nameTally(ctx, conn, &q.Tally); err != nil {
		return err
	}
	w := bufio.NewWriter(a.data())
	written, gone := uint64(0), uint64(0)
	format, err := rejectFormat(ctx, conn, q.Tally)
	if err != nil {
		return err
	}
	_, err = conn.Rejects(ctx, q, func(_ pipeline.Reject, m *pipeline.Message) error {
		if m == nil {
			gone++
			return nil
		}
		written++
		_, err := w.Write(append(pipeline.ExportLine(m, format, verbatim), '\n'))
		return err
	})
	if err != nil {
		return err
	}
	if err := w.Flush(); err != nil {
		return err
	}
	a.notef("%s exported", textfmt.Count(written))
	if gone > 0 {
		a.notef("%s are not in the stream any more", textfmt.Count(gone))
	}
	return nil
}

// rejectFormat is the format by which a tally reads messages.
func rejectFormat(ctx context.Context, conn *broker.Conn, tally string) (pipeline.Format, error) {
	if tally == "" {
		var err error
		if tally, err = conn.Counts().Current(ctx); err != nil {
			return pipeline.Format{}, err
		}
	}
	about, err := conn.Counts().TallyInfo(ctx, tally)
	return about.Spec.Format, err
}
