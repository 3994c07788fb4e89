package workbook_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"github.com/minyi/minyi/internal/workbook"
)

const ns = `xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"`

// archive writes the parts of a workbook of one sheet.
func archive(t testing.TB, sheet string, more map[string]io.Reader) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	put := func(name string, r io.Reader) {
		w, err := z.Create(name)
		if err == nil {
			_, err = io.Copy(w, r)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	const rel = `<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">%s</Relationships>`
	const office = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
	put("[Content_Types].xml", strings.NewReader(`<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/></Types>`))
	put("_rels/.rels", strings.NewReader(fmt.Sprintf(rel, `<Relationship Id="a" Type="`+office+`/officeDocument" Target="xl/workbook.xml"/>`)))
	put("xl/workbook.xml", strings.NewReader(`<workbook `+ns+` xmlns:r="`+office+`"><sheets><sheet name="S" sheetId="1" r:id="a"/></sheets></workbook>`))
	put("xl/_rels/workbook.xml.rels", strings.NewReader(fmt.Sprintf(rel, `<Relationship Id="a" Type="`+office+`/worksheet" Target="worksheets/sheet1.xml"/>`)))
	put("xl/worksheets/sheet1.xml", strings.NewReader(`<worksheet `+ns+`>`+sheet+`</worksheet>`))
	for name, r := range more {
		put(name, r)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func inline(ref, text string) string {
	return `<c r="` + ref + `" t="inlineStr"><is><t>` + text + `</t></is></c>`
}

// read returns the rows of the only sheet, or why they cannot be read.
func read(t testing.TB, data []byte) ([]string, error) {
	t.Helper()
	b, err := workbook.Read(bytes.NewReader(data), filepath.Join(t.TempDir(), "tmp"))
	if err != nil {
		return nil, err
	}
	defer b.Close()
	sheets, err := b.Sheets()
	if err != nil {
		return nil, err
	}
	rows, err := b.Rows(sheets[0])
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var out []string
	for {
		row, err := rows.Next()
		if errors.Is(err, io.EOF) {
			return out, nil
		}
		if err != nil {
			return out, err
		}
		line := fmt.Sprint(row.Number)
		if row.Hidden {
			line += " hidden"
		}
		at := 1
		for _, c := range row.Cells {
			for ; at < c.Column; at++ {
				line += ` ""`
			}
			at++
			line += fmt.Sprintf(" %q", c.Text)
			if c.Stored != "" {
				line += "=" + c.Stored
			}
			line += [...]string{"", " error", " no value"}[c.Kind]
		}
		out = append(out, line)
	}
}

func TestRows(t *testing.T) {
	for name, c := range map[string]struct {
		data string
		want []string
	}{
		"names and gaps": {
			`<row r="2">` + inline("B2", "x") + `</row><row r="5" hidden="1">` + inline("A5", "y") + `</row>`,
			[]string{`2 "" "x"`, `5 hidden "y"`},
		},
		"no names":           {`<row><c><v>7</v></c><c t="b"><v>1</v></c></row><row><c><v>8</v></c></row>`, []string{`1 "7"=7 "TRUE"`, `2 "8"=8`}},
		"formulas":           {`<row r="1"><c r="A1"><f>B1</f></c><c r="B1"><f>1+1</f><v>2</v></c><c r="C1" t="str"><f>""</f><v></v></c><c r="D1"><f>X</f><v></v></c></row>`, []string{`1 "" no value "2"=2 "" "" no value`}},
		"errors":             {`<row r="1"><c r="A1" t="e"><v>#REF!</v></c></row>`, []string{`1 "#REF!" error`}},
		"stray":              {`<row r="1">` + inline("A1", "x") + `</row><row r="1048576"><c r="XFD1048576"/></row>`, []string{`1 "x"`, "1048576" + strings.Repeat(` ""`, 16384)}},
		"cells out of order": {`<row r="1">` + inline("C1", "x") + `<c r="A1"><v>7</v></c></row><row r="2">` + inline("A2", "y") + `</row>`, []string{`1 "7"=7 "" "x"`, `2 "y"`}},
		"self made":          {`<row r="1"/><row r="3">` + inline("A3", "x") + `</row>`, []string{`1`, `3 "x"`}},
	} {
		got, err := read(t, archive(t, "<sheetData>"+c.data+"</sheetData>", nil))
		if err != nil {
			t.Errorf("%s: %v", name, err)
		}
		if d := cmp.Diff(c.want, got); d != "" {
			t.Errorf("%s (-want +got):\n%s", name, d)
		}
	}
}

func TestDamaged(t *testing.T) {
	row := `<row r="1">` + inline("A1", "x") + `</row>`
	for name, c := range map[string]struct{ data, want string }{
		"rows out of order": {`<sheetData><row r="3">` + inline("A3", "x") + `</row><row r="2">` + inline("A2", "y") + `</row></sheetData>`, "at row 3: row 2 stands below it"},
		"a row twice":       {`<sheetData>` + row + row + `</sheetData>`, "out of order"},
		"a cell twice":      {`<sheetData><row r="1">` + inline("A1", "x") + inline("A1", "y") + `</row></sheetData>`, "there twice"},
		"cell of another":   {`<sheetData><row r="1">` + inline("A2", "x") + `</row></sheetData>`, "not of its row"},
		"row 2000000000":    {`<sheetData><row r="2000000000"/></sheetData>`, "no sheet has"},
		"cut":               {`<sheetData>` + row + `<row r="2"><c`, "at row 2"},
		"deep":              {`<sheetData><row r="1"><c r="A1" t="inlineStr">` + strings.Repeat("<is>", 1000) + strings.Repeat("</is>", 1000) + `</c></row></sheetData>`, "nested too deep"},
		"no cells":          {``, "no cells"},
	} {
		_, err := read(t, archive(t, c.data, nil))
		if !errors.Is(err, workbook.ErrDamaged) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
	ok := archive(t, "<sheetData>"+row+"</sheetData>", nil)
	for name, data := range map[string][]byte{
		"half": ok[:len(ok)/2], "empty": nil, "text": []byte("text\n小学\n"),
		"old": append([]byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"), make([]byte, 4096)...),
	} {
		if _, err := read(t, data); !errors.Is(err, workbook.ErrDamaged) {
			t.Errorf("%s: %v", name, err)
		}
	}
	flipped := bytes.Clone(ok)
	flipped[bytes.Index(flipped, []byte("sheet1.xml"))+40] ^= 0xff
	if got, err := read(t, flipped); !errors.Is(err, workbook.ErrDamaged) {
		t.Errorf("a flipped byte: %v, %v", got, err)
	}
}

// blanks is 70 MiB of spaces.
func blanks() io.Reader { return io.LimitReader(spaces{}, 70<<20) }

type spaces struct{}

func (spaces) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}

func TestBombs(t *testing.T) {
	row := `<sheetData><row r="1">` + inline("A1", "x") + `</row></sheetData>`
	small := archive(t, row, map[string]io.Reader{"xl/media/image1.bin": blanks(), "xl/embeddings/a.xml": blanks()})
	if got, err := read(t, small); err != nil || len(got) != 1 {
		t.Errorf("large pictures: %v, %v", got, err)
	}
	for name, more := range map[string]map[string]io.Reader{
		"strings": {"xl/sharedStrings.xml": blanks()},
		"theme":   {"xl/theme/theme1.xml": blanks()},
	} {
		if _, err := read(t, archive(t, row, more)); !errors.Is(err, workbook.ErrTooLarge) {
			t.Errorf("%s: %v", name, err)
		}
	}
	twice := map[string]io.Reader{"XL/Worksheets/Sheet1.xml": strings.NewReader("<worksheet/>")}
	if _, err := read(t, archive(t, row, twice)); !errors.Is(err, workbook.ErrDamaged) {
		t.Errorf("a part twice: %v", err)
	}
}

// TestLargePartsAreUnpackedAndRemoved reads a sheet of more than 16 MiB, and
// wants nothing left.
func TestLargePartsAreUnpackedAndRemoved(t *testing.T) {
	book := excelize.NewFile()
	defer book.Close()
	w, err := book.NewStreamWriter("Sheet1")
	if err != nil {
		t.Fatal(err)
	}
	const rows = 9000
	text := strings.Repeat("小学三点半放学没人接", 80) // 2,400 bytes
	for i := 1; i <= rows; i++ {
		if err := w.SetRow(fmt.Sprint("A", i), []any{fmt.Sprint(i, text)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "a.xlsx")
	if err := book.SaveAs(name); err != nil {
		t.Fatal(err)
	}
	temp := filepath.Join(t.TempDir(), "tmp")
	b, err := workbook.Open(name, temp)
	if err != nil {
		t.Fatal(err)
	}
	sheets, err := b.Sheets()
	if err != nil {
		t.Fatal(err)
	}
	r, err := b.Rows(sheets[0])
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for ; ; n++ {
		row, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil || row.Cells[0].Text != fmt.Sprint(n+1, text) {
			t.Fatalf("row %d: %v", n, err)
		}
	}
	if left, _ := filepath.Glob(filepath.Join(temp, "*", "*")); n != rows || len(left) == 0 {
		t.Errorf("%d rows, temporary files %v: the test means to have some", n, left)
	}
	if err := errors.Join(r.Close(), b.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(temp); !os.IsNotExist(err) {
		t.Errorf("left: %v", err)
	}
}
