package phrase

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"unicode"
)

// Stored makes a text of one that was said in English and stored so, such as the reason
// by which a worker refused a dictionary, or a fault in the JSON of a command: what is
// stored is the same in every language. In Chinese it is recognized by the tables of this
// package, with its arguments; what they do not have stays as it is.
func Stored(english string) Text {
	if english == "" {
		return Text{}
	}
	return Textf("%s", stored(english))
}

// stored is a text in English.
type stored string

// In says the text in a language.
func (s stored) In(l Language) string {
	if l != Chinese {
		return string(s)
	}
	zh, _ := storedText(string(s))
	return zh
}

// storedText is the Chinese of an English text; ok is false if nothing of it is known. Parts
// that a colon sets off, as errors that wrap others have them, may be known each for itself.
func storedText(text string) (zh string, ok bool) {
	if !strings.ContainsFunc(text, isLatin) {
		return text, false
	}
	if zh, ok := chinese(strings.ReplaceAll(text, "%", "%%")); ok {
		return strings.ReplaceAll(zh, "%%", "%"), true
	}
	for _, p := range storedPhrases() {
		if !strings.Contains(text, p.holds) {
			continue
		}
		if found := p.pattern.FindStringSubmatch(text); found != nil {
			if zh, known := p.fill(found[1:]); known || p.own >= telling {
				return zh, true
			}
		}
	}
	if zh, ok := foreignText(text); ok {
		return zh, true
	}
	for _, between := range [][2]string{{"\n", "\n"}, {": ", "："}} { // joined errors, and wrapped ones
		if before, after, found := strings.Cut(text, between[0]); found {
			head, headOK := storedText(before)
			tail, tailOK := storedText(after)
			if headOK || tailOK {
				return head + between[1] + tail, true
			}
		}
	}
	return text, false
}

func isLatin(r rune) bool { return r < unicode.MaxASCII && unicode.IsLetter(r) }

// telling is how many bytes of its own a phrase has to have to be recognized whatever its
// arguments are; one of fewer is recognized if they are.
const telling = 12

// verbs finds the arguments of a format, and %%, which is none.
var verbs = regexp.MustCompile(`%%|%[-+# 0]*[0-9]*(?:\.[0-9]+)?(?:\[([0-9]+)\])?([a-zA-Z])`)

// A storedPhrase recognizes what a phrase of the tables says.
type storedPhrase struct {
	pattern *regexp.Regexp
	holds   string // the longest part of the format without arguments
	own     int    // bytes of the format that are no arguments
	zh      string
}

// storedPhrases are those that have arguments and enough words of their own, the ones that
// say most first.
var storedPhrases = sync.OnceValue(func() []storedPhrase {
	var out []storedPhrase
	for _, table := range tables {
		for format, zh := range table {
			if p, ok := storedPhraseOf(format, zh); ok {
				out = append(out, p)
			}
		}
	}
	slices.SortFunc(out, func(x, y storedPhrase) int {
		return cmp.Or(cmp.Compare(y.own, x.own), cmp.Compare(x.pattern.String(), y.pattern.String()))
	})
	return out
})

// storedPhraseOf makes the pattern of a format. ok is false for one that has no arguments, or
// takes them out of order, or says too little to be told from others.
func storedPhraseOf(format, zh string) (p storedPhrase, ok bool) {
	var pattern strings.Builder
	rest, n := 0, 0
	literal := func(part string) {
		part = strings.ReplaceAll(part, "%%", "%")
		pattern.WriteString(regexp.QuoteMeta(part))
		if p.own += len(part); len(part) > len(p.holds) {
			p.holds = part
		}
	}
	for _, at := range verbs.FindAllStringSubmatchIndex(format, -1) {
		switch {
		case at[2] >= 0:
			return p, false
		case at[4] < 0: // %%
			continue
		}
		literal(format[rest:at[0]])
		switch format[at[4]] {
		case 'd':
			pattern.WriteString(`([-+]?[0-9,]+)`)
		case 'q':
			pattern.WriteString(`("(?:[^"\\]|\\.)*")`)
		default:
			pattern.WriteString(`(.+?)`)
		}
		rest, n = at[1], n+1
	}
	literal(format[rest:])
	if n == 0 || !strings.ContainsFunc(p.holds, isLatin) {
		return p, false
	}
	p.pattern, p.zh = regexp.MustCompile(`^(?s:`+pattern.String()+`)$`), zh
	return p, true
}

// fill puts arguments into the places of the Chinese phrase, each as far as it is known
// in Chinese itself. Known tells whether all of them are that have words.
func (p *storedPhrase) fill(args []string) (zh string, known bool) {
	next := 0
	known = true
	zh = verbs.ReplaceAllStringFunc(p.zh, func(place string) string {
		if place == "%%" {
			return "%"
		}
		if at := verbs.FindStringSubmatch(place)[1]; at != "" {
			n, _ := strconv.Atoi(at)
			next = n - 1
		}
		next++
		if next > len(args) {
			return place
		}
		zh, ok := storedText(args[next-1])
		known = known && (ok || !strings.ContainsFunc(zh, isLatin))
		return zh
	})
	return zh, known
}
