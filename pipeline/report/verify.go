package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/xuri/excelize/v2"

	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/internal/docx"
	"github.com/minyi/minyi/internal/workbook"
)

// ErrNoReport means that a document is not a report that minyi wrote, or that what says
// how it was made is gone from it.
var ErrNoReport = phrase.New("no report of minyi")

// File is a report that was read from a Word document.
type File struct {
	Manifest Manifest
	content  *docx.Content
}

// Open reads a report. Errors wrap [ErrNoReport].
func Open(b []byte) (*File, error) {
	c, err := docx.Read(b)
	if err != nil {
		return nil, phrase.Errorf("%w: %w; what can be verified is the Word document (.docx) that minyi report wrote", ErrNoReport, err)
	}
	f := &File{content: c}
	stored := c.Properties[manifestProperty]
	if stored == "" {
		return nil, phrase.Errorf("%w: the document has no property %s, which says how it was made; a copy by another program may have lost it", ErrNoReport, manifestProperty)
	}
	if err := json.Unmarshal([]byte(stored), &f.Manifest); err != nil {
		return nil, phrase.Errorf("%w: property %s: %w", ErrNoReport, manifestProperty, err)
	}
	if f.Manifest.Schema != manifestSchema {
		return nil, phrase.Errorf("%w: its schema is %d, and this minyi knows %d; use the release that wrote it", ErrNoReport, f.Manifest.Schema, manifestSchema)
	}
	if _, err := f.Manifest.Counts.Spec.Validate(); err != nil {
		return nil, phrase.Errorf("%w: property %s: %w", ErrNoReport, manifestProperty, err)
	}
	return f, nil
}

// What is wrong with a figure.
const (
	Edited  = "edited"  // it is another number than was counted
	Removed = "removed" // it is not there any more, or not in its place
	Added   = "added"   // the report has no such figure in that place
	Label   = "label"   // the words of its row in a table are others
	InChart = "chart"   // a value that a chart shows
	InBook  = "book"    // a value of the workbook behind a chart
)

// Finding is a figure that is not as it was counted.
type Finding struct {
	What  string `json:"what"`
	Tag   string `json:"tag,omitempty"`
	Place string `json:"place"` // the paragraph or row that it is in, or the chart
	Found string `json:"found"` // in the document
	Want  string `json:"want"`  // as counted now
}

// Verification is what [File.Verify] found.
//
// A count of figures that are there, and were, is a finding without a tag or a place.
type Verification struct {
	Figures  int       `json:"figures"` // that were compared
	Findings []Finding `json:"findings"`
	// Differ are figures that are as they were written, and not as they are counted now,
	// because messages are gone.
	Differ []Finding `json:"differ,omitempty"`
	// Unchecked are figures that nothing can be compared with any more: those of a
	// dictionary that was in use then.
	Unchecked []Finding `json:"unchecked,omitempty"`
	// Texts are lines that minyi did not write so; numbers in them are not checked.
	Texts []string `json:"texts,omitempty"`

	labelled string // the row whose label was found last
	gone     uint64 // messages that were counted and are not there any more
	seal     Seal   // what was written, for when they are gone
}

// Verify compares the figures of the file with those of the report that was made anew
// of a recount. Gone is how many messages were there when it was written and are not any
// more.
func (f *File) Verify(want *Report, gone uint64) (Verification, error) {
	var out bytes.Buffer
	if err := want.Docx(&out); err != nil {
		return Verification{}, err
	}
	expected, err := docx.Read(out.Bytes())
	if err != nil {
		return Verification{}, err
	}
	return f.compare(want, expected, gone)
}

// compare is Verify with what the document would be now.
func (f *File) compare(want *Report, expected *docx.Content, gone uint64) (Verification, error) {
	v := Verification{Figures: len(expected.Controls), Findings: []Finding{}, gone: gone, seal: f.Manifest.Seal}
	found := slices.DeleteFunc(slices.Clone(f.content.Controls), func(c docx.Control) bool { return !tagPattern.MatchString(c.Tag) })
	if gone > 0 {
		v.sealedFigures(found, expected.Controls)
	}
	if f.Manifest.Then != nil && want.Manifest.Then == nil {
		found = v.uncheck(found)
	}
	if gone == 0 {
		v.controls(found, expected.Controls)
	}
	if err := v.charts(f.content.Charts, expected.Charts, want); err != nil {
		return v, err
	}
	v.texts(f.content, expected)
	return v, nil
}

// tagPattern tells figures from other content controls, which people and programs add.
var tagPattern = regexp.MustCompile(`@\d+$`)

// uncheck takes out figures of the dictionary that was in use then.
func (v *Verification) uncheck(found []docx.Control) []docx.Control {
	return slices.DeleteFunc(slices.Clone(found), func(c docx.Control) bool {
		cell, _, _ := strings.Cut(c.Tag, "@")
		is := strings.HasSuffix(cell, " then") || strings.HasSuffix(cell, "-then")
		if is {
			v.Unchecked = append(v.Unchecked, Finding{Tag: c.Tag, Place: c.Paragraph, Found: c.Text})
		}
		return is
	})
}

// controls compares content controls. Both have them in the order of the text; one that
// is not at its place in that order is removed, and added where it is.
func (v *Verification) controls(found, want []docx.Control) {
	for _, p := range align(found, want) {
		switch {
		case p.want == nil:
			v.Findings = append(v.Findings, Finding{What: Added, Tag: p.found.Tag, Place: p.found.Paragraph, Found: strings.TrimSpace(p.found.Text)})
		case p.found == nil:
			v.Findings = append(v.Findings, Finding{What: Removed, Tag: p.want.Tag, Place: p.want.Paragraph, Want: p.want.Text})
		default:
			v.control(p.found, p.want)
		}
	}
}

// number checks, where messages are gone, that there are as many figures as there were.
func (v *Verification) number(found, was int) {
	switch {
	case found == was || len(v.Findings) > 0 && found > was:
	case found < was:
		v.Findings = append(v.Findings, Finding{What: Removed, Found: strconv.Itoa(found), Want: strconv.Itoa(was)})
	default:
		v.Findings = append(v.Findings, Finding{What: Added, Found: strconv.Itoa(found), Want: strconv.Itoa(was)})
	}
}

func (v *Verification) control(found, want *docx.Control) {
	f := Finding{What: Edited, Tag: want.Tag, Place: found.Paragraph, Found: strings.TrimSpace(found.Text), Want: want.Text}
	if f.Found != f.Want {
		v.Findings = append(v.Findings, f)
	}
	if want.InTable && squeeze(found.Words) != squeeze(want.Words) && v.labelled != found.Paragraph {
		v.labelled = found.Paragraph // once a row
		v.Findings = append(v.Findings, Finding{What: Label, Tag: want.Tag, Place: found.Paragraph, Found: squeeze(found.Words), Want: squeeze(want.Words)})
	}
}

// squeeze leaves out white space, which programs change.
func squeeze(s string) string { return strings.Join(strings.Fields(s), " ") }

// charts compares what charts show, and the workbooks behind them, which another program
// may have left out.
func (v *Verification) charts(found, want []docx.ReadChart, r *Report) error {
	var captions []string
	for _, b := range r.Blocks {
		if c, ok := b.(Chart); ok {
			captions = append(captions, c.Caption(r.Lang))
		}
	}
	for i, w := range want {
		place := captions[i]
		if i >= len(found) {
			v.Findings = append(v.Findings, Finding{What: Removed, Place: place})
			continue
		}
		v.values(i, InChart, place, found[i].Series, w.Series)
		if found[i].Book == nil || v.gone == 0 && bytes.Equal(found[i].Book, w.Book) {
			continue
		}
		got, err := sheet(found[i].Book)
		if err != nil {
			v.Findings = append(v.Findings, Finding{What: InBook, Place: place, Found: err.Error()})
			continue
		}
		wanted, err := sheet(w.Book)
		if err != nil {
			return phrase.Errorf("workbook of %s: %w", place, err)
		}
		v.values(i, InBook, place, got, wanted)
	}
	for range found[min(len(want), len(found)):] {
		v.Findings = append(v.Findings, Finding{What: Added, Place: r.Lang.of("图", "chart")})
	}
	return nil
}

// values compares rows of values.
func (v *Verification) values(chart int, what, place string, found, want [][]string) {
	if v.gone > 0 {
		v.sealedValues(chart, what, place, found, want)
		return
	}
	for i := range max(len(found), len(want)) {
		width := 0
		if i < len(found) {
			width = len(found[i])
		}
		if i < len(want) {
			width = max(width, len(want[i]))
		}
		for j := range width {
			f, w := valueAt(found, i, j), valueAt(want, i, j)
			if sameValue(f, w) {
				continue
			}
			v.Findings = append(v.Findings, Finding{What: what, Place: fmt.Sprintf("%s [%d,%d]", place, i+1, j+1), Found: f, Want: w})
		}
	}
}

// valueAt is a value of a row; "" where there is none.
func valueAt(rows [][]string, i, j int) string {
	if i < len(rows) && j < len(rows[i]) {
		return strings.TrimSpace(rows[i][j])
	}
	return ""
}

// sameValue compares numbers as far as programs keep their digits, 15 of them.
func sameValue(a, b string) bool {
	if a == b {
		return true
	}
	x, errX := strconv.ParseFloat(a, 64)
	y, errY := strconv.ParseFloat(b, 64)
	return errX == nil && errY == nil && math.Abs(x-y) <= 1e-12*max(math.Abs(x), math.Abs(y))
}

// sheet returns the cells of the first sheet of a workbook, numbers as they are stored.
func sheet(b []byte) ([][]string, error) {
	book, err := workbook.Read(bytes.NewReader(b), "")
	if err != nil {
		return nil, err
	}
	defer book.Close() //nolint:errcheck // it is only read
	return book.GetRows(book.GetSheetName(0), excelize.Options{RawCellValue: true})
}

// texts lists the lines without figures that the report does not have.
func (v *Verification) texts(found, want *docx.Content) {
	known := make(map[string]bool)
	for line := range strings.Lines(want.Text) {
		known[squeeze(line)] = true
	}
	written := make(map[string]bool)
	if v.gone > 0 { // a line may follow from figures that cannot be counted again
		written = setOf(unpacked(v.seal.Lines))
	}
	for _, c := range found.Controls { // what is edited in them is a finding already
		if written[digest(squeeze(c.Words))] || slices.ContainsFunc(want.Controls, func(w docx.Control) bool { return w.Tag == c.Tag && squeeze(w.Words) == squeeze(c.Words) }) {
			known[squeeze(c.Paragraph)] = true
		}
	}
	for line := range strings.Lines(found.Text) {
		if line = lineOf(line); line != "" && !known[line] && !written[digest(line)] {
			v.Texts = append(v.Texts, line)
		}
	}
}

// aligned is a control of the file and the one that it is compared with; nil: none.
type aligned struct{ found, want *docx.Control }

// align sets the controls of two documents beside each other, by the longest common
// subsequence of their tags.
func align(found, want []docx.Control) []aligned {
	var out []aligned
	for len(found) > 0 && len(want) > 0 && found[0].Tag == want[0].Tag {
		out = append(out, aligned{&found[0], &want[0]})
		found, want = found[1:], want[1:]
	}
	length := make([][]int32, len(found)+1)
	for i := range length {
		length[i] = make([]int32, len(want)+1)
	}
	for i := len(found) - 1; i >= 0; i-- {
		for j := len(want) - 1; j >= 0; j-- {
			if found[i].Tag == want[j].Tag {
				length[i][j] = length[i+1][j+1] + 1
			} else {
				length[i][j] = max(length[i+1][j], length[i][j+1])
			}
		}
	}
	i, j := 0, 0
	for i < len(found) || j < len(want) {
		switch {
		case i < len(found) && j < len(want) && found[i].Tag == want[j].Tag:
			out = append(out, aligned{&found[i], &want[j]})
			i, j = i+1, j+1
		case j == len(want) || i < len(found) && length[i+1][j] >= length[i][j+1]:
			out = append(out, aligned{found: &found[i]})
			i++
		default:
			out = append(out, aligned{want: &want[j]})
			j++
		}
	}
	return out
}
