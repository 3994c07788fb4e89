package dashboard

import (
	"fmt"
	"slices"
	"strings"

	"github.com/minyi/minyi/pipeline"
)

// selection is the form by which a reader chooses messages, and what is chosen now.
type selection struct {
	Action   string
	Hidden   []hidden // what else the address says
	Sources  []option
	From, To string
	Text     string // what is chosen, in words; empty: all
	All      string // the address that chooses all
}

type hidden struct{ Name, Value string }

type option struct {
	ID, Name string
	Chosen   bool
}

// maxOptions is how many sources can be chosen from a list. Others can be written into
// the address, and have links on the page of all sources.
const maxOptions = 200

func (d *Dashboard) selection(r request, m moment) selection {
	n, w := d.names(r, m), wordsIn(r.lang)
	s := selection{Action: r.path, From: r.from, To: r.to}
	kind, id, _ := split(r.path)
	if id != "" && (kind == "sources" || kind == "days") { // to choose another one is to leave the page
		s.Action = "/"
	}
	shown := r.at(s.Action).all()
	s.All = shown.link()
	for name, values := range shown.query() {
		s.Hidden = append(s.Hidden, hidden{name, values[0]})
	}
	slices.SortFunc(s.Hidden, func(a, b hidden) int { return strings.Compare(a.Name, b.Name) })
	if m.counts.Totals != nil {
		rows, _, _ := m.counts.Totals.Top(pipeline.BySource, maxOptions)
		chosen := false
		for _, row := range rows {
			chosen = chosen || row.ID == r.source
			s.Sources = append(s.Sources, option{row.ID, n.source(row.ID), row.ID == r.source})
		}
		if !chosen && r.source != "" {
			s.Sources = append(s.Sources, option{r.source, n.source(r.source), true})
		}
	}
	var parts []string
	if r.theme != "" && id == "" {
		parts = append(parts, n.of(r.theme))
	}
	if r.source != "" {
		parts = append(parts, n.source(r.source))
	}
	if r.from != "" || r.to != "" {
		parts = append(parts, days(r, w))
	}
	if len(parts) > 0 {
		s.Text = fmt.Sprintf(w.OnlyF, strings.Join(parts, w.Comma))
	}
	return s
}

// days says which days are chosen.
func days(r request, w *words) string {
	switch {
	case r.from == r.to:
		return r.from
	case r.to == "":
		return fmt.Sprintf(w.SinceF, r.from)
	case r.from == "":
		return fmt.Sprintf(w.UntilF, r.to)
	}
	return fmt.Sprintf(w.BetweenF, r.from, r.to)
}
