package dict

import "strings"

// explainMark begins a comment that explains findings: "# lint RULE: reason".
const explainMark = "lint "

// Explained splits findings into those that are open and those that a comment of their
// file explains:
//
//	# lint contained-elsewhere: a text may be about both      before the first key: the file
//	- 学校 # lint shared-keyword: a school bus is of both       behind or above a keyword: it
//
// The rule is that of the finding, and there must be a reason. Errors are never
// explained, as they cannot be meant. read returns the contents of a file by its name
// in positions; where it fails, all findings of the file are open. The order is kept.
func Explained(findings []Finding, read func(file string) ([]byte, error)) (open, explained []Finding) {
	files := map[string]*explanations{}
	for _, f := range findings {
		e, known := files[f.File]
		if !known {
			if data, err := read(f.File); err == nil {
				e = readExplanations(string(data))
			}
			files[f.File] = e
		}
		if f.Severity != SeverityError && e != nil && e.has(f.Line, f.Rule) {
			explained = append(explained, f)
		} else {
			open = append(open, f)
		}
	}
	return open, explained
}

// explanations are the rules that the comments of a file explain.
type explanations struct {
	file   map[string]bool
	byLine map[int]map[string]bool // of a keyword
}

func (e *explanations) has(line int, rule string) bool {
	return e.file[rule] || e.byLine[line][rule]
}

func readExplanations(text string) *explanations {
	e := &explanations{file: map[string]bool{}, byLine: map[int]map[string]bool{}}
	head := true
	var above []string // explained by the lines of comments directly above
	for i, line := range strings.Split(text, "\n") {
		value, comment, _ := strings.Cut(line, "#")
		rule := explainedRule(comment)
		switch value = strings.TrimSpace(value); {
		case value == "" && rule != "" && head:
			e.file[rule] = true
		case value == "" && rule != "":
			above = append(above, rule)
		case value == "" && comment != "": // another comment
		case value == "":
			above = nil
		default:
			head = false
			for _, rule := range append(above, rule) {
				if e.byLine[i+1] == nil {
					e.byLine[i+1] = map[string]bool{}
				}
				e.byLine[i+1][rule] = true
			}
			above = nil
		}
	}
	return e
}

// explainedRule returns the rule that a comment explains, or "".
func explainedRule(comment string) string {
	rest, ok := strings.CutPrefix(strings.TrimSpace(comment), explainMark)
	if !ok {
		return ""
	}
	rule, reason, found := strings.Cut(strings.Replace(rest, "：", ":", 1), ":")
	if !found || strings.TrimSpace(reason) == "" {
		return ""
	}
	return strings.TrimSpace(rule)
}
