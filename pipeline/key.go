package pipeline

import (
	"strings"

	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/internal/escape"
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

// keyMark begins an escaped byte in a key.
const keyMark = '='

// errKey is returned for a key that is not a cell's.
var errKey = phrase.New("not the key of a cell")

// Key returns the key of the cell, without the tally.
func (k CellKey) Key() string {
	b := make([]byte, 0, 64)
	b = append(b, k.Day...)
	b = append(b, '.')
	b = appendSource(b, k.Source)
	b = append(b, '.')
	b = append(b, k.Kind...)
	b = append(b, '.')
	b = escape.Append(b, k.ID, keyMark, wordOrSlash)
	return string(b)
}

// ParseKey is the inverse of [CellKey.Key].
func ParseKey(s string) (CellKey, error) {
	var f [4]string
	for i := range f {
		var more bool
		if f[i], s, more = strings.Cut(s, "."); more != (i < len(f)-1) {
			return CellKey{}, errKey
		}
	}
	source, err := escape.Parse(f[1], keyMark)
	if err != nil {
		return CellKey{}, errKey
	}
	id, err := escape.Parse(f[3], keyMark)
	if err != nil {
		return CellKey{}, errKey
	}
	return CellKey{Day: f[0], Source: source, Kind: Kind(f[2]), ID: id}, nil
}

// appendSource appends a source as one token of a key.
func appendSource(b []byte, source string) []byte {
	return escape.Append(b, source, keyMark, escape.Word)
}

// wordOrSlash tells which characters of an id stand as they are.
func wordOrSlash(r rune) bool { return r == '/' || escape.Word(r) }
