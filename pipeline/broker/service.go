package broker

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/micro"

	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/pipeline"
)

// ServiceOptions configure what a process answers.
type ServiceOptions struct {
	Version string // of minyi, semantic; required by NATS
	// Board has the counts that minyi.counts answers with.
	Board *pipeline.Board
	// Tallies returns what this process classifies with and counts. The first one answers
	// where the request names none. Nil: minyi.classify and minyi.status are not offered.
	Tallies func() []ServedTally
	// Changed returns a channel that is closed when there are other tallies. Nil: never.
	Changed func() <-chan struct{}
	// Context is the NATS context of a user that may do nothing but answer: requests come
	// and answers go on a connection of its own. Empty: on this one.
	Context string
	// BoardOnly keeps requests from being given the counts of a tally that is not on the
	// board, where the board has what may be published.
	BoardOnly bool
}

// ServedTally is a tally that requests may name. Every answer names it, and its
// dictionary, in the headers Minyi-Tally and Minyi-Dict.
type ServedTally struct {
	Tally, Dict string
	// Classify answers minyi.classify: text in, JSON out. Nil: not now.
	Classify func(text []byte) ([]byte, error)
	Status   pipeline.Status
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
		var changed <-chan struct{}
		if o.Changed != nil {
			changed = o.Changed()
		}
		if err := c.offerTallies(r, o); err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return nil
		case <-tick.C:
			guard.refresh(ctx)
		case <-changed:
		}
	}
}

// offer begins to answer.
func (c *Conn) offer(ctx context.Context, r *responder, o ServiceOptions) error {
	handlers := map[string]func(data []byte) *nats.Msg{
		"counts": func(data []byte) *nats.Msg {
			counts, err := c.countsOf(ctx, o, string(data))
			if errors.Is(err, ErrNoTally) || errors.Is(err, pipeline.ErrNotCounted) {
				return failure("404", err, nil)
			}
			return answer(counts.JSON(), err, nats.Header{"Minyi-Tally": {counts.Tally}, "Minyi-Dict": {counts.Dict}})
		},
	}
	if o.Tallies != nil {
		r.states = o.states
		handlers["classify"], handlers["status"] = o.answers("classify", ""), o.answers("status", "")
	}
	for name, h := range handlers {
		if err := r.endpoint(name, c.names.Service+"."+name, h); err != nil {
			return phrase.Errorf("offer %s: %w", name, err)
		}
	}
	if err := c.offerTallies(r, o); err != nil {
		return err
	}
	return r.begin()
}

// offerTallies answers requests that name a tally, for each that there is now, and for no
// other: whoever asks for a tally that nobody counts is told that nobody listens.
func (c *Conn) offerTallies(r *responder, o ServiceOptions) error {
	if o.Tallies == nil {
		return nil
	}
	there := map[string]bool{}
	for _, t := range o.Tallies() {
		for _, name := range []string{"classify", "status"} {
			endpoint := name + "-" + t.Tally
			there[endpoint] = true
			if r.offers(endpoint) {
				continue
			}
			if err := r.endpoint(endpoint, c.names.Service+"."+name+"."+t.Tally, o.answers(name, t.Tally)); err != nil {
				return phrase.Errorf("offer %s: %w", endpoint, err)
			}
		}
	}
	r.keepOnly(func(endpoint string) bool { return !strings.Contains(endpoint, "-") || there[endpoint] })
	return nil
}

// states returns what the statistics say of each tally, by the names of endpoints.
func (o *ServiceOptions) states() map[string]any {
	states := make(map[string]any)
	for _, t := range o.Tallies() {
		states["status-"+t.Tally] = t.Status
	}
	return states
}

// answers returns the handler of a question about a tally; "": about the first one.
func (o *ServiceOptions) answers(name, tally string) func(data []byte) *nats.Msg {
	return func(data []byte) *nats.Msg {
		all := o.Tallies()
		i := slices.IndexFunc(all, func(t ServedTally) bool { return tally == "" || t.Tally == tally })
		if i < 0 {
			return failure("404", phrase.Errorf("%w: this process counts none, or not %s", ErrNoTally, tally), nil)
		}
		t := all[i]
		who := nats.Header{"Minyi-Tally": {t.Tally}, "Minyi-Dict": {t.Dict}}
		if name == "status" {
			return answer(t.Status, nil, who)
		}
		if t.Classify == nil {
			return failure("503", phrase.Errorf("the dictionary of tally %s is not loaded", t.Tally), who)
		}
		out, err := t.Classify(data)
		return answer(json.RawMessage(out), err, who)
	}
}

// countsOf returns the counts of a tally from the board, or if it is not followed, as
// they are stored, unless only what is on the board may be published.
func (c *Conn) countsOf(ctx context.Context, o ServiceOptions, tally string) (pipeline.Counts, error) {
	counts, err := o.Board.Latest(tally)
	if tally != "" && !o.BoardOnly && errors.Is(err, pipeline.ErrNotCounted) {
		return c.Counts().Snapshot(ctx, tally)
	}
	return counts, err
}

// answer returns the JSON of a value, which says where it comes from, or the error, which
// holds no text of a message.
func answer(v any, err error, header nats.Header) *nats.Msg {
	m := plainAnswer(v, err, header)
	if m.Header.Get(micro.ErrorHeader) != "" {
		return m
	}
	if m.Data, err = (pipeline.Stamp{Tally: header.Get("Minyi-Tally"), Dict: header.Get("Minyi-Dict")}).On(m.Data); err != nil {
		return failure("500", err, header)
	}
	return m
}

// plainAnswer is answer in a shape that is not minyi's.
func plainAnswer(v any, err error, header nats.Header) *nats.Msg {
	var body []byte
	if err == nil {
		body, err = json.Marshal(v)
	}
	if err != nil {
		return failure("500", err, header)
	}
	return &nats.Msg{Data: body, Header: header}
}
