package compare

import (
	"fmt"
	"math"

	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/internal/textfmt"
)

// Run is a sequence of judgements of messages on which two dictionaries disagree. The
// messages were drawn without replacement, in random order, from a population of a
// known size; who judged did not know whose tags are whose.
type Run struct {
	Population int
	// Scores are in the order of the draws: 1 where the tags of B are right, 0 where
	// those of A are, 0.5 where neither side wins. Of several people it is their mean.
	Scores []float64
}

// duelLevel bounds the chance that a worse dictionary wins a duel, whenever it is ended.
const duelLevel = 0.05

// DuelResult is what judgements say so far. Its JSON shape is stable.
type DuelResult struct {
	Verdict    Verdict `json:"verdict"` // of the candidate B
	Judged     int     `json:"judged"`
	Population int     `json:"population"` // messages of the last run on which they disagree
	ForA       int     `json:"a_right"`
	ForB       int     `json:"b_right"`
	Neither    int     `json:"neither"`
	// CapitalA and CapitalB are the evidence that A, or B, is right more often: the
	// chance of so much or more is at most one in so many. 20 decides. At most 1e9.
	CapitalA float64 `json:"evidence_a"`
	CapitalB float64 `json:"evidence_b"`
	// Lower and Upper bound the share of the disagreements, of the last run, that B wins
	// (a tie is half a win), each at 95 % and at every look.
	Lower float64 `json:"b_share_lower"`
	Upper float64 `json:"b_share_upper"`
}

// Decided reports whether more judgements would change nothing.
func (r DuelResult) Decided() bool { return r.Verdict != Inconclusive }

// JudgeDuel weighs the judgements of two dictionaries, run after run. B passes when it
// is shown to be right more often than A, by a [Bet] against it that anybody may look
// at and end at any time; it fails when A is. It passes, too, when all of a population
// was judged and both won equally often.
//
// A second run, by another seed, goes on with the capital of the first: a product of
// capitals is a capital. So nobody wins a lost duel by beginning it again. (Grünwald, de
// Heide and Koolen, Safe Testing, JRSS B 86(5), 2024, on optional continuation.)
func JudgeDuel(runs ...Run) DuelResult {
	out := DuelResult{Verdict: Inconclusive, Upper: 1}
	baseA, baseB := 1.0, 1.0 // of the runs before
	for _, run := range runs {
		out.Population = run.Population
		forA, forB := NewBet(run.Population, 0.5), NewBet(run.Population, 0.5)
		sum := 0.0
		for i, x := range run.Scores {
			out.count(x)
			sum += x
			forA.See(1 - x)
			forB.See(x)
			if out.Decided() {
				continue
			}
			out.CapitalA, out.CapitalB = finite(baseA*forA.Capital()), finite(baseB*forB.Capital())
			switch {
			case out.CapitalB >= 1/duelLevel:
				out.Verdict = Pass
			case out.CapitalA >= 1/duelLevel:
				out.Verdict = Fail
			case i+1 == run.Population && math.Abs(sum-0.5*float64(run.Population)) < 1e-9:
				out.Verdict = Pass
			}
		}
		baseA, baseB = out.CapitalA, out.CapitalB
		if len(run.Scores) == 0 {
			continue
		}
		against := make([]float64, len(run.Scores))
		for i, x := range run.Scores {
			against[i] = 1 - x
		}
		out.Lower = lowerMean(run.Population, run.Scores, duelLevel)
		out.Upper = 1 - lowerMean(run.Population, against, duelLevel)
	}
	return out
}

func (r *DuelResult) count(x float64) {
	r.Judged++
	switch {
	case x > 0.5:
		r.ForB++
	case x < 0.5:
		r.ForA++
	default:
		r.Neither++
	}
}

// finite keeps a capital within what JSON can say.
func finite(x float64) float64 { return min(x, 1e9) }

// Duel is the guard of the judgements. Call it only where there are some, or where they
// were asked for.
func Duel(r DuelResult) Check {
	if r.Judged == 0 {
		return Check{CheckDuel, Fail, phrase.Textf("nobody has judged: minyi tally judge")}
	}
	says := phrase.Textf("of %s judged of %s on which they differ: %s for the candidate, %s for the current one, %s for neither; the candidate wins %s to %s of them (95%%, at any time; betting, Waudby-Smith and Ramdas 2024)",
		textfmt.Count(r.Judged), textfmt.Count(r.Population), textfmt.Count(r.ForB), textfmt.Count(r.ForA), textfmt.Count(r.Neither), percent(r.Lower), percent(r.Upper))
	if r.Verdict == Inconclusive {
		says = phrase.Textf("%s; not decided: judge more", says)
	}
	return Check{CheckDuel, r.Verdict, says}
}

func percent(x float64) string { return fmt.Sprintf("%.1f%%", 100*x) }
