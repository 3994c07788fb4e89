package workbench

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"

	"github.com/minyi/minyi/dict/phrase"
)

// Corpus is a stream of messages as NDJSON: one JSON object a line. Blank lines are
// skipped; fields that are not named in [Message] are ignored.
type Corpus struct {
	// Name is what errors call the corpus, mostly the path of its file.
	Name string
	// Open opens the stream at its beginning. Some measurements read a corpus twice;
	// a corpus that can be read only once, such as standard input, must return an
	// error the second time.
	Open func() (io.ReadCloser, error)
}

// File returns the corpus in a file of NDJSON.
func File(path string) Corpus {
	return Corpus{path, func() (io.ReadCloser, error) { return os.Open(path) }}
}

// Bytes returns a corpus in memory. The caller must not change data afterwards.
func Bytes(name string, data []byte) Corpus {
	return Corpus{name, func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(data)), nil }}
}

// Message is one message of a corpus with its label: what a person found it to be
// about.
//
//	{"id":"1","text":"…"}                                          unlabelled
//	{"id":"1","title":"…","text":"…","label":"教育文体"}             one label
//	{"id":"1","text":"…","themes":["a/b","a/c"],"primary":"a/b"}   sub-themes
//	{"id":"1","text":"…","primary":"a/b"}                          one sub-theme
//	{"id":"1","text":"…","expected":["a/b","a/c"]}                 sub-themes, primary first
//
// A sub-theme is given by its full id, or, where there is a dictionary, by its
// Chinese name.
type Message struct {
	ID string
	// Text is what is classified: title, a line feed and text, or the text alone. It
	// is valid UTF-8: bytes that were not are replaced by U+FFFD.
	Text string
	Kind LabelKind
	// Label is set where Kind is LabelName.
	Label string
	// Themes are full sub-theme ids, each once, in the order given. With kind
	// LabelThemes they may be empty: the message is about none. Primary is one of
	// them, or empty where the corpus does not tell. The first of expected is the
	// primary, and so is the only one of themes.
	Themes  []string
	Primary string
	// Genre says what kind of text it is, such as complaint or proposal; empty where the
	// corpus does not tell. It is the field kind.
	Genre string
	// By is who labelled the message; empty where the corpus does not tell.
	By string
	// Origin is where the label was given, such as review or duel; empty where the corpus
	// does not tell.
	Origin string
	// Drawn says how the message was chosen to be labelled; empty where the corpus does
	// not tell.
	Drawn Drawn
	Line  int // in the corpus, from 1

	repaired bool // the line was not UTF-8
}

// LabelKind says how a message is labelled.
type LabelKind uint8

// The kinds of labels.
const (
	Unlabelled  LabelKind = iota
	LabelName             // one plain label
	LabelThemes           // sub-themes
)

// String returns the name of the kind for people.
func (k LabelKind) String() string {
	switch k {
	case LabelName:
		return "a label"
	case LabelThemes:
		return "themes"
	default:
		return "no label"
	}
}

// MaxLineBytes is how long a line of a corpus may be.
const MaxLineBytes = 16 << 20

// CorpusError is a fault in a line of a corpus or of a mapping.
type CorpusError struct {
	Name   string
	Line   int // from 1
	Column int // from 1, in runes; 0: the whole line
	Msg    phrase.Text
	Hint   phrase.Text // what to do, or empty
}

// Error returns "name:line:column: msg". It never holds text of a message.
func (e *CorpusError) Error() string { return e.In(phrase.English) }

// In is Error in the language in.
func (e *CorpusError) In(in phrase.Language) string {
	if e.Column == 0 {
		return fmt.Sprintf("%s:%d: %s", e.Name, e.Line, e.Msg.In(in))
	}
	return fmt.Sprintf("%s:%d:%d: %s", e.Name, e.Line, e.Column, e.Msg.In(in))
}

// record is a line as it is stored.
type record struct {
	ID       jsonText  `json:"id"`
	Title    string    `json:"title"`
	Text     *string   `json:"text"`
	Label    *string   `json:"label"`
	Themes   *[]string `json:"themes"`
	Expected *[]string `json:"expected"`
	Primary  *string   `json:"primary"`
	Genre    jsonText  `json:"kind"`
	By       jsonText  `json:"by"`
	Origin   jsonText  `json:"origin"`
	Drawn    string    `json:"drawn"`
}

// jsonText is an id, which may be a string or a number in JSON.
type jsonText string

// UnmarshalJSON implements json.Unmarshaler.
func (t *jsonText) UnmarshalJSON(data []byte) error {
	if len(data) > 0 && data[0] == '"' {
		return json.Unmarshal(data, (*string)(t))
	}
	if string(data) != "null" {
		*t = jsonText(data)
	}
	return nil
}

// labelHint says what a message needs to count as labelled.
var labelHint = phrase.Textf("a label or themes (a column label 标签, or themes 子主题)")

// decode reads line n of the corpus. ok is false for a line without a message: a
// blank line, or one whose text is blank.
func (c Corpus) decode(line []byte, n int) (m Message, ok bool, err error) {
	if n == 1 {
		line = bytes.TrimPrefix(line, []byte("\uFEFF"))
	}
	if len(bytes.TrimSpace(line)) == 0 {
		return Message{}, false, nil
	}
	var r record
	if err := json.Unmarshal(line, &r); err != nil {
		return Message{}, false, c.syntax(line, n, err)
	}
	fail := func(msg, hint phrase.Text) (Message, bool, error) {
		return Message{}, false, &CorpusError{c.Name, n, 0, msg, hint}
	}
	if r.Text == nil {
		return fail(phrase.Textf("no text"), phrase.Textf(`every line is an object with a "text"`))
	}
	drawn, ok := drawnOf[r.Drawn]
	if !ok {
		return fail(phrase.Textf("drawn is %s", r.Drawn), phrase.Textf("write random (随机) or picked (挑选) as minyi dict review did, or leave it empty"))
	}
	m = Message{ID: string(r.ID), Text: *r.Text, Genre: string(r.Genre), By: string(r.By), Origin: string(r.Origin), Drawn: drawn, Line: n, repaired: !utf8.Valid(line)}
	if r.Title != "" {
		m.Text = r.Title + "\n" + m.Text
	}
	themes := r.Themes
	if themes == nil {
		themes = r.Expected
	}
	if r.Label == nil && themes == nil && r.Primary != nil && *r.Primary != "" {
		themes = &[]string{*r.Primary}
	}
	switch {
	case r.Label != nil && themes != nil:
		return fail(phrase.Textf("both a label and themes"), phrase.Textf("a message is labelled one way"))
	case r.Label != nil && strings.TrimSpace(*r.Label) == "":
		return fail(phrase.Textf("an empty label"), phrase.Textf("leave it out if there is none"))
	case r.Label != nil:
		m.Kind, m.Label = LabelName, *r.Label
	case themes != nil:
		m.Kind, m.Themes = LabelThemes, distinct(*themes)
	}
	if m.repaired && strings.ContainsRune(m.Label+strings.Join(m.Themes, ""), utf8.RuneError) {
		return fail(phrase.Textf("a label that is not UTF-8"), phrase.Textf("the file may be GBK: save it as UTF-8, or as CSV, of which GBK is read"))
	}
	if r.Primary != nil && *r.Primary != "" && themes != nil {
		m.Primary = *r.Primary
		if !contains(m.Themes, m.Primary) {
			return fail(phrase.Textf("the primary is not one of the themes"), phrase.Textf("add it to themes"))
		}
	} else if len(m.Themes) == 1 || len(m.Themes) > 1 && r.Themes == nil {
		m.Primary = m.Themes[0]
	}
	return m, strings.TrimSpace(m.Text) != "", nil
}

// syntax turns an error of encoding/json into a CorpusError with its column. The
// error names types and characters of the syntax, but no value, since no text of a
// message may get into an error.
func (c Corpus) syntax(line []byte, n int, err error) error {
	e := &CorpusError{Name: c.Name, Line: n, Msg: phrase.Textf("not JSON"), Hint: phrase.Textf("a corpus is NDJSON: one JSON object a line")}
	offset := int64(-1)
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	switch {
	case errors.As(err, &syntax):
		offset = syntax.Offset - 1 // Offset points after the faulty byte
	case errors.As(err, &kind):
		offset = kind.Offset - 1
		e.Msg, e.Hint = phrase.Textf("not an object"), phrase.Textf("a corpus is NDJSON: one JSON object a line")
		if kind.Field != "" {
			e.Msg, e.Hint = phrase.Textf("%s is a %s", kind.Field, jsonKind(kind.Value)), phrase.Textf("texts are strings, themes a list of strings")
		}
	}
	if offset >= 0 {
		e.Column = utf8.RuneCount(line[:min(int(offset), len(line))]) + 1
	}
	return e
}

// jsonKind is what a value of JSON is, of the words of encoding/json, such as number 1.
func jsonKind(value string) any {
	kind, _, _ := strings.Cut(value, " ")
	switch kind {
	case "number":
		return phrase.Textf("number")
	case "string":
		return phrase.Textf("string")
	case "bool":
		return phrase.Textf("truth value")
	case "array":
		return phrase.Textf("list")
	case "object":
		return phrase.Textf("JSON object")
	}
	return kind
}

func distinct(ids []string) []string {
	out := make([]string, 0, len(ids))
	for _, id := range ids {
		if !contains(out, id) {
			out = append(out, id)
		}
	}
	return out
}

func contains(ids []string, id string) bool {
	for _, x := range ids {
		if x == id {
			return true
		}
	}
	return false
}
