package workbench

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/minyi/minyi/dict"
)

// eighth returns the default dictionary with every eighth keyword of a sub-theme.
func eighth(t *testing.T) *dict.Dictionary {
	t.Helper()
	d, err := dict.Default()
	if err != nil {
		t.Fatal(err)
	}
	themes := cloneThemes(d.Themes)
	for i := range themes {
		for j := range themes[i].SubThemes {
			s := &themes[i].SubThemes[j]
			var kept []dict.Keyword
			for k := 0; k < len(s.Keywords); k += 8 {
				kept = append(kept, s.Keywords[k])
			}
			s.Keywords, s.Examples = kept, nil
		}
	}
	return newDict(t, themes)
}

func newDict(t *testing.T, themes []dict.Theme) *dict.Dictionary {
	t.Helper()
	d, err := dict.New(themes)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// accept adds the first n suggestions of each sub-theme to a dictionary.
func accept(t *testing.T, d *dict.Dictionary, words []Suggestion, n int) *dict.Dictionary {
	t.Helper()
	themes := cloneThemes(d.Themes)
	taken := map[string]int{}
	for _, w := range words {
		if taken[w.SubTheme]++; taken[w.SubTheme] > n {
			continue
		}
		theme, sub, _ := d.Lookup(w.SubTheme)
		s := &themes[theme].SubThemes[sub]
		s.Keywords = append(slices.Clone(s.Keywords), dict.Keyword{Word: w.Keyword, Whole: w.Whole, Weight: w.Weight})
	}
	return newDict(t, themes)
}

// everyOther splits a file of messages into its odd and its even lines.
func everyOther(t *testing.T, path string) (odd, even Corpus) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var halves [2][]byte
	i := 0
	for line := range bytes.Lines(data) {
		halves[i%2] = append(halves[i%2], line...)
		i++
	}
	return Bytes("odd", halves[0]), Bytes("even", halves[1])
}

// checkSuggestionsHelp: the first three proposals for each sub-theme, made from half of
// the messages, raise F1 on the other half by at least so much, and what they
// promise comes true there; no word of no subject is among them.
func checkSuggestionsHelp(t *testing.T, path string, micro float64) {
	t.Helper()
	seen, unseen := everyOther(t, path)
	d := eighth(t)
	s, err := Suggest(context.Background(), classifierFor(t, d), seen, SuggestOptions{Samples: -1})
	if err != nil {
		t.Fatal(err)
	}
	evaluate := func(d *dict.Dictionary) *Evaluation {
		e, err := Evaluate(context.Background(), classifierFor(t, d), unseen, EvalOptions{Resamples: -1, Samples: -1})
		if err != nil {
			t.Fatal(err)
		}
		return e
	}
	before, after := evaluate(d), evaluate(accept(t, d, s.Words, 3))
	t.Logf("from %d messages %d words; on the others micro-F1 %.4f -> %.4f, macro-F1 %.4f -> %.4f",
		s.Rows, len(s.Words), before.MicroF1, after.MicroF1, before.MacroF1, after.MacroF1)
	if after.MicroF1 < before.MicroF1+micro || after.MacroF1 < before.MacroF1 {
		t.Error("the proposals do not help")
	}
	for _, w := range s.Words {
		if slices.Contains([]string{"投诉", "小区", "领导", "居民", "希望"}, w.Keyword) {
			t.Errorf("%s is proposed for %s", w.Keyword, w.SubTheme)
		}
		if w.Gains <= w.Breaks {
			t.Errorf("%s gains %d and breaks %d", w.Keyword, w.Gains, w.Breaks)
		}
	}
}

func TestSuggestionsHelp(t *testing.T) {
	checkSuggestionsHelp(t, filepath.Join("..", "..", "examples", "suggestions.ndjson"), 0.02)
}

func TestSuggestionsHelpOnRealMessages(t *testing.T) {
	checkSuggestionsHelp(t, sharedData(t, "themes2.dev.ndjson"), 0.05)
}
