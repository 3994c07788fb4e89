package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"

	"github.com/minyi/minyi/classifier/workbench"
	"github.com/minyi/minyi/dict"
	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/pipeline/intake"
)

// corpus is the messages of a file, with their labels. NDJSON is read as it is;
// the other formats of minyi send are converted while they are read. "-" is NDJSON
// on standard input, once. On a terminal every reading shows a bar.
//
// The file is opened once now, so that a missing one is reported before anything
// is measured.
func (a *app) corpus(path string) (workbench.Corpus, error) {
	if path == "-" {
		read := false
		return workbench.Corpus{Name: "standard input", Open: func() (io.ReadCloser, error) {
			if read {
				return nil, usageError("this reads the messages twice, and standard input can be read once; save them to a file")
			}
			read = true
			return io.NopCloser(a.stdin), nil
		}}, nil
	}
	info, err := os.Stat(path)
	if err != nil {
		return workbench.Corpus{}, &exitError{code: exitUsage, err: err}
	}
	if info.IsDir() {
		return workbench.Corpus{}, usageError("%s is a folder; name a file of messages", path)
	}
	c := workbench.Corpus{Name: path, Open: func() (io.ReadCloser, error) { return os.Open(path) }}
	for _, ext := range []string{".csv", ".tsv", ".txt", ".xlsx", ".xlsm", ".json", ".gz", ".xls"} {
		if strings.HasSuffix(strings.ToLower(path), ext) {
			return workbench.Corpus{Name: path, Open: func() (io.ReadCloser, error) { return a.openRecords(path) }}, nil
		}
	}
	if terminal(a.stderr) {
		open := c.Open
		c.Open = func() (io.ReadCloser, error) {
			f, err := open()
			if err != nil {
				return nil, err
			}
			return &barred{f, a.readingBar(path), 0, info.Size()}, nil
		}
	}
	return c, nil
}

// agreed returns a corpus in which each text stands once with what most of its labellers
// say, and how far they agree. Where no text has several labellers it is the corpus as it
// is, and nil.
func agreed(ctx context.Context, d *dict.Dictionary, corpus workbench.Corpus) (workbench.Corpus, *workbench.Agreement, error) {
	gold, err := workbench.ReadGold(ctx, d, corpus)
	if err != nil || gold.Agreement == nil {
		return corpus, nil, err
	}
	corpus, err = gold.Corpus(corpus.Name)
	return corpus, gold.Agreement, err
}

// readingBar is a bar that fills as bytes of a file are read.
func (a *app) readingBar(path string) *bar {
	return a.newBar(a.say("reading %s", intake.BaseName(path)))
}

// barred is a file whose reading moves a bar.
type barred struct {
	io.ReadCloser
	bar         *bar
	done, total int64
}

func (b *barred) Read(p []byte) (int, error) {
	n, err := b.ReadCloser.Read(p)
	b.done += int64(n)
	b.bar.set(b.done, b.total)
	return n, err
}

func (b *barred) Close() error {
	b.bar.clear()
	return b.ReadCloser.Close()
}

// openRecords reads a table, a workbook, a JSON array or a compressed file as
// NDJSON.
func (a *app) openRecords(path string) (io.ReadCloser, error) {
	r, err := intake.Open(path, intake.Options{Labels: true, SameIDs: true})
	if errors.Is(err, intake.ErrDoubt) || errors.Is(err, intake.ErrNoTextColumn) {
		err = phrase.Errorf("%w\n  hint: minyi dict has no --text or --sheet: name the column text or 正文 in the file", err)
	}
	if err != nil {
		return nil, &exitError{code: exitUsage, err: err}
	}
	bar := a.readingBar(path)
	moved := func() { bar.set(r.Position()) }
	out, in := io.Pipe()
	done := make(chan struct{})
	go func() {
		defer close(done)
		err := copyRecords(in, r, moved)
		bar.clear()
		in.CloseWithError(errors.Join(err, r.Close()))
	}()
	return records{out, done}, nil
}

// records is the reading end. Close waits for the goroutine that fills it.
type records struct {
	*io.PipeReader
	done <-chan struct{}
}

func (r records) Close() error {
	err := r.PipeReader.Close()
	<-r.done
	return err
}

// copyRecords writes each record on the line that it has in its file, or the row
// in its sheet, with blank lines between: so that a report that names a line
// names it as the file has it.
func copyRecords(to io.Writer, r *intake.Reader, moved func()) error {
	w := bufio.NewWriterSize(to, 1<<16)
	for line := 1; ; line++ {
		rec, err := r.Next()
		if errors.Is(err, io.EOF) {
			return w.Flush()
		}
		if err != nil {
			return &exitError{code: exitUsage, err: err}
		}
		for ; line < rec.Line; line++ {
			if err := w.WriteByte('\n'); err != nil {
				return err
			}
		}
		moved()
		payload := bytes.ReplaceAll(rec.Payload, []byte{'\n'}, []byte{' '}) // an element of an array may have several lines
		if _, err := w.Write(append(payload, '\n')); err != nil {
			return err
		}
	}
}

// measureError gives the errors of the workbench their exit codes. An error
// that the system did not cause is one of a file of messages, of a mapping, or of a
// dictionary that does not fit them: exit code 2.
func measureError(ctx context.Context, err error) error {
	if err == nil || errors.As(err, new(*exitError)) {
		return err
	}
	var fault *workbench.CorpusError
	if errors.As(err, &fault) && !fault.Hint.IsZero() {
		err = phrase.Errorf("%w\n  hint: %s", err, fault.Hint)
	}
	absent := errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission)
	if ctx.Err() != nil || errors.As(err, new(*fs.PathError)) && !absent {
		return err
	}
	return &exitError{code: exitUsage, err: err}
}
