package dict

import "strings"

// A bracket is an opening bracket of YAML that nothing closes.
type bracket struct {
	line, column int // from 1, in runes
	closing      string
}

// unclosedBracket returns the bracket of the file that is never closed; ok is false if
// there is none. The YAML reader notices one only where it can make nothing of the text any
// more, which may be many lines further down.
//
// It reads only as much of YAML as tells brackets from text: outside of brackets one
// begins a value, inside each counts; quotes and comments hide them.
func (s *source) unclosedBracket() (b bracket, ok bool) {
	var open []bracket
	quote := rune(0) // that is not closed yet
	for n := 1; n <= len(s.lines); n++ {
		begins := true // a value can begin here
		before := ' '
		runes := []rune(s.line(n))
		for i, r := range runes {
			switch {
			case quote != 0:
				if r == quote && (quote == '\'' || before != '\\') {
					quote = 0
				}
			case r == '#' && before == ' ':
				runes = runes[:i]
			case (r == '"' || r == '\'') && begins:
				quote = r
			case r == '[' && (begins || len(open) > 0):
				open = append(open, bracket{n, i + 1, "]"})
			case r == '{' && (begins || len(open) > 0):
				open = append(open, bracket{n, i + 1, "}"})
			case (r == ']' || r == '}') && len(open) > 0:
				last := open[len(open)-1]
				if last.closing != string(r) {
					return last, true
				}
				open = open[:len(open)-1]
			}
			if i >= len(runes) {
				break
			}
			space := r == ' '
			begins = space && (begins || strings.ContainsRune(":-,", before)) || len(open) > 0 && strings.ContainsRune("[{,", r)
			before = r
		}
	}
	if len(open) == 0 {
		return bracket{}, false
	}
	// Of several, the one that is opened last on the first line with one.
	for _, other := range open {
		if other.line == open[0].line {
			b = other
		}
	}
	return b, true
}
