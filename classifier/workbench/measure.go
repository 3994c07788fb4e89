package workbench

import (
	"crypto/sha256"
	"encoding/hex"
	"hash"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"github.com/minyi/minyi/classifier"
	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/internal/measure"
)

// Margins says of tags by how much they are ahead. It is safe for concurrent use.
type Margins struct {
	scoring *classifier.Classifier
	results sync.Pool // of *classifier.Result
}

// NewMargins returns the margins of the tags that c gives. It builds a second classifier,
// which tags a text with each sub-theme that has a score: the tags of c alone do not show
// what came close and was not tagged, and with a relative threshold of 0.6 every second tag
// is a close one.
func NewMargins(c *classifier.Classifier) (*Margins, error) {
	themes := slices.Clone(c.Dictionary().Themes)
	for i := range themes {
		themes[i].RelativeThreshold, themes[i].ThresholdLength = 0, 0
		themes[i].SubThemes = slices.Clone(themes[i].SubThemes)
		for j := range themes[i].SubThemes {
			themes[i].SubThemes[j].Threshold, themes[i].SubThemes[j].Examples = smallest, nil
		}
	}
	scoring, err := classifierOf(themes, sharing(c))
	if err != nil {
		return nil, err
	}
	return &Margins{scoring: scoring}, nil
}

// Of returns the margin of each of the tags of a text, as [measure.Observation] has it.
func (m *Margins) Of(text []byte, tags []classifier.Tag) []float64 {
	if len(tags) == 0 {
		return nil
	}
	scratch, _ := m.results.Get().(*classifier.Result)
	if scratch == nil {
		scratch = new(classifier.Result)
	}
	defer m.results.Put(scratch)
	m.scoring.Classify(scratch, text)
	margins := make([]float64, len(tags))
	for i, t := range tags {
		margins[i] = 1
		for _, other := range scratch.Tags { // by descending score: the first other one is the best
			if other.Theme != t.Theme || other.SubTheme != t.SubTheme {
				own, best := t.Score.Float64(), other.Score.Float64()
				margins[i] = (own - best) / max(own, best)
				break
			}
		}
	}
	return margins
}

// measurer makes the measure of a dictionary while it is evaluated. Workers call judge, and
// one goroutine add.
type measurer struct {
	e        *evaluator
	margins  *Margins
	of       []classOf // the rows of the measure but the first
	any      measure.Accuracy
	rows     []measure.Accuracy
	labels   measure.Labels
	examples map[string]bool
	observed []measure.Observation
	sum      hash.Hash
}

// classOf is a theme or a sub-theme.
type classOf struct {
	id    string
	theme bool
}

// measuredText is what a labelled text tells.
type measuredText struct {
	is, given      []string // sub-themes
	primary        string   // "": none, or not known
	first          string
	known, example bool
	margins        []float64
}

func newMeasurer(e *evaluator) (*measurer, error) {
	margins, err := NewMargins(e.c)
	if err != nil {
		return nil, err
	}
	m := &measurer{e: e, margins: margins, any: measure.Accuracy{ID: measure.Any}, examples: map[string]bool{}, sum: sha256.New()}
	d := e.c.Dictionary()
	for i := range d.Themes {
		m.of = append(m.of, classOf{d.Themes[i].ID, true})
		for _, s := range d.Themes[i].SubThemes {
			m.of = append(m.of, classOf{s.ID, false})
			for _, x := range s.Examples {
				m.examples[x.Text] = true
			}
		}
	}
	m.rows = make([]measure.Accuracy, len(m.of))
	for i, c := range m.of {
		m.rows[i].ID = c.id
	}
	return m, nil
}

// reading returns the corpus, whose bytes are summed as they are read; without a measurer it
// is the corpus as it is.
func (m *measurer) reading(c Corpus) Corpus {
	if m == nil {
		return c
	}
	open := c.Open
	c.Open = func() (io.ReadCloser, error) {
		r, err := open()
		if err != nil {
			return nil, err
		}
		m.sum.Reset()
		return struct {
			io.Reader
			io.Closer
		}{io.TeeReader(r, m.sum), r}, nil
	}
	m.labels.File = filepath.Base(c.Name)
	return c
}

// judge compares the tags of a text with its labels.
func (m *measurer) judge(r *classifier.Result, text *Message) *measuredText {
	t := &measuredText{
		is: m.e.subThemes(text.Themes), primary: m.e.subTheme(text.Primary),
		known: text.Primary != "" || len(text.Themes) == 0, example: m.examples[text.Text],
	}
	d := m.e.c.Dictionary()
	for _, tag := range r.Tags {
		t.given = append(t.given, d.Themes[tag.Theme].SubThemes[tag.SubTheme].ID)
	}
	if len(t.given) > 0 {
		t.first = t.given[0]
		t.margins = m.margins.Of([]byte(text.Text), r.Tags)
	}
	return t
}

// add counts a text.
func (m *measurer) add(t *measuredText) {
	for i, id := range t.given {
		m.observed = append(m.observed, measure.Observation{Margin: t.margins[i], Right: contains(t.is, id), Text: m.labels.Texts, SubTheme: id})
	}
	m.labels.Texts++
	if t.example {
		m.labels.Examples++
	}
	tagged := len(t.given) > 0
	m.any.Any.Add(len(t.is) > 0, tagged)
	if t.known {
		m.labels.Primaries++
		m.any.Primary.Add(t.primary != "", tagged)
		if tagged {
			m.labels.Tagged++
		}
	}
	for i, c := range m.of {
		row := &m.rows[i]
		row.Any.Add(c.among(t.is), c.among(t.given))
		if !t.known {
			continue
		}
		is, given := c.has(t.primary), c.has(t.first)
		row.Primary.Add(is, given)
		if tagged {
			row.Shares.Add(is, given)
		}
	}
}

// has tells whether a sub-theme is the class, or one of it.
func (c classOf) has(id string) bool {
	if c.theme {
		return strings.HasPrefix(id, c.id+"/")
	}
	return id == c.id
}

func (c classOf) among(ids []string) bool { return slices.ContainsFunc(ids, c.has) }

// measure returns what was measured.
func (m *measurer) measure() *measure.Measure {
	out := &measure.Measure{Schema: measure.Schema, Dict: m.e.c.Dictionary().Version(), Labels: m.labels}
	out.Labels.SHA256 = hex.EncodeToString(m.sum.Sum(nil))
	out.Accuracy = append([]measure.Accuracy{m.any}, m.rows...)
	for i := range out.Accuracy {
		out.Accuracy[i].Any.Rate()
		out.Accuracy[i].Primary.Rate()
	}
	out.Chance, out.Reliability = measure.Fit(m.observed), measure.Reliability(m.observed)
	out.Shifts = measure.FitShifts(out.Chance, m.observed)
	return out
}

// Chances says how likely tags are right, by a measure of their dictionary. It is safe for
// concurrent use. A nil *Chances knows nothing.
type Chances struct {
	margins *Margins
	c       *classifier.Classifier
	measure *measure.Measure
	missed  float64 // how likely an untagged text is about something
}

// NewChances returns the chances of the tags that c gives. It is nil for a nil measure, and
// for one of too few tags to tell. A measure of another version is an error.
func NewChances(c *classifier.Classifier, m *measure.Measure) (*Chances, error) {
	if m == nil || len(m.Chance) == 0 {
		return nil, nil
	}
	if is := c.Dictionary().Version(); m.Dict != is {
		return nil, phrase.Errorf("the measure is of dictionary %s, and this is %s", m.Dict, is)
	}
	margins, err := NewMargins(c)
	if err != nil {
		return nil, err
	}
	any, _ := m.Of(measure.Any)
	return &Chances{margins, c, m, ratio(any.Primary.FN+1, m.Labels.Primaries-m.Labels.Tagged+2)}, nil
}

// Of returns for each of the tags of a text how likely it is right, from 0 to 1; nil where
// that is not known.
func (c *Chances) Of(text []byte, tags []classifier.Tag) []float64 {
	if c == nil {
		return nil
	}
	chances := c.margins.Of(text, tags)
	for i, margin := range chances {
		id := c.c.Dictionary().Themes[tags[i].Theme].SubThemes[tags[i].SubTheme].ID
		chances[i], _ = c.measure.ChanceOf(id, margin)
	}
	return chances
}
