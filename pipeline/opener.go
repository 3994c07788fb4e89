package pipeline

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"io"
	"strings"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
)

// opener gets at what a publisher meant, by the rules of [CurrentReading]: in this order
// it undoes compression, the encoding of text, and an envelope. What a header declares is
// believed; without a declaration a payload is JSON in UTF-8, or in UTF-16 if it begins
// with a byte order mark. Not safe for concurrent use.
type opener struct {
	most int // bytes that may come out of compression
	gzip *gzip.Reader
	buf  bytes.Buffer
}

// payload is an opened message.
type payload struct {
	data    []byte
	text    bool   // plain text; else JSON
	time    []byte // of the event that it came in, as a JSON string; nil for none
	invalid bool   // some of it could not be read, and became U+FFFD
}

// open returns what is in a message, or the reason why that cannot be said.
func (o *opener) open(m *Message) (p payload, reason Reason) {
	data, reason := o.uncompressed(m.Data, m.Declared.Encoding)
	if reason != "" {
		return p, reason
	}
	declared := m.Declared.Type
	if m.Declared.EventVersion != "" { // a CloudEvent in binary mode
		if m.Declared.EventType != "" {
			declared = m.Declared.EventType
		}
		if m.Declared.EventTime != "" {
			p.time = quoted(m.Declared.EventTime)
		}
	}
	media, charset := mediaType(declared)
	if p.data, p.invalid, reason = decodeText(data, charset); reason != "" {
		return p, reason
	}
	if media == "application/cloudevents+json" {
		return openEvent(p)
	}
	p.text = isText(media)
	return p, ""
}

// uncompressed undoes a content encoding.
func (o *opener) uncompressed(data []byte, encoding string) ([]byte, Reason) {
	switch strings.ToLower(encoding) {
	case "", "identity":
		return data, ""
	case "gzip", "x-gzip":
	default:
		return nil, Undecodable
	}
	var err error
	if o.gzip == nil {
		o.gzip, err = gzip.NewReader(bytes.NewReader(data))
	} else {
		err = o.gzip.Reset(bytes.NewReader(data))
	}
	if err != nil {
		o.gzip = nil
		return nil, Undecodable
	}
	o.buf.Reset()
	switch n, err := io.Copy(&o.buf, io.LimitReader(o.gzip, int64(o.most)+1)); {
	case n > int64(o.most):
		return nil, TooLarge
	case err != nil:
		return nil, Undecodable
	}
	return o.buf.Bytes(), ""
}

// mediaType splits a content type into media type and charset, both in lower case. It
// forgives quotes around the whole, which some libraries write.
func mediaType(contentType string) (media, charset string) {
	contentType = strings.Trim(strings.TrimSpace(contentType), `"`)
	media, parameters, _ := strings.Cut(contentType, ";")
	for parameters != "" {
		var parameter string
		parameter, parameters, _ = strings.Cut(parameters, ";")
		if name, value, _ := strings.Cut(parameter, "="); strings.EqualFold(strings.TrimSpace(name), "charset") && charset == "" {
			charset = strings.ToLower(strings.Trim(strings.TrimSpace(value), `"'`))
		}
	}
	return strings.ToLower(strings.TrimSpace(media)), charset
}

// isText reports whether a media type is one of text that is no JSON.
func isText(media string) bool {
	return strings.HasPrefix(media, "text/") && media != "text/json"
}

var utf8Mark = []byte("\xef\xbb\xbf")

// decodeText returns text as UTF-8, without a byte order mark. Invalid tells whether
// something in it was not of its encoding.
func decodeText(data []byte, charset string) (text []byte, invalid bool, reason Reason) {
	var e encoding.Encoding
	switch charset {
	case "", "utf-8", "utf8", "us-ascii", "ascii":
		switch {
		case bytes.HasPrefix(data, utf8Mark):
			return data[len(utf8Mark):], false, ""
		case bytes.HasPrefix(data, []byte("\xff\xfe")), bytes.HasPrefix(data, []byte("\xfe\xff")):
			e = unicode.UTF16(unicode.BigEndian, unicode.ExpectBOM)
		default:
			return data, false, ""
		}
	case "gb18030", "gbk", "gb2312", "x-gbk", "cp936":
		e = simplifiedchinese.GB18030
	case "utf-16", "utf16":
		e = unicode.UTF16(unicode.BigEndian, unicode.UseBOM)
	case "utf-16le":
		e = unicode.UTF16(unicode.LittleEndian, unicode.UseBOM)
	case "utf-16be":
		e = unicode.UTF16(unicode.BigEndian, unicode.UseBOM)
	default:
		return nil, false, Undecodable
	}
	text, err := e.NewDecoder().Bytes(data)
	if err != nil {
		return nil, false, Undecodable
	}
	return text, bytes.ContainsRune(text, '\uFFFD'), ""
}

// openEvent takes the envelope off a CloudEvent in structured mode.
func openEvent(p payload) (payload, Reason) {
	var event struct {
		Version string          `json:"specversion"`
		Type    string          `json:"datacontenttype"`
		Time    string          `json:"time"`
		Data    json.RawMessage `json:"data"`
		Bytes   []byte          `json:"data_base64"`
	}
	if err := json.Unmarshal(p.data, &event); err != nil {
		var syntax *json.SyntaxError
		if errors.As(err, &syntax) {
			return p, NotJSON
		}
		return p, Undecodable
	}
	if event.Version == "" {
		return p, Undecodable
	}
	if event.Time != "" {
		p.time = quoted(event.Time)
	}
	media, charset := mediaType(event.Type)
	p.text = isText(media)
	switch {
	case event.Bytes != nil:
		var reason Reason
		p.data, p.invalid, reason = decodeText(event.Bytes, charset)
		return p, reason
	case len(event.Data) == 0:
		return p, NoText
	case !p.text:
		p.data = event.Data
		return p, ""
	}
	var text string
	if err := json.Unmarshal(event.Data, &text); err != nil {
		return p, NoText
	}
	p.data = []byte(text)
	return p, ""
}

// quoted returns a JSON string.
func quoted(s string) []byte {
	b, err := json.Marshal(s)
	if err != nil {
		panic("a string encodes: " + err.Error())
	}
	return b
}
