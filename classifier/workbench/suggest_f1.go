package workbench

import (
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
	shown   int // the number of samples of each kind
	rows    []suggestRow
	fold    []int // by row
	subs    []suggestedSub
	classOf []int // class of each sub-theme, noClass for none
	counts  []Counts
}

// suggestRow is a message, as it is held in memory.
type suggestRow struct {
	id, text string
	line     int
	kind     LabelKind
	is       []int     // classes
	given    []int     // classes, as the dictionary gives them now
	scores   []float64 // by sub-theme, whatever the thresholds; 0 without a match
	units    int
	tagged   []bool  // by sub-theme
	highest  float64 // the highest score of all that reach their threshold
	words    map[candidate]int
}

// suggestedSub is what decides whether a sub-theme is tagged.
type suggestedSub struct {
	threshold, relative float64
	length, title       int
}

// suggestFolds is in how many parts messages are left out in turn.
const suggestFolds = 5

func suggestF1(ctx context.Context, c *classifier.Classifier, corpus Corpus, o SuggestOptions) (*Suggestions, error) {
	e, err := newEvaluator(c, EvalOptions{Mapping: o.Mapping, Samples: -1})
	if err != nil {
		return nil, err
	}
	s := &suggester{SuggestOptions: o, evaluator: e, shown: o.Samples}
	scorer, err := scoring(c)
	if err != nil {
		return nil, err
	}
	var index candidateIndex
	var unread unlabelled
	stats, err := mapMessages(ctx, corpus, func() *suggestReader {
		return &suggestReader{s: s, segmented: newSegmented(c), scorer: scorer}
	}, (*suggestReader).message, func(r *suggestRow) error {
		if r.kind == Unlabelled {
			unread.add(r.line)
			return nil
		}
		s.kind = r.kind
		index.add(len(s.rows), r.words)
		r.words = nil
		s.rows = append(s.rows, *r)
		return nil
	})
	if err != nil {
		return nil, err
	}
	stats.Rows, stats.Unlabelled = stats.Rows-unread.n, unread.n // some have a label: see kindOf
	s.prepare()
	out := &Suggestions{Stats: stats, Dict: c.Dictionary().Version(), By: "f1", MacroF1: macroF1(s.counts), Words: []Suggestion{}}
	for i := range s.rows {
		if len(s.rows[i].given) == 0 {
			out.Untagged++
		}
	}
	proposals, err := s.proposals(ctx, index.useful(newSegmented(c), o.MinMessages))
	if err != nil {
		return nil, err
	}
	if err := s.find(scorer, proposals); err != nil {
		return nil, err
	}
	for sub := range s.names {
		out.Words = append(out.Words, s.best(slices.DeleteFunc(slices.Clone(proposals), func(p *proposal) bool { return p.sub != sub }))...)
	}
	return out, nil
}

// scoring returns a classifier that gives the score of every sub-theme that has one
// above 0.
func scoring(c *classifier.Classifier) (*classifier.Classifier, error) {
	themes := cloneThemes(c.Dictionary().Themes)
	for i := range themes {
		themes[i].RelativeThreshold, themes[i].ThresholdLength = 0, 0
		for j := range themes[i].SubThemes {
			themes[i].SubThemes[j].Threshold = anyMatch
		}
	}
	return classifierOf(themes, sharing(c))
}

// suggestReader is the state of one goroutine. Not safe for concurrent use.
type suggestReader struct {
	s *suggester
	*segmented
	scorer *classifier.Classifier
}

func (w *suggestReader) message(m *Message) (*suggestRow, error) {
	s := w.s
	row := &suggestRow{id: m.ID, text: m.Text, line: m.Line, kind: m.Kind, scores: make([]float64, len(s.names)), tagged: make([]bool, len(s.names))}
	row.words = candidatesOf(w.of(m.Text))
	row.units = w.c.Units(&w.result, []byte(m.Text))
	j, err := s.judge(&w.result, m)
	if err != nil {
		return row, err
	}
	row.is, row.given = j.is, j.given
	for _, tag := range w.result.Tags {
		row.tagged[s.subAt[tag.Theme][tag.SubTheme]] = true
		row.highest = max(row.highest, tag.Score.Float64())
	}
	w.scorer.Classify(&w.result, []byte(m.Text))
	for _, tag := range w.result.Tags {
		row.scores[s.subAt[tag.Theme][tag.SubTheme]] = tag.Score.Float64()
	}
	return row, nil
}

// prepare counts the messages as the dictionary classifies them now, and deals them to
// folds.
func (s *suggester) prepare() {
	d := s.c.Dictionary()
	classes := len(s.names)
	if s.kind == LabelName {
		classes = len(s.classes)
	}
	eachSubTheme(d, func(theme, at int, sub *dict.SubTheme) {
		t := &d.Themes[theme]
		s.subs = append(s.subs, suggestedSub{sub.Threshold, t.RelativeThreshold, t.ThresholdLength, max(1, t.TitleWeight)})
		class := len(s.classOf)
		if s.kind == LabelName {
			class = s.mapped[theme][at]
		}
		s.classOf = append(s.classOf, class)
	})
	s.counts = make([]Counts, classes)
	first := make([]int, len(s.rows))
	for i := range s.rows {
		r := &s.rows[i]
		s.count(s.counts, r, r.given, 1)
		first[i] = classes // none, or a sub-theme that the dictionary lacks
		if len(r.is) > 0 {
			first[i] = r.is[0]
		}
	}
	s.fold = deal(first, classes+1, suggestFolds, 0)
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
// by itself in a short text: the default 1, or the threshold if that is more.
func suggestedWeight(s *dict.SubTheme) float64 { return max(1, s.Threshold) }

// givenWith returns the classes that a message would be given if the score of sub were
// higher by add: exactly what the classifier would do.
func (s *suggester) givenWith(r *suggestRow, sub int, add float64) []int {
	score := r.scores[sub] + add
	if score < s.subs[sub].threshold*stretch(r.units, s.subs[sub].length) || score < s.subs[sub].relative*r.highest {
		return r.given
	}
	if s.kind == LabelName {
		for other, class := range s.classOf {
			if other != sub && class >= 0 && r.tagged[other] && (r.scores[other] > score || r.scores[other] == score && other < sub) {
				return r.given // another class stays the first
			}
		}
		return []int{s.classOf[sub]}
	}
	var given []int
	for other, tagged := range r.tagged {
		if other == sub || tagged && r.scores[other] >= s.subs[other].relative*score {
			given = append(given, other)
		}
	}
	return given
}

// effect returns whether a message is right before and after the score of sub is higher
// by add, and what it is then given.
func (s *suggester) effect(r *suggestRow, sub int, add float64) (before, after bool, given []int) {
	given = s.givenWith(r, sub, add)
	return s.right(r, r.given, s.classOf[sub]), s.right(r, given, s.classOf[sub]), given
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
