package workbench

import (
	"bytes"
	"context"
	"fmt"
	"testing"

	"pgregory.net/rapid"
)

// TestG2Published: Dunning 1993, table 2 (frequent words of a text about Swiss
// banks), gives -2 log lambda for pairs of words with all four counts. His statistic
// adds the word's presence and its absence; ours is one of the two, so the test adds
// both.
func TestG2Published(t *testing.T) {
	for _, c := range []struct {
		ab, a, b, neither int
		want              string
	}{
		{110, 2442, 111, 29114, "270.72"}, // the swiss
		{29, 13, 123, 31612, "263.90"},    // can be
		{31, 23, 139, 31584, "256.84"},    // previous year
	} {
		with, without := c.ab+c.a, c.b+c.neither
		got := G2(c.ab, c.b, with, without) + G2(c.a, c.neither, with, without)
		if s := fmt.Sprintf("%.2f", got); s != c.want {
			t.Errorf("%d of %d, %d of %d: %s, want %s", c.ab, with, c.b, without, s, c.want)
		}
	}
}

// TestG2ByHand: 10 of 100 against 5 of 1,000. E1 = 100*15/1100, E2 = 1000*15/1100;
// 2 (10 ln(10/1.3636) + 5 ln(5/13.6364)) = 2 (19.9243 - 5.0165) = 29.8156.
func TestG2ByHand(t *testing.T) {
	if got := fmt.Sprintf("%.4f", G2(10, 5, 100, 1000)); got != "29.8156" {
		t.Error(got)
	}
	near(t, "log ratio", LogRatio(10, 5, 100, 1000), 4.321928094887363) // log2 20
	near(t, "log ratio to nothing", LogRatio(4, 0, 100, 100), 3)        // log2 (4 / 0.5)
	near(t, "G2 of no rest", G2(3, 0, 10, 0), 0)
	near(t, "log ratio of no rest", LogRatio(3, 0, 10, 0), 0)
}

func TestG2Properties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c, d := rapid.IntRange(1, 1e6).Draw(t, "c"), rapid.IntRange(1, 1e6).Draw(t, "d")
		a, b := rapid.IntRange(0, c).Draw(t, "a"), rapid.IntRange(0, d).Draw(t, "b")
		g := G2(a, b, c, d)
		if g < 0 || g != G2(b, a, d, c) {
			t.Fatalf("G2 %v, mirrored %v", g, G2(b, a, d, c))
		}
		if a*d == b*c && g > 1e-6 {
			t.Fatalf("equal shares have G2 %v", g)
		}
		if r := LogRatio(a, b, c, d) + LogRatio(b, a, d, c); r > 1e-9 || r < -1e-9 {
			t.Fatalf("log ratios do not mirror: %v", r)
		}
	})
}

func TestFindKeyness(t *testing.T) {
	c := classifierFor(t, fixtureDictionary(t))
	lines := make([]string, 0, 18)
	for range 6 {
		lines = append(lines, "学校食堂收费 | x", "公交票价 | x", "天气预报不准 | x")
	}
	corpus := labelledCorpus(lines...)
	k, err := FindKeyness(context.Background(), c, corpus, KeynessOptions{Target: "life/school", MinMessages: 6})
	if err != nil {
		t.Fatal(err)
	}
	if k.TargetMessages != 6 || k.Missed != 0 {
		t.Errorf("%+v", k)
	}
	checkGolden(t, "keyness.txt", rendered(t, func(b *bytes.Buffer) error { return k.Text(b, Reader{}) }))
	checkGolden(t, "keyness.zh.txt", rendered(t, func(b *bytes.Buffer) error { return k.Text(b, inChinese(t)) }))
	for _, w := range k.Words {
		if w.Word == "学校" {
			t.Error("a known word is listed")
		}
	}
	k, err = FindKeyness(context.Background(), c, corpus, KeynessOptions{MinMessages: 6, Known: true, Limit: 2})
	if err != nil || k.TargetMessages != 6 || len(k.Words) != 2 {
		t.Errorf("untagged: %+v, %v", k, err)
	}
	if _, err := FindKeyness(context.Background(), c, corpus, KeynessOptions{Target: "life/none"}); err == nil {
		t.Error("an unknown sub-theme was taken")
	}
	if _, err := FindKeyness(context.Background(), c, corpus, KeynessOptions{Gold: true}); err == nil || err.Error() != "labelled.ndjson:1: no themes" {
		t.Errorf("labels for themes: %v", err)
	}
	gold, err := FindKeyness(context.Background(), c, themed("收费 | life/school | ", "票价 | | "), KeynessOptions{Gold: true, Target: "life/school", MinMessages: 1})
	if err != nil || gold.TargetMessages != 1 || gold.Words[0].Word != "收费" {
		t.Errorf("gold: %+v, %v", gold, err)
	}
	unread := Bytes("c", []byte(`{"text":"还没有人读"}
{"text":"收费","themes":["life/school"]}
{"text":"票价","themes":[]}`))
	gold, err = FindKeyness(context.Background(), c, unread, KeynessOptions{Gold: true, Target: "life/school", MinMessages: 1})
	if err != nil || gold.Rows != 2 || gold.Unlabelled != 1 || gold.TargetMessages != 1 || gold.Words[0].Word != "收费" {
		t.Errorf("with an unread row: %+v, %v", gold, err)
	}
	if _, err := FindKeyness(context.Background(), c, Bytes("c", []byte(`{"text":"还没有人读"}`)), KeynessOptions{Gold: true}); err == nil || err.Error() != "c:1: no label, here and in all other rows (1)" {
		t.Errorf("nothing read: %v", err)
	}
}

// TestWordCountsForget: a dropped word occurred at most floor times, and the count
// of a kept one is at most floor too low.
func TestWordCountsForget(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := newWordCounts(2, 8)
		truth := map[string]int{}
		for range rapid.IntRange(1, 60).Draw(t, "messages") {
			m := wordsOfMessage{side: rapid.IntRange(0, 1).Draw(t, "side"), words: map[string]int{}}
			for range rapid.IntRange(1, 4).Draw(t, "words") {
				word := fmt.Sprint(rapid.IntRange(0, 20).Draw(t, "word"))
				m.words[word]++
				truth[word]++
			}
			w.add(&m)
		}
		if len(w.counts) > 8 {
			t.Fatalf("%d words kept", len(w.counts))
		}
		for word, n := range truth {
			kept := 0
			if c := w.counts[word]; c != nil {
				kept = c.times()
			}
			if kept > n || n-kept > w.floor {
				t.Fatalf("%s came %d times, kept %d, floor %d", word, n, kept, w.floor)
			}
		}
	})
}
