package intake

import (
	"errors"
	"io"
	"strings"
	"time"

	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/internal/dates"
)

// sampleRows and sampleBytes bound what is looked at to find the header and the
// columns of a table.
const (
	sampleRows  = 200
	sampleBytes = 2 << 20
)

// rowSource is a table row by row; next returns io.EOF at its end.
type rowSource interface {
	next() (row, error)
}

// takeSample reads the first rows that have anything in them. They are the
// caller's; the source goes on behind them.
func takeSample(rows rowSource) (sample []row, err error) {
	size := 0
	for len(sample) < sampleRows && size < sampleBytes {
		r, err := rows.next()
		if err != nil {
			return sample, err
		}
		if r.blank() {
			continue
		}
		r.cells = append([]cell(nil), r.cells...)
		for i := range r.cells {
			size += len(r.cells[i].text)
		}
		sample = append(sample, r)
	}
	return sample, nil
}

// tableSource is a table with its header found: rows as entries.
type tableSource struct {
	file    string
	opts    *Options
	bal     *Balance
	t       *Table
	ids     *identity
	columns columns
	headers [][]string // cells of the header rows, to know them again

	sample []row // rows below the header that were read already
	rows   rowSource
	ended  error // of rows, behind the sample
	last   int   // number of the last row
	header int   // number of the last header row
}

// openTable finds the header and the columns of a table whose first rows were
// read. Its error says what the user has to decide.
func openTable(file string, opts *Options, bal *Balance, ids *identity, t *Table, sample []row, rows rowSource, ended error) (*tableSource, error) {
	where := phrase.Textf("%s", file)
	if t.Sheet != "" {
		where = phrase.Textf("%s, sheet %q", file, t.Sheet)
	}
	s := &tableSource{file: file, opts: opts, bal: bal, t: t, ids: ids, rows: rows, ended: ended}
	var h header
	var ok bool
	var err error
	if opts.HeaderRow != nil {
		if h, err = opts.headerAt(sample, where); err != nil {
			return nil, err
		}
	} else if h, ok = opts.findHeader(sample); !ok {
		return nil, noHeader(where, sample)
	}
	if s.columns, err = opts.findColumns(t, where, h, sample[h.first:]); err != nil {
		return nil, err
	}
	t.Names = h.names
	for _, i := range h.rows {
		t.Header = append(t.Header, sample[i].number)
		s.headers = append(s.headers, texts(sample[i].cells))
		s.header, s.last = sample[i].number, sample[i].number
	}
	s.sample = sample[h.first:]
	t.IDs = s.worthOfIDs()
	for _, c := range t.Columns {
		if c.How == ByContent {
			bal.Unsure++
		}
	}
	bal.Unsure += len(t.Others)
	return s, nil
}

// worthOfIDs judges the column of ids by the sample.
func (s *tableSource) worthOfIDs() IDs {
	i := s.columns.at[fieldID]
	if i < 0 {
		return IDsNone
	}
	var n [ownID + 1]int
	for r := range s.sample {
		if i < len(s.sample[r].cells) {
			n[worthOf(s.sample[r].cells[i].idOf())]++
		}
	}
	switch {
	case n[ownID] > 0 || len(s.sample) == 0:
		return IDsOwn
	case n[runningID] > 0:
		return IDsRunning
	}
	return IDsNone
}

// nextRow is the next row below the header.
func (s *tableSource) nextRow() (row, error) {
	if len(s.sample) > 0 {
		r := s.sample[0]
		s.sample = s.sample[1:]
		return r, nil
	}
	if s.ended != nil {
		return row{}, s.ended
	}
	return s.rows.next()
}

func (s *tableSource) next() (entry, error) {
	for {
		r, err := s.nextRow()
		if err != nil {
			if !errors.Is(err, io.EOF) {
				err = phrase.Errorf("read %s: %w", place(s.file, s.last+1, 0), err)
			}
			return entry{}, err
		}
		if r.number <= s.header {
			continue // a blank row above the header, or one between its rows
		}
		s.t.pendingEmpty += r.number - s.last - 1 // rows that a sheet leaves out
		s.last = r.number
		if r.blank() {
			s.t.pendingEmpty++
			continue
		}
		s.bal.at(s.t, r.number)
		if r.err == nil && s.isHeader(&r) {
			s.bal.Headers++
			s.t.Headers.Add(r.number)
			continue
		}
		if r.hidden {
			s.bal.Hidden++
			s.t.Hidden.Add(r.number)
		}
		e, refused := s.entry(&r)
		if refused != nil {
			refused.Sheet, refused.Table, refused.cells = s.t.Sheet, s.t, texts(r.cells)
			s.bal.Refuse(s.t, r.number, refused.Reason)
			return entry{}, refused
		}
		return e, nil
	}
}

// isHeader tells whether a row is the header again, as where tables were put below
// each other. A header of one name is also what a person might write, but nobody
// asks for "内容".
func (s *tableSource) isHeader(r *row) bool {
	for _, h := range s.headers {
		same := len(r.cells) >= s.columns.width
		for i := 0; same && i < max(len(h), len(r.cells)); i++ {
			var a, b string
			if i < len(h) {
				a = h[i]
			}
			if i < len(r.cells) {
				b = r.cells[i].text
			}
			same = strings.TrimSpace(a) == strings.TrimSpace(b)
		}
		if same {
			return true
		}
	}
	return false
}

// entry makes an entry of a row. Text and title are kept as they are, the others
// lose the space around them; empty ones are left out, but for the text, whose
// absence the pipeline counts.
func (s *tableSource) entry(r *row) (entry, *RecordError) {
	if r.err != nil {
		return entry{}, r.err
	}
	if refused := s.surplus(r); refused != nil {
		return entry{}, refused
	}
	var v [fieldCount]string
	for f, i := range s.columns.at {
		if i < 0 || i >= len(r.cells) {
			continue
		}
		switch c := &r.cells[i]; field(f) {
		case fieldText:
			if c.fault != "" {
				return entry{}, s.fault(r, c.fault)
			}
			v[f] = c.text
		case fieldTitle:
			v[f] = c.text
		case fieldTime:
			v[f] = c.timeOf(s.opts.system1904, s.opts.Location)
		case fieldID:
			v[f] = c.idOf()
		default:
			v[f] = strings.TrimSpace(c.text)
		}
	}
	clock := ""
	if i := s.columns.clock; i >= 0 && i < len(r.cells) {
		clock = r.cells[i].timeOf(s.opts.system1904, s.opts.Location)
	}
	submitted := s.time(r.number, v[fieldTime], clock)
	content := append(v[:fieldID:fieldID], clock)
	if clock == "" {
		content = v[:fieldID]
	}
	e := entry{
		line: r.line, row: r.number, table: s.t, source: v[fieldSource],
		content: []byte(strings.Join(content, "\x00")), print: contentOf(v[fieldTitle], v[fieldText]),
	}
	if s.opts.Cells {
		e.cells = texts(r.cells)
	}
	e.payload = payloadOf(v[fieldText], v[fieldTitle], v[fieldSource], submitted, v[fieldID])
	e.payload = append(s.columns.addLabels(e.payload, r.cells), '}')
	if len(e.payload) > s.opts.MaxRecordBytes {
		return entry{}, &RecordError{File: s.file, Line: r.line, Row: r.number, Reason: ReasonTooLong, Err: phrase.Errorf(
			"%w: the row has more than %d bytes", ErrTooLong, s.opts.MaxRecordBytes)}
	}
	if r.garbled {
		s.bal.Garbled++
		s.t.Garbled.Add(r.number)
	}
	if strings.TrimSpace(v[fieldText]) == "" {
		s.bal.NoText++
		s.t.NoText.Add(r.number)
	}
	return e, s.identify(r, &e, v[fieldID])
}

// identify gives the entry its id, or refuses the row where the id belongs to
// another of this table.
func (s *tableSource) identify(r *row, e *entry, id string) *RecordError {
	switch worthOf(id) {
	case noID:
		if s.columns.at[fieldID] >= 0 {
			s.bal.NoID++
			s.t.NoID.Add(r.number)
		}
	case ownID:
		e.id = id
	case runningID:
		e.id = id
		key, earlier, same := s.ids.claim(s.t.Sheet, id, e.print, r.number)
		if e.key = key; earlier > 0 && !same && !s.opts.SameIDs {
			return OtherContent(s.file, &Record{Line: r.line, Row: r.number}, phrase.Textf("row %d", earlier))
		}
	}
	return nil
}

// time is the time of a row as RFC 3339, or as it stands where it cannot be read;
// the pipeline then counts it on the day on which it is stored.
func (s *tableSource) time(number int, date, clock string) string {
	if date == "" {
		s.bal.Undated++
		s.t.NoTime.Add(number)
		return ""
	}
	t, ok := dates.Join(date, clock, s.opts.Location)
	if !ok || dates.Absurd(t, s.opts.Now()) {
		s.bal.Undated++
		s.t.Undated.Add(number)
	}
	if !ok {
		return date
	}
	return t.Format(time.RFC3339Nano)
}

// surplus refuses a row with more cells than the header names: nobody can say
// which cell is which.
func (s *tableSource) surplus(r *row) *RecordError {
	if len(s.headers) == 0 {
		return nil
	}
	at, line, column := r.beyond-1, r.line, 0
	for i := s.columns.width; i < len(r.cells); i++ {
		if c := &r.cells[i]; strings.TrimSpace(c.text) != "" {
			at, column = i, c.column
			if c.line > 0 {
				line = c.line
			}
			break
		}
	}
	if at >= 0 {
		return &RecordError{File: s.file, Line: line, Column: column, Row: r.number, Reason: ReasonSurplus, Err: phrase.Errorf(
			"%w: the row has a cell in column %s, and the header ends with %s; put quotes around a cell with the delimiter, or name the column",
			ErrMalformed, letter(at), letter(s.columns.width-1))}
	}
	r.cells = r.cells[:min(len(r.cells), s.columns.width)]
	return nil
}

// fault refuses a row whose text is none.
func (s *tableSource) fault(r *row, why Reason) *RecordError {
	err := phrase.Errorf("%w: the text is an error value; mend it in the spreadsheet", ErrMalformed)
	if why == ReasonNoValue {
		err = phrase.Errorf("%w: the text is a formula, and the file does not hold its result; open it in Excel and save it", ErrMalformed)
	}
	return &RecordError{File: s.file, Line: r.line, Row: r.number, Reason: why, Err: err}
}

// payloadOf is a record as JSON, without its last brace.
func payloadOf(text, title, source, submitted, id string) []byte {
	p := append(make([]byte, 0, len(text)+len(title)+len(source)+128), `{"text":`...)
	p = appendJSON(p, text)
	for _, o := range [...]struct{ key, value string }{
		{`,"title":`, title}, {`,"source":`, source}, {`,"submitted_at":`, submitted}, {`,"id":`, id},
	} {
		if o.value != "" {
			p = appendJSON(append(p, o.key...), o.value)
		}
	}
	return p
}

// appendJSON appends s as a JSON string. Bytes that are not UTF-8 stay as they
// are, for the pipeline to count; encoding/json would hide them.
func appendJSON(p []byte, s string) []byte {
	const hexDigits = "0123456789abcdef"
	p = append(p, '"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			p = append(p, '\\', c)
		case c == '\n':
			p = append(p, '\\', 'n')
		case c == '\r':
			p = append(p, '\\', 'r')
		case c == '\t':
			p = append(p, '\\', 't')
		case c < ' ':
			p = append(p, '\\', 'u', '0', '0', hexDigits[c>>4], hexDigits[c&15])
		default:
			p = append(p, c)
		}
	}
	return append(p, '"')
}
