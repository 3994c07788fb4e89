package report

import (
	"archive/zip"
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"image/png"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/minyi/minyi/internal/docx"
)

func docxOf(t testing.TB, r *Report) []byte {
	t.Helper()
	var out bytes.Buffer
	if err := r.Docx(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// unzip returns the parts of an archive by name.
func unzip(t testing.TB, b []byte) map[string]string {
	t.Helper()
	z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	parts := make(map[string]string)
	for _, f := range z.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		parts[f.Name] = string(data)
	}
	return parts
}

// The document says what GB/T 9704 wants: page, margins, 22 lines, fonts by name; its
// charts are native and have a workbook each; every part is well-formed.
func TestDocx(t *testing.T) {
	r := full(t, Chinese)
	b := docxOf(t, r)
	parts := unzip(t, b)
	for name, part := range parts {
		if strings.HasSuffix(name, ".xlsx") {
			continue
		}
		d := xml.NewDecoder(strings.NewReader(part))
		for {
			if _, err := d.Token(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
		}
	}
	for part, wants := range map[string][]string{
		"word/document.xml": {
			`<w:pgSz w:w="11906" w:h="16838"/>`, `w:top="2098" w:right="1474" w:bottom="1984" w:left="1588"`, // 37, 26, 35, 28 mm
			`<w:docGrid w:type="lines" w:linePitch="579"/>`, // 225 mm / 22
			`TOC \o "1-2"`, `<w:tblHeader/>`, `<w:cantSplit/>`,
		},
		"word/styles.xml":                   {"方正小标宋简体", `<w:rFonts w:hint="eastAsia"`, "黑体", "楷体_GB2312", "仿宋_GB2312", `<w:sz w:val="32"/>`, `<w:sz w:val="44"/>`},
		"word/fontTable.xml":                {`w:name="仿宋_GB2312"><w:altName w:val="仿宋"/>`, `w:name="楷体_GB2312"><w:altName w:val="楷体"/>`},
		"word/settings.xml":                 {"<w:evenAndOddHeaders/>"},
		"word/footer1.xml":                  {" PAGE ", "— "},
		"word/charts/chart1.xml":            {"<c:barChart>", `<c:externalData r:id="rId1">`, "<c:f>Sheet1!$B$2:$B$17</c:f>"},
		"word/charts/chart2.xml":            {`<c:barDir val="bar"/>`, "0.00%"},
		"word/embeddings/chart1.xlsx":       {"PK"},
		"docProps/custom.xml":               {"frontier", "20000"},
		"docProps/core.xml":                 {"2022-05-17T00:00:00Z"},
		"[Content_Types].xml":               {"/word/charts/chart3.xml"},
		"word/_rels/document.xml.rels":      {"charts/chart3.xml"},
		"word/charts/_rels/chart1.xml.rels": {"../embeddings/chart1.xlsx"},
	} {
		for _, want := range wants {
			if !strings.Contains(parts[part], want) {
				t.Errorf("%s has no %s", part, want)
			}
		}
	}
	if strings.Contains(parts["word/document.xml"], "<b>") {
		t.Error("what a citizen wrote is not escaped")
	}
	if !bytes.Equal(b, docxOf(t, full(t, Chinese))) {
		t.Error("the same report is other bytes")
	}
}

// Every figure of the report is a content control with its tag, and reads back.
func TestDocxControls(t *testing.T) {
	r := full(t, English)
	c, err := docx.Read(docxOf(t, r))
	if err != nil {
		t.Fatal(err)
	}
	i := 0
	for f := range r.Figures {
		if i == len(c.Controls) || c.Controls[i].Tag != f.Tag(r.Frontier) || c.Controls[i].Text != f.Text {
			t.Fatalf("figure %d, %s %q, is not the control there", i, f.Cell, f.Text)
		}
		i++
	}
	if i != len(c.Controls) || i < 300 {
		t.Errorf("%d figures, %d controls", i, len(c.Controls))
	}
	if len(c.Charts) != 3 || len(c.Charts[2].Series) != 2 || len(c.Charts[0].Book) == 0 {
		t.Errorf("charts: %+v", c.Charts)
	}
	for _, wrong := range [][]byte{nil, []byte("PK\x03\x04"), docxOf(t, r)[:1000]} {
		if _, err := docx.Read(wrong); !errors.Is(err, docx.ErrNotDocument) {
			t.Errorf("%v", err)
		}
	}
}

// office converts files with LibreOffice, all at once, and returns the folder with what
// came out.
func office(t *testing.T, format string, files map[string][]byte) string {
	t.Helper()
	soffice, err := exec.LookPath("soffice")
	if err != nil {
		t.Fatal("LibreOffice is missing: make test-deps installs it")
	}
	dir := t.TempDir()
	args := []string{"-env:UserInstallation=file://" + dir + "/profile", "--headless", "--convert-to", format, "--outdir", filepath.Join(dir, "out")}
	for name, b := range files {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
		args = append(args, path)
	}
	cmd := exec.CommandContext(t.Context(), soffice, args...)
	cmd.Env = append(os.Environ(), "HOME="+dir)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("soffice: %v\n%s", err, out)
	}
	return filepath.Join(dir, "out")
}

// wordBox is a word on a page, and where it is, in points.
var (
	wordBox = regexp.MustCompile(`<word xMin="([\d.]+)" yMin="([\d.]+)" xMax="([\d.]+)" yMax="([\d.]+)">([^<]*)<`)
	pageBox = regexp.MustCompile(`<page width="([\d.]+)" height="([\d.]+)">`)
)

// The pages are laid out once, by LibreOffice, in both languages: nothing sticks out of
// the margins, no page is empty, and chapters are where they belong.
func TestPagesOfWord(t *testing.T) {
	t.Parallel()
	files := map[string][]byte{"zh.docx": docxOf(t, full(t, Chinese)), "en.docx": docxOf(t, full(t, English)), "lines.docx": lines(t)}
	dir := office(t, "pdf", files)
	// 22 lines of 28 characters: the first line of a paragraph begins two characters in.
	text, err := exec.CommandContext(t.Context(), "pdftotext", "-l", "1", filepath.Join(dir, "lines.pdf"), "-").Output()
	if err != nil {
		t.Fatal(err)
	}
	var widths []int
	for line := range strings.Lines(string(text)) {
		if n := strings.Count(line, "民"); n > 0 {
			widths = append(widths, n)
		}
	}
	want := append([]int{26}, slices.Repeat([]int{28}, 21)...)
	if !slices.Equal(widths, want) {
		t.Errorf("characters by line of a page: %v", widths)
	}
	look(t, filepath.Join(dir, "zh.pdf"))
	for lang, chapters := range map[string][]string{"zh": {"一、总体情况", "三、变化情况", "六、口径说明"}, "en": {"1. Overview", "3. Changes", "6. How it was counted"}} {
		out, err := exec.CommandContext(t.Context(), "pdftotext", "-bbox", filepath.Join(dir, lang+".pdf"), "-").Output()
		if err != nil {
			t.Fatalf("pdftotext: %v; make test-deps installs poppler-utils", err)
		}
		pages := strings.Split(string(out), "<page ")[1:]
		if n := len(pages); n < 9 || n > 18 {
			t.Errorf("%s: %d pages", lang, n)
		}
		for i, page := range pages {
			size := pageBox.FindStringSubmatch("<page " + page)
			if size == nil || !near(size[1], 595.3) || !near(size[2], 841.9) {
				t.Errorf("%s page %d: size %v, not A4", lang, i+1, size)
			}
			words := wordBox.FindAllStringSubmatch(page, -1)
			if len(words) < 10 {
				t.Errorf("%s page %d has %d words", lang, i+1, len(words))
			}
			all := ""
			for _, w := range words {
				all += w[5]
			}
			if !strings.Contains(strings.ReplaceAll(all, " ", ""), fmt.Sprintf("—%d—", i+1)) {
				t.Errorf("%s page %d has no number", lang, i+1)
			}
			for _, w := range words {
				const left, right = 1588 / 20, (11906 - 1474) / 20
				if number(w[1]) < left-2 || number(w[3]) > right+18 { // a closing mark may hang
					t.Errorf("%s page %d: %q stands at %s to %s, outside of the text", lang, i+1, w[5], w[1], w[3])
				}
			}
		}
		text, err := exec.CommandContext(t.Context(), "pdftotext", "-layout", filepath.Join(dir, lang+".pdf"), "-").Output()
		if err != nil {
			t.Fatal(err)
		}
		for _, chapter := range chapters {
			if strings.Count(string(text), chapter) != 2 { // in the contents too
				t.Errorf("%s: %q is not there twice", lang, chapter)
			}
		}
	}
}

// look looks at the pages as pictures, 40 pixels an inch: nothing is drawn beside the text,
// and the bars of both series of the charts are there.
func look(t *testing.T, pdf string) {
	t.Helper()
	dir := t.TempDir()
	if out, err := exec.CommandContext(t.Context(), "pdftoppm", "-r", "40", "-png", pdf, filepath.Join(dir, "p")).CombinedOutput(); err != nil {
		t.Fatalf("pdftoppm: %v\n%s", err, out)
	}
	pages, err := filepath.Glob(filepath.Join(dir, "p*.png"))
	if err != nil || len(pages) < 9 {
		t.Fatalf("%d pages, %v", len(pages), err)
	}
	charts, bars := 0, map[string]int{}
	for _, name := range pages {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		page, err := png.Decode(f)
		if err != nil {
			t.Fatal(err)
		}
		ink, colored := 0, 0
		for y := range page.Bounds().Dy() {
			for x := range page.Bounds().Dx() {
				r, g, b, _ := page.At(x, y).RGBA()
				if r>>8 > 200 && g>>8 > 200 && b>>8 > 200 {
					continue
				}
				ink++
				const inch = 40
				if x < 1588*inch/1440-2 || x > (11906-1474)*inch/1440+10 || y < 2098*inch/1440-8 {
					t.Errorf("%s: something is drawn at %d, %d", filepath.Base(name), x, y)
				}
				for series, c := range map[string][3]uint32{"first": {0x2E, 0x5C, 0x8A}, "second": {0xC8, 0x82, 0x4A}} {
					if r>>8 == c[0] && g>>8 == c[1] && b>>8 == c[2] {
						bars[series]++
						colored++
					}
				}
			}
		}
		if ink < 200 {
			t.Errorf("%s is empty", filepath.Base(name))
		}
		if colored > 200 {
			charts++
		}
	}
	if charts < 3 || bars["second"] < 1000 || bars["first"] < 3000 {
		t.Errorf("bars on %d pages, pixels of series: %v", charts, bars)
	}
}

// lines is a document of one long paragraph.
func lines(t *testing.T) []byte {
	t.Helper()
	d := docx.New()
	d.Paragraph(docx.Body, docx.Run{Text: strings.Repeat("民", 28*40)})
	var out bytes.Buffer
	if _, err := d.WriteTo(&out); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func number(s string) float64 {
	f, _ := strconv.ParseFloat(s, 64)
	return f
}

func near(s string, want float64) bool { return number(s) > want-1 && number(s) < want+1 }
