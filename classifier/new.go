package classifier

import (
	"fmt"
	"runtime/debug"
	"sync"

	"github.com/minyi/minyi/dict"
)

// Classifier tags texts by one dictionary. It is immutable and safe for
// concurrent use by any number of goroutines; to change the dictionary, build
// another and swap the pointer.
type Classifier struct {
	dict    *dict.Dictionary
	engine  *engine
	lexicon *lexicon  // of gse's dictionary, which classifiers may share
	results sync.Pool // of *Result, which Tags uses again
}

// Options say where a classifier has gse's dictionary from. With the zero value
// New prepares it anew, and writes no file.
type Options struct {
	// CacheDir is a folder for the prepared tables of gse's dictionary, a file of
	// 10 MB: New reads it where it is there, and writes it where it is not. A fault
	// of the cache is never an error: New then prepares the tables itself. Several
	// processes may use one folder. Empty: nothing is read or written.
	CacheDir string
	// Share is a classifier whose tables the new one shares, whatever the
	// dictionary of that one is. Nothing is loaded then, and CacheDir is not used.
	// nil: none.
	Share *Classifier
}

// New returns a classifier for d. It keeps d, which must not be written to
// afterwards. A fault of d that only normalisation shows, such as two spellings
// of one keyword in one sub-theme, is reported as dict.Errors with the position
// of each.
//
// To prepare gse's dictionary takes seconds and some hundred MB for a moment; to
// read it from a cache, or to share it, far less. DESIGN.md of this package has the
// figures.
func New(d *dict.Dictionary, o Options) (*Classifier, error) {
	p, err := newPlan(d)
	if err != nil {
		return nil, fmt.Errorf("prepare dictionary: %w", err)
	}
	var forms sync.WaitGroup
	forms.Go(func() { runeForms() }) // the alphabet needs them next, and they take a while
	x, err := o.lexicon()
	forms.Wait()
	if err != nil {
		return nil, fmt.Errorf("prepare gse's dictionary: %w", err)
	}
	return &Classifier{dict: d, engine: newEngine(p, x), lexicon: x}, nil
}

// lexicon returns the tables of gse's dictionary.
func (o Options) lexicon() (*lexicon, error) {
	if o.Share != nil {
		return o.Share.lexicon, nil
	}
	return gseDictionary().load(o.CacheDir)
}

// lexiconSource is a dictionary of words, and how its tables are made.
type lexiconSource struct {
	hash string // of the words, as it is expected
	// build returns the tables, and the hash of the words that they are of.
	build func() (*lexicon, string, error)
}

// gseDictionary is the source of all classifiers. Tests of the cache have a small one.
func gseDictionary() lexiconSource { return lexiconSource{gseHash, buildLexicon} }

// load returns the tables of the dictionary, from the cache in dir if they are
// there. Otherwise it makes them and puts them there; with an empty dir it only
// makes them. Two processes that do so at once each make their own; the later
// rename wins, with the same bytes.
func (s lexiconSource) load(dir string) (*lexicon, error) {
	path := ""
	if dir != "" {
		path = lexiconPath(dir, s.hash)
		// Missing, unreadable, truncated, damaged, of another version: whatever
		// it is, making the tables anew is the answer.
		if x, err := readLexicon(path, s.hash); err == nil {
			return x, nil
		}
	}
	x, hash, err := s.build()
	if err != nil {
		return nil, err
	}
	if path != "" && hash == s.hash {
		// A cache that cannot be written (a read-only home, a full disk) costs
		// the next start a second, and is no reason to fail this one.
		_ = writeLexicon(path, hash, x)
	}
	// gse's own tables are garbage now, ten times as large as ours.
	debug.FreeOSMemory()
	return x, nil
}

// buildLexicon returns the tables of gse's dictionary, and its hash.
func buildLexicon() (*lexicon, string, error) {
	seg, err := loadGse()
	if err != nil {
		return nil, "", err
	}
	words := gseWords(seg)
	return newLexicon(words, seg.Dictionary().TotalFreq()), hashWords(words), nil
}

// Dictionary returns the dictionary that the classifier was built with.
func (c *Classifier) Dictionary() *dict.Dictionary { return c.dict }

// Classify sets r to the tags of text. What r held before is overwritten. It
// keeps no reference to text, which may be any bytes; one that is not UTF-8
// counts as U+FFFD. A text must be shorter than 2 GiB.
//
// It allocates nothing once r has seen a text as long and as full of keywords.
func (c *Classifier) Classify(r *Result, text []byte) {
	c.engine.classify(r, text)
}
