package send

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/minyi/minyi/pipeline/intake"
)

// position is how far a file was sent: the value in the bucket of positions.
// All of its first Records are stored in the stream, or were.
type position struct {
	File    string    `json:"file"` // base name, for people who look at the bucket
	Records int       `json:"records"`
	Digest  string    `json:"digest"`  // of the payloads of these records
	Refused int       `json:"refused"` // if not 0, some of them may not have been sent
	Created time.Time `json:"created"` // of the stream

	// A message at or behind the last of them, as a proof that the stream is
	// still the one that took them. Tip 0: none is known.
	Tip   uint64 `json:"tip"`
	TipID string `json:"tip_id"`
}

// positionKey is the key of a file. It is a hash of stream and name, so that senders
// to different streams use different keys, and any file name makes a valid key.
func positionKey(stream, file string) string {
	sum := sha256.Sum256([]byte(stream + "\x00" + intake.BaseName(file)))
	return hex.EncodeToString(sum[:16])
}

// loadPosition returns the position of the file if it can be believed, else
// one of no records. Errors mean that the bucket could not be asked.
func (s *sending) loadPosition(ctx context.Context) (position, error) {
	if s.name == "-" {
		return position{}, nil
	}
	bucket, err := s.bucket(ctx)
	if err != nil {
		return position{}, err
	}
	e, err := bucket.Get(ctx, positionKey(s.names.Suggestions, s.name))
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return position{}, nil
	}
	if err != nil {
		return position{}, fmt.Errorf("read the position: %w", err)
	}
	var p position
	if json.Unmarshal(e.Value(), &p) != nil || !s.believable(ctx, p) {
		return position{}, nil //nolint:nilerr // what cannot be read is no position, and the stream is read instead
	}
	return p, nil
}

// believable reports whether the stream is still the one that the position is about.
// A position with refused records is not believed, since the broker may accept them
// today.
func (s *sending) believable(ctx context.Context, p position) bool {
	st := s.info.State
	if !p.Created.Equal(s.info.Created) || p.Records <= 0 || p.Refused > 0 || p.Tip > st.LastSeq {
		return false
	}
	if p.Tip == 0 || p.Tip < st.FirstSeq {
		return p.Tip != 0 // what expired was stored
	}
	m, err := s.stream.GetMsg(ctx, p.Tip)
	if errors.Is(err, jetstream.ErrMsgNotFound) {
		return true // deleted by itself, its sequence was not used again
	}
	return err == nil && m.Header.Get(nats.MsgIdHdr) == p.TipID
}

// bucket returns the bucket of positions, as it is or made now.
func (s *sending) bucket(ctx context.Context) (jetstream.KeyValue, error) {
	if s.positions != nil {
		return s.positions, nil
	}
	kv, err := s.js.KeyValue(ctx, s.names.Positions)
	if errors.Is(err, jetstream.ErrBucketNotFound) {
		kv, err = s.js.CreateKeyValue(ctx, jetstream.KeyValueConfig{
			Bucket: s.names.Positions, Description: "how far files were sent by minyi", Replicas: s.info.Config.Replicas,
		})
		if errors.Is(err, jetstream.ErrBucketExists) { // another sender was faster
			kv, err = s.js.KeyValue(ctx, s.names.Positions)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("bucket %s: %w", s.names.Positions, err)
	}
	s.positions = kv
	return kv, nil
}

// mark is the digest of a number of records.
type mark struct {
	records int
	digest  string
}

// markEvery is the distance of marks, in records.
const markEvery = 1024

// keepPosition writes the newest mark whose records all have an outcome. A
// failure is kept for the report: sending does not depend on it.
func (s *sending) keepPosition(ctx context.Context) {
	settled := s.settled()
	if settled == s.taken {
		s.marks = append(s.marks[:0], s.markHere())
	}
	at := -1
	for i, m := range s.marks {
		if m.records <= settled {
			at = i
		}
	}
	if at < 0 || s.name == "-" {
		return
	}
	m := s.marks[at]
	if m == s.kept {
		return
	}
	s.marks = append(s.marks[:0], s.marks[at:]...)
	p := position{
		File: intake.BaseName(s.name), Records: m.records, Digest: m.digest, Refused: s.report.Refused,
		Created: s.info.Created, Tip: s.tip, TipID: s.tipID,
	}
	value, err := json.Marshal(p)
	if err == nil {
		ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		var kv jetstream.KeyValue
		if kv, err = s.bucket(ctx); err == nil {
			_, err = kv.Put(ctx, positionKey(s.names.Suggestions, s.name), value)
		}
	}
	if s.report.Position = err; err == nil {
		s.kept = m
	}
}

// markHere is the mark of all records taken so far.
func (s *sending) markHere() mark {
	return mark{records: s.taken, digest: hex.EncodeToString(s.digest.Sum(nil))}
}
