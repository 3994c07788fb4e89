package broker

import (
	"context"
	"encoding/json"
	"errors"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/pipeline"
	"github.com/minyi/minyi/pipeline/broker/internal/settings"
	"github.com/minyi/minyi/pipeline/broker/internal/wire"
)

// Published is a snapshot that is kept: what was shown when. A promotion, or a recount,
// shows other numbers of days that are long past; what was published before stays.
type Published struct {
	pipeline.Snapshot
	Outline   pipeline.ThemeTree `json:"outline"` // names
	Published time.Time          `json:"published"`
	Day       string             `json:"day"` // that it is of, in the tally's zone
	Why       string             `json:"why"` // WhyDay, WhyReplaced or WhyPromoted
}

// Why a snapshot is kept.
const (
	WhyDay      = "day"      // the newest of a day
	WhyReplaced = "replaced" // the last before another tally became current
	WhyPromoted = "promoted" // the first after that
)

// Archive keeps a snapshot of the current tally in the stream MINYI_PUBLISHED for each
// day, and two when another tally becomes current, until ctx ends. That of a day is kept
// when the first change of a later one comes, so that it is the last of its day; and at
// the start and at the end of a process, which may not live that long. However many
// processes do so, nothing is kept twice: the last snapshot of a tally is compared before
// another one is stored, and the broker compares it again.
func (c *Conn) Archive(ctx context.Context, board *pipeline.Board, onError func(error)) {
	c.archive(ctx, board, time.Now, onError)
}

func (c *Conn) archive(ctx context.Context, board *pipeline.Board, now func() time.Time, onError func(error)) {
	var wait time.Duration
	keep := func(counts pipeline.Counts, why, day string) {
		wait = time.Second
		if err := c.keepPublished(ctx, counts, why, day); err != nil && ctx.Err() == nil {
			onError(phrase.Errorf("keep what is published: %w", err))
			wait = time.Minute // an account that may not is told once a minute, not at every change
		}
	}
	last := "" // the day of the change before
	var shown pipeline.Counts
	defer func() {
		if shown.Tally != "" {
			var cancel func()
			within := c.options.Timeout
			if !c.nc.IsConnected() { // it will not be back in time for a process that ends
				within = min(within, time.Second)
			}
			ctx, cancel = context.WithTimeout(context.WithoutCancel(ctx), within)
			defer cancel()
			keep(shown, WhyDay, last)
		}
	}()
	for change := range board.Subscribe(ctx, "", pipeline.Counts{}) {
		before, after := change.Before, change.After
		day, err := dayOf(now(), after)
		switch {
		case err != nil:
			onError(phrase.Errorf("keep what is published: %w", err))
			continue
		case before.Tally == "":
			keep(after, WhyDay, day)
		case before.Tally != after.Tally:
			keep(before, WhyReplaced, day)
			keep(after, WhyPromoted, day)
		case day != last:
			keep(before, WhyDay, last)
		}
		last, shown = day, after
		_ = pause(ctx, wait) // it ends early when ctx does
	}
}

// dayOf returns the day of a moment in the zone of a tally.
func dayOf(t time.Time, counts pipeline.Counts) (string, error) {
	zone, err := time.LoadLocation(counts.Info.Spec.Format.Zone)
	if err != nil {
		return "", err
	}
	return t.In(zone).Format(time.DateOnly), nil
}

// keepPublished stores a snapshot of a day unless it, or a later one, is kept already.
func (c *Conn) keepPublished(ctx context.Context, counts pipeline.Counts, why, day string) error {
	if counts.Stored == 0 {
		return nil
	}
	subject := c.names.PublishedSubject + "." + counts.Tally
	last, ok, err := wire.FromLeader(ctx, c.js, c.names.Published, wire.Query{Last: subject})
	if wire.HasCode(err, jetstream.JSErrCodeStreamNotFound) {
		if _, err := c.ensure(ctx, settings.Kept(c.names.Published, c.names.PublishedSubject, "minyi: counts as they were published", c.options.Replicas)); err != nil {
			return err
		}
		ok, err = false, nil
	}
	if err != nil {
		return err
	}
	if ok {
		var p Published
		if err := json.Unmarshal(last.Data, &p); err != nil {
			return phrase.Errorf("message %d of %s: %w", last.Seq, c.names.Published, err)
		}
		if p.Day > day || p.Day == day && p.Frontier >= counts.Frontier {
			return nil
		}
	}
	m := nats.NewMsg(subject)
	p := Published{counts.Snapshot, counts.Info.Themes, time.Now().UTC(), day, why}
	m.Data, err = json.Marshal(p)
	if public, ok := counts.JSON().(pipeline.PublicSnapshot); ok {
		m.Data, err = json.Marshal(struct {
			pipeline.PublicSnapshot
			Outline   pipeline.ThemeTree `json:"outline"`
			Published time.Time          `json:"published"`
			Day       string             `json:"day"`
			Why       string             `json:"why"`
		}{public, p.Outline, p.Published, day, why})
	}
	if err != nil {
		return err
	}
	m.Header.Set(jetstream.ExpectedLastSubjSeqHeader, strconv.FormatUint(last.Seq, 10))
	if _, err := c.js.PublishMsg(ctx, m); err != nil && !wire.IsLost(err) {
		return err
	}
	return nil
}

// ErrNotPublished means that nothing is kept of that time.
var ErrNotPublished = phrase.New("nothing that was published is kept")

// PublishedOn returns what was published last up to a day, such as 2022-04-15. The error
// wraps [ErrNotPublished] if nothing was.
func (c *Conn) PublishedOn(ctx context.Context, day string) (p Published, err error) {
	found := false
	err = readStored(ctx, c.js, c.names.Published, jetstream.OrderedConsumerConfig{DeliverPolicy: jetstream.DeliverAllPolicy},
		func(m jetstream.Msg, seq uint64) (bool, error) {
			var next Published
			if err := json.Unmarshal(m.Data(), &next); err != nil {
				return false, phrase.Errorf("message %d of %s: %w", seq, c.names.Published, err)
			}
			if next.Day <= day {
				p, found = next, true
			}
			return true, nil
		})
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		err = nil
	}
	if err == nil && !found {
		err = phrase.Errorf("%w up to %s", ErrNotPublished, day)
	}
	return p, err
}
