package brokertest

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/minyi/minyi/classifier"
	"github.com/minyi/minyi/dict"
	"github.com/minyi/minyi/pipeline"
)

// Words is a classifier that tags a text with every sub-theme whose id is in
// it: quick, and without a model of its own.
type Words struct{ d *dict.Dictionary }

// WordsOf is the classifier of a dictionary.
func WordsOf(d *dict.Dictionary) Words { return Words{d} }

// Dictionary implements pipeline.Classifier.
func (w Words) Dictionary() *dict.Dictionary { return w.d }

// Classify implements pipeline.Classifier.
func (w Words) Classify(r *classifier.Result, text []byte) {
	r.Tags = r.Tags[:0]
	for t := range w.d.Themes {
		for s := range w.d.Themes[t].SubThemes {
			if bytes.Contains(text, []byte(w.d.Themes[t].SubThemes[s].ID)) {
				r.Tags = append(r.Tags, classifier.Tag{Theme: t, SubTheme: s})
			}
		}
	}
}

// NewWords makes a classifier with a dictionary of themes times subs sub-themes.
func NewWords(t testing.TB, themes, subs int) Words {
	t.Helper()
	list := make([]dict.Theme, 0, themes)
	for i := range themes {
		th := dict.Theme{ID: fmt.Sprintf("t%d", i), Name: dict.Name{Zh: "题", En: "theme"}}
		for j := range subs {
			th.SubThemes = append(th.SubThemes, dict.SubTheme{
				ID: fmt.Sprintf("t%d/s%d_", i, j), Name: dict.Name{Zh: "子", En: "sub"}, Aspect: dict.Aspects()[(i+j)%3].ID,
				Threshold: 1, Keywords: []dict.Keyword{{Word: fmt.Sprintf("词%d之%d", i, j), Weight: 1}},
			})
		}
		list = append(list, th)
	}
	d, err := dict.New(list)
	if err != nil {
		t.Fatal(err)
	}
	return Words{d}
}

// Payloads returns n messages, some of them hostile, over the given days.
func Payloads(seed uint64, n, days int, w Words) [][]byte {
	rnd := rand.New(rand.NewPCG(seed, 1))
	hostile := []string{`{`, `[]`, `{"id":"x"}`, `{"text":" "}`, "{\"text\":\"a\xff\"}", `{"text":"a","submitted_at":"soon"}`, ``}
	out := make([][]byte, n)
	for i := range out {
		if rnd.IntN(20) == 0 {
			out[i] = []byte(hostile[rnd.IntN(len(hostile))])
			continue
		}
		var text bytes.Buffer
		for range rnd.IntN(4) {
			th := w.d.Themes[rnd.IntN(len(w.d.Themes))]
			text.WriteString(th.SubThemes[rnd.IntN(len(th.SubThemes))].ID)
			text.WriteString(" 我有话说 ")
		}
		text.WriteString("。")
		day := time.Date(2022, 4, 15, 4, 0, 0, 0, time.UTC).AddDate(0, 0, rnd.IntN(days))
		out[i], _ = json.Marshal(map[string]string{
			"id": fmt.Sprint(i), "text": text.String(), "submitted_at": day.Format(time.RFC3339),
			"source": []string{"people_daily", "xinhua", "cctv", "学习"}[rnd.IntN(4)],
		})
	}
	return out
}

// Config is one for tests: small ranges, short times.
func Config(w Words) pipeline.Config {
	return pipeline.Config{
		Classifier: w, Concurrency: 2, RangeSize: 500, PlanEvery: 10 * time.Millisecond,
		Standby: 100 * time.Millisecond, StallAfter: 3 * time.Second, Promote: true,
	}
}
