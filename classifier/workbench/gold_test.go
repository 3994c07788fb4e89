package workbench

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
)

// goldLine is a line of a gold file.
func goldLine(text, by string, themes ...string) string {
	list := ""
	for i, id := range themes {
		if i > 0 {
			list += ","
		}
		list += fmt.Sprintf("%q", id)
	}
	return fmt.Sprintf(`{"text":%q,"by":%q,"themes":[%s]}`+"\n", text, by, list)
}

// TestAgreement holds the figures to what comes out by hand.
//
// Two people label ten texts with one sub-theme: both yes 4, both no 3, a alone 2, b
// alone 1. Then po = 0.7, pe = 0.6 x 0.5 + 0.4 x 0.5 = 0.5, kappa = 0.4; micro-F1 =
// 8 / 11; of 20 values 11 are yes and 9 no, 3 units differ: alpha = 1 - 19 x 3 / 99.
func TestAgreement(t *testing.T) {
	t.Parallel()
	d := fixtureDictionary(t)
	var file strings.Builder
	school := []string{"life/school"}
	for i, said := range [][2][]string{{school, school}, {school, {"教育"}}, {school, school}, {school, school}, {}, {}, {}, {school, nil}, {school, nil}, {nil, school}} {
		text := fmt.Sprintf("text %d", i)
		file.WriteString(goldLine(text, "a", said[0]...) + goldLine(text, "b", said[1]...))
	}
	file.WriteString(goldLine("alone", "a", "life/road"))
	g, err := ReadGold(t.Context(), d, Bytes("gold", []byte(file.String())))
	if err != nil {
		t.Fatal(err)
	}
	a := g.Agreement
	if a.Texts != 11 || a.Common != 10 || len(a.Pairs) != 1 || a.Labellers[0] != (Labeller{"a", 11}) || a.TooLow() {
		t.Fatalf("%+v", a)
	}
	s := a.SubThemes[0]
	if len(a.SubThemes) != 1 || s.ID != "life/school" || s.Named != 7 || s.All != 4 {
		t.Errorf("%+v", a.SubThemes)
	}
	near(t, "micro-F1", a.Pairs[0].MicroF1, 8./11)
	near(t, "alpha", *s.Alpha, 1-19.*3/99)
	near(t, "kappa of the sub-theme", *s.Kappa, 0.4)
	near(t, "kappa", *kappa(4, 6, 5, 10), 0.4)

	// Each text once, with what most say; of two that differ, what the first says.
	corpus, err := g.Corpus("gold")
	if err != nil {
		t.Fatal(err)
	}
	e, err := Evaluate(t.Context(), classifierFor(t, d), corpus, EvalOptions{Resamples: -1})
	if err != nil || e.Rows != 11 || e.Classes[0].Support != 6 {
		t.Errorf("%v: %+v", err, e)
	}
}

// TestAgreementOfMany: three people of whom not all label each text; one who labels a text
// again has changed their mind; and figures that do not exist are not shown as 0.
func TestAgreementOfMany(t *testing.T) {
	t.Parallel()
	d := fixtureDictionary(t)
	file := goldLine("x", "a", "life/road", "life/school") + goldLine("x", "b", "life/road") + goldLine("x", "c", "life/road", "life/school") +
		goldLine("y", "a", "life/school") + goldLine("y", "a", "life/road") + goldLine("y", "b", "life/road")
	g, err := ReadGold(t.Context(), d, Bytes("gold", []byte(file)))
	if err != nil {
		t.Fatal(err)
	}
	a := g.Agreement
	if a.Common != 2 || len(a.Pairs) != 3 || a.Labellers[2].Texts != 1 || len(g.Labels) != 5 {
		t.Errorf("%+v", a)
	}
	for _, s := range a.SubThemes {
		if s.ID == "life/road" && (s.Alpha != nil || s.All != 2) { // all say yes: nothing varies
			t.Errorf("%+v", s)
		}
	}
	out := string(rendered(t, func(b *bytes.Buffer) error { return a.Text(b, Reader{}) }))
	if !strings.Contains(out, "life/road           2       2      –      –\n") {
		t.Error(out)
	}
	if c := consensus(byText(g.Labels)[0]); fmt.Sprint(c.Themes) != "[life/road life/school]" || c.Primary != "life/road" {
		t.Errorf("%+v", c)
	}
	alone, err := ReadGold(t.Context(), d, Bytes("gold", []byte(goldLine("x", "a", "life/road")+`{"text":"x","themes":[]}`+"\n"+`{"text":"x"}`)))
	if err != nil || alone.Agreement != nil || len(alone.Labels) != 2 {
		t.Errorf("%v, %+v", err, alone)
	}
}
