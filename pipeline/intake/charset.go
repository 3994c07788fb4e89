package intake

import (
	"bytes"
	"errors"
	"io"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/simplifiedchinese"
	"golang.org/x/text/encoding/traditionalchinese"

	"github.com/minyi/minyi/dict/phrase"
)

// ErrEncoding is returned by [Open] for a text whose encoding cannot be told.
var ErrEncoding = phrase.New("the encoding cannot be told for certain; save the file as UTF-8 (in Excel: CSV UTF-8) and read it again")

// charset is the encoding of a text file, line by line.
//
// A file is in one encoding, and programs that append to it do not always know
// which. So every line is looked at, and one that is in another is marked: it
// would be garbage, and garbage that is counted is worse than a line refused.
type charset struct {
	name   string
	legacy encoding.Encoding // nil: UTF-8
}

// Encodings that are told from UTF-8 by what they hold.
func gb18030() charset { return charset{"gb18030", simplifiedchinese.GB18030} }
func big5() charset    { return charset{"big5", traditionalchinese.Big5} }

// decode returns a line as UTF-8. garbled: some of its bytes are wrong; those of a
// UTF-8 file stay as they are, for the pipeline to count. mixed: the line is
// readable in another encoding than the file's.
//
// The text may be the line itself.
func (c charset) decode(line []byte) (text []byte, garbled, mixed bool) {
	if isASCII(line) {
		return line, false, false
	}
	valid := utf8.Valid(line)
	if c.legacy == nil {
		return line, !valid, !valid && legacyEvidence(line).plausible()
	}
	if e := legacyEvidence(line); valid && !e.plausible() {
		return line, true, true
	}
	out, err := c.legacy.NewDecoder().Bytes(line)
	return out, err != nil || bytes.ContainsRune(out, utf8.RuneError), false
}

// enoughEvidence ends the look at a file's encoding: after that many bytes there
// is no doubt.
const enoughEvidence = 1 << 20

// findCharset looks at a text file, up to its first MiB beyond ASCII, which may
// be far down; of a pipe only what is in the buffer can be seen.
func findCharset(in *input, opts Options) error {
	if in.marked {
		return nil
	}
	var e evidence
	if in.whole {
		look, err := openInput(in.name, opts)
		if err != nil {
			return err
		}
		err = e.read(look)
		if err := errors.Join(err, look.close()); err != nil {
			return in.fail(0, err)
		}
	} else {
		head := in.head(bufferBytes)
		for len(head) > 0 {
			end, complete := lineEnd(head)
			if complete {
				e.add(head[:end])
			}
			head = head[end:]
		}
	}
	c, err := e.charset()
	if err != nil {
		return in.fail(0, err)
	}
	in.charset = c
	return nil
}

// evidence weighs the lines of a file.
type evidence struct {
	utf8 int // lines beyond ASCII that are UTF-8
	not  int // lines that are not
	pairs

	strictGB, strictBig5 bool // some line was looked at and all of them decode
	bytes                int
}

// read takes lines until there is no doubt.
func (e *evidence) read(in *input) error {
	for e.bytes < enoughEvidence {
		line, tooLong, err := readLine(in.buf, 1<<20)
		ended := errors.Is(err, io.EOF)
		if err != nil && !ended {
			return err
		}
		if !tooLong {
			e.add(line)
		}
		if ended {
			return nil
		}
	}
	return nil
}

func (e *evidence) add(line []byte) {
	if isASCII(line) {
		return
	}
	e.bytes += len(line)
	if utf8.Valid(line) {
		e.utf8++
		return
	}
	if e.not++; e.not == 1 {
		e.strictGB, e.strictBig5 = true, true
	}
	e.pairs.add(line)
	e.strictGB = e.strictGB && decodes(simplifiedchinese.GB18030, line)
	e.strictBig5 = e.strictBig5 && decodes(traditionalchinese.Big5, line)
}

// decodes tells whether a line is all characters of an encoding.
func decodes(c encoding.Encoding, line []byte) bool {
	out, err := c.NewDecoder().Bytes(line)
	return err == nil && !bytes.ContainsRune(out, utf8.RuneError)
}

// charset decides. Where most lines are UTF-8, the file is, and the others are
// for [charset.decode] to mark.
func (e *evidence) charset() (charset, error) {
	utf := charset{name: "utf-8"}
	if e.not == 0 || e.utf8 > e.not {
		return utf, nil
	}
	gb, b5 := e.share(e.gb), e.share(e.big5)
	switch {
	case gb >= enoughShare && gb >= b5+0.15:
		return gb18030(), nil
	case b5 >= enoughShare && b5 >= gb+0.15:
		return big5(), nil
	case gb >= enoughShare && b5 >= enoughShare:
		return utf, ErrEncoding
	case e.utf8 == 0 && e.strictGB && !e.strictBig5:
		return gb18030(), nil
	case e.utf8 == 0 && e.strictBig5 && !e.strictGB:
		return big5(), nil
	}
	return utf, nil // UTF-8 with wrong bytes
}

// pairs counts pairs of bytes as the two encodings of Chinese would read them,
// and of those the ones that are frequent characters.
type pairs struct {
	all      int
	gb, big5 int
	leftover int // bytes beyond ASCII that no pair holds
}

const enoughShare = 0.7

func (p *pairs) add(line []byte) {
	for i := 0; i < len(line); i++ {
		lead := line[i]
		if lead < utf8.RuneSelf {
			continue
		}
		if i+1 == len(line) || line[i+1] < 0x40 {
			p.leftover++
			continue
		}
		i++
		trail := line[i]
		p.all++
		// Level 1 of GB 2312 has the 3,755 characters that nearly all text is made
		// of; A1 to A3 are punctuation.
		if trail >= 0xa1 && (lead >= 0xb0 && lead <= 0xd7 || lead >= 0xa1 && lead <= 0xa3) {
			p.gb++
		}
		// Level 1 of Big5 has 5,401; A1 to A3 are punctuation.
		if lead >= 0xa1 && lead <= 0xc6 && (trail <= 0x7e || trail >= 0xa1) {
			p.big5++
		}
	}
}

func (p *pairs) share(n int) float64 {
	if p.all == 0 {
		return 0
	}
	return float64(n) / float64(p.all+p.leftover)
}

// plausible tells whether a line alone is Chinese in one of the two encodings.
func (p *pairs) plausible() bool {
	return p.all >= 2 && max(p.share(p.gb), p.share(p.big5)) >= enoughShare
}

func legacyEvidence(line []byte) *pairs {
	var p pairs
	p.add(line)
	return &p
}

func isASCII(b []byte) bool {
	for _, c := range b {
		if c >= utf8.RuneSelf {
			return false
		}
	}
	return true
}
