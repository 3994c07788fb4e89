package docx

import (
	"archive/zip"
	"bytes"
	"errors"
	"strings"
	"testing"
)

// sample is a document that has everything.
func sample(t testing.TB) []byte {
	t.Helper()
	d := New()
	d.Title, d.Properties = "标题", []Property{{"minyi", strings.Repeat("值&<", 300)}}
	d.Paragraph(Title, Run{Text: "标题"})
	d.Contents("目录")
	d.PageBreak()
	d.Paragraph(Heading1, Run{Text: "一、总体 & <情况>"})
	d.Paragraph(Body, Run{Text: "共"}, Run{Text: "8,542", Tag: "n total now@9"}, Run{Text: "条\n\x01"})
	half := 0.5
	d.Chart(Chart{Description: "图", Categories: []string{"甲", "乙"}, Series: []Series{{"占比", []*float64{&half, nil}}}, Percent: true})
	d.Table(Table{Columns: []Column{{Title: "主题"}, {Title: "数量", Right: true}}, Rows: []Row{{Cells: [][]Run{{{Text: "教育"}}, {{Text: "31", Tag: "n education@9"}}}, Bold: true}}})
	var out bytes.Buffer
	if _, err := d.WriteTo(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// What is written is read back.
func TestRoundTrip(t *testing.T) {
	c, err := Read(sample(t))
	if err != nil {
		t.Fatal(err)
	}
	if c.Properties["minyi"] != strings.Repeat("值&<", 300) {
		t.Errorf("property %q", c.Properties["minyi"])
	}
	if len(c.Controls) != 2 {
		t.Fatalf("%+v", c.Controls)
	}
	for i, want := range []Control{
		{"n total now@9", "8,542", "共8,542条", "共条", false},
		{"n education@9", "31", "教育 31", "教育", true},
	} {
		if c.Controls[i] != want {
			t.Errorf("%+v, want %+v", c.Controls[i], want)
		}
	}
	if len(c.Charts) != 1 || len(c.Charts[0].Series) != 1 || strings.Join(c.Charts[0].Series[0], " ") != "0.5" || len(c.Charts[0].Book) == 0 {
		t.Errorf("%+v", c.Charts)
	}
	if !strings.Contains(c.Text, "一、总体 & <情况>\n") {
		t.Errorf("%q", c.Text)
	}
}

func TestCanonical(t *testing.T) {
	make := func(names ...string) []byte {
		var out bytes.Buffer
		z := zip.NewWriter(&out)
		for _, n := range names {
			w, err := z.Create(n)
			if err == nil {
				_, err = w.Write([]byte(`<Default Extension="` + n + `"/><Default Extension="a"/>`))
			}
			if err != nil {
				t.Fatal(err)
			}
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		b, err := Canonical(out.Bytes())
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	if !bytes.Equal(make("a", "[Content_Types].xml"), make("[Content_Types].xml", "a")) {
		t.Error("the order of files matters")
	}
}

// Whatever the file, reading ends with a document or with an error that says that it is none.
func FuzzRead(f *testing.F) {
	b := sample(f)
	f.Add(b)
	f.Add(b[:len(b)/2])
	f.Fuzz(func(t *testing.T, b []byte) {
		c, err := Read(b)
		if (c == nil) != (err != nil && errors.Is(err, ErrNotDocument)) {
			t.Errorf("%v, %v", c, err)
		}
	})
}

// The text of a document is hostile where somebody edited it by program.
func FuzzDocument(f *testing.F) {
	f.Add(`<w:sdt><w:tag w:val="x"/><w:t>1</w:t></w:sdt>`)
	f.Add(`</w:sdt><w:tr></w:tr></w:tr><c:chart r:id="1"/>`)
	f.Fuzz(func(_ *testing.T, s string) {
		r := reader{content: &Content{}}
		_ = r.document([]byte(s)) // it does not panic
	})
}

// Columns have the width of the text in all, a word of each fits, and a table of long cells
// is not kept on one page.
func TestWidths(t *testing.T) {
	row := func(text, n, source, days string) Row {
		return Row{Cells: [][]Run{{{Text: text}}, {{Text: n}}, {{Text: source}}, {{Text: days}}}}
	}
	table := Table{Columns: []Column{{Title: "内容"}, {Title: "条数", Right: true}, {Title: "来源"}, {Title: "日期", Right: true}}}
	for range 10 {
		table.Rows = append(table.Rows, row(strings.Repeat("字", 40), "2,007", "people_daily、cctv、study_app等", "2022-04-15至05-16"))
	}
	widths, sum := table.widths(), 0
	for _, w := range widths {
		sum += w
	}
	if sum > textWidth || sum < textWidth-len(widths) || widths[2] < 12*figureWidth+cellMargins || widths[3] < 17*figureWidth+cellMargins {
		t.Errorf("%v: %d of %d", widths, sum, textWidth)
	}
	if n := table.lines(widths); n < 25 {
		t.Errorf("%d lines", n)
	}
}
