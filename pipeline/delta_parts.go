package pipeline

import (
	"crypto/sha256"
	"encoding/hex"
	"hash"
)

// partSize is about how many bytes a part has at most. The smallest payload
// limit in use is the default of a broker, 1 MiB.
const partSize = 512 << 10

// Parts returns the encoded parts of the delta, most often one. The first part has
// the outcomes; the runs of rejects and the cells are dealt out in order. The digest
// is that of all parts together, so it is the same for each.
func (d *Delta) Parts() (parts [][]byte, digest string) { return d.parts(partSize) }

func (d *Delta) parts(limit int) (parts [][]byte, digest string) {
	const perPart, perRun, perCell = 512, 48, 40 // bytes around what varies, at most
	open, size := *d, perPart
	open.Rejects = nil
	full := func(n int) bool { return size+n > limit }
	end := func(cells []CellCount) {
		parts = append(parts, open.encode(cells))
		open, size = Delta{Range: d.Range}, perPart
	}
	for _, reason := range Reasons() {
		for _, run := range d.Rejects[reason] {
			if full(perRun) {
				end(nil)
			}
			size += perRun
			if open.Rejects == nil {
				open.Rejects = make(map[Reason][]Range)
			}
			open.Rejects[reason] = append(open.Rejects[reason], run)
		}
	}
	cells := d.Cells.Sorted()
	first := 0 // of the cells in the open part
	for i := range cells {
		c := &cells[i]
		n := perCell + len(c.Day) + 6*len(c.Source) + len(c.Kind) + len(c.ID)
		if full(n) {
			end(cells[first:i])
			first = i
		}
		size += n
	}
	end(cells[first:])
	return parts, digestOf(parts...)
}

// digestOf returns a digest of bytes, however they are divided.
func digestOf(parts ...[]byte) string {
	sum := sha256.New()
	for _, p := range parts {
		sum.Write(p)
	}
	return shortDigest(sum)
}

// shortDigest is what is kept of a SHA-256.
func shortDigest(sum hash.Hash) string { return hex.EncodeToString(sum.Sum(nil)[:8]) }

// digest returns a digest of everything that the delta adds: that of its encoding, which
// is never there as a whole, as it may have tens of megabytes. The cells are its own, in
// order.
func (d *Delta) digest(cells []CellCount) string {
	const piece = 64 << 10
	sum := sha256.New()
	rest := d.encodeTo(cells, func(b []byte) []byte {
		if len(b) < piece {
			return b
		}
		sum.Write(b)
		return b[:0]
	})
	sum.Write(rest)
	return shortDigest(sum)
}
