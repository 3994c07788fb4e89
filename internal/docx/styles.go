package docx

import (
	"fmt"
	"strings"
)

// The page of GB/T 9704-2012, in twentieths of a point (twips): A4, margins of 37, 35, 28
// and 26 mm, 22 lines of 28 characters. The grid has lines only, and characters are set
// a little closer: a grid of characters spreads text over twice the space in LibreOffice.
const (
	pageWidth, pageHeight = 11906, 16838
	top, bottom           = 2098, 1984
	left, right           = 1588, 1474
	textWidth             = pageWidth - left - right
	linePitch             = (pageHeight - top - bottom) / 22
	charSpacing           = -5   // 28 characters of 16 pt are a little too wide
	footerAt              = 1304 // 7 mm below the text
	bodySize              = 32   // half points
	english               = "Times New Roman"
)

// Fonts as the standard names them, and by which others a program may replace them.
const (
	xiaobiaosong = "方正小标宋简体"
	heiti        = "黑体"
	kaiti        = "楷体_GB2312"
	fangsong     = "仿宋_GB2312"
	songti       = "宋体"
)

var fonts = []struct{ name, alternative, family string }{
	{xiaobiaosong, "方正小标宋_GBK", "auto"},
	{heiti, "SimHei", "modern"},
	{kaiti, "楷体", "modern"},
	{fangsong, "仿宋", "modern"},
	{songti, "SimSun", "auto"},
	{english, "", "roman"},
}

func fontTable() string {
	var w strings.Builder
	w.WriteString(xmlHeader + `<w:fonts xmlns:w="` + wordNS + `">`)
	for _, f := range fonts {
		charset := "86" // GB2312
		if f.alternative == "" {
			charset = "00"
		}
		fmt.Fprintf(&w, `<w:font w:name="%s">`, f.name)
		if f.alternative != "" {
			fmt.Fprintf(&w, `<w:altName w:val="%s"/>`, f.alternative)
		}
		fmt.Fprintf(&w, `<w:charset w:val="%s"/><w:family w:val="%s"/></w:font>`, charset, f.family)
	}
	w.WriteString("</w:fonts>")
	return w.String()
}

// style is a paragraph style.
type style struct {
	id, name   string
	font       string
	size       int // half points
	bold       bool
	properties string // of paragraphs
}

// indent is that of two characters.
const indent = `<w:ind w:firstLineChars="200" w:firstLine="630"/>`

// offGrid lets lines of a table be as high as their text.
const offGrid = `<w:snapToGrid w:val="0"/><w:spacing w:before="20" w:after="20" w:line="240" w:lineRule="auto"/>`

var styles = []style{
	{"Title", "Title", xiaobiaosong, 44, false, `<w:keepNext/><w:spacing w:before="0" w:after="0"/><w:jc w:val="center"/>`},
	{"Subtitle", "Subtitle", kaiti, bodySize, false, `<w:spacing w:after="290"/><w:jc w:val="center"/>`},
	{"Heading1", "heading 1", heiti, bodySize, false, `<w:keepNext/><w:keepLines/>` + indent + `<w:jc w:val="left"/><w:outlineLvl w:val="0"/>`},
	{"Heading2", "heading 2", kaiti, bodySize, false, `<w:keepNext/><w:keepLines/>` + indent + `<w:jc w:val="left"/><w:outlineLvl w:val="1"/>`},
	{"Heading3", "heading 3", fangsong, bodySize, true, `<w:keepNext/><w:keepLines/>` + indent + `<w:jc w:val="left"/><w:outlineLvl w:val="2"/>`},
	{"BodyText", "Body Text", fangsong, bodySize, false, indent + `<w:jc w:val="both"/>`},
	{"ListItem", "List Item", fangsong, bodySize, false, indent + `<w:jc w:val="left"/>`},
	{"Quote", "Quote", kaiti, 28, false, `<w:snapToGrid w:val="0"/><w:spacing w:before="60" w:after="60" w:line="420" w:lineRule="exact"/><w:ind w:left="632" w:right="316"/><w:jc w:val="both"/>`},
	{"Caption", "caption", heiti, 24, false, `<w:keepNext/><w:snapToGrid w:val="0"/><w:spacing w:before="120" w:after="60"/><w:jc w:val="center"/>`},
	{"ChartCaption", "Chart Caption", heiti, 24, false, `<w:snapToGrid w:val="0"/><w:spacing w:before="0" w:after="180"/><w:jc w:val="center"/>`},
	{"TableNote", "Table Note", fangsong, 21, false, offGrid + `<w:jc w:val="left"/>`},
	{"TableText", "Table Text", fangsong, 21, false, offGrid},
	{"TableHead", "Table Head", heiti, 21, false, `<w:keepNext/>` + offGrid + `<w:jc w:val="center"/>`},
	{"TableTextSmall", "Table Text Small", fangsong, 18, false, offGrid},
	{"TableHeadSmall", "Table Head Small", heiti, 18, false, `<w:keepNext/>` + offGrid + `<w:jc w:val="center"/>`},
	{"Picture", "Picture", fangsong, bodySize, false, `<w:keepNext/><w:snapToGrid w:val="0"/><w:spacing w:before="120" w:after="0" w:line="240" w:lineRule="auto"/><w:jc w:val="center"/>`},
	{"TOCHeading", "TOC Heading", heiti, bodySize, false, `<w:keepNext/><w:jc w:val="center"/>`},
	{"TOC1", "toc 1", heiti, 28, false, tocTab + `<w:ind w:left="0"/>`},
	{"TOC2", "toc 2", fangsong, 28, false, tocTab + `<w:ind w:left="420"/>`},
	{"Footer", "footer", songti, 28, false, `<w:snapToGrid w:val="0"/>`},
}

var tocTab = fmt.Sprintf(`<w:tabs><w:tab w:val="right" w:leader="dot" w:pos="%d"/></w:tabs><w:snapToGrid w:val="0"/><w:spacing w:line="420" w:lineRule="exact"/>`, textWidth)

func (d *Document) stylesPart() string {
	var w strings.Builder
	fmt.Fprintf(&w, xmlHeader+`<w:styles xmlns:w="`+wordNS+`"><w:docDefaults><w:rPrDefault><w:rPr>%s<w:sz w:val="%d"/><w:szCs w:val="%d"/><w:lang w:val="en-US" w:eastAsia="zh-CN"/></w:rPr></w:rPrDefault><w:pPrDefault/></w:docDefaults>`,
		d.runFonts(fangsong), bodySize, bodySize)
	w.WriteString(`<w:style w:type="paragraph" w:default="1" w:styleId="Normal"><w:name w:val="Normal"/><w:qFormat/><w:pPr><w:widowControl/></w:pPr></w:style>` +
		`<w:style w:type="table" w:default="1" w:styleId="TableNormal"><w:name w:val="Normal Table"/><w:tblPr><w:tblInd w:w="0" w:type="dxa"/><w:tblCellMar><w:top w:w="0" w:type="dxa"/><w:left w:w="60" w:type="dxa"/><w:bottom w:w="0" w:type="dxa"/><w:right w:w="60" w:type="dxa"/></w:tblCellMar></w:tblPr></w:style>` +
		`<w:style w:type="table" w:styleId="TableGrid"><w:name w:val="Table Grid"/><w:basedOn w:val="TableNormal"/><w:tblPr><w:tblBorders>`)
	for _, side := range []string{"top", "left", "bottom", "right", "insideH", "insideV"} {
		fmt.Fprintf(&w, `<w:%s w:val="single" w:sz="4" w:space="0" w:color="808080"/>`, side)
	}
	w.WriteString(`</w:tblBorders></w:tblPr></w:style>`)
	for _, s := range styles {
		bold, spacing := "", ""
		if s.bold {
			bold = "<w:b/>"
		}
		if s.size == bodySize {
			spacing = fmt.Sprintf(`<w:spacing w:val="%d"/>`, charSpacing)
		}
		fmt.Fprintf(&w, `<w:style w:type="paragraph" w:styleId="%s"><w:name w:val="%s"/><w:basedOn w:val="Normal"/><w:qFormat/><w:pPr>%s</w:pPr><w:rPr>%s%s%s<w:sz w:val="%d"/><w:szCs w:val="%d"/></w:rPr></w:style>`,
			s.id, s.name, s.properties, d.runFonts(s.font), bold, spacing, s.size, s.size)
	}
	w.WriteString("</w:styles>")
	return w.String()
}

// runFonts names the fonts of a style. In a Chinese document quotation marks and dashes,
// which both scripts have, are those of the Chinese font.
func (d *Document) runFonts(font string) string {
	hint := ""
	if strings.HasPrefix(d.Language, "zh") {
		hint = ` w:hint="eastAsia"`
	}
	return fmt.Sprintf(`<w:rFonts`+hint+` w:ascii="%s" w:hAnsi="%s" w:eastAsia="%s" w:cs="%s"/>`, english, english, font, english)
}

// section is the page.
func section() string {
	return fmt.Sprintf(`<w:sectPr><w:footerReference w:type="default" r:id="rIdFooter1"/><w:footerReference w:type="even" r:id="rIdFooter2"/>`+
		`<w:pgSz w:w="%d" w:h="%d"/><w:pgMar w:top="%d" w:right="%d" w:bottom="%d" w:left="%d" w:header="851" w:footer="%d" w:gutter="0"/>`+
		`<w:docGrid w:type="lines" w:linePitch="%d"/></w:sectPr>`,
		pageWidth, pageHeight, top, right, bottom, left, footerAt, linePitch)
}

// footer is a page number between dashes, at the outer edge, one character from it.
func footer(side string) string {
	return xmlHeader + `<w:ftr xmlns:w="` + wordNS + `"><w:p><w:pPr><w:pStyle w:val="Footer"/><w:ind w:left="280" w:right="280"/><w:jc w:val="` + side + `"/></w:pPr>` +
		`<w:r><w:t xml:space="preserve">— </w:t></w:r><w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText xml:space="preserve"> PAGE </w:instrText></w:r>` +
		`<w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>1</w:t></w:r><w:r><w:fldChar w:fldCharType="end"/></w:r><w:r><w:t xml:space="preserve"> —</w:t></w:r></w:p></w:ftr>`
}
