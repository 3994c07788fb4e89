package send

import (
	"hash"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/pipeline/broker"
	"github.com/minyi/minyi/pipeline/intake"
)

// sending is one call of SendFile. One goroutine owns it.
//
// Invariants:
//
//  1. queue holds the records that are sent and have no outcome yet, in the
//     order of the file. A record that has one stays in it while a record
//     before it has none. So all records before its head have an outcome, and a
//     position may claim that prefix.
//  2. A record is in known from the moment it is sent for the first time.
//  3. A message's floor is the newest sequence that was known when it was first
//     sent. It is stored after its floor, so reading from there finds it.
//  4. A message is repeated only after the stream was read up to an end that
//     the leader named after its failure was known, and after the stream had dealt
//     with all that was sent before ([sending.passInFlight]).
type sending struct {
	name     string
	names    broker.Names
	cfg      Config
	js       jetstream.JetStream // for questions
	nc       *nats.Conn
	pub      jetstream.JetStream // for messages
	progress func(Progress)

	stream    jetstream.Stream
	info      *jetstream.StreamInfo
	positions jetstream.KeyValue

	feed   *feed
	digest hash.Hash
	taken  int // records taken from the feed
	marks  []mark
	kept   mark

	intake intake.Options
	entry  string // key of the position of this file
	path   string // hash of where the file is
	head   *head  // how it begins, once that was read
	once   bool   // it can be read once only, and has no position

	known        map[idKey]holder
	index        *idIndex // nil: there is none, and all ids are in known
	log          idLog
	looks        int // in the stream for ids that the index has
	sizes        indexSizes
	reconnects   uint64 // of the connection before the run
	queue        []*outgoing
	pendingBytes int

	tip   uint64 // the newest sequence known to be stored, and the id there
	tipID string
	base  uint64 // everything up to here was read for ids of others
	own   uint64 // messages of ours behind base

	late     []lateRefusal
	report   Report
	moment   Progress
	shown    time.Time
	lastGood time.Time // when the broker last stored something, or was not asked to

	failures int // in a row, without a message stored between them

	sent func() error // see Sender
}

// outgoing is a record that was sent, or is about to be.
type outgoing struct {
	msg      *nats.Msg
	record   int // number in the file, from 1
	from     origin
	key      idKey
	floor    uint64
	attempts int
	ok       <-chan *jetstream.PubAck
	failed   <-chan error
	settled  bool
	err      error // of the last attempt, once it is known
}

// origin is where a record stands in its file.
type origin struct {
	table     *intake.Table
	line, row int
}

// errDied is what the test seam returns to end without a trace.
var errDied = phrase.New("died")

func (s *sending) sawTip(seq uint64, id string) {
	if seq > s.tip {
		s.tip, s.tipID = seq, id
	}
}

func (s *sending) publish(o *outgoing) error {
	o.attempts++
	o.err = nil
	if future, err := s.pub.PublishMsgAsync(o.msg); err != nil {
		failed := make(chan error, 1)
		failed <- err
		o.ok, o.failed = nil, failed
	} else {
		o.ok, o.failed = future.Ok(), future.Err()
	}
	if s.sent != nil {
		return s.sent()
	}
	return nil
}

// acked gives a message its outcome.
func (s *sending) acked(o *outgoing, ack *jetstream.PubAck) error {
	if ack.Stream != s.names.Suggestions {
		return phrase.Errorf("%w: %s was stored in %s, not in %s", broker.ErrUnsuited, o.msg.Subject, ack.Stream, s.names.Suggestions)
	}
	o.settled = true
	s.lastGood, s.failures = time.Now(), 0
	s.sawTip(ack.Sequence, o.msg.Header.Get(nats.MsgIdHdr))
	s.log.saw(ack.Sequence, o.key)
	switch {
	case !ack.Duplicate:
		s.report.Sent++
		if ack.Sequence > s.base {
			s.own++
		}
	case o.attempts > 1: // an attempt of ours whose answer was lost
		s.report.Sent++
	default:
		s.report.Already++
		s.report.Window++
	}
	return nil
}

// pop removes the records at the head of the queue that have an outcome.
func (s *sending) pop() {
	for len(s.queue) > 0 && s.queue[0].settled {
		s.pendingBytes -= len(s.queue[0].msg.Data)
		s.queue[0] = nil
		s.queue = s.queue[1:]
	}
}

// settled is the number of records before the first without an outcome.
func (s *sending) settled() int {
	if len(s.queue) == 0 {
		return s.taken
	}
	return s.queue[0].record - 1
}

func (s *sending) refuse(err error) {
	s.report.Refused++
	if len(s.report.Refusals) < maxRefusals {
		s.report.Refusals = append(s.report.Refusals, err)
	}
}

func (s *sending) refuseTooLarge(o *outgoing, why error) {
	o.settled = true
	s.refuseLate(o.from, &intake.RecordError{
		File: s.name, Line: o.from.line, Row: o.from.row, Reason: intake.ReasonTooLong, Err: phrase.Errorf("%w: %w", intake.ErrTooLong, why),
	})
}

// refuseLate refuses a record that the reader had taken. The balance belongs to
// the reader while it reads, so this waits until it has ended.
func (s *sending) refuseLate(from origin, err *intake.RecordError) {
	s.refuse(err)
	s.late = append(s.late, lateRefusal{from.table, from.row, err.Reason})
}

// lateRefusal is a record that the sender refused.
type lateRefusal struct {
	table *intake.Table
	row   int
	why   intake.Reason
}

// balance is what was read of the file and what became of it, or nil where the
// reader hangs in a pipe.
func (s *sending) balance(err error) *intake.Balance {
	if s.feed == nil {
		return nil
	}
	b := s.feed.done()
	if b == nil {
		return nil
	}
	for _, l := range s.late {
		b.Refuse(l.table, l.row, l.why)
	}
	b.Settle(s.report.Sent, s.report.Already)
	b.Complete = b.Complete && err == nil
	return b
}

func (s *sending) show(last bool) {
	now := time.Now()
	if !last && now.Sub(s.shown) < 100*time.Millisecond {
		return
	}
	s.shown = now
	s.moment.Report = s.report
	s.moment.Read = s.report.Sent + s.report.Already + s.report.Refused
	s.progress(s.moment)
}
