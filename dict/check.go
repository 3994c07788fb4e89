package dict

import (
	"cmp"
	"slices"
	"strings"

	"github.com/minyi/minyi/dict/phrase"
)

// checker collects the themes of a dictionary and all their faults. It is the only
// place that knows the rules of a dictionary; both Parse and New use it.
type checker struct {
	themes  []Theme
	errs    Errors
	sources map[string]*source // by file; empty for New

	// marks are the positions of all values that were read from a file. A value
	// without a mark is reported at the smallest thing around it with one. marked has
	// them by their places once the first is looked up, which for a dictionary without
	// a fault is never.
	marks  []mark
	marked map[place]Position

	// faulty has the values of which a fault is already reported.
	faulty map[place]bool

	full bool // there are more faults than maxFaults

	// unread says that a file could not be read at all, so that an id that seems
	// unknown may be in it.
	unread bool
}

func newChecker() *checker {
	return &checker{sources: map[string]*source{}, marked: map[place]Position{}, faulty: map[place]bool{}}
}

type mark struct {
	place place
	at    Position
}

// mark records where the value at p was read.
func (c *checker) mark(p place, at Position) { c.marks = append(c.marks, mark{p, at}) }

// markOf returns where the value at p was read.
func (c *checker) markOf(p place) (at Position, ok bool) {
	for _, m := range c.marks {
		c.marked[m.place] = m.at
	}
	c.marks = c.marks[:0]
	at, ok = c.marked[p]
	return at, ok
}

// place identifies a value in the checker's themes. All numbers count from 1, and 0
// means none, so the zero place is no value.
type place struct {
	theme, sub, keyword, example int
	field                        string
	listItem                     int
}

func (p place) subTheme(i int) place  { p.sub = i + 1; return p }
func (p place) keywordAt(i int) place { p.keyword = i + 1; return p }
func (p place) exampleAt(i int) place { p.example = i + 1; return p }
func (p place) key(name string) place { p.field = name; return p }
func (p place) item(i int) place      { p.listItem = i + 1; return p }

// around returns the next larger value: the list of an item, the keyword of a field,
// the sub-theme of a keyword, the theme of a sub-theme.
func (p place) around() place {
	switch {
	case p.listItem != 0:
		p.listItem = 0
	case p.field != "":
		p.field = ""
	case p.keyword != 0:
		p.keyword = 0
	case p.example != 0:
		p.example = 0
	case p.sub != 0:
		p.sub = 0
	default:
		return place{}
	}
	return p
}

// maxFaults bounds the faults that are kept: a file of 8 MiB can have millions.
const maxFaults = 10_000

// fail adds a fault.
func (c *checker) fail(e *Error) {
	if !c.enough() {
		c.errs = append(c.errs, e)
	}
}

// enough reports whether the current fault must be left out because there are too
// many, and remembers that one was. Callers ask before they compose a fault, because
// composing takes most of the time.
func (c *checker) enough() bool {
	c.full = c.full || len(c.errs) == maxFaults
	return c.full
}

// failUnread is fail for the fault of a file that could not be read at all.
func (c *checker) failUnread(e *Error) {
	c.unread = true
	c.fail(e)
}

// report adds a fault of the value at p, unless one is already reported.
func (c *checker) report(p place, msg, hint phrase.Text) {
	if c.isFaulty(p) || c.enough() {
		return
	}
	c.faulty[p] = true
	at := c.position(p)
	src := c.sources[at.File]
	switch {
	case at.Line == 0:
		c.fail(NewError(Position{}, phrase.Textf("%s: %s", c.describe(p), msg), hint))
	case src == nil: // New, with themes that were once read
		c.fail(NewError(at, msg, hint))
	default:
		c.fail(src.errorAt(at, msg, hint))
	}
}

// isFaulty reports whether a fault of p, or of a value around it, is reported.
func (c *checker) isFaulty(p place) bool {
	for ; len(c.faulty) > 0 && p != (place{}); p = p.around() {
		if c.faulty[p] {
			return true
		}
	}
	return false
}

// written reports whether p was read from a file, rather than left out there.
func (c *checker) written(p place) bool { _, ok := c.markOf(p); return ok }

// position returns the position of p, or of the smallest value around it that has
// one.
func (c *checker) position(p place) Position {
	for ; p != (place{}); p = p.around() {
		if at, ok := c.markOf(p); ok {
			return at
		}
		if at := c.ownPosition(p); at.Line != 0 {
			return at
		}
	}
	return Position{}
}

// ownPosition returns the position that is part of the value at p.
func (c *checker) ownPosition(p place) Position {
	t := &c.themes[p.theme-1]
	switch {
	case p.field != "" || p.listItem != 0 || p.sub == 0:
		return Position{}
	case p.keyword != 0:
		return t.SubThemes[p.sub-1].Keywords[p.keyword-1].Pos
	case p.example != 0:
		return t.SubThemes[p.sub-1].Examples[p.example-1].Pos
	default:
		return t.SubThemes[p.sub-1].Pos
	}
}

// describe names p in words, for a value that is from no file.
func (c *checker) describe(p place) phrase.Text {
	t := c.themes[p.theme-1]
	what := phrase.Textf("theme %d %q", p.theme, t.ID)
	if p.sub != 0 {
		what = phrase.Textf("%s, sub-theme %d %q", what, p.sub, t.SubThemes[p.sub-1].ID)
	}
	if p.keyword != 0 {
		k := t.SubThemes[p.sub-1].Keywords[p.keyword-1]
		what = phrase.Textf("%s, keyword %d %s", what, p.keyword, quoteShort(cmp.Or(k.Word, strings.Join(k.All, "+"))))
	}
	if p.example != 0 {
		what = phrase.Textf("%s, example %d", what, p.example)
	}
	return what
}

// elsewhere says where a value is that another value repeats.
func (c *checker) elsewhere(p place) phrase.Text {
	if at := c.position(p); at.Line != 0 {
		return phrase.Textf("at %s", at)
	}
	return phrase.Textf("in %s", c.describe(p))
}

// dictionary checks the themes and returns them as a dictionary, or all faults.
func (c *checker) dictionary() (*Dictionary, error) {
	c.checkThemes()
	if len(c.errs) > 0 {
		slices.SortStableFunc(c.errs, func(a, b *Error) int {
			return cmp.Or(cmp.Compare(a.File, b.File),
				cmp.Compare(a.Position.Line, b.Position.Line), cmp.Compare(a.Column, b.Column))
		})
		if c.full {
			c.errs = append(c.errs, NewError(Position{}, phrase.Textf("more than %d faults; the others are not listed", maxFaults), phrase.Text{}))
		}
		return nil, c.errs
	}
	fillNames(c.themes)
	d := &Dictionary{Themes: c.themes}
	d.version = versionOf(d.Canonical())
	return d, nil
}

// fillNames gives themes and sub-themes without a name their id as name.
func fillNames(themes []Theme) {
	for i := range themes {
		t := &themes[i]
		t.Name = t.Name.or(t.ID)
		for j := range t.SubThemes {
			s := &t.SubThemes[j]
			s.Name = s.Name.or(strings.TrimPrefix(s.ID, t.ID+"/"))
		}
	}
}

func (n Name) or(id string) Name {
	return Name{Zh: cmp.Or(n.Zh, id), En: cmp.Or(n.En, id)}
}
