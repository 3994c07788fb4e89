package dict

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing/fstest"

	"pgregory.net/rapid"
)

// anyLayout writes themes as YAML in one of very many ways with the same meaning.
// choose(n) picks one of n; if it always returns 0, the result is the plainest way.
type anyLayout struct{ choose func(n int) int }

// writeYAML returns the themes as files. rt may be nil.
func writeYAML(rt *rapid.T, themes []Theme) fstest.MapFS {
	w := anyLayout{func(int) int { return 0 }}
	if rt != nil {
		w.choose = func(n int) int { return rapid.IntRange(0, n-1).Draw(rt, "layout") }
	}
	files := fstest.MapFS{}
	for i, t := range themes {
		text := w.theme(t)
		if w.choose(4) == 1 {
			text = "# a comment\n---\n" + text
		}
		if w.choose(4) == 1 {
			text = strings.ReplaceAll(text, "\n", "\r\n")
		}
		if w.choose(4) == 1 {
			text = "\ufeff" + text
		}
		files[fmt.Sprintf("%d.yaml", i)] = &fstest.MapFile{Data: []byte(text)}
	}
	return files
}

// pair is a key and the text that is written after it.
type pair struct{ key, value string }

func (w anyLayout) theme(t Theme) string {
	items := make([]string, len(t.SubThemes))
	for i, s := range t.SubThemes {
		items[i] = w.subTheme(s, t.ID)
	}
	pairs := append([]pair{{"theme", w.scalar(t.ID)}}, w.name(t.Name)...)
	if t.RelativeThreshold != 0 || w.choose(3) == 1 {
		pairs = append(pairs, pair{"relative_threshold", w.number(t.RelativeThreshold)})
	}
	if t.ThresholdLength != 0 || w.choose(3) == 1 {
		pairs = append(pairs, pair{"threshold_length", strconv.Itoa(t.ThresholdLength)})
	}
	if t.TitleWeight != 0 || w.choose(3) == 1 {
		pairs = append(pairs, pair{"title_weight", strconv.Itoa(max(1, t.TitleWeight))})
	}
	return w.lines(append(pairs, pair{"subthemes", w.block(items, 2)}))
}

func (w anyLayout) subTheme(s SubTheme, theme string) string {
	pairs := append([]pair{{"id", w.scalar(strings.TrimPrefix(s.ID, theme+"/"))}}, w.name(s.Name)...)
	if s.Aspect != "" {
		pairs = append(pairs, pair{"aspect", w.scalar(s.Aspect)})
	}
	if s.Threshold != 1 || w.choose(2) == 1 {
		pairs = append(pairs, pair{"threshold", w.number(s.Threshold)})
	}
	keywords := make([]string, len(s.Keywords))
	for i, k := range s.Keywords {
		keywords[i] = w.keyword(k)
	}
	pairs = append(pairs, pair{"keywords", w.list(keywords)})
	if len(s.Examples) > 0 {
		examples := make([]string, len(s.Examples))
		for i, e := range s.Examples {
			examples[i] = w.example(e)
		}
		pairs = append(pairs, pair{"examples", w.list(examples)})
	}
	return w.lines(pairs)
}

func (w anyLayout) name(n Name) []pair {
	var pairs []pair
	if n.Zh != "" {
		pairs = append(pairs, pair{"zh", w.scalar(n.Zh)})
	}
	if n.En != "" {
		pairs = append(pairs, pair{"en", w.scalar(n.En)})
	}
	if len(pairs) == 0 && w.choose(2) == 0 {
		return nil
	}
	return []pair{{"name", w.flow(pairs)}}
}

func (w anyLayout) keyword(k Keyword) string {
	var pairs []pair
	if len(k.All) > 0 {
		pairs = append(pairs, pair{"all", w.words(k.All)}, pair{"within", strconv.Itoa(k.Within)})
	} else {
		if k.Weight == 1 && !k.Whole && !k.Token && len(k.Unless) == 0 && w.choose(3) != 1 {
			return w.scalar(k.Word)
		}
		pairs = append(pairs, pair{"word", w.scalar(k.Word)})
	}
	if k.Weight != 1 || w.choose(2) == 1 {
		pairs = append(pairs, pair{"weight", w.number(k.Weight)})
	}
	if k.Whole {
		pairs = append(pairs, pair{"match", "whole"})
	}
	if k.Token || len(k.All) == 0 && w.choose(3) == 1 {
		pairs = append(pairs, pair{"token", strconv.FormatBool(k.Token)})
	}
	if len(k.Unless) > 0 || w.choose(3) == 1 {
		pairs = append(pairs, pair{"unless", w.words(k.Unless)})
	}
	return w.flow(pairs)
}

func (w anyLayout) example(e Example) string {
	pairs := []pair{{"text", strconv.Quote(e.Text)}}
	if e.Expect != nil {
		pairs = append(pairs, pair{"expect", w.words(e.Expect)})
	}
	if e.Forbid != nil {
		pairs = append(pairs, pair{"forbid", w.words(e.Forbid)})
	}
	return w.flow(pairs)
}

func (w anyLayout) words(words []string) string {
	quoted := make([]string, len(words))
	for i, word := range words {
		quoted[i] = w.scalar(word)
	}
	return "[" + strings.Join(quoted, ", ") + "]"
}

// list writes one-line items: in brackets, or one below the other.
func (w anyLayout) list(items []string) string {
	if len(items) == 0 || w.choose(3) == 1 {
		return "[" + strings.Join(items, ", ") + "]"
	}
	return w.block(items, w.choose(5))
}

// block writes items one below the other, each line indented.
func (w anyLayout) block(items []string, indent int) string {
	var b strings.Builder
	margin := strings.Repeat(" ", indent)
	for _, item := range items {
		if w.choose(6) == 1 {
			b.WriteString("\n" + margin + "# a comment")
		}
		b.WriteString("\n" + margin + "- " + strings.ReplaceAll(strings.TrimRight(item, "\n"), "\n", "\n"+margin+"  "))
	}
	return b.String()
}

func (w anyLayout) shuffle(pairs []pair) []pair {
	pairs = slices.Clone(pairs)
	for i := range pairs {
		j := i + w.choose(len(pairs)-i)
		pairs[i], pairs[j] = pairs[j], pairs[i]
	}
	return pairs
}

func (w anyLayout) flow(pairs []pair) string {
	parts := make([]string, len(pairs))
	for i, p := range w.shuffle(pairs) {
		parts[i] = w.scalar(p.key) + ": " + p.value
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

func (w anyLayout) lines(pairs []pair) string {
	var b strings.Builder
	for _, p := range w.shuffle(pairs) {
		space := " "
		if strings.HasPrefix(p.value, "\n") {
			space = ""
		}
		b.WriteString(p.key + ":" + space + p.value)
		if w.choose(6) == 1 {
			b.WriteString(" # a comment: [")
		}
		b.WriteString("\n")
	}
	return b.String()
}

var plainText = regexp.MustCompile(`^(~|[\p{Han}A-Za-z0-9_.][\p{Han}A-Za-z0-9_./-]*)$`)

func (w anyLayout) scalar(s string) string {
	switch w.choose(3) {
	case 0:
		if plainText.MatchString(s) && s != "..." {
			return s
		}
	case 1:
		if !strings.ContainsAny(s, "\n\r\t") {
			return "'" + strings.ReplaceAll(s, "'", "''") + "'"
		}
	}
	return strconv.Quote(s)
}

func (w anyLayout) number(x float64) string {
	switch w.choose(3) {
	case 1:
		return strconv.FormatFloat(x, 'e', -1, 64)
	case 2:
		return strconv.FormatFloat(x, 'f', 9, 64)
	}
	return strconv.FormatFloat(x, 'f', -1, 64)
}
