package report

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/minyi/minyi/classifier"
	"github.com/minyi/minyi/pipeline"
)

// draw samples messages that many goroutines saw in another order each time.
func draw(t *testing.T, seed uint64, wanted, goroutines int, texts map[uint64]string, days Days) []Sample {
	t.Helper()
	s := NewSampler(tree(t), wanted, days, 7)
	rng := rand.New(rand.NewPCG(seed, 3))
	seen := make([]pipeline.Seen, goroutines)
	for i := range seen {
		seen[i] = s.Seen()
	}
	for _, i := range rng.Perm(2000) {
		seq := uint64(i + 1)
		day := time.Date(2022, 4, 15+i%20, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
		x := pipeline.Suggestion{Day: day, Source: []string{"a", "b", "c"}[i%3]}
		r := classifier.Result{Tags: []classifier.Tag{{Theme: 0, SubTheme: i % 2}}}
		if i%10 == 0 {
			r.Tags = nil
		}
		seen[rng.IntN(goroutines)](&pipeline.Message{Seq: seq}, &x, &r)
	}
	return s.Samples(func(seq uint64) (string, bool) {
		text, ok := texts[seq]
		return text, ok
	})
}

func TestSamples(t *testing.T) {
	texts := make(map[uint64]string)
	for i := range 2000 {
		texts[uint64(i+1)] = fmt.Sprintf("第%d条，%s希望多修路。电话13812345678。", i+1, strings.Repeat(string(rune('一'+i)), 20))
	}
	one := draw(t, 1, 6, 1, texts, Days{})
	if len(one) != 12 {
		t.Fatalf("%d samples of two sub-themes, not 12", len(one))
	}
	if diff := cmp.Diff(one, draw(t, 2, 6, 5, texts, Days{})); diff != "" {
		t.Errorf("the sample depends on who read what:\n%s", diff)
	}
	days, sources := map[string]bool{}, map[string]bool{}
	for _, s := range one {
		days[s.Day], sources[s.Source] = true, true
		if strings.Contains(s.Text, "138") || !strings.Contains(s.Text, "***********") {
			t.Errorf("not masked: %s", s.Text)
		}
	}
	if len(days) < 8 || len(sources) != 3 {
		t.Errorf("%d days and %d sources in %+v", len(days), len(sources), one)
	}
	for _, s := range draw(t, 1, 3, 2, texts, Days{"2022-04-20", "2022-04-22"}) {
		if s.Day < "2022-04-20" || s.Day > "2022-04-22" {
			t.Errorf("%+v is of another day", s)
		}
	}
	// All say the same, but for marks and width; one says something else.
	for seq := range texts {
		texts[seq] = []string{"请多修路，谢谢！", "请多修路　谢谢", "请 多修路。谢谢…"}[seq%3]
	}
	texts[8] = "别的话，说的是另一件事情。"
	delete(texts, 9)
	if got := draw(t, 1, 3, 2, texts, Days{}); len(got) != 1 {
		t.Logf("%d", len(got)) // candidates of a stratum are few: the one text may not be among them
		for i := range got {
			for j := range i {
				if plainText(got[i].Text) == plainText(got[j].Text) {
					t.Errorf("%q is quoted twice", got[i].Text)
				}
			}
		}
	}
}

func TestNearlySame(t *testing.T) {
	long := "小区门口的路灯坏了三个月没有人来修，晚上老人出门很不方便，希望有关部门尽快派人来看看。"
	var d distinct
	for _, x := range []struct {
		text string
		want bool
	}{
		{long, true},
		{long, false},
		{"【转】" + long, false},
		{strings.Replace(long, "三个月", "两个月", 1), false},
		{"希望多建几所公办的幼儿园，解决入园难的问题。", true},
		{"好", true},
		{"好！", false},
		{"不好", true},
		{"", true},
	} {
		if got := d.add(x.text); got != x.want {
			t.Errorf("%s: %v", x.text, got)
		}
	}
}

func TestExcerpt(t *testing.T) {
	for _, x := range []struct{ text, want string }{
		{" 一\n二  三 ", "一 二 三"},
		{strings.Repeat("字", 300), strings.Repeat("字", 240) + "……"},
		{strings.Repeat("字", 150) + "。" + strings.Repeat("字", 150), strings.Repeat("字", 150) + "。……"},
		{strings.Repeat("字", 235) + "13812345678", strings.Repeat("字", 235) + "*****……"},
	} {
		if got := Excerpt(x.text); got != x.want {
			t.Errorf("%.20s…: %s", x.text, got)
		}
	}
}
