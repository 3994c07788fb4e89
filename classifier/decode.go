package classifier

import (
	"slices"
	"unicode/utf8"
)

// decoded is a text as units. Positions count units.
type decoded struct {
	// units are the codes, and a last unknownCode that stands for the end.
	units []uint32
	// starts are the byte offsets in the original text where units begin, and
	// the length of the text.
	starts []uint32
	// gaps are the units that do not end where the next begins, in order.
	gaps []gap
	// longs are the units of more than one rune, in order.
	longs []long

	run   []byte
	runes []normRune
}

// gap is a unit followed by bytes that belong to no unit, or overlapping the
// next in the original text.
type gap struct {
	unit int
	end  uint32 // byte offset where it ends
}

// long is a unit of several runes.
type long struct {
	unit  int
	extra int // by how much runes outnumber units up to here, this unit included
}

// len returns the number of units.
func (d *decoded) len() int { return len(d.units) - 1 }

// end returns the byte offset in the original text where a unit ends.
func (d *decoded) end(unit int) int {
	if len(d.gaps) > 0 {
		i, ok := slices.BinarySearchFunc(d.gaps, unit, func(g gap, unit int) int { return g.unit - unit })
		if ok {
			return int(d.gaps[i].end)
		}
	}
	return int(d.starts[unit+1])
}

// runeAt returns the position in runes of the normalised text of a position in units.
func (d *decoded) runeAt(unit int) int {
	i, _ := slices.BinarySearchFunc(d.longs, unit, func(l long, unit int) int { return l.unit - unit })
	if i == 0 {
		return unit
	}
	return unit + d.longs[i-1].extra
}

// decode sets d to the units of text, whose length must fit an uint32. What the
// table of the alphabet does not settle rune by rune is left to decodeSlowly.
func (a *alphabet) decode(d *decoded, text []byte) {
	d.reset(len(text))
	units, starts := d.units[:len(text)+1], d.starts[:len(text)+1]
	three := (*[0x10000]uint16)(a.three)
	n := 0
	for i := 0; i < len(text); {
		if i+2 < len(text) {
			// Bits above the low six are left where a byte is no continuation.
			b0, b1, b2 := uint32(text[i])^0xE0, uint32(text[i+1])^0x80, uint32(text[i+2])^0x80
			if b0 < 0x10 && b1|b2 < 0x40 {
				if code := three[b0<<12|b1<<6|b2]; code != narrowMark {
					units[n], starts[n] = uint32(code), uint32(i)
					n++
					i += 3
					continue
				}
			}
		}
		entry, size := a.next(text[i:])
		switch {
		case entry < runEntry:
			units[n], starts[n] = entry, uint32(i)
			n++
			i += size
		case entry == removedEntry:
			if n > 0 && (len(d.gaps) == 0 || d.gaps[len(d.gaps)-1].unit != n-1) {
				d.gaps = append(d.gaps, gap{n - 1, uint32(i)})
			}
			i += size
		case entry == composeEntry:
			a.decodeSlowly(d, text)
			return
		default:
			units[n], starts[n] = unknownCode, uint32(i)
			i += a.decodeRun(d, text[i:], n)
			units[n] = a.runCode(d.run)
			n++
		}
	}
	units[n], starts[n] = unknownCode, uint32(len(text))
	d.units, d.starts = units[:n+1], starts[:n+1]
}

func (d *decoded) reset(textLen int) {
	d.units = slices.Grow(d.units[:0], textLen+1)
	d.starts = slices.Grow(d.starts[:0], textLen+1)
	d.gaps = d.gaps[:0]
	d.longs = d.longs[:0]
}

// next returns the entry of the first rune of text, and its size in bytes.
func (a *alphabet) next(text []byte) (entry uint32, size int) {
	if b := text[0]; b < utf8.RuneSelf {
		return a.bmp[b], 1
	}
	r, size := utf8.DecodeRune(text)
	return a.of(r), size
}

// decodeRun reads the run at the start of text, unit n, into d.run, and returns
// its size in bytes. Removed characters within the run belong to it.
func (a *alphabet) decodeRun(d *decoded, text []byte, n int) int {
	run := d.run[:0]
	runes, end := 0, 0
	for i := 0; i < len(text); {
		entry, size := a.next(text[i:])
		if entry == removedEntry {
			i += size
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
		i += size
		end = i
	}
	d.run = run
	d.countRunes(n, runes)
	return end
}

// countRunes notes that unit n has that many runes.
func (d *decoded) countRunes(n, runes int) {
	if runes == 1 {
		return
	}
	extra := runes - 1
	if len(d.longs) > 0 {
		extra += d.longs[len(d.longs)-1].extra
	}
	d.longs = append(d.longs, long{n, extra})
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

// decodeSlowly is decode by the definition: normalise, then cut into units. It
// costs some twenty times as much, and is needed where characters compose.
func (a *alphabet) decodeSlowly(d *decoded, text []byte) {
	d.reset(len(text))
	d.runes = a.folder.normalise(d.runes[:0], text)
	for i := 0; i < len(d.runes); {
		n := len(d.units)
		first := d.runes[i]
		var code uint32
		next := i + 1
		if inRun(first.r) {
			d.run = d.run[:0]
			for next = i; next < len(d.runes) && inRun(d.runes[next].r); next++ {
				d.run = utf8.AppendRune(d.run, d.runes[next].r)
			}
			code = a.runCode(d.run)
			d.countRunes(n, next-i)
		} else {
			code = a.ofNormal(first.r)
		}
		end := d.runes[next-1].end
		if next < len(d.runes) && d.runes[next].start != end || next == len(d.runes) && end != len(text) {
			d.gaps = append(d.gaps, gap{n, uint32(end)})
		}
		d.units = append(d.units, code)
		d.starts = append(d.starts, uint32(first.start))
		i = next
	}
	d.units = append(d.units, unknownCode)
	d.starts = append(d.starts, uint32(len(text)))
}
