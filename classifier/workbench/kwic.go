package workbench

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/clipperhouse/displaywidth"

	"github.com/minyi/minyi/classifier"
	"github.com/minyi/minyi/dict"
	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/internal/textfmt"
)

// KWICOptions are the options of Concordance. The zero value is usable.
type KWICOptions struct {
	// Limit is the most lines to keep, from the beginning of the corpus; default
	// 100; negative: all, which are then held in memory. Occurrences beyond it are
	// still counted.
	Limit int
	// Runes is the length of the context on each side; default 30.
	Runes int
	// Order of the lines; default CorpusOrder.
	Order KWICOrder
	// Dict is the dictionary whose own tokens (`token: true`) affect segmentation;
	// nil: none.
	Dict *dict.Dictionary
	// Classifier are the options for the classifier that finds the word.
	Classifier classifier.Options
}

// KWICOrder is the order of a concordance.
type KWICOrder uint8

// The orders of a concordance.
const (
	CorpusOrder KWICOrder = iota
	RightOrder            // by what follows, so that phrases that begin with the word are next to each other
	LeftOrder             // by what precedes, read backwards from the word
)

// KWIC is a concordance: the occurrences of a word in a corpus, each in its context
// (key word in context; Luhn, American Documentation 11(4), 1960).
type KWIC struct {
	Stats
	Word       string     `json:"word"`
	Messages   int        `json:"messages"` // messages with the word
	Whole      int        `json:"whole"`    // occurrences, by their relation to the tokens
	Inside     int        `json:"inside"`
	Straddling int        `json:"straddling"` // these never match
	Lines      []KWICLine `json:"lines"`
}

// KWICLine is one occurrence. Left, Key and Right are the text of the message,
// masked and with line ends replaced by spaces.
type KWICLine struct {
	ID       string   `json:"id,omitempty"`
	Line     int      `json:"line"` // in the corpus
	Relation Relation `json:"relation"`
	Left     string   `json:"left"`
	Key      string   `json:"key"`
	Right    string   `json:"right"`
	// Token shows the tokens that the occurrence overlaps, separated by |: 教育部 for
	// an inside one, 中国|企业 for a straddling one; empty for a whole one.
	Token string `json:"token,omitempty"`
}

// Relation is classifier.Relation with a name in JSON.
type Relation classifier.Relation

// String returns "whole", "inside" or "straddling".
func (r Relation) String() string {
	switch classifier.Relation(r) {
	case classifier.Whole:
		return "whole"
	case classifier.Inside:
		return "inside"
	case classifier.Straddling:
		return "straddling"
	}
	return fmt.Sprintf("Relation(%d)", uint8(r))
}

// MarshalText returns what String returns.
func (r Relation) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// ErrBlankWord is returned by Concordance for a word that has no visible character.
var ErrBlankWord = phrase.New("nothing to look for: the word is blank")

// Concordance finds the occurrences of a word in any of its written forms
// (traditional, full-width, in capitals), and says of each whether it would match.
// Errors are ErrBlankWord, those of building a classifier, those of reading the
// corpus (*CorpusError), and of ctx.
func Concordance(ctx context.Context, corpus Corpus, word string, o KWICOptions) (*KWIC, error) {
	if o.Limit == 0 {
		o.Limit = 100
	}
	if o.Runes == 0 {
		o.Runes = 30
	}
	if strings.TrimSpace(classifier.Normalize(word)) == "" {
		return nil, ErrBlankWord
	}
	c, err := oneWord(word, o.Dict, o.Classifier)
	if err != nil {
		return nil, err
	}
	k := &KWIC{Word: word, Lines: []KWICLine{}}
	k.Stats, err = mapMessages(ctx, corpus, func() *concorder { return &concorder{c: c, runes: o.Runes} }, (*concorder).message,
		func(lines []KWICLine) error {
			if len(lines) > 0 {
				k.Messages++
			}
			for _, l := range lines {
				k.add(l, o.Limit)
			}
			return nil
		})
	if err != nil {
		return nil, err
	}
	k.sort(o.Order)
	return k, nil
}

// oneWord returns a classifier that finds word: its first sub-theme has word as its only
// keyword. The tokens of d are in a second sub-theme, because they affect segmentation;
// isWord ignores their matches.
func oneWord(word string, d *dict.Dictionary, o classifier.Options) (*classifier.Classifier, error) {
	sub := dict.SubTheme{ID: "kwic/word", Threshold: 1, Keywords: []dict.Keyword{{Word: word, Weight: 1}}}
	if d == nil {
		return classifierOf([]dict.Theme{{ID: "kwic", SubThemes: []dict.SubTheme{sub}}}, o)
	}
	normal := classifier.Normalize(word)
	tokens := dict.SubTheme{ID: "kwic/tokens", Threshold: 1}
	seen := map[string]bool{}
	eachSubTheme(d, func(_, _ int, s *dict.SubTheme) {
		for _, k := range s.Keywords {
			n := classifier.Normalize(k.Word)
			switch {
			case !k.Token:
			case n == normal:
				sub.Keywords[0].Token = true
			case !seen[n]:
				seen[n] = true
				tokens.Keywords = append(tokens.Keywords, dict.Keyword{Word: k.Word, Weight: 1, Token: true})
			}
		}
	})
	subs := []dict.SubTheme{sub}
	if len(tokens.Keywords) > 0 {
		subs = append(subs, tokens)
	}
	return classifierOf([]dict.Theme{{ID: "kwic", SubThemes: subs}}, o)
}

func (k *KWIC) add(l KWICLine, limit int) {
	switch classifier.Relation(l.Relation) {
	case classifier.Whole:
		k.Whole++
	case classifier.Inside:
		k.Inside++
	case classifier.Straddling:
		k.Straddling++
	}
	if limit < 0 || len(k.Lines) < limit {
		k.Lines = append(k.Lines, l)
	}
}

func (k *KWIC) sort(order KWICOrder) {
	switch order {
	case RightOrder:
		slices.SortStableFunc(k.Lines, func(a, b KWICLine) int {
			return cmp.Or(cmp.Compare(a.Right, b.Right), cmp.Compare(backwards(a.Left), backwards(b.Left)))
		})
	case LeftOrder:
		slices.SortStableFunc(k.Lines, func(a, b KWICLine) int {
			return cmp.Or(cmp.Compare(backwards(a.Left), backwards(b.Left)), cmp.Compare(a.Right, b.Right))
		})
	}
}

func backwards(s string) string {
	runes := []rune(s)
	slices.Reverse(runes)
	return string(runes)
}

// concorder is the state of one goroutine. Not safe for concurrent use.
type concorder struct {
	c      *classifier.Classifier
	runes  int
	result classifier.Result
	places []classifier.Occurrence
	tokens []classifier.Token
}

func (w *concorder) message(m *Message) ([]KWICLine, error) {
	text := []byte(m.Text)
	w.places = w.c.Occurrences(&w.result, w.places[:0], text)
	if len(w.places) == 0 {
		return nil, nil
	}
	masked := Mask(m.Text) // byte offsets stay the same
	w.tokens = w.tokens[:0]
	var lines []KWICLine
	for _, p := range w.places {
		if !w.isWord(m.Text[p.Start:p.End]) {
			continue
		}
		l := KWICLine{ID: m.ID, Line: m.Line, Relation: Relation(p.Relation)}
		l.Left = plain(masked[back(masked, p.Start, w.runes):p.Start])
		l.Key = plain(masked[p.Start:p.End])
		l.Right = plain(masked[p.End:forward(masked, p.End, w.runes)])
		if p.Relation != classifier.Whole {
			if len(w.tokens) == 0 {
				w.tokens = w.c.Tokens(&w.result, w.tokens, text)
			}
			l.Token = w.around(masked, p)
		}
		lines = append(lines, l)
	}
	return lines, nil
}

// isWord reports whether an occurrence is one of the word, not of another token of
// the dictionary.
func (w *concorder) isWord(text string) bool {
	theme := &w.c.Dictionary().Themes[0]
	return len(theme.SubThemes) == 1 || classifier.Normalize(text) == classifier.Normalize(theme.SubThemes[0].Keywords[0].Word)
}

// around returns the tokens that an occurrence overlaps.
func (w *concorder) around(text string, p classifier.Occurrence) string {
	var parts []string
	for _, t := range w.tokens {
		if t.Start < p.End && p.Start < t.End {
			parts = append(parts, plain(text[t.Start:t.End]))
		}
	}
	return strings.Join(parts, "|")
}

// Text writes the concordance with the words aligned in one column. width is the
// width of the terminal in columns; 0: 80.
func (k *KWIC) Text(w io.Writer, r Reader, width int) error {
	if width <= 0 {
		width = textfmt.Columns
	}
	p := page{Reader: r}
	p.writef("%s in %s of %s messages\n%s whole, %s inside a longer token, %s straddling (no match)\n",
		k.Word, textfmt.Count(k.Messages), textfmt.Count(k.Rows), textfmt.Count(k.Whole), textfmt.Count(k.Inside), textfmt.Count(k.Straddling))
	k.defects(&p)
	if len(k.Lines) > 0 {
		p.WriteByte('\n')
	}
	widest := 0
	for _, l := range k.Lines {
		widest = max(widest, textfmt.Width(l.Key))
	}
	const mark = 2 // the relation, and a space
	side := max(4, (width-mark-widest-2)/2)
	for _, l := range k.Lines {
		line := relationMark(l.Relation) + " " + lastColumns(l.Left, side) + " " + textfmt.Left(l.Key, widest) + " " +
			textfmt.Cut(l.Right, side)
		if l.Token != "" {
			if note := "  (" + l.Token + ")"; textfmt.Width(line)+textfmt.Width(note) <= width {
				line += note
			}
		}
		p.WriteString(strings.TrimRight(line, " "))
		p.WriteByte('\n')
	}
	if len(k.Lines) > 0 {
		p.writef("\nw whole  i inside  x straddling\n")
	}
	if hidden := k.Whole + k.Inside + k.Straddling - len(k.Lines); hidden > 0 {
		p.writef("and %s more\n", textfmt.Count(hidden))
	}
	_, err := io.WriteString(w, p.String())
	return err
}

func relationMark(r Relation) string {
	switch classifier.Relation(r) {
	case classifier.Whole:
		return "w"
	case classifier.Inside:
		return "i"
	}
	return "x"
}

// lastColumns returns the end of s in exactly width columns, flush right.
func lastColumns(s string, width int) string {
	if textfmt.Width(s) <= width {
		return textfmt.Right(s, width)
	}
	var clusters []string
	g := displaywidth.StringGraphemes(s)
	for g.Next() {
		clusters = append(clusters, g.Value())
	}
	used, from := 1, len(clusters) // 1 for the …
	for from > 0 && used+textfmt.Width(clusters[from-1]) <= width {
		from--
		used += textfmt.Width(clusters[from])
	}
	return textfmt.Right("…"+strings.Join(clusters[from:], ""), width)
}
