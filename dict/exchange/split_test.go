package exchange

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/minyi/minyi/dict"
	"github.com/minyi/minyi/dict/phrase"
)

func TestLists(t *testing.T) {
	src := "kind,subtheme,keyword,weight,unless,all,within\n" +
		"keyword,a/b,学校、老师,2,,,\n" +
		"keyword,a/b,老师,,,,\n" +
		"keyword,a/b,驾校,,驾校甲，驾校乙,,\n" +
		"keyword,a/b,,,,\"收费|涨价\n幼儿园\",20\n"
	d, _, err := ReadCSV(strings.NewReader(src), "w.csv", phrase.English)
	if err != nil {
		t.Fatal(err)
	}
	same, notes, err := Lists(d, false, phrase.English)
	if err != nil || same != d {
		t.Fatalf("a dictionary that is not to be split is another one: %v", err)
	}
	want := []string{"several words in one cell: kept as one keyword, which is found only where a text has the same marks; --split makes a keyword of each" +
		" (3: w.csv:2:13 学校、老师, w.csv:4:13 驾校甲，驾校乙, w.csv:5:16 收费|涨价)"}
	if diff := cmp.Diff(want, noteLines(notes)); diff != "" {
		t.Error(diff)
	}

	parts, notes, err := Lists(d, true, phrase.Chinese)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, k := range parts.Themes[0].SubThemes[0].Keywords {
		got = append(got, strings.Join([]string{k.Word, strings.Join(k.All, "+"), strings.Join(k.Unless, "+"), decimal(k.Weight)}, " "))
	}
	if diff := cmp.Diff([]string{"学校   2", "老师   1", "驾校  驾校甲+驾校乙 1", " 收费+涨价+幼儿园  1"}, got); diff != "" {
		t.Error(diff)
	}
	if len(notes) != 2 || notes[0].Count != 3 || notes[1].Count != 1 || !strings.HasPrefix(notes[0].Msg, "一个单元格里有几个词") {
		t.Errorf("%+v", notes)
	}
	if d.Themes[0].SubThemes[0].Keywords[0].Word != "学校、老师" {
		t.Error("the dictionary that was given is changed")
	}
}

// TestListsOfOne: a dictionary without lists is said nothing of, and stays what it is.
func TestListsOfOne(t *testing.T) {
	d, err := dict.Default()
	if err != nil {
		t.Fatal(err)
	}
	parts, notes, err := Lists(d, true, phrase.English)
	if err != nil || len(notes) > 0 || parts.Version() != d.Version() {
		t.Errorf("%v %v", notes, err)
	}
}
