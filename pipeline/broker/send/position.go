package send

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/pipeline/intake"
)

// position is how far a file was sent: the value in the bucket of positions.
// All of its first Records are stored in the stream, or were.
type position struct {
	File    string    `json:"file"`            // base name, for people who look at the bucket
	Path    string    `json:"path,omitempty"`  // hash of where it was; "" of files that older releases sent
	Scope   string    `json:"scope,omitempty"` // see intake.Options
	Head    *head     `json:"head,omitempty"`
	Records int       `json:"records"`
	Digest  string    `json:"digest"`  // of the payloads of these records
	Refused int       `json:"refused"` // if not 0, some of them may not have been sent
	Created time.Time `json:"created"` // of the stream

	// A message at or behind the last of them, as a proof that the stream is
	// still the one that took them. Tip 0: none is known.
	Tip   uint64 `json:"tip"`
	TipID string `json:"tip_id"`
}

// positionKey is the key of the first file with a base name: senders of other
// streams do not meet, and any name makes a key. Those of other files with the
// name have the hash of their place behind it.
func positionKey(stream, file string) string {
	sum := sha256.Sum256([]byte(stream + "\x00" + intake.BaseName(file)))
	return hex.EncodeToString(sum[:16])
}

// loadPosition finds out which file this is, and returns its position if that can
// be believed, else one of no records. Errors mean that the bucket could not be
// asked.
//
// Records without ids are known by the base name of their file, so that it may be
// sent again from anywhere. Two files of one name are told apart by where they
// are: the second gets a scope of its own. A file that begins as one that was sent
// from elsewhere is that one, copied or moved.
func (s *sending) loadPosition(ctx context.Context) (position, error) {
	first := positionKey(s.names.Suggestions, s.name)
	s.entry, s.path = first, placeOf(s.name)
	if s.once {
		return position{}, nil
	}
	bucket, err := s.bucket(ctx)
	if err != nil {
		return position{}, err
	}
	p, found, err := s.readPosition(ctx, bucket, first)
	if err != nil {
		return position{}, err
	}
	if found && p.Path != "" && p.Path != s.path {
		if p, found, err = s.amongOthers(ctx, bucket, first); err != nil {
			return position{}, err
		}
	}
	s.intake.Scope = p.Scope
	if !found {
		// Claimed before anything is sent, so that a second file of the name finds it.
		p.File, p.Path, p.Created = intake.BaseName(s.name), s.path, s.info.Created
		taken, err := s.claim(ctx, bucket, p)
		if taken {
			return s.loadPosition(ctx) // by another sender in between
		}
		return position{}, err
	}
	if s.head = p.Head; p.Path != "" { // else an older release sent it, from here as far as anybody knows
		s.path = p.Path
	}
	if !s.believable(ctx, p) {
		return position{}, nil
	}
	return p, nil
}

// readPosition returns the position under a key, if there is one of this stream.
func (s *sending) readPosition(ctx context.Context, bucket jetstream.KeyValue, key string) (p position, found bool, err error) {
	e, err := bucket.Get(ctx, key)
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return position{}, false, nil
	}
	if err != nil {
		return position{}, false, phrase.Errorf("read the position: %w", err)
	}
	if json.Unmarshal(e.Value(), &p) != nil || !p.Created.Equal(s.info.Created) {
		return position{}, false, nil //nolint:nilerr // what cannot be read is no position, and the stream is read instead
	}
	return p, true, nil
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
		return nil, phrase.Errorf("bucket %s: %w", s.names.Positions, err)
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
	if at < 0 || s.once {
		return
	}
	m := s.marks[at]
	if m == s.kept {
		return
	}
	s.marks = append(s.marks[:0], s.marks[at:]...)
	p := position{
		File: intake.BaseName(s.name), Path: s.path, Scope: s.intake.Scope, Head: s.head, Records: m.records, Digest: m.digest, Refused: s.report.Refused,
		Created: s.info.Created, Tip: s.tip, TipID: s.tipID,
	}
	kv, err := s.bucket(ctx)
	if err == nil {
		err = s.writePosition(ctx, kv, p)
	}
	if s.report.Position = err; err == nil {
		s.kept = m
	}
}

// writePosition writes a position under the key of this file, also when ctx has
// ended.
func (s *sending) writePosition(ctx context.Context, kv jetstream.KeyValue, p position) error {
	value, err := json.Marshal(p)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer cancel()
	_, err = kv.Put(ctx, s.entry, value)
	return err
}

// markHere is the mark of all records taken so far.
func (s *sending) markHere() mark {
	return mark{records: s.taken, digest: hex.EncodeToString(s.digest.Sum(nil))}
}
