package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/minyi/minyi/classifier"
	"github.com/minyi/minyi/classifier/workbench"
	"github.com/minyi/minyi/dict"
	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/internal/textfmt"
	"github.com/minyi/minyi/pipeline"
	"github.com/minyi/minyi/pipeline/broker"
	"github.com/minyi/minyi/pipeline/compare"
	"github.com/minyi/minyi/pipeline/supervise"
)

// publishOptions are the flags of minyi dict publish.
type publishOptions struct {
	reasonOptions
	force bool
	json  bool
}

func (a *app) dictPublishCommand() *cobra.Command {
	var (
		b brokerOptions
		o publishOptions
	)
	cmd := &cobra.Command{
		Use:   "publish DIR",
		Short: "Have a running fleet count by a dictionary, beside the current one",
		Long: `Check a dictionary, store it on the broker, and have every running worker count
the whole stream by it, beside the current tally and without a restart. Readers
see nothing of it until minyi tally promote.

It is refused before anybody sees it if it cannot be read, if lint finds an error,
if one of its examples fails, if it is worse than the current one on gold.ndjson,
the labelled messages that are kept with it, or if those who labelled these agree
too little (minyi dict gold shows it); --force with --reason publishes it all
the same, unless it cannot be read. A measure of this version that lies beside it
(minyi dict eval --save) goes along. The same content is the same version and the same tally,
however often it is published.`,
		Example: `  minyi dict publish mine --by li --reason "new keywords for schools"
  minyi dict publish mine --json | jq -r .tally`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := o.complete(a); err != nil {
				return err
			}
			if o.force && o.reason == "" {
				return usageError("--force needs --reason: both are kept in the history")
			}
			return a.publishDict(cmd.Context(), b, args[0], o)
		},
	}
	b.register(cmd)
	o.register(cmd)
	cmd.Flags().BoolVar(&o.force, "force", false, "publish it although lint, its examples or its gold set speak against it; needs --reason")
	cmd.Flags().BoolVar(&o.json, "json", false, "as JSON")
	return cmd
}

func (a *app) publishDict(ctx context.Context, b brokerOptions, dir string, o publishOptions) error {
	c, err := a.loadClassifier(dir)
	var faults []phrase.Text
	if err == nil {
		faults, err = a.objections(ctx, dir, c)
	}
	if gold := filepath.Join(dir, goldFile); err == nil && !absent(gold) {
		fault, err := a.goldDisagrees(ctx, gold, c.Dictionary())
		if err != nil {
			return err
		}
		if !fault.IsZero() {
			faults = append(faults, fault)
		}
		err = a.withBroker(ctx, b, func(ctx context.Context, conn *broker.Conn) error {
			fault, err := a.goldObjects(ctx, conn, gold, c)
			if !fault.IsZero() {
				faults = append(faults, fault)
			}
			return err
		})
		if err != nil {
			return err // the broker's, or that of the file: the dictionary is not to blame
		}
	}
	if err != nil || len(faults) > 0 && !o.force {
		return a.refuseDict(ctx, b, c, dir, o, faults, err)
	}
	packed, err := supervise.Pack(c.Dictionary())
	if err != nil {
		return err
	}
	why := o.reason
	if len(faults) > 0 {
		why = cutWhy(why + " (forced: " + storedFaults(faults) + ")")
	}
	return a.withBroker(ctx, b, func(ctx context.Context, conn *broker.Conn) error {
		w, err := conn.Tallies().PublishDict(ctx, c.Dictionary().Version(), packed, o.by, why)
		switch {
		case errors.Is(err, broker.ErrNoTally):
			return checkError("%w; start a worker first (minyi work): a published dictionary is counted as the current one is, but for the dictionary", err)
		case errors.Is(err, supervise.ErrLimit), errors.Is(err, supervise.ErrRetired):
			return &exitError{code: exitCheck, err: err}
		case err != nil:
			return err
		}
		if err := a.publishMeasure(ctx, conn, dir, c); err != nil {
			return err
		}
		current, err := conn.Tallies().Current(ctx)
		if err != nil {
			return err
		}
		if err := a.printPublished(w, current == w.Tally(), o); err != nil {
			return err
		}
		a.noteUncounted(ctx, conn, w.Tally())
		return nil
	})
}

// goldObjects says that a dictionary is worse than the current one on its own gold set; an empty
// text if it is not shown to be, or there is nothing to compare with.
func (a *app) goldObjects(ctx context.Context, conn *broker.Conn, gold string, c *classifier.Classifier) (fault phrase.Text, err error) {
	current, err := conn.Counts().Current(ctx)
	if errors.Is(err, broker.ErrNoTally) {
		return fault, nil
	}
	if err != nil {
		return fault, err
	}
	about, err := conn.Counts().TallyInfo(ctx, current)
	if err != nil {
		return fault, err
	}
	check, err := a.checkLabels(ctx, conn, gold, about.Spec.Dict, c)
	if err != nil || check.Verdict != compare.Fail {
		return fault, err
	}
	return phrase.Textf("%s: %s", goldFile, check.Detail), nil
}

// objections are what speaks against a dictionary: errors of lint, and examples that fail.
func (a *app) objections(ctx context.Context, dir string, c *classifier.Classifier) (faults []phrase.Text, err error) {
	findings, err := a.findings(ctx, nil, dir)
	if err != nil {
		return nil, err
	}
	if dict.HasErrors(findings) {
		faults = append(faults, a.lintSummary(findings))
	}
	report, err := workbench.RunExamples(c, a.language())
	if err != nil {
		return nil, err
	}
	if n := len(report.Failed); n > 0 {
		faults = append(faults, phrase.Textf("%d of %d examples failed", n, report.Examples))
	}
	return faults, nil
}

// refuseDict says why a dictionary is not published, and has the history say it too, where
// the broker can be reached. C is nil if the dictionary cannot be read.
func (a *app) refuseDict(ctx context.Context, b brokerOptions, c *classifier.Classifier, dir string, o publishOptions, faults []phrase.Text, why error) error {
	e := supervise.Event{ID: supervise.NewID(), Event: supervise.RefusedBy, At: time.Now().UTC(), By: o.by, Why: cutWhy(storedFaults(faults))}
	if why != nil {
		e.Why = supervise.WhyUnread + ": " + filepath.Base(dir) // it has no version
	}
	if c != nil {
		e.Dict = c.Dictionary().Version()
	}
	err := a.withBroker(ctx, b, func(ctx context.Context, conn *broker.Conn) error { return conn.Record(ctx, e) })
	if err != nil {
		a.notef("note: the history does not have this refusal: %v", err)
	}
	if why != nil {
		return why
	}
	return checkError("%s is not published: %s; minyi dict lint, test and gold show what it is, and --force with --reason publishes it all the same", dir, phrase.Several(faults...))
}

// storedFaults are faults as the history keeps them: in English, a line each. [whyIn] says
// them in the language of who reads them.
func storedFaults(faults []phrase.Text) string {
	lines := make([]string, len(faults))
	for i, f := range faults {
		lines[i] = f.String()
	}
	return strings.Join(lines, "\n")
}

// printPublished says what is counted now, and what comes next. One that readers are shown
// already is published again by who forgot to change something.
func (a *app) printPublished(w supervise.Wanted, shown bool, o publishOptions) error {
	if o.json {
		return a.writeStamped(struct {
			Dict  string `json:"dict"`
			Tally string `json:"tally"`
		}{w.Spec.Dict, w.Tally()}, (&pipeline.Checkpoint{}).Stamp(w.Spec))
	}
	fmt.Fprint(a.stdout, a.say("dictionary %s, tally %s\n", w.Spec.Dict, w.Tally()))
	if w.Spec.Semantics != semantics {
		a.notef("note: the current tally is classified by %s, and this program has %s; workers of another release count it", w.Spec.Semantics, semantics)
	}
	if shown {
		a.notef("readers are shown this one already: its content is the same")
		return nil
	}
	a.notef("minyi tally list shows how far it is; minyi tally promote %s --when-ready shows it to readers", w.Tally())
	return nil
}

func (a *app) dictListCommand() *cobra.Command {
	var (
		b      brokerOptions
		asJSON bool
	)
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "List the dictionaries that are stored on the broker",
		Example: `  minyi dict list`,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return a.withBroker(cmd.Context(), b, func(ctx context.Context, conn *broker.Conn) error { return a.listDicts(ctx, conn, asJSON) })
		},
	}
	b.register(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "as JSON")
	return cmd
}

// listedDict is a row of minyi dict list. Its JSON shape is stable.
type listedDict struct {
	broker.StoredDict
	Tallies []string `json:"tallies"` // that are counted by it
	Current bool     `json:"current"` // one of them is the current one
}

func (a *app) listDicts(ctx context.Context, conn *broker.Conn, asJSON bool) error {
	dicts, err := conn.Tallies().Dicts(ctx)
	if err != nil {
		return err
	}
	tallies, err := conn.Tallies().List(ctx)
	if err != nil && !errors.Is(err, broker.ErrNoStream) {
		return err
	}
	rows := make([]listedDict, 0, len(dicts))
	for _, d := range dicts {
		row := listedDict{StoredDict: d, Tallies: []string{}}
		for _, t := range tallies {
			if t.Dict == d.Dict && t.State == supervise.Counting {
				row.Tallies = append(row.Tallies, t.Tally)
				row.Current = row.Current || t.Current
			}
		}
		rows = append(rows, row)
	}
	if asJSON {
		return a.writeJSON(rows)
	}
	t := textfmt.Table{Columns: []textfmt.Column{
		{Title: a.inLanguage("词典", "dictionary")}, {Title: a.inLanguage("字节", "bytes"), Right: true}, {Title: a.inLanguage("存入", "stored")}, {Title: a.inLanguage("计票", "tallies")},
	}}
	for _, r := range rows {
		of := strings.Join(r.Tallies, " ")
		if r.Current {
			of += a.inLanguage("（当前）", " (current)")
		}
		t.Row(r.Dict, textfmt.Count(r.Bytes), r.Stored.Local().Format(time.DateTime), of)
	}
	_, err = a.stdout.Write([]byte(t.String()))
	return err
}

func (a *app) dictFetchCommand() *cobra.Command {
	var (
		b   brokerOptions
		out string
	)
	cmd := &cobra.Command{
		Use:     "fetch VERSION",
		Short:   "Write a dictionary that is stored on the broker to a folder",
		Example: `  minyi dict fetch 04bf505980e8b45c --out may`,
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if out == "" {
				return usageError("name the folder to write with --out DIR")
			}
			return a.withBroker(cmd.Context(), b, func(ctx context.Context, conn *broker.Conn) error {
				version, err := a.versionOf(ctx, conn, args[0])
				if err != nil {
					return err
				}
				d, err := storedDict(ctx, conn, version)
				if err != nil {
					return err
				}
				if err := a.saveDict(d, out, false); err != nil {
					return err
				}
				m, err := brokerMeasure(ctx, conn, version)
				if err != nil || m == nil {
					return err
				}
				return a.saveMeasure(m, out)
			})
		},
	}
	b.register(cmd)
	cmd.Flags().StringVar(&out, "out", "", "folder to write; it must be new")
	return cmd
}

// versionOf returns the version of a dictionary that is named by it, by its beginning, by
// a tally, or as "current".
func (a *app) versionOf(ctx context.Context, conn *broker.Conn, name string) (string, error) {
	id, err := tallyID(ctx, conn, name)
	if err == nil {
		if about, err := conn.Counts().TallyInfo(ctx, id); err == nil {
			return about.Spec.Dict, nil
		}
	}
	if err != nil && (name == "current" || !errors.Is(err, broker.ErrNoTally)) {
		return "", err
	}
	dicts, err := conn.Tallies().Dicts(ctx)
	if err != nil {
		return "", err
	}
	var found []string
	for _, d := range dicts {
		if strings.HasPrefix(d.Dict, name) {
			found = append(found, d.Dict)
		}
	}
	switch len(found) {
	case 0:
		return name, nil // the one in the program, or none
	case 1:
		return found[0], nil
	}
	return "", usageError("%s is the beginning of %s", name, phrase.Both(found...))
}
