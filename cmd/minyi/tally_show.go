package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/minyi/minyi/internal/textfmt"
	"github.com/minyi/minyi/pipeline"
	"github.com/minyi/minyi/pipeline/broker"
	"github.com/minyi/minyi/pipeline/supervise"
)

func (a *app) tallyShowCommand() *cobra.Command {
	var (
		b      brokerOptions
		asJSON bool
	)
	cmd := &cobra.Command{
		Use:   "show TALLY",
		Short: "Show one tally: its spec, who wants it, who counts it, what happened to it",
		Example: `  minyi tally show current
  minyi tally show 5e0c1f7a9b32 --json`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withBroker(cmd.Context(), b, func(ctx context.Context, conn *broker.Conn) error {
				return a.showTally(ctx, conn, args[0], asJSON)
			})
		},
	}
	b.register(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "as JSON")
	return cmd
}

// shownTally is the JSON of minyi tally show.
type shownTally struct {
	broker.ListedTally
	Spec   pipeline.Spec           `json:"spec"`
	By     string                  `json:"by,omitempty"`
	Why    string                  `json:"why,omitempty"`
	At     time.Time               `json:"at,omitzero"`
	Who    []supervise.WorkerState `json:"states"`
	Events []supervise.Event       `json:"history"`
}

func (a *app) showTally(ctx context.Context, conn *broker.Conn, name string, asJSON bool) error {
	id := name // a retired one, or one of which nothing is counted yet, too
	if name == "current" {
		var err error
		if id, err = conn.Counts().Current(ctx); err != nil {
			return err
		}
	}
	t, err := findTally(ctx, conn, id)
	if err != nil {
		return err
	}
	history, err := conn.History(ctx)
	if err != nil {
		return err
	}
	shown := shownTally{ListedTally: t, Spec: t.Wanted.Spec, By: t.Wanted.By, Why: t.Wanted.Why, At: t.Wanted.At, Who: t.States, Events: []supervise.Event{}}
	if t.Info != nil {
		shown.Spec = t.Info.Spec
	}
	if shown.Who == nil {
		shown.Who = []supervise.WorkerState{}
	}
	for _, e := range history {
		if e.Tally == id || e.From == id {
			shown.Events = append(shown.Events, e)
		}
	}
	if asJSON {
		return a.writeJSON(shown)
	}
	return a.writeTally(shown)
}

func (a *app) writeTally(t shownTally) error {
	row := func(zh, en, value string) {
		fmt.Fprintf(a.stdout, "%s%s\n", textfmt.Left(a.inLanguage(zh, en), 12), value)
	}
	row("计票", "tally", t.Tally)
	row("词典", "dictionary", t.Dict)
	row("状态", "state", a.tallyState(t.ListedTally)+a.byAndWhy(t.By, t.Why))
	if t.State != supervise.Retired {
		row("已计到", "counted", a.say("up to %s of %s, %s to go", textfmt.Count(t.Frontier), textfmt.Count(t.Last), a.toGo(t.ListedTally)))
	}
	spec, err := json.Marshal(t.Spec)
	if err != nil {
		return err
	}
	for i, line := range wrapped(strings.ReplaceAll(string(spec), `,"`, `, "`), textfmt.Columns-13) {
		if i == 0 {
			row("统计规格", "spec", line)
		} else {
			row("", "", line)
		}
	}
	for _, w := range t.Who {
		row("进程", "worker", w.Worker+"  "+a.workerStep(w.State)+a.byAndWhy("", w.Reason))
	}
	fmt.Fprintln(a.stdout)
	a.writeHistory(t.Events)
	return nil
}

// workerStep is how far a worker is, in a word.
func (a *app) workerStep(s supervise.WorkerStep) string {
	switch s {
	case supervise.Loading:
		return a.inLanguage("正在载入词典", "loading")
	case supervise.Working:
		return a.inLanguage("计数中", "working")
	case supervise.Refused:
		return a.inLanguage("拒绝", "refused")
	}
	return string(s)
}
