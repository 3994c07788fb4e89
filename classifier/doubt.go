package classifier

import "github.com/minyi/minyi/dict/phrase"

// Doubt says how sure a primary is: what else it might have been, and how far behind
// that is. The zero value is that of an untagged text.
type Doubt struct {
	// RunnerUp is the full id of the tag with the next highest score, or empty where the
	// text has one tag.
	RunnerUp string `json:"runner_up,omitempty"`
	// Margin is (s1 - s2) / s1, where s1 is the score of the primary and s2 that of the
	// runner-up, in millionths, rounded down: 0 is a tie, and 1 says that there is no
	// runner-up. It is nil for an untagged text.
	Margin *Score `json:"margin,omitempty"`
}

// Doubt returns the doubt of the tags of a text, which c made. It does not change them.
func (c *Classifier) Doubt(tags []Tag) (d Doubt) {
	if len(tags) == 0 {
		return d
	}
	margin := Score(scoreUnit)
	if len(tags) > 1 {
		d.RunnerUp = c.dict.Themes[tags[1].Theme].SubThemes[tags[1].SubTheme].ID
		margin = share(tags[0].Score-tags[1].Score, tags[0].Score)
	}
	d.Margin = &margin
	return d
}

// share returns part / whole, rounded down, where 0 <= part <= whole. Scores that are
// too large to be multiplied lose their last digits.
func share(part, whole Score) Score {
	for whole > 1<<40 {
		part, whole = part>>10, whole>>10
	}
	if whole <= 0 {
		return 0
	}
	return part * scoreUnit / whole
}

// Close reports whether the runner-up has half of the primary's score or more: the same
// texts that counts have as close.
func (d Doubt) Close() bool { return d.RunnerUp != "" && 2**d.Margin <= scoreUnit }

// in says in a sentence how close the runner-up is.
func (d Doubt) in(language phrase.Language) string {
	if *d.Margin == 0 {
		return language.Say("a close call: %s has the same score", d.RunnerUp)
	}
	return language.Say("a close call: %s is behind by %s of the highest score", d.RunnerUp, *d.Margin)
}
