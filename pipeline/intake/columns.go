package intake

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/internal/dates"
)

// ColumnChoice names the columns of a table, or the members of a JSON object, by
// name or by letter. The zero value leaves the choice to what the file shows;
// "none" says that there is no such column.
type ColumnChoice struct {
	Text, Title, Source, ID string
	Time                    string // 日期+时间 names two
}

const noColumn = "none"

// all lists the choices by field.
func (c *ColumnChoice) all() [fieldCount][]string {
	return [fieldCount][]string{
		fieldText: {c.Text}, fieldTitle: {c.Title}, fieldSource: {c.Source}, fieldTime: append(strings.Split(c.Time, "+"), c.Time), fieldID: {c.ID},
	}
}

func (c *ColumnChoice) of(f field) string {
	return [fieldCount]string{c.Text, c.Title, c.Source, c.Time, c.ID}[f]
}

// columns maps fields to the columns of a table; -1 where there is none.
type columns struct {
	at    [fieldCount]int
	clock int // of the time of day where it has a column of its own, else -1
	width int // columns of the header

	labelled bool // labels are wanted
	labels   [labelCount]int
}

// findColumns decides which column is which, and notes it in the table.
func (o *Options) findColumns(t *Table, where phrase.Text, h header, below []row) (columns, error) {
	c := columns{clock: -1, width: len(h.names)}
	for i := range c.at {
		c.at[i] = -1
	}
	for len(h.names) > 0 && c.width > 0 && strings.TrimSpace(h.names[c.width-1]) == "" {
		c.width--
	}
	if len(h.rows) == 0 {
		for i := range below {
			c.width = max(c.width, len(below[i].cells))
		}
	}
	below = c.fitting(below)
	for f := range fieldCount {
		chosen := o.Columns.of(f)
		var how How
		var err error
		switch {
		case chosen == noColumn && f != fieldText:
			continue
		case chosen != "":
			how = ByFlag
			err = o.chosen(&c, f, where, h.names)
		case f == fieldText:
			how, err = o.findText(&c, t, where, h.names, below)
		case f == fieldTime:
			how = o.findTime(&c, t, h.names, below)
		default:
			how = ByName
			o.findNamed(&c, t, f, h.names)
		}
		if err != nil {
			return c, err
		}
		c.note(t, f, h.names, how)
	}
	if o.Labels {
		c = c.findLabels(h.names)
	}
	return c, nil
}

// fitting are the rows that can be taken. Those with more cells than the header are
// refused later: their cells stand in wrong columns and say nothing of these.
func (c *columns) fitting(rows []row) []row {
	var out []row
	for i := range rows {
		cells := rows[i].cells
		for len(cells) > c.width && strings.TrimSpace(cells[len(cells)-1].text) == "" {
			cells = cells[:len(cells)-1]
		}
		if len(cells) <= c.width && rows[i].err == nil {
			out = append(out, rows[i])
		}
	}
	return out
}

// note adds a column to what the table says of itself.
func (c *columns) note(t *Table, f field, names []string, how How) {
	at := []int{c.at[f]}
	if f == fieldTime && c.clock >= 0 {
		at = append(at, c.clock)
	}
	for _, i := range at {
		if i >= 0 {
			t.Columns = append(t.Columns, column(f, i, names, how))
		}
	}
}

func column(f field, i int, names []string, how How) Column {
	name := ""
	if i < len(names) {
		name = shortName(names[i])
	}
	return Column{Field: fieldNames[f], Letter: letter(i), Name: name, How: how}
}

// shortName is a name as it is shown.
func shortName(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if utf8.RuneCountInString(s) > longestName {
		return string([]rune(s)[:longestName-1]) + "…"
	}
	return s
}

// chosen finds the column that a flag names.
func (o *Options) chosen(c *columns, f field, where phrase.Text, names []string) error {
	value := o.Columns.of(f)
	parts := []string{value}
	if f == fieldTime && len(find(names, value)) == 0 && strings.Count(value, "+") == 1 {
		parts = strings.Split(value, "+")
	}
	for n, part := range parts {
		found := find(names, part)
		if len(found) == 0 {
			if i := columnOfLetter(part); i >= 0 && i < max(c.width, 1) {
				found = []int{i}
			}
		}
		switch {
		case len(found) == 0:
			return phrase.Errorf("%s: %w: --%s names none of the columns; the header has %s", where, ErrNoSuchColumn, fieldNames[f], listColumns(names))
		case len(found) > 1:
			return phrase.Errorf("%s: %w: the columns %s have the same name; choose by letter, such as --%s %s",
				where, ErrDoubt, letters(found), fieldNames[f], letter(found[0]))
		case n == 0:
			c.at[f] = found[0]
		default:
			c.clock = found[0]
		}
	}
	return nil
}

// find returns the columns of a name.
func find(names []string, name string) (at []int) {
	want := columnName(name)
	for i := range names {
		if want != "" && columnName(names[i]) == want {
			at = append(at, i)
		}
	}
	return at
}

func letters(at []int) string {
	out := make([]string, len(at))
	for i, c := range at {
		out[i] = letter(c)
	}
	return strings.Join(out, ", ")
}

// listColumns names the columns of a header for an error. Long cells are words of
// a person rather than names, and are not shown.
func listColumns(header []string) string {
	const most, longest = 20, 16
	shown := make([]string, 0, min(len(header), most)+1)
	for i, name := range header {
		if i == most {
			shown = append(shown, "…")
			break
		}
		name = strings.TrimSpace(name)
		if n := utf8.RuneCountInString(name); n > longest {
			name = fmt.Sprintf("(%d characters)", n)
		}
		shown = append(shown, fmt.Sprintf("%s %q", letter(i), name))
	}
	if len(shown) == 0 {
		return "no names"
	}
	return strings.Join(shown, ", ")
}

// findNamed takes the column with the preferred name, and notes others.
func (o *Options) findNamed(c *columns, t *Table, f field, names []string) {
	for _, alias := range aliases[f] {
		for i := range names {
			if g, _ := o.meaning(names[i]); g != f || columnName(names[i]) != alias {
				continue
			}
			if c.at[f] < 0 {
				c.at[f] = i
			} else {
				t.Others = append(t.Others, column(f, i, names, ""))
			}
		}
	}
}

// enoughMore is how many times as much text one of two columns has below it when
// it is taken for the text.
const enoughMore = 2.5

// findText takes the column of text. Of several whose names fit, it is the one
// with most of the text below.
func (o *Options) findText(c *columns, t *Table, where phrase.Text, names []string, below []row) (How, error) {
	var exact, vague []int
	for i := range names {
		switch f, fuzzy := o.meaning(names[i]); {
		case f == fieldText && fuzzy:
			vague = append(vague, i)
		case f == fieldText:
			exact = append(exact, i)
		}
	}
	candidates := slices.Concat(exact, vague)
	if len(candidates) == 0 {
		return "", noHeader(where, below)
	}
	best, second := -1, -1
	for _, i := range candidates {
		switch n := measure(below, i).runes; {
		case best < 0 || n > measure(below, best).runes:
			best, second = i, best
		case second < 0 || n > measure(below, second).runes:
			second = i
		}
	}
	how := ByName
	if len(exact) == 0 {
		how = ByContent
	}
	if second >= 0 {
		most, next := measure(below, best).runes, measure(below, second).runes
		switch {
		case most == 0: // nothing below to tell by
			best = candidates[0]
		case float64(most) < enoughMore*float64(next) && (len(exact) != 1 || exact[0] != best || next*2 > most):
			return "", phrase.Errorf("%s: %w: the text could be column %s %q or %s %q; choose with --text, such as --text %s", where, ErrDoubt,
				letter(best), shortName(names[best]), letter(second), shortName(names[second]), letter(best))
		default:
			how = ByContent
		}
		for _, i := range candidates {
			if i != best && measure(below, i).filled > 0 {
				t.Others = append(t.Others, column(fieldText, i, names, ""))
			}
		}
	}
	if other := o.betterText(best, names, below); other >= 0 {
		return "", phrase.Errorf("%s: %w: column %s %q is short, and column %s has long texts without a name of one; choose with --text, such as --text %s",
			where, ErrDoubt, letter(best), shortName(names[best]), letter(other), letter(other))
	}
	c.at[fieldText] = best
	return how, nil
}

// betterText returns a column that looks like text although its name does not say
// so, where the one that was found does not; else -1.
func (o *Options) betterText(found int, names []string, below []row) int {
	m := measure(below, found)
	if m.filled < 3 || m.mean() >= 6 && m.distinct*2 > m.filled {
		return -1
	}
	for i := range names {
		f, _ := o.meaning(names[i])
		if other := measure(below, i); i != found && f == fieldNone && other.mean() >= 15 && other.mean() >= 4*m.mean() && other.distinct*2 > other.filled {
			return i
		}
	}
	return -1
}

// findTime takes the column of times: the first by name of which the cells can be
// read. A column of dates goes with one of times of day.
func (o *Options) findTime(c *columns, t *Table, names []string, below []row) How {
	var found []int
	for _, alias := range aliases[fieldTime] {
		for i := range names {
			if f, _ := o.meaning(names[i]); f == fieldTime && columnName(names[i]) == alias {
				found = append(found, i)
			}
		}
	}
	if len(found) == 0 {
		return ByName
	}
	best, clock := -1, -1
	for _, i := range found {
		switch s := o.times(below, i); {
		case best < 0 && s.dates > s.clocks:
			best = i
		case clock < 0 && s.clocks > s.dates:
			clock = i
		}
	}
	how := ByName
	switch {
	case best < 0:
		best = found[0] // none can be read, which the balance says of each row
	case clock >= 0 && o.times(below, best).midnights == o.times(below, best).dates:
		c.clock = clock
		how = ByContent
	}
	c.at[fieldTime] = best
	for _, i := range found {
		if i != best && i != c.clock {
			t.Others = append(t.Others, column(fieldTime, i, names, ""))
		}
	}
	return how
}

// timesBelow counts what the cells of a column can be read as.
type timesBelow struct{ dates, midnights, clocks int }

func (o *Options) times(below []row, i int) (n timesBelow) {
	for r := range below {
		if i >= len(below[r].cells) {
			continue
		}
		s := below[r].cells[i].timeOf(o.system1904, o.Location)
		if at, ok := dates.Parse(s, o.Location); ok {
			n.dates++
			if at.Format(time.TimeOnly) == "00:00:00" {
				n.midnights++
			}
		} else if _, ok := dates.Clock(s); ok {
			n.clocks++
		}
	}
	return n
}

// stats measures what stands in a column of the sample.
type stats struct{ filled, runes, distinct int }

func (b stats) mean() float64 {
	if b.filled == 0 {
		return 0
	}
	return float64(b.runes) / float64(b.filled)
}

func measure(rows []row, column int) (b stats) {
	seen := map[string]bool{}
	for r := range rows {
		if column >= len(rows[r].cells) {
			continue
		}
		if s := strings.TrimSpace(rows[r].cells[column].text); s != "" {
			b.filled++
			b.runes += utf8.RuneCountInString(s)
			seen[s] = true
		}
	}
	b.distinct = len(seen)
	return b
}
