package broker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"
)

// How many tasks and deltas of a tally are kept. They are limited by number
// and never by age, so that whatever still has to be folded is there however
// long nobody worked: a worker plans at most a few hundred ranges ahead of the
// frontier, so far fewer than these are ever waiting.
const (
	keepTasks  = 100_000
	keepDeltas = 20_000
)

// EnsureSuggestions makes the stream of suggestions if it is not there. One
// that is there is left as it is, or refused with [ErrUnsuited]. One that was
// named, with [Options].Stream, is never made, as it is somebody else's: the
// error wraps [ErrNoStream].
func (c *Conn) EnsureSuggestions(ctx context.Context) error {
	if c.options.Stream != "" {
		s, err := c.js.Stream(ctx, c.names.Suggestions)
		if errors.Is(err, jetstream.ErrStreamNotFound) {
			return fmt.Errorf("%w %s; nats stream ls shows which there are, and without --stream minyi makes its own", ErrNoStream, c.names.Suggestions)
		}
		if err != nil {
			return fmt.Errorf("stream %s: %w", c.names.Suggestions, err)
		}
		return suitsAsSource(s.CachedInfo().Config)
	}
	info, err := c.ensure(ctx, jetstream.StreamConfig{
		Name: c.names.Suggestions, Subjects: []string{c.names.SuggestionsSubject + ".>"},
		Description: "suggestions to be counted",
		Retention:   jetstream.LimitsPolicy, Storage: jetstream.FileStorage, Replicas: c.options.Replicas,
		AllowDirect: true, Duplicates: c.options.DuplicateWindow,
	})
	if err != nil {
		return err
	}
	return suitsAsSource(info.Config)
}

// suitsAsSource tells why a stream cannot be read by ranges of sequences.
func suitsAsSource(c jetstream.StreamConfig) error {
	switch c.Retention {
	case jetstream.WorkQueuePolicy:
		return fmt.Errorf("%w: %s has work-queue retention, which deletes a message when it was read once; "+
			"let a stream with limits retention source or mirror it, and count that one", ErrUnsuited, c.Name)
	case jetstream.InterestPolicy:
		return fmt.Errorf("%w: %s has interest retention, which deletes messages that other consumers have read; "+
			"let a stream with limits retention source or mirror it, and count that one", ErrUnsuited, c.Name)
	}
	return nil
}

// ensureLedger makes the streams of minyi's own, and refuses what is there but
// does not suit.
func (c *Conn) ensureLedger(ctx context.Context) error {
	for _, s := range []struct {
		name, subject, about string
		keep                 int64
	}{
		{c.names.Tasks, c.names.TasksSubject, "minyi: ranges to be worked", keepTasks},
		{c.names.Deltas, c.names.DeltasSubject, "minyi: what each range adds to the counts", keepDeltas},
	} {
		info, err := c.ensure(ctx, jetstream.StreamConfig{
			Name: s.name, Subjects: []string{s.subject + ".*"}, Description: s.about,
			Retention: jetstream.LimitsPolicy, Storage: jetstream.FileStorage, Replicas: c.options.Replicas,
			MaxMsgsPerSubject: s.keep, Discard: jetstream.DiscardOld, AllowDirect: true,
		})
		if err != nil {
			return err
		}
		if why := unsuitedLedger(info.Config, false); why != "" {
			return fmt.Errorf("%w: %s %s; remove it, and minyi makes it anew", ErrUnsuited, s.name, why)
		}
	}
	return c.ensureCounts(ctx)
}

// ensureCounts makes the bucket: a key-value bucket like any other, but for
// atomic batches.
func (c *Conn) ensureCounts(ctx context.Context) error {
	name := "KV_" + c.names.Bucket
	info, err := c.ensure(ctx, jetstream.StreamConfig{
		Name: name, Subjects: []string{c.names.kvSubject(">")}, Description: "minyi: counts",
		Retention: jetstream.LimitsPolicy, Storage: jetstream.FileStorage, Replicas: c.options.Replicas,
		MaxMsgsPerSubject: 1, Discard: jetstream.DiscardNew, AllowRollup: true, DenyDelete: true,
		AllowDirect: true, AllowAtomicPublish: true,
		MaxMsgs: -1, MaxBytes: -1, MaxMsgSize: -1, MaxConsumers: -1,
	})
	if err != nil {
		return err
	}
	if why := unsuitedLedger(info.Config, true); why != "" {
		return fmt.Errorf("%w: %s %s; the bucket was made by somebody else, or on a server older than 2.12: if it is empty, remove it, and minyi makes it anew",
			ErrUnsuited, name, why)
	}
	return nil
}

// unsuitedLedger says why a stream of minyi's own will not do; "" if it will.
func unsuitedLedger(cfg jetstream.StreamConfig, bucket bool) string {
	switch {
	case cfg.Retention != jetstream.LimitsPolicy:
		return "has no limits retention"
	case cfg.MaxAge != 0:
		return "deletes messages by age; what is not folded yet, and every count, must stay"
	case (cfg.MaxMsgs > 0 || cfg.MaxBytes > 0) && cfg.Discard == jetstream.DiscardOld:
		return "discards its oldest messages when it is full, which one tally could do to another"
	case bucket && !cfg.AllowAtomicPublish:
		return "has no atomic batches (allow_atomic), without which counts could be stored by half"
	case bucket && cfg.MaxMsgsPerSubject != 1:
		return "does not keep exactly one message a key"
	}
	return ""
}

// ensure returns the stream of that name, made with cfg if it is not there.
func (c *Conn) ensure(ctx context.Context, cfg jetstream.StreamConfig) (*jetstream.StreamInfo, error) {
	s, err := c.js.Stream(ctx, cfg.Name)
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		s, err = c.js.CreateStream(ctx, cfg)
		if errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) { // somebody was faster
			s, err = c.js.Stream(ctx, cfg.Name)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("stream %s: %w", cfg.Name, err)
	}
	info := s.CachedInfo()
	if n := info.Config.Replicas; n < cfg.Replicas && c.options.OnError != nil {
		c.options.OnError(fmt.Errorf("stream %s has %d replica and stays as it is; nats stream edit %s --replicas %d changes it",
			cfg.Name, n, cfg.Name, cfg.Replicas))
	}
	return info, nil
}

// rawMessage is a message as the leader of a stream has it.
type rawMessage struct {
	Subject string    `json:"subject"`
	Seq     uint64    `json:"seq"`
	Data    []byte    `json:"data"`
	Time    time.Time `json:"time"`
}

// leaderGet asks the leader of a stream for a message: the last of a subject,
// or the first of a subject from a sequence on. Direct gets may be answered by
// a replica that lags; where what is not there matters, that will not do.
// False: there is none.
func (c *Conn) leaderGet(ctx context.Context, stream string, req leaderQuery) (rawMessage, bool, error) {
	body, err := json.Marshal(req)
	if err != nil {
		return rawMessage{}, false, err
	}
	ctx, cancel := context.WithTimeout(ctx, c.options.Timeout)
	defer cancel()
	resp, err := c.nc.RequestWithContext(ctx, c.api+"STREAM.MSG.GET."+stream, body)
	if err != nil {
		return rawMessage{}, false, fmt.Errorf("get message from leader of %s: %w", stream, err)
	}
	var answer struct {
		Message *rawMessage         `json:"message"`
		Error   *jetstream.APIError `json:"error"`
	}
	if err := json.Unmarshal(resp.Data, &answer); err != nil {
		return rawMessage{}, false, fmt.Errorf("get message from leader of %s: %w", stream, err)
	}
	switch {
	case answer.Error != nil && isNotFound(answer.Error):
		return rawMessage{}, false, nil
	case answer.Error != nil:
		return rawMessage{}, false, fmt.Errorf("get message from leader of %s: %w", stream, answer.Error)
	case answer.Message == nil:
		return rawMessage{}, false, fmt.Errorf("get message from leader of %s: empty answer", stream)
	}
	return *answer.Message, true, nil
}

// leaderQuery is what to ask the leader for; either Last, or Seq alone, or Seq
// and Next.
type leaderQuery struct {
	Last string `json:"last_by_subj,omitempty"`
	Seq  uint64 `json:"seq,omitempty"`
	Next string `json:"next_by_subj,omitempty"`
}
