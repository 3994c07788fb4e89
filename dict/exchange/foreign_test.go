package exchange

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/minyi/minyi/dict"
	"github.com/minyi/minyi/dict/phrase"
)

// outline returns a dictionary in a short form, one line for each sub-theme.
func outline(d *dict.Dictionary) string {
	var b strings.Builder
	for _, t := range d.Themes {
		for _, s := range t.SubThemes {
			b.WriteString(s.ID + " " + t.Name.Zh + " > " + s.Name.Zh + ":")
			for _, k := range s.Keywords {
				b.WriteString(" [" + k.Word)
				if k.Whole {
					b.WriteString("|whole")
				}
				b.WriteString("]")
			}
			b.WriteString("\n")
		}
	}
	return b.String()
}

func noteLines(notes []Note) []string {
	lines := make([]string, len(notes))
	for i, n := range notes {
		lines[i] = n.String()
	}
	return lines
}

func TestReadQuanteda(t *testing.T) {
	src := `# a comment
民生:
  教育: [学校, "教育*", 幼儿园 收费, 学校*]
  Housing Prices:
    - house price
    - rent*
    - r?nt
    - "*"
    - tax*
    - TAX
Economy: [growth, 007]
Deep:
  - top
  - A:
      B: x
      C: [y]
`
	d, notes, err := ReadQuanteda([]byte(src), "/some/where/policy.yml", phrase.English)
	if err != nil {
		t.Fatal(err)
	}
	want := `minsheng/jiaoyu 民生 > 教育: [学校] [教育] [幼儿园收费|whole]
minsheng/housing_prices 民生 > Housing Prices: [house price] [rent] [tax]
policy/economy policy > Economy: [growth] [007]
deep/a_b Deep > A / B: [x]
deep/a_c Deep > A / C: [y]
deep/deep Deep > Deep: [top]
`
	if diff := cmp.Diff(want, outline(d)); diff != "" {
		t.Error(diff)
	}
	wantNotes := []string{
		noteIDs.text(phrase.English) + " (2: 教育 = minsheng/jiaoyu in line 3, Housing Prices = minsheng/housing_prices in line 4)",
		noteWhole.text(phrase.English) + " (2: 学校 in line 3, 幼儿园 收费 in line 3)",
		noteHan.text(phrase.English) + " (1: 教育* in line 3)",
		noteJoined.text(phrase.English) + " (1: 幼儿园 收费 in line 3)",
		noteTwice.text(phrase.English) + " (2: 学校* in line 3, TAX in line 10)",
		noteLatin.text(phrase.English) + " (2: rent* in line 6, tax* in line 9)",
		noteInner.text(phrase.English) + " (1: r?nt in line 7)",
		noteNothing.text(phrase.English) + " (1: * in line 8)",
	}
	if diff := cmp.Diff(wantNotes, noteLines(notes)); diff != "" {
		t.Error(diff)
	}
}

func TestReadQuantedaFaults(t *testing.T) {
	for src, want := range map[string]string{
		"":                               "q.yml: the file is empty",
		"- a\n- b\n":                     "q.yml:1:1: not a dictionary of quanteda: no keys at the top",
		"a: [b\nc: d":                    "q.yml:",
		"theme: a\nsubthemes: []\n":      "q.yml:1:1: this is a theme of minyi, not a dictionary of quanteda",
		"a: {b: &x [y], c: *x}\n":        "q.yml:1:19: aliases (*x) are not read",
		"a: [\"" + "x\\u202ey" + "\"]\n": "q.yml:1:5: invisible character U+202E",
	} {
		_, _, err := ReadQuanteda([]byte(src), "q.yml", phrase.English)
		if got := messages(t, err)[0]; !strings.HasPrefix(got, want) {
			t.Errorf("%q: %q, want %q", src, got, want)
		}
	}
}

func TestReadLIWC(t *testing.T) {
	src := "%\r\n1\taffect\t(Affect)\r\n\t2\tposemo\t(Positive emotion)\r\n\t\t3\tjoy\r\n10\twork\r\n%\r\n" +
		"happ*\t1 2 03\r\na lot\t10\r\n高兴\t1\t2\r\n:)\t2\r\nlike\t(02 134)125/464\t1\r\nkind <of>\t1\r\njob 10\r\nlost\r\nodd\t99\t10\r\n"
	d, notes, err := ReadLIWC([]byte(src), "x.dic", phrase.English)
	if err != nil {
		t.Fatal(err)
	}
	want := `affect/affect affect > affect: [happ] [高兴|whole]
affect/posemo affect > posemo: [happ] [高兴|whole] [:)]
affect/joy affect > joy: [happ]
liwc/work liwc > work: [a lot] [job] [odd]
`
	if diff := cmp.Diff(want, outline(d)); diff != "" {
		t.Error(diff)
	}
	wantNotes := []string{
		noteLatin.text(phrase.English) + " (3: happ* in line 7, happ* in line 7, happ* in line 7)",
		noteWhole.text(phrase.English) + " (2: 高兴 in line 9, 高兴 in line 9)",
		noteCondition.text(phrase.English) + " (2: like in line 11, kind <of> in line 12)",
		noteAlone.text(phrase.English) + " (1: lost in line 14)",
		noteUndefined.text(phrase.English) + " (1: odd 99 in line 15)",
	}
	if diff := cmp.Diff(wantNotes, noteLines(notes)); diff != "" {
		t.Error(diff)
	}
}

func TestReadLIWCFaults(t *testing.T) {
	for src, want := range map[string]string{
		"word\t1\n":             "x.dic:1:1: text before the first %",
		"%\n1\ta\n":             "x.dic:3:1: 1 lines of % in the file, not two",
		"%\nx\ta\n1\tb\n%\n":    `x.dic:2:1: not a category: "x\ta"`,
		"%\n1\ta\n01\tb\n%\n":   "x.dic:3:1: category 1 is there already, in line 2",
		"%\n1\ta\n%\n\xff\t1\n": "x.dic:4:1: the file is not UTF-8, but perhaps GBK",
	} {
		_, _, err := ReadLIWC([]byte(src), "x.dic", phrase.English)
		if got := messages(t, err)[0]; got != want {
			t.Errorf("%q: %q, want %q", src, got, want)
		}
	}
}

// FuzzForeign: a dictionary that can be read can be written and read again, and
// nothing panics.
func FuzzForeign(f *testing.F) {
	f.Add("%\n1\ta\n%\nhapp*\t1\n", uint8(0))
	f.Add("民生:\n  教育: [学校, 教育*]\nx: {y: {z: [a b]}}\n", uint8(1))
	f.Add("DicTerm,教育,b\n学校,X,0.5\n", uint8(2))
	f.Add("民生\n\t教育\n\t\t学校_好 (1)\n", uint8(3))
	f.Add("+教育\n学校*\n", uint8(4))
	f.Add("词,类别,权重\n学校,\"教育、民生/教育\",2\n", uint8(5))
	f.Fuzz(func(t *testing.T, src string, kind uint8) {
		names := []string{"x.dic", "x.yml", "x.dicx", "x.cat", "x.lc3", "x.csv"}
		d, _, err := Read(strings.NewReader(src), names[int(kind)%len(names)], phrase.English)
		if err != nil {
			return
		}
		dir := t.TempDir()
		if _, err := d.Write(dir); err != nil {
			t.Fatal(err)
		}
		back, err := dict.Load(dir)
		if err != nil {
			t.Fatal(err)
		}
		if back.Version() != d.Version() {
			t.Fatal("another version")
		}
	})
}
