package classifier

// NamedTag is a sub-theme that a text was tagged with, by its id.
type NamedTag struct {
	ID    string // full id of the sub-theme: livelihood/education
	Score Score
}

// Tags returns the tags of text in descending order of score, as Classify does: the
// first is the primary. An untagged text has none. It is safe for concurrent use.
// Unlike Classify, it does not say where keywords matched, and it allocates its
// result.
func (c *Classifier) Tags(text string) []NamedTag {
	r, _ := c.results.Get().(*Result)
	if r == nil {
		r = new(Result)
	}
	defer c.results.Put(r)
	c.Classify(r, []byte(text))
	tags := make([]NamedTag, len(r.Tags))
	for i, t := range r.Tags {
		tags[i] = NamedTag{c.dict.Themes[t.Theme].SubThemes[t.SubTheme].ID, t.Score}
	}
	return tags
}
