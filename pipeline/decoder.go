package pipeline

import (
	"strings"
	"time"
	"unicode/utf8"
)

// A time is absurd when it cannot be parsed, lies before 1990, or lies more than a
// day after the broker stored the message. A day is allowed because clocks and zones
// are set wrong.
const (
	earliest  = 631152000 // 1990-01-01T00:00:00Z, in seconds since 1970
	maxFuture = 24 * time.Hour
)

// unknownSource is the source of a message that names none.
const unknownSource = "unknown"

// Decoder turns messages into suggestions. Not safe for concurrent use.
type Decoder struct {
	format Format
	// rules is equal in two decoders of specs only if they decode alike; "" for a decoder
	// of a format alone.
	rules string
	zone  *time.Location
	// serverMessages: those that the server wrote have a reason of their own. In
	// version 1 their payload decides.
	serverMessages bool
	// commonTimes: times are read as [TimesCommon] says.
	commonTimes bool
	// opener undoes what version 2 undoes: compression, encodings, envelopes. nil: the
	// payload is read as it is.
	opener *opener

	scan    scanner
	text    []byte // buffers that Suggestion.Text may point into
	scratch []byte

	// Results that are kept, because they repeat.
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
	if m.ByServer && d.serverMessages {
		d.byBroker(m, s)
		return ServerMessage
	}
	if len(m.Data) > d.format.MaxBytes {
		d.byBroker(m, s)
		return TooLarge
	}
	p := payload{data: m.Data, text: isPlainText(m.ContentType)}
	if d.opener != nil {
		var reason Reason
		if p, reason = d.opener.open(m); reason != "" {
			d.byBroker(m, s)
			return reason
		}
	}
	s.InvalidUTF8 = p.invalid || !utf8.Valid(p.data)
	if p.text {
		d.byBroker(m, s)
		d.setEventDay(m, p.time, s)
		s.Text = d.plain(p.data, s.InvalidUTF8)
		return blankReason(s.Text)
	}
	if reason := d.scan.object(p.data); reason != "" {
		d.byBroker(m, s)
		return reason
	}
	d.setSource(m, s)
	d.setDay(m, s)
	if s.NoTime {
		d.setEventDay(m, p.time, s)
	}
	return d.setText(s)
}

// byBroker sets the source from the subject, and the day from when the broker stored
// the message.
func (d *Decoder) byBroker(m *Message, s *Suggestion) {
	s.NoTime = true
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

// setSource sets the source from the field, or else from the subject.
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

// subjectSource returns the tokens of the subject after the first SkipTokens.
func (d *Decoder) subjectSource(subject string) string {
	if known, ok := d.subjects[subject]; ok {
		return known
	}
	rest := subjectRest(subject, d.format.SkipTokens)
	source := cutSource(string(appendValid(nil, []byte(rest))))
	if source == "" {
		source = unknownSource
	}
	d.subjects.put(strings.Clone(subject), source)
	return source
}

// interned maps a spelling to the source that it means.
type interned map[string]string

// put keeps a source. It forgets all of them when there are very many: then they
// repeat little, and must not fill the memory.
func (m interned) put(spelling, source string) {
	if len(m) >= 4096 {
		clear(m)
	}
	m[spelling] = source
}

// setDay sets the day from the time that the message names, or else from when the
// broker stored it.
func (d *Decoder) setDay(m *Message, s *Suggestion) {
	raw := d.scan.value[fieldTime]
	switch {
	case len(raw) == 0, string(raw) == "null", string(raw) == `""`:
		s.NoTime = true
		s.Day = d.day(m.Stored)
		return
	}
	d.setTime(m, raw, s)
}

// setEventDay sets the day from the time of the event that a suggestion came in, if it
// has one.
func (d *Decoder) setEventDay(m *Message, raw []byte, s *Suggestion) {
	if len(raw) > 0 {
		s.NoTime = false
		d.setTime(m, raw, s)
	}
}

// setTime sets the day from a time that is written as a JSON value.
func (d *Decoder) setTime(m *Message, raw []byte, s *Suggestion) {
	t, ok := parseTime(raw)
	if !ok && d.commonTimes {
		t, ok = parseCommonTime(raw, d.zone)
	}
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
