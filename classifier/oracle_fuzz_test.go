package classifier

import (
	"fmt"
	"strconv"
	"strings"
	"testing"

	"github.com/minyi/minyi/dict"
)

// FuzzOracle draws both the text and the dictionary. Each line is a keyword; +
// stands between the words of a rule, ! before one with `match: whole`, / before an
// unless word, and * before a weight in tenths. A line =400000 begins another theme,
// with a sub-theme and a relative threshold in millionths; a line ~16 sets its
// threshold_length, and a line #3 its title_weight. A line ^ adds a theme with tokenWords. Other token words are
// not possible, since each set of them would need its own gse, which takes two
// seconds.
func FuzzOracle(f *testing.F) {
	for _, c := range cases {
		var spec []string
		for _, k := range c.keywords {
			line := keywordText(&k)
			if k.Token {
				spec = append(spec, "^")
			}
			if k.Whole {
				line = "!" + line
			}
			for _, w := range k.Unless {
				line += "/" + w
			}
			spec = append(spec, line)
		}
		f.Add([]byte(c.text), strings.Join(spec, "\n"))
	}
	for _, spec := range []string{
		"教育*10\n=400000\n质量*4\n=400001\n质量*4\n=1000000\n质量*10\n质量教育*-5",
		"~2\n教育*7\n质量*3\n=400000\n~3\n质量*6",
		"#3\n教育*7\n质量*3\n=400000\n#9\n~3\n质量+教育*6\n教育*2",
		"育质*4\n教育*3\n^\n=750000\n!教育质*3\n质量+教育*20/教育质",
	} {
		f.Add([]byte("教育质量"), spec)
		f.Add([]byte("质量教育，教育质量教育，质量"), spec)
		f.Add([]byte(" \r\n教育质量，质量\r\n教育。质量\n"), spec)
	}
	gseBase() // a worker has ten seconds for an input, and this may take some
	runeForms()
	f.Fuzz(func(t *testing.T, text []byte, spec string) {
		d := drawDictionary(spec)
		if _, err := newPlan(d); err != nil {
			t.Skip("no dictionary that New takes")
		}
		newDuel(t, d).fight(t, text)
	})
}

// tokenWords change how gse cuts texts: they cross its words, are longer than they
// are, and have every kind of unit.
var tokenWords = []string{
	"育质", "教育质", "学校收费", "国企", "中国企", "生活动", "托幼一体化", "的", "5g网", "a类", "ai", "c++", "😀😀", "醫療保", "。", "\u00e9教",
}

func drawDictionary(spec string) *dict.Dictionary {
	d := &dict.Dictionary{}
	begin := func(share float64) {
		id := fmt.Sprintf("t%d", len(d.Themes))
		d.Themes = append(d.Themes, dict.Theme{
			ID: id, RelativeThreshold: share, SubThemes: []dict.SubTheme{{ID: id + "/s", Threshold: 0.5}},
		})
	}
	begin(0)
	tokens := false
	for line := range strings.SplitSeq(spec, "\n") {
		if line == "^" {
			tokens = true
			continue
		}
		if share, ok := strings.CutPrefix(line, "="); ok {
			micro, _ := strconv.ParseUint(share, 10, 32)
			begin(float64(min(micro, scoreUnit)) / scoreUnit)
			continue
		}
		if length, ok := strings.CutPrefix(line, "~"); ok {
			n, _ := strconv.ParseUint(length, 10, 16)
			d.Themes[len(d.Themes)-1].ThresholdLength = int(n)
			continue
		}
		if weight, ok := strings.CutPrefix(line, "#"); ok {
			n, _ := strconv.ParseUint(weight, 10, 8)
			d.Themes[len(d.Themes)-1].TitleWeight = int(n % (maxTitleWeight + 1))
			continue
		}
		s := &d.Themes[len(d.Themes)-1].SubThemes[0]
		s.Keywords = append(s.Keywords, drawKeyword(line))
	}
	if tokens {
		begin(0)
		s := &d.Themes[len(d.Themes)-1].SubThemes[0]
		for _, w := range tokenWords {
			s.Keywords = append(s.Keywords, dict.Keyword{Word: w, Weight: 1, Token: true})
		}
	}
	return d
}

func drawKeyword(line string) dict.Keyword {
	k := dict.Keyword{Weight: 1}
	if rest, tenths, ok := strings.Cut(line, "*"); ok {
		if n, err := strconv.ParseInt(tenths, 10, 8); err == nil && n != 0 {
			line, k.Weight = rest, float64(n)/10
		}
	}
	parts := strings.Split(line, "/")
	k.Unless = parts[1:]
	word := parts[0]
	word, k.Whole = strings.CutPrefix(word, "!")
	if all := strings.Split(word, "+"); len(all) > 1 {
		k.All, k.Within = all, 2+len(line)%9
	} else {
		k.Word = word
	}
	return k
}
