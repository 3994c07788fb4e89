package workbench

import "strings"

// LabelledTexts is a set of texts that people have labelled. Labels are kept with masked
// texts, and spreadsheets change white space, so texts are the same if they differ in
// what is masked or in white space only. The zero value is empty. Not safe to add to while
// it is read.
type LabelledTexts struct{ texts map[string]bool }

// Add puts the texts of labels into the set.
func (s *LabelledTexts) Add(labels []GoldLabel) {
	if s.texts == nil {
		s.texts = make(map[string]bool, len(labels))
	}
	for i := range labels {
		s.texts[sameText(labels[i].Text)] = true
	}
}

// has tells whether a text is in the set.
func (s *LabelledTexts) has(text string) bool {
	return s != nil && len(s.texts) > 0 && s.texts[sameText(text)]
}

func sameText(text string) string { return strings.Join(strings.Fields(Mask(text)), " ") }
