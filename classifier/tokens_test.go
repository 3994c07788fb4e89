package classifier

import (
	"cmp"
	"slices"
	"strings"
	"testing"

	"github.com/minyi/minyi/dict"
)

// wantTokens returns gse's tokens as offsets in the original text.
func wantTokens(t *reading) []Token {
	var out []Token
	start := 0
	for i := 1; i < len(t.token); i++ {
		if t.token[i] {
			out = append(out, Token{t.runes[start].start, t.runes[i-1].end})
			start = i
		}
	}
	return out
}

func wantOccurrences(t *reading, p *plan) []Occurrence {
	type place struct {
		at  span
		rel Relation
	}
	var all []place
	var seen []string
	for _, s := range p.subs {
		for _, k := range s.keywords {
			for _, w := range k.words {
				if slices.Contains(seen, w) {
					continue
				}
				seen = append(seen, w)
				for _, at := range t.occurrences(w) {
					all = append(all, place{at, t.relation(at)})
				}
			}
		}
	}
	slices.SortFunc(all, func(a, b place) int {
		return cmp.Or(cmp.Compare(a.at.start, b.at.start), cmp.Compare(a.at.end, b.at.end))
	})
	var out []Occurrence
	for _, a := range all {
		out = append(out, Occurrence{t.runes[a.at.start].start, t.runes[a.at.end-1].end, a.rel})
	}
	return out
}

func TestTokensAndOccurrencesAreGse(t *testing.T) {
	t.Parallel()
	// The dictionary has a token of its own, so that segmentation also uses that.
	d := &dict.Dictionary{Themes: []dict.Theme{{ID: "t", SubThemes: []dict.SubTheme{{
		ID: "t/s", Threshold: 1,
		Keywords: []dict.Keyword{
			{Word: "国企", Weight: 1},
			{Word: "教育", Weight: 1, Whole: true},
			{Word: "托幼一体化", Weight: 1, Token: true},
			{Word: "5G网络", Weight: 1},
			{Word: "民", Weight: 1},
			{All: []string{"学校", "收费"}, Within: 10, Weight: 1},
		},
	}}}}}
	u := newDuel(t, d)
	c := &Classifier{dict: d, engine: u.engine}
	h := newHostile(d, 3)
	var r Result
	tokens, occurrences, straddling := 0, 0, 0
	for i := range 4_000 {
		text := h.message()
		if i%500 == 0 {
			text = append([]byte(h.lead()), text...)
		}
		reading := u.oracle.read(text)
		got := c.Tokens(&r, nil, text)
		if want := wantTokens(reading); !slices.Equal(got, want) {
			t.Fatalf("tokens of %q:\n got %v\nwant %v", text, got, want)
		}
		tokens += len(got)
		found := c.Occurrences(&r, nil, text)
		if want := wantOccurrences(reading, u.oracle.plan); !slices.Equal(found, want) {
			t.Fatalf("occurrences in %q:\n got %v\nwant %v", text, found, want)
		}
		for _, o := range found {
			occurrences++
			if o.Relation == Straddling {
				straddling++
			}
		}
		if !u.fight(t, text) { // the reused buffers must not affect the next result
			t.FailNow()
		}
		c.Classify(&r, text)
	}
	if straddling == 0 {
		t.Error("no straddling occurrence was seen")
	}
	t.Logf("%d tokens, %d occurrences, %d of them straddling", tokens, occurrences, straddling)
}

func TestTokensSmall(t *testing.T) {
	d := &dict.Dictionary{Themes: []dict.Theme{{ID: "t", SubThemes: []dict.SubTheme{{
		ID: "t/s", Threshold: 1, Keywords: []dict.Keyword{{Word: "国企", Weight: 1}},
	}}}}}
	c := &Classifier{dict: d, engine: newDuel(t, d).engine}
	for text, want := range map[string]string{
		"":              "",
		"中国企业":          "中国|企业",
		"乡村振兴，5G\u200b": "乡村|振兴|，|5G",
	} {
		var r Result
		var got []string
		for _, s := range c.Tokens(&r, nil, []byte(text)) {
			got = append(got, text[s.Start:s.End])
		}
		if strings.Join(got, "|") != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}
