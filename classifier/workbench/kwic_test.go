package workbench

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/minyi/minyi/classifier"
	"github.com/minyi/minyi/internal/textfmt"
)

var kwicCorpus = labelledCorpus(
	"建议加大教育投入 | x", "教育部已经发文\n请落实教育政策 | x", "電話１３８１２３４５６７８，關於敎育與教育局 | x", "与此无关 | x",
	"中国企业发展得很好，国企也是 | x", "Wi-Fi 5g网络 | x",
)

func TestConcordance(t *testing.T) {
	k, err := Concordance(context.Background(), kwicCorpus, "教育", KWICOptions{Classifier: testTables()})
	if err != nil {
		t.Fatal(err)
	}
	if k.Rows != 6 || k.Messages != 3 || k.Whole+k.Inside+k.Straddling != len(k.Lines) || k.Inside == 0 {
		t.Errorf("%+v", k)
	}
	for _, l := range k.Lines {
		if strings.ContainsAny(l.Left+l.Right, "\n１8") {
			t.Errorf("not masked in one line: %+v", l)
		}
	}
	checkGolden(t, "kwic.txt", rendered(t, func(b *bytes.Buffer) error { return k.Text(b, Reader{}, 60) }))
	checkGolden(t, "kwic.zh.txt", rendered(t, func(b *bytes.Buffer) error { return k.Text(b, inChinese(t), 60) }))
	checkGolden(t, "kwic.json", rendered(t, func(b *bytes.Buffer) error { return k.JSON(b) }))
}

func TestConcordanceStraddling(t *testing.T) {
	k, err := Concordance(context.Background(), kwicCorpus, "國企", KWICOptions{Classifier: testTables()}) // traditional
	if err != nil {
		t.Fatal(err)
	}
	if k.Straddling != 1 || k.Whole != 1 || k.Lines[0].Token != "中国|企业" || k.Lines[0].Key != "国企" {
		t.Errorf("%+v", k)
	}
	// A token of the dictionary's own changes how the text is cut.
	d := lintDictionary(t, "theme: a\nsubthemes:\n  - id: x\n    keywords: [{word: 中国企业发展, token: true}]\n")
	k, err = Concordance(context.Background(), kwicCorpus, "国企", KWICOptions{Classifier: testTables(), Dict: d})
	if err != nil || k.Inside != 1 || k.Whole != 1 || k.Lines[0].Token != "中国企业发展" {
		t.Errorf("%+v, %v", k, err)
	}
	for _, blank := range []string{"", " ", "\u200b"} {
		if _, err := Concordance(context.Background(), kwicCorpus, blank, KWICOptions{Classifier: testTables()}); !errors.Is(err, ErrBlankWord) {
			t.Errorf("%q: %v", blank, err)
		}
	}
}

func TestConcordanceOrderAndLimit(t *testing.T) {
	corpus := labelledCorpus("乙公交丙 | x", "甲公交丁 | x", "丙公交甲 | x")
	for order, want := range map[KWICOrder]string{CorpusOrder: "乙甲丙", RightOrder: "甲乙丙", LeftOrder: "丙乙甲"} {
		k, err := Concordance(context.Background(), corpus, "公交", KWICOptions{Classifier: testTables(), Order: order})
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for _, l := range k.Lines {
			got += l.Left
		}
		if order == RightOrder { // by 丁 U+4E01, 丙 U+4E19, 甲 U+7532
			want = "甲乙丙"
		}
		if order == LeftOrder { // 丙 U+4E19, 乙 U+4E59, 甲 U+7532
			want = "丙乙甲"
		}
		if got != want {
			t.Errorf("order %d: %s, want %s", order, got, want)
		}
	}
	k, err := Concordance(context.Background(), corpus, "公交", KWICOptions{Classifier: testTables(), Limit: 1})
	if err != nil || len(k.Lines) != 1 || k.Whole != 3 {
		t.Errorf("%+v, %v", k, err)
	}
}

// TestConcordanceIsAligned: the word begins in the same column of every line, and no
// line is wider than requested, whatever characters it has.
func TestConcordanceIsAligned(t *testing.T) {
	k := &KWIC{Lines: []KWICLine{
		{Relation: Relation(classifier.Whole), Left: "a", Key: "公交", Right: "短"},
		{Relation: Relation(classifier.Whole), Left: strings.Repeat("很长的一段话e\u0301👨‍👩‍👧", 9), Key: "公交", Right: strings.Repeat("ａb字", 30)},
		{Relation: Relation(classifier.Inside), Key: "公交", Token: "公交车"},
	}}
	for _, width := range []int{40, 41, 80, 133} {
		out := string(rendered(t, func(b *bytes.Buffer) error { return k.Text(b, Reader{}, width) }))
		column := -1
		for line := range strings.Lines(out) {
			before, _, ok := strings.Cut(strings.TrimRight(line, "\n"), " 公交")
			if !ok || !strings.ContainsRune("wi", rune(line[0])) {
				continue
			}
			if w := textfmt.Width(strings.TrimRight(line, "\n")); w > width {
				t.Errorf("%d columns of %d: %s", w, width, line)
			}
			if at := textfmt.Width(before); column >= 0 && at != column {
				t.Errorf("width %d: the word at %d and %d", width, column, at)
			} else {
				column = at
			}
		}
	}
}
