package classifier

import (
	"encoding/binary"
	"slices"
	"unicode/utf8"
)

// decoded is a text as units. Positions are counted in units.
type decoded struct {
	// units are the codes, followed by one unknownCode that stands for the end.
	units []uint32
	// jumps say where units begin, in order. The first one is that of unit 0.
	jumps []jump

	run      []byte
	runes    []normRune // of decodeSlowly
	composer composer
}

// jump is a place in the text. From it up to the next jump, every unit is one rune
// of three bytes and begins where the one before ends.
type jump struct {
	unit  int
	runes int    // of the normalised text before it
	start uint32 // byte offset in the original text where the unit begins
	// end is where the unit before it ends. It differs from start if a character was
	// removed between the two, or if form C made both from the same bytes.
	end uint32
}

// len returns the number of units.
func (d *decoded) len() int { return len(d.units) - 1 }

// startOf and runesBefore take a unit, or the end of the text, between this jump and
// the next.
func (j *jump) startOf(unit int) int { return int(j.start) + 3*(unit-j.unit) }

func (j *jump) runesBefore(unit int) int { return j.runes + unit - j.unit }

// endBefore returns where the unit before the given one ends.
func (j *jump) endBefore(unit int) int {
	if unit == j.unit {
		return int(j.end)
	}
	return j.startOf(unit)
}

// jumpTo returns the index of the last jump at or before a unit.
func (d *decoded) jumpTo(unit int) int {
	from, to := 0, len(d.jumps)
	for to-from > 1 {
		if middle := (from + to) / 2; d.jumps[middle].unit <= unit {
			from = middle
		} else {
			to = middle
		}
	}
	return from
}

// jumpNear is jumpTo for a unit near the jump with index at.
func (d *decoded) jumpNear(at, unit int) int {
	for at+1 < len(d.jumps) && d.jumps[at+1].unit <= unit {
		at++
	}
	for d.jumps[at].unit > unit {
		at--
	}
	return at
}

// start returns the byte offset in the original text where a unit begins; end
// returns where it ends.
func (d *decoded) start(unit int) int { return d.jumps[d.jumpTo(unit)].startOf(unit) }
func (d *decoded) end(unit int) int   { return d.jumps[d.jumpTo(unit+1)].endBefore(unit + 1) }

// runeAt converts a position in units to a position in runes of the normalised text.
func (d *decoded) runeAt(unit int) int { return d.jumps[d.jumpTo(unit)].runesBefore(unit) }

// jump records that unit n, which has the given number of runes, ends at a byte
// offset where the next unit begins.
func (d *decoded) jump(n, runes, end int) {
	before := d.jumps[len(d.jumps)-1].runesBefore(n)
	d.jumps = append(d.jumps, jump{n + 1, before + runes, uint32(end), uint32(end)})
}

// skip records that unit n begins at the byte offset start, and not at from, where
// the unit before it ends.
func (d *decoded) skip(n, from, start int) {
	last := &d.jumps[len(d.jumps)-1]
	if last.unit == n {
		last.start = uint32(start)
		return
	}
	d.jumps = append(d.jumps, jump{n, last.runesBefore(n), uint32(start), uint32(from)})
}

// decode sets d to the units of text, whose length must fit a uint32. If the tables
// of the alphabet cannot handle a rune by itself, decodeSlowly decodes the text.
func (a *alphabet) decode(d *decoded, text []byte) {
	d.reset(len(text))
	units := d.units[:len(text)+2]
	n := 0
	for i := 0; ; {
		threes := a.decodeThrees(units[n:], text[i:])
		n += threes
		i += 3 * threes
		if i == len(text) {
			break
		}
		if b := text[i]; a.letters[b] != 0 {
			if code, size := a.shortRun(text[i:]); size > 0 {
				units[n] = code
				i += size
				d.jump(n, size, i)
				n++
				continue
			}
		}
		entry, size := a.next(text[i:])
		switch {
		case entry < runEntry:
			units[n] = entry
			i += size
			d.jump(n, 1, i)
			n++
		case entry == removedEntry:
			d.skip(n, i, i+size)
			i += size
		case entry == composeEntry:
			a.decodeSlowly(d, text)
			return
		default:
			runes, size := a.decodeRun(d, text[i:])
			units[n] = a.runCode(d.run)
			i += size
			d.jump(n, runes, i)
			n++
		}
	}
	units[n] = unknownCode
	d.units = units[:n+1]
}

// The first byte of a rune of three bytes begins with the bits 1110, the others with
// 10. threesMask selects these bits in eight bytes, and threesBits has their values
// if the eight bytes begin with two such runes.
const (
	threesMask = 0x00C0C0F0C0C0F0
	threesBits = 0x008080E08080E0
)

// threeIndex returns the index into alphabet.three of a rune of three bytes. They
// are the lowest bytes of x, the first one lowest, with threesBits removed.
func threeIndex(x uint64) uint64 { return x<<14&0x3C000 | x>>8&0x3FFF }

// decodeThrees decodes the runes of three bytes that text begins with, as long as
// the table knows them: nearly all of a Chinese text. It sets units, which must be
// longer than their number, and returns that number. It takes four runes at a time,
// then one. It may write units after the last one; they have no meaning and are
// overwritten.
func (a *alphabet) decodeThrees(units []uint32, text []byte) int {
	three := a.three
	n, i := 0, 0
	// Slices of a known length, bounded like this, need no further bounds checks.
	for n >= 0 && i >= 0 && n+4 <= len(units) && i+14 <= len(text) {
		b, u := text[i:i+14:i+14], units[n:n+4:n+4]
		x := binary.LittleEndian.Uint64(b) ^ threesBits
		y := binary.LittleEndian.Uint64(b[6:]) ^ threesBits
		if (x|y)&threesMask != 0 {
			break
		}
		c0, c1 := three[threeIndex(x)], three[threeIndex(x>>24)]
		c2, c3 := three[threeIndex(y)], three[threeIndex(y>>24)]
		u[0], u[1], u[2], u[3] = uint32(c0), uint32(c1), uint32(c2), uint32(c3)
		if (c0|c1|c2|c3)&narrowMark != 0 {
			break
		}
		n += 4
		i += 12
	}
	for ; i+3 <= len(text); i += 3 {
		code := a.threeCode(text[i], text[i+1], text[i+2])
		if code == narrowMark {
			break
		}
		units[n] = uint32(code)
		n++
	}
	return n
}

// threeCode returns the code of the rune of three bytes, or narrowMark if the bytes
// are not such a rune or the table does not know it.
func (a *alphabet) threeCode(b0, b1, b2 byte) uint16 {
	x := (uint64(b0) | uint64(b1)<<8 | uint64(b2)<<16) ^ threesBits
	if x&threesMask&0xFFFFFF != 0 {
		return narrowMark
	}
	return a.three[threeIndex(x)]
}

// shortRun returns the code and the size in bytes of the run at the start of text if
// it is at most 8 ASCII letters and digits. Otherwise size is 0.
func (a *alphabet) shortRun(text []byte) (code uint32, size int) {
	var run uint64
	for size < len(text) {
		b := a.letters[text[size]]
		if b == 0 {
			break
		}
		if size == 8 {
			return 0, 0
		}
		run |= uint64(b) << (8 * size)
		size++
	}
	if next := text[size:]; len(next) > 0 && next[0] >= utf8.RuneSelf &&
		(len(next) < 3 || a.threeCode(next[0], next[1], next[2]) == narrowMark) {
		// A letter of two bytes or a full-width one continues the run, and so may
		// the text after a removed character.
		if entry, _ := a.next(next); entry >= runEntry {
			return 0, 0
		}
	}
	return a.shortSlot(run).code, size
}

func (d *decoded) reset(textLen int) {
	d.units = slices.Grow(d.units[:0], textLen+2)
	d.jumps = append(d.jumps[:0], jump{})
}

// next returns the entry of the first rune of text, and its size in bytes.
func (a *alphabet) next(text []byte) (entry uint32, size int) {
	if b := text[0]; b < utf8.RuneSelf {
		return a.bmp[b], 1
	}
	r, size := utf8.DecodeRune(text)
	return a.of(r), size
}

// decodeRun reads the run at the start of text into d.run, and returns its number of
// runes and its size in bytes. Removed characters within the run are part of that
// size.
func (a *alphabet) decodeRun(d *decoded, text []byte) (runes, size int) {
	run := d.run[:0]
	for i := 0; i < len(text); {
		entry, n := a.next(text[i:])
		i += n
		if entry == removedEntry {
			continue
		}
		if entry&runEntry == 0 || entry >= removedEntry {
			break
		}
		if r := rune(entry &^ runEntry); r < utf8.RuneSelf {
			run = append(run, byte(r))
		} else {
			run = utf8.AppendRune(run, r)
		}
		runes++
		size = i
	}
	d.run = run
	return runes, size
}

// runCode returns the code of a run.
func (a *alphabet) runCode(run []byte) uint32 {
	if len(run) <= 8 {
		return a.shortSlot(packRun(run)).code
	}
	if len(run) > a.maxRun {
		return unknownCode
	}
	return a.runs[string(run)]
}

// decodeSlowly decodes by the definition: it normalises the text, then cuts it into
// units. It takes about ten times as long as decode, and is needed if characters
// compose.
func (a *alphabet) decodeSlowly(d *decoded, text []byte) {
	d.reset(len(text))
	d.runes = a.normalizer.appendNormal(d.runes[:0], &d.composer, text)
	end := 0
	for i := 0; i < len(d.runes); {
		first := d.runes[i]
		d.land(first.start, end, i)
		var code uint32
		next := i + 1
		if inRun(first.r) {
			d.run = d.run[:0]
			for next = i; next < len(d.runes) && inRun(d.runes[next].r); next++ {
				d.run = utf8.AppendRune(d.run, d.runes[next].r)
			}
			code = a.runCode(d.run)
		} else {
			code = a.ofNormal(first.r)
		}
		end = d.runes[next-1].end
		d.units = append(d.units, code)
		i = next
	}
	d.land(len(text), end, len(d.runes))
	d.units = append(d.units, unknownCode)
}

// land records where the next unit begins, where the previous one ends, and how many
// runes precede, unless the last jump already implies all three.
func (d *decoded) land(start, end, runes int) {
	n := len(d.units)
	last := &d.jumps[len(d.jumps)-1]
	switch {
	case n == 0:
		last.start = uint32(start)
	case last.startOf(n) != start || last.startOf(n) != end || last.runesBefore(n) != runes:
		d.jumps = append(d.jumps, jump{n, runes, uint32(start), uint32(end)})
	}
}
