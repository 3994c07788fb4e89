package workbench

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/minyi/minyi/classifier"
	"github.com/minyi/minyi/dict"
)

// ExampleReport is what became of the examples of a dictionary: its test.
type ExampleReport struct {
	Dict     string           `json:"dict"` // version
	Examples int              `json:"examples"`
	Failed   []FailedExample  `json:"failed"` // in the order of the dictionary; never nil
	Without  []string         `json:"subthemes_without_examples"`
	PerTheme []ExampleSummary `json:"subthemes"`
}

// ExampleSummary counts the examples that stand with one sub-theme.
type ExampleSummary struct {
	ID     string `json:"id"`
	Passed int    `json:"passed"`
	Failed int    `json:"failed"`
}

// FailedExample is an example that was not tagged as it demands.
type FailedExample struct {
	dict.Position `json:"-"`
	Place         string           `json:"place"` // file:line:column
	SubTheme      string           `json:"subtheme"`
	Text          string           `json:"text"` // the analyst's own, not masked
	Got           []string         `json:"got"`  // sub-themes, by descending score
	Failures      []ExampleFailure `json:"failures"`
}

// ExampleFailure is one demand that was not met.
type ExampleFailure struct {
	ID   string   `json:"id"`   // the sub-theme that is missing, or should not be there
	Kind string   `json:"kind"` // missing, forbidden, or untagged: there should be no tag
	Why  []string `json:"why"`  // a line each
}

// The kinds of failures.
const (
	ExampleMissing   = "missing"
	ExampleForbidden = "forbidden"
	ExampleUntagged  = "untagged"
)

// RunExamples classifies every example of d and compares. classify returns what
// a classifier of d makes of a text, such as
//
//	func(text []byte) *classifier.Record { c.Classify(&r, text); return c.NewRecord("", text, &r) }
//
// An example demands that its text is tagged with all of expect and none of
// forbid; tags beside these are as they may be, except that `expect: []` demands
// none. The error is that of building a classifier that explains failures.
func RunExamples(d *dict.Dictionary, classify func(text []byte) *classifier.Record) (*ExampleReport, error) {
	report := &ExampleReport{Dict: d.Version(), Failed: []FailedExample{}, Without: []string{}}
	var why *explainer
	var err error
	for i := range d.Themes {
		for j := range d.Themes[i].SubThemes {
			s := &d.Themes[i].SubThemes[j]
			summary := ExampleSummary{ID: s.ID}
			for k := range s.Examples {
				e := &s.Examples[k]
				failed, bad := checkExample(s, e, classify([]byte(e.Text)))
				if !bad {
					summary.Passed++
					continue
				}
				if why == nil {
					if why, err = newExplainer(d); err != nil {
						return nil, err
					}
				}
				why.explain(&failed)
				summary.Failed++
				report.Failed = append(report.Failed, failed)
			}
			report.Examples += len(s.Examples)
			if len(s.Examples) == 0 {
				report.Without = append(report.Without, s.ID)
			}
			report.PerTheme = append(report.PerTheme, summary)
		}
	}
	return report, nil
}

// checkExample returns the demands of an example that rec does not meet. Those
// of missing sub-themes are not explained yet.
func checkExample(s *dict.SubTheme, e *dict.Example, rec *classifier.Record) (FailedExample, bool) {
	f := FailedExample{Position: e.Pos, Place: e.Pos.String(), SubTheme: s.ID, Text: e.Text, Got: []string{}}
	tagged := map[string]*classifier.RecordTheme{}
	for i := range rec.Themes {
		t := &rec.Themes[i]
		f.Got = append(f.Got, t.ID)
		tagged[t.ID] = t
	}
	for _, id := range e.Expect {
		if tagged[id] == nil {
			f.Failures = append(f.Failures, ExampleFailure{ID: id, Kind: ExampleMissing})
		}
	}
	for _, id := range e.Forbid {
		if t := tagged[id]; t != nil {
			f.Failures = append(f.Failures, ExampleFailure{ID: id, Kind: ExampleForbidden, Why: matchesOf(t)})
		}
	}
	if e.Untagged() {
		for i := range rec.Themes {
			if t := &rec.Themes[i]; !slices.Contains(e.Forbid, t.ID) {
				f.Failures = append(f.Failures, ExampleFailure{ID: t.ID, Kind: ExampleUntagged, Why: matchesOf(t)})
			}
		}
	}
	return f, len(f.Failures) > 0
}

// matchesOf says by what a text was tagged.
func matchesOf(t *classifier.RecordTheme) []string {
	lines := make([]string, 0, 1+len(t.Matches))
	lines = append(lines, fmt.Sprintf("score %s", t.Score))
	for _, m := range t.Matches {
		lines = append(lines, fmt.Sprintf("%s (weight %s) at bytes %d-%d", m.Keyword, m.Weight, m.Start, m.End))
	}
	return lines
}

// explainer says why a text was not tagged.
type explainer struct {
	d    *dict.Dictionary
	open *classifier.Classifier // tags whatever matches
	own  *classifier.Classifier // of d; nil where no theme has a relative threshold
	r    classifier.Result
}

func newExplainer(d *dict.Dictionary) (*explainer, error) {
	open, err := openClassifier(d)
	if err != nil {
		return nil, err
	}
	x := &explainer{d: d, open: open}
	if slices.ContainsFunc(d.Themes, func(t dict.Theme) bool { return t.RelativeThreshold > 0 }) {
		x.own, err = classifier.New(d)
	}
	return x, err
}

// lost says beside which score a sub-theme that reached its threshold is too
// little in a text; empty where that is not why it is missing.
func (x *explainer) lost(id, text string) string {
	if x.own == nil {
		return ""
	}
	for _, s := range x.own.Explain([]byte(text)).SubThemes {
		if s.ID == id {
			return s.Lost
		}
	}
	return ""
}

func (x *explainer) explain(f *FailedExample) {
	x.open.Classify(&x.r, []byte(f.Text))
	for i := range f.Failures {
		if f.Failures[i].Kind == ExampleMissing {
			f.Failures[i].Why = x.missing(f.Failures[i].ID, f.Text)
		}
	}
}

// missing says what of a sub-theme a text has, and why that is not enough.
func (x *explainer) missing(id, text string) []string {
	theme, sub, ok := x.d.Lookup(id)
	if !ok {
		return []string{"there is no such sub-theme"}
	}
	s := &x.d.Themes[theme].SubThemes[sub]
	counted := map[int]int{}
	for _, tag := range x.r.Tags {
		if tag.Theme == theme && tag.SubTheme == sub {
			for _, m := range tag.Matches {
				counted[m.Keyword]++
			}
		}
	}
	var lines []string
	score := 0.0
	for k := range s.Keywords {
		if n := counted[k]; n > 0 {
			adds := s.Keywords[k].Weight * (1 + math.Log(float64(n)))
			score += adds
			lines = append(lines, fmt.Sprintf("%s counts %s and adds %s", lintText(&s.Keywords[k]), timesText(n), short(adds)))
		}
	}
	switch lost := x.lost(id, text); {
	case len(counted) == 0:
		lines = append(lines, "none of its keywords counts in the text")
	case lost != "":
		lines = append([]string{"score " + lost}, lines...)
	default:
		lines = append([]string{fmt.Sprintf("score %s, below the threshold %s", short(score), short(s.Threshold))}, lines...)
	}
	return append(lines, x.refused(s, counted, text)...)
}

// refused names keywords whose words all stand in the text and that do not
// count, which is where an analyst looks twice.
func (x *explainer) refused(s *dict.SubTheme, counted map[int]int, text string) []string {
	normal := classifier.Normalize(text)
	var lines []string
	for i := range s.Keywords {
		k := &s.Keywords[i]
		all := counted[i] == 0
		for _, w := range lintWords(k) {
			all = all && strings.Contains(normal, classifier.Normalize(w))
		}
		if !all {
			continue
		}
		because := "segmentation cuts through it, or a longer keyword covers it"
		switch {
		case len(k.All) > 0:
			because = fmt.Sprintf("its words are more than %d characters apart, or segmentation cuts through one", k.Within)
		case len(k.Unless) > 0:
			because = "unless, segmentation or a longer keyword keeps it from that"
		case k.Whole:
			because = "match: whole, and it is part of a longer word there"
		}
		lines = append(lines, fmt.Sprintf("%s stands in the text and does not count: %s", lintText(k), because))
	}
	return lines
}

// short writes a number with no more than three decimals.
func short(x float64) string {
	return strings.TrimRight(strings.TrimRight(fmt.Sprintf("%.3f", x), "0"), ".")
}

// WriteTo writes the report for a person: failures with the reasons, then the
// totals. It implements io.WriterTo.
func (r *ExampleReport) WriteTo(w io.Writer) (int64, error) {
	var b strings.Builder
	for _, f := range r.Failed {
		fmt.Fprintf(&b, "%s: %s\n", f.Place, oneLine(f.Text))
		got := "nothing"
		if len(f.Got) > 0 {
			got = strings.Join(f.Got, ", ")
		}
		fmt.Fprintf(&b, "  tagged with %s\n", got)
		for _, x := range f.Failures {
			switch x.Kind {
			case ExampleMissing:
				fmt.Fprintf(&b, "  %s is expected and missing\n", x.ID)
			case ExampleForbidden:
				fmt.Fprintf(&b, "  %s is forbidden and there\n", x.ID)
			default:
				fmt.Fprintf(&b, "  nothing is expected, and %s is there\n", x.ID)
			}
			for _, line := range x.Why {
				fmt.Fprintf(&b, "    %s\n", line)
			}
		}
	}
	fmt.Fprintf(&b, "%d of %d examples passed", r.Examples-len(r.Failed), r.Examples)
	if len(r.Without) > 0 {
		fmt.Fprintf(&b, "; without any: %s", strings.Join(r.Without, ", "))
	}
	b.WriteByte('\n')
	n, err := io.WriteString(w, b.String())
	return int64(n), err
}

// oneLine shows a text in one line of a terminal: its first characters, and
// nothing that a terminal would obey.
func oneLine(text string) string {
	const most = 60
	runes := []rune(text)
	more := ""
	if len(runes) > most {
		runes, more = runes[:most], "…"
	}
	return strings.Map(func(r rune) rune {
		if r < 0x20 || r >= 0x7f && r < 0xa0 || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, string(runes)) + more
}
