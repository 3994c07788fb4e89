package workbench

import (
	"strings"

	"github.com/minyi/minyi/classifier"
	"github.com/minyi/minyi/dict"
	"github.com/minyi/minyi/dict/phrase"
)

// judged is the verdict on one message, and what the report shows of it.
type judged struct {
	kind     LabelKind
	drawn    Drawn
	line     int
	verdict  // without unknown sub-themes, which are in foreign
	foreign  []string
	isName   string
	gotName  string
	untagged bool
	sample   *Sample
	measured *measuredText
}

const (
	noClass        = -1
	primaryUnknown = -2
)

func (e *evaluator) place(class int) (theme, sub int) {
	for theme, subs := range e.subAt {
		for sub, c := range subs {
			if c == class {
				return theme, sub
			}
		}
	}
	return noClass, noClass
}

// judge classifies a message and compares the result with its label. It is safe for
// concurrent use.
func (e *evaluator) judge(r *classifier.Result, m *Message) (*judged, error) {
	if m.Kind == Unlabelled {
		return &judged{kind: Unlabelled, line: m.Line}, nil
	}
	e.c.Classify(r, []byte(m.Text))
	j := &judged{kind: m.Kind, drawn: m.Drawn, line: m.Line, verdict: verdict{primary: noClass, first: noClass}, untagged: len(r.Tags) == 0}
	var err error
	var decided *classifier.Tag
	if m.Kind == LabelName {
		decided, err = e.judgeLabel(j, r, m)
	} else {
		decided = e.judgeThemes(j, r, m)
		if e.measurer != nil {
			j.measured = e.measurer.judge(r, m)
		}
	}
	if err == nil && e.Samples > 0 && j.primary != primaryUnknown && j.isName != j.gotName {
		j.sample = e.sample(m, decided)
	}
	return j, err
}

func (e *evaluator) judgeLabel(j *judged, r *classifier.Result, m *Message) (*classifier.Tag, error) {
	class, ok := e.labels[m.Label]
	if !ok {
		return nil, fault{phrase.Textf("the label %s is not mapped to a sub-theme", m.Label), phrase.Textf("%sadd it to the mapping (--map); sub-themes themselves are themes (子主题), not labels", meant(nearest(m.Label, e.classes)))}
	}
	j.is, j.primary, j.isName = []int{class}, class, m.Label
	for i := range r.Tags {
		tag := &r.Tags[i]
		if given := e.mapped[tag.Theme][tag.SubTheme]; given >= 0 {
			j.given, j.first, j.gotName = []int{given}, given, e.classes[given]
			return tag, nil
		}
	}
	return nil, nil
}

func (e *evaluator) judgeThemes(j *judged, r *classifier.Result, m *Message) *classifier.Tag {
	for _, id := range e.subThemes(m.Themes) {
		if class, ok := e.subs[id]; ok {
			j.is = append(j.is, class)
		} else {
			j.foreign = append(j.foreign, id)
		}
	}
	for _, tag := range r.Tags {
		j.given = append(j.given, e.subAt[tag.Theme][tag.SubTheme])
	}
	primary := e.subTheme(m.Primary)
	switch class, known := e.subs[primary]; {
	case known:
		j.primary = class
	case m.Primary == "" && len(m.Themes) > 0:
		j.primary = primaryUnknown
	}
	j.isName = primary
	if len(r.Tags) == 0 {
		return nil
	}
	j.first = e.subAt[r.Tags[0].Theme][r.Tags[0].SubTheme]
	j.gotName = e.names[j.first].ID
	return &r.Tags[0]
}

// subTheme returns the id of a sub-theme that a message names by its id or its
// Chinese name.
func (e *evaluator) subTheme(said string) string {
	if id, ok := e.byName[said]; ok {
		return id
	}
	return said
}

func (e *evaluator) subThemes(said []string) []string {
	ids := make([]string, len(said))
	for i, s := range said {
		ids[i] = e.subTheme(s)
	}
	return distinct(ids)
}

// sample returns an excerpt around the first match of the deciding tag.
func (e *evaluator) sample(m *Message, tag *classifier.Tag) *Sample {
	s := &Sample{ID: m.ID, Line: m.Line}
	at := 0
	if tag != nil {
		at = tag.Matches[0].Start
		sub := &e.c.Dictionary().Themes[tag.Theme].SubThemes[tag.SubTheme]
		for _, match := range tag.Matches {
			if word := keywordName(&sub.Keywords[match.Keyword]); !contains(s.Keywords, word) && len(s.Keywords) < 5 {
				s.Keywords = append(s.Keywords, word)
			}
		}
	}
	s.Text = excerpt(m.Text, at)
	return s
}

// keywordName returns a keyword as it is shown; for a rule its words joined by +.
func keywordName(k *dict.Keyword) string {
	if len(k.All) > 0 {
		return strings.Join(k.All, "+")
	}
	return k.Word
}
