package dict

import (
	"slices"
	"strings"
)

// spellings finds words that are written as other programs, or people, write several
// words, patterns or conditions, so that hardly any text has them.
func (l *linter) spellings(s *lintSub) {
	for _, k := range s.keywords {
		for _, w := range slices.Concat([]string{k.Word}, k.All, k.Unless) {
			if kind, meant := spellingOf(w); kind != spellPlain {
				l.spelling(k, w, kind, meant)
			}
		}
	}
}

// spelling reports one word of a keyword: the keyword itself, or a word of its all or
// unless.
func (l *linter) spelling(k *lintKeyword, word string, kind spelling, meant string) {
	why := l.in.Say("a keyword is looked for exactly as it is written: a text must have all these characters")
	found := func(message, fix string) { l.find(k.Pos, ruleSpelling, message, why, fix) }
	switch kind {
	case spellList:
		words := Listed(word)
		fix := l.in.Say("write %d keywords: %s; minyi dict import --split does it for a whole file", len(words), strings.Join(words, l.in.Say(", ")))
		if word != k.Word {
			fix = l.in.Say("write %d words: [%s]", len(words), strings.Join(words, ", "))
		}
		found(l.in.Say("%s reads as a list of %d words", word, len(words)), fix)
	case spellPattern:
		fix := l.in.Say("write the forms out, each as a keyword")
		if outer := strings.TrimFunc(word, isPattern); outer == meant && meant != "" {
			fix = l.in.Say("write %s: it is found inside longer words too, unless match: whole forbids it", meant)
		}
		found(l.in.Say("%s has a wildcard or a mark of a pattern, and minyi has no patterns", word), fix)
	case spellKey:
		found(l.in.Say("%s has a key or a label before the word", word), l.in.Say("write %s; in YAML a key ends with a half-width colon and a space", meant))
	case spellBrackets:
		found(l.in.Say("%s has brackets or quotes", word), l.in.Say("write %s, which is found with and without them; a condition on the words around it is a rule: {all: […], within: …}", meant))
	case spellEnd:
		found(l.in.Say("%s has punctuation at an end", word), l.in.Say("write %s", meant))
	case spellRadicals:
		why = l.in.Say("such characters come out of PDF files; matching reads them as the characters that they look like, other programs and searches do not")
		found(l.in.Say("%s is written with radicals in place of characters", word), l.in.Say("write %s", l.withoutRadicals(word)))
	}
}

// withoutRadicals returns a word with the characters that matching reads its radicals
// as.
func (l *linter) withoutRadicals(word string) string {
	var b strings.Builder
	for _, r := range word {
		if isRadical(r) {
			b.WriteString(l.normalise(string(r)))
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}
