package docx

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/minyi/minyi/dict/phrase"
)

// ErrNotDocument means that a file is no Word document, or a damaged one.
var ErrNotDocument = phrase.New("not a Word document")

// Content is what [Read] found in a document.
type Content struct {
	Controls   []Control
	Charts     []ReadChart // in the order in which they stand in the text
	Properties map[string]string
	Text       string // of all paragraphs, a line each
}

// Control is a content control.
type Control struct {
	Tag       string // its tag, or its title where a program has dropped the tag
	Text      string
	Paragraph string // the text of the paragraph or of the table row that it is in
	Words     string // the same without the text of content controls
	InTable   bool
}

// ReadChart is the values of a chart as the document shows them, and as its workbook has
// them. An absent value is empty.
type ReadChart struct {
	Series [][]string // numCache, by series
	Book   []byte     // the embedded workbook; nil: there is none
}

// Read reads a document that [Document.WriteTo] wrote, or that another program has saved
// since. Errors wrap [ErrNotDocument].
func Read(b []byte) (*Content, error) {
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return nil, phrase.Errorf("%w: %w", ErrNotDocument, noArchive(b, err))
	}
	parts := make(map[string][]byte)
	sum := 0
	for _, f := range z.File {
		data, err := readPart(f)
		if err != nil {
			return nil, phrase.Errorf("%w: %s: %w", ErrNotDocument, f.Name, err)
		}
		if sum += len(data); sum > 2*maxPart {
			return nil, phrase.Errorf("%w: %w", ErrNotDocument, phrase.Errorf("it unpacks to more than %d bytes", 2*maxPart))
		}
		parts[strings.TrimPrefix(f.Name, "/")] = data
	}
	text, ok := parts["word/document.xml"]
	if !ok {
		return nil, phrase.Errorf("%w: %w", ErrNotDocument, otherArchive(parts))
	}
	c := &Content{Properties: make(map[string]string)}
	r := reader{content: c}
	if err := r.document(text); err != nil {
		return nil, phrase.Errorf("%w: word/document.xml: %w", ErrNotDocument, err)
	}
	targets, err := relationsOf(parts, "word/document.xml")
	if err != nil {
		return nil, err
	}
	for _, id := range r.charts {
		chart, err := readChart(parts, targets[id])
		if err != nil {
			return nil, err
		}
		c.Charts = append(c.Charts, chart)
	}
	if err := readProperties(parts["docProps/custom.xml"], c.Properties); err != nil {
		return nil, err
	}
	return c, nil
}

// noArchive says what a file is that is no archive, as far as its first bytes tell.
func noArchive(b []byte, err error) error {
	begins := func(with string) bool { return len(b) >= len(with) && strings.EqualFold(string(b[:len(with)]), with) }
	switch {
	case len(b) == 0:
		return phrase.New("the file is empty")
	case begins("PK\x03\x04"):
		return phrase.New("the file is damaged, or its end is missing")
	case begins("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
		return phrase.New("it is a file of Word 97 to 2003 (.doc), or it has a password; save it as .docx without one")
	case begins("%PDF"):
		return phrase.New("it is a PDF")
	case begins("<!doctype html"):
		return phrase.New("it is a web page")
	case utf8.Valid(b) && !bytes.ContainsRune(b, 0):
		return phrase.New("it is a text")
	}
	return err
}

// otherArchive says what an archive is that has no text of Word.
func otherArchive(parts map[string][]byte) error {
	switch {
	case parts["xl/workbook.xml"] != nil:
		return phrase.New("it is a workbook")
	case parts["content.xml"] != nil:
		return phrase.New("it is a document of LibreOffice; save it as .docx")
	}
	return phrase.New("it has no word/document.xml")
}

// reader walks the text of a document.
type reader struct {
	content *Content
	charts  []string // relations of charts

	controls []openControl
	text     strings.Builder // of the paragraph or the row
	words    strings.Builder // the same without controls
	row      int             // how many rows of tables are open
	first    int             // the first control of the paragraph or the row
}

type openControl struct {
	tag, title string
	text       strings.Builder
	index      int
}

func (r *reader) document(b []byte) error {
	d := xml.NewDecoder(bytes.NewReader(b))
	inText := false
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		switch x := token.(type) {
		case xml.StartElement:
			inText = x.Name.Local == "t"
			r.start(x)
		case xml.EndElement:
			if x.Name.Local == "t" {
				inText = false
			}
			r.end(x)
		case xml.CharData:
			if inText {
				r.write(string(x))
			}
		}
	}
}

func (r *reader) write(s string) {
	r.text.WriteString(s)
	if len(r.controls) == 0 {
		r.words.WriteString(s)
	}
	for i := range r.controls {
		r.controls[i].text.WriteString(s)
	}
}

func (r *reader) start(x xml.StartElement) {
	switch x.Name.Local {
	case "tr":
		r.row++
	case "br":
		r.write(" ")
	case "tab":
		r.write("\t")
	case "sdt":
		r.content.Controls = append(r.content.Controls, Control{})
		r.controls = append(r.controls, openControl{index: len(r.content.Controls) - 1})
	case "alias", "tag":
		if n := len(r.controls); n > 0 {
			if x.Name.Local == "tag" {
				r.controls[n-1].tag = attr(x, "val")
			} else {
				r.controls[n-1].title = attr(x, "val")
			}
		}
	case "chart":
		if id := attr(x, "id"); id != "" {
			r.charts = append(r.charts, id)
		}
	}
}

func (r *reader) end(x xml.EndElement) {
	switch x.Name.Local {
	case "sdt":
		n := len(r.controls) - 1
		if n < 0 {
			return
		}
		c := &r.controls[n]
		to := &r.content.Controls[c.index]
		to.Text = c.text.String()
		if to.Tag = c.tag; to.Tag == "" {
			to.Tag = c.title
		}
		r.controls = r.controls[:n]
	case "tr":
		r.row--
		r.line(true)
	case "p":
		if r.row > 0 {
			r.text.WriteString(" ")
			r.words.WriteString(" ")
			return
		}
		r.line(false)
	}
}

// line ends a paragraph or a row.
func (r *reader) line(inTable bool) {
	line, words := strings.TrimSpace(r.text.String()), strings.TrimSpace(r.words.String())
	r.text.Reset()
	r.words.Reset()
	for i := r.first; i < len(r.content.Controls); i++ {
		c := &r.content.Controls[i]
		c.Paragraph, c.Words, c.InTable = line, words, inTable
	}
	r.first = len(r.content.Controls)
	if line != "" {
		r.content.Text += line + "\n"
	}
}

func attr(x xml.StartElement, name string) string {
	for _, a := range x.Attr {
		if a.Name.Local == name {
			return a.Value
		}
	}
	return ""
}

// relationsOf returns the targets of a part's relations, by id.
func relationsOf(parts map[string][]byte, name string) (map[string]string, error) {
	var all struct {
		List []struct {
			ID     string `xml:"Id,attr"`
			Target string `xml:"Target,attr"`
		} `xml:"Relationship"`
	}
	b := parts[path.Join(path.Dir(name), "_rels", path.Base(name)+".rels")]
	if len(b) == 0 {
		return nil, nil
	}
	if err := xml.Unmarshal(b, &all); err != nil {
		return nil, phrase.Errorf("%w: relations of %s: %w", ErrNotDocument, name, err)
	}
	targets := make(map[string]string)
	for _, r := range all.List {
		target := strings.TrimPrefix(r.Target, "/")
		if target == r.Target {
			target = path.Join(path.Dir(name), r.Target)
		}
		targets[r.ID] = target
	}
	return targets, nil
}

// readChart reads the cached values of a chart and its workbook.
func readChart(parts map[string][]byte, name string) (ReadChart, error) {
	var x struct {
		Series []struct {
			Values struct {
				Points []struct {
					Index int    `xml:"idx,attr"`
					Value string `xml:"v"`
				} `xml:"numRef>numCache>pt"`
				Literal []struct {
					Index int    `xml:"idx,attr"`
					Value string `xml:"v"`
				} `xml:"numLit>pt"`
			} `xml:"val"`
		} `xml:"chart>plotArea>barChart>ser"`
	}
	var c ReadChart
	if err := xml.Unmarshal(parts[name], &x); err != nil {
		return c, phrase.Errorf("%w: %s: %w", ErrNotDocument, name, err)
	}
	for _, s := range x.Series {
		var values []string
		for _, p := range slices.Concat(s.Values.Points, s.Values.Literal) {
			if p.Index < 0 || p.Index > 1_000_000 {
				continue
			}
			for len(values) <= p.Index {
				values = append(values, "")
			}
			values[p.Index] = p.Value
		}
		c.Series = append(c.Series, values)
	}
	targets, err := relationsOf(parts, name)
	if err != nil {
		return c, err
	}
	for _, target := range targets {
		if strings.HasSuffix(target, ".xlsx") {
			c.Book = parts[target]
		}
	}
	return c, nil
}

// readProperties joins the pieces of custom properties.
func readProperties(b []byte, to map[string]string) error {
	if len(b) == 0 {
		return nil
	}
	var all struct {
		List []struct {
			Name  string `xml:"name,attr"`
			Value string `xml:"lpwstr"`
		} `xml:"property"`
	}
	if err := xml.Unmarshal(b, &all); err != nil {
		return phrase.Errorf("%w: docProps/custom.xml: %w", ErrNotDocument, err)
	}
	pieces := make(map[string]string)
	for _, p := range all.List {
		pieces[p.Name] = p.Value
	}
	for name := range pieces {
		base, ok := strings.CutSuffix(name, ".1")
		if !ok {
			continue
		}
		for i := 1; ; i++ {
			piece, ok := pieces[fmt.Sprintf("%s.%d", base, i)]
			if !ok {
				break
			}
			to[base] += piece
		}
	}
	return nil
}
