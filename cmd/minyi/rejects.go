package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"github.com/minyi/minyi/classifier/workbench"
	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/internal/textfmt"
	"github.com/minyi/minyi/pipeline"
	"github.com/minyi/minyi/pipeline/broker"
)

// reasonNames is the reasons that there are, for a sentence.
func reasonNames() []string {
	var names []string
	for _, r := range pipeline.Reasons() {
		names = append(names, string(r))
	}
	return names
}

func (a *app) rejectsCommand() *cobra.Command {
	var (
		b      brokerOptions
		q      broker.RejectQuery
		asJSON bool
	)
	cmd := &cobra.Command{
		Use:   "rejects",
		Short: "Messages that are no suggestions: list, look, mend",
		Long: `List the messages that were counted as rejected, by reason, with their sequence
in the stream. Nothing of them is kept but sequence and reason; what they say is
read back from the stream when it is asked for.

To mend them:

  minyi rejects export > mend.ndjson   write them to a file, and mend that
  minyi send mend.ndjson               send what is mended as new messages

A count is never changed by hand: a tally is what follows from the stream and
the dictionary, so the rejected message stays rejected, and the mended one is
counted as what it says. If it is not the messages that are wrong but how they
are read (--text-field), minyi rejects retry tells whether another way would do.`,
		Example: `  minyi rejects
  minyi rejects --reason no_text --limit 20
  minyi rejects show 4711`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := checkReason(q.Reason); err != nil {
				return err
			}
			return a.withBroker(cmd.Context(), b, func(ctx context.Context, conn *broker.Conn) error {
				return a.listRejects(ctx, conn, q, asJSON)
			})
		},
	}
	b.register(cmd)
	registerRejects(cmd, &q, 100)
	cmd.Flags().BoolVar(&asJSON, "json", false, "as JSON")
	cmd.AddCommand(a.rejectsShowCommand(), a.rejectsExportCommand(), a.rejectsRetryCommand())
	return cmd
}

// registerRejects adds the flags that say which rejects.
func registerRejects(cmd *cobra.Command, q *broker.RejectQuery, limit int) {
	cmd.Flags().StringVar(&q.Tally, "tally", "", "tally by which they were rejected (default: the current one)")
	cmd.Flags().StringVar((*string)(&q.Reason), "reason", "", "only those with this reason: "+strings.Join(reasonNames(), ", "))
	cmd.Flags().IntVar(&q.Limit, "limit", limit, "at most so many; 0: all")
}

func checkReason(r pipeline.Reason) error {
	if r != "" && !slices.Contains(pipeline.Reasons(), r) {
		return usageError("--reason %s: it is %s", r, phrase.Either(reasonNames()...))
	}
	return nil
}

// withBroker calls f with a connection, and adds to its error what the operator can do.
func (a *app) withBroker(ctx context.Context, b brokerOptions, f func(context.Context, *broker.Conn) error) error {
	conn, err := a.connect(ctx, b)
	if err != nil {
		return err
	}
	defer conn.Close()
	return brokerError(f(ctx, conn), b.server)
}

// listRejects prints how many there are by reason, and the first ones.
func (a *app) listRejects(ctx context.Context, conn *broker.Conn, q broker.RejectQuery, asJSON bool) error {
	rejects := []pipeline.Reject{}
	if err := nameTally(ctx, conn, &q.Tally); err != nil {
		return err
	}
	list, err := conn.Rejects(ctx, q, func(r pipeline.Reject, _ *pipeline.Message) error {
		rejects = append(rejects, r)
		return nil
	})
	if err != nil {
		return err
	}
	if asJSON {
		stamp, err := conn.Counts().Stamp(ctx, list.Tally)
		if err != nil {
			return err
		}
		return a.writeStamped(struct {
			broker.RejectList
			Rejects []pipeline.Reject `json:"rejects"`
		}{list, rejects}, stamp)
	}
	reasons := textfmt.Table{Columns: []textfmt.Column{{}, {Right: true}}}
	for _, row := range list.Reasons {
		reasons.Row(a.reasonName(pipeline.Reason(row.ID)), textfmt.Count(row.Any))
	}
	if len(list.Reasons) == 0 {
		fmt.Fprintln(a.stdout, a.inLanguage("没有不计入的留言", "nothing was rejected"))
		return nil
	}
	fmt.Fprint(a.stdout, reasons.String())
	fmt.Fprintln(a.stdout)
	t := textfmt.Table{Columns: []textfmt.Column{
		{Title: a.inLanguage("序号", "seq"), Right: true},
		{Title: a.inLanguage("日期", "day")},
		{Title: a.inLanguage("来源", "source")},
		{Title: a.inLanguage("字节", "bytes"), Right: true},
		{Title: a.inLanguage("原因", "reason")},
	}}
	for _, r := range rejects {
		if r.Gone {
			t.Row(strconv.FormatUint(r.Seq, 10), "–", "–", "–", a.reasonName(r.Reason)+a.inLanguage("（流中已不存在）", " (not in the stream any more)"))
			continue
		}
		t.Row(strconv.FormatUint(r.Seq, 10), r.Day, printable(r.Source), strconv.Itoa(r.Bytes), a.reasonName(r.Reason))
	}
	fmt.Fprint(a.stdout, t.String())
	if more := list.Matching - uint64(list.Listed); more > 0 {
		a.notef("%s more; --limit 0 lists all", textfmt.Count(more))
	}
	return nil
}

func (a *app) rejectsShowCommand() *cobra.Command {
	var (
		b     brokerOptions
		bytes int
	)
	cmd := &cobra.Command{
		Use:   "show SEQ",
		Short: "Show one message of the stream, masked",
		Long: `Show one message of the stream and why it is no suggestion. Phone numbers, numbers
of identity cards and accounts and e-mail addresses are masked; ` + notMasked + `.
Control characters and invalid bytes are written as \xNN.`,
		Example: "  minyi rejects show 4711",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			seq, err := strconv.ParseUint(args[0], 10, 64)
			if err != nil || seq == 0 {
				return usageError("%q is no sequence of the stream; minyi rejects lists them", args[0])
			}
			return a.withBroker(cmd.Context(), b, func(ctx context.Context, conn *broker.Conn) error {
				return a.showReject(ctx, conn, seq, bytes)
			})
		},
	}
	b.register(cmd)
	cmd.Flags().IntVar(&bytes, "bytes", 4096, "show at most so much of it; 0: all")
	return cmd
}

// showReject prints a message, masked, read by the format of the current tally.
func (a *app) showReject(ctx context.Context, conn *broker.Conn, seq uint64, most int) error {
	m, err := conn.Message(ctx, "", seq)
	if errors.Is(err, pipeline.ErrGone) {
		return checkError("%w: it has expired, was deleted, or never was", err)
	}
	if err != nil {
		return err
	}
	var format pipeline.Format
	if id, err := conn.Counts().Current(ctx); err == nil {
		if about, err := conn.Counts().TallyInfo(ctx, id); err == nil {
			format = about.Spec.Format
		}
	}
	d, err := pipeline.NewDecoder(format)
	if err != nil {
		return err
	}
	var s pipeline.Suggestion
	reason := a.reasonName(d.Decode(m, &s))
	if reason == "" {
		reason = a.inLanguage("无：正常计入", "none: it is a suggestion, and counted")
	}
	t := textfmt.Table{Columns: []textfmt.Column{{}, {}}}
	t.Row(a.inLanguage("序号", "seq"), strconv.FormatUint(seq, 10))
	t.Row(a.inLanguage("原因", "reason"), reason)
	t.Row(a.inLanguage("日期", "day"), s.Day)
	t.Row(a.inLanguage("来源", "source"), printable(s.Source))
	t.Row(a.inLanguage("主题名", "subject"), printable(m.Subject))
	t.Row(a.inLanguage("存入", "stored"), m.Stored.UTC().Format("2006-01-02T15:04:05.000Z07:00"))
	if m.ContentType != "" {
		t.Row(a.inLanguage("内容类型", "content type"), printable(m.ContentType))
	}
	t.Row(a.inLanguage("字节", "bytes"), textfmt.Count(len(m.Data)))
	fmt.Fprint(a.stdout, t.String())
	data, rest := m.Data, 0
	if most > 0 && len(data) > most {
		data, rest = data[:most], len(data)-most
	}
	fmt.Fprintf(a.stdout, "\n%s\n", printable(workbench.Mask(unescape(string(data)))))
	if rest > 0 {
		a.notef("and %s bytes more; --bytes 0 shows all", textfmt.Count(rest))
	}
	return nil
}

// printable writes characters that are invisible or control a terminal as \xNN or
// \uNNNN. Line feeds and tabs stay.
func printable(s string) string {
	var b strings.Builder
	for i, r := range s {
		switch {
		case r == '\n' || r == '\t':
			b.WriteRune(r)
		case r == '\uFFFD' && s[i] != "\uFFFD"[0]:
			fmt.Fprintf(&b, `\x%02x`, s[i])
		case strconv.IsGraphic(r):
			b.WriteRune(r)
		case r < 0x80:
			fmt.Fprintf(&b, `\x%02x`, r)
		default:
			fmt.Fprintf(&b, `\u%04x`, r)
		}
	}
	return b.String()
}

// unescape writes \u0031 as 1, and so all but control characters, so that escaping hides
// nothing from the mask.
func unescape(s string) string {
	var b strings.Builder
	for {
		i := strings.Index(s, `\u`)
		if i < 0 || len(s) < i+6 {
			return b.String() + s
		}
		b.WriteString(s[:i])
		n, err := strconv.ParseUint(s[i+2:i+6], 16, 16)
		r, size := rune(n), 6
		if utf16.IsSurrogate(r) && len(s) >= i+12 && s[i+6:i+8] == `\u` {
			low, _ := strconv.ParseUint(s[i+8:i+12], 16, 16) // 0 is no half of a pair
			r, size = utf16.DecodeRune(r, rune(low)), 12
		}
		switch {
		case err == nil && r >= 0x20 && r != 0x7f && !utf16.IsSurrogate(r) && r != utf8.RuneError:
			b.WriteRune(r)
		default:
			size = 6
			b.WriteString(s[i : i+6])
		}
		s = s[i+size:]
	}
}

// reasonName is a reason in words of Chinese with its id, by which --reason asks for it;
// in English the id is the word.
func (a *app) reasonName(r pipeline.Reason) string {
	zh := map[pipeline.Reason]string{
		pipeline.NotJSON: "不是 JSON", pipeline.NotObject: "不是对象", pipeline.NoText: "没有正文", pipeline.Blank: "正文空白",
		pipeline.TooLarge: "太大", pipeline.Undecodable: "无法解码", pipeline.ServerMessage: "服务器自己写的",
	}
	if name, ok := zh[r]; ok && a.lang == "zh" {
		return name + "（" + string(r) + "）"
	}
	return string(r)
}
