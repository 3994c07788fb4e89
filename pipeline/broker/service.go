package broker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"time"

	"github.com/nats-io/nats.go/micro"

	"github.com/minyi/minyi/pipeline"
)

// ServiceOptions configure what a process answers.
type ServiceOptions struct {
	Version string // of minyi, semantic; required by NATS
	// Classify answers minyi.classify: text in, JSON out. Nil: not offered.
	Classify func(text []byte) ([]byte, error)
	// Status answers minyi.status. Nil: not offered.
	Status func() pipeline.Status
	// Every is the least time between two published snapshots; default 1 s.
	Every time.Duration
	// OnError is called with the error of a snapshot that could not be published.
	OnError func(error)
}

// Serve answers requests as the service `minyi`, shared with all other
// processes that do, and publishes a snapshot on minyi.counts.<tally> whenever
// the current tally has changed. It returns when ctx has ended and the service
// is gone; an error only when the service could not be started.
//
//	minyi.classify  text -> the JSON of `minyi classify --json`
//	minyi.counts    "" or a tally -> pipeline.Snapshot
//	minyi.status    -> pipeline.Status
func (c *Conn) Serve(ctx context.Context, o ServiceOptions) error {
	if o.Every == 0 {
		o.Every = time.Second
	}
	svc, err := micro.AddService(c.nc, micro.Config{
		Name: "minyi", Version: o.Version, Description: "counts what the public is asking for",
	})
	if err != nil {
		return fmt.Errorf("start service: %w", err)
	}
	err = c.addEndpoints(ctx, svc, o)
	if err == nil {
		c.publishSnapshots(ctx, o)
	}
	return errors.Join(err, svc.Stop())
}

func (c *Conn) addEndpoints(ctx context.Context, svc micro.Service, o ServiceOptions) error {
	counts := c.Counts()
	handlers := map[string]func(micro.Request){
		"counts": func(r micro.Request) {
			t, err := counts.Snapshot(ctx, string(r.Data()))
			if errors.Is(err, ErrNoTally) {
				answer(r.Error("404", err.Error(), nil))
				return
			}
			respond(r, t.Snapshot, err)
		},
	}
	if o.Classify != nil {
		handlers["classify"] = func(r micro.Request) {
			out, err := o.Classify(r.Data())
			respond(r, json.RawMessage(out), err)
		}
	}
	if o.Status != nil {
		handlers["status"] = func(r micro.Request) { respond(r, o.Status(), nil) }
	}
	for name, h := range handlers {
		err := svc.AddEndpoint(name, micro.HandlerFunc(h), micro.WithEndpointSubject(c.names.Service+"."+name))
		if err != nil {
			return fmt.Errorf("offer %s: %w", name, err)
		}
	}
	return nil
}

// respond answers with JSON, or with an error that holds no text of a message.
func respond(r micro.Request, v any, err error) {
	if err != nil {
		answer(r.Error(strconv.Itoa(500), err.Error(), nil))
		return
	}
	answer(r.RespondJSON(v))
}

// answer drops the error of an answer that could not be sent: the client sees a
// timeout, and the service's statistics count the error.
func answer(error) {}

// publishSnapshots publishes until ctx ends. While there is no tally, or the
// broker is away, it tries again.
func (c *Conn) publishSnapshots(ctx context.Context, o ServiceOptions) {
	for ctx.Err() == nil {
		err := c.Counts().Watch(ctx, "", o.Every, func(t Totals) error {
			body, err := json.Marshal(t.Snapshot)
			if err != nil {
				return err
			}
			return c.nc.Publish(c.names.CountsSubject+"."+t.Tally, body)
		})
		if err != nil && !errors.Is(err, ErrNoTally) && ctx.Err() == nil && o.OnError != nil {
			o.OnError(fmt.Errorf("publish snapshot: %w", err))
		}
		// The wait ends early when ctx does.
		_ = pause(ctx, o.Every)
	}
}
