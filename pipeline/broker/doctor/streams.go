package doctor

import (
	"context"
	"errors"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/pipeline/broker"
	"github.com/minyi/minyi/pipeline/broker/internal/settings"
	"github.com/minyi/minyi/pipeline/broker/internal/wire"
)

// suggestions looks at the stream of suggestions: whether it can be read by
// ranges, and what may remove messages before they are counted.
func (d *doctor) suggestions(ctx context.Context) {
	s, err := d.js.Stream(ctx, d.c.Names().Suggestions)
	if errors.Is(err, jetstream.ErrStreamNotFound) && d.o.Stream != "" {
		d.addf("stream", Fail, phrase.Textf("nats stream ls shows which there are; without --stream minyi makes its own"), "there is no stream %s", d.c.Names().Suggestions)
		return
	}
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		d.okf("stream", "%s is not there yet; minyi work and minyi send make it", d.c.Names().Suggestions)
		return
	}
	if err != nil {
		d.failed("stream", err)
		return
	}
	d.stream = s.CachedInfo()
	d.learnFrontier(ctx)
	cfg, state := d.stream.Config, d.stream.State
	switch why := settings.UnsuitedSource(cfg); {
	case !why.IsZero():
		d.addf("stream", Fail, phrase.Textf("let a stream with limits retention source it, and count that one with --stream"), "%v: %s", broker.ErrUnsuited, why)
	case cfg.Storage == jetstream.MemoryStorage:
		d.addf("stream", Warn, phrase.Textf("use file storage: what is in memory is gone when its servers stop"),
			"%s holds %d messages in memory", cfg.Name, state.Msgs)
	case cfg.Sealed:
		d.addf("stream", Warn, phrase.Textf("nothing, if no more is to come"), "%s is sealed: it takes no more messages", cfg.Name)
	default:
		d.okf("stream", "%s holds %d messages up to %d, %s, limits retention", cfg.Name, state.Msgs, state.LastSeq, size(state.Bytes))
	}
	d.limits()
	d.age(ctx)
	d.duplicates()
	if cfg.MaxMsgSize > 0 && int(cfg.MaxMsgSize) < d.maxMessageBytes {
		d.addf("message size", Warn, phrase.Textf("raise max_msg_size if suggestions may be that long: the stream refuses them, and they are not counted"),
			"%s takes messages up to %s, minyi up to %s", cfg.Name, size(uint64(cfg.MaxMsgSize)), size(uint64(d.maxMessageBytes)))
	}
}

// learnFrontier finds out how far the current tally is.
func (d *doctor) learnFrontier(ctx context.Context) {
	id, err := d.c.Counts().Current(ctx)
	if err != nil {
		return // another check reports it
	}
	cp, there, err := d.c.Counts().Checkpoint(ctx, id)
	if err == nil && there {
		d.frontier, d.mark, d.counting = cp.Frontier, cp.Mark, true
	}
}

// lag is how many messages of the stream are not counted yet.
func (d *doctor) lag() uint64 {
	if d.stream == nil || d.stream.State.LastSeq < d.frontier {
		return 0
	}
	if !d.counting {
		return d.stream.State.Msgs
	}
	return d.stream.State.LastSeq - d.frontier
}

// limits compares the limits of number and size with what is stored and with
// what is still to be counted.
func (d *doctor) limits() {
	const check = "limits"
	cfg, state := d.stream.Config, d.stream.State
	full := max(share(state.Msgs, cfg.MaxMsgs), share(state.Bytes, cfg.MaxBytes))
	lag := 0.0
	if state.Msgs > 0 {
		lag = full * float64(min(d.lag(), state.Msgs)) / float64(state.Msgs)
	}
	limited := cfg.MaxMsgs > 0 || cfg.MaxBytes > 0 || cfg.MaxMsgsPerSubject > 0
	percent := int(100 * full)
	switch {
	case !limited:
		d.okf(check, "%s has no limit of number or size", cfg.Name)
	case cfg.MaxMsgsPerSubject > 0:
		d.addf(check, Warn, phrase.Textf("remove max_msgs_per_subject: a busy source pushes its own uncounted messages out, and they are counted as missing"),
			"%s keeps %d messages a subject", cfg.Name, cfg.MaxMsgsPerSubject)
	case cfg.Discard == jetstream.DiscardNew && full >= 0.98:
		d.addf(check, Fail, phrase.Textf("raise max_msgs or max_bytes, or purge what is counted: publishing is refused"), "%s is %d%% full and refuses new messages", cfg.Name, percent)
	case cfg.Discard == jetstream.DiscardNew && full >= 0.8:
		d.addf(check, Warn, phrase.Textf("raise max_msgs or max_bytes before it is full and refuses new messages"), "%s is %d%% full", cfg.Name, percent)
	case cfg.Discard == jetstream.DiscardOld && lag >= 0.8:
		d.addf(check, Fail, phrase.Textf("start more workers, or raise max_msgs or max_bytes: what is not counted soon is discarded, and counted as missing"),
			"%s is %d%% full of messages that are not counted yet", cfg.Name, int(100*lag))
	case cfg.Discard == jetstream.DiscardOld && full >= 0.8:
		d.addf(check, Warn, phrase.Textf("raise max_msgs or max_bytes if a recount under another dictionary is to see the old messages too"),
			"%s is %d%% full and discards the oldest messages next", cfg.Name, percent)
	default:
		d.okf(check, "%s is %d%% full, %d messages are not counted yet", cfg.Name, percent, d.lag())
	}
}

// age compares the limit of age with the age of the oldest message that is not
// counted yet.
func (d *doctor) age(ctx context.Context) {
	const check = "retention"
	cfg, state := d.stream.Config, d.stream.State
	if cfg.MaxAge == 0 {
		d.okf(check, "%s keeps messages for ever", cfg.Name)
		return
	}
	if d.lag() == 0 || state.Msgs == 0 {
		d.okf(check, "%s keeps messages for %s, and all are counted; a recount sees only those it still keeps", cfg.Name, cfg.MaxAge)
		return
	}
	m, ok, err := wire.FromLeader(ctx, d.js, cfg.Name, wire.Query{Seq: max(d.frontier+1, state.FirstSeq), Next: ">"})
	if err != nil || !ok {
		d.failed(check, errors.Join(err, phrase.New("the oldest message that is not counted cannot be read")))
		return
	}
	waits := time.Since(m.Time)
	switch {
	case waits > cfg.MaxAge*9/10:
		d.addf(check, Fail, phrase.Textf("start more workers or raise max_age now: messages expire before they are counted"),
			"%s keeps messages for %s, and the oldest uncounted one is %s old", cfg.Name, cfg.MaxAge, waits.Round(time.Second))
	case waits > cfg.MaxAge/2:
		d.addf(check, Warn, phrase.Textf("start more workers or raise max_age"), "%s keeps messages for %s, and the oldest uncounted one is %s old",
			cfg.Name, cfg.MaxAge, waits.Round(time.Second))
	default:
		d.okf(check, "%s keeps messages for %s, and the oldest uncounted one is %s old", cfg.Name, cfg.MaxAge, waits.Round(time.Second))
	}
}

func (d *doctor) duplicates() {
	const check = "duplicates"
	cfg := d.stream.Config
	const least = 30 * time.Second
	switch {
	case cfg.NoAck:
		d.addf(check, Fail, phrase.Textf("remove no_ack: publishers never learn what is stored"), "%s does not acknowledge", cfg.Name)
	case cfg.Duplicates < least:
		d.addf(check, Warn, phrase.Textf("set duplicate_window to two minutes: two senders at once, or one that was killed, may store a message twice"),
			"%s remembers ids for %s", cfg.Name, cfg.Duplicates)
	default:
		d.okf(check, "%s remembers ids for %s", cfg.Name, cfg.Duplicates)
	}
}

// ledgerStreams looks at minyi's own streams, which are made when a worker
// starts for the first time.
func (d *doctor) ledgerStreams(ctx context.Context) {
	const check = "ledger"
	there, names := 0, []string{d.c.Names().Tasks, d.c.Names().Deltas, d.c.Names().BucketStream}
	for _, name := range names {
		s, err := d.js.Stream(ctx, name)
		if errors.Is(err, jetstream.ErrStreamNotFound) {
			continue
		}
		if err != nil {
			d.failed(check, err)
			return
		}
		there++
		why := settings.UnsuitedLedger(s.CachedInfo().Config)
		if name == d.c.Names().BucketStream {
			why = settings.UnsuitedCounts(s.CachedInfo().Config)
		}
		if why.IsZero() && s.CachedInfo().Config.Storage == jetstream.MemoryStorage {
			why = phrase.Textf("is in memory: counts would not survive a restart")
		}
		if !why.IsZero() {
			remedy := phrase.Textf("remove the stream, and minyi makes it anew")
			if name == d.c.Names().BucketStream {
				remedy = phrase.Textf("nats stream edit %s where the setting can be changed; else, with all workers stopped, remove it: minyi makes it anew and counts again what the stream of suggestions still has", name)
			}
			d.addf(check, Fail, remedy, "%s %s", name, why)
			return
		}
	}
	switch {
	case there == 0:
		d.okf(check, "no worker was here yet; minyi work makes what it needs")
	case there < len(names):
		d.addf(check, Warn, phrase.Textf("start a worker: it makes what is missing"), "%d of %d streams of minyi's own are there", there, len(names))
	default:
		d.okf(check, "%s, %s and the bucket %s suit", d.c.Names().Tasks, d.c.Names().Deltas, d.c.Names().Bucket)
	}
}
