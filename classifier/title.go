package classifier

import (
	"bytes"
	"unicode"
	"unicode/utf8"
)

// maxTitle is the most units that a title has, white space before it included. What is
// longer is a paragraph. Of 30, 40, 60, 80 and 200 it was the best: see DESIGN.md.
const maxTitle = 60

// titleOf returns the number of units of the title of text, which was decoded to d. It is
// 0 if there is no title, and if no theme has a title_weight.
func (m *matcher) titleOf(d *decoded, text []byte) int32 {
	if m.title == 1 {
		return 0
	}
	end := endOfTitle(text)
	if end < 0 {
		return 0
	}
	units := d.unitFrom(end, maxTitle)
	if units > maxTitle {
		return 0
	}
	return int32(units)
}

// endOfTitle returns the offset of the line feed that ends the first line that is not
// blank. It returns -1 if there is none, and if nothing but white space follows.
func endOfTitle(text []byte) int {
	from := blank(text)
	size := bytes.IndexByte(text[from:], '\n')
	if size < 0 {
		return -1
	}
	if end := from + size; end+blank(text[end:]) < len(text) {
		return end
	}
	return -1
}

// blank returns the number of bytes at the start of text that are white space or that
// normalisation removes.
func blank(text []byte) int {
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:])
		if !unicode.IsSpace(r) && !removed(r) {
			return i
		}
		i += size
	}
	return len(text)
}

// unitFrom returns the first unit that begins at a byte offset or after it. If that is
// above most, it returns any number above most.
func (d *decoded) unitFrom(offset, most int) int {
	at := 0
	for at+1 < len(d.jumps) && int(d.jumps[at+1].start) < offset && d.jumps[at].unit <= most {
		at++
	}
	j := &d.jumps[at]
	unit := j.unit + (offset-int(j.start)+2)/3
	if at+1 < len(d.jumps) {
		unit = min(unit, d.jumps[at+1].unit)
	}
	return unit
}

// times returns how often a match counts in n.
func (m *matcher) times(s *scratch, f *match) int32 {
	if f.to <= s.title {
		return m.subs[f.sub].title
	}
	return 1
}
