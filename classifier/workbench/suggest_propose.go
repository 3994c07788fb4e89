package workbench

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"sync"

	"github.com/minyi/minyi/classifier"
	"github.com/minyi/minyi/dict"
)

// proposal is a keyword that may be suggested for a sub-theme.
type proposal struct {
	candidate
	sub    int
	inside float64 // what the sub-theme's keywords within the word score, which it hides
	rows   []entry // where it stands: by tokens first, then by the classifier itself
	net    int     // estimated gains less breaks
}

// steps are the weights that are tried, as multiples of suggestedWeight. Where
// thresholds rise with the length, 1 is not enough in a long text.
var steps = [...]float64{1, 2, 3}

// tally counts what a proposal of one weight changes, by fold.
type tally struct {
	with, rows    [suggestFolds]int // messages of the class with the word; all with it
	gains, breaks [suggestFolds]int
}

// without sums a count over all folds but one; -1: over all.
func without(n [suggestFolds]int, fold int) (sum int) {
	for f, x := range n {
		if f != fold {
			sum += x
		}
	}
	return sum
}

// measure counts what a proposal changes with a weight.
func (s *suggester) measure(p *proposal, weight float64) *tally {
	t := &tally{}
	class := s.classOf[p.sub]
	for _, e := range p.rows {
		r, f := &s.rows[e.row], s.fold[e.row]
		t.rows[f]++
		if slices.Contains(r.is, class) {
			t.with[f]++
		}
		before, after, _ := s.effect(r, p.sub, (weight-p.inside)*float64(e.x))
		switch {
		case !before && after:
			t.gains[f]++
		case before && !after:
			t.breaks[f]++
		}
	}
	return t
}

// marks reports whether the messages of all folds but one say that a word marks a
// class:
//   - it is at least twice as frequent in messages of the class, which is significant
//     (G2); without this some of the thousands of words would gain by chance;
//   - most messages with it are of the class. A word that is in many untagged messages,
//     whatever they are about, gains recall where a dictionary lacks words, and is no
//     sign of anything;
//   - it gains more than it breaks.
func (s *suggester) marks(t *tally, size *[suggestFolds][2]int, fold int) bool {
	var of, all int
	for f := range size {
		if f != fold {
			of, all = of+size[f][0], all+size[f][1]
		}
	}
	with, rows := without(t.with, fold), without(t.rows, fold)
	a, b, c, d := with, rows-with, of, all-of
	sure := s.sure()
	if fold != noFold { // G2 grows with the number of messages
		sure *= float64(suggestFolds-1) / suggestFolds
	}
	return 2*a >= rows && LogRatio(a, b, c, d) >= 1 && G2(a, b, c, d) >= sure &&
		without(t.gains, fold) > without(t.breaks, fold)
}

// sure returns the G2 that an association needs: significant at 0.01 %, or at 1 % in
// a corpus so small that hardly any word would reach that.
func (s *suggester) sure() float64 {
	if len(s.rows) < 1000 {
		return 6.63
	}
	return minAssociation
}

// sizes counts, by fold, the messages of a class and all messages.
func (s *suggester) sizes(class int) (size [suggestFolds][2]int) {
	for i := range s.rows {
		size[s.fold[i]][1]++
		if slices.Contains(s.rows[i].is, class) {
			size[s.fold[i]][0]++
		}
	}
	return size
}

// proposals returns, for each sub-theme, the candidates with the highest estimated
// gain. The estimate takes a word to be found wherever it is a token or part of one.
func (s *suggester) proposals(ctx context.Context, candidates []candidateColumn) ([]*proposal, error) {
	found := make([][]*proposal, len(s.names))
	var mu sync.Mutex
	done := 0
	inParallel(len(s.names), func() func(int) {
		return func(sub int) {
			if s.classOf[sub] >= 0 && (s.SubTheme == "" || s.names[sub].ID == s.SubTheme) && ctx.Err() == nil {
				found[sub] = s.proposalsFor(sub, candidates)
			}
			mu.Lock()
			defer mu.Unlock()
			done++
			s.Progress.report(done, len(s.names))
		}
	})
	return slices.Concat(found...), ctx.Err()
}

func (s *suggester) proposalsFor(sub int, candidates []candidateColumn) []*proposal {
	class := s.classOf[sub]
	is := make([]bool, len(s.rows))
	for i := range s.rows {
		is[i] = slices.Contains(s.rows[i].is, class)
	}
	size := s.sizes(class)
	known := knownWords(&dict.Dictionary{Themes: []dict.Theme{{SubThemes: []dict.SubTheme{s.names[sub]}}}})
	var found []*proposal
	for i := range candidates {
		c := &candidates[i]
		with := 0
		for _, e := range c.entries {
			if is[e.row] {
				with++
			}
		}
		if 2*with < len(c.entries) || known[c.word] || s.SubTheme == "" && !s.isNearest(sub, c.entries) {
			continue
		}
		p := &proposal{candidate: c.candidate, sub: sub, rows: c.entries}
		t := s.measure(p, suggestedWeight(&s.names[sub]))
		if s.marks(t, &size, noFold) {
			p.net = without(t.gains, noFold) - without(t.breaks, noFold)
			found = append(found, p)
		}
	}
	slices.SortStableFunc(found, func(a, b *proposal) int { return cmp.Compare(b.net, a.net) })
	return found[:min(len(found), 4*s.Limit)]
}

// isNearest reports whether, of the sub-themes that stand for one label, this one
// scores most in messages with a word: then the word is proposed for it only.
func (s *suggester) isNearest(sub int, rows []entry) bool {
	score := func(of int) (sum float64) {
		for _, e := range rows {
			sum += s.rows[e.row].scores[of]
		}
		return sum
	}
	own := -1.0
	for other, class := range s.classOf {
		if other == sub || class != s.classOf[sub] {
			continue
		}
		if own < 0 {
			own = score(sub)
		}
		if x := score(other); x > own || x == own && other < sub {
			return false
		}
	}
	return true
}

// noFold leaves out no fold.
const noFold = -1

// find sets where the classifier finds the proposals, and what of the dictionary they
// would hide.
func (s *suggester) find(scorer *classifier.Classifier, proposals []*proposal) error {
	if len(proposals) == 0 {
		return nil
	}
	// A match that counts twice here is one in the title, where it counts as often as the
	// theme of the sub-theme says.
	probe := dict.Theme{ID: "probe", TitleWeight: 2}
	var r classifier.Result
	for i, p := range proposals {
		p.rows = nil
		scorer.Classify(&r, []byte(p.word))
		for _, tag := range r.Tags {
			if s.subAt[tag.Theme][tag.SubTheme] == p.sub {
				p.inside = tag.Score.Float64()
			}
		}
		probe.SubThemes = append(probe.SubThemes, dict.SubTheme{
			ID: fmt.Sprintf("probe/w%d", i), Threshold: anyMatch,
			Keywords: []dict.Keyword{{Word: p.word, Whole: p.whole, Weight: 1}},
		})
	}
	c, err := classifierOf([]dict.Theme{probe}, sharing(s.c))
	if err != nil {
		return err
	}
	for i := range s.rows {
		c.Classify(&r, []byte(s.rows[i].text))
		for _, tag := range r.Tags {
			p := proposals[tag.SubTheme]
			n := 0
			for _, m := range tag.Matches {
				if n++; m.Times > 1 {
					n += s.subs[p.sub].title - 1
				}
			}
			p.rows = append(p.rows, entry{int32(i), float32(damped(n))})
		}
	}
	return nil
}

// best returns the suggestions for one sub-theme. A suggestion's figures are of messages
// that were left out: those of each fold count only if the messages of the others say
// that the word marks the class, with the weight that gains most there. The next one is
// that which gains most in messages that those before it leave.
func (s *suggester) best(proposals []*proposal) []Suggestion {
	var out []Suggestion
	var found []suggested
	for _, p := range proposals {
		if x, ok := s.verify(p); ok {
			found = append(found, x)
		}
	}
	taken := map[int32]bool{}
	for len(found) > 0 && len(out) < s.Limit {
		at, most := -1, 0
		for i := range found {
			net := -found[i].Breaks
			for _, row := range found[i].gained {
				if !taken[row] {
					net++
				}
			}
			if net > most {
				at, most = i, net
			}
		}
		if at < 0 {
			break
		}
		for _, row := range found[at].gained {
			taken[row] = true
		}
		out = append(out, found[at].Suggestion)
		found = slices.Delete(found, at, at+1)
	}
	return out
}

// suggested is a suggestion with the rows that it gains.
type suggested struct {
	Suggestion
	gained []int32
}

// leastNet is how many more messages a suggestion gains than it breaks, at least: one
// may be chance.
const leastNet = 2

// verify measures a proposal on messages that are left out. ok is false if it does not
// mark its class in most folds, or gains nothing.
func (s *suggester) verify(p *proposal) (out suggested, ok bool) {
	class := s.classOf[p.sub]
	size := s.sizes(class)
	var tallies [len(steps)]*tally
	for i, step := range steps {
		tallies[i] = s.measure(p, step*suggestedWeight(&s.names[p.sub]))
	}
	// choose returns the weight that the messages of all folds but one ask for.
	choose := func(fold int) (at int) {
		at, most := -1, 0
		for i, t := range tallies {
			if net := without(t.gains, fold) - without(t.breaks, fold); net > most && s.marks(t, &size, fold) {
				at, most = i, net
			}
		}
		return at
	}
	final, marked := choose(noFold), 0
	if final < 0 {
		return out, false
	}
	weight := func(at int) float64 { return min(1000, steps[at]*suggestedWeight(&s.names[p.sub])) }
	var chosen [suggestFolds]int
	for f := range chosen {
		if chosen[f] = choose(f); chosen[f] >= 0 {
			marked++
		}
	}
	out.Suggestion = Suggestion{SubTheme: s.names[p.sub].ID, Keyword: p.word, Whole: p.whole, Weight: weight(final), Messages: len(p.rows)}
	counts := slices.Clone(s.counts)
	for _, e := range p.rows {
		at := chosen[s.fold[e.row]]
		if at < 0 {
			continue
		}
		r := &s.rows[e.row]
		before, after, given := s.effect(r, p.sub, (weight(at)-p.inside)*float64(e.x))
		s.count(counts, r, r.given, -1)
		s.count(counts, r, given, 1)
		switch {
		case !before && after:
			out.Gains++
			out.gained = append(out.gained, e.row)
			out.Gained = s.show(out.Gained, r, p.word)
		case before && !after:
			out.Breaks++
			out.Broken = s.show(out.Broken, r, p.word)
		}
	}
	out.F1Now, out.F1, out.MacroF1 = s.counts[class].F1(), counts[class].F1(), macroF1(counts)
	return out, 2*marked > suggestFolds && out.Gains-out.Breaks >= leastNet
}
