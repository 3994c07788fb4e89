package send

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"math"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/internal/escape"
)

// maxIDBytes is the length of the longest id that is sent as it is.
const maxIDBytes = 256

// hashedID marks an id that is too long and is replaced by its hash.
const hashedID = "sha256:"

// messageID turns an id, which may be any string, into the value of a header.
// Different ids give different values. Visible text stays as it is; % and what
// a header cannot hold or would change (control characters, invalid UTF-8,
// space at the ends) becomes %XX; what is still longer than 256 bytes becomes
// its SHA-256.
func messageID(id string) string {
	value := escapeID(id)
	if strings.HasPrefix(value, hashedID) {
		value = "%73" + value[1:] // an id that only looks like a hashed one
	}
	if len(value) > maxIDBytes {
		sum := sha256.Sum256([]byte(id))
		return hashedID + hex.EncodeToString(sum[:])
	}
	return value
}

// escapeID escapes an id with %. White space may stand within an id, but not as
// its first or last character, where a header loses it.
func escapeID(id string) string {
	plain := true
	for i := range len(id) {
		plain = plain && id[i] > ' ' && id[i] < 0x7f && id[i] != '%'
	}
	if plain {
		return id
	}
	solid := func(r rune) bool { return unicode.IsGraphic(r) && !unicode.IsSpace(r) }
	_, first := utf8.DecodeRuneInString(id)
	_, last := utf8.DecodeLastRuneInString(id[first:])
	end := len(id) - last
	b := escape.Append(make([]byte, 0, 2*len(id)), id[:first], '%', solid)
	b = escape.Append(b, id[first:end], '%', unicode.IsGraphic)
	return string(escape.Append(b, id[end:], '%', solid))
}

// idKey stands for an id in memory.
type idKey [16]byte

func keyOf(messageID string) idKey {
	sum := sha256.Sum256([]byte(messageID))
	return idKey(sum[:16])
}

// hash is what the index knows of an id.
func (k idKey) hash() uint64 { return binary.BigEndian.Uint64(k[:8]) }

// contentHeader carries the fingerprint of a suggestion's title and text, so that
// the same id with another content is told from the same suggestion again.
const contentHeader = "Minyi-Content"

// formatContent writes a fingerprint as 8 hex digits.
func formatContent(c uint32) string {
	return hex.EncodeToString(binary.BigEndian.AppendUint32(nil, c))
}

// parseContent is the inverse of formatContent; 0 for anything else.
func parseContent(s string) uint32 {
	b, err := hex.DecodeString(s)
	if err != nil || len(b) != 4 {
		return 0
	}
	return binary.BigEndian.Uint32(b)
}

// holder is who has an id: what it says, and where it stands.
type holder struct {
	content uint32 // 0: not known
	row     int32  // of the file that is sent; else minus the sequence, 0 where that is too large
}

func stored(content uint32, seq uint64) holder {
	h := holder{content: content}
	if seq < math.MaxInt32 {
		h.row = -int32(seq)
	}
	return h
}

// differs tells whether a record with the same id says something else.
func (h holder) differs(content uint32) bool {
	return h.content != 0 && content != 0 && h.content != content
}

// place is where the holder stands, for people.
func (h holder) place() phrase.Text {
	switch {
	case h.row > 0:
		return phrase.Textf("row %d", h.row)
	case h.row < 0:
		return phrase.Textf("message %d of the stream", -h.row)
	default:
		return phrase.Textf("in the stream")
	}
}
