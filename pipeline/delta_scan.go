package pipeline

import (
	"bytes"
	"encoding/json"
	"unicode/utf8"
)

// daysName stands before the cells of an encoded delta, which are its last member.
const daysName = `,"days":`

// scan reads a delta as [Delta.Encode] writes it; false if anything stands there in another
// way, which encoding/json is then to read. Through the four levels of maps of wireDelta it
// takes two kilobytes for each day and source, and half of the time in which a committer
// adds up deltas.
//
// Names have no escapes and are in ascending order, so each is there once, and the cells
// are the last of the delta: what is read is what encoding/json would read.
func (w *wireDelta) scan(b []byte, cells Cells) bool {
	at := bytes.Index(b, []byte(daysName+`{"`))
	if at < 0 {
		return false
	}
	s := cellScanner{rest: b[at+len(daysName):], ok: true, ids: make(map[string]string)}
	s.members(func(day []byte) {
		k := CellKey{Day: string(day)}
		s.members(func(source []byte) {
			k.Source = string(source)
			s.members(func(kind []byte) {
				k.Kind = Kind(s.shared(kind))
				s.members(func(id []byte) {
					k.ID = s.shared(id)
					n := Count{Primary: s.number('['), Any: s.number(',')}
					s.take(']')
					if s.ok {
						cells[k] = n
					}
				})
			})
		})
	})
	if !s.ok || string(s.rest) != "}" {
		return false
	}
	head := append(bytes.Clone(b[:at]), '}')
	return json.Unmarshal(head, w) == nil && w.Days == nil
}

// cellScanner reads the cells of a delta.
type cellScanner struct {
	rest []byte
	ok   bool              // all that was read is what Encode writes
	ids  map[string]string // each name of a kind or cell once, as nearly all groups have the same
}

// members reads an object, and calls f behind each of its names.
func (s *cellScanner) members(f func(name []byte)) {
	s.take('{')
	var last []byte
	for first := true; s.ok; first = false {
		name := s.name()
		if !first && bytes.Compare(name, last) <= 0 {
			s.ok = false
			return
		}
		last = name
		f(name)
		if len(s.rest) > 0 && s.rest[0] == '}' {
			s.rest = s.rest[1:]
			return
		}
		s.take(',')
	}
}

// name reads a name and the colon behind it.
func (s *cellScanner) name() []byte {
	s.take('"')
	end := bytes.IndexByte(s.rest, '"')
	if !s.ok || end < 0 {
		s.ok = false
		return nil
	}
	name := s.rest[:end]
	s.rest = s.rest[end+1:]
	s.take(':')
	ascii := true
	for _, c := range name {
		if c < ' ' || c == '\\' {
			s.ok = false
		}
		ascii = ascii && c < utf8.RuneSelf
	}
	if !ascii && !utf8.Valid(name) {
		s.ok = false
	}
	return name
}

// number reads a number behind one other byte.
func (s *cellScanner) number(before byte) uint64 {
	s.take(before)
	var n uint64
	digits := 0
	for ; digits < len(s.rest) && '0' <= s.rest[digits] && s.rest[digits] <= '9'; digits++ {
		n = n*10 + uint64(s.rest[digits]-'0')
	}
	if digits == 0 || digits > 18 || s.rest[0] == '0' && digits > 1 {
		s.ok = false
		return 0
	}
	s.rest = s.rest[digits:]
	return n
}

// take reads one byte.
func (s *cellScanner) take(c byte) {
	if !s.ok || len(s.rest) == 0 || s.rest[0] != c {
		s.ok = false
		return
	}
	s.rest = s.rest[1:]
}

// shared returns a text, the same for the same bytes.
func (s *cellScanner) shared(b []byte) string {
	text, ok := s.ids[string(b)]
	if !ok {
		text = string(b)
		s.ids[text] = text
	}
	return text
}
