package classifier

import (
	"bufio"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"hash"
	"hash/crc32"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"

	"github.com/minyi/minyi/dict/phrase"
)

// The format of a lexicon file. All numbers are little-endian:
//
//	magic     16 bytes, lexiconMagic
//	hash      32 bytes, the SHA-256 that hashWords gives
//	total     float64
//	counts    5 x uint32: units, nodes, logs, pairs, triples
//	unitBytes uint32, the size of units
//	units     each a length in one byte, and that many bytes
//	nodes     uint64 each
//	logs      float32 each
//	pairs     uint64 each
//	triples   uint64 each
//	checksum  uint32, CRC-32C of all before it
//
// The checksum finds damage. Whoever can write the file can make it fit, and would choose
// what is counted as what; so the SHA-256 of the whole file has to be the one that is
// known beforehand, and the file has to belong to this user or to root, and to be
// writable by its owner only.
const (
	lexiconMagic  = "minyi lexicon 3\n"
	lexiconHeader = 16 + 32 + 8 + 6*4
)

// gseHash is the hash of gse's simplified dictionary. A test compares it with the
// dictionary; New does not, because reading that would take longer than the rest of
// a start.
const gseHash = "379702762a32939d2d701a34b01d4ca1c85432afa7e80302af9a410189196fdf"

// gseSum is the SHA-256 of the file of its tables. A test compares it. Should a machine
// compute a logarithm otherwise in the last place, it makes the tables at each start.
const gseSum = "68d8f9b8b4d3e4531cde5c71e42aaeddb599c7b2e6fb35909c855fb2a2fd7632"

// errLexicon says that a file is not a usable lexicon.
var errLexicon = phrase.New("not a lexicon, or not this one, or damaged")

// lexiconPath returns the path, within dir, of the lexicon for the dictionary with
// that hash.
func lexiconPath(dir, hash string) string {
	return filepath.Join(dir, "gse-"+hash[:16]+"-3.lexicon")
}

// writeLexicon writes x, the lexicon of the dictionary with that hash, to path, and
// creates folders as needed. Other processes see either no file or the complete one.
func writeLexicon(path, hash string, x *lexicon) (err error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return err
	}
	f, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*.tmp")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_ = os.Remove(f.Name()) // the first error is the one to report
		}
	}()
	buffer := bufio.NewWriterSize(f, 1<<16)
	w := &lexiconWriter{w: buffer, sum: crc32.New(castagnoli())}
	w.lexicon(hash, x)
	w.uint32(w.sum.Sum32())
	err = errors.Join(w.err, buffer.Flush(), f.Close())
	if err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

func castagnoli() *crc32.Table { return crc32.MakeTable(crc32.Castagnoli) }

type lexiconWriter struct {
	w   io.Writer
	sum hash.Hash32
	err error
	b   [8]byte
}

func (w *lexiconWriter) bytes(b []byte) {
	if w.err == nil {
		_, _ = w.sum.Write(b) // never fails
		_, w.err = w.w.Write(b)
	}
}

func (w *lexiconWriter) uint32(x uint32) {
	w.bytes(binary.LittleEndian.AppendUint32(w.b[:0], x))
}

func (w *lexiconWriter) uint64(x uint64) {
	w.bytes(binary.LittleEndian.AppendUint64(w.b[:0], x))
}

func (w *lexiconWriter) lexicon(hash string, x *lexicon) {
	key, err := hex.DecodeString(hash)
	if err != nil {
		w.err = err
		return
	}
	w.bytes([]byte(lexiconMagic))
	w.bytes(key)
	w.uint64(math.Float64bits(x.total))
	var units []byte
	for _, u := range x.units {
		if len(u) > math.MaxUint8 {
			w.err = phrase.Errorf("a unit of %d bytes", len(u))
			return
		}
		units = append(append(units, byte(len(u))), u...)
	}
	for _, n := range []int{
		len(x.units), len(x.words.nodes), len(x.logs), len(x.adjacency.pairs), len(x.adjacency.triples), len(units),
	} {
		w.uint32(uint32(n))
	}
	w.bytes(units)
	for _, n := range x.words.nodes {
		w.uint64(uint64(n))
	}
	for _, l := range x.logs {
		w.uint32(math.Float32bits(l))
	}
	for _, p := range x.adjacency.pairs {
		w.uint64(p)
	}
	for _, t := range x.adjacency.triples {
		w.uint64(t)
	}
}

// readLexicon reads the lexicon of the dictionary with that hash, from a file with that
// SHA-256. The error is errLexicon if the file is anything else, or an error of the system.
func readLexicon(path, hash, fileSum string) (*lexicon, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || !ownFile(info) {
		return nil, errLexicon
	}
	whole := sha256.New()
	r := &lexiconReader{r: bufio.NewReaderSize(io.TeeReader(f, whole), 1<<16), sum: crc32.New(castagnoli()), buf: make([]byte, 1<<16)}
	x := r.lexicon(hash, info.Size())
	want := r.sum.Sum32()
	if sum := r.bytes(4); r.err == nil && binary.LittleEndian.Uint32(sum) != want {
		r.err = errLexicon
	}
	if r.err == nil && hex.EncodeToString(whole.Sum(nil)) != fileSum {
		r.err = errLexicon
	}
	if r.err != nil {
		return nil, r.err
	}
	return x, nil
}

type lexiconReader struct {
	r   io.Reader
	sum hash.Hash32
	buf []byte
	err error
}

// bytes returns the next n bytes, n at most len(r.buf). They are valid until the
// next call.
func (r *lexiconReader) bytes(n int) []byte {
	b := r.buf[:n]
	if r.err == nil {
		_, r.err = io.ReadFull(r.r, b)
		_, _ = r.sum.Write(b) // never fails
	}
	if errors.Is(r.err, io.EOF) || errors.Is(r.err, io.ErrUnexpectedEOF) {
		r.err = errLexicon
	}
	if r.err != nil {
		clear(b)
	}
	return b
}

// uint64s returns the next n numbers. The file has to be known to have them.
func uint64s[T ~uint64](r *lexiconReader, n int) []T {
	out := make([]T, n)
	for left := out; len(left) > 0 && r.err == nil; {
		b := r.bytes(8 * min(len(left), len(r.buf)/8))
		for i := range len(b) / 8 {
			left[i] = T(binary.LittleEndian.Uint64(b[8*i:]))
		}
		left = left[len(b)/8:]
	}
	return out
}

// strings returns the next n strings, each with its length before it, which have to
// take size bytes in all.
func (r *lexiconReader) strings(n, size int) []string {
	var all strings.Builder
	for all.Len() < size && r.err == nil {
		all.Write(r.bytes(min(size-all.Len(), len(r.buf))))
	}
	out, rest := make([]string, 0, n), all.String()
	for range n {
		if rest == "" || len(rest) <= int(rest[0]) {
			r.err = errors.Join(r.err, errLexicon)
			return nil
		}
		out = append(out, rest[1:1+int(rest[0])])
		rest = rest[1+int(rest[0]):]
	}
	if rest != "" {
		r.err = errors.Join(r.err, errLexicon)
	}
	return out
}

// lexicon reads everything except the checksum. It allocates only what the size of
// the file shows to be there.
func (r *lexiconReader) lexicon(hash string, size int64) *lexicon {
	header := r.bytes(lexiconHeader)
	if string(header[:16]) != lexiconMagic || hex.EncodeToString(header[16:48]) != hash {
		r.err = errors.Join(r.err, errLexicon)
		return nil
	}
	x := &lexicon{total: math.Float64frombits(binary.LittleEndian.Uint64(header[48:]))}
	var counts [6]int
	for i := range counts {
		counts[i] = int(binary.LittleEndian.Uint32(header[56+4*i:]))
	}
	units, nodes, logs, pairs, triples, unitBytes := counts[0], counts[1], counts[2], counts[3], counts[4], counts[5]
	if size != int64(lexiconHeader+unitBytes+4*logs+4)+8*int64(nodes+pairs+triples) ||
		units > unitBytes || logs > maxTrieValue || nodes < 1 || nodes > maxTrieSlots ||
		pairs != 1<<(pairSlotsLog2-5) || triples != 1<<(tripleSlotsLog2-6) {
		r.err = errLexicon
		return nil
	}
	x.units = r.strings(units, unitBytes)
	x.words.nodes = uint64s[trieNode](r, nodes)
	for range logs {
		x.logs = append(x.logs, math.Float32frombits(binary.LittleEndian.Uint32(r.bytes(4))))
	}
	x.adjacency = adjacency{uint64s[uint64](r, pairs), uint64s[uint64](r, triples)}
	return x
}
