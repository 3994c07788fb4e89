package workbench

import (
	"errors"
	"os"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"

	"github.com/minyi/minyi/dict"
	"github.com/minyi/minyi/dict/phrase"
)

// Mapping says which sub-themes stand for which label of a labelled corpus. A
// mapping file is YAML, one label a line:
//
//	城乡建设: [livelihood/housing, livelihood/urban]
type Mapping struct {
	Labels []MappedLabel // in the order of the file
}

// MappedLabel is a label and the full ids of its sub-themes.
type MappedLabel struct {
	Label     string
	SubThemes []string
}

// LoadMapping reads a mapping file. Faults are *CorpusError with line and column.
func LoadMapping(path string) (*Mapping, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, phrase.Errorf("load mapping: %w", err)
	}
	return ParseMapping(path, data)
}

// ParseMapping reads a mapping. Errors call it name, and faults are *CorpusError.
func ParseMapping(name string, data []byte) (*Mapping, error) {
	p := mappingParser{name: name, labels: map[string]int{}, subThemes: map[string]int{}}
	if !utf8.Valid(data) {
		return nil, &CorpusError{name, 1, 0, phrase.Textf("not UTF-8"), phrase.Textf("save the file as UTF-8")}
	}
	var root yaml.Node
	if err := yaml.Unmarshal(data, &root); err != nil {
		var load *yaml.LoadError
		if errors.As(err, &load) {
			mark := load.Mark
			if mark.Line == 0 {
				mark = load.ContextMark
			}
			return nil, &CorpusError{name, max(mark.Line, 1), mark.Column, phrase.Textf("not YAML: %s", phrase.Foreign(load.Message)), mappingHint}
		}
		return nil, &CorpusError{name, 1, 0, phrase.Textf("not YAML: %s", err), mappingHint}
	}
	if len(root.Content) == 0 {
		return nil, &CorpusError{name, 1, 1, phrase.Textf("no label here"), mappingHint}
	}
	return p.mapping(root.Content[0])
}

var mappingHint = phrase.Textf("a line is `label: [theme/sub-theme, theme/sub-theme]`")

type mappingParser struct {
	name      string
	labels    map[string]int // the line of each
	subThemes map[string]int
}

func (p *mappingParser) faultf(n *yaml.Node, format string, args ...any) error {
	return &CorpusError{p.name, n.Line, n.Column, phrase.Textf(format, args...), mappingHint}
}

func (p *mappingParser) mapping(n *yaml.Node) (*Mapping, error) {
	if n.Kind != yaml.MappingNode {
		return nil, p.faultf(n, "not labels with their sub-themes")
	}
	var m Mapping
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		switch {
		case key.Kind != yaml.ScalarNode || key.Value == "":
			return nil, p.faultf(key, "not a label")
		case p.labels[key.Value] > 0:
			return nil, p.faultf(key, "the label %s a second time, first on line %d", key.Value, p.labels[key.Value])
		case value.Kind != yaml.SequenceNode || len(value.Content) == 0:
			return nil, p.faultf(value, "no list of sub-themes for %s", key.Value)
		}
		p.labels[key.Value] = key.Line
		label := MappedLabel{Label: key.Value}
		for _, item := range value.Content {
			switch {
			case item.Kind != yaml.ScalarNode || item.Value == "" || item.Tag == "!!null":
				return nil, p.faultf(item, "not the id of a sub-theme")
			case p.subThemes[item.Value] > 0:
				return nil, p.faultf(item, "%s a second time, first on line %d", item.Value, p.subThemes[item.Value])
			}
			p.subThemes[item.Value] = item.Line
			label.SubThemes = append(label.SubThemes, item.Value)
		}
		m.Labels = append(m.Labels, label)
	}
	return &m, nil
}

// NamesMapping maps the Chinese name of every sub-theme of d to that sub-theme. A
// learned dictionary has its labels as these names.
func NamesMapping(d *dict.Dictionary) *Mapping {
	var m Mapping
	at := map[string]int{}
	eachSubTheme(d, func(_, _ int, s *dict.SubTheme) {
		i, ok := at[s.Name.Zh]
		if !ok {
			i = len(m.Labels)
			at[s.Name.Zh] = i
			m.Labels = append(m.Labels, MappedLabel{Label: s.Name.Zh})
		}
		m.Labels[i].SubThemes = append(m.Labels[i].SubThemes, s.ID)
	})
	return &m
}

// idsByName maps Chinese names to ids of sub-themes of d. It leaves out a name that
// several sub-themes have, or that is an id.
func idsByName(d *dict.Dictionary) map[string]string {
	ids := map[string]string{}
	for _, l := range NamesMapping(d).Labels {
		if _, _, isID := d.Lookup(l.Label); len(l.SubThemes) == 1 && !isID {
			ids[l.Label] = l.SubThemes[0]
		}
	}
	return ids
}

// eachSubTheme visits the sub-themes in the order of the dictionary.
func eachSubTheme(d *dict.Dictionary, visit func(theme, sub int, s *dict.SubTheme)) {
	for i := range d.Themes {
		for j := range d.Themes[i].SubThemes {
			visit(i, j, &d.Themes[i].SubThemes[j])
		}
	}
}
