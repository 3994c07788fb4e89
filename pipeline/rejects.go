package pipeline

import (
	"bytes"
	"cmp"
	"encoding/base64"
	"encoding/json"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Reject is a message that was counted as rejected. It holds nothing of the
// message's text.
type Reject struct {
	Seq    uint64 `json:"seq"`
	Reason Reason `json:"reason"`
	// These come from the stream; they are zero when Gone.
	Day    string    `json:"day,omitempty"`
	Source string    `json:"source,omitempty"`
	Bytes  int       `json:"bytes"`
	Stored time.Time `json:"stored,omitzero"`
	Gone   bool      `json:"gone,omitempty"` // expired or deleted since
}

// ExportLine returns a rejected message as one line, without its line end, for a
// person to correct and send again. A line that is sent unchanged is rejected again.
//
// The line is the payload itself if that is one line of UTF-8. JSON of several lines
// is joined into one. Plain text becomes {"text":…}. Any other payload becomes
// {"broken":…}, with its bytes as base64 beside it if they are not UTF-8.
//
// Unless verbatim is true, an object also gets the members that keep the corrected
// message in its place: source and time if it has none, and an id of its own,
// because a message with the id of a stored one counts as that one again. Source and
// time are written before the other members and the id after them: of members with
// equal names the last one counts.
func ExportLine(m *Message, f Format, verbatim bool) []byte {
	switch {
	case isPlainText(m.ContentType) && utf8.Valid(m.Data):
		return exportObject(m, f, appendMember([]byte{'{'}, f.TextField, string(m.Data), "}"), verbatim)
	case !utf8.Valid(m.Data):
		line := appendMember([]byte{'{'}, "broken", string(m.Data), ",")
		return appendMember(line, "base64", base64.StdEncoding.EncodeToString(m.Data), "}")
	case json.Valid(m.Data):
		line := m.Data
		if bytes.ContainsAny(line, "\r\n") {
			var b bytes.Buffer
			if json.Compact(&b, line) == nil { // it is valid
				line = b.Bytes()
			}
		}
		return exportObject(m, f, line, verbatim)
	case bytes.ContainsAny(m.Data, "\r\n") || len(bytes.TrimSpace(m.Data)) == 0:
		return appendMember([]byte{'{'}, "broken", string(m.Data), "}")
	}
	return m.Data
}

// exportObject adds those members to a JSON object. Any other value stays as it is.
func exportObject(m *Message, f Format, line []byte, verbatim bool) []byte {
	var members map[string]json.RawMessage
	if verbatim || json.Unmarshal(line, &members) != nil || members == nil {
		return line
	}
	line = bytes.TrimSpace(line)
	inner := bytes.TrimSpace(line[1 : len(line)-1])
	out := []byte{'{'}
	if _, ok := members[f.SourceField]; !ok {
		out = appendMember(out, f.SourceField, cmp.Or(subjectRest(m.Subject, f.SkipTokens), unknownSource), ",")
	}
	if _, ok := members[f.TimeField]; !ok {
		out = appendMember(out, f.TimeField, m.Stored.UTC().Format(time.RFC3339), ",")
	}
	if len(inner) > 0 {
		out = append(append(out, inner...), ',')
	}
	id := "reject"
	if raw, ok := members["id"]; ok {
		if json.Unmarshal(raw, &id) != nil {
			id = strings.Trim(string(raw), `"`)
		}
	}
	return appendMember(out, "id", id+"#"+strconv.FormatUint(m.Seq, 10), "}")
}

// appendMember appends a member of an object, its name and its string, and then end.
func appendMember(dst []byte, name, value, end string) []byte {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	for i, s := range []string{name, value} {
		if enc.Encode(s) != nil {
			panic("a string encodes")
		}
		b.Truncate(b.Len() - 1) // the line feed of Encode
		if i == 0 {
			b.WriteByte(':')
		}
	}
	return append(append(dst, b.Bytes()...), end...)
}
