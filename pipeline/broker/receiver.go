package broker

import (
	"time"

	"github.com/nats-io/nats.go"

	"github.com/minyi/minyi/pipeline"
	"github.com/minyi/minyi/pipeline/broker/internal/wire"
)

// messageReceiver hands over the messages of a stream of suggestions.
type messageReceiver struct {
	f        func(*pipeline.Message)
	message  pipeline.Message
	subjects map[string]string // spellings of message.Subject
}

func (r *messageReceiver) receive(meta wire.Meta, m *nats.Msg) error {
	r.message = pipeline.Message{Seq: meta.Seq, Data: m.Data, Stored: time.Unix(0, meta.Stored), Subject: m.Subject}
	describe(&r.message, m.Header)
	r.f(&r.message)
	return nil
}

func (r *messageReceiver) receiveRaw(meta wire.Meta, subject, _, header, data []byte) error {
	r.message = pipeline.Message{Seq: meta.Seq, Data: data, Stored: time.Unix(0, meta.Stored), Subject: r.subjectOf(subject)}
	describeRaw(&r.message, header)
	r.f(&r.message)
	return nil
}

// subjectOf returns a subject as a string; there are few different ones.
func (r *messageReceiver) subjectOf(subject []byte) string {
	s, ok := r.subjects[string(subject)]
	if !ok {
		if len(r.subjects) >= 4096 {
			clear(r.subjects)
		}
		if r.subjects == nil {
			r.subjects = make(map[string]string)
		}
		s = string(subject)
		r.subjects[s] = s
	}
	return s
}
