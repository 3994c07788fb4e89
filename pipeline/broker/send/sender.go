// Package send sends files of suggestions to the stream of suggestions, each
// suggestion once, whatever happens in between.
//
// It guarantees that a message id is stored at most once from files (how: see
// [Sender]), and that a report never calls sent what is not stored. It does not
// look into what the records say, and it does not remove or change a message.
//
// The files, from the bottom up:
//
//	config.go report.go       configuration and errors; reports and progress
//	id.go fault.go            message ids as headers and in memory; what an error means for a message
//	feed.go                   reads the file ahead, in a goroutine of its own
//	state.go                  one run over one file: its state, invariants, and outcomes of messages
//	patience.go               asks again while the broker is away, until it gives up
//	scan.go                   reads the ids that are in the stream
//	idindex.go idlog.go       the ids up to a sequence, to be looked up; what a run learns for it
//	known.go                  tells whether an id is in the stream; keeps the index
//	samefile.go position.go   which file it is, and how far it was sent: saves work, proves nothing
//	recover.go                after an answer that leaves open whether a message was stored
//	run.go                    the steps of a run, and its loop
//	sender.go                 Sender
package send

import (
	"context"
	"crypto/sha256"
	"errors"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/pipeline/broker"
	"github.com/minyi/minyi/pipeline/intake"
)

// Sender sends files of suggestions to a stream, each suggestion once.
//
// The same message id is never stored twice from files, whatever happens in
// between and however long it takes: a file sent again, a sender killed at any
// point, a broker restarted, the same ids in another file. That rests on what
// is in the stream, not on the broker's duplicate window:
//
//  1. Before a record is sent it is looked up whether its id is in the stream, and
//     left out if it is. An index in the bucket of positions has the ids up to some
//     sequence ([idIndex]); those behind it are read (headers only), and are made a
//     part of it once they are many. Where the index is lost, or the stream is not the
//     one that it is about any more, all ids are read.
//  2. After an answer that leaves open whether a message was stored (a lost
//     connection, no answer in time) the end of the stream is read again before
//     anything is repeated.
//  3. While others publish to the stream, what they stored is read at least
//     twice in a duplicate window; the broker refuses ids younger than that.
//  4. A position in a bucket (lines that are stored for certain, hash of their
//     content) only saves work: a file that was sent completely is recognised
//     without reading the stream. It is believed if the content is the same and
//     the stream still has the message it names, so a broker that lost
//     acknowledged messages gets them again. Because it says what was sent, and
//     not what is still stored, messages that expired or were purged are not
//     sent, and so not counted, a second time.
//
// The duplicate window is needed for two things only, which take far less than
// its default of two minutes: two senders with the same id at the same time, and
// what a killed sender had left in the network, which the broker may still be
// storing when the next one reads the stream.
//
// Every id read or sent takes about 45 bytes of memory; of the index only what was
// looked at is in memory, at most 12 bytes an id. Ids are kept as 128 bits of a SHA-256, so that two different ids are taken
// for the same one in 1e25 runs.
//
// A Sender is safe for concurrent use.
type Sender struct {
	js    jetstream.JetStream
	names broker.Names
	cfg   Config

	sizes indexSizes   // of the index of ids
	sent  func() error // test seam: called after each message that was handed to the client
}

// New returns a sender to the stream of suggestions of a connection. It does not
// talk to the broker yet, and is valid until the connection is closed.
func New(c *broker.Conn, cfg Config) (*Sender, error) {
	return newSender(c.JetStream(), c.Names(), cfg)
}

func newSender(js jetstream.JetStream, names broker.Names, cfg Config) (*Sender, error) {
	cfg, err := cfg.withDefaults()
	if err != nil {
		return nil, err
	}
	return &Sender{js: js, names: names, cfg: cfg, sizes: defaultIndex}, nil
}

// SendFile sends the records of a file (see [intake.Open]; "-" is standard
// input, for which no position is kept) in their order; those that have to be
// repeated come later. It returns when every record has an outcome, with a nil
// error even if some were refused.
//
// When ctx ends it waits for the answers in hand, keeps the position and
// returns ctx's error. After any error it may be called again, and the report says
// what was stored. Other errors: those above, those of
// [intake.Open] and [intake.Reader.Next], and nats.ErrConnectionClosed.
//
// The progress function may be nil; it is called from this goroutine, at most
// ten times a second and once at the end.
func (p *Sender) SendFile(ctx context.Context, name string, progress func(Progress)) (Report, error) {
	s := newSending(p, name, progress)
	err := s.run(ctx)
	if err != nil && !errors.Is(err, ctx.Err()) {
		err = phrase.Errorf("send %s: %w", name, err)
	}
	s.show(true)
	s.report.Read = s.report.Sent + s.report.Already + s.report.Refused
	s.report.Balance = s.balance(err)
	return s.report, err
}

func newSending(p *Sender, name string, progress func(Progress)) *sending {
	if progress == nil {
		progress = func(Progress) {}
	}
	return &sending{
		name: name, names: p.names, cfg: p.cfg, js: p.js, nc: p.js.Conn(), progress: progress,
		digest: sha256.New(), intake: p.cfg.Intake, once: !intake.Regular(name), known: map[idKey]holder{}, report: Report{File: name}, sent: p.sent, sizes: p.sizes, reconnects: p.js.Conn().Stats().Reconnects,
	}
}
