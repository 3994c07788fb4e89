package main

import (
	"context"
	"errors"

	"github.com/minyi/minyi/classifier"
	"github.com/minyi/minyi/dict"
	"github.com/minyi/minyi/pipeline"
	"github.com/minyi/minyi/pipeline/broker"
	"github.com/minyi/minyi/pipeline/compare"
	"github.com/minyi/minyi/pipeline/dashboard"
	"github.com/minyi/minyi/pipeline/supervise"
)

// maxCarriedForPage is how many messages the page counts at most to bring two tallies to
// one frontier: what comes while messages arrive, in a fraction of a second.
const maxCarriedForPage = 5_000

// difference sets a tally beside the current one, for the page.
func (e *engine) difference(ctx context.Context, tally string) (out dashboard.Difference, err error) {
	current, err := e.conn.Counts().Current(ctx)
	if err != nil {
		return out, err
	}
	pair, err := readPairBy(ctx, e.conn, current, tally, maxCarriedForPage, e.counting)
	if errors.Is(err, broker.ErrNoTally) {
		return out, dashboard.ErrNoDifference
	}
	if err != nil {
		return out, err
	}
	out = dashboard.Difference{
		A: sideOf(pair.A), B: sideOf(pair.B), Frontier: pair.Frontier,
		Over: pair.Over, Days: len(pair.Days), LeftOut: len(pair.LeftOut), JSON: pair.Diff(),
	}
	for _, t := range pair.Themes() {
		out.Rows = append(out.Rows, dashboard.DifferenceRow{ID: t.ID, Name: themeNames(pair, t.ID), A: t.A.Primary, B: t.B.Primary})
		for _, s := range t.SubThemes {
			out.Rows = append(out.Rows, dashboard.DifferenceRow{ID: s.ID, Sub: true, Name: themeNames(pair, s.ID), A: s.A.Primary, B: s.B.Primary})
		}
	}
	return out, nil
}

func sideOf(s compare.Side) dashboard.DifferenceSide {
	return dashboard.DifferenceSide{Tally: s.Tally, Dict: s.Dict, Outcomes: s.Outcomes}
}

// themeNames are the names of a theme or sub-theme, in the dictionary of the other tally,
// else of the current one.
func themeNames(p compare.Pair, id string) dict.Name {
	for _, tree := range []pipeline.ThemeTree{p.B.Info.Themes, p.A.Info.Themes} {
		for _, t := range tree {
			if t.ID == id {
				return dict.Name{Zh: t.Zh, En: t.En}
			}
			for _, s := range t.SubThemes {
				if s.ID == id {
					return dict.Name{Zh: s.Zh, En: s.En}
				}
			}
		}
	}
	return dict.Name{}
}

// counting returns the classifier by which this process counts a tally. The error wraps
// [supervise.ErrNoDict] if it does not.
func (e *engine) counting(_ context.Context, c pipeline.Counts) (*classifier.Classifier, error) {
	for _, t := range e.fleet.Tallies() {
		if by, ok := t.Classifier.(*classifier.Classifier); ok && t.ID == c.Tally {
			return by, nil
		}
	}
	return nil, supervise.ErrNoDict
}
