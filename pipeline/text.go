package pipeline

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// cutSource limits a source to MaxSource bytes, at the border of a character.
func cutSource(s string) string {
	if len(s) <= MaxSource {
		return s
	}
	n := MaxSource
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n]
}

// isPlainText tells whether a content type is text/plain, with parameters or not.
func isPlainText(contentType string) bool {
	if contentType == "" {
		return false
	}
	media, _, _ := strings.Cut(contentType, ";")
	return strings.EqualFold(strings.TrimSpace(media), "text/plain")
}

func blankReason(text []byte) Reason {
	if isBlank(text) {
		return Blank
	}
	return ""
}

// isBlank tells whether a text has nothing that can be seen: only white space,
// control and format characters (zero-width ones, the byte order mark).
func isBlank(text []byte) bool {
	for len(text) > 0 {
		r, n := utf8.DecodeRune(text)
		if !unicode.IsSpace(r) && !unicode.In(r, unicode.Cc, unicode.Cf) {
			return false
		}
		text = text[n:]
	}
	return true
}

// appendValid appends b with every invalid byte as U+FFFD.
func appendValid(dst, b []byte) []byte {
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		dst = utf8.AppendRune(dst, r)
		b = b[n:]
	}
	return dst
}

// subjectRest returns what follows the first tokens of a subject; "" if nothing does.
func subjectRest(subject string, skip int) string {
	for range skip {
		_, subject, _ = strings.Cut(subject, ".")
	}
	return subject
}
