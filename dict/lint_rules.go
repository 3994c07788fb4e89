package dict

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/minyi/minyi/dict/phrase"
)

// variants finds keywords that are the same word to matching. The classifier refuses
// these, because it would be chance which of them counts.
func (l *linter) variants(s *lintSub) {
	why := l.in.Say("matching makes traditional characters simplified, full-width letters half-width and capitals small; the classifier refuses a sub-theme that has a word twice")
	seen := map[string]*lintKeyword{}
	for _, k := range s.keywords {
		key := k.word
		if len(k.all) > 0 {
			key = fmt.Sprintf("%q %d", k.all, k.Within)
			if w := firstTwice(k.all); w != "" {
				l.find(k.Pos, ruleVariant, l.in.Say("two words of the rule %s are one to matching: %s", k.text(), w), why, l.in.Say("write each word of a rule once"))
			}
		}
		if first := seen[key]; first != nil {
			l.find(k.Pos, ruleVariant, l.in.Say("%s is the same keyword as %s at %s", k.text(), first.text(), first.Pos), why, l.in.Say("delete one of the two"))
			continue
		}
		seen[key] = k
		if w := firstTwice(slices.Sorted(slices.Values(k.unless))); w != "" {
			l.find(k.Pos, ruleUnlessUnused, l.in.Say("two words of unless of %s are one to matching: %s", k.text(), w),
				l.in.Say("the second changes nothing"), l.in.Say("delete one of the two"))
		}
	}
}

// firstTwice returns the first of the sorted words that occurs twice, or "".
func firstTwice(sorted []string) string {
	for i := 1; i < len(sorted); i++ {
		if sorted[i] == sorted[i-1] {
			return sorted[i]
		}
	}
	return ""
}

// unless finds unless words that contain no word of their keyword.
func (l *linter) unless(s *lintSub) {
	for _, k := range s.keywords {
		words := k.all
		if len(words) == 0 {
			words = []string{k.word}
		}
		for i, u := range k.unless {
			if slices.Contains(words, u) {
				l.find(k.Pos, ruleNeverCounts, l.in.Say("%s is refused wherever %s stands, which is everywhere", k.text(), k.Unless[i]),
					l.in.Say("a keyword does not count within a word of its unless, and it stands within itself"), l.in.Say("delete the word from unless, or write the longer word that is meant"))
				continue
			}
			if !slices.ContainsFunc(words, func(w string) bool { return standsIn(w, u) }) {
				l.find(k.Pos, ruleUnlessUnused, l.in.Say("unless %s never applies to %s", k.Unless[i], k.text()),
					l.in.Say("unless refuses a keyword that stands within a longer word; it does not stand in this one"),
					l.in.Say("write the longer word in which the keyword must not count, or delete it"))
			}
		}
	}
}

// threshold finds sub-themes whose threshold no single keyword reaches.
func (l *linter) threshold(s *lintSub) {
	var heaviest *lintKeyword
	positive := 0
	for _, k := range s.keywords {
		if k.Weight > 0 {
			positive++
			if heaviest == nil || k.Weight > heaviest.Weight {
				heaviest = k
			}
		}
	}
	switch {
	case heaviest == nil:
		l.find(s.Pos, ruleNeverTagged, l.in.Say("no keyword of %s counts for it", s.ID),
			l.in.Say("without a keyword of positive weight no score reaches the threshold"), l.in.Say("add keywords, or delete the sub-theme"))
	case heaviest.Weight < s.Threshold:
		l.find(s.Pos, ruleThreshold, l.in.Say("no single keyword of %s reaches its threshold %s: the heaviest of %d is %s with %s",
			s.ID, decimalText(s.Threshold), positive, heaviest.text(), decimalText(heaviest.Weight)),
			l.in.Say("a text is tagged only where several keywords meet, or one is repeated"),
			l.in.Say("if that is not meant, lower the threshold or raise the weights of the keywords that are proof enough"))
	}
}

// contained finds keywords that occur in longer ones of their sub-theme with no greater
// weight. Since only the longest match counts, the longer one then lowers the score or
// has no effect. Where it has no effect the finding is about the shorter one, which
// may stand in many; where it lowers the score, about the longer one, since somebody
// must have had a reason for its weight.
func (l *linter) contained(s *lintSub) {
	longer := map[*lintKeyword][]string{}
	for _, b := range s.keywords {
		if b.word == "" || s.plain[b.word] != b || b.Weight <= 0 {
			continue
		}
		var heavier []string
		l.within(b.word, func(w string) {
			a := s.plain[w]
			switch {
			case a == nil || a.Weight <= 0 || a.Whole || b.Weight > a.Weight || a.refusedIn(b.word) || !l.matches(a.word, b.word):
			case b.Weight < a.Weight:
				heavier = append(heavier, l.in.Say("%s (weight %s)", a.text(), decimalText(a.Weight)))
			default:
				longer[a] = append(longer[a], b.text())
			}
		})
		if len(heavier) > 0 {
			l.find(b.Pos, ruleLighter, l.in.Say("%s (weight %s) weighs less than what stands in it, %s: there only the longer one is counted",
				b.text(), decimalText(b.Weight), l.named(heavier)), l.in.Say("in one sub-theme the longest keyword counts and what it covers does not"),
				l.in.Say("give the longer one at least the same weight; a negative one if it is evidence against"))
		}
	}
	for _, a := range s.keywords {
		if same := longer[a]; len(same) > 0 {
			l.find(a.Pos, ruleContained, l.in.Say("%s stands in %s: there only the longer one is counted, with the same weight %s",
				a.text(), l.named(same), decimalText(a.Weight)), l.in.Say("in one sub-theme the longest keyword counts and what it covers does not; with the same weight the longer one changes little where the shorter would match anyway"),
				l.in.Say("delete the longer one, or give it the weight that it deserves"))
		}
	}
}

// refusedIn reports whether unless prevents a keyword from counting in a longer
// word.
func (k *lintKeyword) refusedIn(longer string) bool {
	return slices.ContainsFunc(k.unless, func(u string) bool { return standsIn(u, longer) && standsIn(k.word, u) })
}

// within calls yield once with each normal form of a plain keyword, of any
// sub-theme, that occurs in word and is shorter than it.
func (l *linter) within(word string, yield func(string)) {
	var seen map[string]bool
	for i := 0; i < len(word); {
		_, size := utf8.DecodeRuneInString(word[i:])
		if unitBorder(word, i) {
			for _, n := range l.lengths {
				end := i + n
				if end > len(word) || n >= len(word) {
					break
				}
				w := word[i:end]
				if l.plain[w] == nil || seen[w] || !unitBorder(word, end) {
					continue
				}
				if seen == nil {
					seen = map[string]bool{}
				}
				seen[w] = true
				yield(w)
			}
		}
		i += size
	}
}

// containedElsewhere finds keywords that tag a text by themselves and occur in
// keywords of other sub-themes: a text with the longer one gets both tags.
func (l *linter) containedElsewhere() {
	longer := map[*lintKeyword][]*lintKeyword{}
	for _, s := range l.subs {
		for _, b := range s.keywords {
			if b.word == "" || b.Weight <= 0 {
				continue
			}
			l.within(b.word, func(w string) {
				for _, a := range l.plain[w] {
					if a.sub == s || !a.alone() || a.Whole || a.sub.plain[b.word] != nil || a.refusedIn(b.word) || !a.besides(b) ||
						l.hidden(a, b.word) || !l.matches(a.word, b.word) {
						continue
					}
					longer[a] = append(longer[a], b)
				}
			})
		}
	}
	for _, s := range l.subs {
		for _, a := range s.keywords {
			if found := longer[a]; len(found) > 0 {
				words := make([]string, len(found))
				for i, b := range found {
					words[i] = l.in.Say("%s (%s)", b.text(), b.sub.ID)
				}
				l.find(a.Pos, ruleContainedOther, l.in.Say("%s of %s stands in %s", a.text(), s.ID, l.named(words)),
					l.in.Say("keywords of different sub-themes all count: a text with the longer one is tagged with both"),
					l.in.Say("if that is not meant, write {word: %s, unless: [%s]}", a.text(), found[0].text()))
			}
		}
	}
}

// hidden reports whether a longer keyword of a's own sub-theme covers a wherever a
// occurs in word, which is a keyword of another sub-theme.
func (l *linter) hidden(a *lintKeyword, word string) bool {
	covered := false
	l.within(word, func(w string) {
		if c := a.sub.plain[w]; c != nil && c != a && standsIn(a.word, w) && strings.Count(word, a.word) == strings.Count(word, w)*strings.Count(w, a.word) {
			covered = true
		}
	})
	return covered
}

// shared finds keywords that tag a text by themselves for several sub-themes, with equal
// weight, so that the order of the dictionary decides which is the primary. Where weights
// differ, the analyst has decided.
func (l *linter) shared() {
	words := make([]string, 0, len(l.plain))
	for w := range l.plain {
		words = append(words, w)
	}
	slices.Sort(words)
	for _, w := range words {
		var first *lintKeyword
		var rest []*lintKeyword
		seen := map[*lintSub]bool{}
		for _, k := range l.plain[w] {
			if !k.alone() || seen[k.sub] {
				continue
			}
			seen[k.sub] = true
			switch {
			case first == nil || k.Weight > first.Weight:
				first, rest = k, nil
			case k.Weight == first.Weight:
				rest = append(rest, k)
			}
		}
		for _, k := range rest {
			l.find(k.Pos, ruleShared, l.in.Say("%s is also a keyword of %s, with the same weight", k.text(), l.where(first)),
				l.in.Say("a text with it counts for both; where nothing else decides, the primary is the one that comes first in the dictionary"),
				l.in.Say("give it less weight where it says less, or make rules of it with the words that tell the two apart"))
		}
	}
}

// homographs finds keywords with several meanings that tag a text by themselves.
func (l *linter) homographs(s *lintSub) {
	for _, k := range s.keywords {
		if k.word == "" || !k.alone() || len(k.unless) > 0 {
			continue
		}
		if h, known := l.homographOf[k.word]; known {
			l.find(k.Pos, ruleHomograph, l.in.Say("%s has several meanings: %s", k.text(), strings.Join(l.meanings(h), l.in.Say("; "))),
				l.in.Say("it tags a text by itself, whichever is meant"),
				l.homographFix(h))
		}
	}
}

func decimalText(x float64) string { return string(appendOneLine(nil, number(x), false)) }

// meanings returns the meanings of a homograph in the language of the findings.
func (l *linter) meanings(h homograph) []string {
	if l.in == phrase.Chinese {
		return h.zh
	}
	return h.en
}

// homographFix says how to avoid a homograph.
func (l *linter) homographFix(h homograph) string {
	switch {
	case h.place:
		return l.in.Say("give it less weight than the threshold: it says where, not what")
	case h.write != "" && h.unless:
		return l.in.Say("add unless: [%s]", h.write)
	case h.write != "":
		return l.in.Say("write %s", h.write)
	}
	return l.in.Say("add unless, make rules of it with words that tell the meanings apart, or give it less weight than the threshold")
}
