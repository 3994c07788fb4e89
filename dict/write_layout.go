package dict

import (
	"strings"

	"github.com/clipperhouse/displaywidth"
)

// maxColumns is the width of a line on a terminal beyond which a mapping or a list
// is written with one line for each of its values. A text is never folded: what is
// one line to the analyst stays one line.
const maxColumns = 120

// piece is a value of a theme file together with its comments, ready for layout.
// Write makes pieces of a Theme, Format makes them of the nodes of a file.
type piece struct {
	kind pieceKind
	key  string // if it is the value of a mapping
	text string // of a scalar

	// items are the values of a mapping or the items of a list.
	items []*piece

	head []string // whole lines above: comments, and "" for a blank line
	tail string   // comment after it, in its line
	foot []string // whole lines below, with its indentation
}

type pieceKind uint8

const (
	textPiece   pieceKind = iota // a text: quoted if necessary
	rawPiece                     // a number, or true: written unchanged
	listPiece                    // short: in brackets if it fits
	longList                     // always one line for each item
	mapPiece                     // in braces if it fits
	longMapping                  // always one line for each key
)

// isLong reports whether a piece is never written in one line.
func (n *piece) isLong() bool {
	return (n.kind == longList || n.kind == longMapping) && len(n.items) > 0
}

// annotated reports whether there is a comment or a blank line anywhere within n.
func (n *piece) annotated() bool {
	for _, item := range n.items {
		if len(item.head) > 0 || item.tail != "" || len(item.foot) > 0 || item.annotated() {
			return true
		}
	}
	return false
}

// tailOf returns the comment at the end of n's line if n is written in one line: its
// own, or that of its last value. ok is false if there are other comments or blank
// lines within n, which then needs one line for each of its values.
func (n *piece) tailOf() (tail string, ok bool) {
	if len(n.items) == 0 || n.tail != "" {
		return n.tail, !n.annotated()
	}
	last := n.items[len(n.items)-1]
	tail, ok = last.tailOf()
	if !ok || len(last.head) > 0 || len(last.foot) > 0 {
		return "", false
	}
	for _, item := range n.items[:len(n.items)-1] {
		if item.annotated() || len(item.head) > 0 || item.tail != "" || len(item.foot) > 0 {
			return "", false
		}
	}
	return tail, true
}

// layout returns the file of a root piece.
func layout(root *piece) []byte {
	var out []byte
	out = appendLines(out, 0, root.head)
	out = appendEntries(out, 0, root.items, "")
	out = appendLines(out, 0, root.foot)
	return []byte(strings.TrimLeft(string(out), "\n"))
}

func appendLines(out []byte, indent int, lines []string) []byte {
	for _, line := range lines {
		if line == "" {
			if len(out) > 0 { // no file begins with a blank line
				out = append(out, '\n')
			}
			continue
		}
		out = appendIndent(out, indent)
		out = append(out, line...)
		out = append(out, '\n')
	}
	return out
}

func appendIndent(out []byte, indent int) []byte {
	for range indent {
		out = append(out, ' ')
	}
	return out
}

// appendEntries appends the values of a mapping, each in its own line. If the
// mapping is an item of a list, dash is written before the first.
func appendEntries(out []byte, indent int, items []*piece, dash string) []byte {
	for i, n := range items {
		if i == 0 && dash != "" {
			out = appendIndent(out, indent-len(dash))
			out = append(out, dash...)
		} else {
			out = appendLines(out, indent, n.head)
			out = appendIndent(out, indent)
		}
		out = append(out, n.key...)
		out = append(out, ':')
		out = appendValue(out, indent, n)
		out = appendLines(out, indent, n.foot)
	}
	return out
}

// appendValue appends the value after a key, and ends its line.
func appendValue(out []byte, indent int, n *piece) []byte {
	if n.isScalar() {
		if header, lines, ok := n.literal(); ok {
			out = append(out, ' ')
			out = append(out, header...)
			out = endLine(out, n.tail)
			return appendLiteral(out, indent+2, lines)
		}
		out = append(out, ' ')
		return endLine(appendOneLine(out, n, false), n.tail)
	}
	if line, tail, ok := n.oneLine(indent + displaywidth.String(n.key) + 2); ok {
		out = append(out, ' ')
		return endLine(append(out, line...), tail)
	}
	out = endLine(out, n.tail)
	if n.kind == mapPiece || n.kind == longMapping {
		return appendEntries(out, indent+2, n.items, "")
	}
	return appendItems(out, indent+2, n.items)
}

// appendItems appends the items of a list, with their dashes.
func appendItems(out []byte, indent int, items []*piece) []byte {
	for _, n := range items {
		out = appendLines(out, indent, n.head)
		if line, tail, ok := n.oneLine(indent + 2); ok {
			out = appendIndent(out, indent)
			out = append(out, "- "...)
			out = endLine(append(out, line...), tail)
		} else {
			if n.tail != "" { // the line that it was at the end of does not exist any more
				out = appendLines(out, indent, []string{n.tail})
			}
			out = appendEntries(out, indent+2, n.items, "- ")
		}
		out = appendLines(out, indent, n.foot)
	}
	return out
}

func appendLiteral(out []byte, indent int, lines []string) []byte {
	for _, line := range lines {
		if line != "" {
			out = appendIndent(out, indent)
		}
		out = append(out, line...)
		out = append(out, '\n')
	}
	return out
}

func endLine(out []byte, comment string) []byte {
	if comment != "" {
		out = append(out, "  "...)
		out = append(out, comment...)
	}
	return append(out, '\n')
}

func (n *piece) isScalar() bool { return n.kind == textPiece || n.kind == rawPiece }

// literal returns literalLines of the text of n.
func (n *piece) literal() (header string, lines []string, ok bool) {
	if n.kind != textPiece {
		return "", nil, false
	}
	return literalLines(n.text)
}

// oneLine returns n in one line that begins at the given column, and the comment
// after it. ok is false if n is not to be written in one line.
func (n *piece) oneLine(column int) (line, tail string, ok bool) {
	if n.isScalar() {
		return string(appendOneLine(nil, n, false)), n.tail, true
	}
	if len(n.items) == 0 {
		return string(appendOneLine(nil, n, true)), n.tail, true
	}
	tail, ok = n.tailOf()
	if !ok || n.isLong() || n.hasLiteral() {
		return "", "", false
	}
	line = string(appendOneLine(nil, n, true))
	return line, tail, column+displaywidth.String(line) <= maxColumns
}

// hasLiteral reports whether a value of a mapping is written as a literal block.
func (n *piece) hasLiteral() bool {
	if n.kind != mapPiece {
		return false
	}
	for _, item := range n.items {
		if _, _, ok := item.literal(); ok {
			return true
		}
	}
	return false
}

// appendOneLine appends n in one line, whatever its length.
func appendOneLine(out []byte, n *piece, flow bool) []byte {
	switch n.kind {
	case textPiece:
		return appendScalar(out, n.text, flow)
	case rawPiece:
		return append(out, n.text...)
	case listPiece, longList:
		out = append(out, '[')
		for i, item := range n.items {
			if i > 0 {
				out = append(out, ", "...)
			}
			out = appendOneLine(out, item, true)
		}
		return append(out, ']')
	default:
		out = append(out, '{')
		for i, item := range n.items {
			if i > 0 {
				out = append(out, ", "...)
			}
			out = append(out, item.key...)
			out = append(out, ": "...)
			out = appendOneLine(out, item, true)
		}
		return append(out, '}')
	}
}
