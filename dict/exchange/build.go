package exchange

import (
	"cmp"
	"errors"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/minyi/minyi/dict"
	"github.com/minyi/minyi/dict/phrase"
)

// builder makes a dictionary of rows. Rows of sub-themes come first, and rows of
// keywords and examples refer to them. If a table has no rows of sub-themes, a
// sub-theme is made where it is first named.
type builder struct {
	in     phrase.Language // of the texts of faults
	themes []dict.Theme
	subs   map[string]*subTheme
	// relative has the themes for which a row gives the relative_threshold, even if
	// it is 0.
	relative map[string]float64
	// length has the themes for which a row gives the threshold_length, and title those
	// for which one gives the title_weight.
	length  map[string]float64
	title   map[string]float64
	order   []*subTheme
	defined bool // there were rows of sub-themes, so that any other sub-theme is unknown
	errs    dict.Errors
	broken  bool // there are so many faults that a check of the whole dictionary would only confuse

	file   string // the name of the file
	plain  bool   // it is a plain table of words and categories: see plainColumns
	names  names
	nameOf map[string]dict.Name // of sub-themes whose ids were made of their names
	notes  notes
}

type subTheme struct {
	dict.SubTheme
	theme string
	given bool // the row gives its threshold
}

func newBuilder(file string, in phrase.Language) *builder {
	return &builder{
		in: in, subs: map[string]*subTheme{}, relative: map[string]float64{}, length: map[string]float64{}, title: map[string]float64{},
		file: file, names: names{map[string]string{}, map[[2]string]string{}}, nameOf: map[string]dict.Name{}, notes: notes{in: in},
	}
}

// say is fmt.Sprintf in the language of the faults.
func (b *builder) say(format string, args ...any) string { return b.in.Say(format, args...) }

func (b *builder) fail(at dict.Position, hint, msg string) {
	b.errs = append(b.errs, &dict.Error{Position: at, Msg: msg, Hint: hint})
}

var fullID = regexp.MustCompile(`^[a-z0-9_]{1,64}/[a-z0-9_]{1,64}$`)

// subThemeID returns the id in a row, or the one of the name that stands there. If there is no valid id, it reports a fault
// and returns false.
func (b *builder) subThemeID(r *row) (string, bool) {
	id := strings.TrimSpace(r.cells[colSubTheme])
	switch {
	case id == "" && r.refused:
	case id == "":
		b.fail(r.at(colSubTheme), b.say("fill in theme/sub-theme, as in livelihood/education"), b.say("no sub-theme in this row"))
	case fullID.MatchString(id):
		return id, true
	case b.isName(id):
		return b.named(r, id), true
	default:
		b.fail(r.at(colSubTheme), b.say("write theme/sub-theme of a-z, 0-9 and _, as in livelihood/education"), b.say("bad sub-theme id %q", id))
	}
	b.broken = true
	return "", false
}

// subTheme adds a row of the table of sub-themes.
func (b *builder) subTheme(r *row) {
	b.defined = true
	b.broken = b.broken || r.refused
	b.unread(r, colKeyword, colForbid)
	id, ok := b.subThemeID(r)
	if !ok {
		return
	}
	if first := b.subs[id]; first != nil {
		b.broken = true
		b.fail(r.at(colSubTheme), b.say("keep one of the rows, or rename one"), b.say("the sub-theme %q is there already, in %s", id, shown(first.Pos)))
		return
	}
	s := b.add(id, r.at(colSubTheme))
	s.Name = dict.Name{Zh: cmp.Or(r.cells[colZh], s.Name.Zh), En: r.cells[colEn]}
	s.Aspect = strings.TrimSpace(r.cells[colAspect])
	if x, ok := b.number(r, colThreshold); ok {
		s.Threshold, s.given = x, true
	}
	t := b.theme(s.theme)
	b.themeName(r, colThemeZh, &t.Name.Zh)
	b.themeName(r, colThemeEn, &t.Name.En)
	b.relativeThreshold(r, t)
	b.thresholdLength(r, t)
	b.titleWeight(r, t)
}

func (b *builder) themeName(r *row, c column, name *string) {
	switch said := r.cells[c]; {
	case said == "" || said == *name:
	case *name == "":
		*name = said
	default:
		b.fail(r.at(c), b.say("one theme has one name: make them the same, or leave all but one empty"), b.say("the theme is called %q here and %q further up", said, *name))
	}
}

// relativeThreshold reads the relative threshold of a theme, which each of the
// theme's rows may have. It checks the bounds, because the cell is known here, and a
// theme has no position for later checks.
func (b *builder) relativeThreshold(r *row, t *dict.Theme) {
	x, ok := b.number(r, colRelative)
	switch {
	case !ok:
	case x < 0 || x > 1 || math.Round(x*1e6)/1e6 != x:
		b.fail(r.at(colRelative), b.say("write it as 0.4, which is two fifths of the text's highest score"), b.say("relative_threshold must lie between 0 and 1, in whole millionths, not %s", decimal(x)))
	case b.once(r, colRelative, b.relative, t.ID, x, b.say("one theme has one relative_threshold: make them the same, or leave all but one empty"),
		func(first string) string {
			return b.say("the relative_threshold of %s is %s here and %s further up", t.ID, decimal(x), first)
		}):
		t.RelativeThreshold = x
	}
}

// thresholdLength does the same for the threshold_length.
func (b *builder) thresholdLength(r *row, t *dict.Theme) {
	x, ok := b.number(r, colLength)
	switch {
	case !ok:
	case x < 0 || x > 1e6 || math.Trunc(x) != x:
		b.fail(r.at(colLength), b.say("write it as 16, a number of characters"), b.say("threshold_length must be a whole number from 0 to 1,000,000, not %s", decimal(x)))
	case b.once(r, colLength, b.length, t.ID, x, b.say("one theme has one threshold_length: make them the same, or leave all but one empty"),
		func(first string) string {
			return b.say("the threshold_length of %s is %s here and %s further up", t.ID, decimal(x), first)
		}):
		t.ThresholdLength = int(x)
	}
}

// titleWeight does the same for the title_weight.
func (b *builder) titleWeight(r *row, t *dict.Theme) {
	x, ok := b.number(r, colTitle)
	switch {
	case !ok:
	case x < 1 || x > 9 || math.Trunc(x) != x:
		b.fail(r.at(colTitle), b.say("write it as 2: a keyword in the title counts twice"), b.say("title_weight must be a whole number from 1 to 9, not %s", decimal(x)))
	case b.once(r, colTitle, b.title, t.ID, x, b.say("one theme has one title_weight: make them the same, or leave all but one empty"),
		func(first string) string {
			return b.say("the title_weight of %s is %s here and %s further up", t.ID, decimal(x), first)
		}):
		t.TitleWeight = int(x)
	}
}

// once keeps a number of a theme, and reports whether no row further up has another. If one
// has, fix and differs, which is told the number there, say so.
func (b *builder) once(r *row, c column, kept map[string]float64, theme string, x float64, fix string, differs func(first string) string) bool {
	if first, said := kept[theme]; said && x != first {
		b.fail(r.at(c), fix, differs(decimal(first)))
		return false
	}
	kept[theme] = x
	return true
}

// add makes a sub-theme after the others.
func (b *builder) add(id string, at dict.Position) *subTheme {
	theme, _, _ := strings.Cut(id, "/")
	s := &subTheme{dict.SubTheme{ID: id, Name: b.nameOf[id], Threshold: 1, Pos: at}, theme, false}
	b.subs[id] = s
	b.order = append(b.order, s)
	b.theme(theme)
	return s
}

func (b *builder) theme(id string) *dict.Theme {
	for i := range b.themes {
		if b.themes[i].ID == id {
			return &b.themes[i]
		}
	}
	b.themes = append(b.themes, dict.Theme{ID: id})
	return &b.themes[len(b.themes)-1]
}

// owner returns the sub-theme that a keyword or an example belongs to.
func (b *builder) owner(r *row) *subTheme {
	if cell := strings.TrimSpace(r.cells[colSubTheme]); b.isName(cell) {
		if s := b.known(cell); s != nil && (b.defined || !b.plain) {
			return s
		}
		if b.defined {
			b.broken = true
			b.fail(r.at(colSubTheme), b.say("choose one from the list, or add it to the table of sub-themes"), b.say("there is no sub-theme %q", cell))
			return nil
		}
	}
	id, ok := b.subThemeID(r)
	if !ok {
		return nil
	}
	if s := b.subs[id]; s != nil {
		return s
	}
	if b.defined {
		b.broken = true
		b.fail(r.at(colSubTheme), b.say("choose one from the list, or add it to the table of sub-themes"), b.say("there is no sub-theme %q", id))
		return nil
	}
	return b.add(id, r.at(colSubTheme))
}

func (b *builder) keyword(r *row) {
	s := b.owner(r)
	if r.refused {
		return
	}
	b.described(r, s)
	b.unread(r, colText, colForbid)
	k := dict.Keyword{Word: r.cells[colKeyword], All: lines(r.cells[colAll]), Weight: 1, Unless: lines(r.cells[colUnless])}
	k.Pos = r.at(colKeyword)
	if k.Word == "" && len(k.All) > 0 {
		k.Pos = r.at(colAll)
	}
	if x, ok := b.number(r, colWeight); ok {
		k.Weight = x
	}
	k.Whole = b.choice(r, colMatch, "whole", "整词")
	k.Token = b.choice(r, colToken, "true", "是")
	within, hasWithin := b.number(r, colWithin)
	switch {
	case k.Word == "" && len(k.All) == 0:
		b.fail(r.at(colKeyword), b.say("fill in keyword, or all and within, or delete the row"), b.say("a row with neither keyword nor all"))
		return
	case hasWithin && (within != math.Trunc(within) || math.Abs(within) > 1e6):
		b.fail(r.at(colWithin), b.say("write it as 12"), b.say("within must be a whole number, not %s", r.cells[colWithin]))
		return
	case len(k.All) > 0 && !hasWithin:
		if r.cells[colWithin] == "" {
			b.fail(r.at(colWithin), b.say("fill in the most characters from the first word's beginning to the last word's end"), b.say("a rule without within"))
		}
		return
	}
	k.Within = int(within)
	if s != nil && (!b.plain || !b.twice(s, k)) {
		s.Keywords = append(s.Keywords, k)
	}
}

func (b *builder) example(r *row) {
	s := b.owner(r)
	if r.refused {
		return
	}
	b.described(r, s)
	b.unread(r, colKeyword, colUnless)
	e := dict.Example{Text: r.cells[colText], Expect: b.ids(r.cells[colExpect]), Forbid: b.ids(r.cells[colForbid]), Pos: r.at(colText)}
	if slices.Equal(e.Expect, []string{none}) {
		e.Expect = []string{}
	}
	if s != nil {
		s.Examples = append(s.Examples, e)
	}
}

// lines returns the lines of a cell that are not empty. Words cannot have line
// breaks, so line breaks can separate words.
func lines(cell string) []string {
	if cell == "" {
		return nil
	}
	var out []string
	for line := range strings.SplitSeq(cell, "\n") {
		if line = strings.TrimSuffix(line, "\r"); strings.TrimSpace(line) != "" {
			out = append(out, line)
		}
	}
	return out
}

// ids returns the ids in a cell, also where names stand for them.
func (b *builder) ids(cell string) []string {
	out := ids(cell)
	for i, id := range out {
		if s := b.known(id); s != nil && b.isName(id) {
			out[i] = s.ID
		}
	}
	return out
}

// ids returns the ids in a cell, with any separator; nil if there are none.
func ids(cell string) []string {
	if strings.TrimSpace(cell) == "" {
		return nil
	}
	return strings.FieldsFunc(cell, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(",;，；、", r) })
}

// number returns the number in a cell, or false if the cell is empty or is not a
// number. The latter is reported.
func (b *builder) number(r *row, c column) (float64, bool) {
	cell := strings.TrimSpace(r.cells[c])
	if cell == "" {
		return 0, false
	}
	x, err := strconv.ParseFloat(cell, 64)
	if err != nil || math.IsInf(x, 0) || math.IsNaN(x) || strings.ContainsAny(cell, "xXpP_") {
		b.fail(r.at(c), b.say("write it as 2 or 0.6"), b.say("%s must be a number, not %q", c.info().key, cell))
		return 0, false
	}
	return x, true
}

// choice reports whether a cell has the value yes. An empty cell and false mean no.
func (b *builder) choice(r *row, c column, yes, zh string) bool {
	switch cell := strings.ToLower(strings.TrimSpace(r.cells[c])); cell {
	case "", "false", "否":
		return false
	case yes, zh:
		return true
	default:
		b.fail(r.at(c), b.say("write %s, or leave the cell empty", yes), b.say("%s must be %s or empty, not %q", c.info().key, yes, cell))
		return false
	}
}

// usualThresholds gives sub-themes whose rows say no threshold that of their theme, and
// notes it: unless no row of the theme has one, as then 1 is meant.
func (b *builder) usualThresholds() {
	for i := range b.themes {
		t := &b.themes[i]
		given := func(s dict.SubTheme) bool { return b.subs[s.ID].given }
		if !slices.ContainsFunc(t.SubThemes, given) {
			continue
		}
		usual := t.UsualThreshold()
		for j := range t.SubThemes {
			if s := b.subs[t.SubThemes[j].ID]; !s.given {
				t.SubThemes[j].Threshold = usual
				b.notes.add(noteThreshold, b.notes.place(s.Pos, s.ID+" "+decimal(usual)))
			}
		}
	}
}

// dictionary checks the whole dictionary and returns it. rank gives the order of
// files (the sheets of a workbook), in which faults are listed.
func (b *builder) dictionary(name string, rank func(file string) int) (*dict.Dictionary, error) {
	for _, s := range b.order {
		t := b.theme(s.theme)
		t.SubThemes = append(t.SubThemes, s.SubTheme)
	}
	b.usualThresholds()
	var d *dict.Dictionary
	switch {
	case b.broken:
	case len(b.themes) == 0 && len(b.errs) == 0:
		b.fail(dict.Position{File: name}, b.say("export a dictionary to see what belongs here"), b.say("no sub-themes and no keywords here"))
	default:
		var err error
		var faults dict.Errors
		if d, err = dict.New(b.themes); errors.As(err, &faults) {
			b.errs = append(b.errs, faults...)
		} else if err != nil {
			return nil, err
		}
	}
	if len(b.errs) == 0 {
		cellPositions(d, name)
		return d, nil
	}
	slices.SortStableFunc(b.errs, func(x, y *dict.Error) int {
		return cmp.Or(cmp.Compare(rank(x.File), rank(y.File)),
			cmp.Compare(x.Position.Line, y.Position.Line), cmp.Compare(x.Column, y.Column))
	})
	return nil, cellErrors(b.errs)
}
