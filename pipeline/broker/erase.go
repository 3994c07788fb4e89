package broker

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/pipeline/broker/internal/wire"
)

// Erasure is the record of a message that had to go.
type Erasure struct {
	Stream string    `json:"stream"`
	Seq    uint64    `json:"seq"`
	Reason string    `json:"reason"`
	By     string    `json:"by,omitempty"`
	At     time.Time `json:"at"`
	// Already: it was not there any more.
	Already bool `json:"already,omitempty"`
}

// ErrNoMessage means that the stream never had a message at that sequence.
var ErrNoMessage = phrase.New("there is no such message")

// Erase deletes a message of the stream of suggestions, so that its bytes are overwritten
// on the disk, and records sequence, reason, who and when in the stream MINYI_HISTORY,
// never what it said. Tallies that have counted it keep their numbers; one that counts it
// later counts it as missing. Erasing it again records it again and is harmless. Errors
// wrap [ErrNoMessage] for a sequence that the stream has not reached.
//
// The record is stored first: an erasure that is not recorded would look like a loss.
func (c *Conn) Erase(ctx context.Context, seq uint64, reason, by string) (Erasure, error) {
	e := Erasure{Stream: c.names.Suggestions, Seq: seq, Reason: reason, By: by, At: time.Now().UTC()}
	s, err := c.js.Stream(ctx, e.Stream)
	if err != nil {
		return e, c.streamError(e.Stream, err)
	}
	if last := s.CachedInfo().State.LastSeq; seq == 0 || seq > last {
		return e, phrase.Errorf("%w: %s has none at sequence %d, and ends at %d", ErrNoMessage, e.Stream, seq, last)
	}
	if s.CachedInfo().Config.DenyDelete {
		return e, phrase.Errorf("%w: %s denies that messages are deleted, and that cannot be changed", ErrUnsuited, e.Stream)
	}
	_, there, err := wire.FromLeader(ctx, c.js, e.Stream, wire.Query{Seq: seq})
	if err != nil {
		return e, err
	}
	e.Already = !there
	if err := c.ensureHistory(ctx); err != nil {
		return e, err
	}
	body, err := json.Marshal(e)
	if err == nil {
		_, err = c.js.Publish(ctx, c.names.HistorySubject+".erased", body)
	}
	if err != nil {
		return e, phrase.Errorf("record the erasure; nothing was erased: %w", err)
	}
	if !there {
		return e, nil
	}
	if err := s.SecureDeleteMsg(ctx, seq); err != nil {
		return e, phrase.Errorf("message %d is recorded as erased and may still be there; erase it again: %w", seq, err)
	}
	return e, nil
}

// Erasures returns all that were recorded, in the order in which they were.
func (c *Conn) Erasures(ctx context.Context) ([]Erasure, error) {
	var all []Erasure
	err := readStored(ctx, c.js, c.names.History, jetstream.OrderedConsumerConfig{
		FilterSubjects: []string{c.names.HistorySubject + ".erased"}, DeliverPolicy: jetstream.DeliverAllPolicy,
	}, func(m jetstream.Msg, seq uint64) (bool, error) {
		var e Erasure
		if err := json.Unmarshal(m.Data(), &e); err != nil {
			return false, phrase.Errorf("message %d of %s: %w", seq, c.names.History, err)
		}
		all = append(all, e)
		return true, nil
	})
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		return nil, nil
	}
	return all, err
}
