package workbench

import (
	"context"

	"github.com/minyi/minyi/classifier"
	"github.com/minyi/minyi/dict"
)

// Disagreement is a message that two dictionaries tag differently: by other sub-themes,
// or by another primary.
type Disagreement struct {
	ID   string
	A, B []string // ids of the sub-themes, the primary first; empty: untagged
}

// Disagreements returns the messages of a corpus that two dictionaries tag differently, in
// the order of the corpus. It keeps no texts. Errors are those of reading the corpus
// (*CorpusError) and of ctx.
func Disagreements(ctx context.Context, a, b *classifier.Classifier, corpus Corpus) ([]Disagreement, Stats, error) {
	da, db := a.Dictionary(), b.Dictionary()
	var out []Disagreement
	stats, err := mapMessages(ctx, corpus, func() *[2]classifier.Result { return new([2]classifier.Result) },
		func(r *[2]classifier.Result, m *Message) (*Disagreement, error) {
			text := []byte(m.Text)
			a.Classify(&r[0], text)
			b.Classify(&r[1], text)
			if primaryOf(da, &r[0]) == primaryOf(db, &r[1]) && sameTags(da, &r[0], db, &r[1]) {
				return nil, nil
			}
			return &Disagreement{m.ID, TagIDs(da, &r[0]), TagIDs(db, &r[1])}, nil
		},
		func(d *Disagreement) error {
			if d != nil {
				out = append(out, *d)
			}
			return nil
		})
	return out, stats, err
}

// TagIDs returns the ids of the sub-themes of a result, the primary first.
func TagIDs(d *dict.Dictionary, r *classifier.Result) []string {
	ids := make([]string, 0, len(r.Tags))
	for _, t := range r.Tags {
		ids = append(ids, d.Themes[t.Theme].SubThemes[t.SubTheme].ID)
	}
	return ids
}
