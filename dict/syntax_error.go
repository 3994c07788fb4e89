package dict

import (
	"errors"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v4"
)

// syntaxError turns the YAML reader's error into one that tells an analyst,
// who did not read the YAML specification, what to change.
func syntaxError(src *source, err error) *Error {
	var load *yaml.LoadError
	if !errors.As(err, &load) {
		return &Error{Position: Position{File: src.file}, Msg: "not YAML: " + err.Error(), Err: err}
	}
	mark := load.Mark
	if mark.Line == 0 || startsBetter(load) && load.ContextMark.Line > 0 {
		mark = load.ContextMark
	}
	at := src.at(mark.Line, mark.Column)
	msg, hint := explainSyntax(load, src.line(at.Line), at.Column)
	e := src.errorAt(at, msg, hint)
	e.Err = err
	return e
}

// startsBetter tells whether the fault is where something was opened, rather
// than where the reader, at last, noticed.
func startsBetter(e *yaml.LoadError) bool {
	return e.Message == "found unexpected end of stream" ||
		e.Message == "found unexpected document indicator" ||
		e.Message == "could not find expected ':'" ||
		strings.HasPrefix(e.Message, "did not find expected ','")
}

// explainSyntax words an error of the YAML reader that stands at a column of line.
func explainSyntax(e *yaml.LoadError, line string, column int) (msg, hint string) {
	before, after := splitAtRune(line, column-1)
	next, _ := utf8.DecodeRuneInString(after)
	indent := line[:len(line)-len(strings.TrimLeft(line, " \t"))]
	switch {
	case strings.Contains(e.Message, "exceeded max depth"):
		return "nested too deep", "a theme needs six levels; is a bracket or a dash repeated?"
	case strings.Contains(indent, "\t"), strings.Contains(e.Message, "tab"):
		return "a tab in the indentation", "indent with spaces"
	case strings.ContainsRune(line, '：') && !strings.Contains(line, ": ") && !strings.HasSuffix(line, ":"):
		return "no key and value here", "write the colon as `: `, not as the full-width ："
	case e.Message == "mapping values are not allowed in this context":
		if strings.Contains(strings.TrimSpace(before), ": ") {
			return "a second `: ` in one line", "a text that has `: ` in it must be quoted"
		}
		return "a key where none can be", "check the indentation: the keys of one thing begin in the same column"
	case e.Message == "found unexpected end of stream" && strings.Contains(e.ContextMsg, "quoted"):
		return "this quote is never closed", "close it, or quote the whole text with the other kind of quote"
	case strings.HasPrefix(e.Message, "did not find expected ','"):
		return "this bracket is never closed, or a comma is missing in it", "write [a, b] or {key: a, key: b} with ASCII commas"
	case e.Message == "found character that cannot start any token", strings.Contains(e.ContextMsg, "alias"),
		strings.Contains(e.ContextMsg, "anchor"), strings.Contains(e.ContextMsg, "tag"):
		return "a text cannot begin with " + string(next) + " here", "quote it: '" + string(next) + "…'"
	case e.Message == "could not find expected ':'":
		return "a key without a value", "write `key: value`; an item of a list begins with `- `"
	case e.Message == "did not find expected key", e.Message == "did not find expected '-' indicator",
		e.Message == "block sequence entries are not allowed in this context":
		return "this does not belong to what stands above it", "check the indentation: what belongs together begins in the same column"
	}
	return "not YAML: " + e.Message, ""
}
