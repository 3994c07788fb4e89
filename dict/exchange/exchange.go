// Package exchange converts dictionaries to and from the formats that analysts work
// with: Excel workbooks, CSV, and the formats of quanteda, LIWC, WordStat and Lexicoder.
//
// A workbook or a CSV file contains a whole dictionary. When it is read back, the
// dictionary has the same version, names, examples, order and rules; only the
// comments of YAML files are lost. No text is ever changed on the way: 007, 1.10,
// null and =SUM(A1) stay what they are. If Excel has turned a word into a number, a
// date or a formula, so that nobody can know what was typed, the cell is refused.
//
// Faults are [dict.Errors], all of them at once, at positions such as "words.xlsx
// 民生!C17" or "words.csv:17:3".
//
// Plain tables of words and categories, and dictionaries of quanteda, LIWC, WordStat
// and Lexicoder, can only be read. Where they have names, ids are made of these. Their features that minyi does
// not have, such as wildcards, are reported as [Note], never dropped silently.
package exchange

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/minyi/minyi/dict"
	"github.com/minyi/minyi/dict/phrase"
)

// MaxFileBytes is the size of the largest file that is read. A workbook of 20,000
// keywords has less than 1 MB.
const MaxFileBytes = 64 << 20

// ErrUnknownFormat is returned by Read for a name with none of the extensions that
// it supports.
var ErrUnknownFormat = phrase.New("not a dictionary format: .xlsx, .csv, .tsv, .yaml, .yml, .dic, .dicx, .cat and .lc3 are read")

// Note says what minyi cannot take over from a dictionary of another program, or
// takes over in another form.
type Note struct {
	Msg      string
	Count    int      // how many entries are affected
	Examples []string // the first few of them, with their lines
}

// String returns the note in one line.
func (n Note) String() string {
	if len(n.Examples) == 0 {
		return n.Msg
	}
	more := ""
	if n.Count > len(n.Examples) {
		more = ", …"
	}
	return fmt.Sprintf("%s (%d: %s%s)", n.Msg, n.Count, strings.Join(n.Examples, ", "), more)
}

// ReadFile reads a dictionary from a file in the format given by its extension:
// .xlsx; .csv and .tsv; .yaml and .yml for quanteda (minyi's own YAML is a folder,
// see dict.Load); .dic and .dicx for LIWC; .cat for WordStat; .lc3 for Lexicoder. Faults of rows and cells are in the language in;
// those of words, which package dict finds, are in English. An error that is not a
// dict.Errors concerns the file as a whole: either the file cannot be read, or the
// error wraps ErrUnknownFormat.
func ReadFile(path string, in phrase.Language) (d *dict.Dictionary, notes []Note, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, nil, phrase.Errorf("import dictionary: %w", err)
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	if info, err := f.Stat(); err == nil && info.IsDir() {
		return nil, nil, phrase.Errorf("import %s: %w; this is a folder: a dictionary in it is used as it is, with --dict", path, ErrUnknownFormat)
	}
	return Read(f, path, in)
}

// Read is ReadFile for a file that is already open. name gives the format by its
// extension, and precedes the positions of faults.
func Read(r io.Reader, name string, in phrase.Language) (*dict.Dictionary, []Note, error) {
	read, ok := readers()[strings.ToLower(filepath.Ext(name))]
	if !ok {
		if strings.EqualFold(filepath.Ext(name), ".xls") {
			return nil, nil, phrase.Errorf("import %s: %w; save the old .xls workbook as .xlsx", name, ErrUnknownFormat)
		}
		return nil, nil, phrase.Errorf("import %s: %w", name, ErrUnknownFormat)
	}
	data, err := io.ReadAll(io.LimitReader(r, MaxFileBytes+1))
	if err != nil {
		return nil, nil, phrase.Errorf("import dictionary: %w", err)
	}
	if len(data) > MaxFileBytes {
		return nil, nil, phrase.Errorf("import %s: the file has more than %d MiB", name, MaxFileBytes>>20)
	}
	return read(data, name, in)
}

type reader func(data []byte, name string, in phrase.Language) (*dict.Dictionary, []Note, error)

func readers() map[string]reader {
	own := func(read func(io.Reader, string, phrase.Language) (*dict.Dictionary, []Note, error)) reader {
		return func(data []byte, name string, in phrase.Language) (*dict.Dictionary, []Note, error) {
			return read(bytes.NewReader(data), name, in)
		}
	}
	return map[string]reader{
		".xlsx": own(ReadXLSX), ".xlsm": own(ReadXLSX),
		".csv": own(ReadCSV), ".tsv": own(ReadCSV),
		".yaml": ReadQuanteda, ".yml": ReadQuanteda,
		".dic": ReadLIWC, ".dicx": ReadDICX,
		".cat": ReadWordStat, ".lc3": ReadLexicoder,
	}
}
