package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/minyi/minyi/classifier/workbench"
	"github.com/minyi/minyi/dict"
	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/internal/textfmt"
	"github.com/minyi/minyi/pipeline/broker"
)

// goldFile holds labelled messages that are kept with a dictionary: one that is worse on
// them than the current one is not published. It is outside the dictionary's version, as
// no count depends on it: who labels more does not begin another tally.
const goldFile = "gold.ndjson"

// goldOptions are the flags of minyi dict gold.
type goldOptions struct {
	add    string
	by     string
	store  bool
	json   bool
	broker brokerOptions
}

func (a *app) dictGoldCommand() *cobra.Command {
	var o goldOptions
	cmd := &cobra.Command{
		Use:   "gold DIR",
		Short: "Keep labelled messages with a dictionary, and see how far labellers agree",
		Long: `Keep labelled messages with a dictionary, in gold.ndjson beside its files, and see
who labelled how many, and how far those agree who labelled the same texts.

--add takes the labels of a file, such as one of minyi dict review that was filled
in, or of minyi tally judge --labels; rows without a label are left out. --by says
who labelled it, where no column by (标注人) does. What somebody labels again
replaces what they said of the text before. Texts are stored masked; ` + notMasked + `.

--store also keeps them on the broker, where minyi dict eval broker: finds them: of rows
whose id is the sequence of a message of the stream with the same text, as minyi dict
review broker: writes them. The broker keeps the sequence and the labels, never the text.

minyi dict publish measures a dictionary by it: one that is worse than the
current one beyond chance is refused, and so is one whose labellers agree too
little (Krippendorff's alpha under 0.667, on 20 texts or more). It is no part
of the version: no count depends on it.`,
		Example: `  minyi dict gold mine --add review.xlsx --by li
  minyi dict gold mine --add review.xlsx --by li --store
  minyi dict gold mine --add broker:
  minyi dict gold mine`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if o.by != "" && o.add == "" {
				return usageError("--by says who labelled a file: name it with --add FILE")
			}
			if o.store && (o.add == "" || o.add == fromBroker) {
				return usageError("--store keeps the labels of a file on the broker: name it with --add FILE")
			}
			return a.gold(cmd.Context(), args[0], o)
		},
	}
	cmd.Flags().StringVar(&o.add, "add", "", "file of labelled messages to keep with the dictionary; broker: is what is stored there")
	cmd.Flags().StringVar(&o.by, "by", "", "who labelled the messages of that file that do not say it")
	cmd.Flags().BoolVar(&o.store, "store", false, "also keep the labels of that file on the broker, by sequence")
	cmd.Flags().BoolVar(&o.json, "json", false, "as JSON")
	o.broker.register(cmd)
	return cmd
}

func (a *app) gold(ctx context.Context, dir string, o goldOptions) error {
	d, err := loadDict(dir)
	if err != nil {
		return err
	}
	path := filepath.Join(dir, goldFile)
	kept, err := keptGold(ctx, d, path)
	if err != nil {
		return measureError(ctx, err)
	}
	if o.add != "" {
		if kept, err = a.addGold(ctx, d, kept, path, o); err != nil {
			return err
		}
	}
	if len(kept.Labels) == 0 {
		return checkError("%s has no labelled messages; minyi dict gold %s --add FILE keeps some", path, dir)
	}
	g := goldReport{Labels: len(kept.Labels), Agreement: kept.Agreement}
	by, texts := map[string]int{}, map[string]bool{}
	for _, l := range kept.Labels {
		by[l.By]++
		texts[l.Text] = true
	}
	g.Texts = len(texts)
	for who, n := range by {
		g.Labellers = append(g.Labellers, workbench.Labeller{By: who, Texts: n})
	}
	slices.SortFunc(g.Labellers, func(a, b workbench.Labeller) int { return bytes.Compare([]byte(a.By), []byte(b.By)) })
	return a.report(g, d.Version(), func(w io.Writer) error { return g.text(w, a.reader(d)) }, o.json)
}

// keptGold reads the gold file of a dictionary; without one it is empty.
func keptGold(ctx context.Context, d *dict.Dictionary, path string) (*workbench.Gold, error) {
	if absent(path) {
		return &workbench.Gold{}, nil
	}
	return workbench.ReadGold(ctx, d, workbench.File(path))
}

// addGold adds the labels of a file, and writes the gold file anew.
func (a *app) addGold(ctx context.Context, d *dict.Dictionary, kept *workbench.Gold, path string, o goldOptions) (*workbench.Gold, error) {
	corpus, err := a.labelled(ctx, o.broker, o.add)
	if err != nil {
		return nil, err
	}
	added, err := workbench.ReadGold(ctx, d, corpus)
	if err != nil {
		return nil, measureError(ctx, err)
	}
	if len(added.Labels) == 0 {
		return nil, usageError("%s: no message has sub-themes as its label; fill in the column themes (子主题)", o.add)
	}
	var file bytes.Buffer
	write := json.NewEncoder(&file)
	write.SetEscapeHTML(false)
	for i := range added.Labels {
		l := &added.Labels[i]
		if l.By == "" {
			l.By = o.by
		}
		if l.By == "" {
			return nil, usageError("%s: line %d does not say who labelled it; add --by NAME", o.add, l.Line())
		}
		for _, id := range l.Themes {
			if _, _, ok := d.Lookup(id); !ok {
				return nil, unknownLabel(d, o.add, l.Line(), id)
			}
		}
		l.Text = workbench.Mask(l.Text)
	}
	for _, l := range slices.Concat(kept.Labels, added.Labels) {
		if err := write.Encode(l); err != nil {
			return nil, err
		}
	}
	// Read again, so that of a person and text the last label stays.
	all, err := workbench.ReadGold(ctx, d, workbench.Bytes(path, file.Bytes()))
	if err != nil {
		return nil, err
	}
	file.Reset()
	for _, l := range all.Labels {
		if err := write.Encode(l); err != nil {
			return nil, err
		}
	}
	err = writeFile(path, func(w io.Writer) error {
		_, err := w.Write(file.Bytes())
		return err
	})
	if err == nil && o.store {
		err = a.withBroker(ctx, o.broker, func(ctx context.Context, conn *broker.Conn) error {
			return a.storeReview(ctx, conn, added.Labels)
		})
	}
	if err == nil {
		if added.Unread > 0 {
			fmt.Fprint(a.stderr, a.say("%s more have no label and were skipped\n", textfmt.Count(added.Unread)))
		}
		a.notef("%s", a.say("%s: %s labels added, %s in all", path, textfmt.Count(len(added.Labels)), textfmt.Count(len(all.Labels))))
	}
	return all, err
}

// unknownLabel is the error about a label that is no sub-theme.
func unknownLabel(d *dict.Dictionary, file string, line int, said string) error {
	if like := workbench.NearestSubTheme(d, said); like != "" {
		return usageError("%s:%d: the dictionary has no sub-theme %s; did you mean %s?", file, line, said, nameOf(d, like))
	}
	return usageError("%s:%d: the dictionary has no sub-theme %s; minyi dict show lists them", file, line, said)
}

// subThemeName is a sub-theme in a sentence: in Chinese by its name too, as people label.
type subThemeName struct{ id, zh string }

func nameOf(d *dict.Dictionary, id string) subThemeName {
	theme, sub, ok := d.Lookup(id)
	if !ok {
		return subThemeName{id: id}
	}
	return subThemeName{id, d.Themes[theme].SubThemes[sub].Name.Zh}
}

// String is the id.
func (n subThemeName) String() string { return n.id }

// In says the name in a language.
func (n subThemeName) In(l phrase.Language) string {
	if l != phrase.Chinese || n.zh == "" || n.zh == n.id {
		return n.id
	}
	return l.Say("%s (%s)", n.zh, n.id)
}

// goldReport is the JSON of minyi dict gold.
type goldReport struct {
	Texts     int                  `json:"texts"` // distinct ones
	Labels    int                  `json:"labels"`
	Labellers []workbench.Labeller `json:"labellers"`
	Agreement *workbench.Agreement `json:"agreement,omitempty"`
}

func (g *goldReport) text(w io.Writer, r workbench.Reader) error {
	t := textfmt.Table{Columns: []textfmt.Column{{Title: r.Language.Say("labellers")}, {Title: r.Language.Say("texts"), Right: true}}}
	for _, l := range g.Labellers {
		t.Row(l.By, textfmt.Count(l.Texts))
	}
	fmt.Fprint(w, t.String())
	if g.Agreement == nil {
		_, err := fmt.Fprintln(w, r.Language.Say("no text has two labellers, so it is not known how far they would agree"))
		return err
	}
	return g.Agreement.Text(w, r)
}

// goldDisagrees says that those who labelled a gold file agree too little; the text is
// empty if that is not shown. A note says why it cannot be shown.
func (a *app) goldDisagrees(ctx context.Context, gold string, d *dict.Dictionary) (fault phrase.Text, err error) {
	kept, err := keptGold(ctx, d, gold)
	if err != nil {
		return fault, measureError(ctx, err)
	}
	g := kept.Agreement
	switch {
	case g.TooLow():
		return phrase.Textf("%s: its labellers agree too little, alpha %s on %s texts, at least %s is asked for", goldFile,
			textfmt.Score(*g.Alpha), textfmt.Count(g.Common), textfmt.Score(workbench.LeastAlpha)), nil
	case g == nil:
		a.notef("%s", a.say("note: %s: no text has two labellers, so it is not known whether another person would say the same", goldFile))
	case g.Common < workbench.FewestCommon:
		a.notef("%s", a.say("note: %s: only %s texts have two labellers; from %s on their agreement is judged", goldFile,
			textfmt.Count(g.Common), textfmt.Count(workbench.FewestCommon)))
	}
	return fault, nil
}

// keepGold copies the gold file of a folder that is being replaced to the new one.
func keepGold(old, staged string) error {
	data, err := os.ReadFile(filepath.Join(old, goldFile))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(staged, goldFile), data, 0o666)
}
