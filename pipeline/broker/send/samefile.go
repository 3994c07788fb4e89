package send

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"path/filepath"
	"slices"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/pipeline/intake"
)

// placeOf is the hash of where a file is.
func placeOf(file string) string {
	if abs, err := filepath.Abs(file); err == nil {
		file = abs
	}
	sum := sha256.Sum256([]byte(file))
	return hex.EncodeToString(sum[:8])
}

// amongOthers finds the position of a file whose name another file has: under its
// own place, or of one that begins with the same records. Else the file is new,
// and its scope is its place.
func (s *sending) amongOthers(ctx context.Context, bucket jetstream.KeyValue, first string) (position, bool, error) {
	own := first + "." + s.path
	if q, found, err := s.readPosition(ctx, bucket, own); found || err != nil {
		s.entry = own
		return q, found, err
	}
	if err := s.readHead(ctx); err != nil {
		return position{}, false, err
	}
	keys, err := bucket.ListKeysFiltered(ctx, first, first+".*")
	if err != nil {
		return position{}, false, phrase.Errorf("list the positions: %w", err)
	}
	defer func() { _ = keys.Stop() }()
	for key := range keys.Keys() {
		q, found, err := s.readPosition(ctx, bucket, key)
		if err != nil {
			return position{}, false, err
		}
		if found && s.head.sameFile(q.Head) {
			s.entry = key
			return q, true, nil
		}
	}
	s.entry = own
	return position{Scope: s.path}, false, nil
}

// head is how a file begins: the digests of its first 1, 2, 4, … records, up to
// 1024, as far as it has them, and of its last if it has fewer.
type head struct {
	Records []int    `json:"records"`
	Digests []string `json:"digests"`
}

const headRecords = 1024

// readHead reads the beginning of the file.
func (s *sending) readHead(ctx context.Context) error {
	if s.head != nil {
		return nil
	}
	f, err := openFeed(s.name, s.intake)
	if err != nil {
		return err
	}
	defer f.close()
	defer func() { s.digest.Reset(); s.taken = 0 }()
	h := &head{}
	add := func() {
		h.Records = append(h.Records, s.taken)
		h.Digests = append(h.Digests, s.markHere().digest)
	}
	for s.taken < headRecords {
		item, more := f.next(ctx)
		if !more || item.err != nil && !errors.As(item.err, new(*intake.RecordError)) {
			break
		}
		s.addToDigest(item)
		if s.taken&(s.taken-1) == 0 {
			add()
		}
	}
	if s.taken > 0 && h.Records[len(h.Records)-1] != s.taken {
		add()
	}
	s.head = h
	return ctx.Err()
}

// sameFile tells whether one file begins as all of the other does, or both with
// the same 1024 records: one was copied, moved, or has grown since.
func (h *head) sameFile(o *head) bool {
	if o == nil || len(h.Records) == 0 || len(o.Records) == 0 {
		return false
	}
	short, long := h, o
	if h.Records[len(h.Records)-1] > o.Records[len(o.Records)-1] {
		short, long = o, h
	}
	at := len(short.Records) - 1
	if i := slices.Index(long.Records, short.Records[at]); i >= 0 {
		return long.Digests[i] == short.Digests[at]
	}
	// The long one has no digest at that place: the next smaller power is compared,
	// which at least half of the short file is.
	at--
	return at >= 0 && len(long.Records) > at && long.Digests[at] == short.Digests[at]
}

// claim writes the first position of a file. taken: another sender was faster.
func (s *sending) claim(ctx context.Context, bucket jetstream.KeyValue, p position) (taken bool, err error) {
	if err := s.readHead(ctx); err != nil {
		return false, err
	}
	p.Head = s.head
	value, err := json.Marshal(p)
	if err != nil {
		return false, err
	}
	_, err = bucket.Create(ctx, s.entry, value)
	if errors.Is(err, jetstream.ErrKeyExists) {
		_, there, readErr := s.readPosition(ctx, bucket, s.entry)
		if there || readErr != nil {
			return there, readErr
		}
		_, err = bucket.Put(ctx, s.entry, value) // of a stream that is gone
	}
	return false, err
}
