package dict

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A keyword is looked for as it is written, with every character of it. Other
// programs, and cells of a workbook, write several words, patterns or conditions in
// the place of one word. Such a keyword is valid, but hardly any text has it. This
// file tells these spellings apart by their kind; Lint reports them.

// spelling is a kind of spelling that other programs understand and matching does
// not.
type spelling int

const (
	spellPlain    spelling = iota
	spellList              // several words with marks between them: 学校、老师
	spellPattern           // wildcards and marks of regular expressions: 教育*
	spellKey               // a key or a label before the word: word：学校
	spellBrackets          // brackets or quotes: 【养老】, <of>kind
	spellEnd               // punctuation at an end: 学校。
	spellRadicals          // radicals in place of characters: ⽼⼈
)

// spellingOf returns the kind of a word's spelling, and for spellEnd the word
// without the marks at its ends, for spellBrackets what is between the brackets,
// for spellKey what is behind the key, for spellPattern the longest part without a
// mark. It is empty where nothing is left.
func spellingOf(word string) (kind spelling, meant string) {
	if !strings.ContainsFunc(word, isWordRune) {
		return spellPlain, "" // an emoticon or a sign, which texts do have
	}
	if key, rest, found := cutKey(word); found && key != "" {
		return spellKey, rest
	}
	if inner := strings.FieldsFunc(word, isBracket); len(inner) != 1 || inner[0] != word {
		return spellBrackets, longest(inner)
	}
	if strings.ContainsFunc(word, isPattern) {
		return spellPattern, longest(strings.FieldsFunc(word, func(r rune) bool { return isPattern(r) || r == '.' }))
	}
	if len(Listed(word)) > 1 {
		return spellList, ""
	}
	if trimmed := strings.TrimFunc(word, isEndMark); trimmed != word && hasHan(word) {
		return spellEnd, trimmed
	}
	if strings.ContainsFunc(word, isRadical) {
		return spellRadicals, ""
	}
	return spellPlain, ""
}

// Listed returns the words of a keyword that reads as a list: 学校 and 老师 for
// 学校、老师, 学校|老师 or 学校;老师. For any other keyword it returns nil. A mark
// between two numbers (1,000) or, if it is a slash, between Latin words (TCP/IP)
// belongs to a word.
func Listed(word string) []string {
	var out []string
	start := 0
	for i, r := range word {
		size := utf8.RuneLen(r)
		if i < start || !separates(word[:i], r, word[i+size:]) {
			continue
		}
		out = append(out, strings.TrimSpace(word[start:i]))
		start = i + size
	}
	out = append(out, strings.TrimSpace(word[start:]))
	out = slices.DeleteFunc(out, func(w string) bool { return !strings.ContainsFunc(w, isWordRune) })
	if len(out) < 2 {
		return nil
	}
	return out
}

// separates reports whether a mark stands between two words of a list.
func separates(before string, mark rune, after string) bool {
	left, _ := utf8.DecodeLastRuneInString(before)
	right, _ := utf8.DecodeRuneInString(after)
	switch mark {
	case '、', '；', ';', '|', '｜', '¦', '\t', '。', '！', '？':
		return true
	case '，', ',':
		return !unicode.IsDigit(left) || !unicode.IsDigit(right)
	case '/', '／', '\\', ' ', '\u3000':
		return isHan(left) && isHan(right)
	}
	return false
}

// cutKey splits a word at a colon that has letters before it and a word behind it:
// word：学校. Times and ratios (8:30) have numbers.
func cutKey(word string) (key, rest string, found bool) {
	i := strings.IndexAny(word, ":：")
	if i < 0 {
		return "", "", false
	}
	_, size := utf8.DecodeRuneInString(word[i:])
	key, rest = strings.TrimSpace(word[:i]), strings.TrimSpace(word[i+size:])
	last, _ := utf8.DecodeLastRuneInString(key)
	first, _ := utf8.DecodeRuneInString(rest)
	return key, rest, unicode.IsLetter(last) && isWordRune(first)
}

func isHan(r rune) bool    { return unicode.Is(unicode.Han, r) }
func hasHan(s string) bool { return strings.ContainsFunc(s, isHan) }

func isWordRune(r rune) bool { return unicode.IsLetter(r) || unicode.IsNumber(r) || isRadical(r) }

// isRadical reports whether r is of the blocks CJK Radicals Supplement and Kangxi
// Radicals, which PDF files have in place of the characters that look the same.
func isRadical(r rune) bool { return r >= 0x2E80 && r <= 0x2FDF }

// isBracket reports whether r opens or closes a bracket or a quotation.
func isBracket(r rune) bool {
	return unicode.In(r, unicode.Ps, unicode.Pe, unicode.Pi, unicode.Pf) && r != '’' || strings.ContainsRune("<>＜＞\"＂", r)
}

// isPattern reports whether r is a wildcard or a mark of regular expressions, or
// the ellipsis that people write for one.
func isPattern(r rune) bool { return strings.ContainsRune(`*?＊\^…`, r) }

// isEndMark reports whether r ends or divides sentences.
func isEndMark(r rune) bool {
	return unicode.Is(unicode.Terminal_Punctuation, r) || unicode.Is(unicode.Pd, r)
}

// longest returns the longest of some parts, by runes; the first of several.
func longest(parts []string) string {
	best := ""
	for _, p := range parts {
		if p = strings.TrimSpace(p); utf8.RuneCountInString(p) > utf8.RuneCountInString(best) {
			best = p
		}
	}
	return best
}
