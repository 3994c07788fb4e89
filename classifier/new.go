package classifier

import (
	"runtime/debug"
	"sync"

	"github.com/minyi/minyi/dict"
	"github.com/minyi/minyi/dict/phrase"
)

// Classifier tags texts with one dictionary. It is immutable and safe for concurrent
// use by any number of goroutines; to change the dictionary, build another
// Classifier and swap the pointer.
type Classifier struct {
	dict    *dict.Dictionary
	engine  *engine
	lexicon *lexicon  // of gse's dictionary; classifiers may share it
	results sync.Pool // of *Result, which Tags reuses
}

// Options say where a classifier gets gse's dictionary from. With the zero value New
// prepares it anew, and writes no file.
type Options struct {
	// CacheDir is a folder for the prepared tables of gse's dictionary, a file of 10
	// MB: New reads the file if it exists, and writes it otherwise. A fault of the
	// cache is never an error, because New can always prepare the tables itself.
	// Several processes may use one folder. Empty: nothing is read or written.
	CacheDir string
	// Share is a classifier whose tables the new one shares; that one may have
	// another dictionary. Then nothing is loaded, and CacheDir is not used. nil:
	// none.
	Share *Classifier
}

// New returns a classifier for d. It keeps d, which the caller must not change
// afterwards. Faults of d that only normalisation shows, such as two spellings of
// one keyword in one sub-theme, are returned as dict.Errors with the position of
// each.
//
// Preparing gse's dictionary takes seconds, and some hundred MB for a moment;
// reading it from a cache, or sharing it, takes far less. DESIGN.md of this package
// has the figures.
func New(d *dict.Dictionary, o Options) (*Classifier, error) {
	p, err := newPlan(d)
	if err != nil {
		return nil, phrase.Errorf("prepare dictionary: %w", err)
	}
	var forms sync.WaitGroup
	forms.Go(func() { runeForms() }) // the alphabet needs them next, and they take a while
	x, err := o.lexicon()
	forms.Wait()
	if err != nil {
		return nil, phrase.Errorf("prepare gse's dictionary: %w", err)
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

// lexiconSource is a dictionary of words together with the function that makes its
// tables.
type lexiconSource struct {
	hash string // expected hash of the words
	sum  string // expected SHA-256 of the file of the tables
	// build returns the tables, and the hash of the words that they were made of.
	build func() (*lexicon, string, error)
}

// gseDictionary is the source of all classifiers. Tests of the cache use a small
// one.
func gseDictionary() lexiconSource { return lexiconSource{gseHash, gseSum, buildLexicon} }

// load returns the tables of the dictionary, from the cache in dir if they are
// there. Otherwise it makes them and writes them there; if dir is empty, it only
// makes them. Two processes that do so at once both make the tables, and the later
// rename replaces the file with the same bytes.
func (s lexiconSource) load(dir string) (*lexicon, error) {
	path := ""
	if dir != "" {
		path = lexiconPath(dir, s.hash)
		// Whether the file is missing, unreadable, truncated, damaged, planted or of
		// another version, the tables can be made anew.
		if x, err := readLexicon(path, s.hash, s.sum); err == nil {
			return x, nil
		}
	}
	x, hash, err := s.build()
	if err != nil {
		return nil, err
	}
	if path != "" && hash == s.hash {
		// If the cache cannot be written (a read-only home, a full disk), the next
		// start takes a second longer, which is no reason to fail this one.
		_ = writeLexicon(path, hash, x)
	}
	// gse's own tables, ten times as large as these, are garbage now.
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

// Classify sets r to the tags of text, and overwrites what r held before. It keeps
// no reference to text, which may be any bytes; bytes that are not UTF-8 count as
// U+FFFD. A text must be shorter than 2 GiB.
//
// It allocates nothing once r was used for a text as long and with as many keywords.
func (c *Classifier) Classify(r *Result, text []byte) {
	c.engine.classify(r, text)
}
