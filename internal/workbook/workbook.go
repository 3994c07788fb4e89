// Package workbook opens the workbooks of others (.xlsx, .xlsm). It is the only
// place where one is opened, so that every path has the same limits:
//
//   - what it unpacks to is bounded, and looked at before anything is unpacked;
//     parts that hold no cells, such as pictures, are never unpacked;
//   - a part that is larger than 16 MiB is unpacked into a folder of its own, which
//     goes with the workbook, or at the next start if the process was killed.
//
// [Book.Rows] reads the rows of a sheet as a stream, and says of each cell what
// excelize alone would not: an error value, a formula without a value, rows out
// of order, XML that ends in the middle.
package workbook

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"os"
	"strings"

	"github.com/xuri/excelize/v2"

	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/internal/scratch"
)

// Limits of a workbook. A full sheet of a million rows with 300 characters each
// unpacks to about 1 GB.
const (
	maxFileBytes     = 512 << 20 // packed
	maxUnpackedBytes = 1 << 30   // of the parts that are read
	maxParts         = 10_000
	maxStrings       = 10_000_000 // in the table of shared strings
	inMemoryBytes    = 16 << 20   // of a part; larger ones go to the temporary folder

	// A part that is larger than suspectBytes and shrinks to less than a
	// maxRatio-th was made to fill memories. Real sheets shrink to a fifth to a
	// thirtieth.
	suspectBytes = 64 << 20
	maxRatio     = 150
)

// ErrTooLarge means that a workbook is over a limit; nothing of it was unpacked.
var ErrTooLarge = phrase.New("the workbook unpacks to more than is read")

// ErrDamaged means that a workbook cannot be read to its end, or not for certain.
var ErrDamaged = phrase.New("not a workbook that can be read; open it in Excel and save it anew as .xlsx")

// Book is an open workbook. It is not safe for concurrent use.
type Book struct {
	*excelize.File

	parts map[string]*zip.File // by name
	temp  *scratch.Dir         // nil where nothing is large
	file  *os.File             // nil when it was read from memory
}

// Open opens a workbook file; the caller closes it. tempDir is where large parts
// are unpacked (see [scratch.New]). It fails with the system's error for a file
// that cannot be opened, and with [ErrDamaged] or [ErrTooLarge], wrapped.
func Open(name, tempDir string) (*Book, error) {
	info, err := os.Stat(name) // first, since opening a pipe waits for its writer
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() {
		return nil, phrase.New("a workbook is read from a file, not from a folder or a pipe")
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	b, err := open(f, info.Size(), tempDir)
	if err != nil {
		return nil, errors.Join(err, f.Close())
	}
	b.file = f
	return b, nil
}

// Read is Open for a workbook that comes from a reader.
func Read(r io.Reader, tempDir string) (*Book, error) {
	data, err := io.ReadAll(io.LimitReader(r, maxFileBytes+1))
	if err != nil {
		return nil, err
	}
	return open(bytes.NewReader(data), int64(len(data)), tempDir)
}

func open(r io.ReaderAt, size int64, tempDir string) (*Book, error) {
	if size > maxFileBytes {
		return nil, phrase.Errorf("%w: the file has %d bytes, at most %d are read; save its sheets as CSV", ErrTooLarge, size, maxFileBytes)
	}
	head := make([]byte, 8)
	if _, err := r.ReadAt(head, 0); err == nil && bytes.Equal(head, []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")) {
		return nil, phrase.Errorf("%w: it has a password, or is an old .xls", ErrDamaged)
	}
	if !bytes.HasPrefix(head, []byte("PK")) {
		return nil, phrase.Errorf("%w: there is no workbook in it; if it is text, name it .csv", ErrDamaged)
	}
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, phrase.Errorf("%w: %w", ErrDamaged, err)
	}
	b := &Book{}
	large, err := b.choose(z)
	if err != nil {
		return nil, err
	}
	packed, err := b.repack(z)
	if err != nil {
		return nil, phrase.Errorf("%w: %w", ErrDamaged, err)
	}
	o := excelize.Options{UnzipSizeLimit: maxUnpackedBytes, UnzipXMLSizeLimit: inMemoryBytes}
	if large {
		if b.temp, err = scratch.New(tempDir); err != nil {
			return nil, err
		}
		o.TmpDir = b.temp.Path()
	} else if err := scratch.Sweep(tempDir); err != nil {
		return nil, err
	}
	if b.File, err = excelize.OpenReader(bytes.NewReader(packed), o); err != nil {
		return nil, errors.Join(phrase.Errorf("%w: %w", ErrDamaged, err), b.Close())
	}
	return b, nil
}

// Close closes the workbook and removes what was unpacked.
func (b *Book) Close() error {
	var err error
	if b.File != nil {
		err = b.File.Close()
	}
	if b.temp != nil {
		err = errors.Join(err, b.temp.Close())
	}
	if b.file != nil {
		err = errors.Join(err, b.file.Close())
	}
	return err
}

// without are the folders of parts that hold no cells.
var without = []string{
	"xl/media/", "xl/drawings/", "xl/charts/", "xl/embeddings/", "xl/externallinks/", "xl/pivotcache/", "xl/pivottables/",
	"xl/printersettings/", "xl/ctrlprops/", "xl/activex/", "xl/threadedcomments/", "xl/persons/", "customxml/", "docprops/",
}

// partName is the name under which excelize knows a part.
func partName(f *zip.File) string { return strings.ReplaceAll(f.Name, `\`, "/") }

// hasCells tells whether a part may be needed to read cells.
func hasCells(name string) bool {
	lower := strings.ToLower(name)
	if !strings.HasSuffix(lower, ".xml") && !strings.HasSuffix(lower, ".rels") || strings.Contains(lower, "..") {
		return false
	}
	for _, prefix := range without {
		if strings.HasPrefix(lower, prefix) {
			return false
		}
	}
	return !strings.HasPrefix(lower, "xl/comments") && lower != "xl/calcchain.xml"
}

// choose keeps the parts that are needed, after a look at what they would unpack
// to. The sizes are those that the file claims: archive/zip reads no more.
func (b *Book) choose(z *zip.Reader) (large bool, err error) {
	if len(z.File) > maxParts {
		return false, phrase.Errorf("%w: it has %d parts, at most %d are read", ErrTooLarge, len(z.File), maxParts)
	}
	b.parts = map[string]*zip.File{}
	var total uint64
	for _, f := range z.File {
		name := partName(f)
		if !hasCells(name) {
			continue
		}
		if b.parts[strings.ToLower(name)] != nil {
			return false, phrase.Errorf("%w: a part is there twice", ErrDamaged)
		}
		b.parts[strings.ToLower(name)] = f
		size := f.UncompressedSize64
		total += size
		large = large || size > inMemoryBytes
		switch {
		case size > maxUnpackedBytes || total > maxUnpackedBytes:
			return false, phrase.Errorf("%w: more than %d bytes; save its sheets as CSV", ErrTooLarge, maxUnpackedBytes)
		case size > suspectBytes && size/maxRatio > f.CompressedSize64:
			return false, phrase.Errorf("%w: a part of %d bytes unpacks to %d, so it is hardly a table; save its sheets as CSV if it is",
				ErrTooLarge, f.CompressedSize64, size)
		}
	}
	return large, b.countStrings()
}

// countStrings bounds the table of shared strings, of which every entry costs
// memory however short it is.
func (b *Book) countStrings() error {
	f := b.parts["xl/sharedstrings.xml"]
	if f == nil || f.UncompressedSize64 <= inMemoryBytes {
		return nil
	}
	r, err := f.Open()
	if err != nil {
		return phrase.Errorf("%w: %w", ErrDamaged, err)
	}
	defer func() { _ = r.Close() }() // only read from: nothing can be lost
	buf := make([]byte, 1<<16)
	closed := 0
	for keep := 0; ; {
		n, err := r.Read(buf[keep:])
		closed += bytes.Count(buf[:keep+n], []byte("si>"))
		if closed > 2*maxStrings { // an opening and a closing tag each
			return phrase.Errorf("%w: more than %d strings; save its sheets as CSV", ErrTooLarge, maxStrings)
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return phrase.Errorf("%w: %w", ErrDamaged, err)
		}
		if end := keep + n; end >= 2 { // a tag may be cut by the end of the buffer
			keep = copy(buf, buf[end-2:end])
		}
	}
}

// repack returns a workbook of the parts that are kept, packed as they were.
func (b *Book) repack(z *zip.Reader) ([]byte, error) {
	var out bytes.Buffer
	w := zip.NewWriter(&out)
	for _, f := range z.File {
		if b.parts[strings.ToLower(partName(f))] != f {
			continue
		}
		if err := w.Copy(f); err != nil {
			return nil, err
		}
	}
	err := w.Close()
	return out.Bytes(), err
}
