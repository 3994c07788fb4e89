package main

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/minyi/minyi/internal/textfmt"
	"github.com/minyi/minyi/pipeline/broker"
	"github.com/minyi/minyi/pipeline/compare"
	"github.com/minyi/minyi/pipeline/supervise"
)

func (a *app) tallyHistoryCommand() *cobra.Command {
	var (
		b    brokerOptions
		json bool
	)
	cmd := &cobra.Command{
		Use:   "history",
		Short: "Show what was published, promoted, rolled back and retired, by whom and why",
		Long: `Show what happened to tallies, the oldest first: what was published, refused,
started, promoted, rolled back and retired; who did it, when and why; with what
verdict. It is only ever appended to.`,
		Example: `  minyi tally history
  minyi tally history --json | jq 'select(.event == "promoted")'`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withBroker(cmd.Context(), b, func(ctx context.Context, conn *broker.Conn) error {
				events, err := conn.History(ctx)
				if err != nil {
					return err
				}
				if !json {
					a.writeHistory(events)
					return nil
				}
				for _, e := range events {
					if err := a.writeJSON(e); err != nil {
						return err
					}
				}
				return nil
			})
		},
	}
	b.register(cmd)
	cmd.Flags().BoolVar(&json, "json", false, "as JSON, one object a line")
	return cmd
}

// writeHistory prints events for people, each with its reason below it.
func (a *app) writeHistory(events []supervise.Event) {
	for _, e := range events {
		verdict := ""
		if e.Verdict != "" {
			verdict = a.inLanguage("；结论 ", "; verdict ") + cmp.Or(verdictWords[a.lang][verdictOf(e)], e.Verdict)
		}
		if e.Forced {
			verdict += a.inLanguage("，强制", ", forced")
		}
		what := e.Tally
		if e.MovesPointer() && e.From != "" {
			what = e.From + " -> " + e.To
		}
		fmt.Fprintf(a.stdout, "%s  %s  %s%s\n", e.At.Local().Format(time.DateTime), textfmt.Left(a.eventName(e.Event), 11), cmp.Or(what, e.Dict, "–"), verdict)
		if about := a.byAndWhy(e.By, e.Why); about != "" {
			for _, line := range wrapped(trimSeparator(about), textfmt.Columns-22) {
				fmt.Fprintf(a.stdout, "%s%s\n", textfmt.Left("", 21), line)
			}
		}
	}
}

// verdictOf is the verdict by which an event was decided.
func verdictOf(e supervise.Event) compare.Verdict { return compare.Verdict(e.Verdict) }

// trimSeparator removes what stands before the first thing that is said.
func trimSeparator(s string) string { return strings.TrimLeft(s, "，：,: ") }
