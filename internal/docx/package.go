package docx

import (
	"archive/zip"
	"bytes"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/minyi/minyi/dict/phrase"
)

const (
	xmlHeader = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>` + "\n"
	wordNS    = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
	relTypes  = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
	types     = "application/vnd.openxmlformats-officedocument."
	workbookT = types + "spreadsheetml.sheet"
	coreType  = "application/vnd.openxmlformats-package.core-properties+xml"
)

// part is a file of the archive.
type part struct {
	name, contentType string
	data              []byte
}

// WriteTo writes the document.
func (d *Document) WriteTo(to io.Writer) (int64, error) {
	parts := []part{
		{"docProps/core.xml", coreType, []byte(d.core())},
		{"docProps/app.xml", types + "extended-properties+xml", []byte(xmlHeader + `<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/extended-properties"><Application>minyi</Application></Properties>`)},
		{"docProps/custom.xml", types + "custom-properties+xml", []byte(d.custom())},
		{"word/document.xml", types + "wordprocessingml.document.main+xml", []byte(d.document())},
		{"word/styles.xml", types + "wordprocessingml.styles+xml", []byte(d.stylesPart())},
		{"word/fontTable.xml", types + "wordprocessingml.fontTable+xml", []byte(fontTable())},
		{"word/settings.xml", types + "wordprocessingml.settings+xml", []byte(settings(d.Language))},
		{"word/footer1.xml", types + "wordprocessingml.footer+xml", []byte(footer("right"))},
		{"word/footer2.xml", types + "wordprocessingml.footer+xml", []byte(footer("left"))},
	}
	for i := range d.charts {
		book, err := d.charts[i].workbook()
		if err != nil {
			return 0, phrase.Errorf("workbook of chart %d: %w", i+1, err)
		}
		name := fmt.Sprintf("chart%d", i+1)
		parts = append(parts,
			part{"word/charts/" + name + ".xml", types + "drawingml.chart+xml", []byte(d.charts[i].part())},
			part{"word/charts/_rels/" + name + ".xml.rels", "", []byte(relationships([]relation{{"rId1", "package", "../embeddings/" + name + ".xlsx"}}))},
			part{"word/embeddings/" + name + ".xlsx", "", book},
		)
	}
	parts = append([]part{
		{"[Content_Types].xml", "", []byte(contentTypes(parts))},
		{"_rels/.rels", "", []byte(d.rootRelations())},
		{"word/_rels/document.xml.rels", "", []byte(d.relations())},
	}, parts...)
	return archive(to, parts)
}

// stamp is the time of every part: the earliest that an archive can have.
var stamp = time.Date(1980, 1, 1, 0, 0, 0, 0, time.UTC)

func archive(to io.Writer, parts []part) (int64, error) {
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for _, p := range parts {
		w, err := z.CreateHeader(&zip.FileHeader{Name: p.name, Method: zip.Deflate, Modified: stamp})
		if err == nil {
			_, err = w.Write(p.data)
		}
		if err != nil {
			return 0, err
		}
	}
	if err := z.Close(); err != nil {
		return 0, err
	}
	return out.WriteTo(to)
}

// Canonical returns an archive with the same files in the order of their names and with
// a fixed time, so that the same files are the same bytes. In [Content_Types].xml, which
// excelize writes in a random order, the defaults are sorted.
func Canonical(b []byte) ([]byte, error) {
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return nil, err
	}
	var parts []part
	for _, f := range z.File {
		data, err := readPart(f)
		if err != nil {
			return nil, err
		}
		if f.Name == "[Content_Types].xml" {
			data = sortDefaults(data)
		}
		parts = append(parts, part{name: f.Name, data: data})
	}
	slices.SortFunc(parts, func(a, b part) int { return strings.Compare(a.name, b.name) })
	var out bytes.Buffer
	_, err = archive(&out, parts)
	return out.Bytes(), err
}

var defaultType = regexp.MustCompile(`<Default [^>]*>(?:</Default>)?`)

// sortDefaults sorts the types of endings. Their order means nothing.
func sortDefaults(b []byte) []byte {
	all := defaultType.FindAllString(string(b), -1)
	slices.Sort(all)
	i := 0
	return defaultType.ReplaceAllFunc(b, func([]byte) []byte {
		i++
		return []byte(all[i-1])
	})
}

// maxPart is how large a part may be when it is unpacked.
const maxPart = 256 << 20

func readPart(f *zip.File) ([]byte, error) {
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close() //nolint:errcheck // it is only read
	b, err := io.ReadAll(io.LimitReader(r, maxPart+1))
	if err == nil && len(b) > maxPart {
		err = phrase.Errorf("%s is larger than %d bytes", f.Name, maxPart)
	}
	return b, err
}

func (d *Document) document() string {
	body := d.body.String()
	return xmlHeader + `<w:document xmlns:w="` + wordNS + `" xmlns:r="` + relTypes + `" xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" ` +
		`xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart" xmlns:wp="http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing" ` +
		`xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" xmlns:w15="http://schemas.microsoft.com/office/word/2012/wordml" mc:Ignorable="w15"><w:body>` +
		body[:d.at] + d.tableOfContents() + body[d.at:] + section() + `</w:body></w:document>`
}

func settings(language string) string {
	return xmlHeader + `<w:settings xmlns:w="` + wordNS + `"><w:zoom w:percent="100"/><w:evenAndOddHeaders/><w:drawingGridVerticalSpacing w:val="156"/><w:characterSpacingControl w:val="compressPunctuation"/>` +
		`<w:compat><w:spaceForUL/><w:balanceSingleByteDoubleByteWidth/><w:doNotLeaveBackslashAlone/><w:ulTrailSpace/><w:doNotExpandShiftReturn/><w:adjustLineHeightInTable/><w:useFELayout/>` +
		`<w:compatSetting w:name="compatibilityMode" w:uri="http://schemas.microsoft.com/office/word" w:val="15"/></w:compat>` +
		`<w:themeFontLang w:val="en-US" w:eastAsia="` + language + `"/></w:settings>`
}

func (d *Document) core() string {
	at := d.Time.UTC().Format(time.RFC3339)
	return xmlHeader + `<cp:coreProperties xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" xmlns:dc="http://purl.org/dc/elements/1.1/" ` +
		`xmlns:dcterms="http://purl.org/dc/terms/" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"><dc:title>` + escape(d.Title) + `</dc:title><dc:creator>` + escape(d.Author) +
		`</dc:creator><dcterms:created xsi:type="dcterms:W3CDTF">` + at + `</dcterms:created><dcterms:modified xsi:type="dcterms:W3CDTF">` + at + `</dcterms:modified></cp:coreProperties>`
}

// maxProperty is how many characters a custom property may have in Word.
const maxProperty = 255

func (d *Document) custom() string {
	var w strings.Builder
	w.WriteString(xmlHeader + `<Properties xmlns="http://schemas.openxmlformats.org/officeDocument/2006/custom-properties" xmlns:vt="http://schemas.openxmlformats.org/officeDocument/2006/docPropsVTypes">`)
	id := 2
	for _, p := range d.Properties {
		for i, piece := range pieces(p.Value, maxProperty) {
			fmt.Fprintf(&w, `<property fmtid="{D5CDD505-2E9C-101B-9397-08002B2CF9AE}" pid="%d" name="%s.%d"><vt:lpwstr>%s</vt:lpwstr></property>`, id, escape(p.Name), i+1, escape(piece))
			id++
		}
	}
	w.WriteString("</Properties>")
	return w.String()
}

// pieces cuts a text into pieces of at most so many characters.
func pieces(s string, most int) []string {
	var all []string
	r := []rune(s)
	for len(r) > most {
		all, r = append(all, string(r[:most])), r[most:]
	}
	return append(all, string(r))
}

type relation struct{ id, kind, target string }

func relationships(all []relation) string {
	var w strings.Builder
	w.WriteString(xmlHeader + `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">`)
	for _, r := range all {
		kind := relTypes + "/" + r.kind
		if r.kind == "core-properties" {
			kind = "http://schemas.openxmlformats.org/package/2006/relationships/metadata/core-properties"
		}
		fmt.Fprintf(&w, `<Relationship Id="%s" Type="%s" Target="%s"/>`, r.id, kind, r.target)
	}
	w.WriteString("</Relationships>")
	return w.String()
}

func (d *Document) rootRelations() string {
	return relationships([]relation{
		{"rId1", "officeDocument", "word/document.xml"},
		{"rId2", "core-properties", "docProps/core.xml"},
		{"rId3", "extended-properties", "docProps/app.xml"},
		{"rId4", "custom-properties", "docProps/custom.xml"},
	})
}

func (d *Document) relations() string {
	all := []relation{
		{"rIdStyles", "styles", "styles.xml"},
		{"rIdFonts", "fontTable", "fontTable.xml"},
		{"rIdSettings", "settings", "settings.xml"},
		{"rIdFooter1", "footer", "footer1.xml"},
		{"rIdFooter2", "footer", "footer2.xml"},
	}
	for i := range d.charts {
		all = append(all, relation{chartRel(i + 1), "chart", fmt.Sprintf("charts/chart%d.xml", i+1)})
	}
	return relationships(all)
}

func contentTypes(parts []part) string {
	var w strings.Builder
	w.WriteString(xmlHeader + `<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>` +
		`<Default Extension="xml" ContentType="application/xml"/><Default Extension="xlsx" ContentType="` + workbookT + `"/>`)
	for _, p := range parts {
		if p.contentType != "" {
			fmt.Fprintf(&w, `<Override PartName="/%s" ContentType="%s"/>`, p.name, p.contentType)
		}
	}
	w.WriteString("</Types>")
	return w.String()
}
