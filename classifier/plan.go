package classifier

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/minyi/minyi/dict"
	"github.com/minyi/minyi/dict/phrase"
)

// plan is a dictionary prepared for matching: its words are normalised, its numbers are
// in millionths, and everything that depends on normalisation has been checked.
type plan struct {
	subs   []subPlan // in the order of the dictionary
	tokens []string  // words to add to the segmenter's, sorted, each once
}

type subPlan struct {
	theme, sub int
	threshold  int64 // millionths, at least 1
	relative   int64 // its theme's relative_threshold in millionths, at most one
	length     int   // its theme's threshold_length, 0 for none
	title      int   // its theme's title_weight, at least 1
	keywords   []keywordPlan
}

type keywordPlan struct {
	words  []string // normalised; one, or those of a rule
	rule   bool
	within int   // of a rule, in runes
	weight int64 // millionths, not 0
	whole  bool
	unless []string // normalised
}

// newPlan returns the plan of d, or dict.Errors with all faults that show only after
// words are normalised.
func newPlan(d *dict.Dictionary) (*plan, error) {
	c := planner{normalizer: newNormalizer()}
	var p plan
	for theme := range d.Themes {
		t := &d.Themes[theme]
		relative, length, title := c.share(t), c.length(t), c.title(t)
		for sub := range d.Themes[theme].SubThemes {
			s := c.subTheme(&d.Themes[theme].SubThemes[sub], &p)
			s.theme, s.sub, s.relative, s.length, s.title = theme, sub, relative, length, title
			p.subs = append(p.subs, s)
		}
	}
	if len(c.faults) > 0 {
		return nil, c.faults
	}
	slices.Sort(p.tokens)
	p.tokens = slices.Compact(p.tokens)
	return &p, nil
}

type planner struct {
	normalizer *normalizer
	faults     dict.Errors
}

func (c *planner) faultf(at dict.Position, hint phrase.Text, format string, args ...any) {
	c.faults = append(c.faults, dict.NewError(at, phrase.Textf(format, args...), hint))
}

func (c *planner) subTheme(s *dict.SubTheme, p *plan) subPlan {
	out := subPlan{threshold: c.number(s.Threshold, s.Pos, "threshold")}
	if out.threshold < 0 {
		c.faultf(s.Pos, phrase.Textf("write a threshold above 0"), "the threshold of %s is negative", s.ID)
	}
	seen := make(map[string]*dict.Keyword)
	for i := range s.Keywords {
		k := &s.Keywords[i]
		kp := c.keyword(k)
		key := kp.key()
		if first, ok := seen[key]; ok {
			c.faultf(k.Pos, phrase.Textf("keep one of them"), "%s and %s (at %s) are one keyword to matching",
				keywordText(k), keywordText(first), first.Pos)
		} else {
			seen[key] = k
		}
		if k.Token {
			p.tokens = append(p.tokens, kp.words...)
		}
		out.keywords = append(out.keywords, kp)
	}
	if total := out.totalWeight(); total > math.MaxInt64/maxDamping {
		c.faultf(s.Pos, phrase.Textf("make them smaller"), "the weights of %s add up to %v, too much to count with", s.ID, Score(total))
	}
	return out
}

// totalWeight returns the sum of the weights without their signs. newPlan limits it, so
// that no score can overflow, whatever the order of the additions.
func (s *subPlan) totalWeight() int64 {
	var total int64
	for _, k := range s.keywords {
		total = min(math.MaxInt64/2, total+max(k.weight, -k.weight))
	}
	return total
}

func (c *planner) keyword(k *dict.Keyword) keywordPlan {
	kp := keywordPlan{
		rule:   len(k.All) > 0,
		within: k.Within,
		weight: c.number(k.Weight, k.Pos, "weight"),
		whole:  k.Whole,
	}
	words := k.All
	if !kp.rule {
		words = []string{k.Word}
	}
	for _, w := range words {
		n := c.word(w, k.Pos)
		if slices.Contains(kp.words, n) {
			c.faultf(k.Pos, phrase.Textf("write each word of a rule once"), "%s has %s twice", keywordText(k), w)
		}
		kp.words = append(kp.words, n)
	}
	for _, w := range k.Unless {
		kp.unless = append(kp.unless, c.word(w, k.Pos))
	}
	if kp.rule && k.Within < 1 {
		c.faultf(k.Pos, phrase.Textf("write how many characters its words may span: within: 12"), "%s has no within", keywordText(k))
	}
	return kp
}

// key returns the same string for two keywords with the same words and, if they are
// rules, the same within: one sub-theme must not have both.
func (kp keywordPlan) key() string {
	if !kp.rule {
		return kp.words[0]
	}
	words := slices.Sorted(slices.Values(kp.words))
	return fmt.Sprintf("%s\x00%d", strings.Join(words, "\x00"), kp.within)
}

func (c *planner) word(w string, at dict.Position) string {
	var b strings.Builder
	for _, n := range c.normalizer.normalise([]byte(w)) {
		b.WriteRune(n.r)
	}
	if b.Len() == 0 {
		c.faultf(at, phrase.Textf("delete it"), "nothing is left of the word %q: matching ignores all its characters", w)
	}
	return b.String()
}

func (c *planner) number(x float64, at dict.Position, what string) int64 {
	micro, err := millionths(x)
	switch {
	case err != nil:
		c.faultf(at, phrase.Text{}, "%s: %v", what, err)
	case micro == 0:
		c.faultf(at, phrase.Text{}, "%s %v is less than a millionth", what, x)
	}
	return micro
}

// share returns the relative_threshold of a theme in millionths.
func (c *planner) share(t *dict.Theme) int64 {
	micro, err := millionths(t.RelativeThreshold)
	if err != nil || micro < 0 || micro > scoreUnit {
		c.faultf(dict.Position{File: t.File}, phrase.Textf("write a number from 0 to 1"), "the relative_threshold of %s is %v", t.ID, t.RelativeThreshold)
		return 0
	}
	return micro
}

// maxLength bounds threshold_length, so that stretch cannot overflow.
const maxLength = 1_000_000

// length returns the threshold_length of a theme.
func (c *planner) length(t *dict.Theme) int {
	if t.ThresholdLength < 0 || t.ThresholdLength > maxLength {
		c.faultf(dict.Position{File: t.File}, phrase.Textf("write a whole number from 0 to 1,000,000"), "the threshold_length of %s is %d", t.ID, t.ThresholdLength)
		return 0
	}
	return t.ThresholdLength
}

// maxTitleWeight bounds title_weight.
const maxTitleWeight = 9

// title returns the title_weight of a theme, which is 1 if it has none.
func (c *planner) title(t *dict.Theme) int {
	if t.TitleWeight < 0 || t.TitleWeight > maxTitleWeight {
		c.faultf(dict.Position{File: t.File}, phrase.Textf("write a whole number from 1 to 9"), "the title_weight of %s is %d", t.ID, t.TitleWeight)
	}
	return max(1, t.TitleWeight)
}

// keywordText returns the keyword as people see it: its word as written, or the
// words of a rule joined by a plus sign: "幼儿园+收费".
func keywordText(k *dict.Keyword) string {
	if len(k.All) > 0 {
		return strings.Join(k.All, "+")
	}
	return k.Word
}
