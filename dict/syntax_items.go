package dict

import (
	"strings"

	"go.yaml.in/yaml/v4"
)

// Nearly all of a large dictionary is lines of one of two forms:
//
//   - {word: 学校, weight: 0.6}
//   - 学校
//
// The YAML library needs microseconds for each, and a start of minyi reads ten thousand.
// So runs of such lines are read here. The library reads the rest of the file, with one
// item, itemStandIn, in place of each run. That it finds this very item, alone and where
// it was put, shows that the run is items of a list there, and not within a quoted text
// or in a place where they would be a fault. If it does not find all of them, or finds
// any fault, then it reads the whole file: whatever is said of a file, the library
// decides.

// itemStandIn is what the library reads in place of a run.
const itemStandIn = "x"

// itemRun is a run of lines with the same indentation, each of which is an item.
type itemRun struct {
	items  []*yaml.Node
	indent int
}

// maxRunDepth bounds the nesting in which runs are replaced. It is far below maxDepth,
// which the library watches, and which replaced items do not count to.
const maxRunDepth = maxDepth / 2

// parseWithRuns is parseYAML for files that have runs of plain items and no fault. It
// returns nil for all others.
func parseWithRuns(src *source) *yaml.Node {
	text, runs := replaceRuns(src)
	if len(runs) == 0 {
		return nil
	}
	root, fault := parseText(src, text)
	if fault != nil {
		return nil
	}
	if restoreRuns(root, runs, 0) != len(runs) {
		return nil
	}
	return root
}

// replaceRuns returns the text of src with a stand-in for each run, and the runs by the
// line that they begin in. All lines keep their numbers.
func replaceRuns(src *source) (string, map[int]itemRun) {
	runs := make(map[int]itemRun)
	var text strings.Builder
	text.Grow(len(src.text) / 4)
	first := 0 // the line of the current run, 0 for none
	for line := 1; line <= len(src.lines); line++ {
		shown := src.line(line)
		item, indent := plainItem(shown, line)
		if item == nil {
			first = 0
			text.WriteString(shown)
		} else {
			if first == 0 || runs[first].indent != indent {
				first = line
				text.WriteString(shown[:indent] + "- " + itemStandIn)
			}
			runs[first] = itemRun{append(runs[first].items, item), indent}
		}
		text.WriteByte('\n')
	}
	return text.String(), runs
}

// plainItem returns the node of a line that is an item of one of the two forms, and its
// indentation. It returns nil for every other line, and for words that the library would
// have to look at: a word is of Chinese characters, ASCII letters and digits.
func plainItem(shown string, line int) (item *yaml.Node, indent int) {
	rest := strings.TrimLeft(shown, " ")
	indent = len(shown) - len(rest)
	rest, ok := strings.CutPrefix(rest, "- ")
	if !ok {
		return nil, 0
	}
	column := indent + 3
	if plainRunes(rest) > 0 {
		n := scalar(rest, line, column)
		return &n, indent
	}
	const before, between, after = "{word: ", ", weight: ", "}"
	rest, opened := strings.CutPrefix(rest, before)
	rest, closed := strings.CutSuffix(rest, after)
	word, weight, both := strings.Cut(rest, between)
	n := plainRunes(word)
	if !opened || !closed || !both || n == 0 || !plainNumber(weight) {
		return nil, 0
	}
	at := column + len(before) + n
	parts := [...]yaml.Node{
		{Kind: yaml.MappingNode, Style: yaml.FlowStyle, Tag: "!!map", Line: line, Column: column},
		scalar("word", line, column+1), scalar(word, line, column+len(before)),
		scalar("weight", line, at+len(", ")), scalar(weight, line, at+len(between)),
	}
	parts[0].Content = []*yaml.Node{&parts[1], &parts[2], &parts[3], &parts[4]}
	return &parts[0], indent
}

// scalar returns the node of a text without quotes. Nobody asks for the tag of one.
func scalar(text string, line, column int) yaml.Node {
	return yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: text, Line: line, Column: column}
}

// plainNumber reports whether text is digits with at most one point between them.
func plainNumber(text string) bool {
	whole, fraction, point := strings.Cut(text, ".")
	return digits(whole) && (!point || digits(fraction))
}

func digits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// restoreRuns puts the items of runs in the places of their stand-ins, and returns for
// how many runs it has done so.
func restoreRuns(n *yaml.Node, runs map[int]itemRun, depth int) (restored int) {
	if depth > maxRunDepth {
		return 0
	}
	if n.Kind != yaml.SequenceNode {
		for _, child := range n.Content {
			restored += restoreRuns(child, runs, depth+1)
		}
		return restored
	}
	var content []*yaml.Node
	for _, child := range n.Content {
		run, ok := runs[child.Line]
		if ok && child.Kind == yaml.ScalarNode && child.Style == 0 && child.Value == itemStandIn &&
			child.Anchor == "" && child.Column == run.indent+3 {
			content = append(content, run.items...)
			restored++
			continue
		}
		content = append(content, child)
		restored += restoreRuns(child, runs, depth+1)
	}
	n.Content = content
	return restored
}
