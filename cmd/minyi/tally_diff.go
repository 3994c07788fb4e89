package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"github.com/minyi/minyi/classifier/workbench"
	"github.com/minyi/minyi/internal/textfmt"
	"github.com/minyi/minyi/pipeline"
	"github.com/minyi/minyi/pipeline/broker"
	"github.com/minyi/minyi/pipeline/compare"
)

// tallyDiffOptions are the flags of minyi tally diff.
type tallyDiffOptions struct {
	messages uint64
	limit    int
	json     bool
}

func (a *app) tallyDiffCommand() *cobra.Command {
	var (
		b brokerOptions
		o tallyDiffOptions
	)
	cmd := &cobra.Command{
		Use:   "diff [A] B",
		Short: "Set two tallies beside each other: themes, sub-themes, days, messages",
		Long: `Set the counts of two tallies beside each other, both at one frontier: what one
has not counted yet at this moment is counted here. One that is far behind is
compared over the days of which both have counted the same messages, and the
other days are named.

A is the current tally unless it is given. With --messages N the newest N
messages are tagged by both dictionaries: how many go from which theme to which,
the keywords that did it, and masked samples: ` + notMasked + `.`,
		Example: `  minyi tally diff 5e0c1f7a9b32
  minyi tally diff current 5e0c1f7a9b32 --messages 100000
  minyi tally diff 0a41c2d95e77 5e0c1f7a9b32 --json`,
		Args: cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			return a.withBroker(cmd.Context(), b, func(ctx context.Context, conn *broker.Conn) error {
				return a.diffTallies(ctx, conn, args, o)
			})
		},
	}
	b.register(cmd)
	cmd.Flags().Uint64Var(&o.messages, "messages", 0, "tag the newest N messages by both dictionaries, and show what flips")
	cmd.Flags().IntVar(&o.limit, "limit", 20, "how many days, keywords of a sub-theme, and ways to move, are shown; -1 is all")
	cmd.Flags().BoolVar(&o.json, "json", false, "as JSON")
	return cmd
}

// tallyDiff is the JSON of minyi tally diff.
type tallyDiff struct {
	compare.Diff
	// Messages is what the change of the dictionary does to the newest messages; absent
	// unless it was asked for.
	Messages *workbench.Difference `json:"messages,omitempty"`
	From     uint64                `json:"messages_from,omitempty"` // the first sequence that was looked at; the last is the frontier
}

func (a *app) diffTallies(ctx context.Context, conn *broker.Conn, args []string, o tallyDiffOptions) error {
	idA, idB, err := tallyIDs(ctx, conn, args)
	if err != nil {
		return err
	}
	pair, err := a.readPair(ctx, conn, idA, idB)
	if err != nil {
		return err
	}
	d := tallyDiff{Diff: pair.Diff()} // A and B are the tallies
	reader := workbench.Reader{Language: a.language()}
	if o.messages > 0 {
		if d.Messages, d.From, reader, err = a.diffMessages(ctx, conn, pair, o.messages); err != nil {
			return measureError(ctx, err)
		}
	}
	return a.report(d, "", func(w io.Writer) error {
		a.writeTallyDiff(w, pair, o.limit)
		if d.Messages == nil {
			return nil
		}
		fmt.Fprint(w, a.say("\nMessages %s to %s\n", textfmt.Count(d.From), textfmt.Count(pair.Frontier)))
		return d.Messages.Text(w, reader, o.limit)
	}, o.json)
}

// diffMessages tags the newest messages up to the frontier of a pair by both
// dictionaries.
func (a *app) diffMessages(ctx context.Context, conn *broker.Conn, p compare.Pair, n uint64) (*workbench.Difference, uint64, workbench.Reader, error) {
	reader := workbench.Reader{Language: a.language()}
	r, err := newest(ctx, conn, p.Frontier, n)
	if err != nil {
		return nil, 0, reader, err
	}
	both, err := a.classifiersOf(ctx, conn, p)
	if err != nil {
		return nil, 0, reader, err
	}
	d, err := workbench.Compare(ctx, both[0], both[1], a.streamCorpus(ctx, conn, p.A.Info.Spec, r), workbench.DiffOptions{})
	return d, r.From, a.reader(both[1].Dictionary(), both[0].Dictionary()), err
}

// newest returns the range of the newest n sequences up to the frontier, as far as the
// stream still has them; of 0 all.
func newest(ctx context.Context, conn *broker.Conn, frontier, n uint64) (pipeline.Range, error) {
	info, err := conn.StreamInfo(ctx)
	if err != nil {
		return pipeline.Range{}, err
	}
	from := info.First
	if n > 0 && frontier >= n {
		from = max(from, frontier-n+1)
	}
	return pipeline.Range{From: from, To: frontier}, nil
}

// writeTallyDiff prints a pair for people, in 80 columns.
func (a *app) writeTallyDiff(w io.Writer, p compare.Pair, limit int) {
	fmt.Fprint(w, a.say("A  tally %s, dictionary %.12s\nB  tally %s, dictionary %.12s\n",
		p.A.Tally, p.A.Dict, p.B.Tally, p.B.Dict))
	if p.Over {
		fmt.Fprint(w, a.say("read at different frontiers: compared are the %d days of which both have the same messages; %d are left out\n",
			len(p.Days), len(p.LeftOut)))
	} else {
		fmt.Fprint(w, a.say("both up to message %s\n", textfmt.Count(p.Frontier)))
	}
	if differ := compare.SpecDifferences(p.A.Info.Spec, p.B.Info.Spec); len(differ) > 0 {
		fmt.Fprint(w, a.say("note: not only the dictionary differs: %s\n", strings.Join(differ, "; ")))
	}
	fmt.Fprintln(w)
	fmt.Fprint(w, a.themesBeside(p, p.Themes()))
	fmt.Fprintln(w)
	fmt.Fprint(w, a.daysBeside(p, limit))
}

// themesBeside is a table of some themes and sub-themes: their primaries in both tallies,
// and by how many points their share of the tagged moved.
func (a *app) themesBeside(p compare.Pair, themes []compare.ThemeDiff) string {
	t := textfmt.Table{Columns: []textfmt.Column{
		{Title: a.inLanguage("主题", "theme"), MinWidth: 16},
		{Title: "A", Right: true},
		{Title: "B", Right: true},
		{Title: "B-A", Right: true},
		{Title: a.inLanguage("占比 A", "share A"), Right: true},
		{Title: a.inLanguage("占比 B", "share B"), Right: true},
		{Title: a.inLanguage("百分点", "points"), Right: true},
	}}
	row := func(name string, x, y, ofA, ofB uint64) {
		t.Row(name, textfmt.Count(x), textfmt.Count(y), signed(int64(y)-int64(x)), textfmt.Share(x, ofA), textfmt.Share(y, ofB), points(x, ofA, y, ofB))
	}
	for _, th := range themes {
		row(a.nameIn(p, th.ID), th.A.Primary, th.B.Primary, p.A.Outcomes.Tagged, p.B.Outcomes.Tagged)
		for _, s := range th.SubThemes {
			row("  "+a.nameIn(p, s.ID), s.A.Primary, s.B.Primary, p.A.Outcomes.Tagged, p.B.Outcomes.Tagged)
		}
	}
	read := func(o pipeline.Outcomes) uint64 { return o.Tagged + o.Untagged }
	w := tableWords[a.lang]
	row(w.untagged, p.A.Outcomes.Untagged, p.B.Outcomes.Untagged, read(p.A.Outcomes), read(p.B.Outcomes))
	row(w.rejected, p.A.Outcomes.Rejected, p.B.Outcomes.Rejected, p.A.Outcomes.Messages(), p.B.Outcomes.Messages())
	row(w.missing, p.A.Outcomes.Missing, p.B.Outcomes.Missing, p.A.Outcomes.Sum(), p.B.Outcomes.Sum())
	return t.String()
}

// daysBeside is a table of the last days.
func (a *app) daysBeside(p compare.Pair, limit int) string {
	days := p.ByDay()
	left := 0
	if limit >= 0 && len(days) > limit {
		left = len(days) - limit
		days = days[left:]
	}
	w := tableWords[a.lang]
	t := textfmt.Table{Columns: []textfmt.Column{
		{Title: a.inLanguage("日期", "day")},
		{Title: w.tagged + " A", Right: true},
		{Title: "B", Right: true},
		{Title: w.untagged + " A", Right: true},
		{Title: "B", Right: true},
		{Title: a.inLanguage("百分点", "points"), Right: true},
	}}
	for _, d := range days {
		t.Row(d.Day, textfmt.Count(d.A.Tagged), textfmt.Count(d.B.Tagged), textfmt.Count(d.A.Untagged), textfmt.Count(d.B.Untagged),
			points(d.A.Untagged, d.A.Tagged+d.A.Untagged, d.B.Untagged, d.B.Tagged+d.B.Untagged))
	}
	out := t.String()
	if left > 0 {
		out += a.say("and %d earlier days; --limit -1 shows all\n", left)
	}
	return out
}

// nameIn is the name of a theme or sub-theme in either tally.
func (a *app) nameIn(p compare.Pair, id string) string {
	if name := a.name(p.A.Info.Themes, id); name != id {
		return cmp.Or(name, id)
	}
	return cmp.Or(a.name(p.B.Info.Themes, id), id)
}

func signed(n int64) string {
	if n > 0 {
		return "+" + textfmt.Count(n)
	}
	return textfmt.Count(n)
}

// points is by how many percentage points a share moved.
func points(x, ofX, y, ofY uint64) string {
	share := func(n, of uint64) float64 { return 100 * float64(n) / float64(max(of, 1)) }
	return fmt.Sprintf("%+.2f", share(y, ofY)-share(x, ofX))
}
