package report

import (
	"bytes"
	"encoding/xml"
	"html"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"
)

// The workbook has a sheet for each table, with numbers as numbers, and native charts
// that refer to them.
func TestXlsx(t *testing.T) {
	for _, lang := range []Language{Chinese, English} {
		r := full(t, lang)
		var one, two bytes.Buffer
		if err := r.Xlsx(&one); err != nil {
			t.Fatal(err)
		}
		if err := full(t, lang).Xlsx(&two); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(one.Bytes(), two.Bytes()) {
			t.Error("the same report is other bytes")
		}
		book, err := excelize.OpenReader(bytes.NewReader(one.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		sheets, tables, numbers := book.GetSheetList(), 0, 0
		for _, b := range r.Blocks {
			table, ok := b.(Table)
			if !ok {
				continue
			}
			tables++
			rows, err := book.GetRows(sheets[tables], excelize.Options{RawCellValue: true})
			if err != nil {
				t.Fatal(err)
			}
			shown, err := book.GetRows(sheets[tables])
			if err != nil {
				t.Fatal(err)
			}
			for j, row := range table.Rows {
				for i, cell := range row.Cells {
					if cell.Figure == nil || cell.Figure.Hidden || cell.Figure.Text == noText {
						continue
					}
					if cell.Figure.Form == Between { // it is two numbers, so it is text
						if rows[j+2][i] != cell.Figure.Text {
							t.Errorf("%s row %d: %s is %s", table.ID, j, cell.Figure.Cell, rows[j+2][i])
						}
						continue
					}
					got, err := strconv.ParseFloat(rows[j+2][i], 64)
					if err != nil || math.Abs(got-cell.Figure.Value) > 1e-12 {
						t.Fatalf("%s row %d: %s is %s, not %v", table.ID, j, cell.Figure.Cell, rows[j+2][i], cell.Figure.Value)
					}
					// excelize has no format of its own for zero; Excel does.
					if text := shown[j+2][i]; text != cell.Figure.Text && got != 0 {
						t.Errorf("%s row %d: %s shows as %s, not %s", table.ID, j, cell.Figure.Cell, text, cell.Figure.Text)
					}
					numbers++
				}
			}
		}
		if tables != len(sheets)-1 || tables < 9 || numbers < 300 {
			t.Errorf("%d tables, %d sheets, %d numbers", tables, len(sheets), numbers)
		}
		charts := 0
		for name, part := range unzip(t, one.Bytes()) {
			if strings.HasPrefix(name, "xl/charts/chart") && strings.Contains(part, "<barChart>") && strings.Contains(part, "$3:$") {
				charts++
			}
		}
		if charts != 3 {
			t.Errorf("%d charts", charts)
		}
	}
}

// The page has every figure, is well-formed, runs nothing and asks no other host.
func TestHTML(t *testing.T) {
	for _, lang := range []Language{Chinese, English} {
		r := full(t, lang)
		var out bytes.Buffer
		if err := r.HTML(&out); err != nil {
			t.Fatal(err)
		}
		page := out.String()
		var values []string
		for _, m := range regexp.MustCompile(`<data value="[^"]*">([^<]*)</data>`).FindAllStringSubmatch(page, -1) {
			values = append(values, html.UnescapeString(m[1]))
		}
		i := 0
		for _, b := range r.Blocks {
			if _, quote := b.(Quote); quote {
				continue
			}
			for _, s := range spansOf(b) {
				if s.Figure == nil {
					continue
				}
				if i == len(values) || values[i] != s.Figure.Text {
					t.Fatalf("%s: %s %q is not where it belongs", lang, s.Figure.Cell, s.Figure.Text)
				}
				i++
			}
		}
		for _, wrong := range []string{"<script", "<link", "http:", "https:", "onload", "<b>|"} {
			if strings.Contains(page, wrong) {
				t.Errorf("%s: the page has %s", lang, wrong)
			}
		}
		d := xml.NewDecoder(strings.NewReader(regexp.MustCompile(`<meta[^>]*>`).ReplaceAllString(page, "")))
		for {
			if _, err := d.Token(); err != nil {
				if err.Error() != "EOF" {
					t.Errorf("%s: %v", lang, err)
				}
				break
			}
		}
	}
}
