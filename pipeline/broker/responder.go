package broker

import (
	"encoding/json"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/micro"

	"github.com/minyi/minyi/pipeline"
)

// responder answers requests as a service in the sense of NATS (ADR-32), with the types
// of the client library but not with its service: that one answers $SRV.PING, INFO and
// STATS by itself, wherever the reply subject leads. Every answer of a responder goes
// through respond.
type responder struct {
	nc     *nats.Conn
	allows func(reply string) bool
	// states is what the statistics have as data, by the names of endpoints; nil: nothing.
	states func() map[string]any

	mu     sync.Mutex
	subs   []*nats.Subscription          // of what NATS asks of every service
	subsOf map[string]*nats.Subscription // by the names of endpoints
	stats  micro.Stats
}

const (
	serviceName  = "minyi"
	serviceAbout = "counts what the public is asking for"
	// serviceQueue is the queue group in which processes share requests.
	serviceQueue = "q"
)

// newResponder returns a responder that answers nothing yet.
func newResponder(nc *nats.Conn, allows func(reply string) bool, version string) *responder {
	return &responder{nc: nc, allows: allows, subsOf: make(map[string]*nats.Subscription), stats: micro.Stats{
		ServiceIdentity: micro.ServiceIdentity{Name: serviceName, ID: newGenerationID(), Version: version, Metadata: map[string]string{}},
		Type:            micro.StatsResponseType, Started: time.Now().UTC(),
	}}
}

// endpoint answers requests on a subject, one after another.
func (r *responder) endpoint(name, subject string, handle func(data []byte) *nats.Msg) error {
	s := &micro.EndpointStats{Name: name, Subject: subject, QueueGroup: serviceQueue}
	r.mu.Lock()
	r.stats.Endpoints = append(r.stats.Endpoints, s)
	r.mu.Unlock()
	sub, err := r.nc.QueueSubscribe(subject, serviceQueue, func(m *nats.Msg) {
		start := time.Now()
		fault := r.respond(m, func() *nats.Msg { return handle(m.Data) })
		r.mu.Lock()
		defer r.mu.Unlock()
		s.NumRequests++
		s.ProcessingTime += time.Since(start)
		s.AverageProcessingTime = s.ProcessingTime / time.Duration(s.NumRequests)
		if fault != "" {
			s.NumErrors++
			s.LastError = fault
		}
	})
	if err == nil {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.subsOf[name] = sub
	}
	return err
}

// offers tells whether an endpoint is there.
func (r *responder) offers(name string) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.subsOf[name] != nil
}

// keepOnly ends all other endpoints.
func (r *responder) keepOnly(keep func(endpoint string) bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for name, sub := range r.subsOf {
		if !keep(name) {
			_ = sub.Unsubscribe() // as in stop
			delete(r.subsOf, name)
		}
	}
	r.stats.Endpoints = slices.DeleteFunc(r.stats.Endpoints, func(s *micro.EndpointStats) bool { return !keep(s.Name) })
}

// begin answers what NATS asks of every service, and waits until the server knows all
// that is answered.
func (r *responder) begin() error {
	id := r.stats.ServiceIdentity
	for verb, value := range map[micro.Verb]func() any{
		micro.PingVerb:  func() any { return micro.Ping{ServiceIdentity: id, Type: micro.PingResponseType} },
		micro.InfoVerb:  func() any { return r.info() },
		micro.StatsVerb: func() any { return r.snapshot() },
	} {
		for _, of := range [][2]string{{"", ""}, {id.Name, ""}, {id.Name, id.ID}} {
			subject, err := micro.ControlSubject(verb, of[0], of[1])
			if err != nil {
				return err
			}
			sub, err := r.nc.Subscribe(subject, func(m *nats.Msg) {
				r.respond(m, func() *nats.Msg { return plainAnswer(value(), nil, nil) })
			})
			if err != nil {
				return err
			}
			r.subs = append(r.subs, sub)
		}
	}
	return r.nc.Flush()
}

// stop ends all answers.
func (r *responder) stop() {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, sub := range append(r.subs, slices.Collect(maps.Values(r.subsOf))...) {
		// It fails when the connection is closed, and then nothing is answered either.
		_ = sub.Unsubscribe()
	}
}

// respond answers a request unless the answer could do harm; then not even the work is
// done. It returns what went wrong, "" for nothing.
func (r *responder) respond(m *nats.Msg, handle func() *nats.Msg) string {
	if m.Reply == "" {
		return "no reply subject"
	}
	if !r.allows(m.Reply) {
		return "refused: the reply subject is no inbox"
	}
	out := handle()
	out.Subject = m.Reply
	if err := r.nc.PublishMsg(out); err != nil {
		return err.Error()
	}
	return out.Header.Get(micro.ErrorHeader)
}

// info returns what the service offers.
func (r *responder) info() micro.Info {
	r.mu.Lock()
	defer r.mu.Unlock()
	info := micro.Info{ServiceIdentity: r.stats.ServiceIdentity, Type: micro.InfoResponseType, Description: serviceAbout}
	for _, s := range r.stats.Endpoints {
		info.Endpoints = append(info.Endpoints, micro.EndpointInfo{Name: s.Name, Subject: s.Subject, QueueGroup: s.QueueGroup})
	}
	return info
}

// snapshot returns the statistics as they are now.
func (r *responder) snapshot() micro.Stats {
	var states map[string]any
	if r.states != nil {
		states = r.states()
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	stats := r.stats
	stats.Endpoints = nil
	for _, s := range r.stats.Endpoints {
		now := *s
		if state, ok := states[s.Name]; ok {
			now.Data, _ = json.Marshal(state) // it always encodes
		}
		stats.Endpoints = append(stats.Endpoints, &now)
	}
	return stats
}

// failure returns the answer that says what went wrong. Its body is not empty: for some
// of the server's subjects an empty message is the most dangerous one.
func failure(code string, err error, header nats.Header) *nats.Msg {
	m := &nats.Msg{Header: maps.Clone(header)}
	if m.Header == nil {
		m.Header = make(nats.Header)
	}
	m.Header.Set(micro.ErrorHeader, err.Error())
	m.Header.Set(micro.ErrorCodeHeader, code)
	m.Data, _ = json.Marshal(map[string]any{"error": err.Error(), "schema": pipeline.SnapshotSchema}) // strings always encode
	return m
}
