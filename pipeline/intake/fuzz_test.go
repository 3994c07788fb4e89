package intake

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/encoding/unicode"
)

// FuzzLines: every line that is not empty comes out once, verbatim, in order,
// with its number and an id that no other has, unless it brings its own. What is not
// UTF-8 is read in the encoding that it seems to be in: then the lines are in order.
func FuzzLines(f *testing.F) {
	f.Add([]byte("\xa5A\n"))
	f.Add([]byte("\r00"))
	f.Add([]byte("{\n}\n{}\n"))
	f.Add([]byte("{\"id\":1}\n\r\n  \n{\"text\":\"好\"}\r\n{\"text\":\"好\"}\nx\xff"))
	f.Add([]byte("{\"\\u0069d\":\"\\ud800\",\"id\":[{}],\"source\":\"a\\\"b\"}\n\x00\n{}\n[\n"))
	f.Fuzz(func(t *testing.T, content []byte) {
		if marked(content) {
			t.Skip("says that it is UTF-16, or begins with a mark that is dropped")
		}
		start, _, _ := strings.Cut(strings.TrimLeft(string(content), " \t\r\n"), "\n")
		if start, _, _ = strings.Cut(start, "\r"); strings.HasPrefix(start, "{") && !json.Valid([]byte(start)) {
			t.Skip("begins as an object over several lines, which is one record")
		}
		r, err := Open("-", Options{Stdin: bytes.NewReader(content)})
		if errors.Is(err, ErrEncoding) && !utf8.Valid(content) {
			return // said, and to be mended by a person
		}
		if err != nil {
			t.Fatal(err)
		}
		if !utf8.Valid(content) {
			for last := 0; ; {
				rec, err := r.Next()
				var refused *RecordError
				if err != nil && !errors.As(err, &refused) {
					if !errors.Is(err, io.EOF) {
						t.Fatal(err)
					}
					return
				}
				if err == nil && rec.Line <= last {
					t.Fatalf("line %d after line %d", rec.Line, last)
				} else if err == nil {
					last = rec.Line
				}
			}
		}
		ids := map[string]bool{}
		ends := bytes.ReplaceAll(bytes.ReplaceAll(content, []byte("\r\n"), []byte("\n")), []byte("\r"), []byte("\n"))
		for i, line := range bytes.Split(ends, []byte("\n")) {
			if len(bytes.Trim(line, " \t\r")) == 0 {
				continue
			}
			rec, err := r.Next()
			if err != nil {
				t.Fatalf("line %d: %v", i+1, err)
			}
			if rec.Line != i+1 || !bytes.Equal(rec.Payload, line) {
				t.Fatalf("line %d %q came out as %d %q", i+1, line, rec.Line, rec.Payload)
			}
			own, source := fieldsByDecoder(line)
			if rec.Source != source || own != "" && rec.ID != own {
				t.Fatalf("line %q: id %q source %q, want %q %q", line, rec.ID, rec.Source, own, source)
			}
			if own == "" && ids[rec.ID] {
				t.Fatalf("line %d: id %s occurs twice", i+1, rec.ID)
			}
			ids[rec.ID] = true
		}
		if _, err := r.Next(); !errors.Is(err, io.EOF) {
			t.Fatalf("behind the last line: %v", err)
		}
	})
}

func marked(b []byte) bool {
	for _, m := range []string{"\xEF\xBB\xBF", "\xFF\xFE", "\xFE\xFF", "{\x00", "[\x00", "\x00{", "\x00["} {
		if bytes.HasPrefix(b, []byte(m)) {
			return true
		}
	}
	return false
}

// fieldsByDecoder is the slow way to find id and source.
func fieldsByDecoder(line []byte) (id, source string) {
	var m map[string]json.RawMessage
	if json.Unmarshal(line, &m) != nil || m == nil {
		return "", ""
	}
	_ = json.Unmarshal(m["source"], &source)
	v := m["id"]
	switch {
	case len(v) == 0:
	case v[0] == '"':
		_ = json.Unmarshal(v, &id)
		if strings.ContainsRune(id, utf8.RuneError) {
			id = string(v[1 : len(v)-1])
		}
	case v[0] == '-' || v[0] >= '0' && v[0] <= '9':
		id = string(v)
	}
	return id, source
}

// FuzzArray: the elements of an array come out as they are.
func FuzzArray(f *testing.F) {
	f.Add("a\"]", "[{", 3, " \n")
	f.Add("\\", "}\\\"", -1, "")
	f.Fuzz(func(t *testing.T, a, b string, n int, space string) {
		space = strings.Map(func(r rune) rune {
			if r < utf8.RuneSelf && isSpace(byte(r)) {
				return r
			}
			return -1
		}, space)
		var elements []string
		for _, v := range []any{map[string]any{"id": a, a: []string{b}}, b, n, []any{nil, a, map[string]int{b: n}}} {
			e, err := json.Marshal(v)
			if err != nil {
				t.Fatal(err)
			}
			elements = append(elements, string(e))
		}
		content := space + "[" + space + strings.Join(elements, space+","+space) + space + "]" + space
		if marked([]byte(content)) {
			t.Skip()
		}
		records, refused, err := readAll(t, write(t, "a.json", []byte(content)), Options{})
		if err != nil || refused != nil || len(records) != len(elements) {
			t.Fatalf("%d records of %d, %v, %v", len(records), len(elements), refused, err)
		}
		for i, r := range records {
			if string(r.Payload) != elements[i] {
				t.Errorf("element %d: %q, want %q", i, r.Payload, elements[i])
			}
		}
	})
}

// FuzzTable: what is quoted by the rules comes back, with every delimiter.
func FuzzTable(f *testing.F) {
	f.Add("他说\"好\"", "多\r\n行", "x,;\t")
	f.Add("\"", "\n\"", ",\"")
	f.Fuzz(func(t *testing.T, a, b, c string) {
		if !utf8.ValidString(a) || !utf8.ValidString(b) || !utf8.ValidString(c) || strings.TrimSpace(a+b+c) == "" {
			t.Skip("other tests")
		}
		for _, delim := range []string{",", ";", "\t"} {
			var file strings.Builder
			file.WriteString("\xEF\xBB\xBF标题" + delim + "内容" + delim + "x\r\n")
			for _, row := range [][]string{{a, b, c}, {c, a, b}} {
				for i, cell := range row {
					if i > 0 {
						file.WriteString(delim)
					}
					file.WriteString("\"" + strings.ReplaceAll(cell, `"`, `""`) + "\"")
				}
				file.WriteString("\r\n")
			}
			records, refused, err := readAll(t, write(t, "a.csv", []byte(file.String())), Options{})
			if err != nil || refused != nil || len(records) != 2 {
				t.Fatalf("%d records, %v, %v", len(records), refused, err)
			}
			for i, want := range [][2]string{{a, b}, {c, a}} {
				var m struct{ Title, Text string }
				if err := json.Unmarshal(records[i].Payload, &m); err != nil {
					t.Fatal(err)
				}
				if m.Title != want[0] || m.Text != want[1] {
					t.Errorf("row %d: %q, want %q", i, m, want)
				}
			}
		}
	})
}

// FuzzTableBytes: whatever the file, every line below the header ends in
// exactly one record or error, or is blank; payloads are JSON.
func FuzzTableBytes(f *testing.F) {
	f.Add([]byte("\"a\nb\",1\n\"open\n2,3,4\n,\n\"\"\"\n"), uint8(20))
	f.Add([]byte("\xb0\xa1"), uint8('e'))
	f.Add([]byte("\"a\nb\",1\n\"ope\xac\xac\xac\xac3,4\n,\n\",\","), uint8(20))
	f.Add([]byte("\xb0\xa1,\xff\n\"\r\n\x00\n\",\"x\"y\",\n"), uint8(90))
	f.Add([]byte("\r0"), uint8('e'))
	f.Add([]byte("\xff\x000\x00"), uint8('Z')) // zeros where UTF-16 has them, below a line that is none
	f.Fuzz(func(t *testing.T, content []byte, limit uint8) {
		const header = "text,id,x\n"
		path := write(t, "a.csv", append([]byte(header), content...))
		r, err := Open(path, Options{MaxRecordBytes: int(limit) + len(header)})
		if errors.Is(err, ErrEncoding) {
			return // said, and to be mended by a person
		}
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		last := 1
		var letters int
		for {
			rec, err := r.Next()
			var re *RecordError
			switch {
			case errors.Is(err, io.EOF):
				// A lone carriage return ends a line too, as in editors.
				if lines := bytes.Count(content, []byte("\n")) + bytes.Count(content, []byte("\r")) + 2; last > lines {
					t.Fatalf("line %d of %d", last, lines)
				}
				if letters > len(content)*4 { // GBK grows
					t.Fatalf("%d bytes out of %d", letters, len(content))
				}
				return
			case errors.As(err, &re):
				if re.Line < last {
					t.Fatalf("error for line %d after line %d", re.Line, last)
				}
				last = re.Line
			case err != nil:
				t.Fatal(err)
			default:
				if rec.Line <= last {
					t.Fatalf("line %d after line %d", rec.Line, last)
				}
				last = rec.Line
				var m struct{ Text string }
				if err := json.Unmarshal(rec.Payload, &m); err != nil {
					t.Fatalf("payload %q: %v", rec.Payload, err)
				}
				letters += len(strings.ReplaceAll(m.Text, "\ufffd", ""))
			}
		}
	})
}

// FuzzUTF16: a file in UTF-16 is the file in UTF-8.
func FuzzUTF16(f *testing.F) {
	f.Add("{\"id\":\"一😀\"}\n{\"text\":\"x\"}\r\n", true)
	f.Add("{\n0", false) // no JSON, in either encoding
	f.Fuzz(func(t *testing.T, content string, big bool) {
		if !utf8.ValidString(content) || marked([]byte(content)) || strings.HasPrefix(content, "\ufeff") {
			t.Skip()
		}
		e := unicode.LittleEndian
		if big {
			e = unicode.BigEndian
		}
		wide, err := unicode.UTF16(e, unicode.UseBOM).NewEncoder().Bytes([]byte(content))
		if err != nil {
			t.Fatal(err)
		}
		want, _, err1 := readAll(t, "-", Options{Stdin: strings.NewReader(content)})
		got, _, err2 := readAll(t, "-", Options{Stdin: bytes.NewReader(wide)})
		if fmt.Sprint(err1) != fmt.Sprint(err2) || fmt.Sprint(brief(want)) != fmt.Sprint(brief(got)) {
			t.Errorf("%v, want %v (%v, %v)", brief(got), brief(want), err1, err2)
		}
	})
}
