package report

import (
	"archive/zip"
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/xuri/excelize/v2"

	"github.com/minyi/minyi/internal/docx"
)

// rezip writes parts as an archive.
func rezip(t testing.TB, parts map[string]string) []byte {
	t.Helper()
	var out bytes.Buffer
	z := zip.NewWriter(&out)
	for name, data := range parts {
		w, err := z.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
		if err == nil {
			_, err = w.Write([]byte(data))
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// with returns the archive with one part changed.
func with(t testing.TB, parts map[string]string, name, data string) []byte {
	t.Helper()
	was := parts[name]
	defer func() { parts[name] = was }()
	parts[name] = data
	return rezip(t, parts)
}

// changed returns a number in which a digit is another one; what has none gets one.
func changed(s string) string {
	b := []byte(s)
	for i := len(b) - 1; i >= 0; i-- {
		if '0' <= b[i] && b[i] <= '9' {
			b[i] = '0' + (b[i]-'0'+1)%10
			return string(b)
		}
	}
	return s + "1"
}

var (
	controlText = regexp.MustCompile(`(<w:sdtContent><w:r>(?:<w:rPr><w:b/></w:rPr>)?<w:t xml:space="preserve">)([^<]*)(</w:t>)`)
	chartValue  = regexp.MustCompile(`(<c:numCache>.*?</c:numCache>)`)
	pointValue  = regexp.MustCompile(`(<c:pt idx="\d+"><c:v>)([^<]*)(</c:v>)`)
)

// small is a report with every kind of table and few rows.
func small(t testing.TB) *Report {
	t.Helper()
	c := counts(t, 1, 3000, 4)
	then := counts(t, 2, 2500, 2)
	then.Tally, then.Dict = "0123456789ab", strings.Repeat("cd34", 16)
	return New(Input{
		Counts: c, Days: Days{"2022-04-17", "2022-04-18"}, Lang: Chinese, Names: names, MinCell: 10, SamplesAsked: 1,
		Earlier: &Earlier{Counts: c, Days: Days{"2022-04-15", "2022-04-16"}, Then: &then},
		Texts: &Texts{
			TextDays: TextDaysOf(c, Days{"2022-04-17", "2022-04-18"}), Read: 1400, Distinct: 1300, Repeated: 120, Groups: 15, Tested: 99, Least: 10,
			Largest: []SameText{{Count: 60, Sources: []string{"xinhua"}, First: "2022-04-17", Last: "2022-04-18", Seq: 12, Text: "请保留公交线路"}},
			Near:    []NearText{{SameText{Count: 80, Sources: []string{"xinhua"}, First: "2022-04-17", Last: "2022-04-18", Seq: 13, Text: "请保留6路公交线路，王强以后出门很不方便"}, 33}},
			Words:   []HotWord{{Word: "盲道", Recent: 88, Prior: 20, Ratio: 4.4, SubTheme: "livelihood/transport"}},
		},
		Measure: measured(c.Info.Themes),
		Samples: []Sample{{Seq: 4711, SubTheme: "livelihood/education", Source: "xinhua", Day: "2022-04-17", Text: "孩子上学难。"}},
	})
}

func verify(t testing.TB, b []byte, want *Report, expected *docx.Content) Verification {
	t.Helper()
	f, err := Open(b)
	if err != nil {
		t.Fatal(err)
	}
	v, err := f.compare(want, expected, 0)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// Each number of the document is changed, one after the other: in the text, in what
// charts show, and in the workbooks behind them. Each is found, and nothing else.
func TestVerifyFindsEachNumber(t *testing.T) {
	t.Parallel()
	r := small(t)
	b := docxOf(t, r)
	expected, err := docx.Read(b)
	if err != nil {
		t.Fatal(err)
	}
	if v := verify(t, b, r, expected); len(v.Findings) != 0 || len(v.Texts) != 0 || v.Figures < 200 {
		t.Fatalf("%+v", v)
	}
	parts := unzip(t, b)
	document := parts["word/document.xml"]
	all := controlText.FindAllStringSubmatchIndex(document, -1)
	if len(all) != len(expected.Controls) {
		t.Fatalf("%d numbers in the XML, %d controls", len(all), len(expected.Controls))
	}
	f, err := Open(b)
	if err != nil {
		t.Fatal(err)
	}
	one := func(what, found, want, tag string) {
		t.Helper()
		v, err := f.compare(r, expected, 0)
		if err != nil || len(v.Findings) != 1 || v.Findings[0].What != what || v.Findings[0].Found != found || v.Findings[0].Want != want || v.Findings[0].Tag != tag {
			t.Fatalf("%s to %s: %+v, %v", want, found, v.Findings, err)
		}
	}
	for i := range f.content.Controls {
		c := &f.content.Controls[i]
		was := c.Text
		c.Text = changed(was)
		one(Edited, c.Text, was, c.Tag)
		c.Text = was
	}
	values := 0
	for _, chart := range f.content.Charts {
		for _, series := range chart.Series {
			for i, was := range series {
				series[i] = "0.5"
				one(InChart, series[i], was, "")
				series[i] = was
				values++
			}
		}
	}
	if values < 50 {
		t.Errorf("%d values in charts", values)
	}
	// In the file itself it takes longer, so only some of them; all at once are changed below.
	for i := 0; i < len(all); i += 29 {
		at := all[i]
		was := document[at[4]:at[5]]
		v := verify(t, with(t, parts, "word/document.xml", document[:at[4]]+changed(was)+document[at[5]:]), r, expected)
		if len(v.Findings) != 1 || v.Findings[0].What != Edited || v.Findings[0].Want != was || v.Findings[0].Tag != expected.Controls[i].Tag {
			t.Fatalf("number %d, %s: %+v", i, was, v.Findings)
		}
	}
	for _, cell := range []string{"B2", "B20", "A3"} {
		v := verify(t, with(t, parts, "word/embeddings/chart2.xlsx", string(withCell(t, []byte(parts["word/embeddings/chart2.xlsx"]), cell))), r, expected)
		if len(v.Findings) != 1 || v.Findings[0].What != InBook || v.Findings[0].Found != "0.123" {
			t.Errorf("%s: %+v", cell, v.Findings)
		}
	}
}

// withCell changes a cell of a workbook.
func withCell(t *testing.T, b []byte, cell string) []byte {
	t.Helper()
	book, err := excelize.OpenReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	if err := book.SetCellValue("Sheet1", cell, 0.123); err != nil {
		t.Fatal(err)
	}
	out, err := book.WriteToBuffer()
	if err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

// What else people do to a document.
func TestVerifyFindsOtherEdits(t *testing.T) {
	r := small(t)
	b := docxOf(t, r)
	expected, err := docx.Read(b)
	if err != nil {
		t.Fatal(err)
	}
	parts := unzip(t, b)
	document := parts["word/document.xml"]
	control := regexp.MustCompile(`<w:sdt>.*?</w:sdt>`)
	first, second := control.FindStringIndex(document), control.FindAllStringIndex(document, 2)[1]
	whole := func(at []int) string { return document[at[0]:at[1]] }
	text := func(s string) string { return `<w:r><w:t>` + s + `</w:t></w:r>` }
	for name, x := range map[string]struct {
		document string
		what     []string
		texts    int
	}{
		"the control is removed, its number stays": {strings.Replace(document, whole(first), text(expected.Controls[0].Text), 1), []string{Removed}, 0},
		"a number is copied into another place":    {strings.Replace(document, whole(second), whole(first), 1), []string{Removed, Added}, 0},
		"two numbers change places":                {document[:first[0]] + whole(second) + document[first[1]:second[0]] + whole(first) + document[second[1]:], []string{Removed, Added}, 0},
		"a row is of another theme":                {strings.Replace(document, `<w:t xml:space="preserve">教育</w:t>`, `<w:t xml:space="preserve">住房</w:t>`, 1), []string{Label}, 1},
		"a sentence is added":                      {strings.Replace(document, `<w:p>`, `<w:p>`+text("共有999条。")+`</w:p><w:p>`, 1), nil, 1},
		"the words of a sentence are edited":       {strings.Replace(document, "平均每天", "每日平均", 1), nil, 1},
	} {
		v := verify(t, with(t, parts, "word/document.xml", x.document), r, expected)
		var what []string
		for _, f := range v.Findings {
			if len(what) == 0 || what[len(what)-1] != f.What {
				what = append(what, f.What)
			}
		}
		if fmt.Sprint(what) != fmt.Sprint(x.what) && fmt.Sprint(what) != fmt.Sprint(reversed(x.what)) || len(v.Texts) != x.texts {
			t.Errorf("%s: %v %v", name, v.Findings, v.Texts)
		}
	}
	for name, b := range map[string][]byte{
		"nothing":      nil,
		"no manifest":  with(t, parts, "docProps/custom.xml", ""),
		"another one":  with(t, parts, "docProps/custom.xml", strings.ReplaceAll(parts["docProps/custom.xml"], "&quot;schema&quot;:3", "&quot;schema&quot;:9")),
		"a broken one": with(t, parts, "docProps/custom.xml", strings.ReplaceAll(parts["docProps/custom.xml"], "&quot;schema&quot;", "schema")),
	} {
		if _, err := Open(b); !errors.Is(err, ErrNoReport) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func reversed(s []string) []string {
	var out []string
	for i := len(s) - 1; i >= 0; i-- {
		out = append(out, s[i])
	}
	return out
}

// When messages are gone, figures that are as they were written cannot be counted again,
// and are no findings; one that was edited still is.
func TestVerifyWithMessagesGone(t *testing.T) {
	r := New(Input{Counts: counts(t, 1, 2000, 3), Lang: English, MinCell: 30})
	now := New(Input{Counts: counts(t, 1, 1990, 3), Lang: English, MinCell: 30})
	now.Frontier = r.Frontier
	f, err := Open(docxOf(t, r))
	if err != nil {
		t.Fatal(err)
	}
	v, err := f.Verify(now, 10)
	if err != nil {
		t.Fatal(err)
	}
	if len(v.Findings) != 0 || len(v.Differ) < 20 {
		t.Errorf("%d differ; findings: %+v", len(v.Differ), v.Findings)
	}
	all := f.content.Controls
	f.content.Controls = all[1:]
	if v, err := f.Verify(now, 10); err != nil || len(v.Findings) != 1 || v.Findings[0].What != Removed {
		t.Errorf("a figure was removed: %+v, %v", v.Findings, err)
	}
	f.content.Controls = all
	for i := range f.content.Controls {
		c := &f.content.Controls[i]
		was := c.Text
		c.Text = was + "7" // what is counted now is no such number
		v, err := f.Verify(now, 10)
		if err != nil || len(v.Findings) != 1 || v.Findings[0].Found != c.Text {
			t.Errorf("%s to %s: %+v, %v", was, c.Text, v.Findings, err)
		}
		c.Text = was
		if i == 8 {
			break // the document is written anew each time
		}
	}
}

// When messages are gone, what was forged is told by the seal: figures that changed
// places, labels, what charts show, and their workbooks; an untouched file has no finding
// and no foreign line.
func TestVerifyFindsForgedWithMessagesGone(t *testing.T) {
	t.Parallel()
	r := New(Input{Counts: counts(t, 1, 2000, 3), Days: Days{"2022-04-17", "2022-04-18"}, Lang: Chinese, MinCell: 30})
	now := New(Input{Counts: counts(t, 2, 1900, 3), Days: r.Manifest.Days, Lang: Chinese, MinCell: 30})
	now.Frontier = r.Frontier
	expected, err := docx.Read(docxOf(t, now))
	if err != nil {
		t.Fatal(err)
	}
	b := docxOf(t, r)
	parts := unzip(t, b)
	gone := func(b []byte) Verification {
		t.Helper()
		f, err := Open(b)
		if err != nil {
			t.Fatal(err)
		}
		v, err := f.compare(now, expected, 100)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	if v := gone(b); len(v.Findings) != 0 || len(v.Texts) != 0 || len(v.Differ) < 20 {
		t.Fatalf("untouched: %+v, %q, %d differ", v.Findings, v.Texts, len(v.Differ))
	}
	document := parts["word/document.xml"]
	all := regexp.MustCompile(`<w:sdt>.*?</w:sdt>`).FindAllStringIndex(document, -1)
	swapped := func(a, b []int) string {
		return document[:a[0]] + document[b[0]:b[1]] + document[a[1]:b[0]] + document[a[0]:a[1]] + document[b[1]:]
	}
	chart := parts["word/charts/chart1.xml"]
	book := parts["word/embeddings/chart1.xlsx"]
	at := strings.Index(chart, "<c:numCache>")
	if at < 0 {
		t.Fatal("the chart has no cached numbers")
	}
	first := pointValue.FindStringSubmatchIndex(chart[at:])
	for name, x := range map[string]struct{ part, data, what string }{
		"two controls are swapped":         {"word/document.xml", swapped(all[0], all[1]), Added},
		"two controls of a table":          {"word/document.xml", swapped(all[len(all)-30], all[len(all)-12]), Label},
		"a row is of another theme":        {"word/document.xml", strings.Replace(document, `<w:t xml:space="preserve">教育</w:t>`, `<w:t xml:space="preserve">住房</w:t>`, 1), Label},
		"a value of a chart":               {"word/charts/chart1.xml", chart[:at+first[4]] + "9999" + chart[at+first[5]:], InChart},
		"a value of a chart is taken out":  {"word/charts/chart1.xml", chart[:at+first[0]] + strings.TrimPrefix(chart[at+first[1]:], "</c:pt>"), InChart},
		"a cell of the workbook behind it": {"word/embeddings/chart1.xlsx", string(withCell(t, []byte(book), "B2")), InBook},
	} {
		v := gone(with(t, parts, x.part, x.data))
		if len(v.Findings) == 0 || len(v.Findings) > 2 || v.Findings[0].What != x.what {
			t.Errorf("%s: %+v", name, v.Findings)
		}
	}
}

// LibreOffice saves the document anew: nothing is lost, and of a document in which every
// number was changed, every number is found.
func TestVerifyAfterLibreOffice(t *testing.T) {
	t.Parallel()
	r := small(t)
	b := docxOf(t, r)
	expected, err := docx.Read(b)
	if err != nil {
		t.Fatal(err)
	}
	parts := unzip(t, b)
	numbers, values := 0, 0
	parts["word/document.xml"] = controlText.ReplaceAllStringFunc(parts["word/document.xml"], func(s string) string {
		m := controlText.FindStringSubmatch(s)
		numbers++
		return m[1] + changed(m[2]) + m[3]
	})
	for name := range parts {
		if strings.HasPrefix(name, "word/charts/chart") {
			parts[name] = chartValue.ReplaceAllStringFunc(parts[name], func(s string) string {
				return pointValue.ReplaceAllStringFunc(s, func(s string) string {
					m := pointValue.FindStringSubmatch(s)
					values++
					return m[1] + "0.5" + m[3]
				})
			})
		}
	}
	dir := office(t, "docx", map[string][]byte{"same.docx": b, "changed.docx": rezip(t, parts)})
	read := func(name string) []byte {
		b, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	if v := verify(t, read("same.docx"), r, expected); len(v.Findings) != 0 {
		t.Errorf("saved by LibreOffice: %d findings, %+v", len(v.Findings), v.Findings[:min(5, len(v.Findings))])
	}
	found := map[string]int{}
	for _, f := range verify(t, read("changed.docx"), r, expected).Findings {
		found[f.What]++
	}
	if found[Edited] != numbers || found[InChart] != values || numbers < 200 || values < 50 {
		t.Errorf("%d numbers and %d values were changed; found: %v", numbers, values, found)
	}
}
