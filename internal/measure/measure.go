// Package measure is what labelled texts say of a dictionary: how often each theme and
// sub-theme is given rightly, how likely a tag is right, and from that, between what a
// published share is.
//
// A measure belongs to one version of a dictionary, and is not part of it: the version
// says what is counted, the measure how good that is. It is kept beside the dictionary,
// in the file [File] of its folder, or on the broker.
//
//	measure.go   the measure as it is stored
//	interval.go  between what a share is
//	chance.go    how likely a tag is right, by its margin
//	shift.go     and by its sub-theme
package measure

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"sync"
	"time"

	"github.com/minyi/minyi/dict/phrase"
)

// File is the name of a measure in the folder of its dictionary.
const File = "measure.json"

// Schema is the version of the JSON of a measure.
const Schema = 1

// Any is the id of the row about all texts: whether those that are about something are
// tagged at all.
const Any = "any"

// ErrNoMeasure means that bytes are not a measure.
var ErrNoMeasure = phrase.New("not a measure")

// Measure is what labelled texts say of a dictionary. Its JSON shape is stable. A measure
// must not be changed once it is used; then it is safe for concurrent use.
type Measure struct {
	Schema   int       `json:"schema"`
	Dict     string    `json:"dict"` // version of the dictionary
	Measured time.Time `json:"measured"`
	By       string    `json:"by"` // who measured
	Labels   Labels    `json:"labels"`
	// Accuracy has a row for [Any], and for each theme and its sub-themes in the order of
	// the dictionary.
	Accuracy []Accuracy `json:"accuracy"`
	// Chance is how likely a tag is right, by its margin; empty where there are too few
	// tags to tell.
	Chance Curve `json:"chance"`
	// Shifts move it for single sub-themes; one that is not there has none.
	Shifts Shifts `json:"shifts,omitempty"`
	// Reliability says how far the chances hold on texts that they were not made of.
	Reliability []Bin `json:"reliability"`

	draws draws
	known known
	name  name
}

// name is the content of a measure in short.
type name struct {
	once sync.Once
	hash string
}

// ID names the content of a measure: another content has another one.
func (m *Measure) ID() string {
	m.name.once.Do(func() {
		sum := sha256.Sum256(m.Marshal())
		m.name.hash = hex.EncodeToString(sum[:6])
	})
	return m.name.hash
}

// Labels says which labelled texts a measure is of.
type Labels struct {
	File      string `json:"file"`      // its name, without folders
	SHA256    string `json:"sha256"`    // of what was read of it, as NDJSON
	Texts     int    `json:"texts"`     // that have labels
	Primaries int    `json:"primaries"` // of those, that say which sub-theme is the first
	// Tagged are the texts of Primaries that the dictionary tags: shares are of such.
	Tagged int `json:"tagged"`
	// Examples are the texts that are an example of the dictionary: it was written for
	// them, so they say little of others.
	Examples int `json:"examples"`
}

// Accuracy says how often a theme or sub-theme is given rightly.
type Accuracy struct {
	ID      string `json:"id"`
	Any     Counts `json:"any"`     // every tag of a text counts
	Primary Counts `json:"primary"` // only the first one
	// Shares are the texts that are tagged, whose primary the labels say: what a share is
	// corrected by. It is zero in the row [Any].
	Shares Table `json:"shares"`
}

// Counts are texts: of the class that were given it, of others that were, and of the class
// that were not.
type Counts struct {
	TP        int     `json:"tp"`
	FP        int     `json:"fp"`
	FN        int     `json:"fn"`
	Precision float64 `json:"precision"` // tp / (tp + fp); 0 where that is nothing
	Recall    float64 `json:"recall"`    // tp / (tp + fn)
}

// Add counts a text.
func (c *Counts) Add(is, given bool) {
	switch {
	case is && given:
		c.TP++
	case given:
		c.FP++
	case is:
		c.FN++
	}
}

// Rate computes precision and recall.
func (c *Counts) Rate() { c.Precision, c.Recall = ratio(c.TP, c.TP+c.FP), ratio(c.TP, c.TP+c.FN) }

func ratio(n, of int) float64 {
	if of == 0 {
		return 0
	}
	return float64(n) / float64(of)
}

// Table are texts by whether they are of a class, and whether they were given it.
type Table struct {
	TP int `json:"tp"`
	FN int `json:"fn"`
	FP int `json:"fp"`
	TN int `json:"tn"`
}

// Add counts a text.
func (t *Table) Add(is, given bool) {
	switch {
	case is && given:
		t.TP++
	case is:
		t.FN++
	case given:
		t.FP++
	default:
		t.TN++
	}
}

// Of returns the row of an id.
func (m *Measure) Of(id string) (Accuracy, bool) {
	for _, a := range m.Accuracy {
		if a.ID == id {
			return a, true
		}
	}
	return Accuracy{}, false
}

// Parse reads a measure. Errors wrap [ErrNoMeasure]: the bytes are none, or of a schema
// that this program does not know, or contradict themselves.
func Parse(b []byte) (*Measure, error) {
	d := json.NewDecoder(bytes.NewReader(b))
	m := &Measure{}
	if err := d.Decode(m); err != nil {
		return nil, phrase.Errorf("%w: %w", ErrNoMeasure, err)
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, phrase.Errorf("%w: something follows it", ErrNoMeasure)
	}
	switch {
	case m.Schema != Schema:
		return nil, phrase.Errorf("%w: its schema is %d, and this minyi knows %d", ErrNoMeasure, m.Schema, Schema)
	case m.Dict == "":
		return nil, phrase.Errorf("%w: it names no dictionary", ErrNoMeasure)
	}
	for _, a := range m.Accuracy {
		if s := a.Shares; min(s.TP, s.FN, s.FP, s.TN) < 0 {
			return nil, phrase.Errorf("%w: %s has a negative number of texts", ErrNoMeasure, a.ID)
		}
	}
	return m, errors.Join(m.Chance.check(), m.Shifts.check())
}

// Marshal returns a measure as it is stored: JSON, indented, so that it can be read and
// compared line by line.
func (m *Measure) Marshal() []byte {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", " ")
	if err := e.Encode(m); err != nil {
		panic("measure: a measure that is no JSON: " + err.Error())
	}
	return b.Bytes()
}
