// Package send sends files of suggestions to the stream of suggestions, each
// suggestion once, whatever happens in between.
//
// It guarantees that a message id is stored at most once from files (how: see
// [Sender]), and that a report never calls sent what is not stored. It does not
// look into what the records say, and it does not remove or change a message.
//
//	sender.go    Sender, its configuration, reports and progress
//	feed.go      reads the file ahead, in a goroutine of its own
//	id.go        message ids as header values, and as keys in memory
//	position.go  how far a file was sent: saves work, proves nothing
//	scan.go      reads the ids that are in a stream
//	fault.go     what an error of publishing means for the message
//	sending.go   one run over one file: the loop and its invariants
//	recover.go   what is done after an answer that leaves the outcome open
package send

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go/jetstream"

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
//  1. Before anything is sent the ids of the whole stream are read (headers
//     only), and records whose id is there are left out.
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
// Every id read or sent takes about 30 bytes of memory: 250 MB for 8.5 million.
// They are kept as 128 bits of a SHA-256, so that two different ids are taken
// for the same one in 1e25 runs.
//
// A Sender is safe for concurrent use.
type Sender struct {
	js    jetstream.JetStream
	names broker.Names
	cfg   Config

	sent func() error // test seam: called after each message that was handed to the client
}

// Config configures a [Sender]. The zero value works.
type Config struct {
	MaxPending      int           // messages without an answer; default 4096
	MaxPendingBytes int           // their payloads; default 64 MiB
	AckWait         time.Duration // for one answer; default 10 s
	GiveUpAfter     time.Duration // without any message stored; default 2 min
	PositionEvery   time.Duration // between writes of the position; default 1 s

	Intake intake.Options
}

func (c Config) withDefaults() (Config, error) {
	if c.MaxPending < 0 || c.MaxPendingBytes < 0 || c.AckWait < 0 || c.GiveUpAfter < 0 || c.PositionEvery < 0 {
		return c, errors.New("publish: limits and times must not be negative")
	}
	if c.MaxPending == 0 {
		c.MaxPending = 4096
	}
	if c.MaxPendingBytes == 0 {
		c.MaxPendingBytes = 64 << 20
	}
	for _, d := range []struct {
		at *time.Duration
		v  time.Duration
	}{{&c.AckWait, 10 * time.Second}, {&c.GiveUpAfter, 2 * time.Minute}, {&c.PositionEvery, time.Second}} {
		if *d.at == 0 {
			*d.at = d.v
		}
	}
	return c, nil
}

// Errors of [Sender.SendFile], beside [broker.ErrUnsuited] for a stream whose
// settings rule out exact results.
var (
	// ErrStreamFull: the broker has no room: a limit of the stream or of the
	// account, or the disk. What was reported as sent is stored.
	ErrStreamFull = errors.New("no room for more messages")
	// ErrBrokerSilent: the broker stored nothing for GiveUpAfter.
	ErrBrokerSilent = errors.New("the broker does not store anything")
	// ErrLostMessages: the stream ends before a message that the broker had
	// said to be stored. Sending again sends what is missing.
	ErrLostMessages = errors.New("the broker lost messages it had acknowledged")
)

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
	return &Sender{js: js, names: names, cfg: cfg}, nil
}

// Report says what became of a file. Read = Sent + Already + Refused, also
// where sending ended early: a record without an outcome is not in it.
type Report struct {
	File    string
	Read    int // records with an outcome
	Sent    int // stored by this run
	Already int // there before, in the stream or further up in the file
	Refused int // could not be sent, see Refusals

	// Window is how many of Already the broker's duplicate window found.
	Window int
	// Refusals names the first records that were refused, at most 100, as
	// file:line and why.
	Refusals []error
	// Balance says what was read of the file and what became of every row. It is
	// nil where nothing was read, or a read of a pipe still hangs.
	Balance *intake.Balance
	// Position is nil, or why the position could not be kept. Nothing is lost
	// by it; the next run reads the stream.
	Position error
}

const maxRefusals = 100

// Stage is what a sender is doing.
type Stage int

// The stages, in the order in which they come.
const (
	StageSkipping Stage = iota // reading what an earlier run sent
	StageScanning              // reading the ids in the stream
	StageSending
)

// Progress is a moment of [Sender.SendFile].
type Progress struct {
	Report
	Stage Stage

	Bytes, TotalBytes uint64 // of the file; the total is 0 when not known
	Scanned, ToScan   uint64 // ids in the stream, in StageScanning
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
		err = fmt.Errorf("send %s: %w", name, err)
	}
	s.show(true)
	s.report.Read = s.report.Sent + s.report.Already + s.report.Refused
	s.report.Balance = s.balance(err)
	return s.report, err
}
