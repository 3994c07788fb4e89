package broker

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/minyi/minyi/pipeline"
	"github.com/minyi/minyi/pipeline/broker/internal/wire"
)

// take adds a message to the view, and returns how many are to come.
func (fo *follower) take(ctx context.Context, m jetstream.Msg) (pending uint64, err error) {
	meta, ok := wire.ParseReply(m.Reply())
	if !ok {
		return 0, errors.New("read counts: message without metadata")
	}
	if fo.cursor.resumed(m.Reply()) {
		if there, err := fo.cursor.isThere(ctx); err != nil || !there {
			return 0, cmp.Or(err, errStale)
		}
	}
	fo.cursor.add(m.Reply(), meta)
	key := strings.TrimPrefix(m.Subject(), fo.prefix)
	gone := m.Headers().Get("KV-Operation") != ""
	switch key {
	case keySpec:
		// It is stored before everything else. One that does not replace the one that
		// was read, as renamed themes do, says that the tally was removed from the
		// bucket, and is counted again.
		if fo.spec != 0 && fo.spec != meta.Seq && !replaces(m, fo.spec) {
			return 0, errStale
		}
		fo.spec, fo.info, fo.parsed = meta.Seq, m.Data(), nil
	case keyCheckpoint:
		var cp pipeline.Checkpoint
		fo.view.Revision, fo.stored = meta.Seq, meta.Stored
		fo.batch, fo.foreign = m.Headers().Get(headerBatch), false
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
		fo.newest, fo.last = meta.Seq, key // they come in order
		if batch := m.Headers().Get(headerBatch); batch == "" || batch != fo.batch {
			fo.foreign = true
		}
	}
	return meta.Pending, nil
}

// replaces tells whether a value was stored in place of the one of a revision.
func replaces(m jetstream.Msg, rev uint64) bool {
	return m.Headers().Get(jetstream.ExpectedLastSubjSeqHeader) == strconv.FormatUint(rev, 10)
}

// headerBatch is in every message of an atomic batch.
const headerBatch = "Nats-Batch-Id"

func (fo *follower) takeCell(key string, body []byte, gone bool) error {
	k, err := pipeline.ParseKey(key)
	if err != nil {
		return fmt.Errorf("key %q in bucket %s: %w", key, fo.c.names.Bucket, err)
	}
	if gone {
		fo.cells.Set(k, pipeline.Count{})
		return nil
	}
	var n pipeline.Count
	if err := json.Unmarshal(body, &n); err != nil {
		return fmt.Errorf("value of key %q in bucket %s: %w", key, fo.c.names.Bucket, err)
	}
	fo.cells.Set(k, n)
	return nil
}

// tallyInfo returns what the tally is, as it was read.
func (fo *follower) tallyInfo() (pipeline.TallyInfo, error) {
	if fo.spec == 0 {
		return pipeline.TallyInfo{}, fmt.Errorf("%w: its spec is gone", ErrNoTally)
	}
	if fo.parsed == nil {
		info, err := pipeline.ParseTallyInfo(fo.info)
		if err != nil {
			return info, fmt.Errorf("key %q in bucket %s: %w", fo.prefix+keySpec, fo.c.names.Bucket, err)
		}
		fo.parsed = &info
	}
	return *fo.parsed, nil
}
