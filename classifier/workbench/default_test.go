package workbench

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/minyi/minyi/dict"
)

// TestDefaultDictionary measures the default dictionary on labelled messages. The
// requirements are listed here, and a change of the dictionary that misses one
// fails.
func TestDefaultDictionary(t *testing.T) {
	d, err := dict.Default()
	if err != nil {
		t.Fatal(err)
	}
	c := classifierFor(t, d)
	for _, test := range []struct {
		name, file, mapping        string
		macro, micro, themeOfFirst float64
	}{
		{name: "examples", file: "../../examples/suggestions.ndjson", macro: 0.80},
		{name: "everyday", file: "../../examples/everyday.ndjson", macro: 0.80, themeOfFirst: 0.85},
		{name: "citizens", file: shared("citizen-messages.dev.ndjson"), mapping: "../../dict/maps/citizen-labels.yaml", macro: 0.82},
		{name: "themes", file: shared("themes.dev.ndjson"), micro: 0.80, themeOfFirst: 0.85},
		{name: "nine kinds", file: shared("themes2.dev.ndjson"), macro: 0.77, micro: 0.81, themeOfFirst: 0.85},
		// We wrote these ourselves, before we looked at what the dictionary makes of
		// them. Whoever writes words and texts finds the same words, so they are
		// easier than those of strangers: they find gaps and hold what was mended.
		{name: "paragraphs of reports, written by us", file: "testdata/written/report-paragraphs.ndjson", micro: 0.89, themeOfFirst: 0.95},
		{name: "titles of motions, written by us", file: "testdata/written/motions.ndjson", mapping: "testdata/written/departments.yaml", macro: 0.78},
		{name: "nothing, written by us", file: "testdata/written/nothing.ndjson", themeOfFirst: 0.85},
	} {
		t.Run(test.name, func(t *testing.T) {
			if _, err := os.Stat(test.file); err != nil && strings.HasPrefix(test.file, shared("")) {
				t.Skipf("real messages are not here (%s); they are for measurement only and not part of the project", test.file)
			}
			o := EvalOptions{Resamples: -1, Samples: -1}
			if test.mapping != "" {
				if o.Mapping, err = LoadMapping(test.mapping); err != nil {
					t.Fatal(err)
				}
			}
			e, err := Evaluate(t.Context(), c, File(test.file), o)
			if err != nil {
				t.Fatal(err)
			}
			t.Logf("%d messages, %d classes: macro-F1 %.3f, micro-F1 %.3f, accuracy %.3f",
				e.Rows, len(e.Classes), e.MacroF1, e.MicroF1, e.Accuracy)
			if e.MacroF1 < test.macro {
				t.Errorf("macro-F1 is %.3f, at least %.2f is wanted", e.MacroF1, test.macro)
			}
			if e.MicroF1 < test.micro {
				t.Errorf("micro-F1 is %.3f, at least %.2f is wanted", e.MicroF1, test.micro)
			}
			if e.Accuracy < test.themeOfFirst {
				t.Errorf("the primary's theme is right in %.3f, at least %.2f is wanted", e.Accuracy, test.themeOfFirst)
			}
		})
	}
}

// Texts about nothing that a government does stay untagged, although each has words
// that stand in suggestions too: a park, a train, an estate, friends, a plan.
func TestDefaultDictionaryLeavesSmallTalkUntagged(t *testing.T) {
	d, err := dict.Default()
	if err != nil {
		t.Fatal(err)
	}
	c := classifierFor(t, d)
	for text := range strings.Lines(smallTalk) {
		if text = strings.TrimSpace(text); text == "" {
			continue
		}
		for _, tag := range c.Tags(text) {
			t.Errorf("%s: tagged with %s", text, tag.ID)
		}
	}
}

const smallTalk = `
你好，在吗？
祝大家新年快乐，万事如意！
今天心情不错，晚饭吃了两大碗。
老同学聚会，喝了点酒，聊到半夜。
家里的猫又把花瓶打翻了。
这首歌真好听，循环了一整天。
下雨天最适合在家睡觉。
求推荐一部好看的小说。
昨天做梦梦见自己会飞。
谢谢领导，辛苦了！
测试一下能不能提交。
没什么建议，挺好的。
支持！赞成！
我也不知道该写什么。
路边的樱花开了，拍了好多照片。
终于把阳台的多肉养活了。
周末去爬山，累得腿都软了。
人生就像一场旅行，不必在乎目的地。
天行健，君子以自强不息。
今天的月亮特别圆。
这家店的牛肉面味道一般。
坐在窗边看雪，一坐就是一下午。
同事请客吃火锅，辣得直流汗。
今年的规划是读完二十本书，学会做红烧肉。
小区的桂花开了，一进门就闻到香。
`

// shared returns the path of a file of real messages, which is kept beside the
// project.
func shared(name string) string {
	dir := os.Getenv("MINYI_SHARED")
	if dir == "" {
		dir = "../../../shared"
	}
	return filepath.Join(dir, "data", name)
}
