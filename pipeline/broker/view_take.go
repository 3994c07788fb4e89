package broker

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"strconv"
	"strings"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/pipeline"
	"github.com/minyi/minyi/pipeline/broker/internal/wire"
)

// take adds a message to the view, and returns how many are to come.
func (fo *follower) take(ctx context.Context, m jetstream.Msg) (pending uint64, err error) {
	meta, ok := wire.ParseReply(m.Reply())
	if !ok {
		return 0, phrase.New("read counts: message without metadata")
	}
	if fo.cursor.resumed(m.Reply()) {
		if there, err := fo.cursor.isThere(ctx); err != nil || !there {
			return 0, cmp.Or(err, errStale)
		}
	}
	fo.cursor.add(m.Reply(), meta)
	h := m.Headers()
	return meta.Pending, fo.add(meta, strings.TrimPrefix(m.Subject(), fo.prefix), m.Data(), cellHeader{
		batch: h.Get(headerBatch), gone: h.Get(headerOperation) != "", replaces: h.Get(jetstream.ExpectedLastSubjSeqHeader),
	})
}

// cellHeader is what the header of a value of the bucket says.
type cellHeader struct {
	batch    string // the id of the atomic batch that it came in
	gone     bool   // the key was deleted
	replaces string // the revision that it was stored in place of
}

const (
	headerBatch     = "Nats-Batch-Id"
	headerOperation = "KV-Operation"
)

// add adds a value of the bucket to the view. The value is not kept.
func (fo *follower) add(meta wire.Meta, key string, body []byte, h cellHeader) error {
	switch key {
	case keySpec:
		// It is stored before everything else. One that does not replace the one that
		// was read, as renamed themes do, says that the tally was removed from the
		// bucket, and is counted again.
		if fo.spec != 0 && fo.spec != meta.Seq && h.replaces != strconv.FormatUint(fo.spec, 10) {
			return errStale
		}
		fo.spec, fo.info, fo.parsed = meta.Seq, bytes.Clone(body), nil
	case keyCheckpoint:
		var cp pipeline.Checkpoint
		fo.view.Revision, fo.stored = meta.Seq, meta.Stored
		fo.batch, fo.foreign = h.batch, false
		if h.gone {
			fo.view.Revision = 0
		} else if err := json.Unmarshal(body, &cp); err != nil {
			return phrase.Errorf("checkpoint: %w", err)
		}
		fo.view.Checkpoint = cp
	default:
		if err := fo.takeCell(key, body, h.gone); err != nil {
			return err
		}
		fo.newest, fo.last = meta.Seq, key // they come in order
		if h.batch == "" || h.batch != fo.batch {
			fo.foreign = true
		}
	}
	return nil
}

func (fo *follower) takeCell(key string, body []byte, gone bool) error {
	k, err := pipeline.ParseKey(key)
	if err != nil {
		return phrase.Errorf("key %q in bucket %s: %w", key, fo.c.names.Bucket, err)
	}
	if gone {
		fo.cells.Set(k, pipeline.Count{})
		return nil
	}
	n, err := pipeline.ParseCount(body)
	if err != nil {
		return phrase.Errorf("value of key %q in bucket %s: %w", key, fo.c.names.Bucket, err)
	}
	fo.cells.Set(k, n)
	return nil
}

// tallyInfo returns what the tally is, as it was read.
func (fo *follower) tallyInfo() (pipeline.TallyInfo, error) {
	if fo.spec == 0 {
		return pipeline.TallyInfo{}, phrase.Errorf("%w: its spec is gone", ErrNoTally)
	}
	if fo.parsed == nil {
		info, err := pipeline.ParseTallyInfo(fo.info)
		if err != nil {
			return info, phrase.Errorf("key %q in bucket %s: %w", fo.prefix+keySpec, fo.c.names.Bucket, err)
		}
		fo.parsed = &info
	}
	return *fo.parsed, nil
}
