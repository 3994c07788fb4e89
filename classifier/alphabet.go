package classifier

import (
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// alphabet maps the runes of a text, as they come, to the codes of their units:
// normalisation and the codes of units in one table. It is immutable once
// built, and safe for concurrent use.
type alphabet struct {
	// bmp has an entry for each rune below 0x10000: the code of the unit that
	// its normalised form is, or one of the marks below.
	bmp    []uint32
	astral map[rune]uint32 // entries of the runes above, where they are not unknownCode
	marks  map[rune]uint32 // codes of normalised runes whose own entry is composeEntry
	runs   map[string]uint32
	// maxRun is the length in bytes of the longest run that has a code.
	maxRun int
	codes  int // the highest code
	folder *folder
}

// Entries of alphabet.bmp from 1<<31 on are no codes.
const (
	// runEntry marks a rune that belongs to a run. The low bits are the
	// normalised rune, below 0x800.
	runEntry = 1 << 31
	// removedEntry marks a rune that normalisation removes.
	removedEntry = 1<<31 | 1<<16
	// composeEntry marks a rune whose normal form depends on its neighbours, or
	// is several runes: the text has to be normalised step by step.
	composeEntry = 1<<31 | 2<<16
	// invalidEntry marks a surrogate, which valid UTF-8 does not hold.
	invalidEntry = 1<<31 | 3<<16
)

// unknownCode is the code of every unit that neither gse nor the dictionary has.
const unknownCode = 0

// newAlphabet returns the alphabet of the lexicon's units and, with codes after
// those, the units of words.
func newAlphabet(x *lexicon, words []string) *alphabet {
	a := &alphabet{
		bmp:    make([]uint32, 0x10000),
		astral: make(map[rune]uint32),
		marks:  make(map[rune]uint32),
		runs:   make(map[string]uint32),
		folder: newFolder(),
	}
	single := make(map[rune]uint32, len(x.units))
	add := func(unit string) {
		r, size := utf8.DecodeRuneInString(unit)
		switch {
		case inRun(r):
			if a.runs[unit] == 0 {
				a.codes++
				a.runs[unit] = uint32(a.codes)
				a.maxRun = max(a.maxRun, len(unit))
			}
		case size == len(unit) && single[r] == 0:
			a.codes++
			single[r] = uint32(a.codes)
		}
	}
	for _, u := range x.units {
		add(u)
	}
	for _, w := range words {
		for u := range unitsOf(w) {
			add(u)
		}
	}
	a.fill(single)
	return a
}

// lastAssigned is the end of the planes that hold characters with properties,
// but for the variation selectors of plane 14.
const lastAssigned = 0x3FFFF

func (a *alphabet) fill(single map[rune]uint32) {
	for r := range rune(len(a.bmp)) {
		a.bmp[r] = a.entry(r, single)
	}
	for r := range rune(0xE000 - 0xD800) {
		a.bmp[0xD800+r] = invalidEntry
	}
	setAstral := func(r rune) {
		if e := a.entry(r, single); e != unknownCode {
			a.astral[r] = e
		}
	}
	for r := rune(len(a.bmp)); r <= lastAssigned; r++ {
		setAstral(r)
	}
	for r := rune(0xE0000); r < 0xE1000; r++ {
		setAstral(r)
	}
	for r, code := range single {
		if r > lastAssigned {
			setAstral(r)
		}
		if a.of(r) == composeEntry {
			a.marks[r] = code
		}
	}
}

// of returns the entry of rune r of an original text.
func (a *alphabet) of(r rune) uint32 {
	if int(r) < len(a.bmp) {
		return a.bmp[r]
	}
	return a.astral[r]
}

// ofNormal returns the code of rune r of a normalised text, which is in no run.
func (a *alphabet) ofNormal(r rune) uint32 {
	if e := a.of(r); e < runEntry {
		return e
	}
	return a.marks[r]
}

// entry returns the entry of rune r of an original text.
func (a *alphabet) entry(r rune, single map[rune]uint32) uint32 {
	if removed(r) {
		return removedEntry
	}
	n, alone := a.alone(r)
	switch {
	case !alone:
		return composeEntry
	case inRun(n):
		return runEntry | uint32(n)
	}
	return single[n]
}

// alone returns the normalised form of r where that is one rune whatever stands
// beside it, but for runes that are not alone themselves.
func (a *alphabet) alone(r rune) (rune, bool) {
	n := a.folder.fold(halfWidth(r))
	if n == r && isInert(r) {
		return r, true
	}
	if !startsSegment(halfWidth(r)) {
		return 0, false
	}
	var buf [utf8.UTFMax]byte
	normal := a.folder.normalise(nil, utf8.AppendRune(buf[:0], r))
	if len(normal) != 1 || !startsSegment(normal[0].r) {
		return 0, false
	}
	return normal[0].r, true
}

// startsSegment reports whether form C never joins r to what stands before it.
func startsSegment(r rune) bool {
	var buf [utf8.UTFMax]byte
	return norm.NFC.Properties(utf8.AppendRune(buf[:0], r)).BoundaryBefore()
}

// isInert reports whether r is a starter that is in form C by itself.
func isInert(r rune) bool {
	var buf [utf8.UTFMax]byte
	s := utf8.AppendRune(buf[:0], r)
	return norm.NFC.Properties(s).BoundaryBefore() && norm.NFC.IsNormal(s)
}

// codesOf appends the codes of the units of word, all of which must have one.
func (a *alphabet) codesOf(dst []uint32, word string) []uint32 {
	for u := range unitsOf(word) {
		if r, _ := utf8.DecodeRuneInString(u); inRun(r) {
			dst = append(dst, a.runs[u])
		} else {
			dst = append(dst, a.ofNormal(r))
		}
	}
	return dst
}
