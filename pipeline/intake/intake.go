// Package intake reads files of suggestions as a stream of records, one
// record a suggestion: NDJSON, JSON, CSV and XLSX.
//
// It guarantees that every row of the file comes out once and in order, or is
// named by file and line as one that could not be taken, or is counted as empty:
// [Balance] adds up. The same file gives the same records with the same ids every
// time, and memory stays bounded whatever the length of the file (see
// [Record.Key] for the one thing that grows).
//
// What it decides, such as which column holds the text, it says in the balance;
// what it cannot decide is an error that names the flag which does. It does not
// judge a record: a line of NDJSON that is not JSON comes out verbatim, for the
// pipeline to reject and count. Errors name places, never the text that stands
// there.
//
// From outside to inside:
//
//	intake.go    Open, Next               record.go   what comes out
//	input.go     a file, opened, unpacked charset.go  its encoding     lines.go  its lines
//	json.go ndjson.go array.go            JSON
//	csv.go sheet.go                       tables as rows of cells
//	names.go header.go columns.go         what the cells mean
//	table.go book.go                      rows as records; the sheets of a workbook
//	ids.go       who is who               balance.go  what was read
package intake

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/minyi/minyi/dict/phrase"
)

// DefaultMaxRecordBytes is the length of the longest record that is read.
const DefaultMaxRecordBytes = 8 << 20

// Options configures a [Reader]. The zero value works.
type Options struct {
	// Location is the zone of times without one. Default: Asia/Shanghai.
	Location *time.Location

	// Columns chooses columns of a table, or members of JSON objects, where the
	// file does not show which is which. With a choice, JSON objects come out as
	// objects of the chosen members only.
	Columns ColumnChoice

	// Sheet is the only sheet of a workbook to read. Default: every sheet that is
	// not hidden and has a column of text.
	Sheet string

	// HeaderRow is the row of a table with the names of its columns, as a
	// spreadsheet numbers it; 0: it has none. Default, nil: it is found.
	HeaderRow *int

	// Scope tells files of the same base name apart: records without ids of their
	// own get others in another scope. Default: "".
	Scope string

	// TempDir is where large workbooks are unpacked; see package scratch.
	// Default: a folder of the user's own below the system's temporary folder.
	TempDir string

	// Cells says that records of tables also have their cells as displayed.
	Cells bool

	// SameIDs says that a row whose id another row has, with another content, is
	// taken: for a reader that does not count by ids.
	SameIDs bool

	// Now is the time beyond which, and a day more, a suggestion cannot have been
	// written. Default: time.Now.
	Now func() time.Time

	// MaxRecordBytes is the length in bytes beyond which a record is refused
	// with a [RecordError]. Default: DefaultMaxRecordBytes.
	MaxRecordBytes int

	// Labels says that the payloads of tables also have what the columns label
	// (标签), themes (子主题), primary (主要子主题) and kind (种类) say: a reader's
	// judgement, with which dictionaries are measured. Several themes in a cell stand on a
	// line each or are separated by commas; none or 无 is an empty list. NDJSON
	// is verbatim in any case. Default: they are dropped.
	Labels bool

	// Stdin is what the name "-" reads. Default: os.Stdin.
	Stdin io.Reader

	system1904 bool // of the workbook that is read
}

func (o Options) withDefaults() (Options, error) {
	if o.MaxRecordBytes < 0 {
		return o, phrase.Errorf("MaxRecordBytes is %d: it must not be negative", o.MaxRecordBytes)
	}
	if o.MaxRecordBytes == 0 {
		o.MaxRecordBytes = DefaultMaxRecordBytes
	}
	if o.Stdin == nil {
		o.Stdin = os.Stdin
	}
	if o.Location == nil {
		o.Location = beijing()
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.HeaderRow != nil && *o.HeaderRow < 0 {
		return o, phrase.Errorf("header row %d: rows are numbered from 1; 0 says that there is no header", *o.HeaderRow)
	}
	return o, nil
}

// beijing is Asia/Shanghai. A machine without a zone database gets UTC+8,
// which differs only in the summers of 1986 to 1991.
func beijing() *time.Location {
	if l, err := time.LoadLocation("Asia/Shanghai"); err == nil {
		return l
	}
	return time.FixedZone("CST", 8*60*60)
}

// Reader reads the records of one file. It is not safe for concurrent use.
type Reader struct {
	name string
	opts Options
	src  source
	in   *input // nil for a workbook
	bal  Balance
	ids  identity
	err  error // the final error, io.EOF included
}

// source is one format. next returns io.EOF at the end, a *RecordError for a
// record that is passed over; every other error is final.
type source interface {
	next() (entry, error)
}

// entry is a record before it has an id.
type entry struct {
	line    int
	row     int
	table   *Table
	payload []byte
	content []byte // what an id is derived from; nil: the payload
	print   uint32 // see Record.Content
	source  string
	id      string // its own; "" for none
	key     string // where the id alone is none
	cells   []string
}

// Open opens a file of suggestions; the caller closes the reader. The name
// says the format:
//
//	.ndjson .jsonl      one JSON object a line
//	.json               the same, one JSON array, or objects over several lines
//	.csv .tsv .txt      a table with a header row; comma, semicolon, tab or |
//	.xlsx .xlsm         every sheet with a header row that names a text column
//	-                   NDJSON from standard input
//
// The text formats may be compressed (.gz), begin with a byte order mark and
// be UTF-16, GB 18030 (GBK) or Big5. Open fails with the system's error for a
// file that cannot be opened; with [ErrNoTextColumn], [ErrDoubt] or [ErrEncoding]
// (wrapped) for one of which the user has to say more; with those of package
// workbook; and for an unknown name with a list of the known ones.
func Open(name string, opts Options) (*Reader, error) {
	opts, err := opts.withDefaults()
	if err != nil {
		return nil, phrase.Errorf("open %s: %w", name, err)
	}
	r := &Reader{name: name, opts: opts, ids: newIdentity(BaseName(name), opts.Scope), bal: Balance{File: name}}
	if err := r.open(); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return r, nil
}

func (r *Reader) open() (err error) {
	f := formatOf(r.name)
	r.bal.Format = f.String()
	if st, err := os.Stat(r.name); err == nil && st.IsDir() && r.name != "-" {
		return phrase.Errorf("open %s: it is a folder, name its files", r.name)
	}
	switch base := filepath.Base(r.name); {
	case f == formatSheet && strings.HasPrefix(base, "~$"):
		return phrase.Errorf("open %s: Excel writes this file while it has the workbook open; name the workbook itself: %s", r.name, strings.TrimPrefix(base, "~$"))
	case r.opts.Sheet != "" && f != formatSheet:
		return phrase.Errorf("open %s: %w: --sheet names a sheet of a workbook, and this is none", r.name, ErrNoSuchColumn)
	case r.opts.HeaderRow != nil && f != formatSheet && f != formatTable:
		return phrase.Errorf("open %s: %w: --header-row is for tables, and this is none", r.name, ErrNoSuchColumn)
	}
	switch f {
	case formatUnknown:
		return phrase.Errorf("open %s: the name does not say the format: %s", r.name, unknownFormat(r.name))
	case formatSheet:
		r.bal.Encoding = "utf-8"
		book, err := openBook(r.name, &r.opts, &r.bal, &r.ids)
		if err != nil {
			return err
		}
		r.src = book
		return nil
	}
	if r.in, err = openInput(r.name, r.opts); err != nil {
		return err
	}
	if err := findCharset(r.in, r.opts); err != nil {
		return err
	}
	r.bal.Encoding = r.in.encoding()
	if f == formatTable {
		table, err := openCSV(r.in, &r.opts, &r.bal, &r.ids)
		if err != nil {
			return err
		}
		r.src = table
		return nil
	}
	r.src, err = openJSON(r.in, f, &r.opts, &r.bal)
	return err
}

type format int

const (
	formatUnknown format = iota
	formatLines
	formatJSON
	formatTable
	formatSheet
)

func (f format) String() string {
	return [...]string{"", "ndjson", "json", "csv", "xlsx"}[f]
}

func formatOf(name string) format {
	if name == "-" {
		return formatLines
	}
	lower := strings.ToLower(name)
	packed := strings.HasSuffix(lower, ".gz")
	switch filepath.Ext(strings.TrimSuffix(lower, ".gz")) {
	case ".ndjson", ".jsonl":
		return formatLines
	case ".json":
		return formatJSON
	case ".csv", ".tsv", ".txt":
		return formatTable
	case ".xlsx", ".xlsm":
		if !packed { // a workbook is compressed already
			return formatSheet
		}
	}
	return formatUnknown
}

// IsTable tells by its name whether a file is a table or a workbook, in which
// somebody has to decide which column is which.
func IsTable(name string) bool {
	f := formatOf(name)
	return f == formatTable || f == formatSheet
}

func unknownFormat(name string) phrase.Text {
	if strings.EqualFold(filepath.Ext(name), ".xls") {
		return phrase.Textf("save the old .xls workbook as .xlsx or .csv")
	}
	return phrase.Textf("use .ndjson, .jsonl, .json, .csv, .tsv, .txt (each also with .gz) or .xlsx")
}

// BaseName is the name under which the records of a file get their ids and its
// position is kept: the last element of the path without ".gz".
func BaseName(name string) string {
	base := filepath.Base(name)
	if l := len(base) - len(".gz"); l > 0 && strings.EqualFold(base[l:], ".gz") {
		base = base[:l]
	}
	return base
}

// Next returns the next record; io.EOF at the end; a *[RecordError] for a
// record that cannot be taken, after which Next goes on. Every other error is
// final, and names the file and the line that was reached.
func (r *Reader) Next() (Record, error) {
	if r.err != nil {
		return Record{}, r.err
	}
	e, err := r.src.next()
	if err != nil {
		var refused *RecordError
		if !errors.As(err, &refused) {
			r.err = err
			r.bal.Complete = errors.Is(err, io.EOF)
		}
		return Record{}, err
	}
	rec := Record{
		Line: e.line, Row: e.row, Table: e.table, Payload: e.payload, Source: e.source,
		ID: e.id, Key: e.key, Content: e.print, Cells: e.cells,
	}
	if rec.ID == "" {
		content := e.content
		if content == nil {
			content = e.payload
		}
		rec.ID = r.ids.derive(content)
		rec.Key = rec.ID
	}
	if rec.Key == "" {
		rec.Key = rec.ID
	}
	return rec, nil
}

// Balance says what was read up to now. Of the records that came out it does not
// know what became of them; see [Balance.Settle]. It is the reader's, and changes
// with every Next: Clone keeps one.
func (r *Reader) Balance() *Balance { return &r.bal }

// Position returns how many bytes of the file have been read, and how many
// there are: for a progress bar. The total is 0 where it is not known
// (standard input, a pipe, a sheet). For compressed files both count the
// compressed bytes. Reading runs ahead of Next by a buffer.
func (r *Reader) Position() (done, total int64) {
	if r.in == nil {
		return 0, 0
	}
	return r.in.position(), r.in.total
}

// Close closes the file. Standard input is left open.
func (r *Reader) Close() error {
	var err error
	if book, ok := r.src.(*bookSource); ok {
		err = book.close()
	}
	if r.in != nil {
		err = errors.Join(err, r.in.close())
	}
	if r.err == nil {
		r.err = phrase.Errorf("read %s: %w", r.name, os.ErrClosed)
	}
	return err
}
