package dict

import (
	"errors"
	"io"
	"strings"

	"go.yaml.in/yaml/v4"
	"go.yaml.in/yaml/v4/plugin/loaderlimits"

	"github.com/minyi/minyi/dict/phrase"
)

// maxDepth bounds the nesting of a file. The shape of a theme needs six levels.
const maxDepth = 32

// parseYAML returns the root node of a file's only document. Scalars keep the text
// as it was written, and are not interpreted: a keyword may be 007 or yes.
func parseYAML(src *source) (*yaml.Node, *Error) {
	if root := parseWithRuns(src); root != nil {
		return root, nil
	}
	return parseText(src, src.text)
}

// parseText is parseYAML by the library, of src with another text for its lines.
func parseText(src *source, text string) (*yaml.Node, *Error) {
	loader, err := yaml.NewLoader(strings.NewReader(text),
		yaml.WithPlugin(loaderlimits.New(loaderlimits.DepthValue(maxDepth))))
	if err != nil {
		return nil, readError(src.file, err)
	}
	var document, second yaml.Node
	switch err := loader.Load(&document); {
	case errors.Is(err, io.EOF), err == nil && emptyDocument(&document):
		return nil, src.errorAt(src.at(1, 1), phrase.Textf("the file is empty"), phrase.Textf("begin it with `theme: ` and an id; see the analyst's guide"))
	case err != nil:
		return nil, syntaxError(src, err)
	}
	switch err := loader.Load(&second); {
	case err == nil:
		return nil, src.errorAt(src.at(second.Line, second.Column), phrase.Textf("a second document begins here"),
			phrase.Textf("one theme a file: put it into a file of its own, or delete the ---"))
	case !errors.Is(err, io.EOF):
		return nil, syntaxError(src, err)
	}
	return document.Content[0], nil
}

func emptyDocument(document *yaml.Node) bool {
	return len(document.Content) == 0 || isEmpty(document.Content[0])
}

// isEmpty reports whether nothing at all is written at n. null and ~ are not empty,
// because they may be keywords.
func isEmpty(n *yaml.Node) bool {
	return n.Kind == yaml.ScalarNode && n.Value == "" &&
		n.Style&(yaml.DoubleQuotedStyle|yaml.SingleQuotedStyle|yaml.LiteralStyle|yaml.FoldedStyle) == 0
}
