package main

import (
	"bufio"
	"context"
	"fmt"

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
	w := bufio.NewWriter(a.stdout)
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

func (a *app) rejectsRetryCommand() *cobra.Command {
	var (
		b brokerOptions
		q broker.RejectQuery
		f pipeline.Format
	)
	cmd := &cobra.Command{
		Use:   "retry",
		Short: "Try whether rejected messages would count if they were read another way",
		Long: `Read the rejected messages again, in the way that the flags say, and tell how many
of them would be suggestions. Nothing is changed: a tally is a function of the
stream, the dictionary and the way of reading, so another way is another tally.
Start a worker with the same flags, and it counts everything anew, beside the
current one; with --promote it takes its place once it has caught up.

Exits with 1 if not one of them would count.`,
		Example: `  minyi rejects retry --text-field content
  minyi work --text-field content --promote`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := checkReason(q.Reason); err != nil {
				return err
			}
			if _, err := f.Validate(); err != nil {
				return usageError("%w", err)
			}
			return a.withBroker(cmd.Context(), b, func(ctx context.Context, conn *broker.Conn) error {
				return a.retryRejects(ctx, conn, q, f)
			})
		},
	}
	b.register(cmd)
	registerRejects(cmd, &q, 0)
	registerFormat(cmd, &f)
	return cmd
}

// retryRejects decodes the rejects by another format.
func (a *app) retryRejects(ctx context.Context, conn *broker.Conn, q broker.RejectQuery, f pipeline.Format) error {
	f.SkipTokens = conn.Names().SkipTokens
	d, err := pipeline.NewDecoder(f)
	if err != nil {
		return err
	}
	was, now := make(map[pipeline.Reason]uint64), make(map[pipeline.Reason]uint64)
	var tried, accepted, gone uint64
	var s pipeline.Suggestion
	_, err = conn.Rejects(ctx, q, func(r pipeline.Reject, m *pipeline.Message) error {
		if m == nil {
			gone++
			return nil
		}
		tried++
		was[r.Reason]++
		if d.Decode(m, &s) == "" {
			now[r.Reason]++
			accepted++
		}
		return nil
	})
	if err != nil {
		return err
	}
	t := textfmt.Table{Columns: []textfmt.Column{{Title: "reason"}, {Title: "rejected", Right: true}, {Title: "would count", Right: true}}}
	for _, reason := range pipeline.Reasons() {
		if was[reason] > 0 {
			t.Row(string(reason), textfmt.Count(was[reason]), textfmt.Count(now[reason]))
		}
	}
	fmt.Fprint(a.stdout, t.String())
	if gone > 0 {
		a.notef("%s are not in the stream any more", textfmt.Count(gone))
	}
	if accepted == 0 {
		return checkError("not one of %s would count; mend the messages instead: minyi rejects export", textfmt.Count(tried))
	}
	fmt.Fprintf(a.stdout, "\n%s\n", a.inLanguage("用同样的参数启动 minyi work，即可另起一个计票", "start minyi work with the same flags: it counts them in a tally of its own"))
	return nil
}
