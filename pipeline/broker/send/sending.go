package send

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"math"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

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
//     the leader named after its failure was known.
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
	from     intake.Record
	key      idKey
	floor    uint64
	attempts int
	ok       <-chan *jetstream.PubAck
	failed   <-chan error
	settled  bool
	err      error // of the last attempt, once it is known
}

func newSending(p *Sender, name string, progress func(Progress)) *sending {
	if progress == nil {
		progress = func(Progress) {}
	}
	return &sending{
		name: name, names: p.names, cfg: p.cfg, js: p.js, nc: p.js.Conn(), progress: progress,
		digest: sha256.New(), intake: p.cfg.Intake, once: !intake.Regular(name), known: map[idKey]holder{}, report: Report{File: name}, sent: p.sent,
	}
}

func (s *sending) run(ctx context.Context) error {
	if err := s.open(ctx); err != nil {
		return err
	}
	// An instance of its own for publishing: limits are per instance. Publishing
	// uses neither its API prefix nor its domain.
	pub, err := jetstream.New(s.nc, jetstream.WithPublishAsyncMaxPending(s.cfg.MaxPending),
		jetstream.WithPublishAsyncTimeout(s.cfg.AckWait))
	if err != nil {
		return err
	}
	s.pub = pub
	defer pub.CleanupPublisher()
	if err := s.skip(ctx); err != nil {
		return err
	}
	defer func() { s.feed.close() }()

	first, more := s.feed.next(ctx)
	if err := ctx.Err(); err != nil || !more {
		return err // no record behind what was sent before: the stream need not be read
	}
	s.moment.Stage = StageScanning
	if err := s.scanAll(ctx); err != nil {
		return err
	}
	s.moment.Stage = StageSending
	s.lastGood = time.Now()
	err = s.take(first)
	if err == nil {
		err = s.send(ctx)
	}
	if errors.Is(err, errDied) {
		return err
	}
	s.drain()
	s.keepPosition(ctx)
	return err
}

// errDied is what the test seam returns to end without a trace.
var errDied = errors.New("died")

// open looks at the stream, and refuses one on which the promises of
// [Sender] cannot be kept.
func (s *sending) open(ctx context.Context) error {
	stream, err := s.js.Stream(ctx, s.names.Suggestions)
	if err != nil {
		return fmt.Errorf("stream %s: %w", s.names.Suggestions, err)
	}
	s.stream, s.info = stream, stream.CachedInfo()
	c := s.info.Config
	switch {
	case c.NoAck:
		return fmt.Errorf("%w: %s does not acknowledge (no_ack), so nobody knows what is stored", broker.ErrUnsuited, c.Name)
	case c.Retention != jetstream.LimitsPolicy:
		return fmt.Errorf("%w: %s drops messages that were consumed (retention %s); use limits", broker.ErrUnsuited, c.Name, c.Retention)
	case c.Sealed:
		return fmt.Errorf("%w: %s is sealed", broker.ErrUnsuited, c.Name)
	}
	subject := s.names.SuggestionsSubject + "." + intake.UnknownSource
	if owner, err := s.js.StreamNameBySubject(ctx, subject); err != nil {
		return fmt.Errorf("subject %s: %w", subject, err)
	} else if owner != s.names.Suggestions {
		return fmt.Errorf("%w: %s goes to the stream %s, not to %s", broker.ErrUnsuited, subject, owner, s.names.Suggestions)
	}
	return nil
}

// skip opens the file and reads past what an earlier run sent, if it did and
// the content is the same.
func (s *sending) skip(ctx context.Context) error {
	p, err := s.loadPosition(ctx)
	if err != nil {
		s.report.Position = err // only means more work
	}
	if s.feed, err = openFeed(s.name, s.intake); err != nil {
		return err
	}
	s.moment.TotalBytes = s.feed.total
	for s.taken < p.Records {
		f, more := s.feed.next(ctx)
		if err := ctx.Err(); err != nil {
			s.feed.close()
			return err
		}
		if !more || f.err != nil {
			break
		}
		s.addToDigest(f)
		s.show(false)
	}
	if p.Records == 0 {
		return nil
	}
	if m := s.markHere(); s.taken == p.Records && m.digest == p.Digest {
		s.report.Already, s.kept = s.taken, m
		s.tip, s.tipID = p.Tip, p.TipID
		return nil
	}
	s.feed.close()
	s.digest.Reset()
	s.taken, s.marks = 0, nil
	s.feed, err = openFeed(s.name, s.intake)
	return err
}

func (f *feed) next(ctx context.Context) (fed, bool) {
	select {
	case item, more := <-f.items:
		return item, more
	case <-ctx.Done():
		return fed{}, false
	}
}

// addToDigest takes a record into the digest of the file.
func (s *sending) addToDigest(f fed) {
	s.taken++
	s.moment.Bytes = f.bytes
	var size [8]byte
	binary.BigEndian.PutUint64(size[:], uint64(len(f.record.Payload)))
	s.digest.Write(size[:])
	s.digest.Write(f.record.Payload)
}

// scanAll reads the ids of the whole stream.
func (s *sending) scanAll(ctx context.Context) error {
	s.lastGood = time.Now()
	if err := s.refreshInfo(ctx); err != nil {
		return err
	}
	st := s.info.State
	s.base = st.LastSeq
	s.moment.ToScan = st.Msgs
	if st.Msgs == 0 {
		return nil
	}
	s.known = make(map[idKey]holder, st.Msgs)
	return s.readIDs(ctx, st.FirstSeq, st.LastSeq, func(uint64, idKey) {})
}

// readIDs takes the ids of the sequences into known and the tip.
func (s *sending) readIDs(ctx context.Context, from, to uint64, each func(seq uint64, key idKey)) error {
	scan := idScan{stream: s.stream, patient: s.patiently, each: func(seq uint64, id string, content uint32) {
		key := keyOf(id)
		if _, there := s.known[key]; !there {
			s.known[key] = stored(content, seq)
		}
		s.sawTip(seq, id)
		each(seq, key)
		if s.moment.Scanned++; s.moment.Scanned%1024 == 0 {
			s.show(false)
			if len(s.queue) == 0 {
				s.lastGood = time.Now() // nothing waits to be stored
			}
		}
	}}
	return scan.read(ctx, from, to)
}

func (s *sending) sawTip(seq uint64, id string) {
	if seq > s.tip {
		s.tip, s.tipID = seq, id
	}
}

// send is the main loop: it takes records while there is room, and outcomes in
// the order of the file.
func (s *sending) send(ctx context.Context) error {
	position := time.NewTicker(s.cfg.PositionEvery)
	defer position.Stop()
	others := time.NewTicker(s.window())
	defer others.Stop()
	items := s.feed.items
	for items != nil || len(s.queue) > 0 {
		room := items
		if len(s.queue) >= s.cfg.MaxPending || s.pendingBytes >= s.cfg.MaxPendingBytes {
			room = nil
		}
		var ok <-chan *jetstream.PubAck
		var failed <-chan error
		if len(s.queue) > 0 {
			ok, failed = s.queue[0].ok, s.queue[0].failed
		}
		var err error
		select {
		case f, more := <-room:
			if !more {
				items = nil
				continue
			}
			err = s.take(f)
		case ack := <-ok:
			err = s.acked(s.queue[0], ack)
			s.pop()
		case e := <-failed:
			s.queue[0].err = e
			err = s.recover(ctx)
		case <-position.C:
			s.keepPosition(ctx)
		case <-others.C:
			err = s.readOthers(ctx)
		case <-ctx.Done():
			return ctx.Err()
		}
		if err != nil {
			return err
		}
		s.show(false)
	}
	return nil
}

// window is how often to look for what others stored.
func (s *sending) window() time.Duration {
	return min(max(s.info.Config.Duplicates/2, 50*time.Millisecond), time.Minute)
}

// readOthers reads what was stored since the last look if there is more than
// what this sender stored.
func (s *sending) readOthers(ctx context.Context) error {
	if s.tip <= s.base || s.tip-s.base <= s.own {
		return nil
	}
	if len(s.queue) == 0 {
		s.lastGood = time.Now() // nothing waits to be stored
	}
	if err := s.refreshInfo(ctx); err != nil {
		return err
	}
	from, to := s.base+1, s.info.State.LastSeq
	s.base, s.own = to, 0
	return s.readIDs(ctx, from, to, func(uint64, idKey) {})
}

// take gives a record its outcome, or sends it.
func (s *sending) take(f fed) error {
	var refused *intake.RecordError
	if errors.As(f.err, &refused) {
		s.addToDigest(f)
		s.refuse(refused)
		return nil
	}
	if f.err != nil {
		return f.err
	}
	s.addToDigest(f)
	id := messageID(f.record.Key)
	o := &outgoing{record: s.taken, from: f.record, key: keyOf(id), floor: s.tip}
	o.from.Payload = nil // the message has it
	if earlier, there := s.known[o.key]; there && earlier.differs(f.record.Content) {
		s.refuseLate(&o.from, intake.OtherContent(s.name, &o.from, earlier.place()))
	} else if there {
		s.report.Already++
	} else {
		o.msg = &nats.Msg{
			Subject: s.names.SuggestionsSubject + "." + intake.SourceToken(f.record.Source), Data: f.record.Payload,
			Header: nats.Header{nats.MsgIdHdr: {id}, contentHeader: {formatContent(f.record.Content)}},
		}
		if limit := s.nc.MaxPayload(); int64(o.msg.Size()) > limit {
			s.refuseTooLarge(o, fmt.Errorf("with its header it has %d bytes, the broker takes %d (max_payload)", o.msg.Size(), limit))
		} else {
			s.known[o.key] = holder{f.record.Content, int32(min(f.record.Row, math.MaxInt32))}
			if len(s.queue) == 0 {
				s.lastGood = time.Now() // the broker was not asked for anything before
			}
			s.queue = append(s.queue, o)
			s.pendingBytes += len(o.msg.Data)
			if err := s.publish(o); err != nil {
				return err
			}
		}
	}
	if s.taken%markEvery == 0 {
		s.marks = append(s.marks, s.markHere())
	}
	return nil
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
		return fmt.Errorf("%w: %s was stored in %s, not in %s", broker.ErrUnsuited, o.msg.Subject, ack.Stream, s.names.Suggestions)
	}
	o.settled = true
	s.lastGood, s.failures = time.Now(), 0
	s.sawTip(ack.Sequence, o.msg.Header.Get(nats.MsgIdHdr))
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
	s.refuseLate(&o.from, &intake.RecordError{
		File: s.name, Line: o.from.Line, Row: o.from.Row, Reason: intake.ReasonTooLong, Err: fmt.Errorf("%w: %w", intake.ErrTooLong, why),
	})
}

// refuseLate refuses a record that the reader had taken. The balance belongs to
// the reader while it reads, so this waits until it has ended.
func (s *sending) refuseLate(rec *intake.Record, err *intake.RecordError) {
	s.refuse(err)
	s.late = append(s.late, lateRefusal{rec.Table, rec.Row, err.Reason})
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
