package exchange

import (
	"bytes"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/minyi/minyi/dict"
	"github.com/minyi/minyi/dict/phrase"
)

// imported reads a file, and returns the outline of the dictionary with its weights
// and the notes.
func imported(t *testing.T, name, src string, in phrase.Language) (string, []string) {
	t.Helper()
	d, notes, err := Read(strings.NewReader(src), name, in)
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return weighed(d), noteLines(notes)
}

// weighed is outline with the weights that are not 1.
func weighed(d *dict.Dictionary) string {
	lines := strings.Split(outline(d), "\n")
	i := 0
	for _, t := range d.Themes {
		for _, s := range t.SubThemes {
			for _, k := range s.Keywords {
				if k.Weight != 1 {
					lines[i] += " " + k.Word + "=" + decimal(k.Weight)
				}
			}
			i++
		}
	}
	return strings.Join(lines, "\n")
}

func TestReadDICX(t *testing.T) {
	src := "\ufeffDicTerm,affect,教育,\r\nhapp*,X,,\r\n学校,x,1,\r\n\"a lot, of\",0.5,,\r\n高兴*,-1.25,,\r\n(02)like,X,,\r\nlost,,,\r\nodd,?,,\r\nnull,0,,\r\nfar,,,X\r\n"
	got, notes := imported(t, "我的.dicx", src, phrase.English)
	want := "liwc/affect liwc > affect: [happ] [学校|whole] [a lot, of] [高兴] a lot, of=0.5 高兴=-1.25\nliwc/jiaoyu liwc > 教育: [学校|whole]\n"
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	wantNotes := []string{
		noteIDs.text(phrase.English) + " (1: 教育 = liwc/jiaoyu in line 1)",
		noteLatin.text(phrase.English) + " (1: happ* in line 2)",
		noteWhole.text(phrase.English) + " (2: 学校 in line 3, 学校 in line 3)",
		noteHan.text(phrase.English) + " (1: 高兴* in line 5)",
		noteCondition.text(phrase.English) + " (1: (02)like in line 6)",
		noteAlone.text(phrase.English) + " (1: lost in line 7)",
		noteMark.text(phrase.English) + " (1: odd ? in line 8)",
		noteWeight.text(phrase.English) + " (1: null in line 9)",
		noteUndefined.text(phrase.English) + " (1: far in line 10)",
	}
	if d := cmp.Diff(wantNotes, notes); d != "" {
		t.Error(d)
	}
}

func TestReadWordStat(t *testing.T) {
	src := "民生\r\n\t教育\r\n\t\t学校 (1)\r\n\t\thouse_price* (2)\r\n\t\t@RULE [学校 NEAR 收费 /S 10] (1)\r\n\t\t幼教\r\n\t\t\t幼儿园_收费 (1)\r\n\t医疗\r\n\t\t医院* (0.5)\r\nSOUTH\r\n   \tSouth Africa (1)\r\n   \tr?nt (1)\r\n"
	got, notes := imported(t, "x.cat", src, phrase.English)
	want := "minsheng/jiaoyu 民生 > 教育: [学校|whole] [house price] house price=2\n" +
		"minsheng/jiaoyu_youjiao 民生 > 教育 / 幼教: [幼儿园收费|whole]\n" +
		"minsheng/yiliao 民生 > 医疗: [医院] 医院=0.5\n" +
		"x/south x > SOUTH: [South Africa]\n"
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	for _, note := range []string{
		noteRule.text(phrase.English) + " (1: @RULE [学校 NEAR 收费 /S 10] in line 5)",
		noteInner.text(phrase.English) + " (1: r?nt in line 12)",
	} {
		if !strings.Contains(strings.Join(notes, "\n"), note) {
			t.Errorf("no note %s in %q", note, notes)
		}
	}
}

func TestReadLexicoder(t *testing.T) {
	got, notes := imported(t, "dir/词表.lc3", "+积极\n 好评 \nnice*\n+Negative\nbad\n", phrase.Chinese)
	want := "cibiao/jiji 词表 > 积极: [好评|whole] [nice]\ncibiao/negative 词表 > Negative: [bad]\n"
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if notes[0] != "只有名称、没有编号：由名称生成了编号，按这个编号统计 (2: 积极 = cibiao/jiji（第 1 行）, Negative = cibiao/negative（第 4 行）)" {
		t.Error(notes[0])
	}
}

func TestImportFaults(t *testing.T) {
	for _, c := range [][3]string{
		{"x.dicx", "word,a\nx,X\n", "x.dicx:1:1: not a dictionary of LIWC-22"},
		{"x.dicx", "", "x.dicx:1:1: not a dictionary of LIWC-22"},
		{"x.cat", "学校 (1)\n", "x.cat:1:1: an entry outside of all categories"},
		{"x.lc3", "学校\n+a\n", "x.lc3:1:1: an entry outside of all categories"},
		{"x.lc3", "", "x.lc3: no sub-themes and no keywords here"},
	} {
		_, _, err := Read(strings.NewReader(c[1]), c[0], phrase.English)
		if got := messages(t, err)[0]; got != c[2] {
			t.Errorf("%q: %q, want %q", c[1], got, c[2])
		}
	}
}

func TestReadPlainTable(t *testing.T) {
	rows := "学校,教育,\n医院,\"医疗、养老\",2\n学校,教育,3\n,教育,\n孤儿,,\n路灯,livelihood/urban,\n绿化,生态/绿化,\n"
	want := "ci/jiaoyu ci > 教育: [学校]\nci/yiliao ci > 医疗: [医院] 医院=2\nci/yanglao ci > 养老: [医院] 医院=2\nlivelihood/urban livelihood > urban: [路灯]\nshengtai/lvhua 生态 > 绿化: [绿化]\n"
	got, notes := imported(t, "ci.csv", "词,类别,权重\n"+rows, phrase.English)
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	wantNotes := []string{
		noteIDs.text(phrase.English) + " (4: ci.csv:2:4 教育 = ci/jiaoyu, ci.csv:3:4 医疗 = ci/yiliao, ci.csv:3:4 养老 = ci/yanglao, ci.csv:8:4 生态/绿化 = shengtai/lvhua)",
		noteTwice.text(phrase.English) + " (1: ci.csv:4:1 学校)",
		noteNothing.text(phrase.English) + " (1: ci.csv:5:1 教育)",
		noteAlone.text(phrase.English) + " (1: ci.csv:6:1 孤儿)",
	}
	if d := cmp.Diff(wantNotes, notes); d != "" {
		t.Error(d)
	}
	if got, _ := imported(t, "ci.tsv", strings.ReplaceAll("keyword\tcategory\tscore\n"+rows, ",", "\t"), phrase.English); got != want {
		t.Errorf("as TSV: %s", got)
	}

	got, notes = imported(t, "ci.csv", "大类,小类,词语,来源\n民生,教育,学校,甲\n民生,医疗,医院,乙\n生态,教育,环保课,丙\n", phrase.English)
	want = "minsheng/jiaoyu 民生 > 教育: [学校]\nminsheng/yiliao 民生 > 医疗: [医院]\nshengtai/jiaoyu 生态 > 教育: [环保课]\n"
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if notes[0] != noteColumns.text(phrase.English)+" (1: ci.csv:1:10 来源)" {
		t.Error(notes[0])
	}
}

func TestReadPlainWorkbook(t *testing.T) {
	book := makeBook(t, map[string]map[string]any{"词表": {
		"A1": "类别", "B1": "词", "C1": "权重", "A2": "教育", "B2": "学校", "C2": 2, "A3": "教育", "B3": "双减", "B4": "孤儿",
	}})
	d, notes, err := Read(bytes.NewReader(book), "p/我的词表.xlsx", phrase.English)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff("wodecibiao/jiaoyu 我的词表 > 教育: [学校] [双减] 学校=2\n", weighed(d)); diff != "" {
		t.Error(diff)
	}
	want := []string{
		noteIDs.text(phrase.English) + " (1: p/我的词表.xlsx 词表!A2 教育 = wodecibiao/jiaoyu)",
		noteAlone.text(phrase.English) + " (1: p/我的词表.xlsx 词表!B4 孤儿)",
	}
	if diff := cmp.Diff(want, noteLines(notes)); diff != "" {
		t.Error(diff)
	}
}

// TestNamesForIDs: a table of this program may have names of sub-themes where ids
// belong.
func TestNamesForIDs(t *testing.T) {
	got, notes := imported(t, "w.csv", "kind,subtheme,zh,theme_zh,keyword,text,expect\n"+
		"subtheme,livelihood/education,教育,民生,,,\nsubtheme,养老,,民生,,,\nsubtheme,民主/选举,,,,,\n"+
		"keyword,教育,,,学校,,\nkeyword,养老,,,养老院,,\nkeyword,民主/选举,,,投票,,\nexample,教育,,,,学校好,教育\n", phrase.English)
	want := "livelihood/education 民生 > 教育: [学校]\nlivelihood/yanglao 民生 > 养老: [养老院]\nminzhu/xuanju 民主 > 选举: [投票]\n"
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff([]string{noteIDs.text(phrase.English) + " (2: w.csv:3:10 养老 = livelihood/yanglao, w.csv:4:10 民主/选举 = minzhu/xuanju)"}, notes); d != "" {
		t.Error(d)
	}
	for src, want := range map[string]string{
		"subtheme,a/b,乙,,,,\nkeyword,丙,,,学校,,\n":  `w.csv:3:9: there is no sub-theme "丙"`,
		"subtheme,Live/Edu,,,,,\n":                `w.csv:2:10: bad sub-theme id "Live/Edu"`,
		"subtheme,a/b,乙,,,,\nsubtheme,a/b,,,,,\n": `w.csv:3:10: the sub-theme "a/b" is there already, in w.csv:2:10`,
	} {
		_, _, err := Read(strings.NewReader("kind,subtheme,zh,theme_zh,keyword,text,expect\n"+src), "w.csv", phrase.English)
		if got := messages(t, err)[0]; got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	got, _ = imported(t, "w.csv", "关键词,子主题,权重\n学校,民生/教育,2\n", phrase.English)
	if got != "minsheng/jiaoyu 民生 > 教育: [学校] 学校=2\n" {
		t.Error(got)
	}
}

// TestIDsAreStable: an id depends on the name alone, whatever comes before it.
func TestIDsAreStable(t *testing.T) {
	for name, want := range map[string]string{
		"教育": "jiaoyu", "社會保障": "shehuibaozhang", "绿化": "lvhua", "A / B": "a_b", "5G 网络": "5g_wangluo", "☆": "sub1",
	} {
		if got := id(name, "sub", map[string]bool{}); got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
	taken := map[string]bool{}
	if a, b := id("教育", "sub", taken), id("教喻", "sub", taken); a != "jiaoyu" || b != "jiaoyu_2" {
		t.Errorf("%s and %s", a, b)
	}
}

// TestUsualThreshold: a row without a threshold has that of most of its theme, and a note
// says so; what this program writes has a threshold in every row of such a theme.
func TestUsualThreshold(t *testing.T) {
	src := "kind,subtheme,threshold,keyword\nsubtheme,a/x,2,\nsubtheme,a/y,2,\nsubtheme,a/z,1,\nsubtheme,a/w,2,\nsubtheme,a/new,,\nsubtheme,b/x,2,\nsubtheme,b/new,,\n" +
		"keyword,a/x,,学校\nkeyword,a/y,,公交\nkeyword,a/z,,医院\nkeyword,a/w,,市场\nkeyword,a/new,,路灯\nkeyword,b/x,,垃圾\nkeyword,b/new,,噪音\n"
	d, notes, err := Read(strings.NewReader(src), "words.csv", phrase.English)
	if err != nil {
		t.Fatal(err)
	}
	thresholds := func(d *dict.Dictionary) (out []float64) {
		for _, theme := range d.Themes {
			for _, s := range theme.SubThemes {
				out = append(out, s.Threshold)
			}
		}
		return out
	}
	want := []float64{2, 2, 1, 2, 2, 2, 1} // of b one each: the lower one
	if diff := cmp.Diff(want, thresholds(d)); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{noteThreshold.text(phrase.English) + " (2: words.csv:6:10 a/new 2, words.csv:8:10 b/new 1)"}, noteLines(notes)); diff != "" {
		t.Error(diff)
	}
	var out bytes.Buffer
	if err := WriteCSV(&out, d); err != nil {
		t.Fatal(err)
	}
	back, notes, err := ReadCSV(&out, "back.csv", phrase.English)
	if err != nil || len(notes) > 0 || back.Version() != d.Version() {
		t.Errorf("%v, %v, %v", err, notes, thresholds(back))
	}
}

// TestNothingOfARowIsDropped: a table of keywords alone says names, thresholds and themes in
// any of its rows, and what a kind of row does not have is noted.
func TestNothingOfARowIsDropped(t *testing.T) {
	src := "subtheme,zh,theme_zh,threshold,keyword\na/b,教育,民生,2,学校\na/b,,,,老师\na/c,交通,民生,,公交\n"
	d, notes, err := Read(strings.NewReader(src), "w.csv", phrase.English)
	if err != nil {
		t.Fatal(err)
	}
	s := d.Themes[0].SubThemes
	if d.Themes[0].Name.Zh != "民生" || s[0].Name.Zh != "教育" || s[0].Threshold != 2 || len(s[0].Keywords) != 2 || s[1].Name.Zh != "交通" {
		t.Errorf("%+v %+v", d.Themes[0].Name, s)
	}
	if got := strings.Join(noteLines(notes), "\n"); got != noteThreshold.text(phrase.English)+" (1: w.csv:4:1 a/c 1)" {
		t.Errorf("%s", got)
	}
	_, _, err = Read(strings.NewReader(src+"a/b,教育事业,民生,3,作业\n"), "w.csv", phrase.Chinese)
	if err == nil || !strings.Contains(err.Error(), "a/b 的 zh 在这里是 教育事业，上面是 教育") || !strings.Contains(err.Error(), "a/b 的 threshold 在这里是 3，上面是 2") {
		t.Errorf("two names: %v", err)
	}
	_, notes, err = Read(strings.NewReader("kind,subtheme,zh,keyword,text\nsubtheme,a/b,教育,学校,\nkeyword,a/b,,老师,好老师\n"), "w.csv", phrase.English)
	if got := strings.Join(noteLines(notes), "\n"); err != nil || !strings.Contains(got, "w.csv:2:17 keyword") || !strings.Contains(got, "w.csv:3:17 text") {
		t.Errorf("%s, %v", got, err)
	}
}
