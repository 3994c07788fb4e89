package broker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/minyi/minyi/pipeline"
)

// follower builds a view of one tally out of the bucket's messages in the order
// in which they were stored.
//
// When is such a view consistent? Cells are written before the checkpoint of
// their batch. Whoever reads in order and has just come to the newest
// checkpoint has seen all cells up to it, unless one of them was overwritten,
// by a newer batch, before it was read. Then there is a newer checkpoint, or a
// batch is being applied, of which consumers may see the beginning. So the
// leader is asked for the newest checkpoint: it answers between batches, never
// in one. If it is the one that was read, no newer batch had begun.
type follower struct {
	c      *Conn
	prefix string // subject of the tally's keys, with its dot
	view   pipeline.View
	newest uint64 // the highest revision of a cell
}

// viewWithin is how long it may take until a view is consistent.
const viewWithin = 30 * time.Second

// followView calls f with consistent views until f returns true. The view is
// valid during the call; what is kept of it must be copied, unless f ends it.
func (c *Conn) followView(ctx context.Context, tally string, f func(*pipeline.View) (done bool, err error)) error {
	fo := &follower{c: c, prefix: c.names.kvSubject(tally + "."), view: pipeline.View{Cells: make(pipeline.Cells)}}
	cons, err := c.js.OrderedConsumer(ctx, c.bucketStream(), jetstream.OrderedConsumerConfig{
		FilterSubjects: []string{fo.prefix + ">"}, DeliverPolicy: jetstream.DeliverAllPolicy,
	})
	if err != nil {
		return fmt.Errorf("read counts: %w", err)
	}
	defer c.removeConsumer(ctx, c.bucketStream(), cons)
	pending := cons.CachedInfo().NumPending
	it, err := cons.Messages(jetstream.PullMaxMessages(pullMessages))
	if err != nil {
		return fmt.Errorf("read counts: %w", err)
	}
	defer it.Stop()
	for {
		if pending == 0 {
			consistent, err := fo.consistent(ctx)
			if err != nil {
				return err
			}
			if consistent {
				if done, err := f(&fo.view); done || err != nil {
					return err
				}
			}
		}
		m, err := it.Next(jetstream.NextContext(ctx))
		if err != nil {
			return fmt.Errorf("read counts: %w", err)
		}
		if pending, err = fo.take(m); err != nil {
			return err
		}
	}
}

// take adds a message to the view, and returns how many are to come.
func (fo *follower) take(m jetstream.Msg) (pending uint64, err error) {
	meta, ok := parseAck(m.Reply())
	if !ok {
		return 0, errors.New("read counts: message without metadata")
	}
	key := strings.TrimPrefix(m.Subject(), fo.prefix)
	gone := m.Headers().Get("KV-Operation") != ""
	switch key {
	case keySpec:
	case keyCheckpoint:
		var cp pipeline.Checkpoint
		fo.view.Revision = meta.seq
		if gone {
			fo.view.Revision = 0
		} else if err := json.Unmarshal(m.Data(), &cp); err != nil {
			return 0, fmt.Errorf("checkpoint: %w", err)
		}
		fo.view.Checkpoint = cp
	default:
		if err := fo.takeCell(key, m.Data(), gone); err != nil {
			return 0, err
		}
		fo.newest = max(fo.newest, meta.seq)
	}
	return meta.pending, nil
}

func (fo *follower) takeCell(key string, body []byte, gone bool) error {
	k, err := pipeline.ParseKey(key)
	if err != nil {
		return fmt.Errorf("key %q in bucket %s: %w", key, fo.c.names.Bucket, err)
	}
	if gone {
		delete(fo.view.Cells, k)
		return nil
	}
	var n pipeline.Count
	if err := json.Unmarshal(body, &n); err != nil {
		return fmt.Errorf("value of key %q in bucket %s: %w", key, fo.c.names.Bucket, err)
	}
	fo.view.Cells[k] = n
	return nil
}

// consistent tells whether the view is one that was stored.
func (fo *follower) consistent(ctx context.Context) (bool, error) {
	if fo.newest > fo.view.Revision {
		return false, nil // a batch of which the end is to come
	}
	m, ok, err := fo.c.leaderGet(ctx, fo.c.bucketStream(), leaderQuery{Last: fo.prefix + keyCheckpoint})
	if err != nil {
		return false, err
	}
	return ok && m.Seq == fo.view.Revision || !ok && fo.view.Revision == 0, nil
}
