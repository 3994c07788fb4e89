package dict

import (
	"errors"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"

	"github.com/minyi/minyi/dict/phrase"
)

// syntaxError turns an error of the YAML reader into one that tells an analyst who
// has not read the YAML specification where to look and what to change.
func syntaxError(src *source, err error) *Error {
	var load *yaml.LoadError
	if !errors.As(err, &load) {
		e := NewError(Position{File: src.file}, phrase.Textf("not YAML: %s", err), phrase.Text{})
		e.Err = err
		return e
	}
	f := syntaxFault{src: src, message: load.Message, context: load.ContextMsg}
	f.at = src.at(load.Mark.Line, load.Mark.Column)
	f.opened = f.at
	if load.ContextMark.Line > 0 {
		f.opened = src.at(load.ContextMark.Line, load.ContextMark.Column)
	}
	if load.Mark.Line == 0 {
		f.at = f.opened
	}
	for _, explain := range []func(*syntaxFault) bool{
		(*syntaxFault).inIndentation, (*syntaxFault).fullWidth, (*syntaxFault).unclosed,
		(*syntaxFault).misplacedKey, (*syntaxFault).misplacedText,
	} {
		if explain(&f) {
			break
		}
	}
	if f.msg.IsZero() {
		f.msg = phrase.Textf("not YAML: %s", phrase.Foreign(f.message))
	}
	e := src.errorAt(f.at, f.msg, f.hint)
	e.Err = err
	return e
}

// syntaxFault is a fault that the YAML reader found, and the error that is made of
// it.
type syntaxFault struct {
	src     *source
	message string   // of the YAML reader
	context string   // what the reader was doing, or empty
	at      Position // where the reader noticed the fault; in the end, where to look
	opened  Position // where the value that it was reading began

	msg, hint phrase.Text
}

// says sets the error that is made of the fault.
func (f *syntaxFault) says(at Position, msg, hint phrase.Text) bool {
	f.at, f.msg, f.hint = at, msg, hint
	return true
}

func (f *syntaxFault) inIndentation() bool {
	line := f.src.line(f.at.Line)
	indent := line[:len(line)-len(strings.TrimLeft(line, " \t"))]
	switch {
	case strings.Contains(f.message, "exceeded max depth"):
		return f.says(f.at, phrase.Textf("nested too deep"), phrase.Textf("a theme needs six levels; is a bracket or a dash repeated?"))
	case strings.Contains(indent, "\t"), strings.Contains(f.message, "tab character"):
		return f.says(f.at, phrase.Textf("a tab in the indentation"), phrase.Textf("indent with spaces"))
	}
	return false
}

// fullWidth looks for punctuation of a Chinese input method, which is text to YAML.
// The reader notices a missing colon only at the colon of the next line.
func (f *syntaxFault) fullWidth() bool {
	for n := f.at.Line; n > 0 && n >= f.at.Line-1; n-- {
		line := f.src.line(n)
		if key, _, ok := strings.Cut(line, "："); ok && !strings.Contains(key, ":") {
			at := Position{File: f.at.File, Line: n, Column: utf8.RuneCountInString(key) + 1}
			return f.says(at, phrase.Textf("a full-width colon is no colon to YAML"), phrase.Textf("write `: `; quote the text if it is meant to have a ："))
		}
	}
	const brackets = "【】［］｛｝"
	line := f.src.line(f.opened.Line)
	if i := strings.IndexAny(line, brackets); i >= 0 && strings.Contains(f.context, "flow") {
		at := Position{File: f.at.File, Line: f.opened.Line, Column: utf8.RuneCountInString(line[:i]) + 1}
		return f.says(at, phrase.Textf("a full-width bracket is no bracket to YAML"), phrase.Textf("write [a, b] or {key: a} with ASCII brackets and commas"))
	}
	return false
}

func (f *syntaxFault) unclosed() bool {
	atEnd := f.at.Line == len(f.src.lines) && strings.TrimSpace(f.src.line(f.at.Line)) == ""
	switch {
	case strings.Contains(f.context, "quoted") && (f.message == "found unexpected end of stream" ||
		f.message == "found unexpected document indicator"):
		return f.says(f.opened, phrase.Textf("this quote is never closed"), phrase.Textf("close it, or quote the whole text with the other kind of quote"))
	case f.message == "found unknown escape character", strings.Contains(f.context, "quoted"):
		return f.says(f.at, phrase.Textf(`a bad \ in double quotes`), phrase.Textf(`use single quotes, in which \ is a character like any other, or write \\`))
	}
	if b, ok := f.src.unclosedBracket(); ok && b.line <= f.at.Line {
		at := Position{File: f.at.File, Line: b.line, Column: b.column}
		return f.says(at, phrase.Textf("this bracket is never closed"), phrase.Textf("close it with %s", b.closing))
	}
	switch {
	case strings.HasPrefix(f.message, "did not find expected ','"):
		return f.says(f.opened, phrase.Textf("this bracket is never closed, or a comma is missing in it"), phrase.Textf("write [a, b] or {key: a, key: b}"))
	case f.message == "did not find expected node content" && atEnd:
		return f.says(f.at, phrase.Textf("the file ends inside a bracket"), phrase.Textf("close it with ] or }"))
	case f.message == "did not find expected node content":
		return f.says(f.at, phrase.Textf("a value is missing here"), phrase.Textf("write it, or delete the comma before it"))
	}
	return false
}

func (f *syntaxFault) misplacedKey() bool {
	before, _ := splitAtRune(f.src.line(f.at.Line), f.at.Column-1)
	above := strings.TrimSpace(f.src.line(f.at.Line - 1))
	indentation := phrase.Textf("check the indentation: what belongs together begins in the same column")
	switch f.message {
	case "mapping values are not allowed in this context":
		switch {
		case strings.Contains(strings.TrimSpace(before), ": "):
			return f.says(f.at, phrase.Textf("a second `: ` in one line"), phrase.Textf("a text that has `: ` in it must be quoted"))
		case above != "" && !strings.ContainsAny(above, ":#-[]{}\"'"):
			at := Position{File: f.at.File, Line: f.at.Line - 1, Column: 1}
			at.Column += utf8.RuneCountInString(f.src.line(at.Line)) - utf8.RuneCountInString(strings.TrimLeft(f.src.line(at.Line), " "))
			return f.says(at, phrase.Textf("a key without a value"), phrase.Textf("write `key: value`; an item of a list begins with `- `"))
		}
		hint := indentation
		if strings.HasPrefix(above, "- ") && !strings.Contains(above, ":") {
			hint = phrase.Textf("a keyword with options is {word: …, weight: …}; if it is none, %s", hint)
		}
		return f.says(f.at, phrase.Textf("a key where none can be"), hint)
	case "could not find expected ':'":
		return f.says(f.opened, phrase.Textf("a key without a value"), phrase.Textf("write `key: value`; an item of a list begins with `- `"))
	case "did not find expected key", "did not find expected '-' indicator",
		"block sequence entries are not allowed in this context":
		if strings.HasSuffix(before, `"`) || strings.HasSuffix(before, "'") {
			return f.says(f.at, phrase.Textf("text after a closing quote"), phrase.Textf("quote the whole text, or none of it"))
		}
		return f.says(f.at, phrase.Textf("this does not belong to what stands above it"), indentation)
	}
	return false
}

// misplacedText looks for a text that begins with a character that has a meaning in
// YAML.
func (f *syntaxFault) misplacedText() bool {
	if f.message == "found incompatible YAML document" {
		return f.says(f.at, phrase.Textf("a %%YAML line of another version"), phrase.Textf("delete it: a theme needs none"))
	}
	if strings.HasPrefix(f.message, "unknown anchor") {
		return f.says(f.at, phrase.Textf("aliases are not read"), aliasHint)
	}
	marks := strings.Contains(f.context, "alias") || strings.Contains(f.context, "anchor") || strings.Contains(f.context, "tag")
	if f.message != "found character that cannot start any token" && !marks {
		return false
	}
	_, text := splitAtRune(f.src.line(f.opened.Line), f.opened.Column-1)
	first, _ := utf8.DecodeRuneInString(text)
	if text == "" || first == utf8.RuneError {
		return false
	}
	return f.says(f.opened, phrase.Textf("a text cannot begin with %s", string(first)), phrase.Textf("quote it"))
}
