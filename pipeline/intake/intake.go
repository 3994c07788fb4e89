// Package intake reads files of suggestions as a stream of records, one
// record a suggestion: NDJSON, a JSON array, CSV and XLSX.
//
// It guarantees that every record of the file comes out once and in order, or
// is named by file and line as one that could not be taken; that the same file
// gives the same records with the same ids every time; and that memory stays
// bounded whatever the length of the file (see [Record.ID] for the one thing
// that grows).
//
// It does not judge a record: a line of NDJSON that is not JSON comes out
// verbatim, for the pipeline to reject and count. Errors name places, never
// the text that stands there.
package intake

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// DefaultMaxRecordBytes is the length of the longest record that is read.
const DefaultMaxRecordBytes = 8 << 20

// Options configures a [Reader]. The zero value works.
type Options struct {
	// Location is the zone of times without one in CSV and XLSX files.
	// Default: Asia/Shanghai.
	Location *time.Location

	// MaxRecordBytes is the length in bytes beyond which a record is refused
	// with a [RecordError]. Default: DefaultMaxRecordBytes.
	MaxRecordBytes int

	// Labels says that the payloads of tables also have what the columns label
	// (标签), themes (子主题) and primary (主要子主题) say: a reader's judgement,
	// with which dictionaries are measured. Several themes in a cell stand on a
	// line each or are separated by commas; none or 无 is an empty list. NDJSON
	// is verbatim in any case. Default: they are dropped.
	Labels bool

	// Stdin is what the name "-" reads. Default: os.Stdin.
	Stdin io.Reader
}

func (o Options) withDefaults() (Options, error) {
	if o.MaxRecordBytes < 0 {
		return o, fmt.Errorf("MaxRecordBytes is %d: it must not be negative", o.MaxRecordBytes)
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

// Record is one suggestion as the file has it.
type Record struct {
	// Line is where the record starts, from 1: the line of a text file
	// (quoted line breaks of a CSV file count), the row of a sheet.
	Line int

	// Payload is what to publish, and belongs to the caller. For NDJSON it is
	// the line verbatim, without its line end, valid JSON or not; for the
	// elements of an array the element verbatim; for CSV and XLSX a JSON
	// object with text, title, source, submitted_at and id.
	Payload []byte

	// Source is the record's own source, "" when it has none. See
	// [SourceToken].
	Source string

	// ID names the record for ever: the record's own id, a string or the
	// digits of a number. A record without one gets
	//
	//	<first 16 bytes in hex of SHA-256(base name, 0, content)>.<n>
	//
	// where n counts the records with that content in the file, from 1. So
	// the same file gives the same ids, and two citizens who wrote the same
	// words are two records. The content is the payload of NDJSON, and the
	// cells as written of a table, so that another zone changes no id. A
	// renamed file gives other ids (".gz" does not count as a name).
	//
	// Counting takes about 25 bytes of memory for each distinct content
	// without an id: 220 MB for 8.5 million. Contents are told apart by 64
	// bits; two that collide (2 in a million for 8.5 million) share a
	// counter, and their ids are still unique and the same every time.
	ID string
}

// RecordError reports a record that cannot be taken. The reader stays usable:
// the next call of [Reader.Next] goes on behind that record.
type RecordError struct {
	File   string
	Line   int   // from 1
	Column int   // characters from 1; 0 when the whole record is meant
	Err    error // what is wrong and what to do; never the text itself
}

func (e *RecordError) Error() string {
	return place(e.File, e.Line, e.Column) + ": " + e.Err.Error()
}

// Unwrap returns the cause.
func (e *RecordError) Unwrap() error { return e.Err }

// Causes of a [RecordError].
var (
	ErrTooLong   = errors.New("record too long")
	ErrMalformed = errors.New("malformed record")
)

// ErrNoTextColumn is returned by [Open] for a table whose header names no
// column of text.
var ErrNoTextColumn = errors.New("no column of text")

func place(file string, line, column int) string {
	switch {
	case line <= 0:
		return file
	case column <= 0:
		return fmt.Sprintf("%s:%d", file, line)
	default:
		return fmt.Sprintf("%s:%d:%d", file, line, column)
	}
}

// Reader reads the records of one file. It is not safe for concurrent use,
// but Position may be called from the goroutine that calls Next only.
type Reader struct {
	name string
	src  source
	in   *input // nil for a sheet
	ids  identity
	err  error // the final error, io.EOF included
}

// source is one format. next returns io.EOF at the end, a *RecordError for a
// record that is passed over; every other error is final.
type source interface {
	next() (entry, error)
	close() error
}

// entry is a record before it has an id.
type entry struct {
	line    int
	payload []byte
	content []byte // what an id is derived from; nil: the payload
	source  string
	id      string
}

// Open opens a file of suggestions; the caller closes the reader. The name
// says the format:
//
//	.ndjson .jsonl      one JSON object a line
//	.json               the same, or one JSON array
//	.csv .tsv .txt      a table with a header row; comma, semicolon or tab
//	.xlsx .xlsm         the first sheet with a header row that names a text column
//	-                   NDJSON from standard input
//
// The text formats may be compressed (.gz), begin with a byte order mark and
// be UTF-16; tables may be GBK or GB 18030. Open fails with the system's error
// for a file that cannot be opened, with [ErrNoTextColumn] (wrapped) for a
// table without one, and for an unknown name with a list of the known ones.
func Open(name string, opts Options) (*Reader, error) {
	opts, err := opts.withDefaults()
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", name, err)
	}
	r := &Reader{name: name, ids: newIdentity(BaseName(name))}
	switch f := formatOf(name); f {
	case formatSheet:
		r.src, err = openSheet(name, opts)
	case formatTable:
		if r.in, err = openInput(name, opts); err == nil {
			r.src, err = openTable(r.in, opts)
		}
	case formatLines, formatJSON:
		if r.in, err = openInput(name, opts); err == nil {
			r.src, err = openJSON(r.in, f, opts)
		}
	default:
		err = fmt.Errorf("open %s: the name does not say the format: %s", name, unknownFormat(name))
	}
	if err != nil {
		if r.in != nil {
			err = errors.Join(err, r.in.close())
		}
		return nil, err
	}
	return r, nil
}

type format int

const (
	formatUnknown format = iota
	formatLines
	formatJSON
	formatTable
	formatSheet
)

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

func unknownFormat(name string) string {
	if strings.EqualFold(filepath.Ext(name), ".xls") {
		return "save the old .xls workbook as .xlsx or .csv"
	}
	return "use .ndjson, .jsonl, .json, .csv, .tsv, .txt (each also with .gz) or .xlsx"
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
		}
		return Record{}, err
	}
	rec := Record{Line: e.line, Payload: e.payload, Source: e.source, ID: e.id}
	if rec.ID == "" {
		content := e.content
		if content == nil {
			content = e.payload
		}
		rec.ID = r.ids.derive(content)
	}
	return rec, nil
}

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
	err := r.src.close()
	if r.in != nil {
		err = errors.Join(err, r.in.close())
	}
	if r.err == nil {
		r.err = fmt.Errorf("read %s: %w", r.name, os.ErrClosed)
	}
	return err
}
