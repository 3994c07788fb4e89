package workbench

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// suggestLines: 食堂 occurs in messages of school that the fixture does not tag, and
// in one of road.
func suggestLines() []string {
	var lines []string
	for range 12 {
		lines = append(lines, "食堂饭菜很贵 | 教育", "公交票价 | 交通", "养老院费用 | 养老", "学校招生 | 教育")
	}
	return append(lines, "食堂外面修路 | 交通")
}

func TestSuggestByHand(t *testing.T) {
	c := classifierFor(t, fixtureDictionary(t))
	s, err := Suggest(context.Background(), c, labelledCorpus(suggestLines()...), SuggestOptions{SubTheme: "life/school", Limit: 1})
	if err != nil {
		t.Fatal(err)
	}
	if len(s.Words) != 1 || s.By != "f1" || s.Untagged != 13 {
		t.Fatalf("%+v", s)
	}
	// Now school has 12 of 24 messages and no false positive: F1 24/36. With the
	// word it has 24 of 24 and one false positive: F1 48/49. That message had no
	// label before, so road had already lost it.
	w := s.Words[0]
	near(t, "F1 now", w.F1Now, 24.0/36)
	near(t, "F1", w.F1, map[string]float64{"食堂": 48.0 / 49, "饭菜": 1, "很贵": 1}[w.Keyword])
	near(t, "macro-F1 now", s.MacroF1, (24.0/36+24.0/25+1)/3)
	if w.Gains != 12 || w.Breaks != 0 || len(w.Gained) != 2 {
		t.Errorf("%+v", w)
	}
	checkGolden(t, "suggest-f1.txt", rendered(t, func(b *bytes.Buffer) error { return s.Text(b, Reader{}) }))
	checkGolden(t, "suggest-f1.zh.txt", rendered(t, func(b *bytes.Buffer) error { return s.Text(b, inChinese(t)) }))

	// The evaluation of the changed dictionary confirms what a suggestion promises.
	d := lintDictionary(t, strings.Replace(fixtureTheme, "      - 双减\n", "      - 双减\n      - "+w.Keyword+"\n", 1))
	e, err := Evaluate(context.Background(), classifierFor(t, d), labelledCorpus(suggestLines()...), EvalOptions{Resamples: -1})
	if err != nil {
		t.Fatal(err)
	}
	near(t, "macro-F1 of the changed dictionary", e.MacroF1, w.MacroF1)
}

// TestGivenWith: school scores 2 and is tagged; care would score add. Below its share of
// the highest score it is not tagged, and where it has the highest, school may fall
// below its own. With labels a message is given the first that is one.
func TestGivenWith(t *testing.T) {
	for _, c := range []struct {
		share  string
		kind   LabelKind
		school int // its class
		add    float64
		want   []int
	}{
		{"0", LabelThemes, 0, 1, []int{0, 2}},
		{"0.5", LabelThemes, 0, 1, []int{0, 2}},
		{"0.6", LabelThemes, 0, 1, []int{0}},
		{"0.5", LabelThemes, 0, 0.9, []int{0}}, // below the threshold
		{"0.6", LabelThemes, 0, 3.4, []int{2}},
		{"0", LabelName, 0, 1, []int{0}},
		{"0", LabelName, 0, 2, []int{0}}, // as high: the earlier one
		{"0", LabelName, 0, 2.1, []int{2}},
		{"0", LabelName, noClass, 1, []int{2}},
		{"0.6", LabelName, noClass, 1, []int{0}},
	} {
		e, err := newEvaluator(classifierFor(t, lintDictionary(t, "relative_threshold: "+c.share+"\n"+fixtureTheme)), EvalOptions{})
		if err != nil {
			t.Fatal(err)
		}
		e.kind = c.kind
		s := &suggester{evaluator: e}
		s.prepare()
		s.classOf[0] = c.school
		row := &suggestRow{given: []int{0}, highest: 2, scores: []float64{2, 0, 0}, tagged: []bool{true, false, false}}
		if given := s.givenWith(row, 2, c.add); !cmp.Equal(given, c.want) {
			t.Errorf("%+v: given %v", c, given)
		}
	}
}

func TestSuggestCoverage(t *testing.T) {
	c := classifierFor(t, fixtureDictionary(t))
	var b strings.Builder
	for range 30 {
		b.WriteString(`{"text":"学校的食堂"}` + "\n" + `{"text":"公交票价"}` + "\n")
	}
	for range 4 {
		b.WriteString(`{"text":"食堂太贵"}` + "\n" + `{"text":"天气票价"}` + "\n" + `{"text":"公交、食堂"}` + "\n")
	}
	s, err := Suggest(context.Background(), c, Bytes("c", []byte(b.String())), SuggestOptions{})
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]Suggestion{}
	for _, w := range s.Words {
		found[w.SubTheme+" "+w.Keyword] = w
	}
	// In the last four messages 食堂 scores the same as 公交, so it does not overtake
	// it.
	if w := found["life/school 食堂"]; w.Gains != 4 || w.Breaks != 0 || w.Messages != 38 {
		t.Errorf("食堂 %+v in %+v", w, s.Words)
	}
	if w := found["life/road 票价"]; w.Gains != 4 || w.Messages != 34 {
		t.Errorf("票价 %+v", w)
	}
	if s.By != "coverage" || s.Untagged != 8 {
		t.Errorf("%+v", s)
	}
	checkGolden(t, "suggest-coverage.txt", rendered(t, func(b *bytes.Buffer) error { return s.Text(b, Reader{}) }))
	checkGolden(t, "suggest-coverage.zh.txt", rendered(t, func(b *bytes.Buffer) error { return s.Text(b, inChinese(t)) }))
	if _, err := Suggest(context.Background(), c, Bytes("c", nil), SuggestOptions{}); !errors.Is(err, ErrNoMessages) {
		t.Errorf("nothing: %v", err)
	}
}

// TestSuggestSkipsUnreadRows: rows of a review that nobody has read are no messages about
// nothing, also where the first one is such a row.
func TestSuggestSkipsUnreadRows(t *testing.T) {
	read := `{"text":"路灯坏了","themes":["t/bus"]}` + "\n" + `{"text":"路灯太少","themes":["t/bus"]}` + "\n" + `{"text":"天气很好","themes":[]}` + "\n"
	unread := `{"text":"路灯在这里"}` + "\n"
	var got []*Suggestions
	for _, corpus := range []string{read, unread + read + unread} {
		s, err := Suggest(t.Context(), classifierFor(t, reviewDict()), Bytes("c", []byte(corpus)), SuggestOptions{MinMessages: 1})
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, s)
	}
	if got[1].Unlabelled != 2 {
		t.Errorf("%d rows are said to be unread", got[1].Unlabelled)
	}
	got[1].Unlabelled = 0
	for i := range got {
		for j := range got[i].Words {
			got[i].Words[j].Gained, got[i].Words[j].Broken = nil, nil // which say the line
		}
	}
	if diff := cmp.Diff(got[0], got[1]); diff != "" || got[0].By != "f1" || got[0].Rows != 3 {
		t.Errorf("%+v\n%s", got[0], diff)
	}
}
