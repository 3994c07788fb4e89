package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/internal/scratch"
	"github.com/minyi/minyi/pipeline"
	"github.com/minyi/minyi/pipeline/broker"
	"github.com/minyi/minyi/pipeline/broker/embedded"
)

// upOptions are the flags of minyi up.
type upOptions struct {
	dict       string
	data       string
	listen     string
	page       pageOptions
	natsListen string
	token      string // of the NATS server, if it listens
	once       bool
	watch      bool
	show       showOptions
	cells      cellOptions
	files      []string
	read       fileOptions
}

// defaultData is where `minyi up` keeps its data without --data.
const defaultData = "minyi-data"

func (a *app) upCommand() *cobra.Command {
	var o upOptions
	cmd := &cobra.Command{
		Use:   "up [FILE...]",
		Short: "Count in one process: embedded NATS, a worker and the page",
		Long: `Start everything in one process (NATS JetStream with file storage, a worker, the
page), send the files, count them, print the counts, and go on counting until
Ctrl-C, which drains. What is in the data folder was counted already and is not
counted again; sending the same file again adds nothing.

With --dict DIR --watch the dictionary may be edited meanwhile: whenever a file of it
is saved, everything is counted by it, the page shows the new counts, and the
terminal what changed. A file that cannot be read is named with its place, and the
last dictionary stays.

With --once it ends when all is counted. Without --data it then works in a
temporary folder, so that the counts are those of the files and nothing else,
and listens on no address that is not named.`,
		Example: `  minyi up examples/suggestions.ndjson
  minyi up --once --json 建议.xlsx > counts.json
  minyi up --dict mine --watch 建议.xlsx`,
		RunE: func(cmd *cobra.Command, files []string) error {
			o.files = files
			if (o.show.json || o.show.csv || o.show.xlsx != "" || o.show.asked()) && !o.once {
				return usageError("--json goes with --once, and so do --csv, --xlsx and --by; minyi counts asks a running one")
			}
			o.show.minCell = o.page.minCell
			if err := o.show.validate(); err != nil {
				return err
			}
			switch {
			case o.watch && o.once:
				return usageError("--watch waits for the dictionary to be saved, and --once ends: give one of them")
			case o.watch && o.dict == "":
				return usageError("--watch needs --dict DIR, the folder of the dictionary that you edit; minyi dict export --yaml DIR writes a copy of the one in the program")
			}
			if o.once && !cmd.Flags().Changed("listen") {
				o.listen = ""
			}
			if o.once && !cmd.Flags().Changed("nats-listen") {
				o.natsListen = ""
			}
			return a.up(cmd.Context(), o)
		},
	}
	o.page.register(cmd)
	f := cmd.Flags()
	f.BoolVar(&o.once, "once", false, "end when all is counted, and print the counts")
	f.BoolVar(&o.show.json, "json", false, "with --once: print the counts as JSON")
	o.show.register(cmd, "only-source")
	o.cells.register(cmd)
	f.StringVar(&o.data, "data", "", "data folder (default "+defaultData+"; with --once a temporary one)")
	f.StringVar(&o.listen, "listen", "127.0.0.1:8080", "address of the page and of /metrics")
	f.StringVar(&o.natsListen, "nats-listen", "127.0.0.1:4222", "address for other NATS clients; empty: none")
	f.StringVar(&o.dict, "dict", "", "folder of a dictionary (default: the one in the program)")
	f.BoolVar(&o.watch, "watch", false, "count again whenever a file of the dictionary is saved, and show what changed")
	o.read.register(cmd)
	return cmd
}

// up starts server, connection and engine in this order, runs them, and stops
// them in the opposite order.
func (a *app) up(ctx context.Context, o upOptions) (err error) {
	bounds, err := o.cells.bounds()
	if err != nil {
		return err
	}
	if _, err := o.page.config(); err != nil {
		return err
	}
	if err := o.page.checkListen(o.listen); err != nil {
		return err
	}
	if err := checkExposure("--nats-listen", o.natsListen, o.page.insecure, false,
		phrase.Textf("the token would cross the network in the clear: a NATS server with TLS, and minyi work")); err != nil {
		return err
	}
	c, err := a.loadClassifier(o.dict)
	if err != nil {
		return err
	}
	data, removeData, err := a.dataFolder(o)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, removeData()) }()
	o.read.tempDir = filepath.Join(data, "tmp")
	if err := a.lookAt(o.files, o.read.options(a)); err != nil {
		return err
	}
	server, url, err := a.startServer(data, &o)
	if err != nil {
		return err
	}
	defer server.Shutdown()
	if err := scratch.Sweep(o.read.tempDir); err != nil { // of an earlier run that was killed
		return err
	}
	conn, err := broker.Connect(ctx, broker.Options{Server: server, Token: o.token, Inbox: broker.WorkerInbox, Worker: workerName()})
	if err != nil {
		return a.unlessStopped(ctx, err)
	}
	defer conn.Close()
	e, err := a.newEngine(ctx, conn, c, pipeline.Config{Promote: true, Cells: bounds}, o.page)
	if err != nil {
		return a.unlessStopped(ctx, err)
	}
	var l net.Listener
	if o.listen != "" {
		if l, err = listen(ctx, "--listen", o.listen); err != nil {
			return err
		}
		defer l.Close()
	}
	a.printAddresses(url, l, data, o)
	err = brokerError(e.run(ctx, l, func(ctx context.Context) error { return a.sendAndCount(ctx, e, o) }), "")
	if pipeline.Fatal(err) && !o.once && o.natsListen != "" {
		a.notef("minyi: %v\n\ncounting has stopped; NATS stays at %s for minyi ledger and for counting again, until Ctrl-C", err, server.URL())
		defer a.screen.rest()()
		<-ctx.Done()
		return &exitError{code: exitEnvironment}
	}
	return err
}

// absent tells whether there is no file of this name, which is an error that
// opening it reports.
func absent(name string) bool {
	_, err := os.Stat(name)
	return name != "-" && err != nil
}

// folder tells whether name is a folder, which opening it reports too.
func folder(name string) bool {
	info, err := os.Stat(name)
	return name != "-" && err == nil && info.IsDir()
}

// dataFolder returns the folder to work in, and how to leave it.
func (a *app) dataFolder(o upOptions) (dir string, leave func() error, err error) {
	switch {
	case o.data != "":
		return o.data, func() error { return nil }, nil
	case !o.once:
		return defaultData, func() error { return nil }, nil
	}
	// What a killed run left is removed, as it holds what citizens wrote.
	temp, err := scratch.New("")
	if err != nil {
		return "", nil, phrase.Errorf("make a temporary data folder; --data DIR chooses another: %w", err)
	}
	return temp.Path(), temp.Close, nil
}

// startServer starts the embedded broker, and returns its URL with the token; its errors
// name the flag to change.
func (a *app) startServer(data string, o *upOptions) (s *embedded.Server, url string, err error) {
	if o.natsListen != "" {
		if o.token, err = token(data); err != nil {
			return nil, "", err
		}
	}
	s, err = embedded.Start(embedded.Options{Dir: data, Listen: o.natsListen, Token: o.token, Log: a.stderr})
	switch {
	case errors.Is(err, embedded.ErrAddressInUse):
		return nil, "", phrase.Errorf("%w; another NATS server? choose another with --nats-listen HOST:PORT", err)
	case errors.Is(err, embedded.ErrDataLocked):
		return nil, "", phrase.Errorf("%w; is minyi up running there already? choose another with --data DIR", err)
	case errors.Is(err, embedded.ErrDataUnusable):
		return nil, "", phrase.Errorf("%w; choose another with --data DIR", err)
	case err != nil || o.natsListen == "":
		return s, "", err
	}
	if url, err = writeURL(data, s.URL(), o.token); err != nil {
		s.Shutdown()
		return nil, "", err
	}
	return s, url, nil
}

// printAddresses prints where the server and the page listen, and the folder. The token
// is shown to a person at the terminal only; a log is kept elsewhere, and read by others.
func (a *app) printAddresses(url string, l net.Listener, data string, o upOptions) {
	if o.once {
		return
	}
	a.notef("data   %s", data)
	switch {
	case url != "" && terminal(a.stderr):
		fmt.Fprintf(a.stderr, "NATS   %s\n", url)
	case url != "":
		a.notef("NATS   %s", strings.Replace(broker.Address(url), "://", "://***@", 1))
		a.notef("       its token is in %s; minyi url prints it", filepath.Join(data, urlFile))
	}
	if l != nil {
		a.notef("page   %s", o.page.address(l))
	}
}

// sendAndCount sends the files, waits until all is counted and prints the counts. Then
// it is done, or stays until ctx ends.
func (a *app) sendAndCount(ctx context.Context, e *engine, o upOptions) error {
	_, sendErr := a.sendFiles(ctx, e.conn, o.files, nil, o.read.options(a))
	var refused *exitError
	if sendErr != nil && (!errors.As(sendErr, &refused) || refused.code != exitCheck) {
		return sendErr
	}
	totals, err := e.counted(ctx)
	e.beginPublishing()
	if err != nil {
		if ctx.Err() != nil {
			return nil // stopped before all was counted: the log has the frontier
		}
		return err
	}
	if err := a.showWhich(ctx, e.conn, totals, o.show); err != nil {
		return err
	}
	switch {
	case o.once && sendErr != nil:
		return sendErr
	case o.once:
		return errDone
	case sendErr != nil:
		a.notef("minyi: %v", sendErr)
	}
	defer a.screen.rest()()
	if o.watch {
		return a.watchDict(ctx, e, o.dict)
	}
	a.notef("\ncounting goes on; Ctrl-C drains and ends")
	<-ctx.Done()
	return nil
}

// counted waits until all that is in the stream now is counted, and returns the
// counts of the tally that the engine was started with.
func (e *engine) counted(ctx context.Context) (pipeline.Counts, error) {
	info, err := e.conn.StreamInfo(ctx)
	if err != nil {
		return pipeline.Counts{}, err
	}
	tally := e.tally
	if !e.fleet.OwnRuns(ctx) {
		tally = "" // somebody has retired it: what is current is counted
	}
	for c := range e.board.Subscribe(ctx, tally, pipeline.Counts{}) {
		if c.After.Frontier >= info.Last {
			// Whoever looks at the page next finds that there are counts.
			_, _ = e.board.Wait(ctx, "")
			return c.After, nil
		}
	}
	return pipeline.Counts{}, ctx.Err()
}
