package dict

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/minyi/minyi/dict/phrase"
)

// The IDs of the rules of Lint.
const (
	ruleVariant        = "variant-covered"
	ruleShared         = "shared-keyword"
	ruleScattered      = "scattered-keyword"
	ruleContained      = "contained-keyword"
	ruleLighter        = "lighter-keyword"
	ruleContainedOther = "contained-elsewhere"
	ruleUnlessUnused   = "unless-never-applies"
	ruleNeverCounts    = "keyword-never-counts"
	ruleThreshold      = "threshold-unreached"
	ruleNeverTagged    = "subtheme-never-tagged"
	ruleHomograph      = "homograph"
	ruleSpelling       = "unlikely-spelling"
	mostNamed          = 5 // how many words a message names
)

// LintRules returns the rules of Lint, with summaries in the language in. The caller
// may change the slice.
func LintRules(in phrase.Language) []Rule {
	return []Rule{
		{ruleVariant, SeverityError, in.Say("A keyword that another one of its sub-theme covers: traditional, full-width or capital letters of the same word")},
		{ruleShared, SeverityWarning, in.Say("A keyword that alone tags a text with several sub-themes, with equal weight")},
		{ruleScattered, SeverityWarning, in.Say("A keyword of three sub-themes or more that tags a text by itself with none")},
		{ruleContained, SeverityWarning, in.Say("A keyword that stands in a longer one of its sub-theme with the same weight")},
		{ruleLighter, SeverityWarning, in.Say("A keyword that weighs less than one of its sub-theme that stands in it")},
		{ruleContainedOther, SeverityWarning, in.Say("A keyword that stands in a longer one of another sub-theme")},
		{ruleUnlessUnused, SeverityWarning, in.Say("A word of unless that never applies")},
		{ruleNeverCounts, SeverityError, in.Say("A keyword that its own unless refuses everywhere")},
		{ruleThreshold, SeverityWarning, in.Say("A threshold that no single keyword reaches")},
		{ruleNeverTagged, SeverityWarning, in.Say("A sub-theme that no text can be tagged with")},
		{ruleHomograph, SeverityWarning, in.Say("A keyword of several meanings that alone tags a text")},
		{ruleSpelling, SeverityWarning, in.Say("A keyword that texts hardly have as it is written: a list, a wildcard, a key, brackets, closing punctuation, radicals")},
	}
}

// Lint looks for parts of a dictionary that are probably not intended. Findings are
// sorted, and their texts are in the language in; ids of rules and severities are
// the same in every language.
//
// normalise returns a word as matching compares it (classifier.Normalize): two words
// with the same result are the same word. matches reports whether a word matches in
// a longer word, both normalised: segmentation may cut through the shorter one, as
// through 师资 in 教师资格证. If matches is nil, a word matches wherever it occurs.
//
// What keywords do in texts is checked by classifier/workbench.
func Lint(d *Dictionary, in phrase.Language, normalise func(string) string, matches func(word, text string) bool) []Finding {
	l := newLinter(d, normalise)
	l.in = in
	if matches != nil {
		l.matches = matches
	}
	for _, s := range l.subs {
		l.variants(s)
		l.unless(s)
		l.threshold(s)
		l.contained(s)
		l.homographs(s)
		l.spellings(s)
	}
	l.shared()
	l.scattered()
	l.containedElsewhere()
	SortFindings(l.findings)
	return l.findings
}

// linter holds the words of a dictionary in normal form.
type linter struct {
	in          phrase.Language
	normalise   func(string) string
	matches     func(word, text string) bool
	subs        []*lintSub
	plain       map[string][]*lintKeyword // all plain keywords, by normal form
	lengths     []int                     // of the normal forms in plain, in bytes, ascending
	homographOf map[string]homograph      // by normal form
	findings    []Finding
}

type lintSub struct {
	*SubTheme
	relative int64 // its theme's RelativeThreshold, in millionths
	keywords []*lintKeyword
	plain    map[string]*lintKeyword // by normal form; of several variants it has the first
}

type lintKeyword struct {
	*Keyword
	sub    *lintSub
	word   string   // normal form of a plain keyword, else empty
	all    []string // normal forms of a rule's words, sorted
	unless []string // normal forms
}

func newLinter(d *Dictionary, normalise func(string) string) *linter {
	l := &linter{normalise: normalise, matches: func(string, string) bool { return true }, plain: map[string][]*lintKeyword{}, homographOf: map[string]homograph{}}
	for _, h := range homographs() {
		l.homographOf[normalise(h.word)] = h
	}
	for i := range d.Themes {
		for j := range d.Themes[i].SubThemes {
			s := &lintSub{
				SubTheme: &d.Themes[i].SubThemes[j], relative: millionths(d.Themes[i].RelativeThreshold),
				plain: map[string]*lintKeyword{},
			}
			l.subs = append(l.subs, s)
			for n := range s.Keywords {
				l.keyword(s, &s.Keywords[n])
			}
		}
	}
	seen := map[int]bool{}
	for w := range l.plain {
		if !seen[len(w)] {
			seen[len(w)] = true
			l.lengths = append(l.lengths, len(w))
		}
	}
	slices.Sort(l.lengths)
	return l
}

func (l *linter) keyword(s *lintSub, k *Keyword) {
	lk := &lintKeyword{Keyword: k, sub: s}
	for _, w := range k.Unless {
		lk.unless = append(lk.unless, l.normalise(w))
	}
	for _, w := range k.All {
		lk.all = append(lk.all, l.normalise(w))
	}
	slices.Sort(lk.all)
	s.keywords = append(s.keywords, lk)
	if len(k.All) == 0 {
		lk.word = l.normalise(k.Word)
		l.plain[lk.word] = append(l.plain[lk.word], lk)
		if s.plain[lk.word] == nil {
			s.plain[lk.word] = lk
		}
	}
}

func (l *linter) find(at Position, rule, message, why, fix string) {
	severity := SeverityWarning
	for _, r := range LintRules(l.in) {
		if r.ID == rule {
			severity = r.Severity
		}
	}
	l.findings = append(l.findings, Finding{at, rule, severity, message, why, fix})
}

// text returns a keyword as it is shown to people.
func (k *Keyword) text() string {
	if len(k.All) > 0 {
		return strings.Join(k.All, "+")
	}
	return k.Word
}

// alone reports whether a keyword is enough to tag a text by itself.
func (k *lintKeyword) alone() bool { return k.Weight >= k.sub.Threshold }

// besides reports whether a keyword tags a text that contains only b, a keyword of
// another sub-theme, besides it: whether it reaches its relative threshold of b's
// score.
func (k *lintKeyword) besides(b *lintKeyword) bool {
	return !b.alone() || millionths(k.Weight)*1e6 >= k.sub.relative*millionths(b.Weight)
}

// named lists words for a message, at most mostNamed of them.
func (l *linter) named(words []string) string {
	if len(words) > mostNamed {
		return l.in.Say("%s and %d more", strings.Join(words[:mostNamed], l.in.Say(", ")), len(words)-mostNamed)
	}
	return strings.Join(words, l.in.Say(", "))
}

// where returns the place of a keyword, for a message about another keyword.
func (l *linter) where(k *lintKeyword) string {
	if k.Pos.Line == 0 && k.Pos.File == "" {
		return k.sub.ID
	}
	return l.in.Say("%s at %s", k.sub.ID, k.Pos)
}

// Words match in words, as in texts, as whole units only: see package classifier. A
// run of letters and digits of at most two bytes each is one unit.

func inRun(r rune) bool {
	return r < 0x800 && (unicode.IsLetter(r) || unicode.IsNumber(r))
}

// unitBorder reports whether byte offset i of a normal form is a border between
// units.
func unitBorder(s string, i int) bool {
	if i == 0 || i == len(s) {
		return true
	}
	before, _ := utf8.DecodeLastRuneInString(s[:i])
	after, _ := utf8.DecodeRuneInString(s[i:])
	return !inRun(before) || !inRun(after)
}

// standsIn reports whether word occurs in other as a run of whole units.
func standsIn(word, other string) bool {
	if word == "" {
		return false
	}
	for from := 0; ; {
		i := strings.Index(other[from:], word)
		if i < 0 {
			return false
		}
		i += from
		if unitBorder(other, i) && unitBorder(other, i+len(word)) {
			return true
		}
		_, size := utf8.DecodeRuneInString(other[i:])
		from = i + size
	}
}
