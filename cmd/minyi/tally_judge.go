package main

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"github.com/minyi/minyi/classifier/workbench"
	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/internal/textfmt"
	"github.com/minyi/minyi/pipeline"
	"github.com/minyi/minyi/pipeline/broker"
	"github.com/minyi/minyi/pipeline/compare"
	"github.com/minyi/minyi/pipeline/label"
)

// judgeOptions are the flags of minyi tally judge.
type judgeOptions struct {
	seed     uint64
	messages uint64
	by       string
	labels   string
	json     bool
}

func (a *app) tallyJudgeCommand() *cobra.Command {
	var (
		b brokerOptions
		o judgeOptions
	)
	cmd := &cobra.Command{
		Use:   "judge [A] B",
		Short: "Judge blindly which of two dictionaries tags better",
		Long: `Judge blindly which of two dictionaries tags better. You are shown messages on which
the two tallies disagree, in random order and masked, with the tags of both, and
do not learn whose they are. A is the current tally unless it is given.

Answer with a key and Enter: 1 or 2 (those tags are right), b (both are), n
(neither), ? (the message does not tell), u (back to the one before), q (end).
Each answer is kept at once in the bucket MINYI_LABELS, without the text; the
next minyi tally judge with the same seed goes on where you ended. It is over
when one dictionary is shown to be right more often, which you may wait for or
not: the test may be looked at and ended at any time. minyi tally promote asks
for the result.

Phone numbers, identity numbers and e-mail addresses are masked; ` + notMasked + `.`,
		Example: `  minyi tally judge 5e0c1f7a9b32 --by li
  minyi tally judge current 5e0c1f7a9b32 --by li --labels judged.ndjson`,
		Args: cobra.RangeArgs(1, 2),
		RunE: func(cmd *cobra.Command, args []string) error {
			var err error
			if o.by, err = a.decider(o.by); err != nil {
				return err
			}
			if _, err := os.Stat(filepath.Dir(o.labels)); o.labels != "" && err != nil { // now, and not after the last answer
				return usageError("--labels %s: %w", o.labels, err)
			}
			return a.withBroker(cmd.Context(), b, func(ctx context.Context, conn *broker.Conn) error {
				return a.judgeTallies(ctx, conn, args, o)
			})
		},
	}
	b.register(cmd)
	f := cmd.Flags()
	f.Uint64Var(&o.seed, "seed", 1, "the order of the messages; the same seed goes on with the same duel")
	f.Uint64Var(&o.messages, "messages", 100_000, "draw from the newest N messages; 0: all")
	f.StringVar(&o.by, "by", "", "who judges (default: the user's name)")
	f.StringVar(&o.labels, "labels", "", "at the end write the judged messages, masked, with the right tags to this file, as dict eval reads it")
	f.BoolVar(&o.json, "json", false, "print the result as JSON")
	return cmd
}

// duel is a duel that is being judged.
type duel struct {
	a    *app
	conn *broker.Conn
	by   string
	pair [2]pipeline.TallyInfo
	ids  [2]string

	stream  string // as labels have it
	decoder *pipeline.Decoder
	draws   []workbench.Disagreement // in the order in which they are drawn
	duel    label.Duel               // of every judgement, but for its answer and draw
	said    []label.Judgement        // of everybody, about these two
}

func (a *app) judgeTallies(ctx context.Context, conn *broker.Conn, args []string, o judgeOptions) error {
	d, err := a.newDuel(ctx, conn, args, o)
	if err != nil {
		return err
	}
	if len(d.draws) == 0 {
		a.notef("both tag messages %s to %s alike: there is nothing to judge", textfmt.Count(d.duel.From), textfmt.Count(d.duel.To))
	}
	if err := d.ask(ctx, bufio.NewReader(a.stdin)); err != nil {
		return err
	}
	if o.labels != "" {
		if err := d.writeLabels(ctx, o.labels); err != nil {
			return err
		}
	}
	r := d.result()
	return a.report(judged{Seed: o.seed, A: d.ids[0], B: d.ids[1], DuelResult: r}, "", func(w io.Writer) error {
		a.writeDuel(w, r)
		return nil
	}, o.json)
}

// judged is the JSON of minyi tally judge.
type judged struct {
	A    string `json:"a"`
	B    string `json:"b"`
	Seed uint64 `json:"seed"`
	compare.DuelResult
}

// newDuel finds the messages to be judged: those of an earlier session with this seed, or
// the newest ones.
func (a *app) newDuel(ctx context.Context, conn *broker.Conn, args []string, o judgeOptions) (*duel, error) {
	d := &duel{a: a, conn: conn, by: o.by}
	var err error
	if d.ids[0], d.ids[1], err = tallyIDs(ctx, conn, args); err != nil {
		return nil, err
	}
	var pair compare.Pair
	for i, side := range []*compare.Side{&pair.A, &pair.B} {
		if d.pair[i], err = conn.Counts().TallyInfo(ctx, d.ids[i]); err != nil {
			return nil, err
		}
		side.Tally, side.Dict, side.Info = d.ids[i], d.pair[i].Spec.Dict, d.pair[i]
	}
	spec := d.pair[0].Spec
	if c := compare.Specs(spec, d.pair[1].Spec); c.Verdict != compare.Pass {
		return nil, checkError("%s", c.Detail)
	}
	if d.decoder, err = pipeline.NewSpecDecoder(spec); err != nil {
		return nil, err
	}
	d.stream = label.StreamOf(spec)
	if err := d.read(ctx, o.seed); err != nil {
		return nil, err
	}
	if d.duel.To == 0 {
		if err := d.choose(ctx, o); err != nil {
			return nil, err
		}
	}
	both, err := a.classifiersOf(ctx, conn, pair)
	if err != nil {
		return nil, err
	}
	r := pipeline.Range{From: d.duel.From, To: d.duel.To}
	if terminal(a.stderr) {
		a.notef("tagging %s messages by both dictionaries", textfmt.Count(r.Len()))
	}
	d.draws, _, err = workbench.Disagreements(ctx, both[0], both[1], a.streamCorpus(ctx, conn, spec, r))
	if err != nil {
		return nil, measureError(ctx, err)
	}
	slices.SortFunc(d.draws, func(x, y workbench.Disagreement) int {
		return cmp.Compare(mix(o.seed, seqOf(x)), mix(o.seed, seqOf(y)))
	})
	switch {
	case d.duel.Population == 0:
		d.duel.Population = len(d.draws)
	case d.duel.Population != len(d.draws):
		return nil, checkError("some messages of this duel are not in the stream any more, so it cannot go on; what was judged counts. Begin another one with another --seed")
	}
	return d, nil
}

// read reads what was said of the two. If a duel with this seed was begun, it goes on
// with the messages of that one, whichever came since.
func (d *duel) read(ctx context.Context, seed uint64) error {
	d.duel = label.Duel{A: d.ids[0], B: d.ids[1], Seed: seed}
	return d.conn.Labels().Each(ctx, d.stream, func(j label.Judgement) error {
		x := j.Duel
		switch {
		case x == nil:
			return nil
		case x.A == d.ids[0] && x.B == d.ids[1], x.A == d.ids[1] && x.B == d.ids[0]:
			d.said = append(d.said, j)
			if x.Seed == seed {
				d.duel = *x
			}
		}
		return nil
	})
}

// choose sets the messages that a new duel draws from.
func (d *duel) choose(ctx context.Context, o judgeOptions) error {
	frontier := ^uint64(0)
	for _, id := range d.ids {
		cp, _, err := d.conn.Counts().Checkpoint(ctx, id)
		if err != nil {
			return err
		}
		frontier = min(frontier, cp.Frontier)
	}
	r, err := newest(ctx, d.conn, frontier, o.messages)
	if err != nil {
		return err
	}
	d.duel.From, d.duel.To = r.From, r.To
	return nil
}

// seqOf is the sequence of a message of the stream.
func seqOf(d workbench.Disagreement) uint64 {
	seq, err := strconv.ParseUint(d.ID, 10, 64)
	if err != nil {
		panic("the id of a message of the stream is its sequence: " + d.ID)
	}
	return seq
}

// mix makes a number of two that looks random: the finalizer of SplitMix64 (Steele, Lea
// and Flood, Fast Splittable Pseudorandom Number Generators, OOPSLA 2014).
func mix(seed, n uint64) uint64 {
	z := n + (seed+1)*0x9e3779b97f4a7c15
	z = (z ^ z>>30) * 0xbf58476d1ce4e5b9
	z = (z ^ z>>27) * 0x94d049bb133111eb
	return z ^ z>>31
}

// result is what all judgements say about the two, B being the second that was named.
func (d *duel) result() compare.DuelResult {
	return compare.JudgeDuel(compare.Runs(d.said, d.ids[0], d.ids[1])...)
}

// keep stores an answer about a draw, counted from 0.
func (d *duel) keep(ctx context.Context, draw int, won label.Won) error {
	x := d.draws[draw]
	j := label.Judgement{Stream: d.stream, Seq: seqOf(x), By: d.by, At: time.Now().UTC(), Origin: label.OfDuel}
	of := d.duel
	of.A, of.B, of.Won, of.Draw = d.ids[0], d.ids[1], won, draw+1
	j.Duel = &of
	switch won {
	case label.WonA:
		j.Themes = x.A
	case label.WonB:
		j.Themes = x.B
	}
	if err := d.conn.Labels().Add(ctx, j); err != nil {
		return err
	}
	d.said = append(d.said, j)
	return nil
}

// text returns what a message says, masked. The error wraps [pipeline.ErrGone] if the
// stream does not hold it any more.
func (d *duel) text(ctx context.Context, seq uint64) (string, error) {
	m, err := d.conn.Message(ctx, d.pair[0].Spec.Stream, seq)
	if err != nil {
		return "", err
	}
	var s pipeline.Suggestion
	if reason := d.decoder.Decode(m, &s); reason != "" {
		return "", phrase.Errorf("%w: message %d of %s is another one now", pipeline.ErrGone, seq, d.pair[0].Spec.Stream)
	}
	return workbench.Mask(string(s.Text)), nil
}

// writeLabels writes the messages of which somebody said which tags are right, as a
// corpus with sub-themes. Of several people's words the newest counts.
func (d *duel) writeLabels(ctx context.Context, path string) error {
	newest := map[uint64]label.Judgement{}
	for _, j := range d.said {
		if old, ok := newest[j.Seq]; !ok || j.At.After(old.At) {
			newest[j.Seq] = j
		}
	}
	seqs := make([]uint64, 0, len(newest))
	for seq, j := range newest {
		if j.Themes != nil {
			seqs = append(seqs, seq)
		}
	}
	slices.Sort(seqs)
	gone := 0
	err := writeFile(path, func(w io.Writer) error {
		for _, seq := range seqs {
			text, err := d.text(ctx, seq)
			if errors.Is(err, pipeline.ErrGone) {
				gone++
				continue
			}
			if err != nil {
				return err
			}
			if err := writeLabelled(w, seq, newest[seq].By, text, newest[seq].Themes); err != nil {
				return err
			}
		}
		return nil
	})
	if err == nil {
		d.a.notef("%s: %d labelled messages, %d are not in the stream any more", path, len(seqs)-gone, gone)
	}
	return err
}
