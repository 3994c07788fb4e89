package intake

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// UnknownSource is the token of records without a source.
const UnknownSource = "unknown"

// maxTokenBytes bounds a token: a subject travels in the protocol line, which
// servers limit to 4096 bytes.
const maxTokenBytes = 128

// SourceToken turns a source into one token of a subject: bytes other than
// A-Z a-z 0-9 _ - become =XX in hex. White space around it does not count, and
// it is [UnknownSource] for a source of nothing else. Different sources give
// different tokens: one
// longer than 128 bytes is cut, and the cut marked by == and 16 hex digits of
// its SHA-256.
func SourceToken(source string) string {
	if source = strings.TrimSpace(source); source == "" {
		return UnknownSource
	}
	const hexDigits = "0123456789ABCDEF"
	cut := 0 // the last place where the token may be cut
	var b strings.Builder
	for i := range len(source) {
		if c := source[i]; tokenByte(c) {
			b.WriteByte(c)
		} else {
			b.Write([]byte{'=', hexDigits[c>>4], hexDigits[c&15]})
		}
		if b.Len() <= maxTokenBytes-18 {
			cut = b.Len()
		}
		if b.Len() > maxTokenBytes {
			digest := sha256.Sum256([]byte(source))
			return b.String()[:cut] + "==" + hex.EncodeToString(digest[:8])
		}
	}
	return b.String()
}

func tokenByte(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '_' || c == '-'
}
