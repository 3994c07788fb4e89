package workbench

import (
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/minyi/minyi/classifier"
	"github.com/minyi/minyi/dict"
	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/internal/textfmt"
)

// ExampleReport is the result of testing a dictionary with its own examples.
type ExampleReport struct {
	Dict     string           `json:"dict"` // version
	Examples int              `json:"examples"`
	Failed   []FailedExample  `json:"failed"` // in the order of the dictionary; never nil
	Without  []string         `json:"subthemes_without_examples"`
	PerTheme []ExampleSummary `json:"subthemes"`
}

// ExampleSummary counts the examples that are written with one sub-theme.
type ExampleSummary struct {
	ID     string `json:"id"`
	Passed int    `json:"passed"`
	Failed int    `json:"failed"`
}

// FailedExample is an example whose tags are not what it demands.
type FailedExample struct {
	dict.Position `json:"-"`
	Place         string           `json:"place"` // file:line:column
	SubTheme      string           `json:"subtheme"`
	Text          string           `json:"text"` // written by the analyst, so not masked
	Got           []string         `json:"got"`  // sub-themes, by descending score
	Failures      []ExampleFailure `json:"failures"`
}

// ExampleFailure is one demand that was not met.
type ExampleFailure struct {
	ID   string   `json:"id"`   // the sub-theme that is missing, or should not be there
	Kind string   `json:"kind"` // missing, forbidden, or untagged: there should be no tag at all
	Why  []string `json:"why"`  // a line each
}

// The kinds of failures.
const (
	ExampleMissing   = "missing"
	ExampleForbidden = "forbidden"
	ExampleUntagged  = "untagged"
)

// RunExamples classifies every example of c's dictionary and compares the tags with
// what the example demands.
//
// An example demands that its text is tagged with every sub-theme of expect and with
// none of forbid. Any other tag is allowed, except that `expect: []` demands that
// there is no tag. Reasons for failures are in the language in. The error is that of
// building a second classifier, which finds the reasons.
func RunExamples(c *classifier.Classifier, in phrase.Language) (*ExampleReport, error) {
	report := tryExamples(c, in)
	if len(report.Failed) == 0 {
		return report, nil
	}
	why, err := newExplainer(c, in)
	if err != nil {
		return nil, err
	}
	for i := range report.Failed {
		why.explain(&report.Failed[i])
	}
	return report, nil
}

// tryExamples is RunExamples without the reasons why a sub-theme is missing.
func tryExamples(c *classifier.Classifier, in phrase.Language) *ExampleReport {
	d := c.Dictionary()
	report := &ExampleReport{Dict: d.Version(), Failed: []FailedExample{}, Without: []string{}}
	var r classifier.Result
	eachSubTheme(d, func(_, _ int, s *dict.SubTheme) {
		summary := ExampleSummary{ID: s.ID}
		for k := range s.Examples {
			e := &s.Examples[k]
			text := []byte(e.Text)
			c.Classify(&r, text)
			failed, bad := checkExample(in, s, e, c.NewRecord("", text, &r))
			if !bad {
				summary.Passed++
				continue
			}
			summary.Failed++
			report.Failed = append(report.Failed, failed)
		}
		report.Examples += len(s.Examples)
		if len(s.Examples) == 0 {
			report.Without = append(report.Without, s.ID)
		}
		report.PerTheme = append(report.PerTheme, summary)
	})
	return report
}

// checkExample returns the demands of an example that rec does not meet. It does not
// yet say why a sub-theme is missing.
func checkExample(in phrase.Language, s *dict.SubTheme, e *dict.Example, rec *classifier.Record) (FailedExample, bool) {
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
			f.Failures = append(f.Failures, ExampleFailure{ID: id, Kind: ExampleForbidden, Why: matchesOf(in, e.Text, t)})
		}
	}
	if e.Untagged() {
		for i := range rec.Themes {
			if t := &rec.Themes[i]; !slices.Contains(e.Forbid, t.ID) {
				f.Failures = append(f.Failures, ExampleFailure{ID: t.ID, Kind: ExampleUntagged, Why: matchesOf(in, e.Text, t)})
			}
		}
	}
	return f, len(f.Failures) > 0
}

// matchesOf says which matches tagged a text.
func matchesOf(in phrase.Language, text string, t *classifier.RecordTheme) []string {
	lines := make([]string, 0, 1+len(t.Matches))
	lines = append(lines, in.Say("score %s", t.Score))
	for _, m := range t.Matches {
		lines = append(lines, in.Say("%s (weight %s) at character %d", m.Keyword, m.Weight, utf8.RuneCountInString(text[:m.Start])+1))
	}
	return lines
}

// explainer says why a text was not tagged with a sub-theme.
type explainer struct {
	in   phrase.Language
	d    *dict.Dictionary
	open *classifier.Classifier // tags every sub-theme that has a match
	own  *classifier.Classifier // of d; nil where no theme has a relative threshold
	r    classifier.Result
}

func newExplainer(c *classifier.Classifier, in phrase.Language) (*explainer, error) {
	d := c.Dictionary()
	open, err := openClassifier(c)
	if err != nil {
		return nil, err
	}
	x := &explainer{in: in, d: d, open: open}
	if slices.ContainsFunc(d.Themes, func(t dict.Theme) bool { return t.RelativeThreshold > 0 }) {
		x.own = c
	}
	return x, nil
}

// lost explains a sub-theme that reached its threshold and was dropped by the
// relative threshold: it names the higher score. It is empty if the cause is another
// one.
func (x *explainer) lost(id, text string) string {
	if x.own == nil {
		return ""
	}
	subs := x.own.Explain([]byte(text)).SubThemes // tags come first, by descending score
	for _, s := range subs {
		if s.ID == id && s.Lost != "" {
			return x.in.Say("score %s reaches the threshold %s, but is less than %s of the highest score, %s of %s",
				s.Score, s.Threshold, s.RelativeThreshold, subs[0].Score, subs[0].ID)
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

// missing lists what a text matches of a sub-theme, and says why that is not enough.
func (x *explainer) missing(id, text string) []string {
	theme, sub, ok := x.d.Lookup(id)
	if !ok {
		return []string{x.in.Say("there is no such sub-theme")}
	}
	s := &x.d.Themes[theme].SubThemes[sub]
	counted := map[int]int{}
	for _, tag := range x.r.Tags {
		if tag.Theme == theme && tag.SubTheme == sub {
			for _, m := range tag.Matches {
				counted[m.Keyword] += int(m.Times)
			}
		}
	}
	var lines []string
	score := 0.0
	for k := range s.Keywords {
		if n := counted[k]; n > 0 {
			adds := s.Keywords[k].Weight * (1 + math.Log(float64(n)))
			score += adds
			lines = append(lines, x.in.Say("%s counts %s and adds %s", lintText(&s.Keywords[k]), timesText(x.in, n), short(adds)))
		}
	}
	switch lost := x.lost(id, text); {
	case len(counted) == 0:
		lines = append(lines, x.in.Say("none of its keywords counts in the text"))
	case lost != "":
		lines = append([]string{lost}, lines...)
	default:
		lines = append([]string{x.in.Say("score %s, below the threshold %s", short(score), short(s.Threshold))}, lines...)
	}
	return append(lines, x.refused(s, counted, text)...)
}

// refused names the keywords whose words are all in the text and that still do not
// count, because an analyst would wonder why.
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
		because := x.in.Say("segmentation cuts through it, or a longer keyword covers it")
		switch {
		case len(k.All) > 0:
			because = x.in.Say("its words are more than %d characters apart, or segmentation cuts through one", k.Within)
		case len(k.Unless) > 0:
			because = x.in.Say("unless, segmentation or a longer keyword keeps it from that")
		case k.Whole:
			because = x.in.Say("match: whole, and it is part of a longer word there")
		}
		lines = append(lines, x.in.Say("%s stands in the text and does not count: %s", lintText(k), because))
	}
	return lines
}

// short formats a number with at most three decimals.
func short(x float64) string {
	return strings.TrimRight(strings.TrimRight(fmt.Sprintf("%.3f", x), "0"), ".")
}

// Text writes the report for a person: first the failures with their reasons, then
// the totals.
func (r *ExampleReport) Text(w io.Writer, reader Reader) error {
	p := page{Reader: reader}
	for _, f := range r.Failed {
		room := max(40, textfmt.Columns-2-textfmt.Width(f.Place))
		fmt.Fprintf(&p, "%s: %s\n", f.Place, textfmt.Cut(plain(f.Text), room))
		if len(f.Got) == 0 {
			p.writef("  tagged with nothing\n")
		} else {
			p.writef("  tagged with %s\n", p.headings(f.Got))
		}
		for _, x := range f.Failures {
			switch x.Kind {
			case ExampleMissing:
				p.writef("  %s is expected and missing\n", p.heading(x.ID))
			case ExampleForbidden:
				p.writef("  %s is forbidden and there\n", p.heading(x.ID))
			default:
				p.writef("  nothing is expected, and %s is there\n", p.heading(x.ID))
			}
			for _, line := range x.Why {
				fmt.Fprintf(&p, "    %s\n", line)
			}
		}
	}
	p.writef("%d of %d examples passed", r.Examples-len(r.Failed), r.Examples)
	if len(r.Without) > 0 {
		p.writef("; without any: %s", p.headings(r.Without))
	}
	p.WriteByte('\n')
	_, err := io.WriteString(w, p.String())
	return err
}
