package exchange

import (
	"fmt"
	"slices"
	"strings"

	"github.com/minyi/minyi/dict"
	"github.com/minyi/minyi/dict/phrase"
)

// Lists looks for keywords that read as a list, such as 学校、老师 in one cell, and for
// such words of rules and of unless: see dict.Listed. With split it returns a
// dictionary that has each of the words by itself, with the weight and the conditions
// of the keyword that it came from; otherwise it returns d. The note, in the language
// in, says what was found, or is empty.
func Lists(d *dict.Dictionary, split bool, in phrase.Language) (*dict.Dictionary, []Note, error) {
	l := lists{in: in, kept: Note{Msg: in.Say("several words in one cell: kept as one keyword, which is found only where a text has the same marks; --split makes a keyword of each")}}
	if split {
		l.kept.Msg = in.Say("several words in one cell: made a keyword of each")
	}
	l.twice.Msg = in.Say("a word of such a cell that the sub-theme has already: kept once")
	themes := slices.Clone(d.Themes)
	for i := range themes {
		subs := slices.Clone(themes[i].SubThemes)
		themes[i].SubThemes = subs
		for j := range subs {
			subs[j].Keywords = l.keywords(subs[j].Keywords)
		}
	}
	notes := slices.DeleteFunc([]Note{l.kept, l.twice}, func(n Note) bool { return n.Count == 0 })
	if !split {
		return d, slices.DeleteFunc(notes, func(n Note) bool { return n.Msg == l.twice.Msg }), nil
	}
	out, err := dict.New(themes)
	if err != nil {
		return nil, notes, phrase.Errorf("split lists of words: %w", err)
	}
	return out, notes, nil
}

type lists struct {
	in          phrase.Language
	kept, twice Note
}

// keywords returns the keywords of a sub-theme with every list split.
func (l *lists) keywords(keywords []dict.Keyword) []dict.Keyword {
	has := map[string]bool{}
	for _, k := range keywords {
		has[folded(k.Word)] = true
	}
	out := make([]dict.Keyword, 0, len(keywords))
	for _, k := range keywords {
		k.All, k.Unless = l.words(k.All, k.Pos), l.words(k.Unless, k.Pos)
		words := dict.Listed(k.Word)
		if words == nil {
			out = append(out, k)
			continue
		}
		l.kept.count(k.Word, k.Pos)
		for _, w := range words {
			if has[folded(w)] {
				l.twice.count(w, k.Pos)
				continue
			}
			has[folded(w)] = true
			one := k
			one.Word = w
			out = append(out, one)
		}
	}
	return out
}

// words returns the words of a rule or of unless with every list split.
func (l *lists) words(words []string, at dict.Position) []string {
	if !slices.ContainsFunc(words, func(w string) bool { return dict.Listed(w) != nil }) {
		return words
	}
	var out []string
	seen := map[string]bool{}
	for _, w := range words {
		parts := dict.Listed(w)
		if parts != nil {
			l.kept.count(w, at)
		} else {
			parts = []string{w}
		}
		for _, p := range parts {
			if !seen[folded(p)] {
				seen[folded(p)] = true
				out = append(out, p)
			}
		}
	}
	return out
}

func folded(word string) string { return strings.ToLower(word) }

// count counts an entry under a note.
func (n *Note) count(entry string, at dict.Position) {
	n.Count++
	if len(n.Examples) < noteExamples {
		n.Examples = append(n.Examples, fmt.Sprintf("%s %s", at, entry))
	}
}
