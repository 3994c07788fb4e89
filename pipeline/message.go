package pipeline

import (
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Message is one message of the stream as the broker hands it over.
type Message struct {
	Seq         uint64
	Subject     string
	ContentType string // of its header; "" for none
	Data        []byte
	Stored      time.Time // when the broker stored it
}

// Suggestion is what a message says.
type Suggestion struct {
	// Text is what is classified: title, a line feed and the text, or the text
	// alone. It may point into the message, and is valid until the next Decode.
	Text   []byte
	Source string
	Day    string // "2006-01-02", in the format's zone

	InvalidUTF8 bool // some bytes were no UTF-8; each became U+FFFD
	AbsurdTime  bool // the time given made no sense; Day is the broker's
}

// A time is absurd when it is unparsable, before 1990, or more than a day after
// the broker stored the message (a day, since clocks and zones are set wrong).
const (
	earliest  = 631152000 // 1990-01-01T00:00:00Z, in seconds since 1970
	maxFuture = 24 * time.Hour
)

// unknownSource is the source of a message that names none.
const unknownSource = "unknown"

// Decoder turns messages into suggestions. Not safe for concurrent use.
type Decoder struct {
	format Format
	zone   *time.Location

	scan    scanner
	text    []byte // buffers that Suggestion.Text may point into
	scratch []byte

	// What was worked out before.
	days     map[int64]string // by days since 1970
	fields   interned         // by the quoted source field
	subjects interned         // by subject
}

// NewDecoder returns a decoder of the format, with defaults filled in; the
// error is that of [Format.Validate].
func NewDecoder(f Format) (*Decoder, error) {
	f, err := f.Validate()
	if err != nil {
		return nil, err
	}
	zone, err := time.LoadLocation(f.Zone)
	if err != nil {
		return nil, err
	}
	d := &Decoder{format: f, zone: zone, days: make(map[int64]string), fields: make(interned), subjects: make(interned)}
	d.scan.names = [numFields]string{fieldText: f.TextField, fieldTitle: f.TitleField, fieldSource: f.SourceField, fieldTime: f.TimeField}
	return d, nil
}

// Decode fills s from m and returns "", or the reason why m is no suggestion.
// Source and Day are set in either case.
func (d *Decoder) Decode(m *Message, s *Suggestion) Reason {
	*s = Suggestion{}
	if len(m.Data) > d.format.MaxBytes {
		d.byBroker(m, s)
		return TooLarge
	}
	s.InvalidUTF8 = !utf8.Valid(m.Data)
	if isPlainText(m.ContentType) {
		d.byBroker(m, s)
		s.Text = d.plain(m.Data, s.InvalidUTF8)
		return blankReason(s.Text)
	}
	if reason := d.scan.object(m.Data); reason != "" {
		d.byBroker(m, s)
		return reason
	}
	d.setSource(m, s)
	d.setDay(m, s)
	return d.setText(s)
}

// byBroker sets source and day from what the broker knows.
func (d *Decoder) byBroker(m *Message, s *Suggestion) {
	s.Source = d.subjectSource(m.Subject)
	s.Day = d.day(m.Stored)
}

// plain returns the bytes, or a copy in which every invalid byte is U+FFFD.
func (d *Decoder) plain(b []byte, invalid bool) []byte {
	if !invalid {
		return b
	}
	d.text = appendValid(d.text[:0], b)
	return d.text
}

// setText joins title and text.
func (d *Decoder) setText(s *Suggestion) Reason {
	raw := d.scan.value[fieldText]
	if len(raw) == 0 || raw[0] != '"' {
		return NoText
	}
	text, direct := stringValue(raw, s.InvalidUTF8)
	if !direct {
		d.scratch = appendUnquoted(d.scratch[:0], raw)
		text = d.scratch
	}
	if isBlank(text) {
		return Blank
	}
	s.Text = text
	if t := d.scan.value[fieldTitle]; len(t) > 0 && t[0] == '"' {
		title, direct := stringValue(t, s.InvalidUTF8)
		if direct {
			d.text = append(d.text[:0], title...)
		} else {
			d.text = appendUnquoted(d.text[:0], t)
		}
		if !isBlank(d.text) {
			d.text = append(d.text, '\n')
			d.text = append(d.text, text...)
			s.Text = d.text
		}
	}
	return ""
}

// setSource takes the field, or what the subject says.
func (d *Decoder) setSource(m *Message, s *Suggestion) {
	raw := d.scan.value[fieldSource]
	if len(raw) < 2 || raw[0] != '"' {
		s.Source = d.subjectSource(m.Subject)
		return
	}
	source, ok := d.fields[string(raw)]
	if !ok {
		source = cutSource(strings.TrimSpace(string(appendUnquoted(nil, raw))))
		d.fields.put(string(raw), source)
	}
	if source == "" {
		source = d.subjectSource(m.Subject)
	}
	s.Source = source
}

// subjectSource returns the tokens of the subject after those of the stream.
func (d *Decoder) subjectSource(subject string) string {
	if known, ok := d.subjects[subject]; ok {
		return known
	}
	rest := subject
	for range d.format.SkipTokens {
		_, after, ok := strings.Cut(rest, ".")
		if !ok {
			after = ""
		}
		rest = after
	}
	source := cutSource(string(appendValid(nil, []byte(rest))))
	if source == "" {
		source = unknownSource
	}
	d.subjects.put(strings.Clone(subject), source)
	return source
}

// interned maps a spelling to the source that it means.
type interned map[string]string

// put keeps a source, and forgets all when there are so many that they repeat
// little: a source that is never the same costs no memory.
func (m interned) put(spelling, source string) {
	if len(m) >= 4096 {
		clear(m)
	}
	m[spelling] = source
}

// cutSource limits a source to MaxSource bytes, at the border of a character.
func cutSource(s string) string {
	if len(s) <= MaxSource {
		return s
	}
	n := MaxSource
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// setDay takes the time that was given, or the broker's.
func (d *Decoder) setDay(m *Message, s *Suggestion) {
	raw := d.scan.value[fieldTime]
	switch {
	case len(raw) == 0, string(raw) == "null", string(raw) == `""`:
		s.Day = d.day(m.Stored)
		return
	}
	t, ok := parseTime(raw)
	if !ok || t.Unix() < earliest || t.Sub(m.Stored) > maxFuture {
		s.AbsurdTime = true
		t = m.Stored
	}
	s.Day = d.day(t)
}

// day returns the calendar day of t in the format's zone.
func (d *Decoder) day(t time.Time) string {
	t = t.In(d.zone)
	_, offset := t.Zone()
	n := floorDiv(t.Unix()+int64(offset), 24*60*60)
	if s, ok := d.days[n]; ok {
		return s
	}
	s := t.Format(time.DateOnly)
	if len(d.days) >= 4096 {
		clear(d.days)
	}
	d.days[n] = s
	return s
}

func floorDiv(a, b int64) int64 {
	q := a / b
	if a%b < 0 {
		q--
	}
	return q
}

// isPlainText tells whether a content type is text/plain, with parameters or not.
func isPlainText(contentType string) bool {
	if contentType == "" {
		return false
	}
	media, _, _ := strings.Cut(contentType, ";")
	return strings.EqualFold(strings.TrimSpace(media), "text/plain")
}

func blankReason(text []byte) Reason {
	if isBlank(text) {
		return Blank
	}
	return ""
}

// isBlank tells whether a text has nothing that can be seen: only white space,
// control and format characters (zero-width ones, the byte order mark).
func isBlank(text []byte) bool {
	for len(text) > 0 {
		r, n := utf8.DecodeRune(text)
		if !unicode.IsSpace(r) && !unicode.In(r, unicode.Cc, unicode.Cf) {
			return false
		}
		text = text[n:]
	}
	return true
}

// appendValid appends b with every invalid byte as U+FFFD.
func appendValid(dst, b []byte) []byte {
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		dst = utf8.AppendRune(dst, r)
		b = b[n:]
	}
	return dst
}
