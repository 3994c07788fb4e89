package report

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"strings"
	"sync"

	"github.com/minyi/minyi/classifier"
	"github.com/minyi/minyi/pipeline"
)

// Texts are what the texts of the suggestions say beyond the counts: how many are the
// same, and which words become more frequent. All numbers are exact.
type Texts struct {
	TextDays
	// Read is how many suggestions of the period were read, Distinct how many texts they
	// have. Repeated are those whose text another one has, too, and Groups their texts.
	Read, Distinct, Repeated, Groups uint64
	Largest                          []SameText
	Near                             []NearText
	// Words are those that became more frequent, the surest first; Tested is how many were
	// looked at, each in Least messages of both spans of days together at least.
	Words  []HotWord
	Tested int
	Least  uint64
}

// TextDays are the newest days of a report and as many before them, whose words are
// compared. Both are empty where a report has less than two days.
type TextDays struct {
	Recent Days `json:"recent"`
	Prior  Days `json:"prior"`
}

// SameText is a text that several suggestions have.
type SameText struct {
	Count       uint64
	Sources     []string // that of most suggestions first
	First, Last string   // days
	Seq         uint64   // of the first suggestion
	Text        string   // of that one, masked and cut; "" if it is gone
}

// TextDaysOf returns the days of a report whose words are compared.
func TextDaysOf(c pipeline.Counts, days Days) TextDays {
	recent, prior, _ := newPeriod("", c.Totals, days).newest()
	return TextDays{recent, prior}
}

// MostTexts is how many suggestions are compared at most. A digest of 8 bytes is kept of
// each, so this many take 512 MB.
const MostTexts = 1 << 26

// mostSame is how many texts are listed that several suggestions have.
const mostSame = 10

// TextCounter reads the suggestions of a stream twice: a first time for digests of texts
// and of words (Seen, then Between), a second time for what was frequent enough
// (SeenAgain, then Patterns), and if many are nearly the same a third time (SeenNear); then
// it has the Texts. So it needs 8 bytes a suggestion and 64 MB, and holds no text but those
// of the patterns. Its numbers do not depend on who read what.
//
// What [TextCounter.Seen], [TextCounter.SeenAgain] and [TextCounter.SeenNear] return is for
// one goroutine each.
type TextCounter struct {
	classifier *classifier.Classifier
	days       Days
	TextDays
	minCell uint64
	filter  *wordFilter
	near    buckets // of bands

	mu      sync.Mutex
	readers []*textReader
	texts   Texts
	groups  map[uint64]*sameGroup // those that are listed

	patterns []pattern
	has      map[uint64][]int // the patterns that have a gram
}

// textReader is what one goroutine has read.
type textReader struct {
	digests       []uint64
	recent, prior uint64
	groups        map[uint64]*sameGroup
	words         map[string]*wordCount
	grams         []uint64 // of the last text
	bands         map[uint64]*band
	nears         map[int]*nearGroup // by pattern
}

// sameGroup is the suggestions with one text.
type sameGroup struct {
	count       uint64
	sources     map[string]uint64
	first, last string
	seq         uint64
}

// NewTextCounter returns a counter for a report of some days. Texts of less than minCell
// suggestions are not listed, nor words of less.
func NewTextCounter(c *classifier.Classifier, days Days, words TextDays, minCell uint64) *TextCounter {
	return &TextCounter{classifier: c, days: days, TextDays: words, minCell: minCell, filter: newWordFilter(), near: newBuckets()}
}

// reader returns the place of one goroutine.
func (t *TextCounter) reader() *textReader {
	r := &textReader{groups: make(map[uint64]*sameGroup), words: make(map[string]*wordCount), bands: make(map[uint64]*band), nears: make(map[int]*nearGroup)}
	t.mu.Lock()
	defer t.mu.Unlock()
	t.readers = append(t.readers, r)
	return r
}

// Seen returns what looks at messages the first time; it is what [pipeline.Recount] wants.
func (t *TextCounter) Seen() pipeline.Seen {
	r, find := t.reader(), t.wordsOf()
	return func(_ *pipeline.Message, x *pipeline.Suggestion, _ *classifier.Result) {
		if t.days.has(x.Day) {
			plain := plainText(string(x.Text))
			r.digests = append(r.digests, digestOf(plain, x.Text))
			if r.grams = grams(plain, r.grams); len(r.grams) >= leastGrams {
				for _, h := range bandsOf(r.grams) {
					t.near.add(h)
				}
			}
		}
		recent, prior := t.spans(x.Day)
		if !recent && !prior {
			return
		}
		if recent {
			r.recent++
		} else {
			r.prior++
		}
		for _, word := range find(string(x.Text)) {
			t.filter.add(word)
		}
	}
}

// spans reports in which of the days to compare a day is.
func (t *TextCounter) spans(day string) (recent, prior bool) {
	return t.Recent.To != "" && t.Recent.has(day), t.Prior.To != "" && t.Prior.has(day)
}

// Between is called when all messages have been read once.
func (t *TextCounter) Between() {
	var digests []uint64
	recent, prior := uint64(0), uint64(0)
	for _, r := range t.readers {
		digests = append(digests, r.digests...)
		recent, prior = recent+r.recent, prior+r.prior
	}
	t.readers = nil
	t.texts = Texts{TextDays: t.TextDays, Read: uint64(len(digests))}
	t.filter.compared(recent, prior, t.minCell)
	t.texts.Least = t.filter.least
	slices.Sort(digests)
	type run struct{ digest, count uint64 }
	var runs []run
	for i := 0; i < len(digests); {
		j := i + 1
		for j < len(digests) && digests[j] == digests[i] {
			j++
		}
		t.texts.Distinct++
		if n := uint64(j - i); n > 1 {
			t.texts.Groups++
			t.texts.Repeated += n
			if n >= t.minCell {
				runs = append(runs, run{digests[i], n})
			}
		}
		i = j
	}
	slices.SortFunc(runs, func(x, y run) int {
		return cmp.Or(cmp.Compare(y.count, x.count), cmp.Compare(x.digest, y.digest))
	})
	t.groups = make(map[uint64]*sameGroup)
	for _, x := range runs[:min(len(runs), mostSame)] {
		t.groups[x.digest] = &sameGroup{sources: make(map[string]uint64)}
	}
}

// SeenAgain returns what looks at messages the second time; it is what [pipeline.Reread]
// wants.
func (t *TextCounter) SeenAgain() func(*pipeline.Message, *pipeline.Suggestion) {
	r, find := t.reader(), t.wordsOf()
	var tags classifier.Result
	return func(m *pipeline.Message, x *pipeline.Suggestion) {
		if t.days.has(x.Day) {
			plain := plainText(string(x.Text))
			d := digestOf(plain, x.Text)
			if t.groups[d] != nil {
				r.same(d, m.Seq, x)
			}
			r.bandsOf(t, plain, d, m.Seq)
		}
		recent, prior := t.spans(x.Day)
		if !recent && !prior {
			return
		}
		tagged := false
		for _, word := range find(string(x.Text)) {
			if !t.filter.frequent(word) {
				continue
			}
			if recent && !tagged {
				t.classifier.Classify(&tags, x.Text)
				tagged = true
			}
			r.word(word, recent, tags.Tags)
		}
	}
}

// same adds a suggestion to those of its text.
func (r *textReader) same(digest, seq uint64, x *pipeline.Suggestion) {
	g := r.groups[digest]
	if g == nil {
		g = &sameGroup{sources: make(map[string]uint64), first: x.Day, last: x.Day, seq: seq}
		r.groups[digest] = g
	}
	g.add(min(g.seq, seq), x)
}

// add adds a suggestion; seq is that of the example from now on.
func (g *sameGroup) add(seq uint64, x *pipeline.Suggestion) {
	g.count++
	g.sources[strings.Clone(x.Source)]++
	g.first, g.last, g.seq = min(g.first, x.Day), max(g.last, x.Day), seq
}

// listed returns the group as it is listed, with the source of most suggestions first.
func (g *sameGroup) listed() SameText {
	s := SameText{Count: g.count, First: g.first, Last: g.last, Seq: g.seq}
	for source := range g.sources {
		s.Sources = append(s.Sources, source)
	}
	slices.SortFunc(s.Sources, func(x, y string) int { return cmp.Or(cmp.Compare(g.sources[y], g.sources[x]), cmp.Compare(x, y)) })
	return s
}

// join adds what another goroutine has of the same text.
func (g *sameGroup) join(o *sameGroup) {
	if g.count == 0 {
		g.first, g.last, g.seq = o.first, o.last, o.seq
	}
	g.count += o.count
	for source, n := range o.sources {
		g.sources[source] += n
	}
	g.first, g.last, g.seq = min(g.first, o.first), max(g.last, o.last), min(g.seq, o.seq)
}

// Texts returns what was found. Text returns what a message says, false if it is gone;
// nil: no text is quoted.
func (t *TextCounter) Texts(text func(seq uint64) (string, bool)) *Texts {
	words := make(map[string]*wordCount)
	for _, r := range t.readers {
		for digest, g := range r.groups {
			t.groups[digest].join(g)
		}
		for word, n := range r.words {
			if words[word] == nil {
				words[word] = &wordCount{in: make(map[place]uint64)}
			}
			words[word].join(n)
		}
	}
	out := t.texts
	for _, g := range t.groups {
		if g.count == 0 {
			continue // all were erased between the two readings
		}
		s := g.listed()
		if text != nil {
			if whole, ok := text(s.Seq); ok {
				s.Text = cut(Excerpt(whole), mostSameText)
			}
		}
		out.Largest = append(out.Largest, s)
	}
	slices.SortFunc(out.Largest, func(x, y SameText) int { return cmp.Or(cmp.Compare(y.Count, x.Count), cmp.Compare(x.Seq, y.Seq)) })
	out.Near = t.nearTexts(text != nil)
	out.Words, out.Tested = t.filter.hot(words, t.classifier, t.minCell)
	return &out
}

// mostSameText is how many characters of a text are listed that several suggestions have.
const mostSameText = 40

// cut is the beginning of a text.
func cut(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most]) + "……"
	}
	return s
}

// digestOf is 8 bytes of the SHA-256 of a text as it is compared, see [plainText]: two of ten million
// texts have the same by chance in one case of 300,000.
func digestOf(plain string, text []byte) uint64 {
	sum := sha256.Sum256([]byte(plain))
	if plain == "" { // signs only
		sum = sha256.Sum256(text)
	}
	return binary.BigEndian.Uint64(sum[:])
}
