package pipeline

import (
	"bytes"
	"encoding/json"
	"testing"
	"time"
	"unicode/utf8"
)

func TestExportLine(t *testing.T) {
	f, err := Format{}.Validate()
	if err != nil {
		t.Fatal(err)
	}
	stored := time.Date(2022, 4, 15, 1, 2, 3, 0, time.UTC)
	const place = `"source":"web","submitted_at":"2022-04-15T01:02:03Z"`
	for _, test := range []struct{ name, contentType, payload, want, verbatim string }{
		{"not JSON", "", `{"id":"a","text":"没有结束`, `{"id":"a","text":"没有结束`, ""},
		{"no text", "", `{"id":"a","title":"x"}`, `{` + place + `,"id":"a","title":"x","id":"a#7"}`, `{"id":"a","title":"x"}`},
		{"own source and time", "", `{"source":"s","submitted_at":"soon"}`, `{"source":"s","submitted_at":"soon","id":"reject#7"}`, `{"source":"s","submitted_at":"soon"}`},
		{"empty object", "", ` { } `, `{` + place + `,"id":"reject#7"}`, ` { } `},
		{"a number for an id", "", `{"id":12}`, `{` + place + `,"id":12,"id":"12#7"}`, `{"id":12}`},
		{"no object", "", `["a"]`, `["a"]`, ""},
		{"several lines", "", "[1,\n 2]", `[1,2]`, ""},
		{"several lines, not JSON", "", "{\n<a>", `{"broken":"{\n<a>"}`, ""},
		{"nothing", "", "", `{"broken":""}`, ""},
		{"not UTF-8", "", "{\xff", `{"broken":"{\ufffd","base64":"e/8="}`, ""},
		{"blank plain text", "text/plain", " \n", `{` + place + `,"text":" \n","id":"reject#7"}`, `{"text":" \n"}`},
	} {
		m := &Message{Seq: 7, Subject: "suggestions.web", ContentType: test.contentType, Data: []byte(test.payload), Stored: stored}
		if got := string(ExportLine(m, f, false)); got != test.want {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
		want := test.verbatim
		if want == "" {
			want = test.want
		}
		if got := string(ExportLine(m, f, true)); got != want {
			t.Errorf("%s, verbatim: %s, want %s", test.name, got, want)
		}
	}
}

// Every rejected message becomes one line of UTF-8, and is rejected again if nobody
// corrects it.
func FuzzExportLine(f *testing.F) {
	for _, s := range []string{`{`, `{}`, `[1]`, "{\n\"text\":\n3}", "\xff", "", `{"text":" ","id":"a"}`, `{"text":"a`, `{"id":{"a":1}}`} {
		f.Add([]byte(s), false)
		f.Add([]byte(s), true)
	}
	format, err := Format{}.Validate()
	if err != nil {
		f.Fatal(err)
	}
	d, err := NewDecoder(format)
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte, plain bool) {
		m := &Message{Seq: 3, Subject: "suggestions.web", Data: data, Stored: time.Date(2022, 4, 15, 0, 0, 0, 0, time.UTC)}
		if plain {
			m.ContentType = "text/plain; charset=utf-8"
		}
		var s Suggestion
		if d.Decode(m, &s) == "" {
			t.Skip("not rejected")
		}
		for _, verbatim := range []bool{false, true} {
			line := ExportLine(m, format, verbatim)
			if !utf8.Valid(line) || bytes.ContainsAny(line, "\r\n") || len(bytes.TrimSpace(line)) == 0 {
				t.Fatalf("no line: %q", line)
			}
			again := &Message{Seq: 4, Subject: m.Subject, Data: line, Stored: m.Stored}
			if d.Decode(again, &s) == "" {
				t.Fatalf("%q became a suggestion: %q", data, line)
			}
			if json.Valid(data) && !json.Valid(line) {
				t.Fatalf("%q is JSON, %q is not", data, line)
			}
		}
	})
}
