package exchange

import (
	"strings"

	"github.com/minyi/minyi/dict"
)

// column is a column of the tables. A row has a cell for each column, most of them
// empty: a CSV file is one table with all columns, a workbook has three kinds of
// sheet with some columns each.
type column int

const (
	colKind column = iota // CSV only: the kind of the row
	colSubTheme
	colZh
	colEn
	colThemeZh
	colThemeEn
	colRelative
	colLength
	colTitle
	colAspect
	colThreshold
	colKeyword
	colAll
	colWithin
	colWeight
	colMatch
	colToken
	colUnless
	colText
	colExpect
	colForbid
	colNote
	numColumns
)

// columnInfo is the header of a column, its width and its notes.
type columnInfo struct {
	key    string // the first word of its header, by which readers recognise it
	zh     string // the rest of its header
	width  float64
	noteZh string
	noteEn string
}

// info returns the header and the notes of a column.
func (c column) info() columnInfo {
	return [numColumns]columnInfo{
		colKind: {"kind", "类型", 12, "", ""},
		colSubTheme: {
			"subtheme", "子主题", 28,
			"子主题的完整编号：主题/子主题，只用 a-z、0-9 和 _，如 livelihood/education。行的先后就是子主题的先后：得分相同时靠前的为主。",
			"Full id: theme/sub-theme, of a-z, 0-9 and _, as in livelihood/education. The order of rows is the order of sub-themes: of two equal scores the earlier is the primary.",
		},
		colZh:      {"zh", "中文名", 18, "子主题的中文名；留空则用编号。", "Chinese name of the sub-theme; empty: its id."},
		colEn:      {"en", "英文名", 24, "子主题的英文名；留空则用编号。", "English name of the sub-theme; empty: its id."},
		colThemeZh: {"theme_zh", "主题中文名", 14, "主题的中文名；同一主题只需写一次。", "Chinese name of the theme; once for each theme is enough."},
		colThemeEn: {"theme_en", "主题英文名", 20, "主题的英文名；同一主题只需写一次。", "English name of the theme; once for each theme is enough."},
		colRelative: {
			"relative_threshold", "相对阈值", 20,
			"主题的相对阈值，0 到 1，如 0.4：除达到阈值外，得分还须至少是全文最高分的 0.4 倍才打上；留空为 0，即不要求。同一主题只需写一次。",
			"Of the theme, 0 to 1, such as 0.4: besides its threshold, a sub-theme must reach 0.4 of the text's highest score to be tagged; empty: 0, nothing more. Once for each theme is enough.",
		},
		colLength: {
			"threshold_length", "阈值长度", 18,
			"主题的阈值按字面适用的文本长度（字数），如 16：文本更长时阈值按长度的平方根提高，长到 4 倍则阈值加倍；留空为 0，即不随长度变化。同一主题只需写一次。",
			"Of the theme, in characters, such as 16: up to this length of text thresholds hold as written, and in a text four times as long they are twice as high; empty: 0, the same for every length. Once for each theme is enough.",
		},
		colTitle: {
			"title_weight", "标题权重", 16,
			"主题的标题权重，1 到 9，如 2：关键词出现在标题里（第一个不空的行，不超过 60 字，后面有正文）就算 2 次；留空为 1，即与正文一样。同一主题只需写一次。",
			"Of the theme, 1 to 9, such as 2: a keyword in the title (the first line that is not blank, of at most 60 characters, with text below it) counts twice; empty: 1, as everywhere else. Once for each theme is enough.",
		},
		colAspect: {"aspect", "方面", 14, "征求意见的九个方面之一，从下拉列表选；可留空。", "One of the nine headings of the consultation, from the list; may be empty."},
		colThreshold: {
			"threshold", "阈值", 12, "得分达到多少就打上这个子主题；留空则与本主题多数子主题相同，一般为 1。",
			"Score from which a text is tagged with the sub-theme; empty: that of most sub-themes of the theme, mostly 1.",
		},
		colKeyword: {
			"keyword", "关键词", 22, "要找的词，照原样按文本保存（007 就是 007）。一行一个词；组合规则请写在 all 一列。",
			"The word to look for, kept as text exactly as typed (007 is 007). One word a row; a rule of several words goes into the column all.",
		},
		colAll: {
			"all", "同时出现", 22, "组合规则：几个词都出现才算，顺序不限。每个词一行（Alt+Enter 换行），并填写 within。",
			"A rule: all of these words, in any order. One word a line (Alt+Enter), and fill in within.",
		},
		colWithin: {
			"within", "字数范围", 12, "只用于组合规则：从第一个词的开头到最后一个词的末尾最多多少个字。",
			"Rules only: the most characters from the beginning of the first word to the end of the last.",
		},
		colWeight: {
			"weight", "权重", 10, "计入得分的分量；留空为 1。负数表示反证，不能为 0。",
			"What the keyword adds to the score; empty: 1. Negative: evidence against. Never 0.",
		},
		colMatch: {
			"match", "匹配", 10, "whole：只有作为完整的词出现才算（代表 不算 代表团）；留空：在更长的词里也算。",
			"whole: only where it stands as a word of its own (代表, not 代表团); empty: inside longer words too.",
		},
		colToken: {
			"token", "加入分词", 12, "true：加入分词词典，会影响其他文字的切分；一般留空。",
			"true: added to the segmenter's words, which changes how other text is cut; mostly empty.",
		},
		colUnless: {
			"unless", "除非", 22, "出现在这些更长的词里就不算。每个词一行（Alt+Enter 换行）。",
			"Not counted inside one of these longer words. One word a line (Alt+Enter).",
		},
		colText: {"text", "例句", 70, "一条例子：词典的测试。", "An example: the test of the dictionary."},
		colExpect: {
			"expect", "应有", 28, "必须打上的子主题，完整编号，每个一行；none 表示什么都不应打上。",
			"Sub-themes it must be tagged with, full ids, one a line; none: it must have no tag at all.",
		},
		colForbid: {"forbid", "不应有", 28, "不得打上的子主题，完整编号，每个一行。", "Sub-themes it must not be tagged with, full ids, one a line."},
		colNote:   {"note", "备注", 30, "给同事看的备注，导入时不读取。", "Remarks for colleagues; not read on import."},
	}[c]
}

// header returns the text in the first row of the column: "keyword 关键词".
func (c column) header() string { return c.info().key + " " + c.info().zh }

// isText reports whether cells of the column are text, which a spreadsheet must not
// interpret; the other columns are numbers.
func (c column) isText() bool {
	return c != colRelative && c != colLength && c != colTitle && c != colThreshold && c != colWithin && c != colWeight
}

// columnOf returns the column with a header. It compares the first word with the key
// and the Chinese name.
func columnOf(header string) (column, bool) {
	fields := strings.Fields(strings.ToLower(strings.TrimPrefix(header, "\ufeff")))
	if len(fields) == 0 {
		return 0, false
	}
	for c := range numColumns {
		if fields[0] == c.info().key || fields[0] == c.info().zh {
			return c, true
		}
	}
	return 0, false
}

func subThemeColumns() []column {
	return []column{colSubTheme, colZh, colEn, colThemeZh, colThemeEn, colRelative, colLength, colTitle, colAspect, colThreshold, colNote}
}

func keywordColumns() []column {
	return []column{colSubTheme, colKeyword, colWeight, colMatch, colToken, colUnless, colAll, colWithin, colNote}
}

func exampleColumns() []column {
	return []column{colSubTheme, colText, colExpect, colForbid, colNote}
}

// allColumns returns the columns of a CSV file.
func allColumns() []column {
	all := make([]column, numColumns)
	for i := range all {
		all[i] = column(i)
	}
	return all
}

// The kinds of rows, as they are written in the first column of a CSV file.
const (
	kindSubTheme = "subtheme"
	kindKeyword  = "keyword"
	kindExample  = "example"
)

// none in the column expect demands that a text has no tag. It cannot be an id,
// because a full id has a slash.
const none = "none"

// row is one row of a table that is being written or read.
type row struct {
	cells [numColumns]string
	pos   [numColumns]dict.Position // when reading: the position of each cell

	// refused says that a cell could not be read, which is reported. Then it is not
	// reported if the row lacks something.
	refused bool
}

func (r *row) at(c column) dict.Position { return r.pos[c] }

// isEmpty reports whether a row has at most a note.
func (r *row) isEmpty() bool {
	for c, cell := range r.cells {
		if column(c) != colNote && strings.TrimSpace(cell) != "" {
			return false
		}
	}
	return true
}

// isMark reports whether cells of the column can only have one of a few words that
// minyi defines.
func (c column) isMark() bool { return c == colKind || c == colMatch || c == colToken }
