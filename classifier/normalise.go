package classifier

import (
	"sync"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Normalisation is the same for texts and for keywords. In this order:
//
//  1. an invalid byte becomes one U+FFFD;
//  2. invisible characters are removed (see removed);
//  3. full-width ASCII (U+FF01 to U+FF5E) becomes half-width, and the
//     ideographic space U+3000 a space;
//  4. Unicode normalisation form C;
//  5. each traditional character becomes its simplified form (醫療 becomes 医疗), and
//     each character that looks the same as another becomes that one (衞 becomes 卫,
//     the radical ⾞ becomes 车; see lookAlikes). The characters around it do not
//     matter (乾隆 becomes 干隆): if they did, a character could become one thing in a
//     keyword and another in a text that contains the keyword;
//  6. lower case, by Unicode's simple mapping of every rune;
//  7. form C again, for the few letters that only compose in lower case (J and
//     a caron).
//
// Normalising twice gives the same as normalising once.

// normRune is a rune of the normalised text, and the bytes of the original text
// that it stands for: original[start:end]. If form C composed or reordered
// several runes, each rune of the result stands for all of their bytes.
type normRune struct {
	r          rune
	start, end int
}

// Normalize returns s as the classifier compares it: two keywords are the same if and
// only if Normalize returns the same string for both. The result is valid UTF-8. It is
// empty if all characters of s are removed. It is safe for concurrent use.
func Normalize(s string) string {
	z := newNormalizer()
	out := make([]byte, 0, len(s))
	for _, n := range z.normalise([]byte(s)) {
		out = utf8.AppendRune(out, n.r)
	}
	return string(out)
}

// removed reports whether r is dropped: soft hyphen, zero-width characters,
// marks and embeddings of direction, invisible operators, the byte order mark
// and variation selectors. They get into a text when it is copied and pasted, and
// would split a keyword that a reader sees as one word.
func removed(r rune) bool {
	switch {
	case r < 0xAD:
		return false
	case r == 0xAD, r == 0xFEFF:
		return true
	case r >= 0x200B && r <= 0x200F, r >= 0x202A && r <= 0x202E:
		return true
	case r >= 0x2060 && r <= 0x2064, r >= 0x2066 && r <= 0x2069:
		return true
	case r >= 0xFE00 && r <= 0xFE0F, r >= 0xE0100 && r <= 0xE01EF:
		return true
	}
	return false
}

// halfWidth is step 3.
func halfWidth(r rune) rune {
	switch {
	case r >= 0xFF01 && r <= 0xFF5E:
		return r - 0xFF01 + '!'
	case r == 0x3000:
		return ' '
	}
	return r
}

// simplifiedTable returns the table of step 5. The first call builds it; it never
// changes afterwards.
var simplifiedTable = sync.OnceValue(func() map[rune]rune {
	table := make(map[rune]rune, utf8.RuneCountInString(simplifiedPairs)/2)
	var from rune
	for i, r := range []rune(simplifiedPairs) {
		if i%2 == 0 {
			from = r
		} else {
			table[from] = r
		}
	}
	addLookAlikes(table)
	return table
})

// normalizer does the steps above. It holds the table of step 5, and is immutable.
type normalizer struct {
	simplified map[rune]rune
}

func newNormalizer() *normalizer { return &normalizer{simplifiedTable()} }

// convert is steps 5 and 6.
func (z *normalizer) convert(r rune) rune {
	if s, ok := z.simplified[r]; ok {
		r = s
	}
	return unicode.ToLower(r)
}

// normalise returns the normalised text.
func (z *normalizer) normalise(text []byte) []normRune {
	var c composer
	return z.appendNormal(nil, &c, text)
}

// appendNormal appends the normalised text to dst, with the memory of c.
func (z *normalizer) appendNormal(dst []normRune, c *composer, text []byte) []normRune {
	from := len(dst)
	for i := 0; i < len(text); {
		r, size := utf8.DecodeRune(text[i:]) // U+FFFD and 1 for an invalid byte
		if !removed(r) {
			dst = append(dst, normRune{halfWidth(r), i, i + size})
		}
		i += size
	}
	dst = append(dst[:from], c.composed(dst[from:])...)
	for i := from; i < len(dst); i++ {
		dst[i].r = z.convert(dst[i].r)
	}
	return append(dst[:from], c.composed(dst[from:])...)
}

// composer brings texts into form C, and reuses its buffers from text to text.
type composer struct {
	text   []byte
	offset []int // of each rune in text
	out    []normRune
	// forms has form C of the segments that occurred before. A language has few of
	// them, and the library allocates memory for each one that it composes.
	forms map[string]string
}

// composed returns form C of runes. The result is valid until the next call. If runes
// are in form C already, it is runes itself.
func (c *composer) composed(runes []normRune) []normRune {
	text, offset := c.text[:0], c.offset[:0]
	for _, n := range runes {
		offset = append(offset, len(text))
		text = utf8.AppendRune(text, n.r)
	}
	c.text, c.offset = text, offset
	if norm.NFC.QuickSpan(text) == len(text) {
		return runes
	}

	out := c.out[:0]
	for at := 0; at < len(runes); {
		rest := text[offset[at]:]
		if n := norm.NFC.QuickSpan(rest); n > 0 { // nothing to do up to a boundary
			next := c.after(at, n)
			out = append(out, runes[at:next]...)
			at = next
			continue
		}
		segment := rest[:norm.NFC.NextBoundary(rest, true)]
		next := c.after(at, len(segment))
		if normal := c.form(segment); normal == string(segment) {
			out = append(out, runes[at:next]...)
		} else {
			for _, r := range normal {
				out = append(out, normRune{r, runes[at].start, runes[next-1].end})
			}
		}
		at = next
	}
	c.out = out
	return out
}

// after returns the rune that is n bytes after the one at index at.
func (c *composer) after(at, n int) int {
	for end := c.offset[at] + n; at < len(c.offset) && c.offset[at] < end; {
		at++
	}
	return at
}

const (
	maxForms     = 4096
	maxFormBytes = 128
)

// form returns form C of a segment.
func (c *composer) form(segment []byte) string {
	if normal, ok := c.forms[string(segment)]; ok {
		return normal
	}
	normal := string(norm.NFC.Bytes(segment))
	if len(segment) <= maxFormBytes {
		if c.forms == nil || len(c.forms) == maxForms {
			c.forms = make(map[string]string)
		}
		c.forms[string(segment)] = normal
	}
	return normal
}
