package intake

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"
	"unicode/utf8"

	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/transform"
)

// enoughEvidence ends the look at a file's encoding: after that many
// characters beyond ASCII there is no doubt.
const enoughEvidence = 64 << 10

// decodeGB converts a table that is GB 18030 (or GBK or GB 2312, its subsets)
// to UTF-8. A file is looked at up to its first 64 Ki characters beyond ASCII,
// which may be far down; of a pipe only what is in the buffer can be seen.
func decodeGB(in *input, opts Options) error {
	if in.marked {
		return nil
	}
	var isGB bool
	if st, err := os.Stat(in.name); err == nil && st.Mode().IsRegular() {
		look, err := openInput(in.name, opts)
		if err != nil {
			return err
		}
		isGB, err = looksGB(look.buf)
		if err := errors.Join(err, look.close()); err != nil {
			return in.fail(0, err)
		}
	} else {
		head, _ := in.buf.Peek(bufferBytes) // a read error shows up again later
		isGB, _ = looksGB(bufio.NewReader(bytes.NewReader(head)))
	}
	if isGB {
		in.buf = bufio.NewReaderSize(transform.NewReader(in.buf, simplifiedchinese.GB18030.NewDecoder()), bufferBytes)
	}
	return nil
}

// looksGB weighs characters beyond ASCII that are UTF-8 against bytes that are
// not. Chinese in GBK is nearly never UTF-8 by chance, so a UTF-8 file with some
// broken bytes stays UTF-8, and its broken bytes are the pipeline's to count.
func looksGB(r *bufio.Reader) (bool, error) {
	var good, bad int
	for good+bad < enoughEvidence {
		c, err := r.ReadByte()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return false, err
		}
		if c < utf8.RuneSelf {
			continue
		}
		if err := r.UnreadByte(); err != nil {
			return false, err
		}
		ch, size, err := r.ReadRune()
		switch {
		case err != nil:
			return false, err
		case ch == utf8.RuneError && size == 1:
			bad++
		default:
			good++
		}
	}
	return bad > good, nil
}
