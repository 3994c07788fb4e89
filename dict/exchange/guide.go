package exchange

import (
	"fmt"

	"github.com/xuri/excelize/v2"
)

// guideLines returns the text of a workbook's first sheet, which explains how to use
// it.
func guideLines() [][2]string {
	return [][2]string{
		{"minyi 词典", "A dictionary of minyi"},
		{
			"这份工作簿就是整部词典：改好、保存，再用 minyi dict import 导入。导入前会检查全部内容，错误会指明工作表和单元格。",
			"This workbook is the whole dictionary: edit it, save it, and read it back with minyi dict import. Everything is checked first; faults name the sheet and the cell.",
		},
		{
			"“子主题 Sub-themes”：一行一个要统计的子主题。增加子主题就加一行；删除一行之前，先删除用到它的关键词和例句。",
			"“子主题 Sub-themes”: a row for each sub-theme that is counted. Add a row for a new one; before deleting one, delete the keywords and examples that name it.",
		},
		{
			"每个主题一张关键词表：一行一个关键词。工作表的名字和行的先后可以随意改，子主题一列决定它属于谁。",
			"A sheet of keywords for each theme: a row for each keyword. Sheets may be renamed and rows moved; the column subtheme decides where a keyword belongs.",
		},
		{
			"“例句 Examples”：词典的测试。写下一句话，以及必须打上和不得打上的子主题；minyi dict test 会逐条检验。",
			"“例句 Examples”: the test of the dictionary. A text, and the sub-themes it must and must not be tagged with; minyi dict test checks them all.",
		},
		{
			"把鼠标停在表头上，可以看到每一列的说明。带下拉箭头的单元格请从列表中选择。留空就是默认值。",
			"Point at a header to see what its column means. Choose from the list where a cell has an arrow. Empty means the default.",
		},
		{
			"单元格已设为文本：007、1.10、null、=SUM(A1)、+86 都会原样保留。从别处粘贴时请用“选择性粘贴 → 值/文本”；被 Excel 变成数字或日期的关键词会被拒绝，因为已无法知道原来写的是什么。",
			"Cells are set to Text: 007, 1.10, null, =SUM(A1) and +86 stay as they are. Paste with Paste Special → Values; a keyword that Excel has made a number or a date is refused, because nobody can know what was typed.",
		},
		{
			"一个单元格要写几个词时（all、unless、expect、forbid），每个一行，用 Alt+Enter 换行。",
			"Several words in one cell (all, unless, expect, forbid) go on a line each: Alt+Enter begins a new line.",
		},
		{
			"第一行表头的英文名不能改。自己的备注写在 note 一列，或写在以 # 开头的工作表里；导入时不读取。",
			"Keep the English names in the first row. Remarks go into the column note, or into a sheet whose name begins with #; they are not read.",
		},
	}
}

// guide writes the guide to the sheet that every new workbook has.
func (x *xlsxWriter) guide() error {
	if err := x.book.SetSheetName(x.book.GetSheetName(0), guideSheet); err != nil {
		return err
	}
	wrapped, err := x.book.NewStyle(&excelize.Style{
		NumFmt: textNumFmt, Alignment: &excelize.Alignment{Vertical: "top", WrapText: true},
	})
	if err != nil {
		return err
	}
	if err := x.book.SetColWidth(guideSheet, "A", "B", 72); err != nil {
		return err
	}
	for i, line := range guideLines() {
		style := wrapped
		if i == 0 {
			style = x.header
		}
		for j, column := range []string{"A", "B"} {
			cell := fmt.Sprintf("%s%d", column, i+1)
			if err := x.book.SetCellStr(guideSheet, cell, line[j]); err != nil {
				return err
			}
			if err := x.book.SetCellStyle(guideSheet, cell, cell, style); err != nil {
				return err
			}
		}
	}
	return nil
}
