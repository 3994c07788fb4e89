package workbench

import (
	"errors"
	"fmt"

	"github.com/minyi/minyi/classifier"
	"github.com/minyi/minyi/dict"
)

// readPrior collects the prior's keywords for the labels.
func (l *learner) readPrior() error {
	l.relative = make([]float64, l.classes)
	if l.Prior == nil {
		return nil
	}
	for class, id := range l.ids() {
		theme, _ := splitID(id)
		l.relative[class] = l.priorTheme(theme).RelativeThreshold
	}
	found := false
	for class, label := range l.labels {
		has := map[string]bool{}
		for _, s := range l.priorsOf(label) {
			found = true
			for _, k := range s.Keywords {
				if key := keywordKey(&k); !has[key] {
					has[key] = true
					l.prior = append(l.prior, newPriorWord(k, class))
				}
			}
		}
	}
	switch {
	case !found:
		return errors.New("learn: the prior has no sub-theme for any of the labels, neither by id nor by name; map them")
	case len(l.prior) > l.limit:
		return fmt.Errorf("learn: the prior has %d keywords for these labels, more than the %d allowed; allow more with --max-keywords", len(l.prior), l.limit)
	}
	return nil
}

func newPriorWord(k dict.Keyword, class int) learned {
	w := learned{Keyword: k, class: class, idf: 1, prior: true}
	if len(k.All) == 0 {
		w.normal = classifier.Normalize(k.Word)
	}
	return w
}

// priorsOf returns the prior's sub-themes that belong to a label.
func (l *learner) priorsOf(label string) (found []*dict.SubTheme) {
	if l.Prior == nil {
		return nil
	}
	eachSubTheme(l.Prior, func(_, _ int, s *dict.SubTheme) {
		is := s.ID == label || l.single && s.Name.Zh == label
		if l.PriorMapping != nil {
			is = l.PriorMapping.has(label, s.ID)
		}
		if is {
			found = append(found, s)
		}
	})
	return found
}

// priorOf returns the prior's sub-theme for a label, or nil if there is not exactly
// one.
func (l *learner) priorOf(label string) *dict.SubTheme {
	if found := l.priorsOf(label); len(found) == 1 {
		return found[0]
	}
	return nil
}
