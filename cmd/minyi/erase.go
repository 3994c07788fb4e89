package main

import (
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/minyi/minyi/internal/textfmt"
	"github.com/minyi/minyi/pipeline/broker"
)

func (a *app) eraseCommand() *cobra.Command {
	var (
		b          brokerOptions
		reason, by string
		list, json bool
	)
	cmd := &cobra.Command{
		Use:   "erase SEQ...",
		Short: "Delete a citizen's message, and record that it was",
		Long: `Delete messages from the stream of suggestions by their sequence, so that their
bytes are overwritten on the broker's disk, and record sequence, reason, who and
when, never what they said. Counts keep their numbers, which hold no text; a
tally that is counted anew counts an erased message as missing.

Copies elsewhere are not reached: files that were sent, and would be sent again;
mirrors of the stream; backups.`,
		Example: `  minyi rejects --json                     # or another way to the sequence
  minyi erase 4711 --reason "request of 2022-05-03" --by "data protection office"
  minyi erase --list`,
		RunE: func(cmd *cobra.Command, args []string) error {
			var seqs []uint64
			for _, arg := range args {
				seq, err := strconv.ParseUint(arg, 10, 64)
				if err != nil || seq == 0 {
					return usageError("%s is no sequence of a message", arg)
				}
				seqs = append(seqs, seq)
			}
			switch {
			case list && len(seqs) > 0:
				return usageError("--list shows what was erased; it erases nothing")
			case !list && len(seqs) == 0:
				return usageError("give the sequence of a message")
			case !list && strings.TrimSpace(reason) == "":
				return usageError("give a reason with --reason: it is recorded, and the message is gone for good")
			}
			if !list {
				var err error
				if by, err = a.decider(by); err != nil {
					return err
				}
			}
			conn, err := a.connect(cmd.Context(), b)
			if err != nil {
				return err
			}
			defer conn.Close()
			if list {
				all, err := conn.Erasures(cmd.Context())
				if err != nil {
					return brokerError(err, b.server)
				}
				return a.printErasures(all, json)
			}
			for _, seq := range seqs {
				e, err := conn.Erase(cmd.Context(), seq, strings.TrimSpace(reason), by)
				if errors.Is(err, broker.ErrNoMessage) {
					return &exitError{code: exitUsage, err: err}
				}
				if err != nil {
					return brokerError(err, b.server)
				}
				if err := a.printErasures([]broker.Erasure{e}, json); err != nil {
					return err
				}
			}
			return nil
		},
	}
	b.register(cmd)
	f := cmd.Flags()
	f.StringVar(&reason, "reason", "", "why; kept with the sequence")
	f.StringVar(&by, "by", "", "who decided it; kept too (default: the user of the system)")
	f.BoolVar(&list, "list", false, "show what was erased")
	f.BoolVar(&json, "json", false, "as JSON, one object a line")
	return cmd
}

func (a *app) printErasures(all []broker.Erasure, json bool) error {
	if json {
		for _, e := range all {
			if err := a.writeJSON(e); err != nil {
				return err
			}
		}
		return nil
	}
	t := textfmt.Table{Columns: []textfmt.Column{
		{Title: a.inLanguage("数据流", "stream")},
		{Title: a.inLanguage("留言", "message"), Right: true},
		{Title: a.inLanguage("删除时间", "erased")},
		{Title: a.inLanguage("由谁", "by")},
		{Title: a.inLanguage("原因", "reason")},
	}}
	for _, e := range all {
		at := e.At.Local().Format(time.DateTime)
		if e.Already {
			at += a.say(" (was gone)")
		}
		t.Row(e.Stream, strconv.FormatUint(e.Seq, 10), at, e.By, e.Reason)
	}
	_, err := a.stdout.Write([]byte(t.String()))
	return err
}
