// Package escape writes text that may hold any bytes with an alphabet that may
// not: a source in the key of a bucket, a source in a subject, an id in a header.
//
// A byte that may not stand as it is becomes a mark and two upper-case hex
// digits: with the mark = a point is =2E. The mark itself is always escaped, so
// different texts have different escaped forms, and [Parse] restores each of them.
package escape

import (
	"strings"
	"unicode/utf8"

	"github.com/minyi/minyi/dict/phrase"
)

// ErrMalformed is returned by [Parse] for a mark without two hex digits after it.
var ErrMalformed = phrase.New("malformed escape")

const hexDigits = "0123456789ABCDEF"

// Append appends s to dst and returns the result. The characters for which
// plain returns true are appended as they are; of all others, and of the mark,
// each byte is escaped. plain is never asked about bytes that are not UTF-8.
func Append(dst []byte, s string, mark byte, plain func(r rune) bool) []byte {
	for i := 0; i < len(s); {
		r, n := rune(s[i]), 1
		if r >= utf8.RuneSelf {
			r, n = utf8.DecodeRuneInString(s[i:])
		}
		invalid := r == utf8.RuneError && n == 1
		if !invalid && r != rune(mark) && plain(r) {
			dst = append(dst, s[i:i+n]...)
		} else {
			for _, c := range []byte(s[i : i+n]) {
				dst = append(dst, mark, hexDigits[c>>4], hexDigits[c&15])
			}
		}
		i += n
	}
	return dst
}

// Parse is the inverse of [Append]. Its error is [ErrMalformed].
func Parse(s string, mark byte) (string, error) {
	if strings.IndexByte(s, mark) < 0 {
		return s, nil
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if s[i] != mark {
			b = append(b, s[i])
			continue
		}
		if i+2 >= len(s) {
			return "", ErrMalformed
		}
		high, low := strings.IndexByte(hexDigits, s[i+1]), strings.IndexByte(hexDigits, s[i+2])
		if high < 0 || low < 0 {
			return "", ErrMalformed
		}
		b = append(b, byte(high<<4|low))
		i += 2
	}
	return string(b), nil
}

// Word tells whether r is an ASCII letter or digit, _ or -: what a token of a
// subject or of a key may be made of.
func Word(r rune) bool {
	return 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || r == '_' || r == '-'
}
