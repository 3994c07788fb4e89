package main

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"

	"github.com/minyi/minyi/classifier"
	"github.com/minyi/minyi/classifier/workbench"
	"github.com/minyi/minyi/internal/textfmt"
	"github.com/minyi/minyi/pipeline"
	"github.com/minyi/minyi/pipeline/broker"
	"github.com/minyi/minyi/pipeline/compare"
	"github.com/minyi/minyi/pipeline/label"
)

// guardOptions are the flags of the guards of a promotion.
type guardOptions struct {
	maxShift float64
	labels   string
}

func (o *guardOptions) register(cmd *cobra.Command) {
	cmd.Flags().Float64Var(&o.maxShift, "max-shift", compare.DefaultMaxShift, "by how many percentage points the share of the untagged, or of a theme, may move")
	cmd.Flags().StringVar(&o.labels, "labels", "", "labelled messages on which the candidate must not be worse: a file, or broker: for what is stored there")
}

// validate says what is wrong before anything is counted or waited for.
func (o *guardOptions) validate() error {
	if o.maxShift < 0 || o.maxShift > 100 {
		return usageError("--max-shift %v: percentage points from 0 to 100", o.maxShift)
	}
	if o.labels == "" || o.labels == fromBroker {
		return nil
	}
	if _, err := os.Stat(o.labels); err != nil {
		return usageError("--labels %s: %w", o.labels, err)
	}
	return nil
}

// decide asks all guards whether a tally may become the current one. It changes nothing.
// The error wraps [broker.ErrNoTally] if there is no such tally.
func (a *app) decide(ctx context.Context, conn *broker.Conn, candidate string, o guardOptions) (compare.Decision, error) {
	g := guards{a: a, conn: conn, candidate: candidate, options: o}
	if err := g.run(ctx); err != nil {
		return compare.Decision{}, err
	}
	return compare.Decide(g.current, candidate, g.checks...), nil
}

// guards is the state of one decision.
type guards struct {
	a                  *app
	conn               *broker.Conn
	current, candidate string // current is "" where none is
	options            guardOptions

	checks []compare.Check
	pair   compare.Pair
	both   [2]*classifier.Classifier
}

// run asks the guards, those that need no dictionary first.
func (g *guards) run(ctx context.Context) error {
	// Not Counts().Current, which refuses a tally of another stream than --stream names:
	// --force moves readers from one stream to the next.
	current, err := g.conn.Tallies().Current(ctx)
	if err != nil {
		return err
	}
	g.current = current
	if g.current == "" { // nothing to compare with
		g.current = g.candidate
		defer func() { g.current = "" }()
	}
	for _, ask := range []func(context.Context) error{g.caughtUp, g.counts, g.ledger, g.dictionaries, g.labels, g.duel} {
		if err := ask(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (g *guards) add(checks ...compare.Check) { g.checks = append(g.checks, checks...) }

// caughtUpWithin is how long a candidate that keeps up is waited for: the current tally
// has just counted what arrives at this moment.
const caughtUpWithin = 3 * time.Second

// caughtUp reads how far the current tally is, and then how far the candidate is.
func (g *guards) caughtUp(ctx context.Context) error {
	reference, _, err := g.conn.Counts().Checkpoint(ctx, g.current)
	if err != nil {
		return err
	}
	if _, err := g.conn.Counts().TallyInfo(ctx, g.candidate); err != nil {
		return err
	}
	last := reference.Frontier
	if g.current == g.candidate {
		info, err := g.conn.StreamInfo(ctx)
		if err != nil {
			return err
		}
		last = info.Last
	}
	for deadline := time.Now().Add(caughtUpWithin); ; {
		cp, _, err := g.conn.Counts().Checkpoint(ctx, g.candidate)
		if err != nil {
			return err
		}
		if cp.Frontier >= last || time.Now().After(deadline) {
			g.add(compare.CaughtUp(cp.Frontier, last))
			return nil
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// counts compares the counts of both at one frontier.
func (g *guards) counts(ctx context.Context) (err error) {
	if g.pair, err = g.a.readPair(ctx, g.conn, g.current, g.candidate); err != nil {
		return err
	}
	info, err := g.conn.StreamInfo(ctx)
	if err != nil {
		return err
	}
	g.add(compare.Missing(g.pair.A.Counts, g.pair.B.Counts, info.First),
		compare.Specs(g.pair.A.Info.Spec, g.pair.B.Info.Spec))
	g.add(compare.Shares(g.pair, g.options.maxShift)...)
	return nil
}

func (g *guards) ledger(ctx context.Context) error {
	var audits [2]pipeline.Audit
	for i, tally := range []string{g.current, g.candidate} {
		var err error
		if audits[i], err = g.conn.Audit(ctx, tally); err != nil {
			return err
		}
	}
	g.add(compare.Ledger(audits[0], audits[1]))
	return nil
}

// dictionaries runs the examples of the candidate's dictionary.
func (g *guards) dictionaries(ctx context.Context) error {
	d, err := storedDict(ctx, g.conn, g.pair.B.Dict)
	if err != nil {
		return err
	}
	if g.both[1], err = g.a.newClassifier(d); err != nil {
		return err
	}
	report, err := workbench.RunExamples(g.both[1], g.a.language())
	if err != nil {
		return err
	}
	first := ""
	if len(report.Failed) > 0 {
		first = fmt.Sprintf("%s: %s", report.Failed[0].SubTheme, report.Failed[0].Text)
	}
	g.add(compare.Tests(report.Examples-len(report.Failed), len(report.Failed), first))
	return nil
}

// labels compares both dictionaries on labelled messages, where a file of them is given.
func (g *guards) labels(ctx context.Context) error {
	if g.options.labels == "" {
		return nil
	}
	check, err := g.a.checkLabels(ctx, g.conn, g.options.labels, g.pair.A.Dict, g.both[1])
	if err == nil {
		g.add(check)
	}
	return err
}

// checkLabels compares a dictionary with one that is stored on labelled messages.
func (a *app) checkLabels(ctx context.Context, conn *broker.Conn, file, version string, candidate *classifier.Classifier) (check compare.Check, err error) {
	corpus, err := a.labelsOf(ctx, conn, file)
	if err != nil {
		return check, err
	}
	d, err := storedDict(ctx, conn, version)
	if err != nil {
		return check, err
	}
	current, err := a.newClassifier(d)
	if err != nil {
		return check, err
	}
	if corpus, _, err = agreed(ctx, candidate.Dictionary(), corpus); err != nil {
		return check, measureError(ctx, err)
	}
	// Messages that were picked because one dictionary was in doubt speak for the other.
	all := corpus
	corpus, draws, err := workbench.AtRandom(ctx, corpus)
	if err != nil {
		return check, measureError(ctx, err)
	}
	if draws.Told() && draws.Random == 0 {
		a.notef("note: labels of %s: %v", file, workbench.ErrNothingRandom)
		corpus = all
	}
	pairs, unlabelled, err := workbench.EvaluatePair(ctx, current, candidate, corpus)
	if err != nil {
		return check, measureError(ctx, err)
	}
	if unlabelled > 0 {
		a.notef("note: labels of %s: %s more have no label and were skipped", file, textfmt.Count(unlabelled))
	}
	rows := make([]compare.Labelled, 0, len(pairs))
	hits := func(c workbench.Counts) compare.Hits {
		return compare.Hits{Right: c.TruePositives, Wrong: c.FalsePositives, Forgone: c.FalseNegatives}
	}
	for _, p := range pairs {
		rows = append(rows, compare.Labelled{A: hits(p.A), B: hits(p.B)})
	}
	return compare.Labels(rows, 1), nil
}

// duel asks for judgements, where somebody has judged.
func (g *guards) duel(ctx context.Context) error {
	var said []label.Judgement
	err := g.conn.Labels().Each(ctx, label.StreamOf(g.pair.A.Info.Spec), func(j label.Judgement) error {
		said = append(said, j)
		return nil
	})
	if err != nil {
		return err
	}
	if runs := compare.Runs(said, g.current, g.candidate); len(runs) > 0 {
		g.add(compare.Duel(compare.JudgeDuel(runs...)))
	}
	return nil
}

// verdicts and checks are their names for people.
var (
	verdictWords = map[string]map[compare.Verdict]string{
		"en": {compare.Pass: "pass", compare.Fail: "FAIL", compare.Inconclusive: "inconclusive"},
		"zh": {compare.Pass: "通过", compare.Fail: "不通过", compare.Inconclusive: "不能确定"},
	}
	checkWords = map[string]map[string]string{
		"en": {
			compare.CheckCaughtUp: "caught up", compare.CheckMissing: "missing", compare.CheckSpec: "spec", compare.CheckLedger: "ledger",
			compare.CheckTests: "examples of the dictionary", compare.CheckUntagged: "share of the untagged", compare.CheckThemes: "shares of the themes",
			compare.CheckLabels: "labelled messages", compare.CheckDuel: "blind duel",
		},
		"zh": {
			compare.CheckCaughtUp: "已跟上", compare.CheckMissing: "缺失", compare.CheckSpec: "计票规格", compare.CheckLedger: "账目",
			compare.CheckTests: "词典例句", compare.CheckUntagged: "未归类的占比", compare.CheckThemes: "各主题的占比",
			compare.CheckLabels: "带标注的留言", compare.CheckDuel: "盲评",
		},
	}
)

// writeDecision prints a decision for people, in 80 columns: each guard with its verdict
// and why, and the verdict of all.
func (a *app) writeDecision(w io.Writer, d compare.Decision) {
	words, checks := verdictWords[a.lang], checkWords[a.lang]
	for _, c := range d.Checks {
		fmt.Fprintf(w, "%s  %s\n", textfmt.Left(words[c.Verdict], 12), cmp.Or(checks[c.Name], c.Name))
		for _, line := range wrapped(c.Detail.In(a.language()), textfmt.Columns-14) {
			fmt.Fprintf(w, "%s  %s\n", textfmt.Left("", 12), line)
		}
	}
	fmt.Fprint(w, a.say("\nverdict: %s\n", words[d.Verdict]))
}
