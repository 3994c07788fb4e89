package intake

import (
	"bufio"
	"bytes"
	"errors"
	"io"

	"github.com/minyi/minyi/dict/phrase"
)

// lines hands out the physical lines of a text file. A line ends with \n, \r\n,
// or \r alone, as old programs on the Macintosh write it.
//
// What was handed out since the last mark can be handed out again, at no cost but
// memory: a row that turns out to be none goes back line by line.
type lines struct {
	in    *input
	limit int // of a line in bytes, its end not counted

	window []physical // since the mark
	at     int        // in the window, of the next line
	number int        // of the last line handed out
	end    error      // io.EOF or what ended the file, behind the window
	read   int        // number of the last line that was read
}

// physical is one line, with its end.
type physical struct {
	text    []byte       // in memory of its own
	mixed   bool         // it is in another encoding than the file
	garbled bool         // bytes of it are wrong in the encoding of the file
	err     *RecordError // the line cannot be taken
}

// next hands out a line, or returns io.EOF or what ended the file. A line that
// cannot be taken comes with its error inside.
func (l *lines) next() (physical, error) {
	if l.at == len(l.window) {
		if l.end == nil {
			l.fill()
		}
		if l.at == len(l.window) {
			return physical{}, l.end
		}
	}
	l.at++
	l.number++
	return l.window[l.at-1], nil
}

// mark forgets what was handed out.
func (l *lines) mark() {
	clear(l.window[:l.at])
	if l.at == len(l.window) {
		l.window = l.window[:0] // its memory again
	} else {
		l.window = l.window[l.at:]
	}
	l.at = 0
}

// back gives back the last n lines since the mark.
func (l *lines) back(n int) {
	l.at -= n
	l.number -= n
}

// fill reads one line into the window, or sets the end.
func (l *lines) fill() {
	raw, tooLong, err := readLine(l.in.buf, l.limit)
	if err != nil && !errors.Is(err, io.EOF) {
		l.end = l.in.fail(l.read+1, err)
		return
	}
	if err != nil {
		l.end = io.EOF
		if len(raw) == 0 && !tooLong {
			return
		}
	}
	l.read++
	p := physical{}
	if tooLong {
		p.err = &RecordError{File: l.in.name, Line: l.read, Reason: ReasonTooLong, Err: phrase.Errorf(
			"%w: the line has more than %d bytes; shorten it and send the file again", ErrTooLong, l.limit)}
	} else {
		p.text, p.garbled, p.mixed = l.in.charset.decode(raw)
	}
	l.window = append(l.window, p)
}

// readLine reads one line and returns it with its end, in memory of its own.
// Beyond limit bytes, the end not counted, it reads on and keeps nothing. At the
// end of the file the error is io.EOF together with the last line, which may be
// empty. Any other error comes without a line: half a line is not a record.
func readLine(r *bufio.Reader, limit int) (line []byte, tooLong bool, err error) {
	for {
		if _, err := r.Peek(1); err != nil {
			if !errors.Is(err, io.EOF) {
				return nil, false, err
			}
			return line, tooLong || len(line) > limit, err
		}
		part, _ := r.Peek(r.Buffered()) // buffered: cannot fail
		end, complete := lineEnd(part)
		part = part[:end]
		if tooLong = tooLong || len(line)+len(part) > limit+2; tooLong { // 2: the end
			line = nil
		} else {
			line = append(line, part...)
		}
		last := part[end-1]
		_, _ = r.Discard(end) // buffered: cannot fail
		if !complete {
			continue
		}
		if last == '\r' { // its line feed may not have been in the buffer
			if b, err := r.Peek(1); err == nil && b[0] == '\n' {
				_, _ = r.Discard(1)
				if !tooLong {
					line = append(line, '\n')
				}
			} else if err != nil && !errors.Is(err, io.EOF) {
				return nil, false, err
			}
		}
		return line, tooLong || len(trimLineEnd(line)) > limit, nil
	}
}

// lineEnd returns the length of the first line of b with its end, and whether it
// has one. A \r that is the last byte counts as one.
func lineEnd(b []byte) (end int, complete bool) {
	// The search goes in growing steps: one for the line feed alone would read all
	// of the buffer again for each line of a file that has none.
	for from, step := 0, 512; from < len(b); from, step = from+step, 2*step {
		part := b[from:min(from+step, len(b))]
		n := bytes.IndexByte(part, '\n')
		if n >= 0 {
			part = part[:n]
		}
		if r := bytes.IndexByte(part, '\r'); r >= 0 {
			if at := from + r + 1; at < len(b) && b[at] == '\n' {
				return at + 1, true
			}
			return from + r + 1, true
		}
		if n >= 0 {
			return from + n + 1, true
		}
	}
	return len(b), false
}

func trimLineEnd[T string | []byte](line T) T {
	n := len(line)
	if n > 0 && line[n-1] == '\n' {
		n--
	}
	if n > 0 && line[n-1] == '\r' {
		n--
	}
	return line[:n]
}
