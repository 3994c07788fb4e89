package classifier

import (
	"sync"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// alphabet maps the runes of an original text to the codes of their units. It
// combines normalisation and the codes of units in one table. It is immutable once
// built, and safe for concurrent use.
type alphabet struct {
	// bmp has an entry for each rune below 0x10000: the code of the unit that its
	// normalised form is, or one of the marks below.
	bmp []uint32
	// three has the same entries for runes of three bytes, by threeIndex, if they
	// are codes below narrowMark; otherwise it has narrowMark.
	three *[1 << 18]uint16
	// letters maps each ASCII letter and digit to its normalised form, and any other
	// byte to 0.
	letters [256]byte
	astral  map[rune]uint32 // entries of the runes above 0xFFFF; those not listed have unknownCode
	marks   map[rune]uint32 // codes of normalised runes whose own entry is composeEntry
	runs    map[string]uint32
	// short also has the runs of at most 8 bytes, in a hash table that is at most
	// half full.
	short      []shortRun
	shortShift uint8 // 64 minus the log2 of the table's length
	// maxRun is the length in bytes of the longest run that has a code.
	maxRun     int
	codes      int // the highest code
	normalizer *normalizer
}

// Entries of alphabet.bmp from 1<<31 on are marks, not codes.
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

// narrowMark is the entry of alphabet.three for a rune that must be looked up in
// bmp. It has a bit that no code in the table has, so that several entries can be
// tested at once.
const narrowMark = 1 << 15

// shortRun is a run, packed into a number with its first byte lowest, and its code.
// A slot with run 0 is free.
type shortRun struct {
	run  uint64
	code uint32
}

// unknownCode is the code of every unit that is in neither gse's words nor the
// dictionary.
const unknownCode = 0

// newAlphabet returns the alphabet with the units of the lexicon and, with codes
// after those, the units of words.
func newAlphabet(x *lexicon, words []string) *alphabet {
	a := &alphabet{
		bmp:        make([]uint32, 0x10000),
		astral:     make(map[rune]uint32),
		marks:      make(map[rune]uint32),
		runs:       make(map[string]uint32),
		normalizer: newNormalizer(),
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
	a.fillThree()
	a.fillShort()
	return a
}

// lastAssigned is the end of the planes with characters that have properties, except
// for the variation selectors of plane 14.
const lastAssigned = 0x3FFFF

func (a *alphabet) fill(single map[rune]uint32) {
	forms := runeForms()
	for r, form := range forms.bmp {
		if form < runEntry {
			form = single[rune(form)]
		}
		a.bmp[r] = form
	}
	for r, code := range single {
		if int(r) >= len(a.bmp) {
			a.astral[r] = code
		}
	}
	for r, form := range forms.astral {
		if form < runEntry {
			form = single[rune(form)]
		}
		a.astral[r] = form
	}
	for r, code := range single {
		if a.of(r) == composeEntry {
			a.marks[r] = code
		}
	}
}

func (a *alphabet) fillThree() {
	a.three = new([1 << 18]uint16)
	for i := range a.three {
		a.three[i] = narrowMark
	}
	for r := 0x800; r < len(a.bmp); r++ {
		if a.bmp[r] < narrowMark {
			a.three[threeIndex(uint64(r>>12|r>>6&0x3F<<8|r&0x3F<<16))] = uint16(a.bmp[r])
		}
	}
	for b := range byte(utf8.RuneSelf) {
		if entry := a.bmp[b]; entry&runEntry != 0 {
			a.letters[b] = byte(entry)
		}
	}
}

func (a *alphabet) fillShort() {
	log2Slots := 4
	for 1<<log2Slots < 2*len(a.runs) {
		log2Slots++
	}
	a.short = make([]shortRun, 1<<log2Slots)
	a.shortShift = uint8(64 - log2Slots)
	for run, code := range a.runs {
		if len(run) <= 8 {
			*a.shortSlot(packRun([]byte(run))) = shortRun{packRun([]byte(run)), code}
		}
	}
}

// packRun packs a run of at most 8 bytes, none of which is 0, into a number.
func packRun(run []byte) uint64 {
	var n uint64
	for i, b := range run {
		n |= uint64(b) << (8 * i)
	}
	return n
}

// shortSlot returns the slot of a run, or the free slot where it would be.
func (a *alphabet) shortSlot(run uint64) *shortRun {
	i := int(run * 0x9E3779B97F4A7C15 >> a.shortShift)
	for {
		s := &a.short[i&(len(a.short)-1)]
		if s.run == run || s.run == 0 {
			return s
		}
		i++
	}
}

// forms holds the normalised form of each single rune: the normalised rune if it is
// not part of a run, or one of the marks of alphabet.bmp.
type forms struct {
	bmp    []uint32
	astral map[rune]uint32 // runes that are not listed are their own form
}

// runeForms computes the forms on its first call. They are read-only, and depend on
// Unicode only.
var runeForms = sync.OnceValue(func() forms {
	f := forms{make([]uint32, 0x10000), make(map[rune]uint32)}
	z := newNormalizer()
	for r := range f.bmp {
		f.bmp[r] = z.form(rune(r))
	}
	astral := func(from, to rune) {
		for r := from; r <= to; r++ {
			if form := z.form(r); form != uint32(r) {
				f.astral[r] = form
			}
		}
	}
	astral(0x10000, lastAssigned)
	astral(0xE0000, 0xE0FFF)
	return f
})

// form returns the entry of forms for rune r of an original text.
func (z *normalizer) form(r rune) uint32 {
	switch {
	case r >= 0xD800 && r < 0xE000:
		return invalidEntry
	case removed(r):
		return removedEntry
	}
	n, alone := z.alone(r)
	switch {
	case !alone:
		return composeEntry
	case inRun(n):
		return runEntry | uint32(n)
	}
	return uint32(n)
}

// of returns the entry of rune r of an original text.
func (a *alphabet) of(r rune) uint32 {
	if int(r) < len(a.bmp) {
		return a.bmp[r]
	}
	return a.astral[r]
}

// ofNormal returns the code of rune r of a normalised text. r must not be part of a
// run.
func (a *alphabet) ofNormal(r rune) uint32 {
	if e := a.of(r); e < runEntry {
		return e
	}
	return a.marks[r]
}

// alone returns the normalised form of r if that is one rune with any neighbours,
// except neighbours for which alone itself returns false.
func (z *normalizer) alone(r rune) (rune, bool) {
	n := z.convert(halfWidth(r))
	if n == r && isInert(r) {
		return r, true
	}
	if !startsSegment(halfWidth(r)) {
		return 0, false
	}
	var buf [utf8.UTFMax]byte
	normal := z.normalise(utf8.AppendRune(buf[:0], r))
	if len(normal) != 1 || !startsSegment(normal[0].r) {
		return 0, false
	}
	return normal[0].r, true
}

// startsSegment reports whether normalisation form C never composes r with a rune
// before it.
func startsSegment(r rune) bool {
	var buf [utf8.UTFMax]byte
	return norm.NFC.Properties(utf8.AppendRune(buf[:0], r)).BoundaryBefore()
}

// isInert reports whether r is a starter that is already in form C.
func isInert(r rune) bool {
	var buf [utf8.UTFMax]byte
	s := utf8.AppendRune(buf[:0], r)
	return norm.NFC.Properties(s).BoundaryBefore() && norm.NFC.IsNormal(s)
}

// codesOf returns the codes of the units of word. Each of them must have a code.
func (a *alphabet) codesOf(word string) []uint32 {
	var dst []uint32
	for u := range unitsOf(word) {
		if r, _ := utf8.DecodeRuneInString(u); inRun(r) {
			dst = append(dst, a.runs[u])
		} else {
			dst = append(dst, a.ofNormal(r))
		}
	}
	return dst
}
