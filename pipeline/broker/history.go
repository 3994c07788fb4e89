package broker

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/pipeline/broker/internal/settings"
	"github.com/minyi/minyi/pipeline/broker/internal/wire"
	"github.com/minyi/minyi/pipeline/supervise"
)

// Record adds an event to the stream MINYI_HISTORY, once: each event has a subject of its
// own, made of its id, and the broker refuses a second one there. So to record again what
// somebody may have recorded already is harmless.
func (c *Conn) Record(ctx context.Context, e supervise.Event) error {
	body, err := json.Marshal(e)
	if err != nil {
		return err
	}
	m := nats.NewMsg(c.names.HistorySubject + "." + e.ID)
	m.Data = body
	m.Header.Set(jetstream.ExpectedLastSubjSeqHeader, "0")
	_, err = c.js.PublishMsg(ctx, m, jetstream.WithRetryAttempts(0))
	if errors.Is(err, jetstream.ErrNoStreamResponse) || errors.Is(err, nats.ErrNoResponders) {
		if err = c.ensureHistory(ctx); err == nil {
			_, err = c.js.PublishMsg(ctx, m)
		}
	}
	if wire.HasCode(err, codeStreamFull) {
		return c.historyFull()
	}
	if err != nil && !wire.IsLost(err) {
		return phrase.Errorf("record in %s: %w", c.names.History, err)
	}
	return nil
}

func (c *Conn) ensureHistory(ctx context.Context) error {
	cfg := settings.Kept(c.names.History, c.names.HistorySubject, "minyi: what was done, by whom and why", c.options.Replicas)
	cfg.MaxMsgs, cfg.Discard = supervise.MaxHistory, jetstream.DiscardNew
	_, err := c.ensure(ctx, cfg)
	return err
}

// codeStreamFull is what a stream says that takes no more messages.
const codeStreamFull = 10077

func (c *Conn) historyFull() error {
	return phrase.Errorf("%w: %s has as many entries as it may have, and nothing happens without a record; find out what writes so many (minyi tally history), then nats stream edit %s --max-msgs N raises the limit",
		supervise.ErrLimit, c.names.History, c.names.History)
}

// roomInHistory returns an error that wraps [supervise.ErrLimit] if the history takes no more
// entries. Who changes what the history has to say asks before, so that nothing is done that
// cannot be recorded.
func (c *Conn) roomInHistory(ctx context.Context) error {
	s, err := c.js.Stream(ctx, c.names.History)
	if err != nil {
		return nil //nolint:nilerr // it is not there yet, or recording says what is wrong
	}
	info := s.CachedInfo()
	if most := info.Config.MaxMsgs; most > 0 && info.State.Msgs >= uint64(most) && info.Config.Discard == jetstream.DiscardNew {
		return c.historyFull()
	}
	return nil
}

// History returns what happened to tallies, in the order in which it was recorded. What was
// erased is not among it: [Conn.Erasures].
func (c *Conn) History(ctx context.Context) ([]supervise.Event, error) {
	all := []supervise.Event{}
	err := readStored(ctx, c.js, c.names.History, jetstream.OrderedConsumerConfig{DeliverPolicy: jetstream.DeliverAllPolicy},
		func(m jetstream.Msg, seq uint64) (bool, error) {
			if strings.HasSuffix(m.Subject(), ".erased") {
				return true, nil
			}
			var e supervise.Event
			if err := json.Unmarshal(m.Data(), &e); err != nil {
				return false, phrase.Errorf("message %d of %s: %w", seq, c.names.History, err)
			}
			all = append(all, e)
			return true, nil
		})
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		err = nil
	}
	return all, err
}
