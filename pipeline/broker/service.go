package broker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/minyi/minyi/pipeline"
)

// ServiceOptions configure what a process answers.
type ServiceOptions struct {
	Version string // of minyi, semantic; required by NATS
	// Board has the counts that minyi.counts answers with.
	Board *pipeline.Board
	// Tally and Dict are what this process classifies with and counts; every answer
	// names them in its headers Minyi-Tally and Minyi-Dict.
	Tally, Dict string
	// Classify answers minyi.classify: text in, JSON out. Nil: not offered.
	Classify func(text []byte) ([]byte, error)
	// Status answers minyi.status. Nil: not offered.
	Status func() pipeline.Status
	// Context is the NATS context of a user that may do nothing but answer: requests come
	// and answers go on a connection of its own. Empty: on this one.
	Context string
}

// Serve answers requests as the service `minyi`, shared with all other processes that
// do. It returns when ctx has ended and the service is gone; an error only when the
// service could not be started. No answer is empty, and none goes where it could do
// harm (replyGuard).
//
//	minyi.classify          text -> the JSON of `minyi classify --json`
//	minyi.counts            "" or a tally -> pipeline.Snapshot
//	minyi.status            -> pipeline.Status
//	minyi.classify.<tally>  the same of a process that counts that tally
//	minyi.status.<tally>
func (c *Conn) Serve(ctx context.Context, o ServiceOptions) error {
	nc := c.nc
	if o.Context != "" {
		var err error
		if nc, err = c.dialAs(o.Context); err != nil {
			return err
		}
		defer nc.Close()
	}
	guard := c.newReplyGuard(ctx)
	r := newResponder(nc, guard.allows, o.Version)
	defer r.stop()
	if err := c.offer(ctx, r, o); err != nil {
		return err
	}
	const lookAgain = time.Minute
	tick := time.NewTicker(lookAgain)
	defer tick.Stop()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			guard.refresh(ctx)
		}
	}
}

// offer begins to answer.
func (c *Conn) offer(ctx context.Context, r *responder, o ServiceOptions) error {
	who := nats.Header{"Minyi-Tally": {o.Tally}, "Minyi-Dict": {o.Dict}}
	handlers := map[string]func(data []byte) *nats.Msg{
		"counts": func(data []byte) *nats.Msg {
			counts, err := c.countsOf(ctx, o.Board, string(data))
			if errors.Is(err, ErrNoTally) || errors.Is(err, pipeline.ErrNotCounted) {
				return failure("404", err, nil)
			}
			return answer(counts.Snapshot, err, nats.Header{"Minyi-Tally": {counts.Tally}, "Minyi-Dict": {counts.Dict}})
		},
	}
	if o.Classify != nil {
		handlers["classify"] = func(data []byte) *nats.Msg {
			out, err := o.Classify(data)
			return answer(json.RawMessage(out), err, who)
		}
	}
	if o.Status != nil {
		handlers["status"] = func([]byte) *nats.Msg { return answer(o.Status(), nil, who) }
	}
	for name, h := range handlers {
		err := r.endpoint(name, c.names.Service+"."+name, h)
		if err == nil && name != "counts" && o.Tally != "" {
			err = r.endpoint(name+"-"+o.Tally, c.names.Service+"."+name+"."+o.Tally, h)
		}
		if err != nil {
			return fmt.Errorf("offer %s: %w", name, err)
		}
	}
	return r.begin()
}

// countsOf returns the counts of a tally from the board, or if it is not followed, as
// they are stored.
func (c *Conn) countsOf(ctx context.Context, board *pipeline.Board, tally string) (pipeline.Counts, error) {
	counts, err := board.Latest(tally)
	if tally != "" && errors.Is(err, pipeline.ErrNotCounted) {
		return c.Counts().Snapshot(ctx, tally)
	}
	return counts, err
}

// answer returns the JSON of a value, or the error, which holds no text of a message.
func answer(v any, err error, header nats.Header) *nats.Msg {
	var body []byte
	if err == nil {
		body, err = json.Marshal(v)
	}
	if err != nil {
		return failure("500", err, header)
	}
	return &nats.Msg{Data: body, Header: header}
}
