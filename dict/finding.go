package dict

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"github.com/minyi/minyi/dict/phrase"
)

// Severity tells how bad a finding is.
type Severity string

const (
	// SeverityError is what cannot be meant: a keyword that never counts.
	SeverityError Severity = "error"
	// SeverityWarning is what may well be meant, and often is not.
	SeverityWarning Severity = "warning"
)

// in is the severity as people read it.
func (s Severity) in(l phrase.Language) string {
	if s == SeverityError {
		return l.Say("error")
	}
	return l.Say("warning")
}

// Finding is one thing that a check of a dictionary found. Unlike an Error it
// does not keep the dictionary from being used.
type Finding struct {
	Position
	Rule     string // which check: the ID of one of the LintRules
	Severity Severity
	Message  string // what is the case, with the words concerned
	Why      string // what it does to the counts
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

// HasErrors tells whether any of the findings is an error.
func HasErrors(findings []Finding) bool {
	return slices.ContainsFunc(findings, func(f Finding) bool { return f.Severity == SeverityError })
}

// findingJSON is a finding as programs read it. The shape is stable: fields may
// join. Line and column count from 1; both are 0 for what came from no line.
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

// WriteFindings writes findings for a person, each with its source line and a
// caret:
//
//	livelihood.yaml:9:9: warning: 印度 stands in 印度尼西亚 … (contained-keyword)
//	  9 |       - 印度
//	    |         ^
//	  why: …
//	  fix: …
//
// in is the language of what stands around their texts, which Lint put into one.
// read returns the text of a file by the name that positions have, such as
// os.ReadFile; where it fails, or is nil, the findings come without lines.
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

// DefaultSource returns the text of a file of the default dictionary, by the
// name that its positions have. It is for WriteFindings.
func DefaultSource(file string) ([]byte, error) { return embedded.ReadFile(file) }
