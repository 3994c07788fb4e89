package send

import (
	"context"
	"slices"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/minyi/minyi/dict/phrase"
)

// scanPull is how many headers are asked for at a time; see the table of
// reading speeds in the design of the pipeline.
const scanPull = 5000

// scanSilence is how long a consumer may have nothing to hand over.
const scanSilence = 5 * time.Second

// idScan reads the message ids of a stream.
type idScan struct {
	stream  jetstream.Stream
	patient func(ctx context.Context, f func(context.Context) error) error // repeats f while it fails for a while
	each    func(seq uint64, id string, content uint32)                    // for messages with an id
}

// read calls each for every stored message of the sequences [from, to], once
// and in order, with the fingerprint of its content, 0 where it has none. It returns nil only if
// the leader of the stream has confirmed that nothing was left out.
func (s *idScan) read(ctx context.Context, from, to uint64) error {
	for next := from; next <= to; {
		err := s.patient(ctx, func(ctx context.Context) error {
			reached, err := s.readOnce(ctx, next, to)
			next = max(next, reached+1)
			if err == nil && next <= to {
				// The consumer has no more. That may be the lag of a replica.
				err = s.confirmGone(ctx, next, to)
				if err == nil {
					next = to + 1
				}
			}
			return err
		})
		if err != nil {
			return phrase.Errorf("read the ids of the stream from sequence %d: %w", next, err)
		}
	}
	return nil
}

// readOnce reads with one consumer, and returns the last sequence it handed
// over, also with an error.
func (s *idScan) readOnce(ctx context.Context, from, to uint64) (reached uint64, err error) {
	reached = from - 1
	c, err := s.stream.CreateConsumer(ctx, jetstream.ConsumerConfig{
		DeliverPolicy: jetstream.DeliverByStartSequencePolicy, OptStartSeq: from,
		AckPolicy: jetstream.AckNonePolicy, HeadersOnly: true,
		MemoryStorage: true, Replicas: 1, InactiveThreshold: 10 * time.Second,
	})
	if err != nil {
		return reached, err
	}
	name := c.CachedInfo().Name
	defer func() {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), time.Second)
		defer cancel()
		_ = s.stream.DeleteConsumer(ctx, name) // else it goes by itself after 10 s
	}()
	if c.CachedInfo().NumPending == 0 {
		return reached, nil
	}
	msgs, err := c.Messages(jetstream.PullMaxMessages(scanPull), jetstream.PullExpiry(10*time.Second),
		jetstream.PullHeartbeat(2*time.Second))
	if err != nil {
		return reached, err
	}
	defer msgs.Stop()
	// Messages that expire or are deleted while the stream is read are never
	// delivered, and the broker does not say so. After a silence the leader is asked.
	awake, sleep := context.WithCancel(ctx)
	defer sleep()
	silence := time.AfterFunc(scanSilence, sleep)
	defer silence.Stop()
	for delivered := uint64(0); ; {
		m, err := msgs.Next(jetstream.NextContext(awake))
		if err != nil && awake.Err() != nil && ctx.Err() == nil {
			return reached, nil
		}
		if err != nil {
			return reached, err // no heartbeat, consumer gone, connection lost: begin again behind reached
		}
		silence.Reset(scanSilence)
		meta, err := m.Metadata()
		if err != nil {
			return reached, err
		}
		if delivered++; meta.Sequence.Consumer != delivered {
			return reached, phrase.New("a message was lost on the way")
		}
		if meta.Sequence.Stream <= to {
			if id := m.Headers().Get(nats.MsgIdHdr); id != "" {
				s.each(meta.Sequence.Stream, id, parseContent(m.Headers().Get(contentHeader)))
			}
			reached = meta.Sequence.Stream
		}
		if meta.Sequence.Stream >= to {
			return to, nil
		}
		if meta.NumPending == 0 {
			return reached, nil
		}
	}
}

// confirmGone asks the leader whether none of [from, to] is stored any more.
func (s *idScan) confirmGone(ctx context.Context, from, to uint64) error {
	info, err := s.stream.Info(ctx, jetstream.WithDeletedDetails(true))
	if err != nil {
		return err
	}
	st := info.State
	for seq := max(from, st.FirstSeq); seq <= min(to, st.LastSeq); seq++ {
		if _, gone := slices.BinarySearch(st.Deleted, seq); !gone {
			return phrase.Errorf("the replica that was read does not have sequence %d yet", seq)
		}
	}
	return nil
}

// readIDs takes the ids of the sequences into known and the tip.
func (s *sending) readIDs(ctx context.Context, from, to uint64, each func(seq uint64, key idKey)) error {
	scan := idScan{stream: s.stream, patient: s.patiently, each: func(seq uint64, id string, content uint32) {
		key := keyOf(id)
		if _, there := s.known[key]; !there {
			s.known[key] = stored(content, seq)
		}
		s.sawTip(seq, id)
		s.log.saw(seq, key)
		each(seq, key)
		if s.moment.Scanned++; s.moment.Scanned%1024 == 0 {
			s.show(false)
			if len(s.queue) == 0 {
				s.lastGood = time.Now() // nothing waits to be stored
			}
		}
	}}
	if err := scan.read(ctx, from, to); err != nil {
		return err
	}
	s.log.readAll(from, to)
	return nil
}
