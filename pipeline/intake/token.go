package intake

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"

	"github.com/minyi/minyi/internal/escape"
)

// UnknownSource is the token of records without a source.
const UnknownSource = "unknown"

// maxTokenBytes bounds a token: a subject travels in the protocol line, which
// servers limit to 4096 bytes.
const maxTokenBytes = 128

// SourceToken turns a source into one token of a subject: bytes other than
// A-Z a-z 0-9 _ - become =XX in hex. White space around the source is ignored;
// a source of nothing else becomes [UnknownSource]. Different sources have
// different tokens: a token longer than 128 bytes is cut, and == and 16 hex
// digits of the source's SHA-256 follow the cut.
func SourceToken(source string) string {
	if source = strings.TrimSpace(source); source == "" {
		return UnknownSource
	}
	// A byte of the source is at least one of the token, so these bytes decide.
	head := source[:min(len(source), maxTokenBytes+1)]
	token := string(escape.Append(nil, head, '=', escape.Word))
	if len(token) <= maxTokenBytes {
		return token
	}
	cut := maxTokenBytes - 18
	if mark := strings.LastIndexByte(token[:cut], '='); mark > cut-3 {
		cut = mark // not within =XX
	}
	digest := sha256.Sum256([]byte(source))
	return token[:cut] + "==" + hex.EncodeToString(digest[:8])
}
