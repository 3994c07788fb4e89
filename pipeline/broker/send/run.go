package send

import (
	"context"
	"encoding/binary"
	"errors"
	"math"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/pipeline/broker"
	"github.com/minyi/minyi/pipeline/intake"
)

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
	err = s.take(ctx, first)
	if err == nil {
		err = s.send(ctx)
	}
	if errors.Is(err, errDied) {
		return err
	}
	s.drain()
	s.keepPosition(ctx)
	if err == nil {
		s.keepIndex(ctx, s.sizes.every)
	}
	return err
}

// open looks at the stream, and refuses one on which the promises of
// [Sender] cannot be kept.
func (s *sending) open(ctx context.Context) error {
	stream, err := s.js.Stream(ctx, s.names.Suggestions)
	if errors.Is(err, jetstream.ErrStreamNotFound) { // it was there when minyi send began
		return broker.AbsentStream(s.names.Suggestions, phrase.Textf("somebody has removed it; send the same files again, which makes it unless --stream names it"))
	}
	if err != nil {
		return phrase.Errorf("stream %s: %w", s.names.Suggestions, err)
	}
	s.stream, s.info = stream, stream.CachedInfo()
	c := s.info.Config
	switch {
	case c.NoAck:
		return phrase.Errorf("%w: %s does not acknowledge (no_ack), so nobody knows what is stored", broker.ErrUnsuited, c.Name)
	case c.Retention != jetstream.LimitsPolicy:
		return phrase.Errorf("%w: %s drops messages that were consumed (retention %s); use limits", broker.ErrUnsuited, c.Name, c.Retention)
	case c.Sealed:
		return phrase.Errorf("%w: %s is sealed", broker.ErrUnsuited, c.Name)
	}
	subject := s.names.SuggestionsSubject + "." + intake.UnknownSource
	if owner, err := s.js.StreamNameBySubject(ctx, subject); err != nil {
		return phrase.Errorf("subject %s: %w", subject, err)
	} else if owner != s.names.Suggestions {
		return phrase.Errorf("%w: %s goes to the stream %s, not to %s", broker.ErrUnsuited, subject, owner, s.names.Suggestions)
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

// addToDigest takes a record into the digest of the file.
func (s *sending) addToDigest(f fed) {
	s.taken++
	s.moment.Bytes = f.bytes
	var size [8]byte
	binary.BigEndian.PutUint64(size[:], uint64(len(f.record.Payload)))
	s.digest.Write(size[:])
	s.digest.Write(f.record.Payload)
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
			err = s.take(ctx, f)
		case ack := <-ok:
			err = s.acked(s.queue[0], ack)
			s.pop()
		case e := <-failed:
			s.queue[0].err = e
			err = s.recover(ctx)
		case <-position.C:
			s.keepPosition(ctx)
			s.keepIndex(ctx, s.sizes.flush)
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
func (s *sending) take(ctx context.Context, f fed) error {
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
	key := keyOf(id)
	earlier, there, err := s.holderOf(ctx, key, id)
	if err != nil {
		return err
	}
	o := &outgoing{record: s.taken, from: origin{f.record.Table, f.record.Line, f.record.Row}, key: key, floor: s.tip}
	switch {
	case there && earlier.differs(f.record.Content):
		s.refuseLate(o.from, intake.OtherContent(s.name, &f.record, earlier.place()))
	case there:
		s.report.Already++
	default:
		o.msg = &nats.Msg{
			Subject: s.names.SuggestionsSubject + "." + intake.SourceToken(f.record.Source), Data: f.record.Payload,
			Header: nats.Header{nats.MsgIdHdr: {id}, contentHeader: {formatContent(f.record.Content)}},
		}
		if limit := s.nc.MaxPayload(); int64(o.msg.Size()) > limit {
			s.refuseTooLarge(o, phrase.Errorf("with its header it has %d bytes, the broker takes %d (max_payload)", o.msg.Size(), limit))
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
