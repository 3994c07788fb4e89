package pipeline

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Reject is a message that was counted as rejected. It holds nothing of what
// the message says.
type Reject struct {
	Seq    uint64 `json:"seq"`
	Reason Reason `json:"reason"`
	// What the stream still knows; zero when Gone.
	Day    string    `json:"day,omitempty"`
	Source string    `json:"source,omitempty"`
	Bytes  int       `json:"bytes"`
	Stored time.Time `json:"stored,omitzero"`
	Gone   bool      `json:"gone,omitempty"` // expired or deleted since
}

// ExportLine returns a rejected message as a line to be mended and sent again,
// without its line end. A line that is sent as it is will be rejected again.
//
// The payload stands there verbatim, if it is UTF-8 of one line. JSON of several
// lines is joined. Plain text becomes {"text":…}. What else is no line of text
// becomes {"broken":…}, with the bytes as base64 beside it if they are no UTF-8.
//
// Unless verbatim, an object gets what keeps the mended message in its place:
// source and time where it has none, and an id of its own, since a message with
// the id of one that is stored counts as that one again. They are written
// before and behind what stands there: of equal names the last counts.
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

// exportObject adds to a JSON object what keeps it in its place; anything else
// stays as it is.
func exportObject(m *Message, f Format, line []byte, verbatim bool) []byte {
	var members map[string]json.RawMessage
	if verbatim || json.Unmarshal(line, &members) != nil || members == nil {
		return line
	}
	line = bytes.TrimSpace(line)
	inner := bytes.TrimSpace(line[1 : len(line)-1])
	out := []byte{'{'}
	if _, ok := members[f.SourceField]; !ok {
		out = appendMember(out, f.SourceField, subjectRest(m.Subject, f.SkipTokens), ",")
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

// appendMember appends a name, a string and what comes behind.
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

// subjectRest is the source that a subject names.
func subjectRest(subject string, skip int) string {
	for range skip {
		_, subject, _ = strings.Cut(subject, ".")
	}
	if subject == "" {
		return unknownSource
	}
	return subject
}
