package dashboard

import (
	"cmp"
	"errors"
	"fmt"
	"net/url"

	"github.com/minyi/minyi/internal/textfmt"
)

// differenceView is a difference as the page shows it.
type differenceView struct {
	Why   string // there is none; empty: there is one
	A, B  DifferenceSide
	Over  string // which messages are compared
	Rows  []differenceRow
	Files download
	JSON  string // address
}

type differenceRow struct {
	Key, Name      string
	Sub            bool
	A, B, By       string
	ShareA, ShareB string
	Points         string
}

// differencePage lays out the page of a difference from what was made last; nil: there is no
// such page.
func (d *Dashboard) differencePage(r request, m moment, tally string) *view {
	v := d.view(r, m)
	if !m.known {
		return v
	}
	if !d.comparable(m, tally) {
		return nil
	}
	v.head(v.W.Differ)
	v.Crumbs = []link{{v.W.Heading, r.at("/").all().link()}}
	made := d.differences.last(tally)
	out := &differenceView{A: made.A, B: made.B}
	v.Difference = out
	switch {
	case tally == m.counts.Tally:
		out.Why = v.W.DifferShown
	case errors.Is(made.err, ErrNoDifference):
		out.Why = v.W.DifferNone
	case made.err != nil || made.at.IsZero():
		out.Why = v.W.DifferFailed
	default:
		out.Files = files("/api/v1/tallies/diff", url.Values{"lang": {r.lang}, "tally": {tally}})
		out.JSON = "/api/v1/tallies/diff?tally=" + tally
		out.Over = fmt.Sprintf(v.W.DifferAtF, textfmt.Count(made.Frontier))
		if made.Over {
			out.Over = fmt.Sprintf(v.W.DifferOverF, textfmt.Count(made.Days), textfmt.Count(made.LeftOut))
		}
		out.Rows = d.differenceRows(r, m, made.Difference)
	}
	return v
}

// measured is a line of a difference: a theme, a sub-theme, or the untagged.
type measured struct {
	id, name string
	sub      bool
	a, b     uint64
	ofA, ofB uint64 // what they are a share of
}

func (x measured) shares() (a, b float64) {
	return float64(x.a) / float64(max(x.ofA, 1)), float64(x.b) / float64(max(x.ofB, 1))
}

func (x measured) points() string {
	a, b := x.shares()
	return fmt.Sprintf("%+.2f", 100*(b-a))
}

// measure returns all lines: shares of themes are of the tagged, that of the untagged is of
// all that were read.
func (d *Dashboard) measure(r request, m moment, x Difference) []measured {
	n := d.names(r, m)
	var out []measured
	for _, row := range x.Rows {
		name := n.of(row.ID)
		if name == row.ID { // only the other dictionary has it
			first, second := row.Name.Zh, row.Name.En
			if r.lang == en {
				first, second = second, first
			}
			name = cmp.Or(first, second, row.ID)
		}
		out = append(out, measured{row.ID, name, row.Sub, row.A, row.B, x.A.Outcomes.Tagged, x.B.Outcomes.Tagged})
	}
	a, b := x.A.Outcomes, x.B.Outcomes
	return append(out, measured{"untagged", wordsIn(r.lang).Untagged, false, a.Untagged, b.Untagged, a.Tagged + a.Untagged, b.Tagged + b.Untagged})
}

func (d *Dashboard) differenceRows(r request, m moment, x Difference) []differenceRow {
	var out []differenceRow
	for _, l := range d.measure(r, m, x) {
		by := "0"
		switch {
		case l.b > l.a:
			by = "+" + textfmt.Count(l.b-l.a)
		case l.b < l.a:
			by = "-" + textfmt.Count(l.a-l.b)
		}
		out = append(out, differenceRow{
			Key: l.id, Name: l.name, Sub: l.sub, A: textfmt.Count(l.a), B: textfmt.Count(l.b), By: by,
			ShareA: textfmt.Share(l.a, l.ofA), ShareB: textfmt.Share(l.b, l.ofB), Points: l.points(),
		})
	}
	return out
}

// linkDifferences gives each tally that is counted beside the current one a link to what it
// changes, and the newest of them a key.
func (d *Dashboard) linkDifferences(v *view, r request, m moment) {
	key := "d"
	for i := range v.Tallies {
		t := &v.Tallies[i]
		if t.Tally != m.counts.Tally && d.comparable(m, t.Tally) {
			t.Link, t.Key, key = r.all().at("/tallies/"+t.Tally).link(), key, ""
		}
	}
}
