package dict

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"github.com/minyi/minyi/dict/phrase"
)

// Severity says how serious a finding is.
type Severity string

const (
	// SeverityError is for what cannot be intended, such as a keyword that never
	// counts.
	SeverityError Severity = "error"
	// SeverityWarning is for what may be intended, but often is not.
	SeverityWarning Severity = "warning"
)

// in returns the severity in words.
func (s Severity) in(l phrase.Language) string {
	if s == SeverityError {
		return l.Say("error")
	}
	return l.Say("warning")
}

// Finding is something that a check of a dictionary found. Unlike an Error, it does
// not prevent the dictionary from being used.
type Finding struct {
	Position
	Rule     string // the ID of one of the LintRules
	Severity Severity
	Message  string // what was found, with the words concerned
	Why      string // how it affects the counts
	Fix      string // what to do about it
}

// Rule is a kind of finding.
type Rule struct {
	ID       string // lower case with dashes; stable
	Severity Severity
	Summary  string
}

// SortFindings sorts findings by file, line, column and rule.
func SortFindings(findings []Finding) {
	slices.SortStableFunc(findings, func(a, b Finding) int {
		return cmp.Or(cmp.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column),
			cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.Message, b.Message))
	})
}

// HasErrors reports whether any of the findings is an error.
func HasErrors(findings []Finding) bool {
	return slices.ContainsFunc(findings, func(f Finding) bool { return f.Severity == SeverityError })
}

// findingJSON is the JSON form of a finding. The shape is stable: fields may be
// added. Line and column count from 1; both are 0 if the finding has no line.
type findingJSON struct {
	File     string   `json:"file"`
	Line     int      `json:"line"`
	Column   int      `json:"column"`
	Rule     string   `json:"rule"`
	Severity Severity `json:"severity"`
	Message  string   `json:"message"`
	Why      string   `json:"why"`
	Fix      string   `json:"fix"`
}

// MarshalJSON returns the finding as one flat object.
func (f Finding) MarshalJSON() ([]byte, error) {
	return json.Marshal(findingJSON{f.File, f.Line, f.Column, f.Rule, f.Severity, f.Message, f.Why, f.Fix})
}

// UnmarshalJSON reads what MarshalJSON writes.
func (f *Finding) UnmarshalJSON(data []byte) error {
	var j findingJSON
	if err := json.Unmarshal(data, &j); err != nil {
		return err
	}
	*f = Finding{Position{j.File, j.Line, j.Column}, j.Rule, j.Severity, j.Message, j.Why, j.Fix}
	return nil
}

// WriteFindings writes findings for a person, each with its source line and a caret:
//
//	livelihood.yaml:9:9: warning: 印度 stands in 印度尼西亚 … (contained-keyword)
//	  9 |       - 印度
//	    |         ^
//	  why: …
//	  fix: …
//
// in is the language of the words around the texts of the findings, whose language
// Lint has chosen. read returns the contents of a file by its name in positions,
// like os.ReadFile; if it fails or is nil, findings are written without lines. The
// error is that of w.
func WriteFindings(w io.Writer, in phrase.Language, findings []Finding, read func(file string) ([]byte, error)) error {
	sources := map[string]*source{}
	for _, f := range findings {
		src, known := sources[f.File]
		if !known && read != nil {
			if data, err := read(f.File); err == nil {
				src, _ = newSource(f.File, data)
			}
			sources[f.File] = src
		}
		e := Error{Position: f.Position, Msg: fmt.Sprintf("%s: %s (%s)", f.Severity.in(in), f.Message, f.Rule)}
		if src != nil {
			e.Line = src.line(f.Line)
		}
		text := e.Detail()
		if f.Why != "" {
			text += "  " + in.Say("why: %s", f.Why) + "\n"
		}
		if f.Fix != "" {
			text += "  " + in.Say("fix: %s", f.Fix) + "\n"
		}
		if _, err := io.WriteString(w, text); err != nil {
			return err
		}
	}
	return nil
}

// DefaultSource returns the contents of a file of the default dictionary by its name
// in positions. It is for WriteFindings.
func DefaultSource(file string) ([]byte, error) { return embedded.ReadFile(file) }
