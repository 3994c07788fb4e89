package workbench

import (
	"context"
	"fmt"
	"io"

	"github.com/minyi/minyi/classifier"
	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/internal/textfmt"
)

// SuggestOptions are the options of Suggest. The zero value is usable.
type SuggestOptions struct {
	// Mapping is as in EvalOptions, for a corpus with labels.
	Mapping *Mapping
	// SubTheme is the only sub-theme to suggest keywords for; empty: all.
	SubTheme string
	// Limit is the most keywords for each sub-theme; default 5.
	Limit int
	// MinMessages is the least number of messages that a word must occur in; default
	// 3.
	MinMessages int
	// Samples is how many samples of each kind are shown for a keyword; default 2,
	// negative: none.
	Samples int
	// Progress is called as the work on a labelled corpus advances, once it is read.
	Progress Progress
}

// Suggestions are keywords that the dictionary lacks, the most useful first: each is
// the one that gains most in messages that those before it leave. Their figures are of
// each by itself; two of them together may gain less than the sum.
//
// On a labelled corpus gains and breaks are of messages that were left out, a fifth at a
// time: a message counts only if the others say that the word marks the sub-theme.
type Suggestions struct {
	Stats
	Dict string `json:"dict"`
	// By says what is gained: "f1" on a labelled corpus, "coverage" on an unlabelled
	// one.
	By       string       `json:"by"`
	MacroF1  float64      `json:"macro_f1,omitempty"` // of the dictionary as it is
	Untagged int          `json:"untagged"`
	Words    []Suggestion `json:"words"` // by sub-theme in the order of the dictionary, then by gain
}

// Suggestion is a keyword to add. Its weight reaches the threshold by itself in a short
// text. On a labelled corpus it may be two or three times that, if that gains more.
type Suggestion struct {
	SubTheme string  `json:"subtheme"`
	Keyword  string  `json:"keyword"`
	Whole    bool    `json:"whole,omitempty"` // match: whole
	Weight   float64 `json:"weight"`
	Messages int     `json:"messages"` // messages with the keyword
	// Gains are messages that become right, or that were untagged and become tagged;
	// Breaks are messages that become wrong, or whose primary changes.
	Gains  int `json:"gains"`
	Breaks int `json:"breaks"`
	// F1 is that of the class with the keyword, F1Now without it; MacroF1 is with
	// it. They are set on a labelled corpus.
	F1      float64 `json:"f1,omitempty"`
	F1Now   float64 `json:"f1_now,omitempty"`
	MacroF1 float64 `json:"macro_f1,omitempty"`
	// G2 is the significance of the association of word and sub-theme. It is set on
	// an unlabelled corpus.
	G2     float64  `json:"g2,omitempty"`
	Gained []Sample `json:"gained,omitempty"`
	Broken []Sample `json:"broken,omitempty"`
}

// Suggest finds the keywords whose addition would gain most. On a labelled corpus,
// the gain is messages that become right: words are first ranked by an estimate, and the
// best ones are then found and scored as the classifier would. Words that are frequent in
// untagged messages whatever these are about are not suggested, nor are single characters
// and function words. On an unlabelled corpus, the gain is coverage: it suggests words of untagged messages
// that are associated with a sub-theme in the tagged ones.
//
// A labelled corpus is held in memory; an unlabelled one is read several times, in
// bounded memory. Errors are those of Evaluate, and that SubTheme is not in the
// dictionary.
func Suggest(ctx context.Context, c *classifier.Classifier, corpus Corpus, o SuggestOptions) (*Suggestions, error) {
	for _, d := range []struct {
		field *int
		value int
	}{{&o.Limit, 5}, {&o.MinMessages, 3}, {&o.Samples, 2}} {
		if *d.field == 0 {
			*d.field = d.value
		}
	}
	if _, err := newTarget(c.Dictionary(), KeynessOptions{Target: o.SubTheme}); err != nil {
		return nil, err
	}
	kind, err := kindOf(ctx, corpus)
	if err != nil {
		return nil, err
	}
	if kind == Unlabelled {
		return suggestCoverage(ctx, c, corpus, o)
	}
	return suggestF1(ctx, c, corpus, o)
}

// kindOf returns how the messages are labelled: as the first that has a label. The rows
// before it may be those of a review that nobody has read.
func kindOf(ctx context.Context, corpus Corpus) (LabelKind, error) {
	kind, seen := Unlabelled, false
	_, err := mapMessages(ctx, corpus, func() struct{} { return struct{}{} },
		func(_ struct{}, m *Message) (LabelKind, error) { return m.Kind, nil },
		func(k LabelKind) error {
			if kind, seen = k, true; k == Unlabelled {
				return nil
			}
			return errEnough
		})
	switch {
	case kind != Unlabelled:
		return kind, nil
	case err != nil:
		return kind, err
	case seen:
		return kind, nil
	}
	return kind, phrase.Errorf("suggest from %s: %w", corpus.Name, ErrNoMessages)
}

// Text writes the suggestions for a terminal of 80 columns.
func (s *Suggestions) Text(w io.Writer, r Reader) error {
	p := page{Reader: r}
	p.writef("%s messages, %s untagged; dictionary %.12s\n", textfmt.Count(s.Rows), textfmt.Count(s.Untagged), s.Dict)
	s.defects(&p)
	if s.By == "f1" {
		p.writef("macro-F1 is %s; each keyword is measured alone, on messages left out\n", textfmt.Score(s.MacroF1))
	} else {
		p.writef("no labels: gains are untagged messages that would be tagged\n")
	}
	last := ""
	for _, x := range s.Words {
		if x.SubTheme != last {
			p.WriteString("\n" + p.heading(x.SubTheme) + "\n")
			last = x.SubTheme
		}
		whole := ""
		if x.Whole {
			whole = ", match: whole"
		}
		fmt.Fprintf(&p, "  {word: %s, weight: %s%s}\n", textfmt.Cut(x.Keyword, 30), textfmt.Weight(x.Weight), whole)
		p.writef("    in %s messages, gains %s, breaks %s", textfmt.Count(x.Messages), textfmt.Count(x.Gains), textfmt.Count(x.Breaks))
		if s.By == "f1" {
			p.writef("\n    F1 %s -> %s, macro-F1 %s -> %s", textfmt.Score(x.F1Now), textfmt.Score(x.F1), textfmt.Score(s.MacroF1), textfmt.Score(x.MacroF1))
		}
		p.WriteByte('\n')
		for _, g := range x.Gained {
			fmt.Fprintf(&p, "    + %s\n", textfmt.Cut(g.Text, textfmt.Columns-6))
		}
		for _, g := range x.Broken {
			fmt.Fprintf(&p, "    - %s\n", textfmt.Cut(g.Text, textfmt.Columns-6))
		}
	}
	if len(s.Words) == 0 {
		p.writef("no word would gain anything\n")
	}
	_, err := io.WriteString(w, p.String())
	return err
}
