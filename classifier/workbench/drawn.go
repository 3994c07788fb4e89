package workbench

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"slices"

	"github.com/minyi/minyi/dict/phrase"
)

// Drawn says how a message was chosen to be labelled. What is measured on labels holds for
// all messages only if these were drawn at random: those that a dictionary is in doubt
// about are harder than others, and another dictionary looks better on them than it is.
type Drawn string

// How a message was chosen.
const (
	DrawnRandom Drawn = "random" // each text of the corpus had the same chance
	DrawnPicked Drawn = "picked" // because it was in doubt
)

// drawnOf has what the field drawn of a corpus may say, in both languages of a review.
var drawnOf = map[string]Drawn{"": "", "random": DrawnRandom, "随机": DrawnRandom, "picked": DrawnPicked, "挑选": DrawnPicked}

// Draws counts the labelled messages of a corpus by how they were chosen.
type Draws struct {
	Random  int `json:"random"`
	Picked  int `json:"picked"`
	Unknown int `json:"unknown"` // the corpus does not tell
}

// Told tells whether the corpus says of any message how it was chosen.
func (d Draws) Told() bool { return d.Random+d.Picked > 0 }

func (d *Draws) add(how Drawn) {
	switch how {
	case DrawnRandom:
		d.Random++
	case DrawnPicked:
		d.Picked++
	default:
		d.Unknown++
	}
}

// ErrNothingRandom says that labels are of picked messages only, so that nothing can be
// judged by them.
var ErrNothingRandom = phrase.New("none of the labelled messages was drawn at random, so they do not say how good a dictionary is on others; label the rows of minyi dict review whose column drawn (取样) says random (随机)")

// AtRandom returns the labelled messages of a corpus that were drawn at random, which stand for all, on the
// lines that they have there, and how many were chosen how. Where the corpus does not
// tell of any, it is returned as it is. The messages are held in memory. Errors are those of reading the
// corpus (*CorpusError) and of ctx.
func AtRandom(ctx context.Context, corpus Corpus) (Corpus, Draws, error) {
	var draws Draws
	var out bytes.Buffer
	line := 1
	_, err := mapMessages(ctx, corpus, func() struct{} { return struct{}{} },
		func(_ struct{}, m *Message) (*Message, error) { return m, nil },
		func(m *Message) error {
			if m.Kind == Unlabelled {
				return nil
			}
			if draws.add(m.Drawn); m.Drawn != DrawnRandom {
				return nil
			}
			for ; line < m.Line; line++ {
				out.WriteByte('\n')
			}
			line++
			return json.NewEncoder(&out).Encode(recordOf(m))
		})
	if err != nil || !draws.Told() {
		return corpus, draws, err
	}
	return Bytes(corpus.Name, out.Bytes()), draws, nil
}

// recordOf is the line of a labelled message.
func recordOf(m *Message) any {
	if m.Kind == LabelName {
		return struct {
			ID    string `json:"id,omitempty"`
			Text  string `json:"text"`
			Label string `json:"label"`
			Genre string `json:"kind,omitempty"`
			Drawn Drawn  `json:"drawn,omitempty"`
		}{m.ID, m.Text, m.Label, m.Genre, m.Drawn}
	}
	return &GoldLabel{ID: m.ID, Text: m.Text, Themes: m.Themes, Primary: m.Primary, By: m.By, Origin: m.Origin, Drawn: m.Drawn, Genre: m.Genre}
}

// sampler keeps the texts whose keys are smallest. A key is a hash of the text, so each
// distinct text has the same chance, however often it occurs, one text is drawn once, and
// the same texts are drawn again when the corpus grows. (Bottom-k sampling: Cohen and
// Kaplan, Summarizing Data Using Bottom-k Sketches, PODC 2007.)
type sampler struct {
	size int
	rows []sampled // at most twice the size
	at   map[string]int
	most uint64 // no greater key is among the smallest
}

type sampled struct {
	key uint64
	row ReviewRow
}

func newSampler(size int) *sampler {
	return &sampler{size: size, at: map[string]int{}, most: ^uint64(0)}
}

// keyOf is the key of a text.
func keyOf(text string, seed uint64) uint64 {
	h := sha256.New()
	_ = binary.Write(h, binary.BigEndian, seed)
	h.Write([]byte(text))
	return binary.BigEndian.Uint64(h.Sum(nil))
}

// add offers a message.
func (s *sampler) add(key uint64, text string, row *ReviewRow) {
	if key > s.most || s.size == 0 {
		return
	}
	if i, ok := s.at[text]; ok {
		s.rows[i].row.Messages++
		return
	}
	s.at[text] = len(s.rows)
	s.rows = append(s.rows, sampled{key, *row})
	if len(s.rows) >= 2*s.size+100 {
		s.cut(s.size)
	}
}

// cut keeps the rows with the n smallest keys, in their order.
func (s *sampler) cut(n int) {
	slices.SortFunc(s.rows, func(a, b sampled) int {
		switch {
		case a.key < b.key:
			return -1
		case a.key > b.key:
			return 1
		}
		return 0
	})
	for i := len(s.rows) - 1; i >= n; i-- {
		delete(s.at, s.rows[i].row.Text)
	}
	s.rows = s.rows[:min(n, len(s.rows))]
	for i := range s.rows {
		s.at[s.rows[i].row.Text] = i
	}
	if len(s.rows) == n && n > 0 {
		s.most = s.rows[n-1].key
	}
}
