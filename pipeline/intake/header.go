package intake

import (
	"strings"
	"unicode/utf8"

	"github.com/minyi/minyi/dict/phrase"
)

// headerRows is how many rows with something in them are looked at for a
// header: above it a table may have a heading of its own.
const headerRows = 20

// maxColumns is how many columns of a table can be named. A sheet may have a cell
// in its 16,384th in each of a million rows.
const maxColumns = 1024

// ErrNoTextColumn is returned by [Open] for a table of which no column can be
// told to hold the text.
var ErrNoTextColumn = phrase.New("no column of text")

// ErrNoSuchColumn is returned by [Open] where a choice names a column, a row or a
// sheet that is not there.
var ErrNoSuchColumn = phrase.New("what was chosen is not there")

// ErrListInside is returned by [Open] for a file of JSON that is one object with the
// suggestions in a list inside it.
var ErrListInside = phrase.New("the file is one object, and the suggestions are a list inside it")

// ErrDoubt is returned by [Open] for a table that can be read in two ways. The
// error names the flag that decides.
var ErrDoubt = phrase.New("the table can be read in two ways")

// header is where the names of the columns stand.
type header struct {
	rows  []int // in the sample, ascending; none where the table has no header
	names []string
	first int // in the sample, of the first row below
}

// findHeader looks for the row whose cells say most about the columns below. ok
// is false where no row names a column of text.
//
// A title above the table names nothing, or one column. A row of groups above the
// header (基本信息 | 留言) names fewer columns than the header does. Where a header
// takes two rows because cells are merged over both, the names of both together
// say more than each alone.
func (o *Options) findHeader(sample []row) (h header, ok bool) {
	best := -1
	consider := func(rows []int, names []string) {
		if n, fits := o.named(names); fits && n > best {
			best, ok = n, true
			h = header{rows: rows, names: names, first: rows[len(rows)-1] + 1}
		}
	}
	for i := range min(headerRows, len(sample)) {
		if len(sample[i].cells) > maxColumns {
			continue
		}
		names := texts(sample[i].cells)
		consider([]int{i}, names)
		if i+1 < len(sample) && len(sample[i+1].cells) <= maxColumns && sample[i+1].number == sample[i].number+1 {
			if below := texts(sample[i+1].cells); areLabels(below) {
				above, _ := o.named(names)
				alone, _ := o.named(below)
				both := merged(names, below)
				if n, _ := o.named(both); n > above && n > alone {
					consider([]int{i, i + 1}, both)
				}
			}
		}
	}
	// The header once more in another language is no suggestion.
	for ok && h.first < len(sample) && len(sample[h.first].cells) <= maxColumns {
		next := texts(sample[h.first].cells)
		if n, fits := o.named(next); !fits || n < 2 || !sameColumns(o, h.names, next) {
			break
		}
		h.rows = append(h.rows, h.first)
		h.first++
	}
	return h, ok
}

// named counts the columns that a row names, and tells whether it can be a
// header: one of them is of text. A name that only may be one of text counts
// where others are known.
func (o *Options) named(names []string) (n int, fits bool) {
	var have [fieldCount]bool
	others, fuzzy := 0, false
	for _, name := range names {
		f, vague := o.meaning(name)
		switch {
		case f == fieldOther:
			others++
		case vague:
			fuzzy = true
		case f >= 0:
			have[f] = true
		}
	}
	for _, h := range have {
		if h {
			n++
		}
	}
	fits = have[fieldText] || o.chosenByLetter() && n+others > 0
	if fuzzy && !have[fieldText] && n+others > 0 {
		fits = true
		n++
	}
	return 4*n + min(others, 3), fits
}

// meaning is what a name means, where flags have the first word.
func (o *Options) meaning(name string) (f field, fuzzy bool) {
	for f, chosen := range o.Columns.all() {
		for _, c := range chosen {
			if c != "" && columnName(c) == columnName(name) {
				return field(f), false
			}
		}
	}
	return meaning(name)
}

// chosenByLetter tells whether the column of text is named by its letter.
func (o *Options) chosenByLetter() bool {
	return o.Columns.Text != "" && columnOfLetter(o.Columns.Text) >= 0
}

// sameColumns tells whether two rows name the same columns of text.
func sameColumns(o *Options, a, b []string) bool {
	for i, name := range b {
		f, fuzzy := o.meaning(name)
		if f != fieldText || fuzzy || i >= len(a) {
			continue
		}
		if g, _ := o.meaning(a[i]); g == fieldText {
			return true
		}
	}
	return false
}

// areLabels tells whether the cells of a row could be names: short, and no numbers.
func areLabels(cells []string) bool {
	const longest = 20
	n := 0
	for _, c := range cells {
		c = strings.TrimSpace(c)
		if c == "" {
			continue
		}
		if n++; utf8.RuneCountInString(c) > longest || strings.ContainsAny(c, "0123456789，。！？,!?") {
			return false
		}
	}
	return n > 0
}

// merged is a header of two rows: the lower cell says more.
func merged(upper, lower []string) []string {
	out := make([]string, max(len(upper), len(lower)))
	copy(out, upper)
	for i, name := range lower {
		if strings.TrimSpace(name) != "" {
			out[i] = name
		}
	}
	return out
}

func texts(cells []cell) []string {
	out := make([]string, len(cells))
	for i := range cells {
		out[i] = cells[i].text
	}
	return out
}

// headerAt is the header in the row that was chosen; 0: the table has none.
func (o *Options) headerAt(sample []row, where phrase.Text) (header, error) {
	if *o.HeaderRow == 0 {
		return header{}, nil
	}
	for i := range sample {
		if sample[i].number == *o.HeaderRow {
			return header{rows: []int{i}, names: texts(sample[i].cells), first: i + 1}, nil
		}
	}
	return header{}, phrase.Errorf("%s: %w: --header-row %d is empty, or too far down", where, ErrNoSuchColumn, *o.HeaderRow)
}

// noHeader says what was found where no row names a column of text. A table
// without a header has citizens' words in its first row, so no cell is shown,
// only where text may stand.
func noHeader(where phrase.Text, sample []row) error {
	width := 0
	for i := range sample {
		width = max(width, len(sample[i].cells))
	}
	var long []phrase.Text
	for c := range width {
		if s := measure(sample, c); s.mean() >= 10 {
			long = append(long, phrase.Textf("%s (%.0f characters on average)", letter(c), s.mean()))
		}
	}
	hint := phrase.Textf("name it with --text NAME or a letter such as --text C; --header-row 0 says that there is no header")
	if len(long) > 0 && len(long) <= 5 {
		hint = phrase.Textf("%s; long texts stand in %s", hint, long[0])
		for _, column := range long[1:] {
			hint = phrase.Textf("%s and %s", hint, column)
		}
	}
	return phrase.Errorf("%s: %w: none of the first rows names one as text, 正文, 内容, 建议, 留言 or 诉求: %s", where, ErrNoTextColumn, hint)
}
