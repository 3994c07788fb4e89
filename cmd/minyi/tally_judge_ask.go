package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/minyi/minyi/classifier/workbench"
	"github.com/minyi/minyi/internal/textfmt"
	"github.com/minyi/minyi/pipeline"
	"github.com/minyi/minyi/pipeline/compare"
	"github.com/minyi/minyi/pipeline/label"
)

// ask shows one message after the other and keeps the answers, until one side has won,
// the person or the input ends, or all are judged. Questions go to standard error, so
// that the result on standard output can be read by a program.
func (d *duel) ask(ctx context.Context, from *bufio.Reader) error {
	mine := map[int]bool{}
	for _, j := range d.said {
		if j.By == d.by && j.Duel.Seed == d.duel.Seed {
			mine[j.Duel.Draw-1] = true
		}
	}
	draw := 0
	for mine[draw] {
		draw++
	}
	again := false // whoever goes back may answer once more, although one side has won
	for draw < len(d.draws) && ctx.Err() == nil {
		if !again && d.result().Decided() {
			return nil
		}
		won, command, err := d.question(ctx, from, draw)
		switch {
		case err != nil:
			return err
		case command == "q":
			return nil
		case command == "u":
			if again = draw > 0; again {
				draw--
			}
			continue
		}
		if err := d.keep(ctx, draw, won); err != nil {
			return err
		}
		again = false
		draw++
	}
	return ctx.Err()
}

// answers are the keys, by side: 1 and 2 are replaced by whoever stands there.
var answers = map[string]label.Won{"b": label.Both, "n": label.Neither, "?": label.Unknown, "？": label.Unknown}

// question shows a message and reads an answer. A message that is gone answers itself.
func (d *duel) question(ctx context.Context, from *bufio.Reader, draw int) (won label.Won, command string, err error) {
	a, x := d.a, d.draws[draw]
	text, err := d.text(ctx, seqOf(x))
	if errors.Is(err, pipeline.ErrGone) {
		a.notef("message %d is not in the stream any more: taken for one that does not tell", seqOf(x))
		return label.Unknown, "", nil
	}
	if err != nil {
		return "", "", err
	}
	sides := [2]label.Won{label.WonA, label.WonB}
	tags := [2][]string{x.A, x.B}
	if d.turned(x) {
		sides[0], sides[1] = sides[1], sides[0]
		tags[0], tags[1] = tags[1], tags[0]
	}
	r := d.result()
	a.notef("\n%s of %s that differ; evidence %.1f, and 20 decides\n",
		textfmt.Count(draw+1), textfmt.Count(d.duel.Population), max(r.CapitalA, r.CapitalB))
	for _, line := range wrapped(text, textfmt.Columns-2) {
		a.notef("  %s", line)
	}
	a.notef("\n  1  %s\n  2  %s\n", d.names(tags[0]), d.names(tags[1]))
	for {
		fmt.Fprint(a.stderr, a.inLanguage("哪边对？1，2，b 都对，n 都不对，? 看不出，u 回上一条，q 结束：", "which is right? 1, 2, b both, n neither, ? cannot tell, u back, q end: "))
		line, err := from.ReadString('\n')
		if !typed(a.stdin) {
			a.notef("") // nobody's Enter has ended the line
		}
		key := strings.ToLower(strings.TrimSpace(line))
		switch {
		case key == "1":
			return sides[0], "", nil
		case key == "2":
			return sides[1], "", nil
		case key == "q", key == "u":
			return "", key, nil
		case answers[key] != "":
			return answers[key], "", nil
		case errors.Is(err, io.EOF):
			return "", "q", nil
		case err != nil:
			return "", "", err
		}
		a.notef("%q is no answer, and nothing was kept; choose again", key)
	}
}

// turned tells whether the tags of B stand first, which is drawn as the order is.
func (d *duel) turned(x workbench.Disagreement) bool {
	return mix(d.duel.Seed^0x6475656c, seqOf(x))&1 == 1
}

// typed tells whether somebody types what is read.
func typed(r io.Reader) bool { return isTerminal(r) }

// names are tags as people read them.
func (d *duel) names(ids []string) string {
	if len(ids) == 0 {
		return tableWords[d.a.lang].untagged
	}
	pair := compare.Pair{A: compare.Side{Info: d.pair[0]}, B: compare.Side{Info: d.pair[1]}}
	names := make([]string, 0, len(ids))
	for _, id := range ids {
		names = append(names, d.a.nameIn(pair, id))
	}
	return strings.Join(names, d.a.inLanguage("、", ", "))
}

// writeDuel prints what a duel says so far.
func (a *app) writeDuel(w io.Writer, r compare.DuelResult) {
	verdict := map[compare.Verdict]string{
		compare.Pass:         a.inLanguage("B 不比 A 差：通过", "B is shown to be right at least as often as A: pass"),
		compare.Fail:         a.inLanguage("A 更常对：不通过", "A is shown to be right more often than B: fail"),
		compare.Inconclusive: a.inLanguage("尚未分出", "not decided"),
	}[r.Verdict]
	t := textfmt.Table{Columns: []textfmt.Column{{}, {Right: true}}}
	t.Row(a.inLanguage("已评判", "judged"), textfmt.Count(r.Judged))
	t.Row(a.inLanguage("两边不同的留言", "messages on which they differ"), textfmt.Count(r.Population))
	t.Row(a.inLanguage("A 对", "A is right"), textfmt.Count(r.ForA))
	t.Row(a.inLanguage("B 对", "B is right"), textfmt.Count(r.ForB))
	t.Row(a.inLanguage("不分", "neither side"), textfmt.Count(r.Neither))
	t.Row(a.inLanguage("B 胜出的比例（95%）", "share that B wins (95%)"), fmt.Sprintf("%.1f%% – %.1f%%", 100*r.Lower, 100*r.Upper))
	fmt.Fprintf(w, "%s\n%s\n", t.String(), verdict)
}

// writeLabelled writes a line of a labelled corpus.
func writeLabelled(w io.Writer, seq uint64, by, text string, themes []string) error {
	b, err := json.Marshal(struct {
		ID      string   `json:"id"`
		Text    string   `json:"text"`
		Themes  []string `json:"themes"`
		Primary string   `json:"primary,omitempty"`
		By      string   `json:"by"`
	}{strconv.FormatUint(seq, 10), text, themes, strings.Join(themes[:min(len(themes), 1)], ""), by})
	if err == nil {
		_, err = w.Write(append(b, '\n'))
	}
	return err
}
