package intake

import "strings"

// A labelled table has beside the columns of the suggestions one that says what
// a reader found each to be about, a plain label or the full ids of sub-themes, and
// perhaps what kind of text each is, who labelled it, and how it was chosen. They are read only with
// [Options.Labels]: a label that a foreign table happens to have is nobody's business
// when suggestions are counted.

type labelField int

const (
	labelName labelField = iota
	labelThemes
	labelPrimary
	labelKind  // of the text
	labelBy    // who labelled it
	labelDrawn // how it was chosen: random or picked
	labelCount
)

var labelAliases = [labelCount][]string{
	labelName:    {"label", "标签", "类别", "分类", "一级标签"},
	labelThemes:  {"themes", "expected", "子主题", "应有"},
	labelPrimary: {"primary", "主要子主题"},
	labelKind:    {"kind", "种类", "体裁"},
	labelBy:      {"by", "标注人"},
	labelDrawn:   {"drawn", "取样"},
}

// noThemes is what a cell of sub-themes says of a suggestion that is about none
// of them. An empty cell says that nobody has looked.
var noThemes = map[string]bool{"none": true, "无": true}

// findLabels adds the columns of labels to those of the suggestions.
func (c columns) findLabels(header []string) columns {
	c.labels = [labelCount]int{-1, -1, -1, -1, -1, -1}
	for i := len(header) - 1; i >= 0; i-- { // so that the first of two equal names stays
		for f, aliases := range labelAliases {
			for _, alias := range aliases {
				if columnName(header[i]) == alias {
					c.labels[f] = i
				}
			}
		}
	}
	c.labelled = true
	return c
}

// addLabels appends the labels of a row to the members of its object.
func (c columns) addLabels(p []byte, cells []cell) []byte {
	if !c.labelled {
		return p
	}
	var v [labelCount]string
	for f, i := range c.labels {
		if i >= 0 && i < len(cells) {
			v[f] = strings.TrimSpace(cells[i].text)
		}
	}
	if v[labelName] != "" {
		p = appendJSON(append(p, `,"label":`...), v[labelName])
	}
	if v[labelThemes] != "" {
		p = append(p, `,"themes":[`...)
		if !noThemes[strings.ToLower(v[labelThemes])] {
			for i, id := range strings.FieldsFunc(v[labelThemes], separatesThemes) {
				if i > 0 {
					p = append(p, ',')
				}
				p = appendJSON(p, id)
			}
		}
		p = append(p, ']')
	}
	if v[labelPrimary] != "" {
		p = appendJSON(append(p, `,"primary":`...), v[labelPrimary])
	}
	if v[labelKind] != "" {
		p = appendJSON(append(p, `,"kind":`...), v[labelKind])
	}
	if v[labelBy] != "" {
		p = appendJSON(append(p, `,"by":`...), v[labelBy])
	}
	if v[labelDrawn] != "" {
		p = appendJSON(append(p, `,"drawn":`...), v[labelDrawn])
	}
	return p
}

// separatesThemes tells what may stand between two ids in a cell.
func separatesThemes(r rune) bool { return strings.ContainsRune(" \t\r\n\u3000,;，；、", r) }
