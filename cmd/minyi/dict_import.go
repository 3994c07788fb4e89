package main

import (
	"errors"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/minyi/minyi/dict"
	"github.com/minyi/minyi/dict/exchange"
	"github.com/minyi/minyi/internal/workbook"
)

func (a *app) dictImportCommand() *cobra.Command {
	var (
		out   string
		force bool
		split bool
	)
	cmd := &cobra.Command{
		Use:   "import FILE --out DIR",
		Short: "Make a dictionary of an Excel workbook, CSV, or a file of another program",
		Long: `Make a dictionary of a file: an Excel workbook (.xlsx) or CSV (.csv, .tsv) such as
minyi dict export writes; a table with a column of words and one of categories
(词,类别); or a dictionary of quanteda (.yaml, .yml), LIWC (.dic, .dicx), WordStat
(.cat) or Lexicoder (.lc3).

What cannot be taken over is noted, and so is each id that was made of a name:
教育 becomes jiaoyu. A cell such as 学校、老师 is noted too, and --split makes a
keyword of each word.

Nothing is written before all of the file has been read without a fault. A
folder that has a dictionary is left alone unless --force is given; then the new
one takes its place at once, and what was only in the old files, such as
comments, is gone.`,
		Example: `  minyi dict import words.xlsx --out mine
  minyi dict import words.xlsx --out mine --force
  minyi dict import 词表.csv --out mine --split`,
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if out == "" {
				return usageError("say where the dictionary goes: --out DIR")
			}
			if err := checkNew(out, force); err != nil {
				return err
			}
			if name, lock := strings.CutPrefix(filepath.Base(args[0]), "~$"); lock {
				return usageError("open %s: Excel writes this file while it has the workbook open; name the workbook itself: %s", args[0], name)
			}
			d, notes, err := exchange.ReadFile(args[0], a.language())
			var faults dict.Errors
			if errors.As(err, &faults) || errors.Is(err, exchange.ErrUnknownFormat) || errors.Is(err, workbook.ErrDamaged) ||
				errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission) {
				return &exitError{code: exitUsage, err: err}
			}
			if err != nil {
				return err
			}
			d, lists, err := exchange.Lists(d, split, a.language())
			if err != nil {
				return &exitError{code: exitUsage, err: err}
			}
			for _, n := range slices.Concat(notes, lists) {
				a.notef("%s", a.say("note: %s", n))
			}
			return a.saveDict(d, out, force)
		},
	}
	cmd.Flags().StringVar(&out, "out", "", "folder of the new dictionary")
	cmd.Flags().BoolVar(&force, "force", false, "replace the dictionary that is there")
	cmd.Flags().BoolVar(&split, "split", false, "make several keywords of a cell such as 学校、老师")
	return cmd
}
