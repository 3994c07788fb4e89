package pipeline

import (
	"encoding/binary"
	"math/bits"
	"unicode/utf8"
)

// The fields of a message that matter.
const (
	fieldText = iota
	fieldTitle
	fieldSource
	fieldTime
	numFields
)

// maxDepth is how deep JSON may nest, as in encoding/json.
const maxDepth = 10000

// scanner finds the fields of a JSON object in one pass, without copying. It
// accepts exactly what encoding/json accepts into a map[string]json.RawMessage,
// the oracle of its tests: of equal names the last wins, names are unescaped,
// invalid UTF-8 in strings is let through. It does not recurse, so that no
// nesting can blow the stack.
type scanner struct {
	names [numFields]string
	value [numFields][]byte // the raw value, quotes included; nil: absent

	data  []byte
	pos   int
	stack []byte // '{' or '[' of every open value
	name  []byte // buffer of an unescaped name
}

// object scans data into value. It returns "" for an object, else the reason.
func (s *scanner) object(data []byte) Reason {
	s.value = [numFields][]byte{}
	s.data, s.pos, s.stack = data, 0, s.stack[:0]
	s.space()
	isObject := s.peek() == '{'
	if isObject {
		if !s.members() {
			return NotJSON
		}
	} else if !s.skip() {
		return NotJSON
	}
	s.space()
	if s.pos != len(data) {
		return NotJSON
	}
	if !isObject {
		return NotObject
	}
	return ""
}

// members scans the outermost object.
func (s *scanner) members() bool {
	s.pos++                        // {
	s.stack = append(s.stack, '{') // counts as one level of nesting
	s.space()
	if s.peek() == '}' {
		s.pos++
		return true
	}
	for {
		start := s.pos
		if !s.string() {
			return false
		}
		field := s.field(s.data[start:s.pos])
		s.space()
		if s.peek() != ':' {
			return false
		}
		s.pos++
		s.space()
		start = s.pos
		if !s.skip() {
			return false
		}
		if field >= 0 {
			s.value[field] = s.data[start:s.pos]
		}
		s.space()
		switch s.peek() {
		case ',':
			s.pos++
			s.space()
		case '}':
			s.pos++
			return true
		default:
			return false
		}
	}
}

// field returns which field a quoted name is, or -1.
func (s *scanner) field(quoted []byte) int {
	name := quoted[1 : len(quoted)-1]
	for i := range name {
		if name[i] == '\\' || name[i] >= utf8.RuneSelf {
			s.name = appendUnquoted(s.name[:0], quoted)
			name = s.name
			break
		}
	}
	for i := range s.names {
		if string(name) == s.names[i] {
			return i
		}
	}
	return -1
}

// peek returns the next byte, 0 at the end. A zero byte is no JSON either, so the two
// need not be told apart.
func (s *scanner) peek() byte {
	if s.pos < len(s.data) {
		return s.data[s.pos]
	}
	return 0
}

func (s *scanner) space() {
	for s.pos < len(s.data) {
		switch s.data[s.pos] {
		case ' ', '\t', '\n', '\r':
			s.pos++
		default:
			return
		}
	}
}

// skip passes over one value, and tells whether it was one.
func (s *scanner) skip() bool {
	base := len(s.stack)
	for {
		opened, ok := s.begin()
		if !ok {
			return false
		}
		if opened {
			continue
		}
		more, ok := s.end(base)
		if !ok {
			return false
		}
		if !more {
			return true
		}
	}
}

// begin passes over a scalar or an empty container. It opens any other container and
// stops at its first value.
func (s *scanner) begin() (opened, ok bool) {
	switch c := s.peek(); c {
	case '{', '[':
		if len(s.stack) >= maxDepth {
			return false, false
		}
		s.pos++
		s.space()
		if s.peek() == c+2 { // } and ] are two after { and [
			s.pos++
			return false, true
		}
		s.stack = append(s.stack, c)
		return true, c == '[' || s.key()
	case '"':
		return false, s.string()
	case 't':
		return false, s.literal("true")
	case 'f':
		return false, s.literal("false")
	case 'n':
		return false, s.literal("null")
	default:
		return false, s.number()
	}
}

// end closes containers after a value. It stops at the next value (more), or
// when what was opened since base is closed.
func (s *scanner) end(base int) (more, ok bool) {
	for len(s.stack) > base {
		top := s.stack[len(s.stack)-1]
		s.space()
		switch s.peek() {
		case ',':
			s.pos++
			s.space()
			return true, top == '[' || s.key()
		case top + 2:
			s.pos++
			s.stack = s.stack[:len(s.stack)-1]
		default:
			return false, false
		}
	}
	return false, true
}

// key passes over the name of a member and its colon.
func (s *scanner) key() bool {
	if !s.string() {
		return false
	}
	s.space()
	if s.peek() != ':' {
		return false
	}
	s.pos++
	s.space()
	return true
}

func (s *scanner) literal(word string) bool {
	if len(s.data)-s.pos < len(word) || string(s.data[s.pos:s.pos+len(word)]) != word {
		return false
	}
	s.pos += len(word)
	return true
}

// number passes over -?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?
func (s *scanner) number() bool {
	if s.peek() == '-' {
		s.pos++
	}
	if s.peek() == '0' {
		s.pos++
	} else if !s.digits() {
		return false
	}
	if s.peek() == '.' {
		s.pos++
		if !s.digits() {
			return false
		}
	}
	if c := s.peek(); c == 'e' || c == 'E' {
		s.pos++
		if c := s.peek(); c == '+' || c == '-' {
			s.pos++
		}
		return s.digits()
	}
	return true
}

func (s *scanner) digits() bool {
	start := s.pos
	for s.pos < len(s.data) && s.data[s.pos]-'0' <= 9 {
		s.pos++
	}
	return s.pos > start
}

// string passes over a quoted string.
func (s *scanner) string() bool {
	if s.peek() != '"' {
		return false
	}
	s.pos++
	for {
		s.plain()
		if s.pos >= len(s.data) {
			return false
		}
		switch s.data[s.pos] {
		case '"':
			s.pos++
			return true
		case '\\':
			if !s.escape() {
				return false
			}
		default: // a control character
			return false
		}
	}
}

// plain moves to the next quote, backslash or control character, eight bytes
// at a time.
func (s *scanner) plain() {
	const ones, highs = 0x0101010101010101, 0x8080808080808080
	data, i := s.data, s.pos
	for ; i+8 <= len(data); i += 8 {
		x := binary.LittleEndian.Uint64(data[i:])
		q, b := x^(ones*'"'), x^(ones*'\\')
		// The lowest flag is exact: a borrow only runs upwards.
		if m := ((x-ones*0x20)&^x | (q-ones)&^q | (b-ones)&^b) & highs; m != 0 {
			s.pos = i + bits.TrailingZeros64(m)/8
			return
		}
	}
	for i < len(data) && data[i] >= 0x20 && data[i] != '"' && data[i] != '\\' {
		i++
	}
	s.pos = i
}

// escape passes over a backslash and what it escapes.
func (s *scanner) escape() bool {
	s.pos++
	c := s.peek()
	s.pos++
	switch c {
	case '"', '\\', '/', 'b', 'f', 'n', 'r', 't':
		return true
	case 'u':
		if _, ok := hex4(s.data[min(s.pos, len(s.data)):]); !ok {
			return false
		}
		s.pos += 4
		return true
	}
	return false
}
