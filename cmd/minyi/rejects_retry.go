package main

import (
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/minyi/minyi/internal/textfmt"
	"github.com/minyi/minyi/pipeline"
	"github.com/minyi/minyi/pipeline/broker"
)

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
	if err := nameTally(ctx, conn, &q.Tally); err != nil {
		return err
	}
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
	t := textfmt.Table{Columns: []textfmt.Column{
		{Title: a.inLanguage("原因", "reason")}, {Title: a.inLanguage("不计入", "rejected"), Right: true}, {Title: a.inLanguage("能够计入", "would count"), Right: true},
	}}
	for _, reason := range pipeline.Reasons() {
		if was[reason] > 0 {
			t.Row(a.reasonName(reason), textfmt.Count(was[reason]), textfmt.Count(now[reason]))
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
