package workbench

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"

	"github.com/minyi/minyi/classifier"
	"github.com/minyi/minyi/dict"
)

// labelled is a message that was read.
type labelled struct {
	sample *sample
	kind   LabelKind
	labels []string
	line   int
}

func (l *learner) read(ctx context.Context, c Corpus) error {
	base := l.Prior // its own tokens affect segmentation, as they will in the result
	if base == nil {
		base = &dict.Dictionary{Themes: []dict.Theme{{ID: "none", SubThemes: []dict.SubTheme{{ID: "none/none", Threshold: 1}}}}}
	}
	seg, err := classifier.New(base, l.Classifier)
	if err != nil {
		return err
	}
	l.tables = sharing(seg)
	var all []labelled
	work := func(s *segmented, m *Message) (labelled, error) {
		r := labelled{&sample{text: m.Text}, m.Kind, m.Themes, m.Line}
		switch m.Kind {
		case LabelName:
			r.labels = []string{m.Label}
		case Unlabelled:
			return r, fault{"no label", "to learn from, every message needs " + labelHint}
		}
		r.sample.counts = candidatesOf(s.of(m.Text))
		return r, nil
	}
	l.stats, err = mapMessages(ctx, c, func() *segmented { return newSegmented(seg) }, work, func(r labelled) error {
		if len(all) > 0 && all[0].kind != r.kind {
			return &CorpusError{c.Name, r.line, 0, "labelled otherwise than the first message", "either all have a label or all have themes"}
		}
		all = append(all, r)
		return nil
	})
	if err != nil {
		return err
	}
	l.Progress(LearnProgress{0, 0, "read"})
	return l.classify(all)
}

// classify numbers the labels in sorted order.
func (l *learner) classify(all []labelled) error {
	support := map[string]int{}
	for _, r := range all {
		for _, label := range r.labels {
			support[label]++
		}
	}
	for label, n := range support {
		if n < 2 {
			return fmt.Errorf("learn: %s has one message; to learn from, it needs some, and at least two", label)
		}
		l.labels = append(l.labels, label)
	}
	slices.Sort(l.labels)
	if len(l.labels) < 2 {
		return errors.New("learn: fewer than two labels; there is nothing to tell apart")
	}
	l.single = all[0].kind == LabelName
	for _, r := range all {
		r.sample.is = make([]bool, len(l.labels))
		for _, label := range r.labels {
			r.sample.class, _ = slices.BinarySearch(l.labels, label)
			r.sample.is[r.sample.class] = true
		}
		l.samples = append(l.samples, r.sample)
	}
	for _, label := range l.labels {
		l.support = append(l.support, support[label])
	}
	if !l.single {
		for _, label := range l.labels {
			if !subThemeID.MatchString(label) {
				return fmt.Errorf("learn: %q is not theme/sub-theme", label)
			}
		}
	}
	l.classes, l.minimum, l.limit = len(l.labels), l.MinMessages, l.MaxKeywords
	l.deal()
	return nil
}

var (
	subThemeID = regexp.MustCompile(`^[a-z0-9_]+/[a-z0-9_]+$`)
	plainID    = regexp.MustCompile(`^[a-z0-9_]+$`)
)

// deal assigns the samples to folds at random, separately for each class, so that
// every fold has its share of each.
func (l *learner) deal() {
	l.fold = make([]int, len(l.samples))
	random := rand.New(rand.NewPCG(l.Seed, 1))
	next := 0
	byClass := make([][]int, l.classes)
	for i, s := range l.samples {
		byClass[s.class] = append(byClass[s.class], i)
	}
	for _, class := range byClass {
		random.Shuffle(len(class), func(i, j int) { class[i], class[j] = class[j], class[i] })
		for _, i := range class {
			l.fold[i] = next % l.Folds
			next++
		}
	}
}
