package dict

import (
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

// A scalar is written in the first of these forms that every YAML reader, not only
// minyi's, reads as the same text:
//
//	学校             plain
//	'007'            single quotes: other readers take the plain form for a number
//	"line\nnext"     double quotes: a character in it needs an escape
//
// minyi's own parser reads 007 as text in any case, but an editor, a linter or a
// script of the analyst may not.

// appendScalar appends text as a scalar on one line. flow says that it is within
// brackets, where more characters have a meaning.
func appendScalar(dst []byte, text string, flow bool) []byte {
	switch {
	case needsEscape(text):
		return appendDoubleQuoted(dst, text)
	case plainIsSafe(text, flow):
		return append(dst, text...)
	default:
		dst = append(dst, '\'')
		dst = append(dst, strings.ReplaceAll(text, "'", "''")...)
		return append(dst, '\'')
	}
}

// otherType matches texts that YAML 1.1 or 1.2 does not read as text if they are
// plain: null, truth values, numbers of every notation, times.
var otherType = regexp.MustCompile(`^(?:~|=|<<|` +
	`(?i:null|true|false|yes|no|on|off|y|n)|` +
	`[-+]?(?:0[xX][0-9a-fA-F_]+|0[oO]?[0-7_]+|0[bB][01_]+)|` +
	`[-+]?[0-9][0-9_,.:]*(?:[eE][-+]?[0-9]+)?|` +
	`[-+]?\.[0-9][0-9_]*(?:[eE][-+]?[0-9]+)?|` +
	`[-+]?\.(?i:inf)|\.(?i:nan)|` +
	`[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt \t].*)?)$`)

// plainIsSafe reports whether text, which needs no escapes, can be written without
// quotes.
func plainIsSafe(text string, flow bool) bool {
	if text == "" || otherType.MatchString(text) {
		return false
	}
	first, _ := utf8.DecodeRuneInString(text)
	last, _ := utf8.DecodeLastRuneInString(text)
	if unicode.IsSpace(first) || unicode.IsSpace(last) || strings.ContainsRune("-?:,[]{}#&*!|>'\"%@`=", first) {
		return false
	}
	if strings.Contains(text, ": ") || strings.Contains(text, " #") || last == ':' {
		return false
	}
	return !flow || !strings.ContainsAny(text, ",[]{}")
}

// needsEscape reports whether text has a character that cannot be in a file
// unescaped, or would not be visible there.
func needsEscape(text string) bool { return strings.ContainsFunc(text, escaped) }

func escaped(r rune) bool {
	switch r {
	case '\u200c', '\u200d': // scripts and emoji need them
		return false
	case '\u2028', '\u2029', 0xfffe, 0xffff:
		return true
	}
	return unicode.IsControl(r) || unicode.Is(unicode.Cf, r)
}

func appendDoubleQuoted(dst []byte, text string) []byte {
	dst = append(dst, '"')
	for _, r := range text {
		switch {
		case r == '"' || r == '\\':
			dst = append(dst, '\\', byte(r))
		case r == '\n':
			dst = append(dst, `\n`...)
		case r == '\t':
			dst = append(dst, `\t`...)
		case r == '\r':
			dst = append(dst, `\r`...)
		case escaped(r) && r < 0x10000:
			dst = fmt.Appendf(dst, `\u%04X`, r)
		case escaped(r):
			dst = fmt.Appendf(dst, `\U%08X`, r)
		default:
			dst = utf8.AppendRune(dst, r)
		}
	}
	return append(dst, '"')
}

// literalLines returns the header and the lines of text as a literal block. ok is
// false if text has only one line, or if a block cannot represent it.
func literalLines(text string) (header string, lines []string, ok bool) {
	body, ended := strings.CutSuffix(text, "\n")
	if !strings.Contains(body, "\n") || strings.HasSuffix(body, "\n") {
		return "", nil, false
	}
	lines = strings.Split(body, "\n")
	for i, line := range lines {
		if needsEscape(line) || line != "" && strings.TrimSpace(line) == "" || i == 0 && (line == "" || line[0] == ' ') {
			return "", nil, false
		}
	}
	if ended {
		return "|", lines, true
	}
	return "|-", lines, true
}
