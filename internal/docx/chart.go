package docx

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"github.com/minyi/minyi/internal/workbook"
)

// Chart is a bar chart that Word can edit.
type Chart struct {
	Description string // for those who cannot see it
	Lying       bool   // bars from the left, the first category at the top; else columns
	Percent     bool   // values are parts of 1
	Categories  []string
	Series      []Series
}

// Series has a value for each category; nil: none.
type Series struct {
	Name   string
	Values []*float64
}

// Sizes of charts in English Metric Units, 36,000 a millimetre.
const (
	emuWidth     = 156 * 36_000
	emuHeight    = 60 * 36_000
	emuBar       = 5 * 36_000 // of a lying bar
	emuMostHigh  = 200 * 36_000
	labelsAtMost = 24 // columns that have their values above them
)

func (c *Chart) height() int {
	if !c.Lying {
		return emuHeight
	}
	return min(emuMostHigh, 12*36_000+len(c.Categories)*(emuBar+emuBar/2*(len(c.Series)-1)))
}

// Chart adds a chart as a paragraph, which stays with the next one.
func (d *Document) Chart(c Chart) {
	d.charts = append(d.charts, c)
	n := len(d.charts)
	fmt.Fprintf(&d.body, `<w:p><w:pPr><w:pStyle w:val="%s"/></w:pPr><w:r><w:drawing><wp:inline distT="0" distB="0" distL="0" distR="0">`+
		`<wp:extent cx="%d" cy="%d"/><wp:docPr id="%d" name="Chart %d" descr="%s"/><wp:cNvGraphicFramePr/>`+
		`<a:graphic><a:graphicData uri="http://schemas.openxmlformats.org/drawingml/2006/chart"><c:chart r:id="%s"/></a:graphicData></a:graphic>`+
		`</wp:inline></w:drawing></w:r></w:p>`,
		picture, emuWidth, c.height(), n, n, escape(c.Description), chartRel(n))
}

func chartRel(n int) string { return fmt.Sprintf("rIdChart%d", n) }

// colours of series.
var colours = []string{"2E5C8A", "C8824A", "6B8E5A", "8A5C7A"}

// part is the chart's XML.
func (c *Chart) part() string {
	var w strings.Builder
	w.WriteString(xmlHeader + `<c:chartSpace xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart" xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" ` +
		`xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><c:date1904 val="0"/><c:roundedCorners val="0"/>` +
		`<c:chart><c:autoTitleDeleted val="1"/><c:plotArea><c:layout/><c:barChart>`)
	direction := "col"
	if c.Lying {
		direction = "bar"
	}
	fmt.Fprintf(&w, `<c:barDir val="%s"/><c:grouping val="clustered"/><c:varyColors val="0"/>`, direction)
	for i := range c.Series {
		c.series(&w, i)
	}
	w.WriteString(`<c:gapWidth val="40"/><c:axId val="100001"/><c:axId val="100002"/></c:barChart>`)
	c.axes(&w)
	w.WriteString(`</c:plotArea>`)
	if len(c.Series) > 1 {
		w.WriteString(`<c:legend><c:legendPos val="t"/><c:overlay val="0"/></c:legend>`)
	}
	w.WriteString(`<c:plotVisOnly val="1"/><c:dispBlanksAs val="gap"/></c:chart><c:spPr><a:ln><a:noFill/></a:ln></c:spPr><c:txPr><a:bodyPr/><a:p><a:pPr><a:defRPr sz="900">` +
		`<a:latin typeface="Times New Roman"/><a:ea typeface="` + fangsong + `"/></a:defRPr></a:pPr><a:endParaRPr lang="zh-CN"/></a:p></c:txPr>` +
		`<c:externalData r:id="rId1"><c:autoUpdate val="0"/></c:externalData></c:chartSpace>`)
	return w.String()
}

func (c *Chart) format() string {
	if c.Percent {
		return "0.00%"
	}
	return "#,##0"
}

func (c *Chart) series(w *strings.Builder, i int) {
	s, column, last := c.Series[i], string(rune('B'+i)), len(c.Categories)+1
	fmt.Fprintf(w, `<c:ser><c:idx val="%d"/><c:order val="%d"/><c:tx><c:strRef><c:f>Sheet1!$%s$1</c:f><c:strCache><c:ptCount val="1"/><c:pt idx="0"><c:v>%s</c:v></c:pt></c:strCache></c:strRef></c:tx>`,
		i, i, column, escape(s.Name))
	fmt.Fprintf(w, `<c:spPr><a:solidFill><a:srgbClr val="%s"/></a:solidFill></c:spPr><c:invertIfNegative val="0"/>`, colours[i%len(colours)])
	if len(c.Series) == 1 && (c.Lying || len(c.Categories) <= labelsAtMost) {
		fmt.Fprintf(w, `<c:dLbls><c:numFmt formatCode="%s" sourceLinked="0"/><c:spPr><a:noFill/><a:ln><a:noFill/></a:ln></c:spPr><c:dLblPos val="outEnd"/>`+
			`<c:showLegendKey val="0"/><c:showVal val="1"/><c:showCatName val="0"/><c:showSerName val="0"/><c:showPercent val="0"/><c:showBubbleSize val="0"/></c:dLbls>`, c.format())
	}
	fmt.Fprintf(w, `<c:cat><c:strRef><c:f>Sheet1!$A$2:$A$%d</c:f><c:strCache><c:ptCount val="%d"/>`, last, len(c.Categories))
	for j, name := range c.Categories {
		fmt.Fprintf(w, `<c:pt idx="%d"><c:v>%s</c:v></c:pt>`, j, escape(name))
	}
	fmt.Fprintf(w, `</c:strCache></c:strRef></c:cat><c:val><c:numRef><c:f>Sheet1!$%s$2:$%s$%d</c:f><c:numCache><c:formatCode>%s</c:formatCode><c:ptCount val="%d"/>`,
		column, column, last, c.format(), len(c.Categories))
	for j, v := range s.Values {
		if v != nil {
			fmt.Fprintf(w, `<c:pt idx="%d"><c:v>%s</c:v></c:pt>`, j, strconv.FormatFloat(*v, 'f', -1, 64))
		}
	}
	w.WriteString(`</c:numCache></c:numRef></c:val></c:ser>`)
}

func (c *Chart) axes(w *strings.Builder) {
	order, categories, values, crosses := "minMax", "b", "l", "autoZero"
	if c.Lying {
		order, categories, values, crosses = "maxMin", "l", "b", "max"
	}
	grey := `<c:spPr><a:ln w="6350"><a:solidFill><a:srgbClr val="BFBFBF"/></a:solidFill></a:ln></c:spPr>`
	fmt.Fprintf(w, `<c:catAx><c:axId val="100001"/><c:scaling><c:orientation val="%s"/></c:scaling><c:delete val="0"/><c:axPos val="%s"/><c:numFmt formatCode="General" sourceLinked="0"/>`+
		`<c:majorTickMark val="none"/><c:minorTickMark val="none"/><c:tickLblPos val="low"/>%s<c:crossAx val="100002"/><c:crosses val="autoZero"/><c:auto val="0"/><c:lblAlgn val="ctr"/><c:lblOffset val="100"/><c:noMultiLvlLbl val="1"/></c:catAx>`,
		order, categories, grey)
	format := "#,##0"
	if c.Percent {
		format = "0%"
	}
	fmt.Fprintf(w, `<c:valAx><c:axId val="100002"/><c:scaling><c:orientation val="minMax"/><c:min val="0"/></c:scaling><c:delete val="0"/><c:axPos val="%s"/>`+
		`<c:majorGridlines><c:spPr><a:ln w="6350"><a:solidFill><a:srgbClr val="E5E5E5"/></a:solidFill></a:ln></c:spPr></c:majorGridlines>`+
		`<c:numFmt formatCode="%s" sourceLinked="0"/><c:majorTickMark val="none"/><c:minorTickMark val="none"/><c:tickLblPos val="nextTo"/>%s<c:crossAx val="100001"/><c:crosses val="%s"/><c:crossBetween val="between"/></c:valAx>`,
		values, format, grey, crosses)
}

// workbook is what Word opens to edit the chart.
func (c *Chart) workbook() ([]byte, error) {
	w, err := workbook.NewWriter("")
	if err != nil {
		return nil, err
	}
	defer w.Close() //nolint:errcheck // it is in memory
	header := []string{" "}
	for _, s := range c.Series {
		header = append(header, s.Name)
	}
	if err := w.Sheet("Sheet1", header); err != nil {
		return nil, err
	}
	for i, name := range c.Categories {
		row := []any{name}
		for _, s := range c.Series {
			if v := s.Values[i]; v != nil {
				row = append(row, *v)
			} else {
				row = append(row, nil)
			}
		}
		if err := w.Row(row); err != nil {
			return nil, err
		}
	}
	var out bytes.Buffer
	if _, err := w.WriteTo(&out); err != nil {
		return nil, err
	}
	return Canonical(out.Bytes())
}
