package main

import (
	"context"
	"errors"

	"github.com/spf13/cobra"

	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/internal/textfmt"
	"github.com/minyi/minyi/pipeline/broker"
	"github.com/minyi/minyi/pipeline/broker/send"
	"github.com/minyi/minyi/pipeline/intake"
)

func (a *app) sendCommand() *cobra.Command {
	var (
		b      brokerOptions
		files  fileOptions
		asJSON bool
		check  bool
	)
	cmd := &cobra.Command{
		Use:   "send FILE...",
		Short: "Publish files of suggestions: NDJSON, CSV, XLSX",
		Long: `Publish files of suggestions to the stream: NDJSON, CSV or XLSX; - is NDJSON on
standard input. Text files may be compressed (.gz), and be UTF-8, UTF-16, GBK or
Big5.

A table has a header row with the columns text, title, source, submitted_at and
id, or 内容, 标题, 来源, 时间, 编号, and many other names. Only text is required. What
was read is printed before anything is sent: which sheets, which header row, which
column for what. --text, --title, --time, --id and --source choose others, --sheet
and --header-row where they stand; they also name the members of JSON objects.

Afterwards every row is accounted for:
  rows = sent + already there + refused + empty + headers again
--check prints all that without a broker, and sends nothing; --json prints it as
one JSON object a file. Of several files, one that cannot be read is named and the
others are sent; the exit code is 2.

Sending the same file again stores nothing twice, also after a crash at any
point and however much later: records are recognised by their id, those without
one by file name, content and occurrence. The same id with another content is
refused.`,
		Example: `  minyi send 建议.xlsx
  minyi send --check --text 诉求内容 --time 日期+时间 建议.csv
  zcat export.ndjson.gz | minyi send --server nats://broker:4222 -`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, names []string) error {
			ctx := cmd.Context()
			opts := files.options(a)
			if check {
				return a.checkFiles(names, opts, asJSON)
			}
			readable, unread, err := a.lookAtEach(names, opts)
			if err != nil {
				return err
			}
			conn, err := a.connect(ctx, b)
			if err != nil {
				return err
			}
			defer conn.Close()
			if err := conn.EnsureSuggestions(ctx); err != nil {
				return brokerError(err, b.server)
			}
			reports, err := a.sendFiles(ctx, conn, readable, unread, opts)
			if asJSON {
				for _, r := range reports {
					if err := a.writeJSON(balanceOf(r)); err != nil {
						return err
					}
				}
			}
			return err
		},
	}
	b.register(cmd)
	b.registerMaking(cmd)
	files.register(cmd)
	cmd.Flags().BoolVar(&check, "check", false, "print what was read and what would be sent, and send nothing")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print what became of each file as JSON")
	return cmd
}

// balanceOf is the balance of a report, or what the report alone says.
func balanceOf(r send.Report) *intake.Balance {
	if r.Balance != nil {
		return r.Balance
	}
	return &intake.Balance{File: r.File, Rows: r.Read, Read: r.Read, Sent: r.Sent, Already: r.Already, Refused: r.Refused}
}

// sendFiles sends the files one after the other and prints the result of each. One that
// cannot be read to its end does not keep the next from being sent; unread are those that
// could not be read before. Its error has exit code 1 when records were refused, 2 when a
// file cannot be read, 3 when the broker failed.
func (a *app) sendFiles(ctx context.Context, conn *broker.Conn, files, unread []string, opts intake.Options) ([]send.Report, error) {
	p, err := send.New(conn, send.Config{Intake: opts})
	if err != nil {
		return nil, err
	}
	var (
		reports []send.Report
		refused int
		all     = len(files) + len(unread)
	)
	for _, file := range files {
		r, err := p.SendFile(ctx, file, a.sendProgress(file))
		reports = append(reports, r)
		a.printSent(r)
		if errors.Is(err, send.ErrUnread) && all > 1 {
			a.notef("minyi: %v", err)
			unread = append(unread, file)
		} else if err != nil {
			return reports, sendError(err)
		}
		refused += r.Refused
	}
	return reports, sentError(refused, unread, all)
}

// sentError says what was not sent of so many files; nil if everything was.
func sentError(refused int, unread []string, files int) error {
	again := phrase.Textf("mend them and send them again, what is stored stays as it is")
	switch {
	case len(unread) > 0 && refused > 0:
		return usageError("%d of %d files cannot be read to their end: %s; and %s of the others not sent; %s", len(unread), files, phrase.Listed(unread...), recordsOf(refused), again)
	case len(unread) > 0:
		return usageError("%d of %d files cannot be read to their end: %s; the others are sent; %s", len(unread), files, phrase.Listed(unread...), again)
	case refused > 0:
		return checkError("%s not sent; mend them and send the file again, what is stored stays as it is", recordsOf(refused))
	}
	return nil
}

// printSent prints the result of a file in one line, and each refused record.
func (a *app) printSent(r send.Report) {
	line := a.say("%s: %s sent", r.File, textfmt.Count(r.Sent))
	if r.Already > 0 {
		line += a.say(", %s already there", textfmt.Count(r.Already))
	}
	if r.Refused > 0 {
		line += a.say(", %s refused", textfmt.Count(r.Refused))
	}
	a.notef("%s", line)
	if b := r.Balance; b != nil && notable(b) {
		a.writeBalance(a.stderr, b)
	}
	a.printRefusals(r.Refused, r.Refusals)
	if r.Position != nil {
		a.notef("  the position could not be kept, the next run reads the whole stream: %v", r.Position)
	}
}

// sendProgress shows how far sending has come, on a terminal; nil where there is none.
func (a *app) sendProgress(file string) func(send.Progress) {
	if !terminal(a.stderr) {
		return nil
	}
	var shown *bar
	stage := send.Stage(-1)
	name := intake.BaseName(file)
	describe := map[send.Stage]string{
		send.StageSkipping: a.say("skipping %s", name),
		send.StageScanning: a.inLanguage("读取流中的编号", "reading ids in the stream"),
		send.StageSending:  a.say("sending %s", name),
	}
	return func(p send.Progress) {
		done, total := p.Bytes, p.TotalBytes
		if p.Stage == send.StageScanning {
			done, total = p.Scanned, p.ToScan
		}
		if p.Stage != stage {
			shown.clear()
			stage = p.Stage
			shown = a.newBar(describe[stage])
		}
		shown.set(int64(done), int64(total))
	}
}

// sendError gives the errors of sending their exit codes.
func sendError(err error) error {
	switch {
	case errors.Is(err, context.Canceled):
		return &exitError{code: exitEnvironment, err: phrase.Errorf("stopped; send the same files again to go on: %w", err)}
	case errors.Is(err, send.ErrStreamFull), errors.Is(err, send.ErrBrokerSilent), errors.Is(err, send.ErrLostMessages):
		return &exitError{code: exitEnvironment, err: phrase.Errorf("%w; what was sent is stored, send again when there is room", err)}
	case errors.Is(err, broker.ErrUnsuited):
		return &exitError{code: exitEnvironment, err: err}
	}
	if isDoubt(err) || errors.Is(err, send.ErrUnread) {
		return &exitError{code: exitUsage, err: err}
	}
	return err
}
