package intake

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"os"
	"strings"
	"sync/atomic"
	"unicode/utf8"

	"golang.org/x/text/encoding/unicode"
	"golang.org/x/text/transform"

	"github.com/minyi/minyi/dict/phrase"
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
	wide   bool // the file is UTF-16, and decoded as it is read
	whole  bool // it is a file, all of which is there

	charset charset // of what is not UTF-16; see findCharset
}

// encoding is the name of the encoding of the file.
func (in *input) encoding() string {
	if in.wide {
		return "utf-16"
	}
	return in.charset.name
}

// Regular tells whether a name is that of a file, which can be read a second
// time; standard input and pipes cannot.
func Regular(name string) bool {
	st, err := os.Stat(name)
	return name != "-" && err == nil && st.Mode().IsRegular()
}

func openInput(name string, opts Options) (*input, error) {
	in := &input{name: name, charset: charset{name: "utf-8"}}
	raw := opts.Stdin
	if name != "-" {
		f, err := os.Open(name)
		if err != nil {
			return nil, err // says "open NAME: why"
		}
		in.file, raw = f, f
		if st, err := f.Stat(); err == nil && st.Mode().IsRegular() {
			in.total, in.whole = st.Size(), true
		} else if err == nil && st.IsDir() {
			return nil, errors.Join(phrase.Errorf("open %s: it is a folder, name its files", name), f.Close())
		}
	}
	raw = &countingReader{r: raw, n: &in.read}
	if strings.HasSuffix(strings.ToLower(name), ".gz") {
		z, err := gzip.NewReader(bufio.NewReaderSize(raw, bufferBytes))
		if err != nil {
			return nil, errors.Join(phrase.Errorf("open %s: not a gzip file: %w", name, err), in.file.Close())
		}
		in.packed, raw = z, z
	}
	in.buf = bufio.NewReaderSize(raw, bufferBytes)
	in.unmark()
	return in, nil
}

// unmark drops a byte order mark, and decodes UTF-16. Without a mark UTF-16 is
// told by its line ends, delimiters and brackets, each of which has a zero byte.
// A read error shows up again at the first real read.
func (in *input) unmark() {
	head := in.head(3)
	utf16 := func(e unicode.Endianness) {
		d := unicode.UTF16(e, unicode.UseBOM).NewDecoder()
		if !in.marked {
			d = unicode.UTF16(e, unicode.IgnoreBOM).NewDecoder()
		}
		in.marked, in.wide = true, true
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
	default:
		if e, found := unmarkedUTF16(in.head(4096)); found {
			utf16(e)
		}
	}
}

// unmarkedUTF16 tells by the zero bytes at the beginning of a file: of UTF-16 nearly
// all stand at even places, or at odd ones. Another text may have one by mistake.
func unmarkedUTF16(head []byte) (e unicode.Endianness, found bool) {
	var zeros [2]int
	for i, b := range head {
		if b == 0 {
			zeros[i%2]++
		}
	}
	switch {
	case len(head) > 1 && head[1] == 0 && (head[0] == '{' || head[0] == '['):
		return unicode.LittleEndian, true
	case len(head) > 1 && head[0] == 0 && (head[1] == '{' || head[1] == '['):
		return unicode.BigEndian, true
	case zeros[0]+zeros[1] < 2 || utf8.Valid(head[:len(head)-len(head)%2]) || hasNarrowLine(head):
	case zeros[1] > 4*zeros[0]: // 一 has a zero at the other place
		return unicode.LittleEndian, true
	case zeros[0] > 4*zeros[1]:
		return unicode.BigEndian, true
	}
	return unicode.LittleEndian, false
}

// hasNarrowLine tells whether the first line is text of single bytes, which ends in
// single bytes: zeros further down are by mistake then. In UTF-16 a line end has a zero
// byte, and what precedes it would be letters only by chance.
func hasNarrowLine(head []byte) bool {
	end := bytes.IndexAny(head, "\r\n")
	if end < 1 || end+1 >= len(head) || end%2 == 0 && head[end+1] == 0 || end%2 == 1 && head[end-1] == 0 {
		return false
	}
	line := head[:end]
	return utf8.Valid(line) && !bytes.ContainsFunc(line, func(r rune) bool { return r < ' ' && r != '\t' })
}

// head is the beginning of the input, at most n bytes of it and none consumed. Of a
// pipe it is what came at once: whoever writes there may write more only later.
// A read error shows up again at the first real read.
func (in *input) head(n int) []byte {
	if !in.whole {
		_, _ = in.buf.Peek(1)
		n = min(n, in.buf.Buffered())
	}
	head, _ := in.buf.Peek(n)
	return head
}

func (in *input) position() int64 { return in.read.Load() }

func (in *input) close() error {
	var err error
	if in.packed != nil {
		_ = in.packed.Close() // says again what a read has said
		in.packed = nil
	}
	if in.file != nil {
		err = in.file.Close()
		in.file = nil
	}
	return err
}

// fail wraps a read error with the place that was reached.
func (in *input) fail(line int, err error) error {
	if errors.Is(err, io.ErrUnexpectedEOF) && in.packed != nil {
		return phrase.Errorf("read %s: the compressed file is cut short: %w", place(in.name, line, 0), err)
	}
	return phrase.Errorf("read %s: %w", place(in.name, line, 0), err)
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
