package dict

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// comment is one comment of a file.
type comment struct {
	text     string // from the #, without white space at its end
	line     int
	column   int
	trailing bool // a value, or the key of one, precedes it in its line
	within   bool // it is within [ ] or { }, or between a key and its text
}

// scanComments returns the comments of a file in order. The nodes say where texts
// are, since a # in a text is not a comment. Between texts, every # that begins a
// line or follows white space begins a comment. The YAML library also attaches
// comments to nodes, but it moves some and loses others.
func scanComments(src *source, root *yaml.Node) []comment {
	s := &commentScanner{src: src, text: src.text}
	s.nodes(root)
	s.until(len(s.text))
	return s.comments
}

type commentScanner struct {
	src      *source
	text     string
	at       int // byte offset of the first byte that is not yet scanned
	line     int // index of the line that at is in
	depth    int // of brackets
	comments []comment
}

// nodes visits the scalars in the order of the file.
func (s *commentScanner) nodes(n *yaml.Node) {
	if n.Kind == yaml.ScalarNode {
		s.scalar(n)
		return
	}
	for i, child := range n.Content {
		isValue := n.Kind == yaml.MappingNode && i%2 == 1 && child.Kind == yaml.ScalarNode
		done := len(s.comments)
		s.nodes(child)
		if isValue {
			for j := range s.comments[done:] {
				s.comments[done+j].within = true
			}
		}
	}
}

// until scans up to an offset. There must be no scalar in between.
func (s *commentScanner) until(end int) {
	for s.at < end {
		switch c := s.text[s.at]; c {
		case '[', '{':
			s.depth++
		case ']', '}':
			s.depth--
		case '#':
			if s.at == 0 || strings.IndexByte(" \t\r\n", s.text[s.at-1]) >= 0 {
				s.comment()
				continue
			}
		}
		s.at++
	}
}

func (s *commentScanner) comment() {
	for s.line+1 < len(s.src.lines) && s.src.lines[s.line+1] <= s.at {
		s.line++
	}
	before := s.text[s.src.lines[s.line]:s.at]
	end := lineEnd(s.text, s.at)
	s.comments = append(s.comments, comment{
		text:     strings.TrimRightFunc(s.text[s.at:end], unicode.IsSpace),
		line:     s.line + 1,
		column:   utf8.RuneCountInString(before) + 1,
		trailing: strings.Trim(before, "- \t") != "", // dashes only: the value comes below
		within:   s.depth > 0,
	})
	s.at = end
}

// scalar scans up to a scalar and skips it.
func (s *commentScanner) scalar(n *yaml.Node) {
	at := s.src.lines[n.Line-1] + s.src.offset(Position{Line: n.Line, Column: n.Column})
	s.until(at)
	if n.Style&yaml.TaggedStyle != 0 {
		s.skipTag()
	}
	switch {
	case n.Style&yaml.DoubleQuotedStyle != 0:
		s.skipQuoted('"')
	case n.Style&yaml.SingleQuotedStyle != 0:
		s.skipQuoted('\'')
	case n.Style&(yaml.LiteralStyle|yaml.FoldedStyle) != 0:
		s.skipBlock(n)
	default:
		s.skipPlain(n.Value)
	}
}

// skipTag skips the tag before a scalar, and the white space after it.
func (s *commentScanner) skipTag() {
	if !strings.HasPrefix(s.text[s.at:], "!") {
		return
	}
	if end := strings.IndexAny(s.text[s.at:], " \t\r\n"); end >= 0 {
		s.at += end
	}
	for s.at < len(s.text) {
		switch c := s.text[s.at]; {
		case c == '#':
			s.comment()
		case strings.IndexByte(" \t\r\n", c) >= 0:
			s.at++
		default:
			return
		}
	}
}

func (s *commentScanner) skipQuoted(quote byte) {
	for s.at++; s.at < len(s.text); s.at++ {
		switch c := s.text[s.at]; {
		case c == '\\' && quote == '"':
			s.at++
		case c == quote && quote == '\'' && strings.HasPrefix(s.text[s.at:], "''"):
			s.at++
		case c == quote:
			s.at++
			return
		}
	}
}

// skipPlain skips a plain scalar. Its value is the same as its source, except for
// white space at line breaks.
func (s *commentScanner) skipPlain(value string) {
	for _, r := range value {
		if unicode.IsSpace(r) && r < utf8.RuneSelf {
			continue
		}
		for s.at < len(s.text) && strings.IndexByte(" \t\r\n", s.text[s.at]) >= 0 {
			s.at++
		}
		s.at = min(s.at+utf8.RuneLen(r), len(s.text))
	}
}

// skipBlock skips a literal or folded block. Its header may be followed by a
// comment. A literal block has as many lines as its value; a folded block continues
// as long as lines are blank or indented like its first line.
func (s *commentScanner) skipBlock(n *yaml.Node) {
	s.until(lineEnd(s.text, s.at))
	if n.Style&yaml.LiteralStyle != 0 {
		body := strings.TrimRight(n.Value, "\n")
		if body != "" {
			s.skipLines(n.Line + 1 + strings.Count(body, "\n"))
		}
		return
	}
	if strings.TrimSpace(n.Value) == "" {
		return
	}
	indent, last := 0, n.Line
	for line := n.Line + 1; line <= len(s.src.lines); line++ {
		text := s.src.line(line)
		width := len(text) - len(strings.TrimLeft(text, " "))
		if width == len(text) {
			continue
		}
		if indent == 0 {
			indent = max(width, 1)
		}
		if width < indent {
			break
		}
		last = line
	}
	s.skipLines(last)
}

// skipLines skips everything up to the end of a line.
func (s *commentScanner) skipLines(last int) {
	last = min(last, len(s.src.lines))
	s.at = max(s.at, s.src.lines[last-1]+len(s.src.line(last)))
}

// isBlank reports whether line n, from 1, is blank. Line 0 is not.
func (s *source) isBlank(n int) bool {
	return n >= 1 && n <= len(s.lines) && strings.TrimSpace(s.line(n)) == ""
}
