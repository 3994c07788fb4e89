package workbench

import "testing"

// TestReviewLeavesOutWhatIsLabelledElsewhere: a second review lists other texts than those
// whose labels are kept, which are masked and went through a spreadsheet.
func TestReviewLeavesOutWhatIsLabelledElsewhere(t *testing.T) {
	corpus := Bytes("c", []byte(`{"id":"a","text":"学校太远\n打 13912345678"}
{"id":"b","text":"公交太少"}
{"id":"again","text":"公交太少"}
{"id":"c","text":"天气很好"}
{"id":"d","text":"停车","themes":["t/bus"]}
`))
	var known LabelledTexts
	known.Add([]GoldLabel{{Text: "学校太远\r\n打 ***********"}, {Text: "公交太少 "}})
	r, err := FindDoubts(t.Context(), classifierFor(t, reviewDict()), corpus, ReviewOptions{Labelled: &known})
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Rows) != 1 || r.Rows[0].ID != "c" || r.Known != 3 || r.Labelled != 1 {
		t.Errorf("%d known, %d labelled, rows %+v", r.Known, r.Labelled, r.Rows)
	}
	if r, err = FindDoubts(t.Context(), classifierFor(t, reviewDict()), corpus, ReviewOptions{}); err != nil || len(r.Rows) != 3 || r.Known != 0 {
		t.Errorf("nothing is labelled elsewhere: %d rows, %d known, %v", len(r.Rows), r.Known, err)
	}
}
