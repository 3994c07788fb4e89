package workbench

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"slices"

	"github.com/minyi/minyi/dict"
	"github.com/minyi/minyi/dict/phrase"
)

// Gold is labelled messages with who labelled each: a text that several people labelled
// has a row of each.
type Gold struct {
	// Agreement says how far the labellers agree; nil where no text has two of them.
	Agreement *Agreement
	Labels    []GoldLabel // in the order of the corpus; of a person and text the last one
	Unread    int         // messages without a label, which are left out
}

// GoldLabel is what one person says of one text. It is a line of a gold file.
type GoldLabel struct {
	ID      string   `json:"id,omitempty"`
	Text    string   `json:"text"`
	Themes  []string `json:"themes"` // ids, or what was written where the dictionary has none
	Primary string   `json:"primary,omitempty"`
	By      string   `json:"by,omitempty"`
	Origin  string   `json:"origin,omitempty"`
	Drawn   Drawn    `json:"drawn,omitempty"`
	Genre   string   `json:"kind,omitempty"`
	line    int
}

// Line returns the line of the corpus in which the label stands, from 1.
func (l *GoldLabel) Line() int { return l.line }

// ReadGold reads the messages of a corpus that are labelled with sub-themes of d, by id
// or Chinese name. Messages without a label, or with a plain one, are left out. They are
// held in memory. Errors are those of reading the corpus (*CorpusError) and of ctx.
func ReadGold(ctx context.Context, d *dict.Dictionary, corpus Corpus) (*Gold, error) {
	names := idsByName(d)
	resolve := func(said string) string { return cmp.Or(names[said], said) }
	g := &Gold{}
	at := map[[2]string]int{} // text and labeller -> label
	_, err := mapMessages(ctx, corpus, func() struct{} { return struct{}{} }, func(_ struct{}, m *Message) (*GoldLabel, error) {
		switch m.Kind {
		case Unlabelled:
			return &GoldLabel{}, nil
		case LabelName:
			return nil, nil
		}
		l := &GoldLabel{ID: m.ID, Text: m.Text, Themes: []string{}, Primary: resolve(m.Primary), By: m.By, Origin: m.Origin, Drawn: m.Drawn, Genre: m.Genre, line: m.Line}
		for _, said := range m.Themes {
			l.Themes = append(l.Themes, resolve(said))
		}
		return l, nil
	}, func(l *GoldLabel) error {
		switch {
		case l == nil: // a plain label
			return nil
		case l.Themes == nil:
			g.Unread++
			return nil
		}
		key := [2]string{l.Text, l.By}
		if i, again := at[key]; again && l.By != "" {
			g.Labels[i] = *l
			return nil
		}
		at[key] = len(g.Labels)
		g.Labels = append(g.Labels, *l)
		return nil
	})
	if err != nil {
		return nil, err
	}
	g.Agreement = agreement(d, g.Labels)
	return g, nil
}

// Corpus returns the texts, each once, with what most of its labellers say: a sub-theme
// counts if more than half of them name it; of exactly half, the first of them decides.
// The primary is the one that most name among these. A text without a labeller's name
// stays as it is. Lines are those of the first label of a text.
func (g *Gold) Corpus(name string) (Corpus, error) {
	var out bytes.Buffer
	line := 1
	for _, labels := range byText(g.Labels) {
		l := consensus(labels)
		b, err := json.Marshal(l)
		if err != nil {
			return Corpus{}, phrase.Errorf("write a label of %s: %w", name, err)
		}
		for ; line < l.line; line++ {
			out.WriteByte('\n')
		}
		out.Write(append(b, '\n'))
		line++
	}
	return Bytes(name, out.Bytes()), nil
}

// byText groups labels by their texts, in the order of the first of each.
func byText(labels []GoldLabel) [][]GoldLabel {
	at := map[string]int{}
	var out [][]GoldLabel
	for _, l := range labels {
		i, ok := at[l.Text]
		if !ok || l.By == "" {
			i = len(out)
			at[l.Text] = i
			out = append(out, nil)
		}
		out[i] = append(out[i], l)
	}
	return out
}

func consensus(labels []GoldLabel) GoldLabel {
	out := labels[0]
	if len(labels) == 1 {
		return out
	}
	said, first := map[string]int{}, map[string]int{}
	var order []string
	for _, l := range labels {
		if l.Drawn == DrawnRandom || out.Drawn == "" {
			out.Drawn = l.Drawn
		}
		for _, id := range l.Themes {
			if said[id]++; said[id] == 1 {
				order = append(order, id)
			}
		}
		if l.Primary != "" {
			first[l.Primary]++
		}
	}
	out.Themes, out.Primary, out.By, out.Origin = []string{}, "", "", ""
	for _, id := range order {
		if n := 2 * said[id]; n > len(labels) || n == len(labels) && slices.Contains(labels[0].Themes, id) {
			out.Themes = append(out.Themes, id)
			if first[id] > first[out.Primary] {
				out.Primary = id
			}
		}
	}
	return out
}
