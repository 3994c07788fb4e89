package report

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// letters are a month of messages among which are those of two letters that people send
// with their own name and line, one of them also without a change.
func letters(rng *rand.Rand) []message {
	all := stream(rng, 1500)
	for i := range all {
		name := []string{"王强", "李伟", "张敏", "赵静", "陈芳"}[rng.IntN(5)]
		switch n := rng.IntN(20); {
		case n == 0:
			all[i].text = fmt.Sprintf("请保留%d路公交线路，%s以后出门很不方便，希望有关部门认真研究，不要一撤了之，给沿线居民一个说法。", rng.IntN(90)+10, name)
		case n == 1:
			all[i].text = fmt.Sprintf("我叫%s，住在%d号楼，小区门口的路灯坏了三个月没有人来修，晚上老人出门不安全，请尽快派人来看看。", name, rng.IntN(3))
		case n == 2:
			all[i].text = "我叫王强，住在0号楼，小区门口的路灯坏了三个月没有人来修，晚上老人出门不安全，请尽快派人来看看。"
		case n < 18: // nothing that others say
			r := make([]rune, 30)
			for j := range r {
				r[j] = rune(0x4e00 + rng.IntN(20_000))
			}
			all[i].text = string(r)
		}
	}
	return all
}

// set is the 4-grams of a text, by the definition.
func set(text string) map[string]bool {
	r, out := []rune(plainText(text)), map[string]bool{}
	for i := 0; i+4 <= len(r); i++ {
		out[string(r[i:i+4])] = true
	}
	return out
}

func similarity(x, y map[string]bool) float64 {
	both := 0
	for g := range x {
		if y[g] {
			both++
		}
	}
	if all := len(x) + len(y) - both; all > 0 {
		return float64(both) / float64(all)
	}
	return 0
}

// Letters of one pattern are found, and their numbers are those of comparing each message
// with each pattern, whoever read what.
func TestNearTexts(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 3))
	all := letters(rng)
	days := Days{"2022-04-02", "2022-04-27"}
	c := NewTextCounter(twoThemes(), days, TextDays{}, 10)
	got := read(c, all, rng, 1)
	if diff := cmp.Diff(got, read(NewTextCounter(twoThemes(), days, TextDays{}, 10), all, rng, 3)); diff != "" {
		t.Fatalf("it depends on who read what:\n%s", diff)
	}
	count, texts := make([]uint64, len(c.patterns)), make([]map[string]bool, len(c.patterns))
	for _, m := range all {
		if !days.has(m.day) {
			continue
		}
		best, at := 0.0, -1
		for i, p := range c.patterns {
			if s := similarity(set(m.text), set(p.text)); s >= 0.5 && s > best {
				best, at = s, i
			}
		}
		if at >= 0 {
			count[at]++
			if texts[at] == nil {
				texts[at] = map[string]bool{}
			}
			texts[at][plainText(m.text)] = true
		}
	}
	for _, n := range got.Near {
		i := slices.IndexFunc(c.patterns, func(p pattern) bool { return p.seq == n.Seq })
		if i < 0 || n.Count != count[i] || n.Texts != uint64(len(texts[i])) || n.Text == "" || len(n.Sources) != 3 {
			t.Errorf("%+v: pattern %d of %d and %d", n, i, count, len(texts[i]))
		}
	}
	for _, want := range []string{"请保留公交线路以后出门", "小区门口的路灯坏了"} {
		if !slices.ContainsFunc(got.Near, func(n NearText) bool {
			return similarity(set(n.Text), set(want)) > 0 && n.Count > 40 && n.Texts >= leastTexts
		}) {
			t.Errorf("%s is not among %+v", want, got.Near)
		}
	}
}

// What the list of nearly the same texts shows beside that of the same texts is not small.
func TestNearTextsHideSmallNumbers(t *testing.T) {
	for extra, listed := range map[int]bool{5: false, 30: true} {
		rng := rand.New(rand.NewPCG(1, 1))
		var all []message
		for i := range 100 + extra {
			text := "小区门口的路灯坏了三个月没有人来修，晚上老人出门不安全，请尽快派人来看看，住户王强。"
			if i >= 100 {
				text = fmt.Sprintf("小区门口的路灯坏了三个月没有人来修，晚上老人出门不安全，请尽快派人来看看，住户%c强。", '一'+i)
			}
			all = append(all, message{uint64(i + 1), "2022-04-02", "a", text})
		}
		got := read(NewTextCounter(twoThemes(), Days{}, TextDays{}, 10), all, rng, 2)
		if (len(got.Near) == 1) != listed || len(got.Largest) != 1 {
			t.Errorf("%d beside 100: %+v", extra, got)
		}
	}
}
