package report

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"

	"github.com/minyi/minyi/internal/docx"
)

// Seal tells whether a part of a document is still as it was written, when messages are
// gone and it cannot be counted again. Each list is digests of 3 bytes in base64. It is
// no signature: who wants to can write another.
type Seal struct {
	// Figures has a digest of the tag, the text and, in a table, the words of the row, in
	// the order of the text.
	Figures string `json:"figures,omitempty"`
	// Values are those of charts, and of the workbooks behind them, with their place.
	Values string `json:"values,omitempty"`
	// Lines are the paragraphs and rows, with their figures and without, and the figures
	// with their tags wherever they stand.
	Lines string `json:"lines,omitempty"`
}

// sealOf returns the seal of a document as a reader finds it.
func sealOf(c *docx.Content) (Seal, error) {
	var figures, values, lines []string
	for _, f := range c.Controls {
		figures = append(figures, sealOfFigure(f))
		lines = append(lines, digest(squeeze(f.Words)), digest(f.Tag, strings.TrimSpace(f.Text)))
	}
	for i, chart := range c.Charts {
		for _, what := range []string{InChart, InBook} {
			rows, err := rowsOf(chart, what)
			if err != nil {
				return Seal{}, err
			}
			all := valuesOf(i, what, rows)
			for _, v := range all {
				values = append(values, v.digest)
			}
			values = append(values, digestOfNumber(i, what, len(all)))
		}
	}
	for line := range strings.Lines(c.Text) {
		lines = append(lines, digest(lineOf(line)))
	}
	return Seal{packed(figures), packed(values), packed(lines)}, nil
}

func sealOfFigure(c docx.Control) string {
	words := ""
	if c.InTable {
		words = squeeze(c.Words)
	}
	return digest(c.Tag, strings.TrimSpace(c.Text), words)
}

// lineOf is a line without the page number that an entry of the contents has.
func lineOf(line string) string {
	line, _, _ = strings.Cut(line, "\t")
	return squeeze(line)
}

func digest(of ...string) string {
	sum := sha256.Sum256([]byte(strings.Join(of, "\x00")))
	return string(sum[:3])
}

func packed(all []string) string {
	return base64.StdEncoding.EncodeToString([]byte(strings.Join(all, "")))
}

// unpacked returns the digests of a list; none if it was damaged, so that nothing is
// taken to be as it was written.
func unpacked(s string) []string {
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		return nil
	}
	var all []string
	for ; len(b) >= 3; b = b[3:] {
		all = append(all, string(b[:3]))
	}
	return all
}

func setOf(all []string) map[string]bool {
	set := make(map[string]bool, len(all))
	for _, s := range all {
		set[s] = true
	}
	return set
}

// rowsOf returns the values of a chart, or of its workbook if it has one.
func rowsOf(c docx.ReadChart, what string) ([][]string, error) {
	switch {
	case what == InChart:
		return c.Series, nil
	case c.Book == nil:
		return nil, nil
	}
	return sheet(c.Book)
}

// sealedValue is a value of a chart, and its digest with its place.
type sealedValue struct {
	row, column  int
	text, digest string
}

// valuesOf returns all values that are there. Numbers are rounded to 12 digits, because
// programs keep no more than 15.
func valuesOf(chart int, what string, rows [][]string) []sealedValue {
	var all []sealedValue
	for i, row := range rows {
		for j, text := range row {
			text = strings.TrimSpace(text)
			if text == "" {
				continue
			}
			known := text
			if x, err := strconv.ParseFloat(text, 64); err == nil {
				known = strconv.FormatFloat(x, 'g', 12, 64)
			}
			all = append(all, sealedValue{i, j, text, digest(what, strconv.Itoa(chart), strconv.Itoa(i), strconv.Itoa(j), known)})
		}
	}
	return all
}

// sealedFigures compares figures with the seal: each that is not in its place, in its row,
// with its text is a finding. Found are all figures of the file.
func (v *Verification) sealedFigures(found, want []docx.Control) {
	now := make(map[string]string)
	for _, c := range want {
		now[c.Tag] = c.Text
	}
	sealed := unpacked(v.seal.Figures)
	lines, figures := setOf(unpacked(v.seal.Lines)), setOf(sealed)
	var a, b []docx.Control
	for _, c := range found {
		a = append(a, docx.Control{Tag: sealOfFigure(c)})
	}
	for _, d := range sealed {
		b = append(b, docx.Control{Tag: d})
	}
	i := 0
	for _, p := range align(a, b) {
		if p.found == nil {
			continue
		}
		c := found[i]
		i++
		is, counted := now[c.Tag]
		f := Finding{What: Edited, Tag: c.Tag, Place: c.Paragraph, Found: strings.TrimSpace(c.Text), Want: is}
		switch {
		case p.want != nil:
			if counted && f.Found != f.Want {
				v.Differ = append(v.Differ, f)
			}
			continue
		case !lines[digest(c.Tag, f.Found)]: // it is no number of the report
		case c.InTable && !figures[sealOfFigure(c)]: // it is, and its row is another
			f.What, f.Found, f.Want = Label, squeeze(c.Words), ""
		default: // it is, and its place is another
			f.What = Added
		}
		if f.What == Label {
			if v.labelled == c.Paragraph {
				continue // once a row
			}
			v.labelled = c.Paragraph
		}
		v.Findings = append(v.Findings, f)
	}
	v.number(len(found), len(sealed))
}

// sealedValues compares what a chart shows, or its workbook, with the seal.
func (v *Verification) sealedValues(chart int, what, place string, rows, want [][]string) {
	sealed, all, foreign := setOf(unpacked(v.seal.Values)), valuesOf(chart, what, rows), false
	for _, x := range all {
		f := Finding{What: what, Place: fmt.Sprintf("%s [%d,%d]", place, x.row+1, x.column+1), Found: x.text, Want: valueAt(want, x.row, x.column)}
		switch {
		case !sealed[x.digest]:
			foreign = true
			v.Findings = append(v.Findings, f)
		case !sameValue(f.Found, f.Want):
			v.Differ = append(v.Differ, f)
		}
	}
	if !foreign && !sealed[digestOfNumber(chart, what, len(all))] { // some were taken out
		v.Findings = append(v.Findings, Finding{What: what, Place: place, Found: strconv.Itoa(len(all))})
	}
}

// digestOfNumber is that of how many values a chart or its workbook has.
func digestOfNumber(chart int, what string, n int) string {
	return digest(what, strconv.Itoa(chart), "n", strconv.Itoa(n))
}
