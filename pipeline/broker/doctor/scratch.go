package doctor

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/synadia-io/orbit.go/jetstreamext"

	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/pipeline/broker/internal/wire"
)

// scratch makes a stream of its own, tries on it what counting rests on, and
// removes it.
func (d *doctor) scratch(ctx context.Context) {
	const check = "batches"
	id := strings.TrimPrefix(nats.NewInbox(), nats.InboxPrefix)
	name, subject := d.c.Names().Tasks+"_DOCTOR_"+id, d.c.Names().TasksSubject+"_doctor."+id
	within, cancel := d.answered(ctx)
	defer cancel()
	js := wire.Of(d.quiet.JetStream(), d.c.Names().Tasks)
	s, err := js.CreateStream(within, jetstream.StreamConfig{
		Name: name, Subjects: []string{subject + ".>"}, Description: "minyi doctor: scratch, may be removed",
		Storage: jetstream.FileStorage, Replicas: max(d.o.Replicas, 1), MaxAge: time.Hour, MaxBytes: 1 << 20, AllowAtomicPublish: true,
	})
	if err != nil && d.denied("STREAM.CREATE."+name) {
		// Whoever may make any stream may make one that reads every other, so a user for
		// examining has no such right.
		d.okf(check, "not tried: this user may not make a stream, as it should be; a worker looks whether its bucket has atomic batches")
		return
	}
	if wire.HasCode(err, noRoom...) {
		d.noRoom(err)
		return
	}
	if err != nil {
		d.addf(check, Fail, phrase.Textf("allow this user to make streams (minyi work makes three), or look at the account's limits"),
			"a scratch stream could not be made: %v", err)
		return
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), d.js.Options().DefaultTimeout)
		defer cancel()
		if err := js.DeleteStream(ctx, name); err != nil {
			d.addf("scratch", Warn, phrase.Textf("nats stream rm %s", name), "the scratch stream could not be removed: %v", err)
		}
	}()
	if !s.CachedInfo().Config.AllowAtomicPublish {
		d.addf(check, Fail, phrase.Textf("upgrade every server of the cluster to 2.12 or later"), "the server silently dropped allow_atomic")
		return
	}
	switch err := d.tryBatches(ctx, s, subject); {
	case errors.Is(err, nats.ErrNoResponders) && d.apart(ctx):
		d.scratch(ctx)
		return
	case errors.Is(err, errHalfBatch):
		d.addf(check, Fail, phrase.Textf("upgrade nats-server; do not count with this one"), "%v", err)
	case wire.HasCode(err, noRoom...):
		d.noRoom(err)
		return
	case err != nil:
		d.failed(check, err)
	default:
		d.okf(check, "a batch was stored whole, and one with an outdated expectation was refused whole")
	}
	d.clock(ctx, s, subject)
}

// noRoom are the codes by which a server says that its own store is full, or that of the
// machine: what a server may use is shown to no account.
var noRoom = []jetstream.ErrorCode{10023, 10047}

// noRoom puts in the place of the finding about the account's storage that the server
// takes no more.
func (d *doctor) noRoom(err error) {
	d.findings = slices.DeleteFunc(d.findings, func(f Finding) bool { return f.Check == "storage" && f.Verdict != Fail })
	d.addf("storage", Fail, phrase.Textf("make room, or raise max_file_store in nats-server.conf and nats-server --signal reload; until then nothing is stored and nothing is counted"),
		"the server has no room left for messages: %v", err)
}

// apart looks for minyi's own streams in the account of this user from here on, because
// what it publishes does not reach the account whose API it uses; false: it cannot. A
// worker does the same.
func (d *doctor) apart(ctx context.Context) bool {
	if d.c.KeptApart() || !d.c.TryApart(ctx) {
		return false
	}
	if !d.quiet.TryApart(ctx) {
		return false
	}
	d.okf("imports", "the account reads over the API of another one and imports no subject of minyi's; minyi keeps its own streams in this account, with all counts")
	return true
}

// errHalfBatch says that batches are not atomic.
var errHalfBatch = phrase.New("a refused batch was stored in part")

// tryBatches stores a batch, and has another one refused by its last message.
func (d *doctor) tryBatches(ctx context.Context, s jetstream.Stream, subject string) error {
	batch := func(expected uint64) error {
		messages := make([]*nats.Msg, 0, 3)
		for i := range 3 {
			messages = append(messages, nats.NewMsg(fmt.Sprintf("%s.%d", subject, i)))
		}
		messages[2].Header.Set(jetstream.ExpectedLastSubjSeqHeader, strconv.FormatUint(expected, 10))
		_, err := jetstreamext.PublishMsgBatch(ctx, d.js, messages)
		return err
	}
	if err := batch(0); err != nil {
		return phrase.Errorf("store a batch: %w", err)
	}
	err := batch(1) // it is 3
	info, infoErr := s.Info(ctx)
	switch {
	case infoErr != nil:
		return infoErr
	case info.State.LastSeq != 3 || err == nil:
		return phrase.Errorf("%w: the stream is at %d, not at 3", errHalfBatch, info.State.LastSeq)
	case !wire.IsLost(err):
		return phrase.Errorf("refuse a batch: %w", err)
	}
	return nil
}

// clock compares the time at which the broker stores a message with the time
// here, in the middle between question and answer.
func (d *doctor) clock(ctx context.Context, s jetstream.Stream, subject string) {
	const check = "clock"
	before := time.Now()
	ack, err := d.js.Publish(ctx, subject+".clock", nil)
	took := time.Since(before)
	if err != nil {
		d.failed(check, err)
		return
	}
	m, err := s.GetMsg(ctx, ack.Sequence)
	if err != nil {
		d.failed(check, err)
		return
	}
	skew := m.Time.Sub(before.Add(took / 2))
	within := max(skew.Abs()-took/2, 0) // what the time of travel cannot explain
	remedy := phrase.Textf("synchronise both clocks (chrony, systemd-timesyncd): a suggestion without a time of its own is counted on the broker's day, and one from the future is absurd")
	switch {
	case within > time.Hour:
		d.addf(check, Fail, remedy, "the broker's clock is %s off this one", skew.Round(time.Second))
	case within > 2*time.Second:
		d.addf(check, Warn, remedy, "the broker's clock is %s off this one", skew.Round(time.Millisecond))
	default:
		d.okf(check, "the broker's clock agrees with this one within %s; a message was stored in %s",
			max(skew.Abs(), took/2).Round(100*time.Microsecond), took.Round(10*time.Microsecond))
	}
}
