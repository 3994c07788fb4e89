package send

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nuid"

	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/pipeline/broker/internal/wire"
)

// scanAll makes known which ids are in the stream: the index has most of them, and
// those behind it are read.
func (s *sending) scanAll(ctx context.Context) error {
	s.lastGood = time.Now()
	if err := s.refreshInfo(ctx); err != nil {
		return err
	}
	st := s.info.State
	s.base = st.LastSeq
	s.openIndex(ctx)
	from := max(st.FirstSeq, 1)
	if s.index != nil {
		from = max(from, s.index.end()+1)
	}
	s.log.begin(from)
	if from > st.LastSeq {
		return nil
	}
	s.moment.ToScan = min(st.Msgs, st.LastSeq-from+1)
	s.known = make(map[idKey]holder, s.moment.ToScan)
	return s.readIDs(ctx, from, st.LastSeq, func(uint64, idKey) {})
}

// openIndex reads the index, and forgets the segments that are not about this stream.
// Without an index the stream is read.
func (s *sending) openIndex(ctx context.Context) {
	bucket, err := s.bucket(ctx)
	if err != nil {
		s.report.Position = err
		return
	}
	if s.index, err = readIndex(ctx, bucket, s.names.Suggestions); err != nil {
		s.report.Position = err
		return
	}
	x := s.index
	if x.end() < s.info.State.FirstSeq || len(x.segments) > 0 && x.segments[0].From > s.info.State.FirstSeq {
		x.segments = nil // all of it is gone from the stream, or it is not about this one
	}
	for len(x.segments) > 0 && !s.proves(ctx, &x.segments[len(x.segments)-1]) {
		x.segments = x.segments[:len(x.segments)-1]
	}
}

// proves tells whether the stream still has the message that a segment ends with.
// Then it has those before it, too, or deleted them: a broker loses the end of a
// stream, and gives its sequences to other messages at other times.
func (s *sending) proves(ctx context.Context, seg *segment) bool {
	m, ok, err := wire.FromLeader(ctx, s.js, s.names.Suggestions, wire.Query{Seq: seg.To})
	if err != nil || !ok || !m.Time.Equal(seg.Stored) {
		return false
	}
	s.sawTip(m.Seq, idIn(m))
	return true
}

// idIn returns the id of a message, "" if it has none.
func idIn(m wire.Message) string { return headerOf(m).Get(nats.MsgIdHdr) }

func headerOf(m wire.Message) nats.Header {
	if len(m.Header) == 0 {
		return nil
	}
	h, err := nats.DecodeHeadersMsg(m.Header)
	if err != nil {
		return nil
	}
	return h
}

// holderOf returns who has an id. An index that cannot be read, or that knows so many
// of the ids that looking at each would cost more than reading all, is not asked
// any more.
func (s *sending) holderOf(ctx context.Context, key idKey, id string) (holder, bool, error) {
	h, there := s.known[key]
	if there || s.index == nil || len(s.index.segments) == 0 {
		return h, there, nil
	}
	h, there, ok := s.lookUp(ctx, key, id)
	if ok {
		return h, there, nil
	}
	end := s.index.end()
	s.index.segments = nil
	first := max(s.info.State.FirstSeq, 1)
	s.log.from = first
	if err := s.readIDs(ctx, first, end, func(uint64, idKey) {}); err != nil {
		return h, false, err
	}
	h, there = s.known[key]
	return h, there, nil
}

// lookUp asks the index for an id, and looks at the messages that it names. ok is false
// if that could not be done.
func (s *sending) lookUp(ctx context.Context, key idKey, id string) (h holder, there, ok bool) {
	found, err := s.index.find(ctx, key.hash())
	if err != nil {
		return h, false, false
	}
	for _, seq := range found {
		if seq < s.info.State.FirstSeq {
			continue
		}
		if s.looks++; s.looks > s.sizes.looks {
			return h, false, false
		}
		m, exists, err := wire.FromLeader(ctx, s.js, s.names.Suggestions, wire.Query{Seq: seq})
		if err != nil {
			return h, false, false
		}
		if header := headerOf(m); exists && header.Get(nats.MsgIdHdr) == id {
			h = stored(parseContent(header.Get(contentHeader)), seq)
			s.known[key] = h
			return h, true, true
		}
	}
	return h, false, true
}

// keepIndex writes what the run learned to the index, once that is worth it. A failure
// costs the next run the reading of the same ids, and is kept for the report.
func (s *sending) keepIndex(ctx context.Context, atLeast uint64) {
	if s.index == nil || uint64(len(s.log.ids)) < atLeast && s.base < s.log.from+atLeast {
		return
	}
	if s.nc.Stats().Reconnects != s.reconnects {
		return // what was acknowledged before may be lost: the next run reads what is there
	}
	to, ok := s.log.covered()
	if !ok || to+1 < s.log.from+atLeast || to-s.log.from >= maxSpan {
		return
	}
	if err := s.extendIndex(ctx, to); err != nil && !wire.IsLost(err) { // else another sender was faster
		s.report.Position = err
	}
}

// extendIndex makes a segment of the log up to a sequence. Segments before it that are
// not larger become part of it, so that a stream of n messages has log n segments.
func (s *sending) extendIndex(ctx context.Context, to uint64) error {
	x := s.index
	seg := segment{Name: nuid.Next(), From: s.log.from, To: to}
	ids := s.log.take(to)
	end, ok, err := wire.FromLeader(ctx, s.js, s.names.Suggestions, wire.Query{Seq: to})
	if err != nil || !ok {
		return err // deleted meanwhile: the next run finds another end
	}
	seg.Stored = end.Time
	if err := s.checkLog(ctx, ids); err != nil {
		return err
	}
	keep := len(x.segments)
	for keep > 0 {
		last := &x.segments[keep-1]
		if last.IDs > len(ids) || last.IDs+len(ids) > s.sizes.merge || to-last.From >= maxSpan {
			break
		}
		before, err := x.all(ctx, last)
		if err != nil {
			return err
		}
		ids, seg.From = append(before, ids...), last.From
		keep--
	}
	expired := 0
	for expired < keep && x.segments[expired].To < s.info.State.FirstSeq {
		expired++
	}
	gone := slices.Concat(x.segments[:expired], x.segments[keep:])
	err = x.store(ctx, &seg, ids, s.sizes.page)
	if err == nil {
		err = x.replace(ctx, append(x.segments[expired:keep:keep], seg))
	}
	if err != nil {
		gone = []segment{seg}
	}
	s.dropPages(ctx, gone)
	return err
}

// checkLog compares some of the ids with the stream: an index is believed in what it
// does not have, so nothing wrong may get into it.
func (s *sending) checkLog(ctx context.Context, ids []seenID) error {
	for range min(s.sizes.checks, len(ids)) {
		id := ids[rand.IntN(len(ids))]
		m, ok, err := wire.FromLeader(ctx, s.js, s.names.Suggestions, wire.Query{Seq: id.seq})
		if err != nil {
			return err
		}
		if ok && keyOf(idIn(m)).hash() != id.hash {
			return phrase.Errorf("index of ids: %w: sequence %d has another message than was acknowledged", ErrLostMessages, id.seq)
		}
	}
	return nil
}

// dropPages removes the pages of segments. A sender that still reads them reads the
// stream instead.
func (s *sending) dropPages(ctx context.Context, segments []segment) {
	if len(segments) == 0 {
		return
	}
	stream, err := s.js.Stream(ctx, "KV_"+s.names.Positions)
	if err != nil {
		return // they only take room
	}
	for _, seg := range segments {
		subject := fmt.Sprintf("$KV.%s.%s.%s.>", s.names.Positions, s.index.root, seg.Name)
		_ = stream.Purge(ctx, jetstream.WithPurgeSubject(subject)) // they only take room
	}
	s.index.pages = map[string][]byte{}
}
