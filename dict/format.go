package dict

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/minyi/minyi/dict/phrase"
)

// errUnformatted says that Format would have changed the meaning of a file. That
// would be a fault of Format. It is checked for every file, because the file belongs
// to the analyst: an unformatted file is better than a changed one.
var errUnformatted = phrase.New("format theme: the result would not say the same; the file is left as it is")

// Format returns a theme file in the layout that [Marshal] writes, too: two spaces
// for a level, one line for a keyword, quotes only where YAML needs them, long lines
// of mappings broken, no more than one blank line in a row, lines ended by \n.
// Nothing else changes: comments are kept, and so are the order of keywords and
// keys, and values that are the default. The dictionary has the same version before
// and after. Formatting the output of Format does not change it.
//
// A comment within brackets moves to the line above them. Any other comment stays
// after the value in whose line it is, or above the value that follows it, or below
// the last value of a list if it is indented like that value.
//
// The error is an Errors, without a file name, if src does not have the shape of a
// theme. The rules for a whole dictionary are not checked.
func Format(src []byte) ([]byte, error) {
	before, err := readFormatted(src)
	if err != nil {
		return nil, err
	}
	out := layout(before.attach())
	after, err := readFormatted(out)
	if err != nil { // its longer lines may exceed MaxFileBytes
		return nil, phrase.Errorf("%w: %w", errUnformatted, err)
	}
	if !after.saysWhat(before) {
		return nil, errUnformatted
	}
	return out, nil
}

// formatted is a file that is being formatted.
type formatted struct {
	theme    Theme
	root     *piece
	units    []unit // in the order of the file
	src      *source
	comments []comment
}

// unit is a piece that has, or could have, a line of its own: a value of a mapping
// or an item of a list. A list or mapping in brackets is one unit.
type unit struct {
	piece  *piece
	parent int // index of the unit around it, -1 for none
	line   int
	column int // of the key, or of the dash
}

func readFormatted(data []byte) (*formatted, error) {
	src, fault := newSource("", data)
	if fault != nil {
		return nil, Errors{fault}
	}
	root, fault := parseYAML(src)
	if fault != nil {
		return nil, Errors{fault}
	}
	c := newChecker()
	readTheme(c, src, root)
	if len(c.errs) > 0 {
		slices.SortStableFunc(c.errs, func(a, b *Error) int {
			return cmp.Or(cmp.Compare(a.Position.Line, b.Position.Line), cmp.Compare(a.Column, b.Column))
		})
		return nil, c.errs
	}
	f := &formatted{theme: c.themes[0], src: src, root: &piece{kind: longMapping}}
	f.comments = scanComments(src, root)
	f.mapping(f.root, root, -1)
	return f, nil
}

// saysWhat reports whether two files are the same theme with the same comments.
func (f *formatted) saysWhat(g *formatted) bool {
	return slices.EqualFunc(f.comments, g.comments, func(a, b comment) bool { return a.text == b.text }) &&
		sameTheme(&f.theme, &g.theme)
}

// sameTheme compares everything in two themes except positions.
func sameTheme(a, b *Theme) bool {
	return a.ID == b.ID && a.Name == b.Name && a.RelativeThreshold == b.RelativeThreshold && a.ThresholdLength == b.ThresholdLength &&
		a.TitleWeight == b.TitleWeight &&
		slices.EqualFunc(a.SubThemes, b.SubThemes, func(s, t SubTheme) bool {
			return s.ID == t.ID && s.Name == t.Name && s.Aspect == t.Aspect && s.Threshold == t.Threshold &&
				slices.EqualFunc(s.Keywords, t.Keywords, sameKeyword) &&
				slices.EqualFunc(s.Examples, t.Examples, sameExample)
		})
}

func sameKeyword(a, b Keyword) bool {
	return a.Word == b.Word && slices.Equal(a.All, b.All) && a.Within == b.Within && a.Weight == b.Weight &&
		a.Whole == b.Whole && a.Token == b.Token && slices.Equal(a.Unless, b.Unless)
}

func sameExample(a, b Example) bool {
	return a.Text == b.Text && slices.Equal(a.Expect, b.Expect) && (a.Expect == nil) == (b.Expect == nil) &&
		slices.Equal(a.Forbid, b.Forbid)
}

// mapping adds the entries of a mapping to n. Entries within brackets are not units.
func (f *formatted) mapping(n *piece, node *yaml.Node, parent int) {
	for i := 0; i+1 < len(node.Content); i += 2 {
		key, value := node.Content[i], node.Content[i+1]
		item := &piece{key: key.Value}
		n.items = append(n.items, item)
		at := parent
		if node.Style&yaml.FlowStyle == 0 {
			at = f.unit(unit{item, parent, key.Line, key.Column})
		}
		f.value(item, value, at)
	}
}

func (f *formatted) unit(u unit) int {
	f.units = append(f.units, u)
	return len(f.units) - 1
}

// value fills n, whose key is already set.
func (f *formatted) value(n *piece, node *yaml.Node, parent int) {
	switch node.Kind {
	case yaml.MappingNode:
		n.kind = mapPiece
		f.mapping(n, node, parent)
	case yaml.SequenceNode:
		n.kind = listPiece
		long := n.key == "subthemes" || n.key == "keywords" || n.key == "examples"
		if long {
			n.kind = longList
		}
		for _, child := range node.Content {
			item := &piece{}
			n.items = append(n.items, item)
			at := parent
			if node.Style&yaml.FlowStyle == 0 {
				at = f.unit(unit{item, parent, child.Line, node.Column})
			}
			f.value(item, child, at)
			if n.key == "subthemes" {
				item.kind = longMapping
			}
		}
	default:
		n.text = node.Value
		switch n.key {
		case "relative_threshold", "threshold_length", "title_weight", "threshold", "weight", "within", "token":
			n.kind = rawPiece
		}
	}
}

// attacher assigns every comment and every blank line to a unit.
type attacher struct {
	*formatted
	next int      // the first unit that has not begun yet
	head []string // the lines collected for it

	// rightmost is the greatest column that the next comment is taken to have: after
	// a comment that belongs further out, those below it cannot belong further in.
	rightmost int
}

// attach returns the root piece, with every comment at its place.
func (f *formatted) attach() *piece {
	a := &attacher{formatted: f, rightmost: math.MaxInt}
	for _, c := range f.comments {
		switch {
		case c.within && a.begin(c.line):
			a.within(c)
		case c.trailing && a.begin(c.line):
			u := f.units[a.next-1].piece
			if strings.Contains(u.text, "\n") { // will be a block, behind whose header nothing stands
				a.within(c)
				continue
			}
			if u.tail != "" {
				u.head = append(u.head, u.tail)
			}
			u.tail = c.text
		default:
			a.begin(c.line - 1)
			a.blank(c.line)
			a.own(c)
		}
	}
	a.begin(len(f.src.lines) + 1)
	f.root.foot = a.head
	return f.root
}

// begin gives the collected lines to the first of the units that begin up to the
// given line, and reports whether any unit has begun by then.
func (a *attacher) begin(line int) bool {
	for a.next < len(a.units) && a.units[a.next].line <= line {
		u := a.units[a.next]
		if a.next == 0 || u.line != a.units[a.next-1].line {
			a.blank(u.line)
			u.piece.head = append(u.piece.head, a.head...)
			a.head = nil
		}
		a.next++
		a.rightmost = math.MaxInt
	}
	return a.next > 0
}

// blank collects a blank line if there is one before the given line.
func (a *attacher) blank(line int) {
	if a.src.isBlank(line - 1) {
		a.head = append(a.head, "")
	}
}

// within moves a comment from inside a unit to above it. If the unit is not the
// first one in its line, the comment goes above the first.
func (a *attacher) within(c comment) {
	first := a.next - 1
	for first > 0 && a.units[first-1].line == a.units[first].line {
		first--
	}
	u, above := a.units[a.next-1].piece, a.units[first].piece
	u.raiseTail()
	if u != above {
		above.head = append(above.head, u.head...)
		u.head = nil
	}
	above.head = append(above.head, c.text)
}

// raiseTail moves the comment after a unit to above it, because another one follows
// within.
func (n *piece) raiseTail() {
	if n.tail != "" {
		n.head = append(n.head, n.tail)
		n.tail = ""
	}
}

// own assigns a comment with a line of its own to the unit that follows, or below a
// unit that precedes it.
func (a *attacher) own(c comment) {
	owner, column := a.footOf(a.next, min(c.column, a.rightmost))
	a.rightmost = column
	if owner == nil {
		a.head = append(a.head, c.text)
		return
	}
	owner.foot = append(append(owner.foot, a.head...), c.text)
	a.head = nil
}

// footOf returns the piece below which a comment belongs that begins in the given
// column and precedes unit next, with the column of that piece. It returns nil and 0
// if the comment belongs above unit next. The piece is the innermost one that ends
// here and begins no further right than the comment; if several begin in the same
// column, it is the outermost of these. It must begin further right than what
// follows.
func (f *formatted) footOf(next, column int) (owner *piece, at int) {
	right := 0 // the column of what comes next; of the end of the file, 0
	if next < len(f.units) {
		right = f.units[next].column
	}
	for i := next - 1; i >= 0; i = f.units[i].parent {
		u := f.units[i]
		if u.column > column {
			continue
		}
		if u.column <= right {
			return nil, 0
		}
		for u.parent >= 0 && f.units[u.parent].column == u.column {
			u = f.units[u.parent]
		}
		return u.piece, u.column
	}
	return nil, 0
}
