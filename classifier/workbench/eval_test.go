package workbench

import (
	"bytes"
	"context"
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/minyi/minyi/dict"
	"github.com/minyi/minyi/dict/phrase"
)

var fixtureThemed = []string{
	"学校的双减做得好 | life/school | life/school",
	"学校门口堵车，老师电话13812345678 | life/school,life/road | life/road",
	"公交太少 | life/road | life/road",
	"公交上的老人 | life/care | life/care",
	"养老院很好 | life/care | life/care",
	"天气很好 | | ",
	"驾校学校收费 | life/road | life/road",
	"双减以后 | life/sport | life/sport",
}

// TestEvaluateThemesByHand. The messages are given: school; school (1.5+0.5) and
// road (1+1.2); road; road; care; nothing; nothing, since -2 + 1.5 is below; school.
func TestEvaluateThemesByHand(t *testing.T) {
	c := classifierFor(t, fixtureDictionary(t))
	e, err := Evaluate(context.Background(), c, themed(fixtureThemed...), EvalOptions{Resamples: 200})
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]Counts{
		"life/school": {2, 1, 0}, "life/road": {2, 1, 1}, "life/care": {1, 0, 1}, "life/sport": {0, 0, 1},
	}
	for _, class := range e.Classes {
		if d := cmp.Diff(want[class.ID], class.Counts); d != "" {
			t.Errorf("%s: %s", class.ID, d)
		}
	}
	near(t, "macro-F1", e.MacroF1, (4.0/5+4.0/6+2.0/3+0)/4)
	near(t, "micro-F1", e.MicroF1, 10.0/(10+2+3))
	near(t, "accuracy", e.Accuracy, 7.0/8) // all but the one that is given nothing; there is only one theme
	near(t, "accuracy of the primary", e.PrimaryAccuracy, 5.0/8)
	if e.Rows != 8 || e.Untagged != 2 || e.PrimaryRows != 8 || !cmp.Equal(e.Unknown, []string{"life/sport"}) {
		t.Errorf("%+v", e)
	}
	checkGolden(t, "eval-themes.txt", rendered(t, func(b *bytes.Buffer) error { return e.Text(b, Reader{}) }))
	checkGolden(t, "eval-themes.zh.txt", rendered(t, func(b *bytes.Buffer) error { return e.Text(b, inChinese(t)) }))
	checkGolden(t, "eval-themes.json", rendered(t, func(b *bytes.Buffer) error { return e.JSON(b) }))
	checkGolden(t, "eval-themes.zh.html", rendered(t, func(b *bytes.Buffer) error { return e.HTML(b, phrase.Chinese) }))
}

func TestEvaluateLabelsByHand(t *testing.T) {
	c := classifierFor(t, fixtureDictionary(t))
	corpus := labelledCorpus("学校和公交 | 教育", "学校门口 | 出行", "公交 | 出行", "养老院 | 出行", "天气 | 教育", "双减 | 教育")
	m := &Mapping{[]MappedLabel{{"教育", []string{"life/school"}}, {"出行", []string{"life/road"}}}}
	e, err := Evaluate(context.Background(), c, corpus, EvalOptions{Mapping: m, Resamples: 200})
	if err != nil {
		t.Fatal(err)
	}
	// 养老院 has a sub-theme that is not mapped, so it gets no label. 学校门口 scores 1.5
	// and 1.2.
	want := Confusion{
		Classes: []string{"教育", "出行", ""},
		Counts:  [][]int{{2, 0, 1}, {1, 1, 1}, {0, 0, 0}},
	}
	got := e.Confusion
	got.Cells = nil
	if d := cmp.Diff(want, got); d != "" {
		t.Error(d)
	}
	near(t, "accuracy", e.Accuracy, 3.0/6)
	near(t, "macro-F1", e.MacroF1, (4.0/6+2.0/4)/2)
	near(t, "micro-F1", e.MicroF1, 6.0/(6+1+3))
	checkGolden(t, "eval-labels.txt", rendered(t, func(b *bytes.Buffer) error { return e.Text(b, Reader{}) }))
	checkGolden(t, "eval-labels.zh.txt", rendered(t, func(b *bytes.Buffer) error { return e.Text(b, inChinese(t)) }))
	checkGolden(t, "eval-labels.en.html", rendered(t, func(b *bytes.Buffer) error { return e.HTML(b, phrase.English) }))

	// Without a mapping, a label is the Chinese name of a sub-theme.
	e, err = Evaluate(context.Background(), c, labelledCorpus("公交 | 交通", "养老院 | 养老"), EvalOptions{Resamples: -1})
	if err != nil || e.Accuracy != 1 || e.Interval != nil {
		t.Errorf("by names: %+v, %v", e, err)
	}
}

// TestEvaluateJSONKeys: these keys are parsed by programs outside the project.
func TestEvaluateJSONKeys(t *testing.T) {
	c := classifierFor(t, fixtureDictionary(t))
	e, err := Evaluate(context.Background(), c, themed(fixtureThemed...), EvalOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]any
	if err := json.Unmarshal(rendered(t, func(b *bytes.Buffer) error { return e.JSON(b) }), &got); err != nil {
		t.Fatal(err)
	}
	for _, key := range []string{"rows", "macro_f1", "micro_f1", "accuracy"} {
		if _, ok := got[key].(float64); !ok {
			t.Errorf("no number %s", key)
		}
	}
	class, _ := got["classes"].([]any)[0].(map[string]any)
	for _, key := range []string{"precision", "recall", "f1", "support"} {
		if _, ok := class[key].(float64); !ok {
			t.Errorf("no number %s of a class", key)
		}
	}
}

func TestEvaluateErrors(t *testing.T) {
	c := classifierFor(t, fixtureDictionary(t))
	bad := &Mapping{[]MappedLabel{{"教育", []string{"life/none"}}}}
	for _, x := range []struct {
		corpus Corpus
		o      EvalOptions
		want   string
	}{
		{labelledCorpus("公交 | 交通", "公交 | 体育"), EvalOptions{}, "labelled.ndjson:2: the label 体育 is not mapped to a sub-theme"},
		{Bytes("c", []byte(`{"text":"公交"}`)), EvalOptions{}, "c:1: no label"},
		{Bytes("c", nil), EvalOptions{}, "evaluate c: no messages"},
		{themed(fixtureThemed...), EvalOptions{Mapping: bad}, "the mapping of 教育 names life/none, which is not in the dictionary"},
		{Bytes("c", []byte(`{"text":"公交","label":"交通"}`+"\n"+`{"text":"公交","themes":[]}`)), EvalOptions{}, "c:2: labelled otherwise than the first message"},
	} {
		if _, err := Evaluate(context.Background(), c, x.corpus, x.o); err == nil || !strings.Contains(err.Error(), x.want) {
			t.Errorf("got %v, want %s", err, x.want)
		}
	}
}

// TestEvaluateShowsNoNumbers: numbers in samples are masked, even where the excerpt
// cuts them.
func TestEvaluateShowsNoNumbers(t *testing.T) {
	c := classifierFor(t, fixtureDictionary(t))
	filler := strings.Repeat("字", 48)
	e, err := Evaluate(context.Background(), c, labelledCorpus("公交"+filler+"13812345678"+filler+" | 教育"), EvalOptions{})
	if err != nil {
		t.Fatal(err)
	}
	page := rendered(t, func(b *bytes.Buffer) error { return e.HTML(b, phrase.English) })
	if bytes.Contains(page, []byte("138")) || !bytes.Contains(page, []byte("公交字")) {
		t.Errorf("samples %+v", e.Confusion.Cells)
	}
}

func TestEvaluateDefaultOnRealMessages(t *testing.T) {
	d, err := dict.Default()
	if err != nil {
		t.Fatal(err)
	}
	c := classifierFor(t, d)
	m, err := LoadMapping("../../dict/maps/citizen-labels.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for name, check := range map[string]func(*Evaluation) bool{
		"citizen-messages.dev.ndjson": func(e *Evaluation) bool { return e.MacroF1 >= 0.82 },
		"themes.dev.ndjson":           func(e *Evaluation) bool { return e.MicroF1 >= 0.80 && e.Accuracy >= 0.85 },
	} {
		t.Run(name, func(t *testing.T) {
			path := sharedData(t, name)
			e, err := Evaluate(context.Background(), c, File(path), EvalOptions{Mapping: m})
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%d rows: macro-F1 %.4f, micro-F1 %.4f, accuracy %.4f", e.Rows, e.MacroF1, e.MicroF1, e.Accuracy)
			if !check(e) {
				t.Error("the default dictionary is below its aim")
			}
		})
	}
}
