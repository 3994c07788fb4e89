package dict

import "slices"

// scatteredIn is in how many sub-themes a word of little weight is scattered.
const scatteredIn = 3

// scattered finds words that several sub-themes have, and that tag a text by themselves
// with none of them: a word that supports everything tells nothing apart. The finding is
// about the first of its keywords.
func (l *linter) scattered() {
	for _, s := range l.subs {
		for _, k := range s.keywords {
			if same := l.plain[k.word]; k.word != "" && same[0] == k {
				l.scatteredWord(same)
			}
		}
	}
}

// scatteredWord judges the keywords of one word.
func (l *linter) scatteredWord(same []*lintKeyword) {
	var subs []*lintSub
	var named []string
	for _, k := range same {
		switch {
		case k.alone():
			return // somewhere it decides, and elsewhere it supports
		case k.Weight > 0 && !slices.Contains(subs, k.sub):
			subs = append(subs, k.sub)
			named = append(named, l.in.Say("%s (weight %s)", k.sub.ID, decimalText(k.Weight)))
		}
	}
	if len(subs) < scatteredIn {
		return
	}
	k := same[0]
	l.find(k.Pos, ruleScattered, l.in.Say("%s supports %d sub-themes and tags a text by itself with none: %s", k.text(), len(subs), l.named(named)),
		l.in.Say("a word that many sub-themes share hardly tells them apart, and each use of it is one more number to keep right"),
		l.in.Say("delete it where it says least; minyi dict diff shows what that changes"))
}
