package pipeline

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// oracleFields is the naive reading of a payload that the scanner must agree
// with: encoding/json into a map.
func oracleFields(data []byte, names [numFields]string) ([numFields][]byte, Reason) {
	var out [numFields][]byte
	if !json.Valid(data) {
		return out, NotJSON
	}
	if t := bytes.TrimLeft(data, " \t\r\n"); t[0] != '{' {
		return out, NotObject
	}
	var m map[string]json.RawMessage
	if err := json.Unmarshal(data, &m); err != nil {
		return out, NotJSON
	}
	for i, name := range names {
		if v, ok := m[name]; ok {
			out[i] = v
		}
	}
	return out, ""
}

var testNames = [numFields]string{"text", "title", "source", "submitted_at"}

func checkScan(t *testing.T, data []byte) {
	t.Helper()
	s := scanner{names: testNames}
	got := s.object(data)
	want, reason := oracleFields(data, testNames)
	if got != reason {
		t.Fatalf("scan %q: reason %q, encoding/json says %q", data, got, reason)
	}
	if reason != "" {
		return
	}
	for i := range want {
		if !bytes.Equal(s.value[i], want[i]) || (s.value[i] == nil) != (want[i] == nil) {
			t.Fatalf("scan %q: field %s is %q, encoding/json says %q", data, testNames[i], s.value[i], want[i])
		}
		if len(want[i]) == 0 || want[i][0] != '"' {
			continue
		}
		var str string
		if err := json.Unmarshal(want[i], &str); err != nil {
			t.Fatalf("unmarshal %q: %v", want[i], err)
		}
		if got := appendUnquoted(nil, s.value[i]); string(got) != str {
			t.Fatalf("unquote %q: %q, encoding/json says %q", want[i], got, str)
		}
		if v, direct := stringValue(s.value[i], !utf8.Valid(data)); direct && string(v) != str {
			t.Fatalf("direct value of %q: %q, encoding/json says %q", want[i], v, str)
		}
	}
}

var scanCases = []string{
	``, ` `, `{`, `}`, `{}`, ` {} `, `{}x`, `{}{}`, `[]`, `[1,2]`, `"x"`, `null`, `nul`, `true`, `tru`, `false`, `0`, `-`, `-0`, `01`, `1.`, `1.5e`, `1.5e+3`, `1e5`, `.5`, `+1`, `NaN`,
	`{"text":"学校"}`, `{"text":"a","text":"b"}`, `{"te\u0078t":"a"}`, `{"TEXT":"a"}`, `{"text":null}`, `{"text":1}`, `{"text":{"text":"x"}}`, `{"a":{"text":"x"}}`,
	`{"text":"a",}`, `{,"text":"a"}`, `{"text" : "a" , "title":"b"}`, `{"text":"a" "title":"b"}`, `{text:"a"}`, `{"text"}`, `{"text":}`, `{"text":"a"`, `{"text":"a`,
	`{"text":"\ud83d\ude00"}`, `{"text":"\ud83d"}`, `{"text":"\ud83dx"}`, `{"text":"\ud83d\u0041"}`, `{"text":"\ude00\ud83d"}`, `{"text":"\ud83d\ud83d\ude00"}`, `{"text":"\u12"}`, `{"text":"\x"}`, `{"text":"\"\\\/\b\f\n\r\t"}`,
	"{\"text\":\"\x01\"}", "{\"text\":\"a\tb\"}", "{\"text\":\"\x7f\"}", "{\"text\":\"\xff\xfe\"}", "{\"text\":\"12345678\xff9\"}", "\xef\xbb\xbf{}", "{}\x00", "{\"text\":\"\x00\"}", "\x00",
	`{"a":[1,[2,{"b":[]}],{}],"text":"x"}`, `{"a":[1,]}`, `{"a":[,1]}`, `{"a":[1 2]}`, `{"a":{"b":1,}}`, `{"a":[}`, `{"a":{]}`, `{"a":[1}`, `{"source":"x","submitted_at":"2022-04-15T08:00:00+08:00","text":"t","title":"u"}`,
	`{"12345678":"abcdefgh\"ijklmno\\pqrstuv","text":"0123456789abcdef0"}`,
}

func TestScannerAgreesWithEncodingJSON(t *testing.T) {
	t.Parallel()
	for _, c := range scanCases {
		checkScan(t, []byte(c))
		for i := range len(c) { // every prefix, and every byte cut out
			checkScan(t, []byte(c[:i]))
			checkScan(t, []byte(c[:i]+c[i+1:]))
		}
	}
}

func TestScannerDepth(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 9998, 9999, 10000, 10001, 100000} {
		for _, pair := range []string{"[]", `{"a":}`} {
			opening, closing := pair[:len(pair)-1], pair[len(pair)-1:]
			inner := strings.Repeat(opening, n) + "1" + strings.Repeat(closing, n)
			checkScan(t, []byte(inner))
			checkScan(t, []byte(`{"text":"x","deep":`+inner+`}`))
			checkScan(t, []byte(`{"text":"x","deep":`+strings.Repeat(opening, n)))
		}
	}
}

func FuzzScanner(f *testing.F) {
	for _, c := range scanCases {
		f.Add([]byte(c))
	}
	f.Fuzz(func(t *testing.T, data []byte) { checkScan(t, data) })
}

func TestDecode(t *testing.T) {
	stored := time.Date(2022, 5, 1, 17, 30, 0, 0, time.UTC) // 2 May in Shanghai
	const broker = "2022-05-02"
	cases := []struct {
		name, subject, contentType, data string
		reason                           Reason
		want                             Suggestion
		text                             string
	}{
		{"all fields", "suggestions.xinhua", "", `{"id":"1","title":"放学","text":"没人接","source":"cctv","submitted_at":"2022-04-15T23:30:00+08:00"}`, "", Suggestion{Source: "cctv", Day: "2022-04-15"}, "放学\n没人接"},
		{"text only", "suggestions.xinhua", "", `{"text":"没人接"}`, "", Suggestion{Source: "xinhua", Day: broker}, "没人接"},
		{"blank title is none", "suggestions.xinhua", "", `{"text":"没人接","title":" \u200b"}`, "", Suggestion{Source: "xinhua", Day: broker}, "没人接"},
		{"title no string", "suggestions.xinhua", "", `{"text":"没人接","title":7}`, "", Suggestion{Source: "xinhua", Day: broker}, "没人接"},
		{"escaped title and text", "s.x", "", `{"title":"\u653e","text":"a\nb"}`, "", Suggestion{Source: "x", Day: broker}, "放\na\nb"},
		{"zone", "s.x", "", `{"text":"a","submitted_at":"2022-04-14T16:00:00Z"}`, "", Suggestion{Source: "x", Day: "2022-04-15"}, "a"},
		{"subject with more tokens", "s.a.b", "", `{"text":"a"}`, "", Suggestion{Source: "a.b", Day: broker}, "a"},
		{"subject without source", "s", "", `{"text":"a"}`, "", Suggestion{Source: "unknown", Day: broker}, "a"},
		{"blank source", "s.x", "", `{"text":"a","source":" "}`, "", Suggestion{Source: "x", Day: broker}, "a"},
		{"source no string", "s.x", "", `{"text":"a","source":["y"]}`, "", Suggestion{Source: "x", Day: broker}, "a"},
		{"long source", "s.x", "", `{"text":"a","source":"` + strings.Repeat("长", 40) + `"}`, "", Suggestion{Source: strings.Repeat("长", 21), Day: broker}, "a"},
		{"unparsable time", "s.x", "", `{"text":"a","submitted_at":"yesterday"}`, "", Suggestion{Source: "x", Day: broker, AbsurdTime: true}, "a"},
		{"time is a number", "s.x", "", `{"text":"a","submitted_at":1650000000}`, "", Suggestion{Source: "x", Day: broker, AbsurdTime: true}, "a"},
		{"23 h ahead", "s.x", "", `{"text":"a","submitted_at":"2022-05-02T16:30:00Z"}`, "", Suggestion{Source: "x", Day: "2022-05-03"}, "a"},
		{"25 h ahead", "s.x", "", `{"text":"a","submitted_at":"2022-05-02T18:30:00Z"}`, "", Suggestion{Source: "x", Day: broker, AbsurdTime: true}, "a"},
		{"before 1990", "s.x", "", `{"text":"a","submitted_at":"1989-12-31T00:00:00Z"}`, "", Suggestion{Source: "x", Day: broker, AbsurdTime: true}, "a"},
		{"null and empty time are none", "s.x", "", `{"text":"a","submitted_at":null}`, "", Suggestion{Source: "x", Day: broker}, "a"},
		{"empty time", "s.x", "", `{"text":"a","submitted_at":""}`, "", Suggestion{Source: "x", Day: broker}, "a"},
		{"invalid utf-8", "s.x", "", "{\"text\":\"a\xffb\"}", "", Suggestion{Source: "x", Day: broker, InvalidUTF8: true}, "a\uFFFDb"},
		{"plain text", "s.x", "Text/Plain; charset=utf-8", `{"text":"a"}`, "", Suggestion{Source: "x", Day: broker}, `{"text":"a"}`},
		{"plain invalid", "s.x", "text/plain", "a\xff\xfe", "", Suggestion{Source: "x", Day: broker, InvalidUTF8: true}, "a\uFFFD\uFFFD"},
		{"plain blank", "s.x", "text/plain", " \u3000\ufeff\n", Blank, Suggestion{Source: "x", Day: broker}, ""},
		{"not json", "s.x", "", `hello`, NotJSON, Suggestion{Source: "x", Day: broker}, ""},
		{"trailing", "s.x", "", `{"text":"a"} x`, NotJSON, Suggestion{Source: "x", Day: broker}, ""},
		{"empty", "s.x", "", ``, NotJSON, Suggestion{Source: "x", Day: broker}, ""},
		{"array", "s.x", "", `[]`, NotObject, Suggestion{Source: "x", Day: broker}, ""},
		{"no text", "s.x", "", `{"source":"y"}`, NoText, Suggestion{Source: "y", Day: broker}, ""},
		{"text is null", "s.x", "", `{"text":null}`, NoText, Suggestion{Source: "x", Day: broker}, ""},
		{"blank", "s.x", "", `{"text":" \u200b\u3000\n","title":"有"}`, Blank, Suggestion{Source: "x", Day: broker}, ""},
		{"too large", "s.x", "", `{"text":"` + strings.Repeat("a", 128<<10) + `","source":"y"}`, TooLarge, Suggestion{Source: "x", Day: broker}, ""},
	}
	d, err := NewDecoder(Format{})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // the second time from what the decoder remembers
		for _, c := range cases {
			var s Suggestion
			reason := d.Decode(&Message{Seq: 1, Subject: c.subject, ContentType: c.contentType, Data: []byte(c.data), Stored: stored}, &s)
			if reason != c.reason {
				t.Errorf("%s: reason %q, want %q", c.name, reason, c.reason)
			}
			if reason == "" && string(s.Text) != c.text {
				t.Errorf("%s: text %q, want %q", c.name, s.Text, c.text)
			}
			if s.Source != c.want.Source || s.Day != c.want.Day || s.AbsurdTime != c.want.AbsurdTime || s.InvalidUTF8 != c.want.InvalidUTF8 {
				t.Errorf("%s: %q %q absurd %v invalid %v, want %+v", c.name, s.Source, s.Day, s.AbsurdTime, s.InvalidUTF8, c.want)
			}
		}
	}
}

func TestFormatIsConfigurable(t *testing.T) {
	d, err := NewDecoder(Format{TextField: "内容", SkipTokens: 2, Zone: "UTC"})
	if err != nil {
		t.Fatal(err)
	}
	var s Suggestion
	m := &Message{Subject: "org.in.web", Data: []byte(`{"内容":"a","text":"b"}`), Stored: time.Date(2022, 5, 1, 17, 30, 0, 0, time.UTC)}
	if reason := d.Decode(m, &s); reason != "" || string(s.Text) != "a" || s.Source != "web" || s.Day != "2022-05-01" {
		t.Fatalf("reason %q, %q %q %q", reason, s.Text, s.Source, s.Day)
	}
	for _, zone := range []string{"Mars/Base", "Local"} { // Local is another zone on another machine
		if _, err := NewDecoder(Format{Zone: zone}); err == nil {
			t.Fatalf("zone %s was accepted", zone)
		}
	}
}

func FuzzDecode(f *testing.F) {
	for _, c := range scanCases {
		f.Add([]byte(c), false)
	}
	f.Fuzz(func(t *testing.T, data []byte, plain bool) {
		d, err := NewDecoder(Format{})
		if err != nil {
			t.Fatal(err)
		}
		m := Message{Subject: "s.x", Data: data, Stored: time.Unix(1650000000, 0)}
		if plain {
			m.ContentType = "text/plain"
		}
		var s Suggestion
		reason := d.Decode(&m, &s)
		if len(s.Day) != len("2006-01-02") || s.Source == "" || !utf8.ValidString(s.Source) {
			t.Fatalf("day %q, source %q", s.Day, s.Source)
		}
		if reason == "" && (!utf8.Valid(s.Text) || isBlank(s.Text)) {
			t.Fatalf("accepted text %q", s.Text)
		}
		key := CellKey{Day: s.Day, Source: s.Source, Kind: KindTotal, ID: All}
		if back, err := ParseKey(key.Key()); err != nil || back != key {
			t.Fatalf("key %q reads back as %+v, %v", key.Key(), back, err)
		}
	})
}
