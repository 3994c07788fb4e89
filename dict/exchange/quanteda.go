package exchange

import (
	"bytes"
	"errors"
	"io"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v4"
	"go.yaml.in/yaml/v4/plugin/loaderlimits"

	"github.com/minyi/minyi/dict"
	"github.com/minyi/minyi/dict/phrase"
)

// maxDepth bounds the nesting of a file from another program. quanteda itself has no
// bound.
const maxDepth = 64

// ReadQuanteda reads a dictionary of quanteda in its YAML form: keys, nested to any
// depth, with lists of glob patterns at the innermost level.
//
//	民生:
//	  教育: [学校, "教育*", 幼儿园 收费]
//	  housing: [house prices, rent*]
//
// The outermost key is the theme. The keys below it, joined by " / ", are the
// sub-theme. An outermost key that has patterns directly is a sub-theme of a theme
// with the name of the file. Ids are made of the keys. Features that minyi does not
// have are listed in the notes.
func ReadQuanteda(data []byte, name string, in phrase.Language) (*dict.Dictionary, []Note, error) {
	data, fault := utf8Text(data, name, in)
	if fault != nil {
		return nil, nil, dict.Errors{fault}
	}
	loader, err := yaml.NewLoader(bytes.NewReader(data), yaml.WithUniqueKeys(false),
		yaml.WithPlugin(loaderlimits.New(loaderlimits.DepthValue(maxDepth))))
	if err != nil {
		return nil, nil, phrase.Errorf("import %s: %w", name, err)
	}
	var document yaml.Node
	switch err := loader.Load(&document); {
	case errors.Is(err, io.EOF):
		return nil, nil, dict.Errors{dict.NewError(dict.Position{File: name}, phrase.Textf("the file is empty"), phrase.Text{})}
	case err != nil:
		return nil, nil, dict.Errors{yamlFault(name, err)}
	}
	q := &quanteda{newForeign(name, in)}
	if root := document.Content[0]; root.Kind == yaml.MappingNode {
		q.top(root)
	} else {
		q.b.fail(q.at(root), q.b.say("write `key: [pattern, pattern]`"), q.b.say("not a dictionary of quanteda: no keys at the top"))
		q.b.broken = true
	}
	return q.finish()
}

// yamlFault turns an error of the YAML reader into a fault with its position.
func yamlFault(name string, err error) *dict.Error {
	at, msg := dict.Position{File: name}, phrase.Textf("not YAML: %s", err)
	var load *yaml.LoadError
	if errors.As(err, &load) {
		msg = phrase.Textf("not YAML: %s", phrase.Foreign(load.Message))
		at.Line, at.Column = max(1, load.Mark.Line), max(1, load.Mark.Column)
	}
	e := dict.NewError(at, msg, phrase.Text{})
	e.Err = err
	return e
}

type quanteda struct{ *foreign }

func (q *quanteda) at(n *yaml.Node) dict.Position {
	return dict.Position{File: q.name, Line: n.Line, Column: n.Column}
}

// top reads the outermost keys.
func (q *quanteda) top(root *yaml.Node) {
	if q.looksOwn(root) {
		q.b.fail(q.at(root), q.b.say("copy it into the folder of the dictionary, or read the folder with --dict"), q.b.say("this is a theme of minyi, not a dictionary of quanteda"))
		q.b.broken = true
		return
	}
	file := strings.TrimSuffix(filepath.Base(q.name), filepath.Ext(q.name))
	for i := 0; i+1 < len(root.Content); i += 2 {
		key, value := root.Content[i], root.Content[i+1]
		if hasKeys(value) {
			q.keys(key.Value, nil, value, q.at(key))
		} else {
			q.patterns(file, key.Value, value, q.at(key))
		}
	}
}

// looksOwn reports whether a file is a theme of minyi.
func (q *quanteda) looksOwn(root *yaml.Node) bool {
	own := 0
	for i := 0; i+1 < len(root.Content); i += 2 {
		switch key := root.Content[i].Value; {
		case key == "theme" && root.Content[i+1].Kind == yaml.ScalarNode,
			key == "subthemes" && root.Content[i+1].Kind == yaml.SequenceNode:
			own++
		}
	}
	return own == 2
}

// hasKeys reports whether there are keys below a node. quanteda writes a mixture of
// patterns and keys as a list that contains mappings.
func hasKeys(n *yaml.Node) bool {
	if n.Kind == yaml.MappingNode {
		return true
	}
	for _, child := range n.Content {
		if n.Kind == yaml.SequenceNode && hasKeys(child) {
			return true
		}
	}
	return false
}

// keys reads the value of a theme's key. path has the keys between the theme and n.
func (q *quanteda) keys(theme string, path []string, n *yaml.Node, at dict.Position) {
	switch n.Kind {
	case yaml.MappingNode:
		for i := 0; i+1 < len(n.Content); i += 2 {
			q.keys(theme, append(path[:len(path):len(path)], n.Content[i].Value), n.Content[i+1], q.at(n.Content[i]))
		}
	case yaml.SequenceNode:
		own := &yaml.Node{Kind: yaml.SequenceNode, Line: n.Line, Column: n.Column}
		for _, child := range n.Content {
			if hasKeys(child) {
				q.keys(theme, path, child, at)
			} else {
				own.Content = append(own.Content, child)
			}
		}
		if len(own.Content) > 0 || len(n.Content) == 0 {
			q.patterns(theme, q.subName(theme, path), own, at)
		}
	default:
		q.patterns(theme, q.subName(theme, path), n, at)
	}
}

func (q *quanteda) subName(theme string, path []string) string {
	if len(path) == 0 {
		return theme
	}
	return strings.Join(path, " / ")
}

// patterns reads a pattern, or a list of patterns.
func (q *quanteda) patterns(theme, sub string, n *yaml.Node, at dict.Position) {
	s := q.subTheme(theme, sub, at)
	switch n.Kind {
	case yaml.SequenceNode:
		for _, child := range n.Content {
			q.patterns(theme, sub, child, at)
		}
	case yaml.ScalarNode:
		if n.Tag == "!!null" && n.Value == "" {
			return
		}
		q.pattern(s, n.Value, q.at(n))
	default:
		q.b.fail(q.at(n), q.b.say("write the patterns out"), q.b.say("aliases (*%s) are not read", n.Value))
	}
}
