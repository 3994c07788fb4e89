package dict

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/minyi/minyi/dict/phrase"
)

const (
	maxWordRunes = 64  // of a keyword, a rule's word or an unless word
	maxNameRunes = 200 // of a name
	maxIDBytes   = 64  // of each part of an id
)

// plainRunes returns the number of runes of a word of Chinese characters, ASCII letters
// and digits, and 0 for any other text. Nearly all words are such, and have no fault but
// their length.
func plainRunes(word string) int {
	n := 0
	for _, r := range word {
		switch {
		case r >= 0x3400 && r <= 0x9FFF, r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9':
			n++
		default:
			return 0
		}
	}
	return n
}

// checkWord says what is wrong with a word to search for.
func checkWord(w string) (msg, hint phrase.Text) {
	switch plain := plainRunes(w); {
	case plain > 0 && plain <= maxWordRunes:
		return phrase.Text{}, phrase.Text{}
	case w == "":
		return phrase.Textf("empty word"), phrase.Textf("delete the item, or write the word")
	case !utf8.ValidString(w):
		return phrase.Textf("invalid UTF-8"), phrase.Text{}
	case strings.ContainsAny(w, "\r\n"):
		return phrase.Textf("a line break in the word %q", w), phrase.Textf("write each word as an item of its own, on one line")
	}
	for _, r := range w {
		if invisible(r) {
			return phrase.Textf("invisible character %U in the word %q", r, w), phrase.Textf("delete it; it came with text pasted from elsewhere")
		}
	}
	if fold(w) == "" {
		return phrase.Textf("nothing to see in the word %+q", w), phrase.Textf("delete the item")
	}
	first, _ := utf8.DecodeRuneInString(w)
	last, _ := utf8.DecodeLastRuneInString(w)
	if unicode.IsSpace(first) || unicode.IsSpace(last) {
		return phrase.Textf("a space at an end of the word %q", w), phrase.Textf("delete it: it would have to stand in the text too")
	}
	if n := utf8.RuneCountInString(w); n > maxWordRunes {
		return phrase.Textf("a word of %d characters; %d is the most", n, maxWordRunes), phrase.Textf("shorten it, or make a rule of its parts: {all: […], within: …}")
	}
	return phrase.Text{}, phrase.Text{}
}

// checkName says what is wrong with a name.
func checkName(s string) (msg, hint phrase.Text) {
	switch n := utf8.RuneCountInString(s); {
	case strings.TrimSpace(s) == "":
		return phrase.Textf("empty name"), phrase.Textf("write it, or leave it out: the id then stands for it")
	case !utf8.ValidString(s):
		return phrase.Textf("invalid UTF-8"), phrase.Text{}
	case strings.ContainsFunc(s, unicode.IsControl):
		return phrase.Textf("a line break or control character in the name %q", s), phrase.Textf("write it on one line")
	case n > maxNameRunes:
		return phrase.Textf("a name of %d characters; %d is the most", n, maxNameRunes), phrase.Text{}
	}
	return phrase.Text{}, phrase.Text{}
}

// checkID says what is wrong with a theme id or the local part of a sub-theme id.
// Ids are used in subjects, keys and metric labels, so few characters are allowed.
func checkID(id string) (msg, hint phrase.Text) {
	alphabet := phrase.Textf("an id is made of a-z, 0-9 and _")
	if better := strings.ReplaceAll(strings.ToLower(id), "-", "_"); better != id && isID(better) {
		alphabet = phrase.Textf("write %q: %s", better, alphabet)
	}
	switch {
	case id == "":
		return phrase.Textf("empty id"), alphabet
	case len(id) > maxIDBytes:
		return phrase.Textf("an id of %d characters; %d is the most", len(id), maxIDBytes), phrase.Text{}
	case !isID(id):
		return phrase.Textf("bad id %q", id), alphabet
	}
	return phrase.Text{}, phrase.Text{}
}

func isID(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool {
		return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '_'
	})
}

// invisible reports whether a rune is not visible and not part of a text. The
// zero-width joiners are allowed, because scripts and emoji need them.
func invisible(r rune) bool {
	if r == '\u200c' || r == '\u200d' {
		return false
	}
	return unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || r == '\u2028' || r == '\u2029' || r == utf8.RuneError
}

// fold maps words that match the same text to one word: full-width characters to
// ASCII, capitals to small letters; joiners and variation selectors are removed. It
// serves to find duplicates here, where positions are known. The classifier's
// normalisation covers more, and is what decides.
func fold(w string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 0x3400 && r <= 0x9FFF: // nearly all
			return r
		case unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Variation_Selector, r):
			return -1
		case r >= '！' && r <= '～':
			r -= '！' - '!'
		case r == '\u3000':
			r = ' '
		}
		return unicode.ToLower(r)
	}, w)
}
