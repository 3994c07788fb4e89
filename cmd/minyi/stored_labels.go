package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/minyi/minyi/classifier/workbench"
	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/internal/textfmt"
	"github.com/minyi/minyi/pipeline"
	"github.com/minyi/minyi/pipeline/broker"
	"github.com/minyi/minyi/pipeline/label"
)

// fromBroker stands in the place of a file: where labels are asked for, for those of the
// bucket MINYI_LABELS; where messages to label are, for the stream.
const fromBroker = "broker:"

// judgedStream is the stream that the current tally counts, as judgements name it.
type judgedStream struct {
	conn    *broker.Conn
	tally   string
	spec    pipeline.Spec
	name    string // as judgements have it
	decoder *pipeline.Decoder
}

func openJudged(ctx context.Context, conn *broker.Conn) (*judgedStream, error) {
	current, err := conn.Counts().Current(ctx)
	if err != nil {
		return nil, err
	}
	about, err := conn.Counts().TallyInfo(ctx, current)
	if err != nil {
		return nil, err
	}
	s := &judgedStream{conn: conn, tally: current, spec: about.Spec, name: label.StreamOf(about.Spec)}
	s.decoder, err = pipeline.NewSpecDecoder(about.Spec)
	return s, err
}

// text returns what a message says, as it was written. The error wraps [pipeline.ErrGone]
// if the stream does not hold it any more.
func (s *judgedStream) text(ctx context.Context, seq uint64) (string, error) {
	m, err := s.conn.Message(ctx, s.spec.Stream, seq)
	if err != nil {
		return "", err
	}
	var said pipeline.Suggestion
	if reason := s.decoder.Decode(m, &said); reason != "" {
		return "", phrase.Errorf("%w: message %d of %s is another one now", pipeline.ErrGone, seq, s.spec.Stream)
	}
	return string(said.Text), nil
}

// judgements are what each person said last of each message, by origin.
func (s *judgedStream) judgements(ctx context.Context) ([]label.Judgement, error) {
	var all []label.Judgement
	err := s.conn.Labels().Each(ctx, s.name, func(j label.Judgement) error {
		all = append(all, j)
		return nil
	})
	return label.Latest(all), err
}

// labelled returns the labels of a file, or of the broker if that is its name.
func (a *app) labelled(ctx context.Context, b brokerOptions, file string) (corpus workbench.Corpus, err error) {
	if file != fromBroker {
		return a.corpus(file)
	}
	err = a.withBroker(ctx, b, func(ctx context.Context, conn *broker.Conn) error {
		corpus, err = a.storedLabels(ctx, conn)
		return err
	})
	return corpus, err
}

// labelsOf is the same over a connection that is there already.
func (a *app) labelsOf(ctx context.Context, conn *broker.Conn, file string) (workbench.Corpus, error) {
	if file == fromBroker {
		return a.storedLabels(ctx, conn)
	}
	return a.corpus(file)
}

// storedLabels returns what people said of messages of the stream, with who said it and
// where: a line for each person and message, of what they said last. A note counts what is
// left out: what does not say which sub-themes are right, and of what is not in the
// stream any more.
func (a *app) storedLabels(ctx context.Context, conn *broker.Conn) (workbench.Corpus, error) {
	s, err := openJudged(ctx, conn)
	if err != nil {
		return workbench.Corpus{}, err
	}
	said, err := s.judgements(ctx)
	if err != nil {
		return workbench.Corpus{}, err
	}
	var lines bytes.Buffer
	n, silent, gone := 0, 0, 0
	texts := map[uint64]string{}
	left := map[uint64]bool{}
	for _, j := range newestOfEach(said) {
		if j.Themes == nil {
			silent++
			continue
		}
		text, known := texts[j.Seq]
		if !known && !left[j.Seq] {
			text, err = s.text(ctx, j.Seq)
			if errors.Is(err, pipeline.ErrGone) {
				left[j.Seq] = true
			} else if err != nil {
				return workbench.Corpus{}, err
			}
			texts[j.Seq] = text
		}
		if left[j.Seq] {
			gone++
			continue
		}
		if err := writeStored(&lines, j, text); err != nil {
			return workbench.Corpus{}, err
		}
		n++
	}
	a.notef("%s", a.say("MINYI_LABELS: %s labels of %s messages; left out: %s of messages that are not in the stream any more (erased or expired), %s that say no sub-themes",
		textfmt.Count(n), textfmt.Count(len(texts)-len(left)), textfmt.Count(gone), textfmt.Count(silent)))
	return workbench.Bytes(fromBroker, lines.Bytes()), nil
}

// newestOfEach keeps of each person and message what was said last, wherever it was said;
// what names no sub-themes does not hide what does.
func newestOfEach(said []label.Judgement) []label.Judgement {
	type key struct {
		seq uint64
		by  string
	}
	at := map[key]int{}
	var out []label.Judgement
	for _, j := range said {
		k := key{j.Seq, j.By}
		i, again := at[k]
		switch {
		case !again:
			at[k] = len(out)
			out = append(out, j)
		case out[i].Themes == nil || j.Themes != nil && j.At.After(out[i].At):
			j.Drawn = anyRandom(j, out[i])
			out[i] = j
		default:
			out[i].Drawn = anyRandom(out[i], j)
		}
	}
	return out
}

// anyRandom is how the message of a judgement was chosen: what was drawn at random once
// stays that, however often it is labelled again. Those of a duel are messages on which two
// dictionaries disagree.
func anyRandom(j, other label.Judgement) string {
	switch {
	case j.Drawn == string(workbench.DrawnRandom) || other.Drawn == string(workbench.DrawnRandom):
		return string(workbench.DrawnRandom)
	case j.Drawn == "" && j.Origin == label.OfDuel:
		return string(workbench.DrawnPicked)
	}
	return j.Drawn
}

// writeStored writes a line of a corpus: a judgement with its text.
func writeStored(to *bytes.Buffer, j label.Judgement, text string) error {
	l := workbench.GoldLabel{ID: strconv.FormatUint(j.Seq, 10), Text: text, Themes: j.Themes, By: j.By, Origin: string(j.Origin), Drawn: workbench.Drawn(anyRandom(j, j))}
	if len(j.Themes) > 0 {
		l.Primary = j.Themes[0]
	}
	return json.NewEncoder(to).Encode(l)
}

// storeReview stores labels of messages of the stream as judgements of a review. A row
// is of the message whose sequence is its id, if it says the same, masked; other rows are
// not of the stream. What somebody said before is not stored again.
func (a *app) storeReview(ctx context.Context, conn *broker.Conn, labels []workbench.GoldLabel) error {
	s, err := openJudged(ctx, conn)
	if err != nil {
		return err
	}
	said, err := s.judgements(ctx)
	if err != nil {
		return err
	}
	ofMessage := make(map[uint64][]label.Judgement, len(said))
	for _, j := range said {
		ofMessage[j.Seq] = append(ofMessage[j.Seq], j)
	}
	known := func(j label.Judgement) bool {
		return slices.ContainsFunc(ofMessage[j.Seq], func(old label.Judgement) bool {
			return old.By == j.By && old.Origin == j.Origin && old.Drawn == j.Drawn && old.Themes != nil && slices.Equal(old.Themes, j.Themes)
		})
	}
	now := time.Now().UTC()
	stored, again, foreign := 0, 0, 0
	for i := range labels {
		l := &labels[i]
		seq, err := strconv.ParseUint(l.ID, 10, 64)
		text := ""
		if err == nil && seq > 0 {
			if text, err = s.text(ctx, seq); err != nil && !errors.Is(err, pipeline.ErrGone) {
				return err
			}
		}
		if err != nil || strings.TrimSpace(workbench.Mask(text)) != strings.TrimSpace(l.Text) {
			foreign++
			continue
		}
		j := label.Judgement{Stream: s.name, Seq: seq, By: l.By, At: now, Origin: label.OfReview, Themes: primaryFirst(l), Drawn: string(l.Drawn)}
		if known(j) {
			again++
			continue
		}
		if err := conn.Labels().Add(ctx, j); err != nil {
			return err
		}
		ofMessage[seq] = append(ofMessage[seq], j)
		stored++
	}
	a.notef("%s", a.say("MINYI_LABELS: %s labels stored, %s were there already", textfmt.Count(stored), textfmt.Count(again)))
	if foreign > 0 {
		a.notef("%s", a.say("note: %s rows are not stored on the broker: their id is no sequence of the stream, or the message there has another text or is gone; minyi dict review broker: makes rows of the stream",
			textfmt.Count(foreign)))
	}
	return nil
}

// primaryFirst are the sub-themes of a label as judgements have them.
func primaryFirst(l *workbench.GoldLabel) []string {
	themes := slices.Clone(l.Themes)
	if i := slices.Index(themes, l.Primary); i > 0 {
		themes = slices.Insert(slices.Delete(themes, i, i+1), 0, l.Primary)
	}
	return themes
}
