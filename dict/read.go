package dict

import (
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"

	"github.com/minyi/minyi/dict/phrase"
)

// reader turns the nodes of one file into values. It checks only their shape: kinds,
// keys, numbers. The checker then checks the values within the whole dictionary. If
// reader has reported a fault, it leaves a harmless value and tells the checker, so
// that no fault is reported twice.
type reader struct {
	c   *checker
	src *source
}

func (r *reader) pos(n *yaml.Node) Position {
	return Position{File: r.src.file, Line: n.Line, Column: n.Column}
}

// fault reports a fault of the value at p, which is node n.
func (r *reader) fault(p place, n *yaml.Node, msg, hint phrase.Text) {
	if r.c.enough() {
		return
	}
	r.c.faulty[p] = true
	r.c.fail(r.src.errorAt(r.pos(n), msg, hint))
}

var aliasHint = phrase.Textf("write the value out; to search for a word that begins with *, quote it")

// rejectMarkup reports all YAML in the tree that is not a mapping, a list or text,
// each at its place.
func (r *reader) rejectMarkup(n *yaml.Node) {
	switch {
	case n.Kind == yaml.AliasNode:
		r.fault(place{}, n, phrase.Textf("aliases (*%s) are not read", n.Value), aliasHint)
	case n.Anchor != "":
		r.fault(place{}, n, phrase.Textf("anchors (&%s) are not read", n.Anchor), phrase.Textf("delete it; to search for a word that begins with &, quote it"))
	case n.Style&yaml.TaggedStyle != 0 && n.Tag != "!!str" && n.Tag != "!!map" && n.Tag != "!!seq":
		r.fault(place{}, n, phrase.Textf("tags (%s) are not read", n.Tag), phrase.Textf("delete it; to search for a word that begins with !, quote it"))
	}
	for _, child := range n.Content {
		r.rejectMarkup(child)
	}
}

// field is the name of a key, which is the same in every language.
func field(name string) phrase.Text { return phrase.Textf("%s", name) }

// kindName returns what a node is, in words.
func kindName(n *yaml.Node) phrase.Text {
	switch {
	case n.Kind == yaml.MappingNode:
		return phrase.Textf("a mapping")
	case n.Kind == yaml.SequenceNode:
		return phrase.Textf("a list")
	case isEmpty(n):
		return phrase.Textf("nothing")
	default:
		return phrase.Textf("the text %s", quoteShort(n.Value))
	}
}

// quoteShort quotes s for a message, and cuts it to a readable length.
func quoteShort(s string) string {
	const most = 40
	if head, rest := splitAtRune(s, most); rest != "" {
		s = head + "…"
	}
	return strconv.Quote(s)
}

// wrongKind reports a node that is not of the required kind. It is silent about an
// alias, which rejectMarkup has reported.
func (r *reader) wrongKind(p place, n *yaml.Node, what, want, hint phrase.Text) {
	if n.Kind == yaml.AliasNode {
		r.c.faulty[p] = true
		return
	}
	if r.c.enough() {
		return
	}
	r.fault(p, n, phrase.Textf("%s must be %s, not %s", what, want, kindName(n)), hint)
}

// entry is a key with its value.
type entry struct{ key, value *yaml.Node }

// entries are those of a mapping, each key once.
type entries []entry

func (e entries) get(key string) (entry, bool) {
	for _, x := range e {
		if x.key.Value == key {
			return x, true
		}
	}
	return entry{}, false
}

// mapping returns the entries of a mapping by key. It reports unknown keys, keys
// that are given twice, and keys that are not text.
func (r *reader) mapping(p place, n *yaml.Node, what phrase.Text, keys ...string) (entries, bool) {
	if n.Kind != yaml.MappingNode {
		r.wrongKind(p, n, what, phrase.Textf("a mapping"), phrase.Textf("write `key: value`; the keys are %s", strings.Join(keys, ", ")))
		return nil, false
	}
	found := make(entries, 0, min(len(n.Content)/2, len(keys)))
	for i := 0; i+1 < len(n.Content); i += 2 {
		key, value := n.Content[i], n.Content[i+1]
		before, twice := found.get(key.Value)
		switch {
		case key.Kind != yaml.ScalarNode:
			r.wrongKind(place{}, key, phrase.Textf("a key"), phrase.Textf("text"), phrase.Text{})
		case !slices.Contains(keys, key.Value) && r.c.enough():
		case !slices.Contains(keys, key.Value):
			meant := Suggest(key.Value, keys)
			if meant != "" {
				r.c.faulty[p.key(meant)] = true // and so it is not missing too
			}
			r.fault(place{}, key, phrase.Textf("unknown key %s in %s", quoteShort(key.Value), what), unknownKeyHint(key.Value, meant, keys))
		case twice:
			r.fault(place{}, key, phrase.Textf("the key %q a second time; the first is in line %d, column %d",
				key.Value, before.key.Line, before.key.Column), phrase.Textf("keep one of them"))
		default:
			found = append(found, entry{key, value})
		}
	}
	return found, true
}

// missing reports an absent key, at the mapping that lacks it.
func (r *reader) missing(p place, n *yaml.Node, key string, hint phrase.Text) {
	if !r.c.faulty[p.key(key)] {
		r.fault(p.key(key), n, phrase.Textf("the key %s is missing", key), hint)
	}
}

func unknownKeyHint(key, meant string, keys []string) phrase.Text {
	switch {
	case meant != "":
		return phrase.Textf("did you mean %q?", meant)
	case key == "relative_threshold", key == "threshold_length", key == "title_weight":
		return phrase.Textf("it holds for a theme: write it beside theme and name")
	case key == "<<":
		return phrase.Textf("YAML's merge key is not read: write the keys out")
	case Suggest(key, keywordKeys) == "" && slices.Equal(keys, keywordKeys):
		return phrase.Textf("quote a word that has `: ` in it; the keys are %s", strings.Join(keys, ", "))
	default:
		return phrase.Textf("the keys are %s", strings.Join(keys, ", "))
	}
}

// list returns the items of a list.
func (r *reader) list(p place, n *yaml.Node, what, hint phrase.Text) ([]*yaml.Node, bool) {
	if n.Kind != yaml.SequenceNode {
		r.wrongKind(p, n, what, phrase.Textf("a list"), hint)
		return nil, false
	}
	return n.Content, true
}

// text returns the text of a scalar as it was written, and records its position.
func (r *reader) text(p place, n *yaml.Node, what phrase.Text) (string, bool) {
	if n.Kind != yaml.ScalarNode || isEmpty(n) {
		r.wrongKind(p, n, what, phrase.Textf("text"), phrase.Text{})
		return "", false
	}
	if p.field != "" { // a plain keyword has a position of its own
		r.c.mark(p, r.pos(n))
	}
	return n.Value, true
}

// word is text that must be on one line, as all texts except those of examples must.
func (r *reader) word(p place, n *yaml.Node, what phrase.Text) (string, bool) {
	w, ok := r.text(p, n, what)
	if ok && n.Style == 0 && !r.onOneLine(n) {
		r.fault(p, n, phrase.Textf("%s runs over several lines", what),
			phrase.Textf("if the next line is an item of its own it needs a `- ` before it; else write all on one line"))
		return "", false
	}
	return w, ok
}

// onOneLine reports whether a plain scalar is on one line. YAML joins the lines of a
// longer one with spaces, so that a forgotten dash would make one word of two.
func (r *reader) onOneLine(n *yaml.Node) bool {
	return strings.HasPrefix(r.src.line(n.Line)[r.src.offset(r.pos(n)):], n.Value)
}

// decimal matches numbers as people write them: no hexadecimal, no 1_000, no .inf.
var decimal = regexp.MustCompile(`^[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]{1,3})?$`)

// number returns a number. It must be written without quotes, since in quotes it is
// a text.
func (r *reader) number(p place, n *yaml.Node, what phrase.Text) (float64, bool) {
	if n.Kind != yaml.ScalarNode || isEmpty(n) {
		r.wrongKind(p, n, what, phrase.Textf("a number"), phrase.Text{})
		return 0, false
	}
	plain := n.Style == 0 && plainNumber(n.Value) // nearly always, and regexps take time
	switch strings.ToLower(strings.TrimLeft(n.Value, "+-")) {
	case ".inf", "inf", ".nan", "nan", "infinity":
		r.fault(p, n, phrase.Textf("%s must be a finite number, not %s", what, quoteShort(n.Value)), phrase.Text{})
		return 0, false
	}
	if !plain && (n.Style != 0 || !decimal.MatchString(n.Value)) {
		hint := phrase.Textf("write it as 2 or 0.6")
		if n.Style != 0 && decimal.MatchString(n.Value) {
			hint = phrase.Textf("write it without quotes")
		}
		r.wrongKind(p, n, what, phrase.Textf("a number"), hint)
		return 0, false
	}
	x, err := strconv.ParseFloat(n.Value, 64)
	if err != nil {
		x = math.MaxFloat64 // out of range, as the checker will report for this value, too
	}
	r.c.mark(p, r.pos(n))
	return x, true
}

// count returns an integer, or 0 where there is none.
func (r *reader) count(p place, n *yaml.Node, what phrase.Text) int {
	if n.Kind != yaml.ScalarNode || n.Style != 0 || isEmpty(n) {
		r.wrongKind(p, n, what, phrase.Textf("a whole number"), phrase.Textf("write it as 12, without quotes"))
		return 0
	}
	x, err := strconv.Atoi(n.Value)
	if err != nil {
		r.wrongKind(p, n, what, phrase.Textf("a whole number"), phrase.Textf("write it as 12"))
		return 0
	}
	r.c.mark(p, r.pos(n))
	return x
}

// truth returns the value of true or false.
func (r *reader) truth(p place, n *yaml.Node, what phrase.Text) bool {
	if n.Kind == yaml.ScalarNode && n.Style == 0 && (n.Value == "true" || n.Value == "false") {
		return n.Value == "true"
	}
	r.wrongKind(p, n, what, phrase.Textf("true or false"), phrase.Textf("write %s: true, or leave it out", what))
	return false
}

// words returns the texts of a list, and records the position of each.
func (r *reader) words(p place, n *yaml.Node, what phrase.Text) []string {
	items, ok := r.list(p, n, what, phrase.Textf("write it as [%s]", exampleItem(n)))
	if !ok {
		return nil
	}
	words := make([]string, 0, len(items))
	for _, item := range items {
		at := p.item(len(words))
		w, _ := r.word(at, item, phrase.Textf("an item of %s", what))
		words = append(words, w)
	}
	return words
}

// exampleItem returns items for a hint about a list that was written as one text.
func exampleItem(n *yaml.Node) string {
	if n.Kind == yaml.ScalarNode && n.Value != "" && utf8.RuneCountInString(n.Value) <= maxWordRunes {
		return n.Value
	}
	return "…, …"
}
