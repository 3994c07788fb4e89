package main

import (
	"context"
	"encoding/csv"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"unicode"

	"github.com/spf13/cobra"

	"github.com/minyi/minyi/classifier/workbench"
	"github.com/minyi/minyi/dict"
	"github.com/minyi/minyi/dict/exchange"
)

// newOptions are the flags of minyi dict new.
type newOptions struct {
	words  []string
	table  string
	corpus string
	limit  int
	json   bool
}

func (a *app) dictNewCommand() *cobra.Command {
	var o newOptions
	cmd := &cobra.Command{
		Use:   "new DIR --words THEME/SUBTHEME=WORD,WORD …",
		Short: "Begin a dictionary of your own in a new folder",
		Long: `Begin a dictionary of your own in a new or empty folder: name its sub-themes, with a
few words for each. Names may be Chinese: ids are made of their readings, 市容/路灯
is shirong/ludeng. --table reads the words from a file instead, such as a CSV with
the columns 词 and 类别; see minyi dict import.

With --corpus, a file of messages is searched for words that mark the messages of
each sub-theme against the others (see minyi dict keyness). They are shown with
their counts and written as comments into the files: nothing is added by itself.

Each file begins with what its settings mean; each sub-theme has examples, so that
minyi dict lint and minyi dict test have something to hold.`,
		Example: `  minyi dict new mine --words 市容/路灯=路灯,街灯 --words 市容/噪声=噪音,施工扰民
  minyi dict new mine --table 词表.csv --corpus messages.ndjson`,
		Args: cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(o.words) == 0 && o.table == "" {
				return usageError("say what to count: --words THEME/SUBTHEME=WORD,WORD or --table FILE")
			}
			if len(o.words) > 0 && o.table != "" {
				return usageError("give --words or --table, not both")
			}
			return a.newDict(cmd.Context(), args[0], o)
		},
	}
	cmd.Flags().StringArrayVar(&o.words, "words", nil, "a sub-theme with its first words: THEME/SUBTHEME=WORD,WORD; once for each")
	cmd.Flags().StringVar(&o.table, "table", "", "file of words and sub-themes, as minyi dict import reads it")
	cmd.Flags().StringVar(&o.corpus, "corpus", "", "file of messages to search for more words")
	cmd.Flags().IntVar(&o.limit, "limit", 10, "how many words are proposed for a sub-theme; -1 is all")
	cmd.Flags().BoolVar(&o.json, "json", false, "as JSON")
	return cmd
}

func (a *app) newDict(ctx context.Context, dir string, o newOptions) error {
	if entries, err := os.ReadDir(dir); err == nil && len(entries) > 0 {
		return usageError("the folder %s is not empty; dict new begins in a new or empty one: give another name", dir)
	} else if err != nil && !absent(dir) {
		return &exitError{code: exitUsage, err: err}
	}
	options := workbench.BeginOptions{Limit: o.limit, Classifier: a.classifierOptions()}
	if o.corpus != "" {
		corpus, err := a.corpus(o.corpus)
		if err != nil {
			return err
		}
		options.Corpus = &corpus
	}
	d, notes, err := a.seeds(dir, o)
	var faults dict.Errors
	if errors.As(err, &faults) || errors.Is(err, exchange.ErrUnknownFormat) || o.table != "" && absent(o.table) {
		return &exitError{code: exitUsage, err: err}
	}
	if err != nil {
		return err
	}
	for _, n := range notes {
		a.notef("%s", a.say("note: %s", n))
	}
	begun, err := workbench.Begin(ctx, d, options)
	if err != nil {
		return measureError(ctx, err)
	}
	d = begun.Dict()
	err = a.saveDictBy(d, dir, false, func(dir string) ([]string, error) {
		return d.WriteBy(dir, func(t *dict.Theme) ([]byte, error) { return begun.Marshal(t, a.reader(d)) })
	})
	if err != nil {
		return err
	}
	return a.report(begun, d.Version(), func(w io.Writer) error { return begun.Text(w, a.reader(d)) }, o.json)
}

// seeds returns the dictionary of the words that were given.
func (a *app) seeds(dir string, o newOptions) (*dict.Dictionary, []exchange.Note, error) {
	if o.table != "" {
		d, notes, err := exchange.ReadFile(o.table, a.language())
		if err != nil {
			return nil, nil, err
		}
		d, lists, err := exchange.Lists(d, true, a.language())
		return d, append(notes, lists...), err
	}
	// A table of words and categories, so that ids are made as minyi dict import does.
	var table strings.Builder
	w := csv.NewWriter(&table)
	_ = w.Write([]string{"词", "类别"}) // a strings.Builder does not fail
	for _, flag := range o.words {
		name, words, err := parseWords(flag)
		if err != nil {
			return nil, nil, err
		}
		if !strings.Contains(name, "/") {
			name = filepath.Base(filepath.Clean(dir)) + "/" + name
		}
		for _, word := range words {
			_ = w.Write([]string{word, name})
		}
	}
	w.Flush()
	d, _, err := exchange.ReadCSV(strings.NewReader(table.String()), "--words", a.language())
	var faults dict.Errors
	if errors.As(err, &faults) {
		for _, f := range faults { // the places are those of the table
			f.Position = dict.Position{File: "--words"}
		}
	}
	return d, nil, err
}

// parseWords reads a flag --words.
func parseWords(flag string) (name string, words []string, err error) {
	at := strings.IndexAny(flag, "=＝:：")
	if at > 0 {
		name = strings.TrimSpace(strings.ReplaceAll(flag[:at], "／", "/"))
		rest := strings.TrimLeft(flag[at:], "=＝:：")
		seen := map[string]bool{}
		for _, word := range strings.FieldsFunc(rest, func(r rune) bool { return strings.ContainsRune(",，、;；", r) || unicode.IsControl(r) }) {
			if word = strings.TrimSpace(word); word != "" && !seen[word] {
				seen[word] = true
				words = append(words, word)
			}
		}
	}
	if strings.Trim(name, "/ ") == "" || len(words) == 0 {
		return "", nil, usageError("--words %s: write THEME/SUBTHEME=WORD,WORD, such as 市容/路灯=路灯,街灯", flag)
	}
	return name, words, nil
}
