package main

import (
	"cmp"
	"context"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/minyi/minyi/internal/textfmt"
	"github.com/minyi/minyi/pipeline"
	"github.com/minyi/minyi/pipeline/broker/doctor"
)

func (a *app) doctorCommand() *cobra.Command {
	var (
		b      brokerOptions
		asJSON bool
	)
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Examine the broker: will it do, and how is it faring",
		Long: `Examine a broker before the first message, and again when something is odd: one
line a check, with what was found and, where it is not in order, what to do.
Exits with 1 when a check fails; warnings do not fail.

It reads, and makes one scratch stream, which it removes again, to try whether
batches really are atomic and to compare the broker's clock with this one.`,
		Example: `  minyi doctor --server nats://broker:4222
  minyi doctor --json | jq '.checks[] | select(.verdict != "ok")'`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			format, err := pipeline.Format{}.Validate()
			if err != nil {
				return err
			}
			o, err := a.connectOptions(b)
			if err != nil {
				return err
			}
			findings := doctor.Examine(cmd.Context(), o, format.MaxBytes)
			return a.printFindings(findings, a.stampOfCurrent(cmd.Context(), b, asJSON), asJSON)
		},
	}
	b.register(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "as JSON")
	return cmd
}

// stampOfCurrent says what the current tally is, if there is one that can be read: what
// is wrong with it, the findings say.
func (a *app) stampOfCurrent(ctx context.Context, b brokerOptions, wanted bool) pipeline.Stamp {
	if !wanted {
		return pipeline.Stamp{}
	}
	conn, err := a.connect(ctx, b)
	if err != nil {
		return pipeline.Stamp{}
	}
	defer conn.Close()
	stamp, err := conn.Counts().Stamp(ctx, "")
	if err != nil {
		return pipeline.Stamp{}
	}
	return stamp
}

// printFindings prints what was found. Its error says how many checks failed.
func (a *app) printFindings(findings []doctor.Finding, current pipeline.Stamp, asJSON bool) error {
	worst, failed := doctor.OK, 0
	for _, f := range findings {
		switch f.Verdict {
		case doctor.Fail:
			worst = doctor.Fail
			failed++
		case doctor.Warn:
			if worst == doctor.OK {
				worst = doctor.Warn
			}
		}
	}
	if asJSON {
		err := a.writeStamped(struct {
			Verdict doctor.Verdict   `json:"verdict"`
			Checks  []doctor.Finding `json:"checks"`
		}{worst, findings}, current)
		if err != nil {
			return err
		}
	} else {
		for _, f := range findings {
			verdict, check := string(f.Verdict), f.Check
			if a.lang == "zh" {
				verdict, check = map[doctor.Verdict]string{doctor.OK: "正常", doctor.Warn: "注意", doctor.Fail: "不通过"}[f.Verdict], cmp.Or(chineseChecks[check], check)
			}
			fmt.Fprintf(a.stdout, "%s  %s %s\n", textfmt.Left(verdict, a.verdictWidth()), textfmt.Left(check, 12), f.FoundIn(a.language()))
			if f.Remedy != "" {
				fmt.Fprintf(a.stdout, "%s  %s -> %s\n", textfmt.Left("", a.verdictWidth()), textfmt.Left("", 12), f.RemedyIn(a.language()))
			}
		}
	}
	if failed > 0 {
		return checkError("%d of %d checks failed", failed, len(findings))
	}
	return nil
}

// verdictWidth is how wide the longest verdict is.
func (a *app) verdictWidth() int {
	if a.lang == "zh" {
		return textfmt.Width("不通过")
	}
	return len("warn")
}

// chineseChecks are the names of checks.
var chineseChecks = map[string]string{
	"account": "账户", "batches": "批量写入", "cells": "格", "clock": "时钟", "connection": "连接", "duplicates": "重复", "forged": "伪造",
	"history": "历史", "ids": "编号", "jetstream": "JetStream", "ledger": "账目", "left over": "残留", "limits": "上限", "message size": "留言大小",
	"payload": "消息大小", "power loss": "断电", "readers": "读取者", "retention": "保留", "scratch": "临时数据流", "servers": "服务器", "storage": "存储",
	"stream": "数据流", "tallies": "各个计票", "tally": "当前计票", "tasks": "任务", "version": "版本", "workers": "计数进程", "writing": "写入",
}
