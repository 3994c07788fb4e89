package docx

import (
	"fmt"
	"strings"
	"time"
)

// Style is the id of a paragraph style.
type Style string

// The styles.
const (
	Title    Style = "Title"
	Subtitle Style = "Subtitle"
	Heading1 Style = "Heading1"
	Heading2 Style = "Heading2"
	Heading3 Style = "Heading3"
	Body     Style = "BodyText"
	Item     Style = "ListItem" // a paragraph with words that cannot be broken
	Quote    Style = "Quote"
	Caption  Style = "Caption"      // of a table, above it
	Below    Style = "ChartCaption" // of a chart, below it
	Note     Style = "TableNote"

	contents1 Style = "TOC1"
	contents2 Style = "TOC2"
	cellText  Style = "TableText"
	cellHead  Style = "TableHead"
	picture   Style = "Picture"
)

// Document is a document that is being written. Not safe for concurrent use. Make one
// with [New].
type Document struct {
	// Language is that of the text, such as zh-CN.
	Language string
	// Title, Author and Time are properties of the file; the time is no clock's, or the
	// same document would not give the same bytes.
	Title, Author string
	Time          time.Time
	// Properties are custom properties, which programs keep when they save the document.
	Properties []Property

	body     strings.Builder
	headings []heading
	contents string // title of the table of contents, "" for none
	at       int    // where in body it goes
	charts   []Chart
	controls int
	newPage  bool // before the next paragraph
}

// Property is a custom property.
type Property struct{ Name, Value string }

type heading struct {
	style Style
	text  string
	mark  string
}

// New returns an empty document.
func New() *Document { return &Document{} }

// Run is a piece of text of a paragraph or a cell.
type Run struct {
	Text string
	Bold bool
	// Tag makes the run a content control of this name, of at most 64 characters.
	Tag string
}

// Paragraph adds a paragraph. Headings are in the table of contents.
func (d *Document) Paragraph(s Style, runs ...Run) {
	var mark string
	if s == Heading1 || s == Heading2 {
		text := ""
		for _, r := range runs {
			text += r.Text
		}
		mark = fmt.Sprintf("_Toc%09d", len(d.headings)+1)
		d.headings = append(d.headings, heading{s, text, mark})
	}
	breaks := ""
	if d.newPage {
		breaks, d.newPage = "<w:pageBreakBefore/>", false
	}
	fmt.Fprintf(&d.body, `<w:p><w:pPr><w:pStyle w:val="%s"/>%s</w:pPr>`, s, breaks)
	if mark != "" {
		fmt.Fprintf(&d.body, `<w:bookmarkStart w:id="%d" w:name="%s"/>`, len(d.headings), mark)
	}
	d.runs(runs)
	if mark != "" {
		fmt.Fprintf(&d.body, `<w:bookmarkEnd w:id="%d"/>`, len(d.headings))
	}
	d.body.WriteString("</w:p>")
}

// Contents puts a table of contents here. Word fills in its page numbers.
func (d *Document) Contents(title string) { d.contents, d.at = title, d.body.Len() }

// PageBreak begins a page with the next paragraph.
func (d *Document) PageBreak() { d.newPage = true }

func (d *Document) runs(runs []Run) {
	for _, r := range runs {
		d.run(r)
	}
}

func (d *Document) run(r Run) {
	w := &d.body
	if r.Tag != "" {
		d.controls++
		fmt.Fprintf(w, `<w:sdt><w:sdtPr><w:alias w:val="%s"/><w:tag w:val="%s"/><w:id w:val="%d"/><w15:appearance w15:val="hidden"/><w:text/></w:sdtPr><w:sdtContent>`,
			escape(r.Tag), escape(r.Tag), 100_000+d.controls)
	}
	w.WriteString("<w:r>")
	if r.Bold {
		w.WriteString("<w:rPr><w:b/></w:rPr>")
	}
	for i, line := range strings.Split(r.Text, "\n") {
		if i > 0 {
			w.WriteString("<w:br/>")
		}
		fmt.Fprintf(w, `<w:t xml:space="preserve">%s</w:t>`, escape(line))
	}
	w.WriteString("</w:r>")
	if r.Tag != "" {
		w.WriteString("</w:sdtContent></w:sdt>")
	}
}

// tableOfContents is a field with an entry for each heading. It has no page numbers, as
// only a program that lays out pages knows them; the field is marked, so that Word fills
// them in when it opens the document.
func (d *Document) tableOfContents() string {
	if d.contents == "" || len(d.headings) == 0 {
		return ""
	}
	var w strings.Builder
	fmt.Fprintf(&w, `<w:p><w:pPr><w:pStyle w:val="TOCHeading"/></w:pPr><w:r><w:t>%s</w:t></w:r></w:p>`, escape(d.contents))
	for i, h := range d.headings {
		style := contents1
		if h.style == Heading2 {
			style = contents2
		}
		fmt.Fprintf(&w, `<w:p><w:pPr><w:pStyle w:val="%s"/></w:pPr>`, style)
		if i == 0 {
			w.WriteString(`<w:r><w:fldChar w:fldCharType="begin" w:dirty="true"/></w:r><w:r><w:instrText xml:space="preserve"> TOC \o "1-2" \h \z \u </w:instrText></w:r><w:r><w:fldChar w:fldCharType="separate"/></w:r>`)
		}
		fmt.Fprintf(&w, `<w:hyperlink w:anchor="%s" w:history="1"><w:r><w:t xml:space="preserve">%s</w:t></w:r></w:hyperlink>`, h.mark, escape(h.text))
		if i == len(d.headings)-1 {
			w.WriteString(`<w:r><w:fldChar w:fldCharType="end"/></w:r>`)
		}
		w.WriteString("</w:p>")
	}
	return w.String()
}

// escape writes text for XML. Characters that XML does not allow are left out.
func escape(s string) string {
	return xmlEscapes.Replace(strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' || r == 0xFFFE || r == 0xFFFF {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\ufffd")))
}

var xmlEscapes = strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;")
