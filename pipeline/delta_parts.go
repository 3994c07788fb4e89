package pipeline

import (
	"crypto/sha256"
	"encoding/hex"
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
	end := func(keys []CellKey) {
		parts = append(parts, open.encode(keys))
		open, size = Delta{Range: d.Range, Cells: d.Cells}, perPart
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
	keys := d.Cells.Keys()
	first := 0 // of the cells in the open part
	for i, k := range keys {
		n := perCell + len(k.Day) + 6*len(k.Source) + len(k.Kind) + len(k.ID)
		if full(n) {
			end(keys[first:i])
			first = i
		}
		size += n
	}
	end(keys[first:])
	return parts, digestOf(parts...)
}

// digestOf returns a digest of bytes, however they are divided.
func digestOf(parts ...[]byte) string {
	sum := sha256.New()
	for _, p := range parts {
		sum.Write(p)
	}
	return hex.EncodeToString(sum.Sum(nil)[:8])
}

// digest returns a digest of everything that the delta adds. The keys are those of
// its cells, in order.
func (d *Delta) digest(keys []CellKey) string { return digestOf(d.encode(keys)) }
