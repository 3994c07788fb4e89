package intake

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync/atomic"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"
)

const bufferBytes = 256 << 10

// input is a text file: opened, unpacked, and turned into UTF-8 without a byte
// order mark where it says that it is something else.
type input struct {
	name   string
	file   *os.File // nil for standard input
	packed *gzip.Reader
	total  int64
	read   atomic.Int64
	buf    *bufio.Reader
	marked bool // a byte order mark said what the encoding is
}

func openInput(name string, opts Options) (*input, error) {
	in := &input{name: name}
	raw := opts.Stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, err // says "open NAME: why"
		}
		in.file, raw = f, f
		if st, err := f.Stat(); err == nil && st.Mode().IsRegular() {
			in.total = st.Size()
		} else if err == nil && st.IsDir() {
			return nil, errors.Join(fmt.Errorf("open %s: it is a folder, name its files", name), f.Close())
		}
	}
	raw = &countingReader{r: raw, n: &in.read}
	if strings.HasSuffix(strings.ToLower(name), ".gz") {
		z, err := gzip.NewReader(bufio.NewReaderSize(raw, bufferBytes))
		if err != nil {
			return nil, errors.Join(fmt.Errorf("open %s: not a gzip file: %w", name, err), in.file.Close())
		}
		in.packed, raw = z, z
	}
	in.buf = bufio.NewReaderSize(raw, bufferBytes)
	in.unmark()
	return in, nil
}

// unmark drops a byte order mark, and decodes UTF-16. Without a mark UTF-16 is
// told by the first character of any JSON, which is ASCII. A read error shows
// up again at the first real read.
func (in *input) unmark() {
	head, _ := in.buf.Peek(3)
	utf16 := func(e unicode.Endianness) {
		d := unicode.UTF16(e, unicode.UseBOM).NewDecoder()
		if !in.marked {
			d = unicode.UTF16(e, unicode.IgnoreBOM).NewDecoder()
		}
		in.marked = true
		in.buf = bufio.NewReaderSize(transform.NewReader(in.buf, d), bufferBytes)
	}
	switch {
	case bytes.HasPrefix(head, []byte("\xEF\xBB\xBF")):
		in.marked = true
		_, _ = in.buf.Discard(3) // peeked: cannot fail
	case bytes.HasPrefix(head, []byte("\xFF\xFE")):
		in.marked = true
		utf16(unicode.LittleEndian)
	case bytes.HasPrefix(head, []byte("\xFE\xFF")):
		in.marked = true
		utf16(unicode.BigEndian)
	case len(head) > 1 && head[1] == 0 && (head[0] == '{' || head[0] == '['):
		utf16(unicode.LittleEndian)
	case len(head) > 1 && head[0] == 0 && (head[1] == '{' || head[1] == '['):
		utf16(unicode.BigEndian)
	}
}

func (in *input) position() int64 { return in.read.Load() }

func (in *input) close() error {
	var err error
	if in.packed != nil {
		err = in.packed.Close()
		in.packed = nil
	}
	if in.file != nil {
		err = errors.Join(err, in.file.Close())
		in.file = nil
	}
	return err
}

// fail wraps a read error with the place that was reached.
func (in *input) fail(line int, err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) && in.packed != nil {
		return fmt.Errorf("read %s: the compressed file is cut short: %w", place(in.name, line, 0), err)
	}
	return fmt.Errorf("read %s: %w", place(in.name, line, 0), err)
}

type countingReader struct {
	r io.Reader
	n *atomic.Int64
}

func (c *countingReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n.Add(int64(n))
	return n, err
}
