package exchange

import (
	"slices"
	"strings"

	"github.com/minyi/minyi/dict"
)

// A plain table is what people make who know no format: a word and its category in
// each row, perhaps with a theme above the category and a weight, below headers of
// their own.
//
//	词,类别
//	学校,教育
//	医院,"医疗、养老"
//
// A cell may name several categories. Categories are names, of which ids are made, or
// full ids.

// plainColumn returns the column of this program that a header of a plain table
// stands for; colNote for any other header.
func plainColumn(header string) column {
	header = strings.ToLower(strings.Join(strings.Fields(strings.TrimPrefix(header, "\ufeff")), " "))
	for _, c := range []struct {
		column  column
		headers []string
	}{
		{colKeyword, []string{"词", "词语", "词汇", "词条", "单词", "特征词", "关键词", "关键字", "詞", "詞語", "詞彙", "關鍵詞", "keyword", "keywords", "word", "words", "term", "terms", "token", "entry"}},
		{colSubTheme, []string{"类别", "分类", "类", "类目", "小类", "子类", "标签", "子主题", "二级分类", "二级类别", "類別", "分類", "類", "小類", "category", "categories", "class", "label", "topic", "subtheme", "sub-theme", "subcategory"}},
		{colThemeZh, []string{"主题", "大类", "一级分类", "一级类别", "大類", "主題", "theme", "group"}},
		{colWeight, []string{"权重", "权值", "分值", "權重", "weight", "score"}},
	} {
		if slices.Contains(c.headers, header) {
			return c.column
		}
	}
	return colNote
}

// plainColumns returns the columns of a plain table, or false if the headers are not
// those of one. A plain table has a column of words and one of categories, each once,
// and one of the two is not called as it is in a table of this program: there, an
// unknown column is a fault.
func plainColumns(headers []string) ([]column, bool) {
	columns := make([]column, len(headers))
	var seen [numColumns]int
	var own [numColumns]bool
	for i, h := range headers {
		columns[i] = plainColumn(h)
		seen[columns[i]]++
		if c, known := columnOf(h); known {
			own[c] = true
		}
	}
	ok := seen[colKeyword] == 1 && seen[colSubTheme] == 1 && seen[colThemeZh] <= 1 && seen[colWeight] <= 1
	return columns, ok && !own[colKind] && (!own[colSubTheme] || !own[colKeyword])
}

// beginPlain notes the columns of a plain table that are not read.
func (b *builder) beginPlain(columns []column, header func(i int) (string, dict.Position)) {
	for i, c := range columns {
		if text, at := header(i); c == colNote && strings.TrimSpace(text) != "" {
			b.notes.add(noteColumns, b.notes.place(at, text))
		}
	}
}

// plainKeyword adds the word of a row of a plain table to each of its categories.
func (b *builder) plainKeyword(r *row) {
	word := strings.TrimSpace(r.cells[colKeyword])
	categories := strings.FieldsFunc(r.cells[colSubTheme], func(c rune) bool { return strings.ContainsRune("\n\r,;，；、", c) })
	categories = slices.DeleteFunc(categories, func(c string) bool { return strings.TrimSpace(c) == "" })
	switch {
	case r.refused:
		b.broken = true
		return
	case word == "":
		b.notes.add(noteNothing, b.notes.place(r.at(colKeyword), r.cells[colSubTheme]))
		return
	case len(categories) == 0:
		b.notes.add(noteAlone, b.notes.place(r.at(colKeyword), word))
		return
	}
	for _, c := range categories {
		one := *r
		one.cells[colKeyword], one.cells[colSubTheme] = word, strings.TrimSpace(c)
		b.keyword(&one)
	}
}

// twice reports, and notes, that a sub-theme has the word of a keyword already.
func (b *builder) twice(s *subTheme, k dict.Keyword) bool {
	same := func(o dict.Keyword) bool { return folded(o.Word) == folded(k.Word) }
	if !slices.ContainsFunc(s.Keywords, same) {
		return false
	}
	b.notes.add(noteTwice, b.notes.place(k.Pos, k.Word))
	return true
}
