package exchange

import (
	"fmt"
	"slices"

	"github.com/minyi/minyi/dict"
	"github.com/minyi/minyi/dict/phrase"
)

// noteKind is a kind of note about what was read.
type noteKind int

const (
	noteInner noteKind = iota
	noteLatin
	noteHan
	noteWhole
	noteJoined
	noteTwice
	noteNothing
	noteTooLong
	noteCondition
	noteUndefined
	noteAlone
	noteMark
	noteWeight
	noteRule
	noteIDs
	noteThreshold
	noteColumns
	noteCells
)

// text returns the text of a note.
func (k noteKind) text(in phrase.Language) string {
	switch k {
	case noteInner:
		return in.Say("a wildcard within a word, or ?: minyi has none, so these entries are left out; write the forms out")
	case noteLatin:
		return in.Say("* after or before a Latin word: minyi finds such words only whole, so that these match the bare word; add the other forms")
	case noteHan:
		return in.Say("* after or before a Chinese word: taken over as a keyword that also matches inside longer words")
	case noteWhole:
		return in.Say("a Chinese word without *: taken over with match: whole, so that it does not match inside longer words")
	case noteJoined:
		return in.Say("several Chinese words with spaces between them: written without the spaces, as Chinese text is")
	case noteTwice:
		return in.Say("the same keyword in one sub-theme again: kept once")
	case noteNothing:
		return in.Say("nothing to search for: left out")
	case noteTooLong:
		return in.Say("longer than a keyword can be: left out")
	case noteCondition:
		return in.Say("a condition on the words around it, in brackets or <>: minyi has none in this form, so these entries are left out; a rule {all: […], within: …} may do")
	case noteUndefined:
		return in.Say("a category that the header does not have: left out of it")
	case noteAlone:
		return in.Say("a word without a category: left out")
	case noteMark:
		return in.Say("a mark that is neither X nor a number: left out of the category")
	case noteWeight:
		return in.Say("a weight that a keyword cannot have (0, or over 1,000): left out")
	case noteRule:
		return in.Say("a rule of WordStat (@…): left out; a rule {all: […], within: …} may do")
	case noteIDs:
		return in.Say("a name without an id: an id was made of it, under which it is counted")
	case noteThreshold:
		return in.Say("a sub-theme without a threshold: it takes that of most of its theme")
	case noteCells:
		return in.Say("a cell that rows of this kind do not have: it is not read")
	default: // noteColumns
		return in.Say("a column that is not read")
	}
}

// noteExamples is how many entries a note names.
const noteExamples = 5

// notes are the notes about one file, each kind once, in the order in which they came
// up.
type notes struct {
	in   phrase.Language
	list []*Note
}

// add counts an entry, if it is not empty, under a note.
func (n *notes) add(kind noteKind, entry string) {
	msg := kind.text(n.in)
	i := slices.IndexFunc(n.list, func(known *Note) bool { return known.Msg == msg })
	if i < 0 {
		i = len(n.list)
		n.list = append(n.list, &Note{Msg: msg})
	}
	note := n.list[i]
	note.Count++
	if len(note.Examples) < noteExamples && entry != "" {
		note.Examples = append(note.Examples, entry)
	}
}

// line is an entry with its line.
func (n *notes) line(at dict.Position, entry string) string {
	if entry == "" {
		return ""
	}
	return n.in.Say("%s in line %d", entry, at.Line)
}

// place is an entry with its place, which may be a cell.
func (n *notes) place(at dict.Position, entry string) string {
	return fmt.Sprintf("%s %s", shown(at), entry)
}

func (n *notes) all() []Note {
	out := make([]Note, len(n.list))
	for i, note := range n.list {
		out[i] = *note
	}
	return out
}
