package main

import (
	"bufio"
	"context"
	"encoding/json"
	"io"
	"strconv"

	"github.com/minyi/minyi/classifier/workbench"
	"github.com/minyi/minyi/pipeline"
	"github.com/minyi/minyi/pipeline/broker"
)

// streamCorpus returns the suggestions of a range of the stream as a corpus, read as a
// spec says. The id of a message is its sequence. What is no suggestion is left out.
func (a *app) streamCorpus(ctx context.Context, conn *broker.Conn, spec pipeline.Spec, r pipeline.Range) workbench.Corpus {
	return a.labelledStream(ctx, conn, spec, r, nil)
}

// labelledStream is streamCorpus with labels, by sequence.
func (a *app) labelledStream(ctx context.Context, conn *broker.Conn, spec pipeline.Spec, r pipeline.Range, labels map[uint64][]string) workbench.Corpus {
	return workbench.Corpus{Name: spec.Stream, Open: func() (io.ReadCloser, error) {
		decoder, err := pipeline.NewSpecDecoder(spec)
		if err != nil {
			return nil, err
		}
		ctx, cancel := context.WithCancel(ctx)
		read, write := io.Pipe()
		done := make(chan struct{})
		go func() {
			defer close(done)
			out := bufio.NewWriterSize(write, 1<<18)
			err := eachSuggestion(ctx, conn.Source(), decoder, r, labels, json.NewEncoder(out), cancel)
			if err == nil {
				err = out.Flush()
			}
			_ = write.CloseWithError(err) // never fails
		}()
		return &streamReader{read, func() { cancel(); <-done }}, nil
	}}
}

// streamReader is a corpus that is being read from the stream.
type streamReader struct {
	*io.PipeReader
	stop func()
}

// Close ends the reading of the stream.
func (s *streamReader) Close() error {
	err := s.PipeReader.Close()
	s.stop()
	return err
}

// eachSuggestion writes the suggestions of a range as lines of a corpus. It stops the
// reading when they cannot be written, because nobody reads them any more.
func eachSuggestion(ctx context.Context, source pipeline.Source, d *pipeline.Decoder, r pipeline.Range, labels map[uint64][]string, to *json.Encoder, stop func()) error {
	if r.Len() == 0 {
		return nil
	}
	type line struct {
		ID     string   `json:"id"`
		Text   string   `json:"text"`
		Themes []string `json:"themes,omitzero"`
	}
	var s pipeline.Suggestion
	var writing error
	err := pipeline.ReadThrough(ctx, source, r, func(m *pipeline.Message) {
		if writing != nil || d.Decode(m, &s) != "" {
			return
		}
		if writing = to.Encode(line{strconv.FormatUint(m.Seq, 10), string(s.Text), labels[m.Seq]}); writing != nil {
			stop()
		}
	}, func(int, error) {})
	if writing != nil {
		return writing
	}
	return err
}
