package pipeline

import (
	"errors"
	"strings"
)

// A key of the bucket of counts is
//
//	<tally>.<day>.<source>.<kind>.<id>    a cell
//	<tally>.checkpoint  <tally>.spec      of a tally
//	current                               the current pointer: the id of the tally that readers show
//
// In a source every byte outside [A-Za-z0-9_-] is written =XX, so that a source
// is one token and can be read back. Ids are ASCII already, and keep their slash.

// MaxSource is the number of bytes of a source that are kept.
const MaxSource = 64

const hexDigits = "0123456789ABCDEF"

// errKey is returned for a key that is not a cell's.
var errKey = errors.New("not the key of a cell")

// Key returns the key of the cell, without the tally.
func (k CellKey) Key() string {
	b := make([]byte, 0, 64)
	b = append(b, k.Day...)
	b = append(b, '.')
	b = appendToken(b, k.Source, false)
	b = append(b, '.')
	b = append(b, k.Kind...)
	b = append(b, '.')
	b = appendToken(b, k.ID, true)
	return string(b)
}

// ParseKey is the inverse of [CellKey.Key].
func ParseKey(s string) (CellKey, error) {
	f := strings.Split(s, ".")
	if len(f) != 4 {
		return CellKey{}, errKey
	}
	source, err := parseToken(f[1])
	if err != nil {
		return CellKey{}, err
	}
	id, err := parseToken(f[3])
	if err != nil {
		return CellKey{}, err
	}
	return CellKey{Day: f[0], Source: source, Kind: Kind(f[2]), ID: id}, nil
}

func appendToken(b []byte, s string, slash bool) []byte {
	for i := range len(s) {
		c := s[i]
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '_', c == '-', slash && c == '/':
			b = append(b, c)
		default:
			b = append(b, '=', hexDigits[c>>4], hexDigits[c&15])
		}
	}
	return b
}

func parseToken(s string) (string, error) {
	if strings.IndexByte(s, '=') < 0 {
		return s, nil
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != '=' {
			b = append(b, s[i])
			continue
		}
		if i+2 >= len(s) {
			return "", errKey
		}
		hi, lo := strings.IndexByte(hexDigits, s[i+1]), strings.IndexByte(hexDigits, s[i+2])
		if hi < 0 || lo < 0 {
			return "", errKey
		}
		b = append(b, byte(hi<<4|lo))
		i += 2
	}
	return string(b), nil
}
