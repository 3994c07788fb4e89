package send

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"sort"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/minyi/minyi/dict/phrase"
)

// idIndex tells whether a message id is in the stream, and where, without a reading
// of the stream: a send of ten lines looks at ten pages. It has every id of the
// sequences up to its end, in segments that follow each other without a gap, and
// is kept in the bucket of positions, under a key for the list of segments and one for
// each page. Pages never change; the list is replaced by compare-and-set.
//
// That an id is not in a segment is believed, if the message that the segment ends
// with is still stored, at the same time (see [sending.proves]). That it is, is
// looked up in the stream ([sending.lookUp]). So an index can be lost, or belong to
// a stream that was made anew or lost its end, and costs a reading of the ids then.
type idIndex struct {
	bucket   jetstream.KeyValue
	root     string
	revision uint64 // of the list; 0: there is none
	segments []segment
	pages    map[string][]byte // that were read
}

// segment lists the ids of the sequences [From, To]. Page n of its 1<<Bits pages has
// those whose hash begins with the bits of n, sorted, each in 12 bytes: the hash,
// and the distance of the sequence from From.
type segment struct {
	Name   string    `json:"name"`
	From   uint64    `json:"from"`
	To     uint64    `json:"to"`
	IDs    int       `json:"ids"`
	Bits   int       `json:"bits"`
	Stored time.Time `json:"stored"` // of the message To
}

// indexVersion is that of the format.
const indexVersion = 1

type indexList struct {
	Version  int       `json:"version"`
	Segments []segment `json:"segments"`
}

const idBytes = 12

// maxSpan is how many sequences a segment can tell apart.
const maxSpan = 1 << 32

// indexSizes bound the index. They are a seam for tests.
type indexSizes struct {
	every  uint64 // messages behind the index that are worth a segment; fewer are read each time
	flush  uint64 // messages after which a segment is written during a run
	page   int    // ids in a page
	merge  int    // ids in a segment that is not merged any more
	looks  int    // in the stream for ids that the index has, before the stream is read
	checks int    // of what is written
}

var defaultIndex = indexSizes{every: 10_000, flush: 1 << 20, page: 2048, merge: 1 << 22, looks: 1000, checks: 8}

func indexRoot(stream string) string {
	sum := sha256.Sum256([]byte(stream))
	return "ids-" + hex.EncodeToString(sum[:8])
}

// readIndex reads the list of segments; one without segments if there is none.
func readIndex(ctx context.Context, bucket jetstream.KeyValue, stream string) (*idIndex, error) {
	x := &idIndex{bucket: bucket, root: indexRoot(stream), pages: map[string][]byte{}}
	e, err := bucket.Get(ctx, x.root)
	if errors.Is(err, jetstream.ErrKeyNotFound) {
		return x, nil
	}
	if err != nil {
		return nil, phrase.Errorf("read the index of ids: %w", err)
	}
	var list indexList
	if err := json.Unmarshal(e.Value(), &list); err != nil || list.Version != indexVersion {
		return nil, phrase.Errorf("read the index of ids: version %d: %w", list.Version, err)
	}
	x.revision = e.Revision()
	for i, seg := range list.Segments {
		if i > 0 && seg.From != list.Segments[i-1].To+1 || seg.From > seg.To || seg.Bits < 0 || seg.Bits > 32 {
			return x, nil // not ours: written anew
		}
	}
	x.segments = list.Segments
	return x, nil
}

// end is the last sequence whose id the index has.
func (x *idIndex) end() uint64 {
	if len(x.segments) == 0 {
		return 0
	}
	return x.segments[len(x.segments)-1].To
}

// find returns the sequences at which the ids with a hash were stored, in order.
func (x *idIndex) find(ctx context.Context, hash uint64) ([]uint64, error) {
	var found []uint64
	for i := range x.segments {
		seg := &x.segments[i]
		page, err := x.page(ctx, seg, hash>>(64-seg.Bits))
		if err != nil {
			return nil, err
		}
		n := len(page) / idBytes
		for j := sort.Search(n, func(j int) bool { return hashAt(page, j) >= hash }); j < n && hashAt(page, j) == hash; j++ {
			found = append(found, seqAt(page, j, seg))
		}
	}
	return found, nil
}

func hashAt(page []byte, i int) uint64 { return binary.BigEndian.Uint64(page[i*idBytes:]) }

func seqAt(page []byte, i int, seg *segment) uint64 {
	return seg.From + uint64(binary.BigEndian.Uint32(page[i*idBytes+8:]))
}

func (x *idIndex) page(ctx context.Context, seg *segment, n uint64) ([]byte, error) {
	key := x.pageKey(seg, n)
	if page, there := x.pages[key]; there {
		return page, nil
	}
	e, err := x.bucket.Get(ctx, key)
	if err != nil {
		return nil, phrase.Errorf("read the index of ids: %w", err)
	}
	page := e.Value()
	if len(page)%idBytes != 0 {
		return nil, phrase.Errorf("read the index of ids: page %s has %d bytes", key, len(page))
	}
	x.pages[key] = page
	return page, nil
}

func (x *idIndex) pageKey(seg *segment, n uint64) string {
	return fmt.Sprintf("%s.%s.%d", x.root, seg.Name, n)
}

// all returns the ids of a segment.
func (x *idIndex) all(ctx context.Context, seg *segment) ([]seenID, error) {
	ids := make([]seenID, 0, seg.IDs)
	for n := range uint64(1) << seg.Bits {
		page, err := x.page(ctx, seg, n)
		if err != nil {
			return nil, err
		}
		for i := range len(page) / idBytes {
			ids = append(ids, seenID{seqAt(page, i, seg), hashAt(page, i)})
		}
	}
	if len(ids) != seg.IDs {
		return nil, phrase.Errorf("read the index of ids: segment %s has %d ids, not %d", seg.Name, len(ids), seg.IDs)
	}
	return ids, nil
}

// store writes the pages of a segment.
func (x *idIndex) store(ctx context.Context, seg *segment, ids []seenID, perPage int) error {
	slices.SortFunc(ids, func(a, b seenID) int {
		if a.hash != b.hash {
			return compareUint(a.hash, b.hash)
		}
		return compareUint(a.seq, b.seq)
	})
	seg.IDs = len(ids)
	for len(ids)>>seg.Bits > perPage {
		seg.Bits++
	}
	for n := range uint64(1) << seg.Bits {
		var page bytes.Buffer
		for len(ids) > 0 && ids[0].hash>>(64-seg.Bits) == n {
			var b [idBytes]byte
			binary.BigEndian.PutUint64(b[:], ids[0].hash)
			binary.BigEndian.PutUint32(b[8:], uint32(ids[0].seq-seg.From))
			page.Write(b[:])
			ids = ids[1:]
		}
		if _, err := x.bucket.Put(ctx, x.pageKey(seg, n), page.Bytes()); err != nil {
			return phrase.Errorf("write the index of ids: %w", err)
		}
	}
	return nil
}

// replace makes segments the list. wire.IsLost tells of its error that another sender
// was faster.
func (x *idIndex) replace(ctx context.Context, segments []segment) (err error) {
	value, err := json.Marshal(indexList{indexVersion, segments})
	if err != nil {
		return err
	}
	var revision uint64
	if x.revision == 0 {
		revision, err = x.bucket.Create(ctx, x.root, value)
	} else {
		revision, err = x.bucket.Update(ctx, x.root, value, x.revision)
	}
	if err != nil {
		return phrase.Errorf("write the index of ids: %w", err)
	}
	x.segments, x.revision = segments, revision
	return nil
}

func compareUint(a, b uint64) int {
	if a < b {
		return -1
	}
	if a > b {
		return 1
	}
	return 0
}
