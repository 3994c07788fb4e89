package dict

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/minyi/minyi/dict/phrase"
)

const (
	maxWeight          = 1000 // and -maxWeight
	maxThresholdLength = 1000000
	maxTitleWeight     = 9
	maxThreshold       = 1000000 // the sum of 1000 keywords of the greatest weight
	maxWithin          = 1000    // runes
)

func (c *checker) checkKeywords(p place, keywords []Keyword) {
	seen := make(map[string]place, len(keywords))
	for i := range keywords {
		k := &keywords[i]
		at := p.keywordAt(i)
		if msg, hint := checkWeight(k.Weight); !msg.IsZero() {
			c.report(at.key("weight"), msg, hint)
		}
		if len(k.All) > 0 || k.Word == "" && c.written(at.key("all")) {
			c.checkRule(at, k)
		} else {
			c.checkPlainKeyword(at, k)
		}
		c.checkWordList(at.key("unless"), k.Unless)
		c.checkTwice(at, k, seen)
	}
}

func (c *checker) checkPlainKeyword(p place, k *Keyword) {
	if msg, hint := checkWord(k.Word); !msg.IsZero() {
		c.report(p.key("word"), msg, hint)
	}
	if k.Within != 0 {
		c.report(p.key("within"), phrase.Textf("within without all"), phrase.Textf("within belongs to a rule"))
	}
}

func (c *checker) checkRule(p place, k *Keyword) {
	if k.Word != "" {
		c.report(p, phrase.Textf("a keyword with both word and all"), phrase.Textf("make two keywords of it"))
		return
	}
	if k.Whole {
		c.report(p.key("match"), phrase.Textf("match on a rule"), phrase.Textf("it belongs to a single word"))
	}
	if k.Token {
		c.report(p.key("token"), phrase.Textf("token on a rule"), phrase.Textf("it belongs to a single word"))
	}
	if len(k.All) < 2 {
		hint := phrase.Textf("add a word to all, or make it a plain word")
		if len(k.All) == 1 && Listed(k.All[0]) != nil {
			hint = phrase.Textf("write each word as an item of its own: [%s]", strings.Join(Listed(k.All[0]), ", "))
		}
		c.report(p.key("all"), phrase.Textf("a rule of fewer than two words"), hint)
	}
	c.checkWordList(p.key("all"), k.All)
	runes := 0
	for _, w := range k.All {
		runes += utf8.RuneCountInString(w)
	}
	switch at := p.key("within"); {
	case k.Within > maxWithin:
		c.report(at, phrase.Textf("within %d; %d is the most", k.Within, maxWithin), phrase.Text{})
	case k.Within < runes:
		c.report(at, phrase.Textf("within %d; the words of the rule alone have %d characters", k.Within, runes),
			phrase.Textf("within counts from the first word's beginning to the last word's end"))
	}
}

// checkWordList checks the words of one list: each by itself, and that none is there
// twice.
func (c *checker) checkWordList(p place, words []string) {
	if len(words) == 0 {
		return
	}
	seen := map[string]bool{}
	for i, w := range words {
		if msg, hint := checkWord(w); !msg.IsZero() {
			c.report(p.item(i), msg, hint)
			continue
		}
		if f := fold(w); seen[f] {
			c.report(p.item(i), phrase.Textf("the word %q a second time", w), phrase.Textf("keep one of them"))
		} else {
			seen[f] = true
		}
	}
}

// checkTwice reports a word that the sub-theme already has, in any spelling. If two
// keywords matched the same text, it would be chance which of them counts.
func (c *checker) checkTwice(p place, k *Keyword, seen map[string]place) {
	key, at := fold(k.Word), p.key("word")
	if len(k.All) > 0 {
		words := make([]string, len(k.All))
		for i, w := range k.All {
			words[i] = fold(w)
		}
		slices.Sort(words)
		key, at = fmt.Sprintf("%q within %d", words, k.Within), p
	}
	if key == "" || c.isFaulty(at) || c.isFaulty(p.key("within")) || c.isFaulty(p.key("all")) {
		return
	}
	if first, twice := seen[key]; twice {
		name := phrase.Textf("the word %q", k.Word)
		if len(k.All) > 0 {
			name = phrase.Textf("the rule")
		}
		c.report(at, phrase.Textf("%s is in this sub-theme already, %s", name, c.elsewhere(first)), phrase.Textf("keep one of them"))
		return
	}
	seen[key] = at
}

func checkWeight(w float64) (msg, hint phrase.Text) {
	switch {
	case w == 0:
		return phrase.Textf("weight 0: the keyword would never count"), phrase.Textf("delete the keyword, or give it a weight")
	case math.IsNaN(w) || math.IsInf(w, 0):
		return phrase.Textf("the weight is not a finite number"), phrase.Text{}
	case math.Abs(w) > maxWeight:
		return phrase.Textf("weight over %d", maxWeight), phrase.Textf("weights lie between -%d and %d", maxWeight, maxWeight)
	case !wholeMillionths(w):
		return phrase.Textf("weight finer than a millionth"), phrase.Textf("scores are whole millionths: round it to six decimals")
	}
	return phrase.Text{}, phrase.Text{}
}

func checkThreshold(x float64) (msg, hint phrase.Text) {
	switch {
	case math.IsNaN(x) || math.IsInf(x, 0):
		return phrase.Textf("the threshold is not a finite number"), phrase.Text{}
	case x <= 0:
		return phrase.Textf("the threshold must be above 0"), phrase.Textf("every text would be tagged; leave it out for 1")
	case x > maxThreshold:
		return phrase.Textf("threshold over %d", maxThreshold), phrase.Text{}
	case !wholeMillionths(x):
		return phrase.Textf("threshold finer than a millionth"), phrase.Textf("scores are whole millionths: round it to six decimals")
	}
	return phrase.Text{}, phrase.Text{}
}

func checkThresholdLength(n int) (msg, hint phrase.Text) {
	switch {
	case n < 0:
		return phrase.Textf("threshold_length is negative"), phrase.Textf("it is a number of characters: 16; leave it out for none")
	case n > maxThresholdLength:
		return phrase.Textf("threshold_length over %d", maxThresholdLength), phrase.Text{}
	}
	return phrase.Text{}, phrase.Text{}
}

func checkTitleWeight(n int, written bool) (msg, hint phrase.Text) {
	if n < 0 || n > maxTitleWeight || n == 0 && written {
		return phrase.Textf("title_weight must be a whole number from 1 to %d", maxTitleWeight),
			phrase.Textf("it is how often a keyword counts that stands in the title: 2; leave it out for once")
	}
	return phrase.Text{}, phrase.Text{}
}

func checkRelativeThreshold(x float64) (msg, hint phrase.Text) {
	switch {
	case math.IsNaN(x) || math.IsInf(x, 0):
		return phrase.Textf("relative_threshold is not a finite number"), phrase.Text{}
	case x < 0 || x > 1:
		return phrase.Textf("relative_threshold must lie between 0 and 1"), phrase.Textf("it is a share of the text's highest score: 0.4 is two fifths; leave it out for none")
	case !wholeMillionths(x):
		return phrase.Textf("relative_threshold finer than a millionth"), phrase.Textf("round it to six decimals")
	}
	return phrase.Text{}, phrase.Text{}
}
