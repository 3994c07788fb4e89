package main

import (
	"context"
	"fmt"
	"time"

	"github.com/minyi/minyi/internal/textfmt"
	"github.com/minyi/minyi/pipeline"
	"github.com/minyi/minyi/pipeline/broker"
)

// which says of which tally counts are, and how that stands to the current one.
type which struct {
	counts  *pipeline.Counts
	current pipeline.Promotion // the zero value: not known
	behind  uint64             // messages of the stream that are not counted yet; 0 where that is not known or not told
}

// showWhich prints counts in the form that was asked for, and says which they are: above a
// table, in a workbook on a sheet of its own, and of CSV on standard error, because its rows
// are for programs. JSON has it in its members, except since when the tally is current:
// counting the same stream again gives the same bytes.
func (a *app) showWhich(ctx context.Context, conn *broker.Conn, c pipeline.Counts, o showOptions) error {
	w := which{counts: &c}
	if o.json {
		return a.printCounts(w, o)
	}
	if p, err := conn.Counts().Promotion(ctx); err == nil { // counts are shown without it
		w.current = p
	}
	// With a smallest cell nobody is told how many came since: that may be one citizen's.
	if info, err := conn.SourceOf(c.Info.Spec.Stream).Info(ctx); err == nil && o.minCell == 0 && info.Last > c.Frontier {
		w.behind = info.Last - c.Frontier
	}
	switch {
	case o.csv:
		for _, line := range a.whichLines(w) {
			a.notef("%s", line)
		}
	case o.xlsx == "":
		for _, line := range a.whichLines(w) {
			fmt.Fprintln(a.stdout, line)
		}
		fmt.Fprintln(a.stdout)
	}
	return a.printCounts(w, o)
}

// since is when the tally became the current one; zero if it is not, or that is not known.
func (w which) since() time.Time {
	if w.current.Tally == w.counts.Tally {
		return w.current.At
	}
	return time.Time{}
}

// whichLines are for people, in at most 80 columns.
func (a *app) whichLines(w which) []string {
	c := w.counts
	lines := []string{a.say("tally %s, dictionary %s, up to message %s", c.Tally, c.Dict, textfmt.Count(c.Frontier))}
	switch {
	case !w.since().IsZero():
		lines = append(lines, a.say("current since %s", w.since().Local().Format(time.DateTime)))
	case w.current.Tally != "" && w.current.Tally != c.Tally:
		lines = append(lines, a.say("the current tally is %s", w.current.Tally))
	}
	if w.behind > 0 {
		lines = append(lines, a.say("waiting to be counted: %s; minyi tally list says who counts", textfmt.Count(w.behind)))
	}
	return lines
}
