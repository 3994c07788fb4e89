package workbench

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/minyi/minyi/classifier"
	"github.com/minyi/minyi/dict"
	"github.com/minyi/minyi/dict/phrase"
)

// The IDs of the rules that need segmentation or texts.
const (
	ruleStraddled  = "straddled-keyword"
	ruleInside     = "inside-only-keyword"
	ruleHidden     = "hidden-keyword"
	ruleDead       = "dead-keyword"
	ruleDominating = "dominating-keyword"
)

// LintRules returns the rules of Lint, including those of dict.Lint, with their
// summaries in the language in. The caller may change the slice.
func LintRules(in phrase.Language) []dict.Rule {
	return append(dict.LintRules(in),
		dict.Rule{ID: ruleStraddled, Severity: dict.SeverityWarning, Summary: in.Say("A keyword that segmentation cuts through, wherever it stands or mostly")},
		dict.Rule{ID: ruleInside, Severity: dict.SeverityWarning, Summary: in.Say("A keyword with match: whole that only stands inside longer words")},
		dict.Rule{ID: ruleHidden, Severity: dict.SeverityWarning, Summary: in.Say("A keyword that stands in texts and is never counted, because of longer ones or of unless")},
		dict.Rule{ID: ruleDead, Severity: dict.SeverityWarning, Summary: in.Say("A keyword that stands in none of the texts")},
		dict.Rule{ID: ruleDominating, Severity: dict.SeverityWarning, Summary: in.Say("A keyword on which alone most texts of its sub-theme depend")},
	)
}

// Lint returns the findings of dict.Lint, and those that need texts: keywords that
// occur in texts but never match, because segmentation cuts through them. With a
// corpus it also finds keywords that are cut at most of their occurrences, that occur
// in no text, that other keywords hide, and that outweigh all others. If corpus is nil, the texts are the dictionary's own
// examples. Findings are sorted, in the language in, and contain no text of
// messages but the dictionary words that cut a keyword.
//
// A dictionary that the classifier refuses because of errors is checked by dict.Lint
// only. The error is that of the corpus, of ctx, or of building the classifier with
// o.
func Lint(
	ctx context.Context, d *dict.Dictionary, in phrase.Language, corpus *Corpus, o classifier.Options,
) ([]dict.Finding, error) {
	c, err := classifier.New(d, o)
	var faults dict.Errors
	if errors.As(err, &faults) {
		if findings := dict.Lint(d, in, classifier.Normalize, nil); dict.HasErrors(findings) {
			return findings, nil
		}
	}
	if err != nil {
		return nil, err
	}
	p, err := newLintProbe(c)
	if err != nil {
		return nil, err
	}
	l := &linter{d: d, in: in, probe: p, findings: dict.Lint(d, in, classifier.Normalize, p.matches())}
	if corpus == nil {
		l.examples(c)
	} else {
		counts, err := countForLint(ctx, c, p, *corpus)
		if err != nil {
			return nil, err
		}
		l.counts = counts
		l.corpus()
	}
	dict.SortFindings(l.findings)
	return l.findings, nil
}

type linter struct {
	d        *dict.Dictionary
	in       phrase.Language
	probe    *lintProbe
	counts   *lintCounts
	findings []dict.Finding
}

func (l *linter) find(at dict.Position, rule string, severity dict.Severity, message, why, fix string) {
	l.findings = append(l.findings, dict.Finding{
		Position: at, Rule: rule, Severity: severity, Message: message, Why: why, Fix: fix,
	})
}

// keywords calls yield with every keyword and its place in the dictionary.
func (l *linter) keywords(yield func(at lintAt, s *dict.SubTheme, k *dict.Keyword)) {
	for i := range l.d.Themes {
		for j := range l.d.Themes[i].SubThemes {
			s := &l.d.Themes[i].SubThemes[j]
			for n := range s.Keywords {
				yield(lintAt{i, j, n}, s, &s.Keywords[n])
			}
		}
	}
}

// lintWords returns the words that must be in a text for a keyword to match.
func lintWords(k *dict.Keyword) []string {
	if len(k.All) > 0 {
		return k.All
	}
	return []string{k.Word}
}

func lintText(k *dict.Keyword) string { return strings.Join(lintWords(k), "+") }

// examples finds words that occur in examples more than once, but never match there.
// Once may be a border of words that happens to be there, as in 中国|企业.
func (l *linter) examples(c *classifier.Classifier) {
	w := newLintWorker(c, l.probe)
	for i := range l.d.Themes {
		for j := range l.d.Themes[i].SubThemes {
			for _, e := range l.d.Themes[i].SubThemes[j].Examples {
				w.words(e.Text)
			}
		}
	}
	l.keywords(func(_ lintAt, _ *dict.SubTheme, k *dict.Keyword) {
		for _, word := range lintWords(k) {
			if n := w.n.words[l.probe.index[classifier.Normalize(word)]]; n.stands > 1 && n.whole+n.inside == 0 {
				l.straddled(k, word, n.stands, l.in.Say("%d examples", w.n.texts))
			}
		}
	})
}

// straddled reports a word of a keyword that segmentation cut at each occurrence.
func (l *linter) straddled(k *dict.Keyword, word string, times int, where string) {
	severity := dict.SeverityWarning
	if times >= surely {
		severity = dict.SeverityError
	}
	l.find(k.Pos, ruleStraddled, severity,
		l.in.Say("%s stands %s in %s, and segmentation cuts through it every time%s", word, timesText(l.in, times), where, l.ofRule(k)),
		l.in.Say("a keyword counts where it is one or more whole tokens, or lies within one; where a token ends inside it and its own end is none, it does not"),
		l.in.Say("write the word as people use it, with what belongs to it; token: true makes it a token, which also changes how other text is cut"))
}

// mostlyCut reports a word of a keyword that segmentation cuts at most of its
// occurrences, though not at all of them, and the tokens that cut it: 路灯 is not
// counted in 路|灯不亮. Which texts people write decides how often that happens, so
// nothing can be said of it without a corpus.
func (l *linter) mostlyCut(k *dict.Keyword, word string) {
	n := &l.counts.words[l.probe.index[classifier.Normalize(word)]]
	if all := n.whole + n.inside + n.cut; n.whole+n.inside == 0 || n.cut < cutEnough || float64(n.cut) < mostlyOne*float64(all) {
		return
	}
	tokens := slices.SortedFunc(maps.Keys(n.by), func(a, b string) int { return cmp.Or(cmp.Compare(n.by[b], n.by[a]), cmp.Compare(a, b)) })
	named := make([]string, 0, shownCuts)
	for _, t := range tokens[:min(shownCuts, len(tokens))] {
		named = append(named, l.in.Say("%s (%s)", t, timesText(l.in, n.by[t])))
	}
	l.find(k.Pos, ruleStraddled, dict.SeverityWarning,
		l.in.Say("segmentation cuts %s in %d of the %d places where it stands, by the words %s%s",
			word, n.cut, n.whole+n.inside+n.cut, strings.Join(named, l.in.Say(", ")), l.ofRule(k)),
		l.in.Say("a keyword counts where it is one or more whole tokens, or lies within one; where a token ends inside it and its own end is none, it does not"),
		l.in.Say("where these words mean the same thing, make keywords of them, or of %s with what follows; where they mean another, all is well: explain it", word))
}

// timesText says how often something occurs.
func timesText(in phrase.Language, n int) string {
	if n == 1 {
		return in.Say("once")
	}
	return in.Say("%d times", n)
}

// ofRule names the rule that a word belongs to, or is empty.
func (l *linter) ofRule(k *dict.Keyword) string {
	if len(k.All) == 0 {
		return ""
	}
	return l.in.Say(" (in the rule %s)", lintText(k))
}

const (
	surely    = 3   // occurrences from which a keyword that is always straddled is an error
	enough    = 20  // tagged texts of a sub-theme from which dominance is reported
	mostlyOne = 0.5 // share of those texts that depends on one keyword
	cutEnough = 5   // cut occurrences from which a keyword that is mostly cut is reported
	shownCuts = 3   // tokens that such a finding names
)

// corpus reports what the texts say about each keyword.
func (l *linter) corpus() {
	l.keywords(func(at lintAt, s *dict.SubTheme, k *dict.Keyword) {
		if l.counts.counted[at] == 0 {
			l.uncounted(s, k)
		}
		for _, w := range lintWords(k) {
			l.mostlyCut(k, w)
		}
		tagged := l.counts.tagged[[2]int{at.theme, at.sub}]
		alone := l.counts.alone[at]
		if tagged >= enough && len(s.Keywords) > 1 && float64(alone) >= mostlyOne*float64(tagged) {
			l.find(k.Pos, ruleDominating, dict.SeverityWarning,
				l.in.Say("%d of %d texts of %s (%.0f %%) are tagged by %s alone", alone, tagged, s.ID, math.Floor(100*float64(alone)/float64(tagged)), lintText(k)),
				l.in.Say("if that keyword is wrong anywhere, so is the sub-theme; the others hardly matter"),
				l.in.Say("look at texts with it (dict kwic); make rules of it, give it less weight, or split the sub-theme"))
		}
	})
}

// uncounted reports why a keyword was counted in no text.
func (l *linter) uncounted(s *dict.SubTheme, k *dict.Keyword) {
	for _, w := range lintWords(k) {
		n := l.counts.words[l.probe.index[classifier.Normalize(w)]]
		switch matches := n.whole + n.inside; {
		case n.stands == 0:
			l.find(k.Pos, ruleDead, dict.SeverityWarning, l.in.Say("%s stands in none of %d texts%s", w, l.counts.texts, l.ofRule(k)),
				l.in.Say("it costs attention and does nothing; a misspelling looks the same"),
				l.in.Say("check how people write it; delete it if other texts do not have it either"))
			return
		case matches == 0:
			l.straddled(k, w, n.stands, l.in.Say("%d texts", l.counts.texts))
			return
		case k.Whole && n.whole == 0:
			l.find(k.Pos, ruleInside, dict.SeverityWarning,
				l.in.Say("%s has match: whole and stands only inside longer words, %s in %d texts", w, timesText(l.in, n.inside), l.counts.texts),
				l.in.Say("match: whole refuses it there"), l.in.Say("delete match: whole and write the wrong longer words into unless, or delete the keyword"))
			return
		}
	}
	if len(k.All) > 0 {
		l.find(k.Pos, ruleDead, dict.SeverityWarning,
			l.in.Say("the words of the rule %s stand in texts, but in none of %d within %d characters of each other", lintText(k), l.counts.texts, k.Within),
			l.in.Say("it costs attention and does nothing; a misspelling looks the same"), l.in.Say("widen within, or delete the rule"))
		return
	}
	l.find(k.Pos, ruleHidden, dict.SeverityWarning,
		l.in.Say("%s is counted in none of %d texts although it stands in them", k.Word, l.counts.texts),
		l.in.Say("wherever it stands, a longer keyword of %s or a word of its unless covers it", s.ID),
		l.in.Say("delete it, or what covers it"))
}
