package main

import (
	"context"
	"net"
	"time"

	"github.com/spf13/cobra"

	"github.com/minyi/minyi/pipeline"
	"github.com/minyi/minyi/pipeline/broker"
)

func (a *app) workCommand() *cobra.Command {
	var (
		b       brokerOptions
		dir     string
		addr    string
		service string
		promote bool
		wait    time.Duration
		format  pipeline.Format
		cells   cellOptions
		page    pageOptions
	)
	cmd := &cobra.Command{
		Use:   "work",
		Short: "Count on a NATS server of your own; any number of workers",
		Long: `Count the stream of suggestions on a NATS server or cluster of your own. Start as
many workers as you like, stop any of them at any time: they share the work
without being told of each other, and every suggestion is counted once. The
first signal drains: what is in hand is finished or handed back.`,
		Example: `  minyi work --server nats://broker:4222
  minyi work --context production --dict dictionaries/may --promote`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx := cmd.Context()
			if _, err := format.Validate(); err != nil {
				return usageError("%w", err)
			}
			bounds, err := cells.bounds()
			if err != nil {
				return err
			}
			if _, err := page.config(); err != nil {
				return err
			}
			if err := page.checkListen(addr); err != nil {
				return err
			}
			c, err := a.loadClassifier(dir)
			if err != nil {
				return err
			}
			var e *engine
			b.inbox = broker.WorkerInbox
			conn, err := a.connectWithin(ctx, b, wait, func(conn *broker.Conn) (err error) {
				e, err = a.newEngine(ctx, conn, c, pipeline.Config{Promote: promote, Format: format, Cells: bounds}, page)
				return err
			})
			if err != nil {
				return a.unlessStopped(ctx, err)
			}
			defer conn.Close()
			e.serviceContext = service
			var l net.Listener
			if addr != "" {
				if l, err = listen(ctx, "--listen", addr); err != nil {
					return err
				}
				defer l.Close()
				a.notef("page   %s", page.address(l))
			}
			url, _ := conn.Server()
			a.notef("NATS   %s\ntally  %s, dictionary %s", url, e.tally, c.Dictionary().Version())
			err = e.run(ctx, l, func(ctx context.Context) error {
				if page.minCell > 0 {
					_, _ = e.counted(ctx) // it is published as far as it is counted
				}
				e.beginPublishing()
				defer a.screen.rest()()
				<-ctx.Done()
				return nil
			})
			return brokerError(err, b.server)
		},
	}
	b.register(cmd)
	b.registerMaking(cmd)
	registerFormat(cmd, &format)
	cells.register(cmd)
	page.register(cmd)
	f := cmd.Flags()
	f.StringVar(&addr, "listen", "", "address of the page and of /metrics (default: none)")
	f.StringVar(&dir, "dict", "", "folder of a dictionary (default: the one in the program)")
	f.StringVar(&service, "service-context", "", "NATS context of a user that may only answer requests (default: the worker's own user answers)")
	f.DurationVar(&wait, "wait", time.Minute, "how long to wait at the start for a broker that is not there yet; 0: not at all")
	f.BoolVar(&promote, "promote", false, "show this dictionary's counts as the current ones once they have caught up")
	return cmd
}

// unlessStopped returns the error of starting a worker, or nil if ctx ended
// meanwhile: then that caused the error, and the worker had no range in hand.
func (a *app) unlessStopped(ctx context.Context, err error) error {
	if err == nil || ctx.Err() == nil {
		return err
	}
	a.notef("stopped before anything was in hand")
	return nil
}
