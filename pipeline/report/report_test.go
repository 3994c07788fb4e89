package report

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/minyi/minyi/dict"
	"github.com/minyi/minyi/internal/measure"
	"github.com/minyi/minyi/pipeline"
)

var update = flag.Bool("update", false, "write the golden files")

// tree is that of the default dictionary.
func tree(t testing.TB) pipeline.ThemeTree {
	t.Helper()
	d, err := dict.Default()
	if err != nil {
		t.Fatal(err)
	}
	return pipeline.NewThemeTree(d)
}

// counts makes counts of a number of messages on some days, the same for the same seed.
func counts(t testing.TB, seed uint64, messages, days int) pipeline.Counts {
	t.Helper()
	rng := rand.New(rand.NewPCG(seed, 1))
	themes := tree(t)
	var subs []pipeline.TreeSubTheme
	themeOf := map[string]string{}
	for _, th := range themes {
		for _, s := range th.SubThemes {
			subs = append(subs, s)
			themeOf[s.ID] = th.ID
		}
	}
	cells := pipeline.Cells{}
	var outcomes pipeline.Outcomes
	start := time.Date(2022, 4, 15, 0, 0, 0, 0, time.UTC)
	for i := range messages {
		day := start.AddDate(0, 0, rng.IntN(days)).Format(time.DateOnly)
		source := []string{"xinhua", "people_daily", "cctv", "study_app"}[rng.IntN(4)]
		add := func(kind pipeline.Kind, id string, primary uint64) {
			k := pipeline.CellKey{Day: day, Source: source, Kind: kind, ID: id}
			cells[k] = cells[k].Add(pipeline.Count{Primary: primary, Any: 1})
		}
		add(pipeline.KindTotal, pipeline.All, 1)
		if i%100 == 0 {
			add(pipeline.KindUndated, pipeline.All, 1)
		}
		switch n := rng.IntN(100); {
		case n < 3:
			add(pipeline.KindRejected, string(pipeline.Blank), 1)
			outcomes.Rejected++
		case n < 12:
			add(pipeline.KindUntagged, pipeline.All, 1)
			outcomes.Untagged++
		default:
			i := rng.IntN(len(subs))
			s := subs[min(i, rng.IntN(len(subs)))]
			add(pipeline.KindTagged, pipeline.All, 1)
			add(pipeline.KindTheme, themeOf[s.ID], 1)
			add(pipeline.KindSubTheme, s.ID, 1)
			add(pipeline.KindAspect, s.Aspect, 1)
			outcomes.Tagged++
			if o := subs[i]; o.ID != s.ID {
				add(pipeline.KindSubTheme, o.ID, 0)
			}
		}
	}
	spec := pipeline.Spec{
		Version: pipeline.SpecVersion1, Stream: "SUGGESTIONS", Created: start, Base: 1, Dict: strings.Repeat("ab12", 16),
		Semantics: "5", Format: pipeline.Format{Zone: "Asia/Shanghai"},
	}
	v := pipeline.View{Revision: 1, Totals: pipeline.NewTotals(cells)}
	v.Checkpoint.Frontier, v.Checkpoint.Stored, v.Checkpoint.Outcomes = uint64(messages), uint64(messages), outcomes
	v.Checkpoint.AbsurdTime = uint64(messages / 500)
	v.Checkpoint.Mark = &pipeline.Mark{Seq: uint64(messages), Stored: start.AddDate(0, 0, days)}
	return v.Counts(pipeline.TallyInfo{Spec: spec, Themes: themes})
}

var names = Names{
	"xinhua": {Zh: "新华社", En: "Xinhua"}, "people_daily": {Zh: "人民日报", En: "People's Daily"},
	"cctv": {Zh: "央视", En: "CCTV"}, "study_app": {Zh: "学习强国", En: "Xuexi Qiangguo"},
}

// full is a report that has everything.
func full(t testing.TB, lang Language) *Report {
	t.Helper()
	c := counts(t, 1, 20_000, 32)
	then := counts(t, 2, 9_000, 16)
	then.Tally, then.Dict = "0123456789ab", strings.Repeat("cd34", 16)
	return New(Input{
		Counts: c, Days: Days{"2022-05-01", "2022-05-16"}, Lang: lang, Names: names, MinCell: 10, SamplesAsked: 2,
		Earlier: &Earlier{Counts: c, Days: Days{"2022-04-15", "2022-04-30"}, Then: &then},
		Texts: &Texts{
			TextDays: TextDaysOf(c, Days{"2022-05-01", "2022-05-16"}), Read: 9_700, Distinct: 9_500, Repeated: 240, Groups: 41, Tested: 1234, Least: 10,
			Largest: []SameText{
				{Count: 120, Sources: []string{"xinhua", "cctv", "study_app", "people_daily"}, First: "2022-05-03", Last: "2022-05-05", Seq: 4711, Text: "请保留公交线路，电话＊＊＊"},
				{Count: 30, Sources: []string{"cctv"}, First: "2022-05-04", Last: "2022-05-04", Seq: 4712, Text: "|请"},
			},
			Near: []NearText{{SameText{Count: 310, Sources: []string{"cctv", "xinhua"}, First: "2022-05-02", Last: "2022-05-09", Seq: 4713, Text: "请保留6路公交线路，王强以后出门很不方便"}, 190}},
			Words: []HotWord{
				{Word: "共享单车", Recent: 149, SubTheme: "livelihood/transport"},
				{Word: "盲道", Recent: 88, Prior: 20, Ratio: 4.44, Untagged: true},
				{Word: "公交线路", Recent: 60, Prior: 4, Ratio: 15},
			},
		},
		Measure: measured(c.Info.Themes),
		Samples: []Sample{
			{Seq: 4711, SubTheme: "livelihood/education", Source: "xinhua", Day: "2022-05-03", Text: "电话＊＊＊，孩子上学难。<b>|*_\n第二行"},
			{Seq: 12, SubTheme: "livelihood/education", Source: "cctv", Day: "2022-05-01", Text: "希望多建公办幼儿园。"},
			{Seq: 99, SubTheme: "governance/safety", Source: "cctv", Day: "2022-05-02", Text: "小区电动车乱停。"},
		},
	})
}

// Control characters of a source or a message are shown as the terminal shows them.
func TestMarkdownShowsControls(t *testing.T) {
	r := Report{Title: "a\x00", Blocks: []Block{
		Quote{Text: "one\r\ntwo\x1b[2J", Origin: []Span{{Text: "\u202e"}}},
		Table{Columns: []Column{{}}, Rows: []Row{{Cells: []Span{{Text: "x\ny"}}}}},
	}}
	var out bytes.Buffer
	if err := r.Markdown(&out); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"# a\\\\x00\n", "> one  \n> two\\\\x1b\\[2J  \n> \\\\u202e", "| x\\\\x0ay |"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in %q", want, out.String())
		}
	}
}

func TestMarkdown(t *testing.T) {
	for _, lang := range []Language{Chinese, English} {
		var out bytes.Buffer
		if err := full(t, lang).Markdown(&out); err != nil {
			t.Fatal(err)
		}
		golden(t, "report."+string(lang)+".md", out.Bytes())
	}
}

func golden(t *testing.T, name string, got []byte) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), string(got)); diff != "" {
		t.Errorf("%s (-want +got):\n%s\ngo test ./pipeline/report -update writes it", path, diff)
	}
}

// citizens takes out what citizens wrote, and names of people and files.
var citizens = strings.NewReplacer("请保留6路公交线路，王强以后出门很不方便", "", "标注.xlsx", "", "李明", "", "请保留公交线路，电话＊＊＊", "", "|请", "", "共享单车", "", "盲道", "", "公交线路", "")

// texts are all words of a report that minyi says: not those of samples.
func texts(r *Report) []string {
	all := []string{r.Title, r.Subtitle}
	for _, b := range r.Blocks {
		for _, s := range spansOf(b) {
			all = append(all, citizens.Replace(s.Text))
		}
		switch b := b.(type) {
		case Heading:
			all = append(all, b.Text)
		case Table:
			all = append(all, b.Title, b.Note)
			for _, c := range b.Columns {
				all = append(all, c.Title)
			}
		case Chart:
			all = append(all, b.Title)
			all = append(all, b.Categories...)
			for _, s := range b.Series {
				all = append(all, s.Name)
			}
		}
	}
	return all
}

// A report is in one language. Ids of streams, tallies, dictionaries and zones are
// names, and stay.
func TestOneLanguage(t *testing.T) {
	ids := regexp.MustCompile(`SUGGESTIONS|Asia/Shanghai|[0-9a-f]{12}`)
	letters := func(s string) bool {
		return strings.ContainsFunc(ids.ReplaceAllString(s, ""), func(r rune) bool { return r < unicode.MaxASCII && unicode.IsLetter(r) })
	}
	han := func(s string) bool {
		return strings.ContainsFunc(s, func(r rune) bool { return unicode.Is(unicode.Han, r) })
	}
	for lang, wrong := range map[Language]func(string) bool{Chinese: letters, English: han} {
		empty := New(Input{Counts: counts(t, 1, 0, 1), Lang: lang, MinCell: 10, SamplesAsked: 1})
		for _, r := range []*Report{full(t, lang), empty} {
			for _, s := range texts(r) {
				if wrong(s) {
					t.Errorf("%s: %q", lang, s)
				}
			}
		}
	}
}

// Every number of a sub-theme is that of the query that minyi counts --by subtheme has.
func TestFiguresAreThoseOfCounts(t *testing.T) {
	c := counts(t, 3, 5000, 20)
	r := New(Input{Counts: c, Lang: English, Days: Days{"2022-04-16", "2022-04-30"}})
	seen := map[string]Figure{}
	for f := range r.Figures {
		if was, ok := seen[f.Cell]; ok && was.Text != f.Text {
			t.Errorf("%s is %s and %s", f.Cell, was.Text, f.Text)
		}
		seen[f.Cell] = f
	}
	for _, g := range c.Totals.Query(pipeline.Query{By: []pipeline.Dimension{pipeline.BySubTheme}, From: "2022-04-16", To: "2022-04-30"}) {
		id := g.ID
		for cell, want := range map[string]string{
			"n subtheme:" + id + " now":     numberOf("", g.Primary).Text,
			"n any subtheme:" + id + " now": numberOf("", g.Any).Text,
			"share subtheme:" + id + " now": shareOf("", g.Primary, g.Of).Text,
		} {
			if seen[cell].Text != want {
				t.Errorf("%s is %q, and counts say %s", cell, seen[cell].Text, want)
			}
		}
	}
}

func TestTags(t *testing.T) {
	seen := map[string]string{}
	for f := range full(t, Chinese).Figures {
		tag := f.Tag(20_000)
		if len(tag) > maxTag || !strings.HasSuffix(tag, "@20000") {
			t.Errorf("tag %q of %q", tag, f.Cell)
		}
		if was, ok := seen[tag]; ok && was != f.Cell {
			t.Errorf("%q and %q have the tag %q", was, f.Cell, tag)
		}
		seen[tag] = f.Cell
	}
}

func TestForms(t *testing.T) {
	for _, x := range []struct {
		got  Figure
		want string
	}{
		{shareOf("", 1, 3), "33.33%"},
		{shareOf("", 2, 3), "66.67%"},
		{shareOf("", 1, 8), "12.50%"},
		{shareOf("", 5, 100_000), "0.01%"}, // 0.005 is rounded up
		{shareOf("", 1, 1_000_000), "<0.01%"},
		{shareOf("", 999_999, 1_000_000), ">99.99%"},
		{shareOf("", 0, 7), "0.00%"},
		{shareOf("", 7, 7), "100.00%"},
		{shareOf("", 0, 0), noText},
		{shareOf("", 1<<60, 1<<61), "50.00%"},
		{wanOf("", 8_542_000), "854.2"},
		{wanOf("", 8_542_500), "854.3"},
		{changeOf("", 3, 5), "-2"},
		{changeOf("", 5_000, 3), "+4,997"},
		{changeOf("", 5, 5), "0"},
		{growthOf("", 3, 2), "+50.00%"},
		{growthOf("", 1, 3), "-66.67%"},
		{growthOf("", 1, 0), noText},
		{pointsOf("", 1, 3, 1, 4), "+8.33"},
		{pointsOf("", 1, 4, 1, 3), "-8.33"},
		{pointsOf("", 1, 4, 0, 0), noText},
		{pointsOf("", 8_542_000_000, 9_000_000_000, 8_541_000_000, 9_000_000_000), "+0.01"},
		{meanOf("", 10, 3), "3.3"},
		{meanOf("", 10, 0), noText},
	} {
		if x.got.Text != x.want {
			t.Errorf("%s%v: %s, want %s", x.got.Cell, x.got.Value, x.got.Text, x.want)
		}
	}
}

// The same counts give the same report, and those of one message less do not.
func TestSameCountsSameReport(t *testing.T) {
	write := func(messages int) string {
		var out bytes.Buffer
		if err := New(Input{Counts: counts(t, 4, messages, 9), Lang: English, MinCell: 10}).Markdown(&out); err != nil {
			t.Fatal(err)
		}
		return out.String()
	}
	if first := write(1000); first != write(1000) {
		t.Error("two reports of the same counts differ")
	}
	if write(1000) == write(999) {
		t.Error("reports of different counts are the same")
	}
}

func TestPlurals(t *testing.T) {
	p := sentence{en: "{n|message|messages}"}
	for n, want := range map[uint64]string{0: "0 messages", 1: "1 message", 2: "2 messages"} {
		if got := markdownSpans(English.say(p, args{"n": numberOf("", n)})); got != want {
			t.Errorf("%d: %s", n, got)
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("an argument that is missing was not noticed")
		}
	}()
	English.say(sentence{en: "{m}"}, nil)
}

// measured is a measure in which every theme and sub-theme is right in 9 of 10 texts, but
// one has too few.
func measured(tree pipeline.ThemeTree) *measure.Measure {
	m := &measure.Measure{Schema: measure.Schema, Measured: time.Date(2022, 6, 1, 0, 0, 0, 0, time.UTC), By: "李明", Labels: measure.Labels{File: "标注.xlsx", Texts: 2000}}
	add := func(id string, n int) {
		a := measure.Accuracy{ID: id, Any: measure.Counts{TP: 9 * n, FP: n, FN: n}, Shares: measure.Table{TP: 9 * n, FN: n, FP: n, TN: 100 * n}}
		m.Accuracy = append(m.Accuracy, a)
	}
	for _, t := range tree {
		add(t.ID, 40)
		for _, s := range t.SubThemes {
			add(s.ID, 10)
		}
	}
	m.Accuracy[1].Shares.TP, m.Accuracy[1].Shares.FN = 1, 2
	return m
}

// Where somebody has measured a dictionary, shares have columns that say what they are
// without its errors, and between what; in tables and sentences, in every format, and the
// notes say how good the dictionary is.
func TestIntervals(t *testing.T) {
	c := counts(t, 1, 5000, 4)
	m := measured(c.Info.Themes)
	few := m.Accuracy[1].ID
	r := New(Input{Counts: c, Lang: English, Measure: m})
	tables := map[string]Table{}
	for _, b := range r.Blocks {
		if x, ok := b.(Table); ok {
			tables[x.ID] = x
		}
	}
	seen := map[string]Figure{}
	for f := range r.Figures {
		seen[f.Cell] = f
	}
	for _, by := range []pipeline.Dimension{pipeline.ByTheme, pipeline.BySubTheme} {
		for _, g := range c.Totals.Query(pipeline.Query{By: []pipeline.Dimension{by}}) {
			i, why := m.Interval(g.ID, g.Primary, g.Of)
			want := fmt.Sprintf("%.2f–%.2f%%", 100*i.Low, 100*i.High)
			f, ok := seen["interval "+string(by)+":"+g.ID+" now"]
			if g.ID == few {
				if ok || why != measure.FewTexts {
					t.Errorf("%s has an interval of 3 texts: %+v", few, f)
				}
				continue
			}
			if f.Text != want {
				t.Errorf("%s: interval %q, want %s", g.ID, f.Text, want)
			}
			if f := seen["corrected "+string(by)+":"+g.ID+" now"]; f.Text != fmt.Sprintf("%.2f%%", 100*i.Share) {
				t.Errorf("%s: corrected %q", g.ID, f.Text)
			}
			if n := seen["n measure:"+g.ID]; n.Text == "" || seen["share precision measure:"+g.ID].Text != "90.00%" {
				t.Errorf("%s: %+v", g.ID, n)
			}
		}
	}
	for _, id := range []string{"themes", "areas"} {
		for _, row := range tables[id].Rows {
			if len(row.Cells) != len(tables[id].Columns) {
				t.Fatalf("table %s: %d cells under %d columns", id, len(row.Cells), len(tables[id].Columns))
			}
		}
	}
	if n := len(tables["measure"].Rows); n != len(m.Accuracy) {
		t.Errorf("%d rows of precision and recall for %d themes", n, len(m.Accuracy))
	}
	all := strings.Join(texts(r), " ")
	for _, want := range []string{"With the measured errors", "few labels", ", 1 June 2022), and are listed", "95% interval"} {
		if !strings.Contains(all, want) {
			t.Errorf("no %q", want)
		}
	}
	if strings.Contains(all, "have not been measured") {
		t.Error("the notes say that nobody measured")
	}
	if all := strings.Join(texts(New(Input{Counts: c, Lang: English})), " "); !strings.Contains(all, "have not been measured") || strings.Contains(all, "95%") {
		t.Error("without a measure the notes have to say so")
	}
	var page, book bytes.Buffer
	if err := errors.Join(r.HTML(&page), r.Xlsx(&book)); err != nil {
		t.Fatal(err)
	}
	theme := c.Info.Themes[0].ID
	interval := seen["interval theme:"+theme+" now"].Text
	if !strings.Contains(page.String(), interval) || !strings.Contains(unzip(t, book.Bytes())["xl/sharedStrings.xml"], interval) {
		t.Errorf("no %s in the page or the workbook", interval)
	}
}

// A period that was asked for with one end only, and has no messages, is named by that end.
func TestOpenPeriods(t *testing.T) {
	for days, want := range map[Days]string{
		{}:                                     "no messages",
		{From: "2030-01-01"}:                   "1 January 2030 and later",
		{To: "2030-01-01"}:                     "1 January 2030 and earlier",
		{From: "2030-01-01", To: "2030-01-01"}: "1 January 2030",
		{From: "2030-01-01", To: "2030-01-02"}: "1 January 2030 to 2 January 2030",
	} {
		b := builder{Input: Input{Lang: English}}
		if got := b.period(days); got != want {
			t.Errorf("%+v: %q, want %q", days, got, want)
		}
	}
}
