package pipeline

import (
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/unicode"
)

// What other producers send is read by what its header declares. Version 1 counts it as
// it always did.
func TestMessagesOfOtherProducers(t *testing.T) {
	t.Parallel()
	const text = "孩子三点半放学没人接"
	body := `{"text":"` + text + `"}`
	gb := func(s string) string {
		out, err := simplifiedchinese.GB18030.NewEncoder().String(s)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	utf16 := func(e unicode.Endianness, mark unicode.BOMPolicy, s string) string {
		out, err := unicode.UTF16(e, mark).NewEncoder().String(s)
		if err != nil {
			t.Fatal(err)
		}
		return out
	}
	zip := func(s string) string {
		var b bytes.Buffer
		w := gzip.NewWriter(&b)
		if _, err := w.Write([]byte(s)); err != nil || w.Close() != nil {
			t.Fatal(err)
		}
		return b.String()
	}
	event := func(attributes string) string {
		return `{"specversion":"1.0","id":"1","source":"/p","type":"x"` + attributes + `}`
	}
	const ce = "application/cloudevents+json"
	stored := time.Date(2022, 4, 22, 4, 0, 0, 0, time.UTC)
	for name, c := range map[string]struct {
		data     string
		declared Declared
		reason   Reason
		day      string // "" for the day of storage
		invalid  bool
	}{
		"JSON":                           {data: body},
		"JSON, said in capitals":         {data: body, declared: Declared{Type: "APPLICATION/JSON"}},
		"text":                           {data: text, declared: Declared{Type: "text/plain"}},
		"text of another kind":           {data: text, declared: Declared{Type: "text/markdown; charset=UTF-8"}},
		"text, in quotes":                {data: text, declared: Declared{Type: `"text/plain"`}},
		"text that is said to be bytes":  {data: text, declared: Declared{Type: "application/octet-stream"}, reason: NotJSON},
		"GB text":                        {data: gb(text), declared: Declared{Type: "text/plain; charset=gb18030"}},
		"GB JSON":                        {data: gb(body), declared: Declared{Type: `application/json;charset="GBK"`}},
		"no GB":                          {data: gb(body)[:9] + "\xff" + gb(body)[9:], declared: Declared{Type: "application/json; charset=gbk"}, invalid: true},
		"a mark":                         {data: "\xef\xbb\xbf" + body},
		"UTF-16 with a mark":             {data: utf16(unicode.LittleEndian, unicode.UseBOM, body)},
		"UTF-16 declared":                {data: utf16(unicode.BigEndian, unicode.UseBOM, body), declared: Declared{Type: "application/json; charset=utf-16"}},
		"UTF-16LE without a mark":        {data: utf16(unicode.LittleEndian, unicode.IgnoreBOM, body), declared: Declared{Type: "application/json; charset=utf-16le"}},
		"an encoding that nobody knows":  {data: body, declared: Declared{Type: "application/json; charset=ebcdic"}, reason: Undecodable},
		"gzip":                           {data: zip(body), declared: Declared{Encoding: "GZIP"}},
		"gzip of GB text":                {data: zip(gb(text)), declared: Declared{Encoding: "gzip", Type: "text/plain; charset=gbk"}},
		"not gzip":                       {data: body, declared: Declared{Encoding: "gzip"}, reason: Undecodable},
		"gzip that ends early":           {data: zip(body)[:20], declared: Declared{Encoding: "gzip"}, reason: Undecodable},
		"gzip of too much":               {data: zip(strings.Repeat(" ", 128<<10) + body), declared: Declared{Encoding: "gzip"}, reason: TooLarge},
		"an unknown compression":         {data: body, declared: Declared{Encoding: "br"}, reason: Undecodable},
		"no compression, said":           {data: body, declared: Declared{Encoding: "identity"}},
		"event":                          {data: event(`,"data":` + body), declared: Declared{Type: ce}},
		"event with a time":              {data: event(`,"time":"2022-04-20T23:03:11+08:00","data":` + body), declared: Declared{Type: ce}, day: "2022-04-20"},
		"the suggestion's own time":      {data: event(`,"time":"2022-04-20T23:03:11+08:00","data":{"text":"` + text + `","submitted_at":"2022-04-01T01:00:00Z"}`), declared: Declared{Type: ce}, day: "2022-04-01"},
		"event of text":                  {data: event(`,"datacontenttype":"text/plain","data":"` + text + `"`), declared: Declared{Type: ce + "; charset=utf-8"}},
		"event of bytes":                 {data: event(`,"data_base64":"` + base64.StdEncoding.EncodeToString([]byte(body)) + `"`), declared: Declared{Type: ce}},
		"event of GB bytes":              {data: event(`,"datacontenttype":"text/plain;charset=gbk","data_base64":"` + base64.StdEncoding.EncodeToString([]byte(gb(text))) + `"`), declared: Declared{Type: ce}},
		"event of nothing":               {data: event(""), declared: Declared{Type: ce}, reason: NoText},
		"no event":                       {data: body, declared: Declared{Type: ce}, reason: Undecodable},
		"an event that is no JSON":       {data: text, declared: Declared{Type: ce}, reason: NotJSON},
		"an event of a list":             {data: event(`,"data":[]`), declared: Declared{Type: ce}, reason: NotObject},
		"binary event":                   {data: body, declared: Declared{EventVersion: "1.0", Type: "application/json", EventTime: "2022-04-20T23:03:11+08:00"}, day: "2022-04-20"},
		"binary event of text":           {data: text, declared: Declared{EventVersion: "1.0", EventType: "text/plain"}},
		"attributes without the version": {data: body, declared: Declared{EventType: "text/plain", EventTime: "2022-04-20T23:03:11+08:00"}},
	} {
		spec, err := NewSpec2(StreamInfo{Name: "S"}, strings.Repeat("0", GenerationLen), newWords(t), Format{}, CellBounds{})
		if err != nil {
			t.Fatal(err)
		}
		d, err := NewSpecDecoder(spec)
		if err != nil {
			t.Fatal(err)
		}
		m := &Message{Seq: 1, Subject: "suggestions.x", Data: []byte(c.data), Stored: stored, Declared: c.declared}
		if c.day == "" {
			c.day = "2022-04-22"
		}
		for range 2 { // what is kept from one message does not show in the next
			var s Suggestion
			reason := d.Decode(m, &s)
			if reason != c.reason || s.Day != c.day || s.InvalidUTF8 != c.invalid || s.Source != "x" {
				t.Errorf("%s: %q, %+v, want %q on %s", name, reason, s, c.reason, c.day)
			}
			if reason == "" && !c.invalid && string(s.Text) != text {
				t.Errorf("%s: text %q", name, s.Text)
			}
		}
		// Version 1 does not look at what is declared.
		one, err := NewDecoder(Format{})
		if err != nil {
			t.Fatal(err)
		}
		bare := *m
		bare.Declared = Declared{}
		var a, b Suggestion
		if ra, rb := one.Decode(m, &a), one.Decode(&bare, &b); ra != rb || !bytes.Equal(a.Text, b.Text) || a.Day != b.Day {
			t.Errorf("%s: version 1 reads it as %q %+v, and without its header as %q %+v", name, ra, a, rb, b)
		}
	}
}
