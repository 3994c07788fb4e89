package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/minyi/minyi/classifier/workbench"
	"github.com/minyi/minyi/dict"
	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/internal/textfmt"
)

// lintOptions are the flags of minyi dict lint.
type lintOptions struct {
	dict  string
	rules []string // empty: all
	all   bool     // list every finding, explained ones too
	json  bool
	sarif bool
}

// ruleInvalid is the rule for faults that make a dictionary unusable. The
// workbench does not have it, as it only sees dictionaries without such faults.
const ruleInvalid = "invalid"

func (a *app) dictLintCommand() *cobra.Command {
	var o lintOptions
	cmd := &cobra.Command{
		Use:   "lint [CORPUS]",
		Short: "Find what a dictionary says that is probably not meant",
		Long: `Find what a dictionary says that is probably not meant: keywords that are there
twice, in several sub-themes, within one another; keywords that segmentation
never lets count; unless words that never apply; thresholds that no keyword
reaches; words of several meanings.

With CORPUS, a file of messages, also keywords that stand in none of them, those
that segmentation mostly cuts, with the words that cut them, and those on which
alone a sub-theme depends.

First comes how many findings there are of each rule, then the first of each; --all
or --rule lists every one. Every finding says where, what, why and how to mend it.
Exit code 1 if there is an error among them; warnings may well be meant. Then
explain them, for a keyword or at the head of a file:

  - 校车  # lint shared-keyword: is about both

What is explained is counted, and listed only with --all.`,
		Example: `  minyi dict lint --dict mine
  minyi dict lint examples/suggestions.ndjson --dict mine
  minyi dict lint --sarif --dict mine > lint.sarif`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if o.json && o.sarif {
				return usageError("give --json or --sarif, not both")
			}
			for _, id := range o.rules {
				if !slices.ContainsFunc(a.lintRules(), func(r dict.Rule) bool { return r.ID == id }) {
					return usageError("--rule %s: one of %s", id, a.ruleIDs())
				}
			}
			return a.lintDict(cmd.Context(), args, o)
		},
	}
	dictFlag(cmd, &o.dict)
	cmd.Flags().StringSliceVar(&o.rules, "rule", nil, "only findings of these rules; a finding ends with the name of its rule")
	cmd.Flags().BoolVar(&o.all, "all", false, "list every finding, those that are explained too")
	cmd.Flags().BoolVar(&o.json, "json", false, "as JSON")
	cmd.Flags().BoolVar(&o.sarif, "sarif", false, "as SARIF 2.1.0, for code review and editors")
	return cmd
}

func (a *app) lintDict(ctx context.Context, args []string, o lintOptions) error {
	findings, err := a.findings(ctx, args, o.dict)
	if err != nil {
		return err
	}
	if len(o.rules) > 0 {
		findings = slices.DeleteFunc(findings, func(f dict.Finding) bool { return !slices.Contains(o.rules, f.Rule) })
	}
	read := os.ReadFile
	if o.dict == "" {
		read = dict.DefaultSource
	}
	var explained []dict.Finding
	if !o.all {
		findings, explained = dict.Explained(findings, read)
	}
	summary := a.lintSummary(findings)
	if n := len(explained); n > 0 {
		summary = phrase.Textf("%s; %s explained in the dictionary", summary, textfmt.Count(n))
	}
	w := bufio.NewWriter(a.stdout)
	switch {
	case o.json:
		if findings == nil {
			findings = []dict.Finding{}
		}
		err = a.writeJSON(findings)
	case o.sarif:
		w.Reset(textfmt.NewJSONWriter(raw(a.stdout)))
		err = dict.WriteSARIF(w, findings, a.lintRules(), version)
	default:
		err = a.writeFindings(w, findings, o.all || len(o.rules) > 0, read)
	}
	if err == nil {
		err = w.Flush()
	}
	if err != nil {
		return err
	}
	if err := a.noteStaleMeasure(o.dict); err != nil {
		return err
	}
	if dict.HasErrors(findings) {
		return checkError("%s", summary)
	}
	a.notef("%s", summary)
	return nil
}

// fewFindings is how many findings of a rule are listed where not all are.
const fewFindings = 3

// writeFindings writes how many findings there are of each rule, if there are several
// rules or many findings, and then the findings: all, or the first of each rule and
// every error.
func (a *app) writeFindings(w io.Writer, findings []dict.Finding, all bool, read func(string) ([]byte, error)) error {
	by := countRules(findings)
	t := textfmt.Table{Columns: []textfmt.Column{{Right: true}, {}, {MinWidth: 20}}}
	more := 0
	for _, r := range a.lintRules() {
		if n := by[r.ID]; n > 0 {
			t.Row(textfmt.Count(n), r.ID, r.Summary)
			if n > fewFindings && r.Severity != dict.SeverityError {
				more += n - fewFindings
			}
		}
	}
	if len(by) > 1 || more > 0 && !all {
		fmt.Fprintln(w, t.String())
	}
	if !all && more > 0 {
		listed := map[string]int{}
		findings = slices.DeleteFunc(slices.Clone(findings), func(f dict.Finding) bool {
			listed[f.Rule]++
			return listed[f.Rule] > fewFindings && f.Severity != dict.SeverityError
		})
	}
	if err := dict.WriteFindings(w, a.language(), findings, read); err != nil {
		return err
	}
	if !all && more > 0 {
		fmt.Fprintln(w, a.say("and %s more: --rule RULE or --all lists them", textfmt.Count(more)))
	}
	return nil
}

func countRules(findings []dict.Finding) map[string]int {
	by := map[string]int{}
	for _, f := range findings {
		by[f.Rule]++
	}
	return by
}

// lintRules are the rules of the workbench and ruleInvalid.
func (a *app) lintRules() []dict.Rule {
	return append([]dict.Rule{{
		ID: ruleInvalid, Severity: dict.SeverityError, Summary: a.say("What keeps a dictionary from being used"),
	}}, workbench.LintRules(a.language())...)
}

func (a *app) ruleIDs() string {
	rules := a.lintRules()
	ids := make([]string, 0, len(rules))
	for _, r := range rules {
		ids = append(ids, r.ID)
	}
	return strings.Join(ids, ", ")
}

// lintSummary counts findings: errors: 1, warnings: 12 (9 dead-keyword, …).
func (a *app) lintSummary(findings []dict.Finding) phrase.Text {
	faults := 0
	for _, f := range findings {
		if f.Severity == dict.SeverityError {
			faults++
		}
	}
	by := countRules(findings)
	var rules []string
	for _, r := range a.lintRules() {
		if n := by[r.ID]; n > 0 {
			rules = append(rules, textfmt.Count(n)+" "+r.ID)
		}
	}
	if len(rules) == 0 {
		return phrase.Textf("errors: %s, warnings: %s", textfmt.Count(faults), textfmt.Count(len(findings)-faults))
	}
	return phrase.Textf("errors: %s, warnings: %s (%s)", textfmt.Count(faults), textfmt.Count(len(findings)-faults), phrase.Listed(rules...))
}

// findings lints the dictionary of a folder. If it cannot be read, the findings
// are the faults of reading it.
func (a *app) findings(ctx context.Context, args []string, dir string) ([]dict.Finding, error) {
	var corpus *workbench.Corpus
	if len(args) > 0 {
		c, err := a.corpus(args[0])
		if err != nil {
			return nil, err
		}
		corpus = &c
	}
	d, err := loadDict(dir)
	if err == nil {
		var found []dict.Finding
		found, err = workbench.Lint(ctx, d, a.language(), corpus, a.classifierOptions())
		if err == nil {
			return found, nil
		}
	}
	var faults dict.Errors
	if !errors.As(err, &faults) {
		return nil, measureError(ctx, err)
	}
	findings := make([]dict.Finding, 0, len(faults))
	for _, f := range faults {
		findings = append(findings, dict.Finding{
			Position: f.Position, Rule: ruleInvalid, Severity: dict.SeverityError,
			Message: f.MsgIn(a.language()), Why: a.say("a dictionary with it cannot be used"), Fix: f.HintIn(a.language()),
		})
	}
	return findings, nil
}
