package intake

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"time"

	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/internal/dates"
)

// openJSON finds out how the objects of a file stand: in an array, one a line, or
// each over several lines. Only a .json file is an array where it begins with
// one: in the others "[1]" is a line to be rejected.
func openJSON(in *input, f format, opts *Options, bal *Balance) (source, error) {
	o := &objects{file: in.name, opts: opts, bal: bal, t: bal.newTable(""), names: memberNames(opts.Columns)}
	o.t.IDs = IDsOwn
	in.decodeAll()
	head := in.head(bufferBytes)
	start := spaceEnd(head, 0)
	if start == len(head) {
		return newLineSource(in, o), nil
	}
	switch {
	case head[start] == '[' && f == formatJSON:
		line, _, err := skipSpace(in.buf)
		if err != nil {
			return nil, in.fail(line, err)
		}
		_, _ = in.buf.Discard(1) // peeked: cannot fail
		return &arraySource{in: in, objects: o, line: line, array: true}, nil
	case head[start] != '{':
		return newLineSource(in, o), nil
	}
	several, err := o.look(head[start:], in.whole && len(head) < bufferBytes)
	if err != nil {
		return nil, err
	}
	if several {
		return &arraySource{in: in, objects: o, line: 1}, nil
	}
	return newLineSource(in, o), nil
}

// look tells from the beginning of a file whether its objects go over several
// lines. It refuses one object with the suggestions in a list inside it.
func (o *objects) look(head []byte, whole bool) (several bool, err error) {
	end := len(head)
	if i := bytes.IndexAny(head, "\r\n"); i >= 0 {
		end = i
	}
	d := json.NewDecoder(bytes.NewReader(head))
	list, hasText, err := o.members(d)
	size := int(d.InputOffset())
	several = end < size
	switch {
	case err == nil:
		alone := whole && len(bytes.TrimSpace(head[size:])) == 0
		if list != "" && !hasText && (several || alone) {
			return false, o.listInside(list)
		}
		return several, nil
	case errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		several = end < len(head)
		if several && list != "" && !hasText {
			return false, o.listInside(list)
		}
		return several, nil
	case len(bytes.TrimSpace(head[:end])) == 1:
		line := 1 + bytes.Count(head[:min(size, len(head))], []byte("\n"))
		return false, phrase.Errorf("%s: %w: it begins as an object over several lines, and is not JSON", place(o.file, line, 0), ErrMalformed)
	}
	return false, nil // a line that is not JSON
}

// members reads one object: the path of a member that is a list of objects, at any
// depth, and whether the object itself has a text.
func (o *objects) members(d *json.Decoder) (list string, hasText bool, err error) {
	err = walk(d, "", func(path string, inList bool) {
		hasText = hasText || path == "."+o.names[fieldText]
		if inList && list == "" {
			list = path
		}
	})
	return list, hasText, err
}

// walk reads one value, and calls visit for each member with its path, and with
// inList for a list whose first element is an object.
func walk(d *json.Decoder, path string, visit func(path string, inList bool)) error {
	token, err := d.Token()
	if err != nil {
		return err
	}
	open, _ := token.(json.Delim)
	if open == 0 {
		return nil
	}
	for first := true; d.More(); first = false {
		below := path
		if open == '{' {
			name, err := d.Token()
			if err != nil {
				return err
			}
			below = fmt.Sprintf("%s.%v", path, name)
			visit(below, false)
		} else if first && path != "" {
			var v json.RawMessage
			if err := d.Decode(&v); err != nil {
				return err
			}
			if len(v) > 0 && v[0] == '{' {
				visit(path, true)
			}
			continue
		}
		if err := walk(d, below, visit); err != nil {
			return err
		}
	}
	_, err = d.Token()
	return err
}

// path is the path of members whose names are plain words, and no words of a person.
var path = regexp.MustCompile(`^(?:\.[A-Za-z_][A-Za-z0-9_]{0,31}){1,4}$`)

func (o *objects) listInside(name string) error {
	hint := phrase.Textf("save the list alone, one object a line or as an array")
	if path.MatchString(name) {
		hint = phrase.Textf("%s, for example with: jq -c '%s[]' %s > list.ndjson", hint, name, o.file)
	}
	return phrase.Errorf("%s: %w: %s", o.file, ErrListInside, hint)
}

// memberNames are the names of the members that are read.
func memberNames(c ColumnChoice) [fieldCount]string {
	names := [fieldCount]string{"text", "title", "source", "submitted_at", "id"}
	for f, name := range names {
		if chosen := c.of(field(f)); chosen != "" && chosen != noColumn {
			name = chosen
		}
		names[f] = name
	}
	return names
}

// objects makes entries of JSON objects.
type objects struct {
	file  string
	opts  *Options
	bal   *Balance
	t     *Table
	names [fieldCount]string

	utf8 bool // what is read is known to be UTF-8
}

// entry makes an entry of a payload. What is not a JSON object goes on as it is,
// under an id of its content, for the pipeline to reject.
func (o *objects) entry(line, row int, payload []byte) entry {
	o.bal.at(o.t, row)
	e := entry{line: line, row: row, table: o.t, payload: payload}
	if !plainObject(payload) && !json.Valid(payload) {
		o.bal.NoText++
		o.t.NoText.Add(row)
		e.print = contentOf(nil, payload)
		return e
	}
	var v [fieldCount][]byte
	at := 0
	walkObject(payload, func(key, value []byte, start int) {
		for f, name := range o.names {
			if keyIs(key, name) {
				if v[f] = value; field(f) == fieldTime {
					at = start
				}
			}
		}
	})
	e.source = stringOf(v[fieldSource])
	e.content = payload
	text, title := bytesOf(v[fieldText], o.utf8), bytesOf(v[fieldTitle], o.utf8)
	if e.print = contentOf(title, text); len(text) == 0 && len(title) == 0 {
		e.print = contentOf(nil, payload)
	}
	if len(bytes.TrimSpace(text)) == 0 {
		o.bal.NoText++
		o.t.NoText.Add(row)
	}
	if o.opts.Columns.ID != noColumn {
		e.id = idOf(v[fieldID])
	}
	if worthOf(e.id) == noID {
		if e.id = ""; len(v[fieldID]) > 0 {
			o.bal.NoID++
			o.t.NoID.Add(row)
		}
	}
	submitted := o.time(row, v[fieldTime])
	switch {
	case o.opts.Columns != ColumnChoice{}:
		if submitted == "" {
			submitted = textOf(v[fieldTime])
		}
		e.payload = append(payloadOf(string(text), string(title), e.source, submitted, textOf(v[fieldID])), '}')
	case submitted != "":
		e.payload = bytes.Join([][]byte{payload[:at], appendJSON(nil, submitted), payload[at+len(v[fieldTime]):]}, nil)
	}
	return e
}

// time returns the time of a record as RFC 3339 where it is written otherwise.
func (o *objects) time(row int, value []byte) string {
	s := textOf(value)
	if s == "" || o.opts.Columns.Time == noColumn {
		o.bal.Undated++
		o.t.NoTime.Add(row)
		return ""
	}
	t, ok := dates.Parse(s, o.opts.Location)
	if !ok || dates.Absurd(t, o.opts.Now()) {
		o.bal.Undated++
		o.t.Undated.Add(row)
	}
	if _, err := time.Parse(time.RFC3339, s); !ok || err == nil && value[0] == '"' {
		return ""
	}
	return t.Format(time.RFC3339Nano)
}

// textOf is a string or a number as text.
func textOf(value []byte) string {
	if len(value) > 0 && value[0] == '"' {
		return stringOf(value)
	}
	return idOf(value)
}
