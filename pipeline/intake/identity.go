package intake

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"hash"
	"strconv"
)

// identity derives the ids of records that bring none; see [Record.ID].
type identity struct {
	base string
	sum  hash.Hash
	seen map[uint64]uint32 // occurrences by the first 64 bits of the digest
	buf  [sha256.Size]byte
}

func newIdentity(base string) identity {
	return identity{base: base, sum: sha256.New(), seen: map[uint64]uint32{}}
}

// derive counts the content as seen once more.
func (i *identity) derive(content []byte) string {
	i.sum.Reset()
	i.sum.Write([]byte(i.base))
	i.sum.Write([]byte{0})
	i.sum.Write(content)
	digest := i.sum.Sum(i.buf[:0])
	key := binary.BigEndian.Uint64(digest)
	i.seen[key]++
	id := make([]byte, 0, 2*16+11)
	id = hex.AppendEncode(id, digest[:16])
	id = append(id, '.')
	return string(strconv.AppendUint(id, uint64(i.seen[key]), 10))
}
