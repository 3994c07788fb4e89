package exchange

import (
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"

	"github.com/xuri/excelize/v2"

	"github.com/minyi/minyi/dict"
	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/internal/workbook"
)

// A workbook has these sheets: the guide; the sub-themes; a sheet of keywords for
// each theme; the examples. A reader recognises a sheet by its header, not by its
// name, so analysts may rename sheets.

const (
	guideSheet     = "说明 Guide"
	subThemesSheet = "子主题 Sub-themes"
	examplesSheet  = "例句 Examples"

	maxRows       = 1 << 20 // of a sheet
	maxCellUnits  = 32_767  // UTF-16 units that a cell can hold; excelize silently cuts off the rest
	textNumFmt    = 49      // Excel's number for the format Text
	maxSheetRunes = 31
)

// WriteXLSX writes a dictionary as a workbook. A text that no cell can contain,
// because it has more than 32,767 UTF-16 units or is not UTF-8, is an error, and
// then nothing is written.
func WriteXLSX(w io.Writer, d *dict.Dictionary) (err error) {
	book := excelize.NewFile()
	defer func() { err = errors.Join(err, book.Close()) }()
	x := &xlsxWriter{book: book}
	if err := x.workbook(d); err != nil {
		return phrase.Errorf("export dictionary: %w", err)
	}
	if _, err := book.WriteTo(w); err != nil {
		return phrase.Errorf("export dictionary: %w", err)
	}
	return nil
}

type xlsxWriter struct {
	book                 *excelize.File
	header, text, number int // styles
}

func (x *xlsxWriter) workbook(d *dict.Dictionary) error {
	if err := x.styles(); err != nil {
		return err
	}
	if err := x.guide(); err != nil {
		return err
	}
	var subs, examples []row
	ranges := make([][2]int, len(d.Themes)) // range of rows with each theme's sub-themes
	for i := range d.Themes {
		t := &d.Themes[i]
		ranges[i][0] = len(subs) + 2
		for j := range t.SubThemes {
			s := &t.SubThemes[j]
			subs = append(subs, subThemeRow(t, s))
			for k := range s.Examples {
				examples = append(examples, exampleRow(s, &s.Examples[k]))
			}
		}
		ranges[i][1] = len(subs) + 1
	}
	if err := x.sheet(subThemesSheet, subThemeColumns(), subs, [2]int{}); err != nil {
		return err
	}
	names := sheetNames(d.Themes)
	for i := range d.Themes {
		var keywords []row
		for j := range d.Themes[i].SubThemes {
			s := &d.Themes[i].SubThemes[j]
			for k := range s.Keywords {
				keywords = append(keywords, keywordRow(s, &s.Keywords[k]))
			}
		}
		if err := x.sheet(names[i], keywordColumns(), keywords, ranges[i]); err != nil {
			return err
		}
	}
	return x.sheet(examplesSheet, exampleColumns(), examples, [2]int{2, len(subs) + 1})
}

func (x *xlsxWriter) styles() (err error) {
	top := &excelize.Alignment{Vertical: "top", WrapText: true}
	for _, s := range []struct {
		id    *int
		style excelize.Style
	}{
		{&x.header, excelize.Style{
			Font: &excelize.Font{Bold: true, Color: "FFFFFF"}, Alignment: top, NumFmt: textNumFmt,
			Fill: excelize.Fill{Type: "pattern", Pattern: 1, Color: []string{"1F4E79"}},
		}},
		{&x.text, excelize.Style{Alignment: top, NumFmt: textNumFmt}},
		{&x.number, excelize.Style{Alignment: &excelize.Alignment{Vertical: "top"}}},
	} {
		if *s.id, err = x.book.NewStyle(&s.style); err != nil {
			return err
		}
	}
	return nil
}

// sheet adds a sheet with a header and rows. subs is the range of rows in the sheet
// of sub-themes from which the drop-down list takes its entries; zero means no list.
func (x *xlsxWriter) sheet(name string, columns []column, rows []row, subs [2]int) error {
	if len(rows) >= maxRows {
		return phrase.Errorf("%d rows for the sheet %s; Excel has %d", len(rows), name, maxRows)
	}
	if _, err := x.book.NewSheet(name); err != nil {
		return err
	}
	for i, c := range columns {
		if err := x.column(name, i+1, c, subs); err != nil {
			return err
		}
	}
	for i := range rows {
		for j, c := range columns {
			if err := x.cell(name, j+1, i+2, c, rows[i].cells[c]); err != nil {
				return err
			}
		}
	}
	last, err := excelize.ColumnNumberToName(len(columns))
	if err != nil {
		return err
	}
	if err := x.book.AutoFilter(name, fmt.Sprintf("A1:%s%d", last, len(rows)+1), nil); err != nil {
		return err
	}
	return x.book.SetPanes(name, &excelize.Panes{
		Freeze: true, YSplit: 1, TopLeftCell: "A2", ActivePane: "bottomLeft",
		Selection: []excelize.Selection{{SQRef: "A2", ActiveCell: "A2", Pane: "bottomLeft"}},
	})
}

// column sets up a column: its format, which also applies to rows that the analyst
// will add, its header with a note, and its drop-down list.
func (x *xlsxWriter) column(sheet string, i int, c column, subs [2]int) error {
	name, err := excelize.ColumnNumberToName(i)
	if err != nil {
		return err
	}
	style := x.text
	if !c.isText() {
		style = x.number
	}
	if err := x.book.SetColStyle(sheet, name, style); err != nil {
		return err
	}
	if err := x.book.SetColWidth(sheet, name, name, c.info().width); err != nil {
		return err
	}
	if err := x.book.SetCellStr(sheet, name+"1", c.header()); err != nil {
		return err
	}
	if err := x.book.SetCellStyle(sheet, name+"1", name+"1", x.header); err != nil {
		return err
	}
	note := c.info().noteZh + "\n\n" + c.info().noteEn
	err = x.book.AddComment(sheet, excelize.Comment{
		Cell: name + "1", Author: "minyi", Width: 320, Height: uint(60 + 22*(utf8.RuneCountInString(note)/28)),
		Paragraph: []excelize.RichTextRun{{Text: note}},
	})
	if err != nil {
		return err
	}
	return x.validation(sheet, name, c, subs)
}

// validation gives a column its drop-down list, or the bounds of its numbers. For
// sub-themes it warns rather than refuses, because a new sub-theme may be intended.
func (x *xlsxWriter) validation(sheet, column string, c column, subs [2]int) (err error) {
	v := excelize.NewDataValidation(true)
	v.Sqref = fmt.Sprintf("%s2:%s%d", column, column, maxRows)
	style := excelize.DataValidationErrorStyleStop
	switch {
	case c == colMatch:
		err = v.SetDropList([]string{"whole"})
	case c == colToken:
		err = v.SetDropList([]string{"true"})
	case c == colAspect:
		aspects := dict.Aspects()
		ids := make([]string, len(aspects))
		for i, a := range aspects {
			ids[i] = a.ID
		}
		err = v.SetDropList(ids)
	case c == colSubTheme && subs[0] > 0:
		style = excelize.DataValidationErrorStyleWarning
		v.SetSqrefDropList(fmt.Sprintf("'%s'!$A$%d:$A$%d", subThemesSheet, subs[0], max(subs[0], subs[1])))
	case c == colWeight:
		err = v.SetRange(-1000, 1000, excelize.DataValidationTypeDecimal, excelize.DataValidationOperatorBetween)
	case c == colRelative:
		err = v.SetRange(0, 1, excelize.DataValidationTypeDecimal, excelize.DataValidationOperatorBetween)
	case c == colLength:
		err = v.SetRange(0, 1_000_000, excelize.DataValidationTypeWhole, excelize.DataValidationOperatorBetween)
	case c == colTitle:
		err = v.SetRange(1, 9, excelize.DataValidationTypeWhole, excelize.DataValidationOperatorBetween)
	case c == colThreshold:
		err = v.SetRange(0.000001, 1_000_000, excelize.DataValidationTypeDecimal, excelize.DataValidationOperatorBetween)
	case c == colWithin:
		err = v.SetRange(1, 1000, excelize.DataValidationTypeWhole, excelize.DataValidationOperatorBetween)
	default:
		return nil
	}
	if err != nil {
		return err
	}
	v.SetError(style, c.info().zh+" "+c.info().key, shorten(c.info().noteZh, 200))
	return x.book.AddDataValidation(sheet, v)
}

// shorten cuts a text for a box of Excel, which has room for 255 characters.
func shorten(s string, most int) string {
	if r := []rune(s); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return s
}

// cell writes one cell, unless the value is empty.
func (x *xlsxWriter) cell(sheet string, column, line int, c column, value string) error {
	if value == "" {
		return nil
	}
	name, err := excelize.CoordinatesToCellName(column, line)
	if err != nil {
		return err
	}
	if !c.isText() {
		number, err := strconv.ParseFloat(value, 64)
		if err != nil {
			return err
		}
		return x.book.SetCellFloat(sheet, name, number, -1, 64)
	}
	if !utf8.ValidString(value) {
		return phrase.Errorf("%s!%s: a text that is not UTF-8", sheet, name)
	}
	value = workbook.EscapeCodes(value)
	if units := len(utf16.Encode([]rune(value))); units > maxCellUnits {
		return phrase.Errorf("%s!%s: a text of %d characters; a cell of Excel holds %d", sheet, name, units, maxCellUnits)
	}
	return x.book.SetCellStr(sheet, name, value)
}

// sheetNames returns a name for the sheet of each theme: its Chinese name without
// the characters that Excel does not allow.
func sheetNames(themes []dict.Theme) []string {
	names := make([]string, len(themes))
	taken := map[string]bool{"history": true}
	for _, own := range []string{guideSheet, subThemesSheet, examplesSheet} {
		taken[strings.ToLower(own)] = true
	}
	for i, t := range themes {
		name := strings.Trim(strings.Map(func(r rune) rune {
			if strings.ContainsRune(`:\/?*[]!`, r) || unicode.IsControl(r) || r == utf8.RuneError || r > 0xffff {
				return -1
			}
			return r
		}, t.Name.Zh), " '\u3000")
		if name == "" {
			name = t.ID
		}
		unique := cut(name, maxSheetRunes)
		for n := 2; taken[strings.ToLower(unique)]; n++ {
			suffix := fmt.Sprintf(" %d", n)
			unique = cut(name, maxSheetRunes-len(suffix)) + suffix
		}
		taken[strings.ToLower(unique)] = true
		names[i] = unique
	}
	return names
}

func cut(s string, runes int) string {
	if r := []rune(s); len(r) > runes {
		return string(r[:runes])
	}
	return s
}
