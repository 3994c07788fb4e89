package workbench

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/minyi/minyi/dict"
)

const (
	// neutral is the weight that every keyword of the default dictionary starts from in
	// BenchmarkKindsLeftOut, and neutralL1 is the penalty on the deviation from it.
	neutral   = 1
	neutralL1 = 4
	// shownBy is how many of the messages that are learned from must have a keyword and its
	// sub-theme, and shownShare is their share of those that have the keyword.
	shownBy    = 3
	shownShare = 0.25
)

// BenchmarkKindsLeftOut measures what the keywords of the default dictionary are worth on
// texts that their weights were not fitted on. All weights are set to the same value and
// fitted anew, by what `dict learn` fits with, without the messages that are then judged:
// without a fifth of all, without one kind of text, and without all kinds but those of one
// group. It prints the micro-F1 of sub-themes by kind.
//
// With all keywords the figures are too good, because for which sub-theme a word speaks was
// decided on these messages, those that are left out among them. So those with a fifth or a
// kind left out are given again with the keywords alone that the messages learned from show:
// these are too bad, because what a person knew without them is gone, too.
func BenchmarkKindsLeftOut(b *testing.B) {
	path := sharedData(b, "themes2.dev.ndjson")
	for b.Loop() {
		l := neutralLearner(b, path)
		kinds := l.kinds()
		table := &kindTable{kinds: kinds}
		for fold := range l.Folds {
			table.add(b, l, "five folds", func(row int) bool { return l.fold[row] == fold }, nil)
		}
		for _, kind := range kinds {
			table.add(b, l, "that kind left out", func(row int) bool { return l.samples[row].genre == kind }, nil)
		}
		for _, group := range []string{"citizen citizen-title", "council council-short", "essay-paragraph party-quiz", "proposal proposal-title message-board"} {
			learned := strings.Fields(group)
			for _, kind := range learned {
				if !slices.Contains(kinds, kind) {
					b.Fatalf("no messages of kind %q in %s", kind, path)
				}
			}
			table.add(b, l, "only from "+strings.Join(learned, ", "), func(row int) bool { return !slices.Contains(learned, l.samples[row].genre) }, learned)
		}
		fmt.Println(table) // b.Log stops after ten lines
	}
}

// neutralLearner returns a learner of the default dictionary without its weights.
func neutralLearner(b *testing.B, path string) *learner {
	d, err := dict.Default()
	if err != nil {
		b.Fatal(err)
	}
	themes := cloneThemes(d.Themes)
	for _, t := range themes {
		for i := range t.SubThemes {
			words := slices.Clone(t.SubThemes[i].Keywords)
			for j := range words {
				words[j].Weight = neutral
			}
			t.SubThemes[i].Keywords = words
		}
	}
	if d, err = dict.New(themes); err != nil {
		b.Fatal(err)
	}
	l := &learner{LearnOptions: LearnOptions{Prior: d}}
	for _, step := range []func() error{
		l.fill,
		func() error { return l.read(b.Context(), File(path)) },
		l.classify,
		l.prepare,
	} {
		if err := step(); err != nil {
			b.Fatal(err)
		}
	}
	return l
}

// kinds returns the kinds of the messages, in the order in which they come.
func (l *learner) kinds() (kinds []string) {
	for _, s := range l.samples {
		if s.example == nil && !slices.Contains(kinds, s.genre) {
			kinds = append(kinds, s.genre)
		}
	}
	return kinds
}

// kindTable is what was found, by experiment and kind.
type kindTable struct {
	kinds []string
	rows  []kindRow
}

type kindRow struct {
	name   string
	counts []Counts // by kind; the last is of all
}

// add fits the weights without the messages that are out, and counts how right they are
// on these.
func (k *kindTable) add(b *testing.B, l *learner, name string, out func(row int) bool, learned []string) {
	fit := func(l *learner, name string) {
		d, err := l.refit(b.Context(), out, nil, neutralL1)
		if err != nil {
			b.Fatal(err)
		}
		k.judge(b, l, d, name, out, learned)
	}
	fit(l, name)
	if learned == nil {
		fit(l.shown(out), name+", keywords that are shown")
	}
}

// shown returns a learner of those keywords alone that the messages learned from show.
func (l *learner) shown(out func(row int) bool) *learner {
	base := &dict.Dictionary{Themes: cloneThemes(l.base.Themes)}
	for k, class := range l.classes {
		s := &base.Themes[class.theme].SubThemes[class.sub]
		var words []dict.Keyword
		for i, w := range s.Keywords {
			have, is := 0, 0
			for _, e := range l.baseColumns[k][i] {
				if row := int(e.row); l.samples[row].example == nil && !out(row) {
					have++
					if slices.Contains(l.samples[row].is, k) {
						is++
					}
				}
			}
			if is >= shownBy && float64(is) >= shownShare*float64(have) {
				words = append(words, w)
			}
		}
		s.Keywords = words
	}
	return &learner{LearnOptions: l.LearnOptions, tokens: l.tokens, samples: l.samples, single: l.single, classes: l.classes, base: base, shrink: l.shrink}
}

// judge counts how right a dictionary is on the messages that are out, but for the kinds
// that it was learned from.
func (k *kindTable) judge(b *testing.B, l *learner, d *dict.Dictionary, name string, out func(row int) bool, learned []string) {
	i := slices.IndexFunc(k.rows, func(r kindRow) bool { return r.name == name })
	if i < 0 {
		i = len(k.rows)
		k.rows = append(k.rows, kindRow{name, make([]Counts, len(k.kinds)+1)})
	}
	for j, kind := range k.kinds {
		if slices.Contains(learned, kind) {
			continue
		}
		t := &tested{classes: make([]Counts, len(l.classes))}
		if err := l.judge(d, func(row int) bool { return out(row) && l.samples[row].genre == kind }, t); err != nil {
			b.Fatal(err)
		}
		for c := range t.classes {
			k.rows[i].counts[j].plus(&t.classes[c])
			k.rows[i].counts[len(k.kinds)].plus(&t.classes[c])
		}
	}
}

// String returns the table in Markdown.
func (k *kindTable) String() string {
	lines := []string{"| | " + strings.Join(k.kinds, " | ") + " | all |", "|---" + strings.Repeat("|---", len(k.kinds)+1) + "|"}
	for _, r := range k.rows {
		line := "| " + r.name + " |"
		for i := range r.counts {
			if c := &r.counts[i]; c.Support() == 0 {
				line += " |"
			} else {
				line += fmt.Sprintf(" %.3f |", c.F1())
			}
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}
