package pipeline

import (
	"bytes"
	"fmt"
	"testing"

	"github.com/minyi/minyi/classifier"
	"github.com/minyi/minyi/dict"
)

// words is a classifier that tags a text with every sub-theme whose id is in it.
type words struct{ d *dict.Dictionary }

func (w words) Dictionary() *dict.Dictionary { return w.d }

func (w words) Classify(r *classifier.Result, text []byte) {
	r.Tags = r.Tags[:0]
	for t := range w.d.Themes {
		for s := range w.d.Themes[t].SubThemes {
			if bytes.Contains(text, []byte(w.d.Themes[t].SubThemes[s].ID)) {
				r.Tags = append(r.Tags, classifier.Tag{Theme: t, SubTheme: s})
			}
		}
	}
}

func newWords(t testing.TB) words {
	t.Helper()
	themes := make([]dict.Theme, 0, 3)
	for i := range 3 {
		th := dict.Theme{ID: fmt.Sprintf("t%d", i), Name: dict.Name{Zh: "题", En: "theme"}}
		for j := range 3 {
			aspect := ""
			if (i+j)%3 > 0 {
				aspect = dict.Aspects()[(i+j)%3].ID
			}
			th.SubThemes = append(th.SubThemes, dict.SubTheme{
				ID: fmt.Sprintf("t%d/s%d", i, j), Name: dict.Name{Zh: "子", En: "sub"}, Aspect: aspect,
				Threshold: 1, Keywords: []dict.Keyword{{Word: fmt.Sprintf("词%d之%d", i, j), Weight: 1}},
			})
		}
		themes = append(themes, th)
	}
	d, err := dict.New(themes)
	if err != nil {
		t.Fatal(err)
	}
	return words{d}
}
