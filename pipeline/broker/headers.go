package broker

import (
	"bytes"
	"strings"

	"github.com/nats-io/nats.go"

	"github.com/minyi/minyi/pipeline"
)

// describe sets what the header of a message says of it.
func describe(to *pipeline.Message, h nats.Header) {
	to.ContentType = h.Get(contentType)
	for name, values := range h {
		if len(values) > 0 {
			declare(to, []byte(name), []byte(values[0]))
		}
	}
}

// describeRaw is describe for a header as it came from the server. Most headers have an id
// and nothing else, and cost a look at the beginning of each line.
func describeRaw(to *pipeline.Message, header []byte) {
	_, lines, _ := bytes.Cut(header, []byte("\r\n")) // behind NATS/1.0
	for len(lines) > 0 {
		var line []byte
		line, lines, _ = bytes.Cut(lines, []byte("\r\n"))
		if len(line) == 0 || line[0]|0x20 != 'c' && line[0]|0x20 != 'n' {
			continue
		}
		name, value, ok := bytes.Cut(line, []byte{':'})
		if !ok {
			continue
		}
		value = bytes.TrimSpace(value)
		if string(name) == contentType && to.ContentType == "" {
			to.ContentType = string(value)
		}
		declare(to, name, value)
	}
}

// declare takes in one header. The first of several of a name counts.
func declare(to *pipeline.Message, name, value []byte) {
	var field *string
	d := &to.Declared
	switch {
	case string(name) == "Nats-Marker-Reason", string(name) == "Nats-Schedule":
		// A marker of what the server has removed, or the order for messages to come.
		to.ByServer = true
		return
	case bytes.EqualFold(name, []byte("content-type")):
		field = &d.Type
	case bytes.EqualFold(name, []byte("content-encoding")):
		field = &d.Encoding
	case bytes.EqualFold(name, []byte("ce-specversion")):
		field = &d.EventVersion
	case bytes.EqualFold(name, []byte("ce-datacontenttype")):
		field = &d.EventType
	case bytes.EqualFold(name, []byte("ce-time")):
		field = &d.EventTime
	default:
		return
	}
	if *field == "" {
		*field = strings.TrimSpace(string(value))
	}
}

// contentType is the header that says whether a payload is text or JSON.
const contentType = "Content-Type"
