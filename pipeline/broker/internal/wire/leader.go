package wire

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/minyi/minyi/dict/phrase"
)

// DefaultAPI is what subjects of JetStream's API begin with where neither a domain nor a
// prefix is named.
const DefaultAPI = jetstream.DefaultAPIPrefix

// API returns what subjects of JetStream's API begin with, its last dot included.
func API(js jetstream.JetStream) string {
	o := js.Options()
	switch {
	case o.Domain != "":
		return "$JS." + o.Domain + ".API."
	case o.APIPrefix != "":
		return strings.TrimSuffix(o.APIPrefix, ".") + "."
	}
	return DefaultAPI
}

// Of returns the JetStream that has a stream: js itself, unless it is of several accounts,
// which have an Of of their own.
func Of(js jetstream.JetStream, stream string) jetstream.JetStream {
	if several, ok := js.(interface {
		Of(stream string) jetstream.JetStream
	}); ok {
		return several.Of(stream)
	}
	return js
}

// Message is a message as the leader of a stream has it.
type Message struct {
	Subject string    `json:"subject"`
	Seq     uint64    `json:"seq"`
	Header  []byte    `json:"hdrs"` // as it is on the wire, nil for none
	Data    []byte    `json:"data"`
	Time    time.Time `json:"time"`
}

// Query says which message the leader is asked for: Last, the newest message of
// a subject; or Seq alone, the message at a sequence; or Seq and Next, the first
// message of a subject from a sequence on.
type Query struct {
	Last string `json:"last_by_subj,omitempty"`
	Seq  uint64 `json:"seq,omitempty"`
	Next string `json:"next_by_subj,omitempty"`
}

// FromLeader asks the leader of a stream for a message; false: there is none. The
// client library's own gets are direct gets, which a replica that lags may
// answer. Where it matters that a message is not there, that will not do.
func FromLeader(ctx context.Context, js jetstream.JetStream, stream string, q Query) (Message, bool, error) {
	body, err := json.Marshal(q)
	if err != nil {
		return Message{}, false, err
	}
	ctx, cancel := context.WithTimeout(ctx, js.Options().DefaultTimeout)
	defer cancel()
	resp, err := js.Conn().RequestWithContext(ctx, API(Of(js, stream))+"STREAM.MSG.GET."+stream, body)
	if err != nil {
		return Message{}, false, phrase.Errorf("get message from leader of %s: %w", stream, err)
	}
	var answer struct {
		Message *Message            `json:"message"`
		Error   *jetstream.APIError `json:"error"`
	}
	if err := json.Unmarshal(resp.Data, &answer); err != nil {
		return Message{}, false, phrase.Errorf("get message from leader of %s: %w", stream, err)
	}
	switch {
	case answer.Error != nil && isNotFound(answer.Error):
		return Message{}, false, nil
	case answer.Error != nil:
		return Message{}, false, phrase.Errorf("get message from leader of %s: %w", stream, answer.Error)
	case answer.Message == nil:
		return Message{}, false, phrase.Errorf("get message from leader of %s: empty answer", stream)
	}
	return *answer.Message, true, nil
}
