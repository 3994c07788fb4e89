package main

import (
	"context"
	"fmt"
	"io"
	"regexp"
	"strings"
	"time"

	"github.com/minyi/minyi/dict/phrase"

	"github.com/spf13/cobra"

	"github.com/minyi/minyi/internal/textfmt"
	"github.com/minyi/minyi/pipeline/broker"
	"github.com/minyi/minyi/pipeline/supervise"
)

func (a *app) tallyListCommand() *cobra.Command {
	var (
		b                brokerOptions
		json, all, watch bool
	)
	cmd := &cobra.Command{
		Use:   "list",
		Short: "List the tallies: which is current, how far each is, who counts it",
		Long: `List the tallies: which one readers are shown, how far each of them is, how many
workers count it, and which ones refuse it and why. Retired tallies are left out
of the table unless --all is given.`,
		Example: `  minyi tally list
  minyi tally list --watch
  minyi tally list --json | jq '.[] | select(.current)'`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if json && watch {
				return usageError("give --json or --watch, not both")
			}
			return a.withBroker(cmd.Context(), b, func(ctx context.Context, conn *broker.Conn) error {
				if watch {
					return a.watchTallies(ctx, conn, all)
				}
				list, err := conn.Tallies().List(ctx)
				if err != nil {
					return err
				}
				if json {
					return a.writeJSON(list)
				}
				if len(list) == 0 {
					a.notef("%s", a.inLanguage("还没有计票：minyi work 或 minyi up 会建立第一个", "there are no tallies yet: minyi work or minyi up begins the first one"))
					return nil
				}
				_, err = io.WriteString(a.stdout, a.tallyTable(list, all))
				return err
			})
		},
	}
	b.register(cmd)
	cmd.Flags().BoolVar(&json, "json", false, "as JSON, retired ones too")
	cmd.Flags().BoolVar(&all, "all", false, "retired tallies too")
	cmd.Flags().BoolVar(&watch, "watch", false, "again every second, until Ctrl-C")
	return cmd
}

// watchTallies prints the table every second, over the last one if that is a terminal.
func (a *app) watchTallies(ctx context.Context, conn *broker.Conn, all bool) error {
	defer a.screen.rest()()
	lines := 0
	for ctx.Err() == nil {
		list, err := conn.Tallies().List(ctx)
		if err != nil {
			if ctx.Err() != nil {
				return nil // stopped by the person who watches
			}
			return err
		}
		table := a.tallyTable(list, all)
		if terminal(a.stdout) && lines > 0 {
			fmt.Fprintf(raw(a.stdout), "\x1b[%dA\x1b[J", lines) // up, and clear what is below
		}
		lines = strings.Count(table, "\n")
		if _, err := io.WriteString(a.stdout, table); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
		case <-time.After(time.Second):
		}
	}
	return nil
}

// tallyTable is the list for people, and below it what is to be known of single tallies.
func (a *app) tallyTable(list []broker.ListedTally, all bool) string {
	t := textfmt.Table{Columns: []textfmt.Column{
		{Title: a.inLanguage("计票", "tally")},
		{Title: a.inLanguage("词典", "dictionary")},
		{Title: a.inLanguage("状态", "state")},
		{Title: a.inLanguage("进度", "counted")},
		{Title: a.inLanguage("还差", "to go"), Right: true},
		{Title: a.inLanguage("每秒", "a second"), Right: true},
		{Title: a.inLanguage("计数进程", "workers"), Right: true},
	}}
	retired := 0
	var notes strings.Builder
	for _, tally := range list {
		if tally.State == supervise.Retired && !all {
			retired++
			continue
		}
		progress, lag, rate := "", "", ""
		if tally.State != supervise.Retired {
			progress, lag, rate = progressBar(tally.Frontier, tally.Last), a.toGo(tally), textfmt.Count(tally.Rate)
		}
		t.Row(tally.Tally, tally.Dict[:min(8, len(tally.Dict))], a.tallyState(tally), progress, lag, rate, textfmt.Count(tally.Workers))
		a.noteTally(&notes, tally)
	}
	s := t.String()
	if notes.Len() > 0 {
		s += "\n" + notes.String()
	}
	if retired > 0 {
		s += a.say("\n%s retired tallies are not shown: --all\n", textfmt.Count(retired))
	}
	return s
}

// tallyState is the state of a tally in a word.
func (a *app) tallyState(t broker.ListedTally) string {
	switch {
	case t.Current:
		return a.inLanguage("当前", "current")
	case t.State == supervise.Retired:
		return a.inLanguage("已停用", "retired")
	}
	return a.inLanguage("候选", "counting")
}

// toGo says how much is to be counted, and how long that takes.
func (a *app) toGo(t broker.ListedTally) string {
	s := textfmt.Count(t.Lag)
	if t.Lag > 0 && t.ETA > 0 {
		s += fmt.Sprintf(" (%s)", (time.Duration(t.ETA) * time.Second).String())
	}
	return s
}

// progressBar is how much of a stream is counted.
func progressBar(frontier, last uint64) string {
	const width = 10
	if last == 0 || frontier >= last {
		return strings.Repeat("█", width) + " 100%"
	}
	done := int(float64(frontier) / float64(last) * width)
	return strings.Repeat("█", done) + strings.Repeat("░", width-done) + fmt.Sprintf(" %3d%%", int(float64(frontier)/float64(last)*100))
}

// noteTally writes what the row of a tally cannot hold.
func (a *app) noteTally(w io.Writer, t broker.ListedTally) {
	note := func(format string, args ...any) {
		for _, line := range wrapped(fmt.Sprintf(format, args...), textfmt.Columns-2) {
			fmt.Fprintf(w, "%s\n", line)
		}
	}
	if e := t.Move; e != nil {
		note(a.inLanguage("%s 自 %s 起为当前计票（%s）%s", "%s is current since %s (%s)%s"),
			t.Tally, e.At.Local().Format(time.DateTime), a.eventName(e.Event), a.byAndWhy(e.By, e.Why))
	}
	for _, r := range t.Refused {
		note(a.inLanguage("%s 被 %s 拒绝：%s", "%s is refused by %s: %s"), t.Tally, r.Worker, a.whySaid(r.Reason))
	}
	if t.State == supervise.Counting && t.Workers == 0 && t.Lag > 0 {
		for _, line := range a.uncounted(t) {
			fmt.Fprintln(w, line)
		}
	}
}

// byAndWhy says who did something, and why.
func (a *app) byAndWhy(by, why string) string {
	s := ""
	if by != "" {
		s += a.inLanguage("，", ", ") + by
	}
	if why != "" {
		s += a.inLanguage("：", ": ") + a.whySaid(why)
	}
	return s
}

// whySaid is a reason in the language of the reader, if minyi itself gave it.
func (a *app) whySaid(why string) string { return whyIn(why, a.lang) }

// forcedWhy is the reason of who published a dictionary against what speaks against it.
var forcedWhy = regexp.MustCompile(`(?s)^(.*) \(forced: (.*)\)$`)

// whyIn is whySaid in a language, zh or another. Reasons that minyi gives are stored in
// English; those of people, and what older releases stored in the language of who ran
// them, stay as they are.
func whyIn(why, lang string) string {
	if lang != "zh" {
		return strings.ReplaceAll(why, "\n", "; ")
	}
	if forced := forcedWhy.FindStringSubmatch(why); forced != nil {
		return forced[1] + "（强制发布：" + whyIn(forced[2], lang) + "）"
	}
	chinese := map[string]string{
		supervise.WhyStarted: "有进程以它启动", supervise.WhyFirst: "第一个计票", supervise.WhyFlag: "以 --promote 启动", supervise.WhyPutBack: "消息服务丢失了指针",
		supervise.WhyRecreated: "之前的流已重建", supervise.WhyAnew: "流已重建：其中不是统计过的内容", supervise.WhyRemoved: "统计桶在没有进程运行时被删除", supervise.WhyMoved: "由其他程序，或没有历史记录的旧版 minyi 改动", supervise.WhyBoth: "同一时刻被停用",
		supervise.WhyCurrent: "它是当前计票", supervise.WhyUnread: "读不出来",
	}
	if zh, ok := chinese[why]; ok {
		return zh
	}
	if dir, ok := strings.CutPrefix(why, supervise.WhyUnread+": "); ok {
		return chinese[supervise.WhyUnread] + "：" + dir
	}
	for _, between := range []string{"\n", "; "} { // several faults; older releases wrote them in a line
		if parts := strings.Split(why, between); len(parts) > 1 {
			if said, ok := allSaid(parts); ok {
				return strings.Join(said, "；")
			}
		}
	}
	return phrase.Stored(why).In(phrase.Chinese) // an error by which a worker refused
}

// allSaid are stored texts in Chinese; ok is false unless each of them is known.
func allSaid(parts []string) (said []string, ok bool) {
	for _, part := range parts {
		zh := phrase.Stored(part).In(phrase.Chinese)
		if zh == part {
			return nil, false
		}
		said = append(said, zh)
	}
	return said, true
}

// eventName is what happened, in a word.
func (a *app) eventName(k supervise.EventKind) string {
	words := map[supervise.EventKind][2]string{
		supervise.Published: {"发布", "published"}, supervise.RefusedBy: {"拒绝", "refused"}, supervise.Started: {"开始计数", "started"},
		supervise.Promoted: {"启用", "promoted"}, supervise.RolledBack: {"退回", "rolled back"}, supervise.RetiredBy: {"停用", "retired"},
		supervise.Recreated: {"流已重建", "stream made anew"}, supervise.Anew: {"重新统计", "counted anew"}, supervise.PutBack: {"指针补回", "put back"}, supervise.Moved: {"由其他程序改动", "moved"}, supervise.Measured: {"测量", "measured"},
	}
	if w, ok := words[k]; ok {
		return a.inLanguage(w[0], w[1])
	}
	return string(k)
}
