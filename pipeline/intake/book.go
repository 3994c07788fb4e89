package intake

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/internal/workbook"
)

// openCSV finds the delimiter of a CSV file, and its header: the delimiter that
// Excel's line "sep=;" names, else the first under which a row names most columns.
func openCSV(in *input, opts *Options, bal *Balance, ids *identity) (*tableSource, error) {
	t := bal.newTable("")
	if head := in.head(4); string(head) == "PK\x03\x04" || string(head) == "\xd0\xcf\x11\xe0" {
		return nil, phrase.Errorf("%s: %w: the file is a workbook or another archive, not text; name it .xlsx if it is one", in.name, ErrNoTextColumn)
	}
	l := &lines{in: in, limit: opts.MaxRecordBytes}
	candidates := []byte{',', ';', '\t', '|'}
	first, err := l.next()
	for err == nil && len(bytes.TrimSpace(first.text)) == 0 && first.err == nil {
		first, err = l.next()
	}
	if errors.Is(err, io.EOF) {
		return nil, phrase.Errorf("%s: %w: the file is empty", in.name, ErrNoTextColumn)
	}
	if err != nil {
		return nil, err
	}
	blank := l.number - 1
	if sep, found := strings.CutPrefix(strings.ToLower(string(trimLineEnd(first.text))), "sep="); found && len(sep) == 1 {
		candidates = []byte{sep[0]}
		l.mark()
	} else {
		l.back(l.number)
		blank = 0
	}
	best, most := candidates[0], -1
	for _, delim := range candidates {
		start := l.number
		sample, err := takeSample(&csvRows{lines: l, delim: delim, hold: true})
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		l.back(l.number - start)
		if n := opts.fit(sample); n > most {
			best, most = delim, n
		}
	}
	rows := &csvRows{lines: l, delim: best, number: blank}
	sample, err := takeSample(rows)
	if err != nil && !errors.Is(err, io.EOF) {
		return nil, err
	}
	return openTable(in.name, opts, bal, ids, t, sample, rows, err)
}

// fit says how well a sample was cut into cells: by the names of its header.
func (o *Options) fit(sample []row) int {
	if o.HeaderRow != nil {
		h, err := o.headerAt(sample, phrase.Text{})
		if err != nil {
			return 0
		}
		n, _ := o.named(h.names)
		for i := range sample {
			n = max(n, min(len(sample[i].cells), 3)) // without a header: whatever cuts
		}
		return n
	}
	h, ok := o.findHeader(sample)
	if !ok {
		return -1
	}
	n, _ := o.named(h.names)
	return n
}

// bookSource is the sheets of a workbook, one after the other.
type bookSource struct {
	name string
	opts *Options
	book *workbook.Book
	todo []*sheetSource
}

// sheetSource is a sheet that is counted.
type sheetSource struct {
	*tableSource
	rows *workbook.Rows
}

// openBook looks at every sheet. Those with a header that names a column of text
// are counted; of the others the balance says why they are not.
func openBook(name string, opts *Options, bal *Balance, ids *identity) (*bookSource, error) {
	book, err := workbook.Open(name, opts.TempDir)
	if err != nil {
		if !errors.As(err, new(*fs.PathError)) {
			err = phrase.Errorf("open %s: %w", name, err)
		}
		return nil, err
	}
	s := &bookSource{name: name, opts: opts, book: book}
	if err := s.open(bal, ids); err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

func (s *bookSource) open(bal *Balance, ids *identity) error {
	if props, err := s.book.GetWorkbookProps(); err == nil && props.Date1904 != nil {
		s.opts.system1904 = *props.Date1904
	}
	sheets, err := s.book.Sheets()
	if err != nil {
		return phrase.Errorf("open %s: %w", s.name, err)
	}
	var first error // why the first sheet with anything in it is none to count
	found := s.opts.Sheet == ""
	for _, sheet := range sheets {
		t := bal.newTable(sheet.Name)
		named := s.opts.Sheet == sheet.Name
		found = found || named
		switch {
		case s.opts.Sheet != "" && !named:
			t.Skipped = SkippedByChoice
			continue
		case sheet.Hidden && !named:
			t.Skipped = SkippedHidden
			continue
		}
		if err := s.openSheet(bal, ids, t, sheet); err != nil {
			if !errors.Is(err, ErrNoTextColumn) {
				return err
			}
			t.Columns, t.Header = nil, nil
			if t.Skipped = SkippedNoText; first == nil {
				first = err
			}
		}
	}
	switch {
	case !found:
		return phrase.Errorf("open %s: %w: --sheet names none of its sheets; it has %s", s.name, ErrNoSuchColumn, quoted(sheets))
	case len(s.todo) == 0 && first != nil:
		return first
	case len(s.todo) == 0:
		return phrase.Errorf("%s: %w: its sheets are empty or hidden; --sheet NAME counts a hidden one (%s)", s.name, ErrNoTextColumn, quoted(sheets))
	}
	return nil
}

// openSheet adds a sheet to those that are counted, unless it is empty.
func (s *bookSource) openSheet(bal *Balance, ids *identity, t *Table, sheet workbook.Sheet) error {
	rows, err := s.book.Rows(sheet)
	if err != nil {
		return phrase.Errorf("open %s: %w", s.name, err)
	}
	source := &sheetRows{rows: rows}
	sample, ended := takeSample(source)
	if ended != nil && !errors.Is(ended, io.EOF) {
		return errors.Join(phrase.Errorf("read %s, sheet %q: %w", s.name, sheet.Name, ended), rows.Close())
	}
	if len(sample) == 0 {
		t.Skipped = SkippedEmpty
		return rows.Close()
	}
	table, err := openTable(s.name, s.opts, bal, ids, t, sample, source, ended)
	if err != nil {
		if errors.Is(err, ErrNoTextColumn) {
			t.Rows = len(sample) + countRows(source)
		}
		return errors.Join(err, rows.Close())
	}
	s.todo = append(s.todo, &sheetSource{table, rows})
	return nil
}

// countRows counts the rows with anything in them up to the end, or up to where the
// sheet is damaged: nothing of it is taken.
func countRows(rows rowSource) (n int) {
	for {
		r, err := rows.next()
		if err != nil {
			return n
		}
		if !r.blank() {
			n++
		}
	}
}

func quoted(sheets []workbook.Sheet) string {
	var out []string
	for _, s := range sheets {
		out = append(out, fmt.Sprintf("%q", s.Name))
	}
	return strings.Join(out, ", ")
}

func (s *bookSource) next() (entry, error) {
	for len(s.todo) > 0 {
		e, err := s.todo[0].next()
		if !errors.Is(err, io.EOF) {
			return e, err
		}
		if err := s.todo[0].rows.Close(); err != nil {
			return entry{}, phrase.Errorf("read %s: %w", s.name, err)
		}
		s.todo = s.todo[1:]
	}
	return entry{}, io.EOF
}

func (s *bookSource) close() error {
	var err error
	for _, t := range s.todo {
		err = errors.Join(err, t.rows.Close())
	}
	s.todo = nil
	return errors.Join(err, s.book.Close())
}
