package report

import (
	"bytes"
	"encoding/json"
	"io"

	"github.com/minyi/minyi/internal/docx"
)

// manifestProperty is the custom property of a Word document that holds the manifest.
const manifestProperty = "minyi"

// Docx writes the report as a Word document after GB/T 9704-2012. Every figure is a
// content control with the tag of [Figure.Tag]; charts are native ones.
func (r *Report) Docx(to io.Writer) error {
	d := docx.New()
	d.Language, d.Title, d.Author, d.Time = r.Lang.of("zh-CN", "en-US"), r.Title, "minyi", r.AsOf
	d.Paragraph(docx.Title, docx.Run{Text: r.Title})
	d.Paragraph(docx.Subtitle, docx.Run{Text: r.Subtitle})
	d.Contents(r.Lang.of("目　录", "Contents"))
	d.PageBreak()
	for _, b := range r.Blocks {
		r.docxBlock(d, b)
	}
	manifest, err := r.sealed(d)
	if err != nil {
		return err
	}
	d.Properties = []docx.Property{{Name: manifestProperty, Value: manifest}}
	_, err = d.WriteTo(to)
	return err
}

// sealed returns the manifest with the seal of a document, which is read as verification
// reads it.
func (r *Report) sealed(d *docx.Document) (string, error) {
	var out bytes.Buffer
	if _, err := d.WriteTo(&out); err != nil {
		return "", err
	}
	c, err := docx.Read(out.Bytes())
	if err != nil {
		return "", err
	}
	m := r.Manifest
	if m.Seal, err = sealOf(c); err != nil {
		return "", err
	}
	b, err := json.Marshal(m)
	return string(b), err
}

func (r *Report) docxBlock(d *docx.Document, b Block) {
	switch b := b.(type) {
	case Heading:
		d.Paragraph([]docx.Style{1: docx.Heading1, 2: docx.Heading2, 3: docx.Heading3}[b.Level], docx.Run{Text: b.Text})
	case Paragraph:
		style := docx.Body
		if b.Item {
			style = docx.Item
		}
		d.Paragraph(style, r.docxRuns(b.Spans)...)
	case Quote:
		d.Paragraph(docx.Quote, append([]docx.Run{{Text: b.Text + r.Lang.of("", " ")}}, r.docxRuns(b.Origin)...)...)
	case Table:
		d.Paragraph(docx.Caption, docx.Run{Text: b.Caption(r.Lang)})
		t := docx.Table{}
		for _, c := range b.Columns {
			t.Columns = append(t.Columns, docx.Column{Title: c.Title, Right: c.Figures})
		}
		for _, row := range b.Rows {
			x := docx.Row{Bold: row.Sum, Level: row.Level}
			for _, cell := range row.Cells {
				x.Cells = append(x.Cells, r.docxRuns([]Span{cell}))
			}
			t.Rows = append(t.Rows, x)
		}
		d.Table(t)
		d.Paragraph(docx.Note, docx.Run{Text: b.Note})
	case Chart:
		d.Chart(docxChart(b))
		d.Paragraph(docx.Below, docx.Run{Text: b.Caption(r.Lang)})
	}
}

func (r *Report) docxRuns(spans []Span) []docx.Run {
	var runs []docx.Run
	for _, s := range spans {
		if s.Figure == nil {
			runs = append(runs, docx.Run{Text: s.Text})
			continue
		}
		runs = append(runs, docx.Run{Text: s.Figure.Text, Tag: s.Figure.Tag(r.Frontier)})
	}
	return runs
}

func docxChart(c Chart) docx.Chart {
	x := docx.Chart{Description: c.Title, Lying: c.Bars, Categories: c.Categories}
	for _, s := range c.Series {
		y := docx.Series{Name: s.Name}
		for _, f := range s.Figures {
			x.Percent = x.Percent || f.Form == Share
			if f.Hidden {
				y.Values = append(y.Values, nil)
				continue
			}
			y.Values = append(y.Values, &f.Value)
		}
		x.Series = append(x.Series, y)
	}
	return x
}
