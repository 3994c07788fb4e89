package classifier

import (
	"fmt"

	"github.com/minyi/minyi/dict"
)

// Classifier tags texts by one dictionary. It is immutable and safe for
// concurrent use by any number of goroutines; to change the dictionary, build
// another and swap the pointer.
type Classifier struct {
	dict   *dict.Dictionary
	oracle *oracle
}

// New returns a classifier for d. It keeps d, which must not be written to
// afterwards. A fault of d that only normalisation shows, such as two spellings
// of one keyword in one sub-theme, is reported as dict.Errors with the position
// of each.
func New(d *dict.Dictionary) (*Classifier, error) {
	p, err := newPlan(d)
	if err != nil {
		return nil, fmt.Errorf("prepare dictionary: %w", err)
	}
	seg, err := loadGse()
	if err != nil {
		return nil, fmt.Errorf("load gse's dictionary: %w", err)
	}
	o, err := newOracle(p, seg)
	if err != nil {
		return nil, fmt.Errorf("add words to gse's dictionary: %w", err)
	}
	return &Classifier{d, o}, nil
}

// Dictionary returns the dictionary that the classifier was built with.
func (c *Classifier) Dictionary() *dict.Dictionary { return c.dict }

// Classify sets r to the tags of text. What r held before is overwritten. It
// keeps no reference to text, which may be any bytes: an invalid one counts as
// U+FFFD.
func (c *Classifier) Classify(r *Result, text []byte) {
	r.Tags = c.oracle.classify(text)
}
