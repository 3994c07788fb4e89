package dict_test

import (
	"errors"
	"fmt"
	"testing/fstest"

	"github.com/minyi/minyi/dict"
)

// A dictionary is a folder; here the folder is in memory.
func ExampleParse() {
	d, err := dict.Parse(fstest.MapFS{"livelihood.yaml": {Data: []byte(`
theme: livelihood
name: {zh: 民生, en: People's livelihood}
subthemes:
  - id: education
    name: {zh: 教育, en: Education}
    aspect: livelihood
    keywords:
      - 双减
      - {word: 学校, weight: 0.6, unless: [驾校学校]}
      - {all: [幼儿园, 收费], within: 12, weight: 1.5}
`)}})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, k := range d.Themes[0].SubThemes[0].Keywords {
		fmt.Println(k.Pos, k.Word, k.All, k.Weight)
	}
	fmt.Println(d.Version())
	// Output:
	// livelihood.yaml:9:9 双减 [] 1
	// livelihood.yaml:10:9 学校 [] 0.6
	// livelihood.yaml:11:9  [幼儿园 收费] 1.5
	// 48c0f0fed186b895
}

// All faults are reported at once, each with its position.
func ExampleErrors() {
	_, err := dict.Parse(fstest.MapFS{"livelihood.yaml": {Data: []byte(`theme: livelihood
subthemes:
  - id: education
    aspect: livelyhood
    keywords:
      - {word: 学校, wieght: 0.6}
      - 双减
      - 双减
`)}})
	var faults dict.Errors
	if errors.As(err, &faults) {
		for _, fault := range faults {
			fmt.Print(fault.Detail())
		}
	}
	// Output:
	// livelihood.yaml:4:13: unknown aspect "livelyhood"
	//   4 |     aspect: livelyhood
	//     |             ^
	//   hint: did you mean "livelihood"? the aspects are leadership, discipline, development, reform, democracy, rule_of_law, culture, livelihood, ecology
	// livelihood.yaml:6:20: unknown key "wieght" in a keyword
	//   6 |       - {word: 学校, wieght: 0.6}
	//     |                      ^
	//   hint: did you mean "weight"?
	// livelihood.yaml:8:9: the word "双减" is in this sub-theme already, at livelihood.yaml:7:9
	//   8 |       - 双减
	//     |         ^
	//   hint: keep one of them
}

// The version is the hash of the canonical form.
func ExampleDictionary_Canonical() {
	d, err := dict.New([]dict.Theme{{
		ID: "livelihood",
		SubThemes: []dict.SubTheme{{
			ID:        "livelihood/education",
			Aspect:    "livelihood",
			Threshold: 1,
			Keywords: []dict.Keyword{
				{Word: "学校", Weight: 0.6, Unless: []string{"驾校学校"}},
				{Word: "代表", Weight: 1, Whole: true},
				{All: []string{"收费", "幼儿园"}, Within: 12, Weight: 1.5},
			},
		}},
	}})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%s%s\n", d.Canonical(), d.Version())
	// Output:
	// minyi dictionary 1
	// theme livelihood
	// subtheme livelihood/education aspect=livelihood threshold=1000000
	// rule "幼儿园" "收费" within=12 weight=1500000
	// word "代表" weight=1000000 whole
	// word "学校" weight=600000 unless "驾校学校"
	// 10ac77cc3b7bbd22
}
