package workbench

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"github.com/minyi/minyi/classifier"
	"github.com/minyi/minyi/dict"
)

// suggester finds gains of F1.
type suggester struct {
	SuggestOptions
	*evaluator
	shown    int // the number of samples of each kind
	rows     []suggestRow
	classOf  []int     // class of each sub-theme, noClass for none
	relative []float64 // relative threshold of each sub-theme's theme
	counts   []Counts
	postings map[string][]int32
}

// suggestRow is a message, as it is held in memory.
type suggestRow struct {
	id, text, normal string
	line             int
	is               []int // classes
	given            []int // classes
	scores           map[int]float64
	top              float64 // score of the deciding tag, for a corpus with labels
	highest          float64 // the highest score of all tags
	words            map[string]int
	kind             LabelKind
}

func suggestF1(ctx context.Context, c *classifier.Classifier, corpus Corpus, o SuggestOptions) (*Suggestions, error) {
	e, err := newEvaluator(c, EvalOptions{Mapping: o.Mapping, Samples: -1})
	if err != nil {
		return nil, err
	}
	s := &suggester{SuggestOptions: o, evaluator: e, shown: o.Samples, postings: map[string][]int32{}}
	stats, err := mapMessages(ctx, corpus, func() *segmented { return newSegmented(c) }, s.read, func(r *suggestRow) error {
		s.kind = r.kind
		for word := range r.words {
			s.postings[word] = append(s.postings[word], int32(len(s.rows)))
		}
		r.words = nil
		s.rows = append(s.rows, *r)
		return nil
	})
	if err != nil {
		return nil, err
	}
	s.prepare()
	out := &Suggestions{Stats: stats, Dict: c.Dictionary().Version(), By: "f1", MacroF1: macroF1(s.counts), Words: []Suggestion{}}
	for i := range s.rows {
		if len(s.rows[i].given) == 0 {
			out.Untagged++
		}
	}
	for sub := range s.names {
		if s.classOf[sub] < 0 || o.SubTheme != "" && s.names[sub].ID != o.SubTheme {
			continue
		}
		found, err := s.verified(ctx, sub, s.screened(sub))
		if err != nil {
			return nil, err
		}
		out.Words = append(out.Words, found...)
	}
	return out, nil
}

func (s *suggester) read(w *segmented, m *Message) (*suggestRow, error) {
	row := &suggestRow{id: m.ID, text: m.Text, normal: classifier.Normalize(m.Text), line: m.Line, kind: m.Kind, scores: map[int]float64{}}
	row.words, _ = wordsAndPairs(w.of(m.Text))
	j, err := s.judge(&w.result, m)
	if err != nil {
		return row, err
	}
	row.is, row.given = j.is, j.given
	for _, tag := range w.result.Tags {
		score := tag.Score.Float64()
		row.scores[s.subAt[tag.Theme][tag.SubTheme]] = score
		row.highest = max(row.highest, score)
		if s.mapped[tag.Theme][tag.SubTheme] >= 0 {
			row.top = max(row.top, score)
		}
	}
	return row, nil
}

// prepare counts the messages as the dictionary classifies them now.
func (s *suggester) prepare() {
	s.classOf = make([]int, len(s.names))
	s.relative = make([]float64, len(s.names))
	classes := len(s.names)
	for sub := range s.names {
		s.classOf[sub] = sub
		theme, at := s.place(sub)
		s.relative[sub] = s.c.Dictionary().Themes[theme].RelativeThreshold
		if s.kind == LabelName {
			s.classOf[sub] = s.mapped[theme][at]
		}
	}
	if s.kind == LabelName {
		classes = len(s.classes)
	}
	s.counts = make([]Counts, classes)
	for i := range s.rows {
		s.count(s.counts, &s.rows[i], s.rows[i].given, 1)
	}
}

// count adds a message to counts n times; -1 removes it.
func (s *suggester) count(counts []Counts, r *suggestRow, given []int, n int) {
	for _, k := range given {
		if slices.Contains(r.is, k) {
			counts[k].TruePositives += n
		} else {
			counts[k].FalsePositives += n
		}
	}
	for _, k := range r.is {
		if !slices.Contains(given, k) {
			counts[k].FalseNegatives += n
		}
	}
}

// suggestedWeight returns a weight with which a keyword of s reaches the threshold
// by itself: the default 1, or the threshold if that is more.
func suggestedWeight(s *dict.SubTheme) float64 { return max(1, s.Threshold) }

// givenWith estimates which classes a message would be given if sub had one more
// keyword of suggestedWeight. It ignores that other tags may then miss their
// relative threshold.
func (s *suggester) givenWith(r *suggestRow, sub int) []int {
	class := s.classOf[sub]
	if slices.Contains(r.given, class) {
		return r.given
	}
	score := r.scores[sub] + suggestedWeight(&s.names[sub])
	if score < s.relative[sub]*r.highest {
		return r.given // below the relative threshold
	}
	if s.kind == LabelThemes {
		return append(slices.Clone(r.given), class)
	}
	if score > r.top {
		return []int{class}
	}
	return r.given
}

// screened returns the words with the highest estimated gain. The estimate uses
// tokens and tags only: it does not know scores below a threshold.
func (s *suggester) screened(sub int) []string {
	type gain struct {
		word  string
		macro float64
	}
	var gains []gain
	counts := make([]Counts, len(s.counts))
	known := knownWords(&dict.Dictionary{Themes: []dict.Theme{{SubThemes: []dict.SubTheme{s.names[sub]}}}})
	for word, rows := range s.postings {
		if len(rows) < s.MinMessages || known[strings.ReplaceAll(word, pairMark, "")] {
			continue
		}
		if !s.associated(rows, s.classOf[sub]) {
			continue
		}
		copy(counts, s.counts)
		for _, i := range rows {
			r := &s.rows[i]
			s.count(counts, r, r.given, -1)
			s.count(counts, r, s.givenWith(r, sub), 1)
		}
		if macro := macroF1(counts); macro > macroF1(s.counts) {
			gains = append(gains, gain{word, macro})
		}
	}
	slices.SortFunc(gains, func(a, b gain) int {
		return cmp.Or(cmp.Compare(b.macro, a.macro), cmp.Compare(a.word, b.word))
	})
	words := make([]string, 0, 2*s.Limit)
	for _, g := range gains[:min(len(gains), 2*s.Limit)] {
		words = append(words, g.word)
	}
	return words
}

// associated reports whether a word is associated with a class: its frequency in
// messages of the class is at least twice that in the others, and the difference is
// significant. Without this condition, some of the thousands of words would gain by
// chance.
func (s *suggester) associated(rows []int32, class int) bool {
	with := 0
	for _, i := range rows {
		if slices.Contains(s.rows[i].is, class) {
			with++
		}
	}
	support := s.counts[class].Support()
	a, b, c, d := with, len(rows)-with, support, len(s.rows)-support
	return LogRatio(a, b, c, d) >= 1 && G2(a, b, c, d) >= s.sure()
}

// sure returns the G2 that an association needs: significant at 0.01 %, or at 1 % in
// a corpus so small that hardly any word would reach that.
func (s *suggester) sure() float64 {
	if len(s.rows) < 1000 {
		return 6.63
	}
	return minAssociation
}

// verified adds each word to the dictionary in turn, and measures the result.
func (s *suggester) verified(ctx context.Context, sub int, words []string) ([]Suggestion, error) {
	var out []Suggestion
	seen := map[string]bool{}
	for _, word := range words {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		k := dict.Keyword{Word: strings.ReplaceAll(word, pairMark, ""), Weight: suggestedWeight(&s.names[sub]), Whole: strings.Contains(word, pairMark)}
		if seen[k.Word] {
			continue
		}
		seen[k.Word] = true
		found, err := s.measure(sub, k)
		if err != nil {
			return nil, err
		}
		if found.MacroF1 > macroF1(s.counts) {
			out = append(out, found)
		}
	}
	slices.SortStableFunc(out, func(a, b Suggestion) int { return cmp.Compare(b.MacroF1, a.MacroF1) })
	return out[:min(len(out), s.Limit)], nil
}

// measure returns what a keyword changes when it is in the dictionary. Only messages
// that contain it can change.
func (s *suggester) measure(sub int, k dict.Keyword) (Suggestion, error) {
	k.Weight = min(1000, k.Weight)
	found := Suggestion{SubTheme: s.names[sub].ID, Keyword: k.Word, Whole: k.Whole, Weight: k.Weight}
	theme, at := s.place(sub)
	themes := slices.Clone(s.c.Dictionary().Themes)
	themes[theme].SubThemes = slices.Clone(themes[theme].SubThemes)
	changed := &themes[theme].SubThemes[at]
	changed.Keywords = append(slices.Clone(changed.Keywords), k)
	c, err := classifierOf(themes, sharing(s.c))
	if err != nil {
		return found, err
	}
	e := *s.evaluator
	e.c = c
	var result classifier.Result
	counts := slices.Clone(s.counts)
	class := s.classOf[sub]
	for i := range s.rows {
		r := &s.rows[i]
		if !strings.Contains(r.normal, k.Word) {
			continue
		}
		found.Messages++
		given := e.givenBy(&result, r)
		s.count(counts, r, r.given, -1)
		s.count(counts, r, given, 1)
		before, after := s.right(r, r.given, class), s.right(r, given, class)
		switch {
		case !before && after:
			found.Gains++
			found.Gained = s.show(found.Gained, r, k.Word)
		case before && !after:
			found.Breaks++
			found.Broken = s.show(found.Broken, r, k.Word)
		}
	}
	found.F1Now, found.F1, found.MacroF1 = s.counts[class].F1(), counts[class].F1(), macroF1(counts)
	return found, nil
}

// givenBy returns the classes that e's classifier gives a message.
func (e *evaluator) givenBy(result *classifier.Result, r *suggestRow) []int {
	e.c.Classify(result, []byte(r.text))
	var given []int
	for _, tag := range result.Tags {
		if r.kind == LabelThemes {
			given = append(given, e.subAt[tag.Theme][tag.SubTheme])
		} else if class := e.mapped[tag.Theme][tag.SubTheme]; class >= 0 {
			return []int{class}
		}
	}
	return given
}

// right reports whether a message is given its label, or, for themes, whether the
// class in question is given rightly.
func (s *suggester) right(r *suggestRow, given []int, class int) bool {
	if s.kind == LabelName {
		return slices.Equal(r.is, given)
	}
	return slices.Contains(r.is, class) == slices.Contains(given, class)
}

func (s *suggester) show(samples []Sample, r *suggestRow, word string) []Sample {
	if len(samples) >= s.shown {
		return samples
	}
	return append(samples, Sample{ID: r.id, Line: r.line, Text: excerpt(r.text, max(0, strings.Index(r.text, word)))})
}
