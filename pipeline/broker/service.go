package broker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"github.com/nats-io/nats.go/micro"

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
}

// Serve answers requests as the service `minyi`, shared with all other processes that
// do. It returns when ctx has ended and the service is gone; an error only when the
// service could not be started.
//
//	minyi.classify          text -> the JSON of `minyi classify --json`
//	minyi.counts            "" or a tally -> pipeline.Snapshot
//	minyi.status            -> pipeline.Status
//	minyi.classify.<tally>  the same of a process that counts that tally
//	minyi.status.<tally>
func (c *Conn) Serve(ctx context.Context, o ServiceOptions) error {
	svc, err := micro.AddService(c.nc, micro.Config{
		Name: "minyi", Version: o.Version, Description: "counts what the public is asking for",
	})
	if err != nil {
		return fmt.Errorf("start service: %w", err)
	}
	err = c.addEndpoints(ctx, svc, o)
	if err == nil {
		<-ctx.Done()
	}
	return errors.Join(err, svc.Stop())
}

func (c *Conn) addEndpoints(ctx context.Context, svc micro.Service, o ServiceOptions) error {
	who := micro.WithHeaders(micro.Headers{"Minyi-Tally": {o.Tally}, "Minyi-Dict": {o.Dict}})
	handlers := map[string]func(micro.Request){
		"counts": func(r micro.Request) {
			counts, err := c.countsOf(ctx, o.Board, string(r.Data()))
			if errors.Is(err, ErrNoTally) || errors.Is(err, pipeline.ErrNotCounted) {
				answer(r.Error("404", err.Error(), nil))
				return
			}
			of := micro.WithHeaders(micro.Headers{"Minyi-Tally": {counts.Tally}, "Minyi-Dict": {counts.Dict}})
			respond(r, counts.Snapshot, err, of)
		},
	}
	if o.Classify != nil {
		handlers["classify"] = func(r micro.Request) {
			out, err := o.Classify(r.Data())
			respond(r, json.RawMessage(out), err, who)
		}
	}
	if o.Status != nil {
		handlers["status"] = func(r micro.Request) { respond(r, o.Status(), nil, who) }
	}
	for name, h := range handlers {
		err := svc.AddEndpoint(name, micro.HandlerFunc(h), micro.WithEndpointSubject(c.names.Service+"."+name))
		if err == nil && name != "counts" && o.Tally != "" {
			err = svc.AddEndpoint(name+"-"+o.Tally, micro.HandlerFunc(h), micro.WithEndpointSubject(c.names.Service+"."+name+"."+o.Tally))
		}
		if err != nil {
			return fmt.Errorf("offer %s: %w", name, err)
		}
	}
	return nil
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

// respond answers with JSON, or with an error that holds no text of a message.
func respond(r micro.Request, v any, err error, headers micro.RespondOpt) {
	if err != nil {
		answer(r.Error(strconv.Itoa(500), err.Error(), nil, headers))
		return
	}
	answer(r.RespondJSON(v, headers))
}

// answer drops the error of an answer that could not be sent: the client sees a
// timeout, and the service's statistics count the error.
func answer(error) {}
