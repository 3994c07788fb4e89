package dict

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestExplained(t *testing.T) {
	const file = `# how to read this
# lint shared-keyword: two subjects
# lint homograph:
theme: t
subthemes:
  - id: a
    keywords:
      - 一 # lint homograph：只有一个意思
      - 二
      # lint contained-keyword: both are said
      # and more
      - 三
      - 四

      # lint contained-keyword: of nothing

      - 五
`
	read := func(name string) ([]byte, error) {
		if name != "a.yaml" {
			return nil, errors.New("absent")
		}
		return []byte(file), nil
	}
	find := func(file string, line int, rule string, severity Severity) Finding {
		return Finding{Position: Position{File: file, Line: line}, Rule: rule, Severity: severity}
	}
	explained := []Finding{
		find("a.yaml", 9, ruleShared, SeverityWarning),
		find("a.yaml", 8, ruleHomograph, SeverityWarning),
		find("a.yaml", 12, ruleContained, SeverityWarning),
	}
	open := []Finding{
		find("a.yaml", 9, ruleShared, SeverityError),      // an error cannot be meant
		find("b.yaml", 9, ruleShared, SeverityWarning),    // another file
		find("a.yaml", 9, ruleHomograph, SeverityWarning), // in the head, but without a reason
		find("a.yaml", 13, ruleContained, SeverityWarning),
		find("a.yaml", 17, ruleContained, SeverityWarning), // a blank line is between
	}
	gotOpen, gotExplained := Explained(append(append([]Finding(nil), explained...), open...), read)
	if d := cmp.Diff(explained, gotExplained); d != "" {
		t.Errorf("explained:\n%s", d)
	}
	if d := cmp.Diff(open, gotOpen); d != "" {
		t.Errorf("open:\n%s", d)
	}
}
