package main

import (
	"io"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/minyi/minyi/dict"
	"github.com/minyi/minyi/dict/exchange"
	"github.com/minyi/minyi/dict/phrase"
)

// exportOptions are the flags of minyi dict export.
type exportOptions struct {
	dict  string
	xlsx  string
	csv   string
	yaml  string
	force bool
}

func (a *app) dictExportCommand() *cobra.Command {
	var o exportOptions
	cmd := &cobra.Command{
		Use:   "export --xlsx FILE | --csv FILE | --yaml DIR",
		Short: "Write a dictionary as an Excel workbook, as CSV, or as its files",
		Long: `Write a dictionary as an Excel workbook, as CSV, or as its YAML files. All three
hold all of it: minyi dict import reads the first two back into the same
version. Only comments stay behind, except in the YAML files.

A workbook has a sheet a theme and one that explains the columns.`,
		Example: `  minyi dict export --xlsx words.xlsx
  minyi dict export --csv - --dict mine | head
  minyi dict export --yaml mine`,
		Args: cobra.NoArgs,
		RunE: func(_ *cobra.Command, _ []string) error {
			d, err := loadDict(o.dict)
			if err != nil {
				return err
			}
			switch {
			case o.xlsx != "" && o.csv == "" && o.yaml == "":
				return a.exportFile(o.xlsx, ".xlsx", o.force, func(w io.Writer) error { return exchange.WriteXLSX(w, d) })
			case o.csv != "" && o.xlsx == "" && o.yaml == "":
				return a.exportFile(o.csv, ".csv", o.force, func(w io.Writer) error { return exchange.WriteCSV(w, d) })
			case o.yaml != "" && o.xlsx == "" && o.csv == "":
				return a.exportFiles(d, o)
			}
			return usageError("give one of --xlsx FILE, --csv FILE and --yaml DIR")
		},
	}
	dictFlag(cmd, &o.dict)
	cmd.Flags().StringVar(&o.xlsx, "xlsx", "", "workbook to write")
	cmd.Flags().StringVar(&o.csv, "csv", "", "CSV file to write; - is standard output")
	cmd.Flags().StringVar(&o.yaml, "yaml", "", "folder to write the files to")
	cmd.Flags().BoolVar(&o.force, "force", false, "replace what is there")
	return cmd
}

// exportFile writes a dictionary to one file, or to standard output for "-".
// The name needs the extension that other programs expect.
func (a *app) exportFile(path, ext string, force bool, write func(io.Writer) error) error {
	if path == "-" {
		if ext == ".xlsx" && terminal(a.stdout) {
			return usageError("a workbook is nothing for a terminal; name a file: --xlsx words.xlsx")
		}
		return write(a.data())
	}
	if !strings.EqualFold(filepath.Ext(path), ext) {
		return usageError("%s: the name has to end in %s, which Excel and minyi dict import go by", path, ext)
	}
	if err := checkNew(path, force); err != nil {
		return err
	}
	if err := writeFile(path, write); err != nil {
		return err
	}
	a.notef("%s", a.say("%s written", path))
	return nil
}

// exportFiles copies the files of a dictionary as they are, with their comments.
func (a *app) exportFiles(d *dict.Dictionary, o exportOptions) error {
	if err := checkNew(o.yaml, o.force); err != nil {
		return err
	}
	read := os.ReadFile
	if o.dict == "" {
		read = dict.DefaultSource
	}
	err := replace(o.yaml, func(staged string) error {
		if err := os.Mkdir(staged, 0o777); err != nil {
			return err
		}
		if err := keepGold(o.yaml, staged); err != nil {
			return err
		}
		for _, t := range d.Themes {
			src, err := read(t.File)
			if err != nil {
				return err
			}
			if err := os.WriteFile(filepath.Join(staged, filepath.Base(t.File)), src, 0o666); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return phrase.Errorf("write %s: %w", o.yaml, err)
	}
	a.notef("%s", a.say("%s: %d files written", o.yaml, len(d.Themes)))
	return nil
}
