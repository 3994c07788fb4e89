package broker

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/pipeline"
	"github.com/minyi/minyi/pipeline/broker/internal/wire"
)

// publications keeps the last publication of --min-cell in the bucket COUNTS: its head at
// the key published, its bytes, which may be more than one message holds, at published.0
// and so on. Head and bytes are stored as one atomic batch. It has the cells as they were,
// and the bucket has them as they are: who may read the one may read the other.
//
// It implements [pipeline.PublicationStore].
type publications struct{ c *Conn }

// Publications returns where the last publication is kept.
func (c *Conn) Publications() pipeline.PublicationStore { return publications{c} }

// keyPublished is the key of the head; no tally is called so.
const keyPublished = "published"

// publicationHead is its value.
type publicationHead struct {
	Parts  int       `json:"parts"`
	SHA256 string    `json:"sha256"` // of all parts
	At     time.Time `json:"at"`
}

// mostPart is how many bytes a part has at most.
const mostPart = 512 << 10

func partKey(i int) string { return keyPublished + "." + strconv.Itoa(i) }

// LoadPublication reads the head, and the parts if it is not the one that is known.
func (p publications) LoadPublication(ctx context.Context, known uint64) (body []byte, rev uint64, err error) {
	for ctx.Err() == nil {
		m, ok, err := p.get(ctx, keyPublished)
		if err != nil || !ok || m.Seq == known {
			return nil, m.Seq, err
		}
		var head publicationHead
		if err := json.Unmarshal(m.Data, &head); err != nil {
			return []byte{}, m.Seq, nil //nolint:nilerr // what cannot be read is said and replaced by who decodes it
		}
		body = nil
		for i := range head.Parts {
			part, _, err := p.get(ctx, partKey(i))
			if err != nil {
				return nil, m.Seq, err
			}
			body = append(body, part.Data...)
		}
		if sum := sha256.Sum256(body); hex.EncodeToString(sum[:]) == head.SHA256 {
			return body, m.Seq, nil
		}
		// Another one was stored meanwhile, or the parts are gone.
		if now, _, err := p.get(ctx, keyPublished); err != nil || now.Seq == m.Seq {
			if err == nil {
				return []byte{}, m.Seq, nil
			}
			return nil, m.Seq, err
		}
	}
	return nil, 0, ctx.Err()
}

func (p publications) get(ctx context.Context, key string) (wire.Message, bool, error) {
	m, ok, err := wire.FromLeader(ctx, p.c.js, p.c.names.BucketStream, wire.Query{Last: p.c.names.kvSubject(key)})
	if wire.HasCode(err, jetstream.JSErrCodeStreamNotFound) {
		return m, false, nil
	}
	if err != nil {
		return m, false, phrase.Errorf("read key %s of bucket %s: %w", key, p.c.names.Bucket, err)
	}
	return m, ok && len(m.Data) > 0, nil // without data: removed by nats kv del
}

// StorePublication stores head and parts if rev is still the revision of the head.
func (p publications) StorePublication(ctx context.Context, body []byte, rev uint64) (uint64, error) {
	size := mostPart
	if most := int(p.c.nc.MaxPayload()) / 2; most > 0 {
		size = min(size, most)
	}
	var batch []*nats.Msg
	for part := range bytesIn(body, size) {
		m := nats.NewMsg(p.c.putSubject(partKey(len(batch))))
		m.Data = part
		batch = append(batch, m)
	}
	sum := sha256.Sum256(body)
	head := nats.NewMsg(p.c.putSubject(keyPublished))
	var err error
	if head.Data, err = json.Marshal(publicationHead{len(batch), hex.EncodeToString(sum[:]), time.Now().UTC()}); err != nil {
		return 0, err
	}
	head.Header.Set(jetstream.ExpectedLastSubjSeqHeader, strconv.FormatUint(rev, 10))
	// The head is last: the sequence of the batch is its revision.
	return (&ledger{c: p.c}).store(ctx, append(batch, head))
}

// bytesIn yields parts of some size.
func bytesIn(b []byte, size int) func(yield func([]byte) bool) {
	return func(yield func([]byte) bool) {
		for r := bytes.NewBuffer(b); r.Len() > 0; {
			if !yield(r.Next(size)) {
				return
			}
		}
	}
}
