package workbench

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/minyi/minyi/dict"
)

// reviewDict has sub-themes whose texts can be sure, rest on one keyword, or be close.
func reviewDict() *dict.Dictionary {
	return &dict.Dictionary{Themes: []dict.Theme{{ID: "t", SubThemes: []dict.SubTheme{
		{ID: "t/school", Name: dict.Name{Zh: "学校教育"}, Threshold: 1, Keywords: []dict.Keyword{{Word: "学校", Weight: 1}, {Word: "老师", Weight: 1}}},
		{ID: "t/bus", Name: dict.Name{Zh: "公共交通"}, Threshold: 1, Keywords: []dict.Keyword{{Word: "公交", Weight: 1}, {Word: "停车", Weight: 0.5}}},
	}}}}
}

// TestFindDoubts finds each doubt, keeps each text once, masks it, and deals the rows by
// the size of the groups.
func TestFindDoubts(t *testing.T) {
	var in strings.Builder
	for _, line := range []string{
		`{"id":"sure","text":"学校的老师很好"}`,
		`{"id":"none","text":"天气很好"}`,
		`{"id":"low","text":"停车太难"}`,
		`{"id":"one","text":"学校太远"}`,
		`{"id":"two","text":"学校太小，打 13912345678"}`,
		`{"id":"again","text":"学校太远"}`,
		`{"id":"close","text":"学校门口的公交"}`,
		`{"id":"labelled","text":"公交","themes":["t/bus"]}`,
		`{"text":"公交太少"}`,
	} {
		in.WriteString(line + "\n")
	}
	c := classifierFor(t, reviewDict())
	r, err := FindDoubts(t.Context(), c, Bytes("c", []byte(in.String())), ReviewOptions{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, row := range r.Rows {
		got = append(got, fmt.Sprintf("%s|%s|%s|%d of %d|%v|%s|%s|%s", row.Drawn, row.ID, row.Text, row.Messages, row.Group, row.Doubts, strings.Join(row.Tags, " "), row.Keyword, row.Why(Reader{})))
	}
	// Half of eight rows are drawn at random, and stand among the others.
	want := []string{
		"random|two|学校太小，打 ***********|1 of 3|[one_keyword]|t/school|学校|rests on 学校 alone",
		"picked|one|学校太远|2 of 3|[one_keyword]|t/school|学校|rests on 学校 alone",
		"random|low|停车太难|1 of 1|[untagged]|||untagged: too little for t/bus",
		"picked|close|学校门口的公交|1 of 1|[one_keyword close]|t/school t/bus|学校|rests on 学校 alone; close: t/bus may be first",
		"random|none|天气很好|1 of 1|[untagged]|||untagged: no keyword",
		"picked||公交太少|1 of 1|[one_keyword]|t/bus|公交|rests on 公交 alone",
		"random|sure|学校的老师很好|1 of 0|[]|t/school||drawn at random: no doubt",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	r.Rows = nil
	if diff := cmp.Diff(&Review{Stats: Stats{Rows: 9}, Dict: c.Dictionary().Version(), Labelled: 1, Untagged: 2, OneKeyword: 5, Close: 1, Sure: 1, Texts: 6, Random: 4}, r); diff != "" {
		t.Error(diff)
	}
	if r, err = FindDoubts(t.Context(), c, Bytes("c", []byte(in.String())), ReviewOptions{Limit: 1}); err != nil || len(r.Rows) != 1 || r.Texts != 6 {
		t.Errorf("with a limit of 1: %d rows of %d texts, %v", len(r.Rows), r.Texts, err)
	}
	if _, err := FindDoubts(t.Context(), c, Bytes("c", nil), ReviewOptions{}); !errors.Is(err, ErrNoMessages) {
		t.Errorf("no messages: %v", err)
	}
}

// TestReviewSharesRows: the first rows in doubt are shared among the groups by their size,
// however many they are, and a third of the rows is drawn at random, evenly among them.
func TestReviewSharesRows(t *testing.T) {
	var in strings.Builder
	for i := range 600 {
		fmt.Fprintf(&in, "{\"text\":\"学校太远之%d\"}\n", i)
	}
	for i := range 300 {
		fmt.Fprintf(&in, "{\"text\":\"公交太少之%d\"}\n", i)
	}
	for i := range 300 {
		fmt.Fprintf(&in, "{\"text\":\"学校的老师很好之%d\"}\n", i)
	}
	drawn := map[string]bool{}
	for _, limit := range []int{150, 300} {
		r, err := FindDoubts(t.Context(), classifierFor(t, reviewDict()), Bytes("c", []byte(in.String())), ReviewOptions{Limit: limit})
		if err != nil {
			t.Fatal(err)
		}
		n, sure := map[string]int{}, 0
		for i, row := range r.Rows {
			if row.Drawn == DrawnRandom {
				if n["random"]++; len(row.Doubts) == 0 {
					sure++
				}
				drawn[row.Text] = true
			} else {
				n[row.Keyword]++
			}
			if before := i + 1; n["random"] < before/3 || n["random"] > before/3+1 {
				t.Errorf("%d of the first %d rows were drawn at random", n["random"], before)
			}
		}
		if len(r.Rows) != limit || r.Random != limit/3 || n["random"] != limit/3 || sure < limit/3/8 || sure > limit/3/2 {
			t.Errorf("of %d rows %d are random, and %d of them sure", len(r.Rows), n["random"], sure)
		}
		if each := 2 * limit / 9; n["学校"] < 2*each-6 || n["学校"] > 2*each+6 || n["公交"] < each-6 {
			t.Errorf("of %d rows: %v", limit, n)
		}
	}
	if len(drawn) != 100 {
		t.Errorf("%d texts: the 50 of the shorter list are not among those of the longer one", len(drawn))
	}
	r, err := FindDoubts(t.Context(), classifierFor(t, reviewDict()), Bytes("c", []byte(in.String())), ReviewOptions{Limit: -1})
	if err != nil || r.Random != 300 || r.Texts != 900 || len(r.Rows) < 950 || len(r.Rows) > 1000 {
		t.Errorf("without a limit: %d rows, %d of them random, %v", len(r.Rows), r.Random, err)
	}
}

// TestUnreadRows: messages without a label are skipped and counted by those who need
// labels, and a primary alone is a label.
func TestUnreadRows(t *testing.T) {
	c := classifierFor(t, reviewDict())
	lines := `{"text":"学校太远","primary":"学校教育"}
{"text":"还没看"}
{"text":"公交太少","themes":["公共交通"]}
{"text":"也没看"}
`
	e, err := Evaluate(t.Context(), c, Bytes("c", []byte(lines)), EvalOptions{Resamples: -1})
	if err != nil || e.Rows != 2 || e.Unlabelled != 2 || e.MicroF1 != 1 || e.PrimaryRows != 2 {
		t.Fatalf("%+v, %v", e, err)
	}
	var text strings.Builder
	if err := e.Text(&text, Reader{}); err != nil || !strings.Contains(text.String(), "2 more have no label and were skipped") {
		t.Errorf("%s, %v", &text, err)
	}
	l, err := Learn(t.Context(), Bytes("c", []byte(strings.Repeat(lines, 10))), LearnOptions{Prior: reviewDict(), Classifier: testTables()})
	if !errors.Is(err, ErrNothingLearned) || l.Report.Rows != 20 || l.Report.Unlabelled != 20 {
		t.Errorf("learned of %d, skipped %d, %v", l.Report.Rows, l.Report.Unlabelled, err)
	}
}

// TestDidYouMean: a label that the dictionary does not have is asked about.
func TestDidYouMean(t *testing.T) {
	c := classifierFor(t, reviewDict())
	e, err := Evaluate(t.Context(), c, Bytes("c", []byte(`{"text":"学校","themes":["学校敎育","t/buss","天气"]}`)), EvalOptions{Resamples: -1})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]string{"学校敎育": "t/school", "t/buss": "t/bus"}, e.Meant); diff != "" {
		t.Error(diff)
	}
	var text strings.Builder
	if err := e.Text(&text, Reader{}); err != nil || !strings.Contains(strings.Join(strings.Fields(text.String()), " "), "学校敎育 (did you mean t/school?), t/buss (did you mean t/bus?), 天气") {
		t.Errorf("%s, %v", &text, err)
	}
	_, err = Evaluate(t.Context(), c, Bytes("c", []byte(`{"text":"学校","label":"交通"}`)), EvalOptions{})
	if fault := (*CorpusError)(nil); !errors.As(err, &fault) || !strings.HasPrefix(fault.Hint.String(), "did you mean 公共交通? ") {
		t.Errorf("%v", err)
	}
	_, err = Learn(t.Context(), Bytes("c", []byte(`{"text":"学校","themes":["学校敎育"]}`)), LearnOptions{Prior: reviewDict(), Classifier: testTables()})
	if err == nil || !strings.Contains(err.Error(), "did you mean t/school?") {
		t.Errorf("%v", err)
	}
}
