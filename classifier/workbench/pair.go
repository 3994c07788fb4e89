package workbench

import (
	"context"
	"slices"

	"github.com/minyi/minyi/classifier"
	"github.com/minyi/minyi/dict/phrase"
)

// PairedCounts say how two classifiers tagged one labelled message, over its sub-themes.
type PairedCounts struct{ A, B Counts }

// EvaluatePair compares what two classifiers make of each labelled message of a corpus,
// in its order. Labels are sub-themes, by id or by Chinese name; messages without a label
// are skipped and counted. A sub-theme that neither dictionary has gives a *CorpusError, as it is
// mostly misspelt; of one that only one of them has the other one lacks the tag.
func EvaluatePair(ctx context.Context, a, b *classifier.Classifier, corpus Corpus) (pairs []PairedCounts, unlabelled int, err error) {
	names := idsByName(a.Dictionary())
	for name, id := range idsByName(b.Dictionary()) {
		if _, ok := names[name]; !ok {
			names[name] = id
		}
	}
	known := subThemesOf(a.Dictionary())
	for id, s := range subThemesOf(b.Dictionary()) {
		known[id] = s
	}
	_, err = mapMessages(ctx, corpus, func() *classifier.Result { return new(classifier.Result) },
		func(r *classifier.Result, m *Message) (*PairedCounts, error) {
			said := m.Themes
			switch m.Kind {
			case Unlabelled:
				return nil, nil
			case LabelName:
				said = []string{m.Label}
			}
			is := make([]string, 0, len(said))
			for _, s := range said {
				if id, ok := names[s]; ok {
					s = id
				}
				if known[s] == nil {
					return nil, fault{phrase.Textf("neither dictionary has the sub-theme %s", s), phrase.Textf("give its id, such as livelihood/education, or its Chinese name")}
				}
				is = append(is, s)
			}
			return &PairedCounts{countsOf(a, r, m.Text, is), countsOf(b, r, m.Text, is)}, nil
		},
		func(p *PairedCounts) error {
			if p == nil {
				unlabelled++
			} else {
				pairs = append(pairs, *p)
			}
			return nil
		})
	return pairs, unlabelled, err
}

// countsOf compares the sub-themes that a text is given with those that it has.
func countsOf(c *classifier.Classifier, r *classifier.Result, text string, is []string) Counts {
	var out Counts
	c.Classify(r, []byte(text))
	given := TagIDs(c.Dictionary(), r)
	for _, id := range given {
		out.add(slices.Contains(is, id), true)
	}
	for _, id := range is {
		if !slices.Contains(given, id) {
			out.add(true, false)
		}
	}
	return out
}
