package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"github.com/minyi/minyi/dict"
)

// fmtOptions are the flags of minyi dict fmt.
type fmtOptions struct {
	dict  string
	write bool
	check bool
}

func (a *app) dictFmtCommand() *cobra.Command {
	var o fmtOptions
	cmd := &cobra.Command{
		Use:   "fmt [FILE...]",
		Short: "Bring the files of a dictionary into the one layout",
		Long: `Bring the files of a dictionary into the one layout: a line for a keyword, quotes
only where they are needed. Comments and the order of keywords stay, and so
does the version of the dictionary.

Prints the new text of the files; with --write changes those that differ and
prints their names; with --check prints their names and exits with 1. Without
FILE, all files of --dict are meant.`,
		Example: `  minyi dict fmt --write --dict mine
  minyi dict fmt --check --dict mine`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, args []string) error {
			// Files that are named win over a dictionary from the settings.
			if source := cmd.Flags().Lookup("dict").Annotations[flagSource]; len(args) > 0 && slices.Contains(source, "command line") {
				return usageError("give files or --dict, not both")
			}
			return a.formatDict(args, o)
		},
	}
	dictFlag(cmd, &o.dict)
	cmd.Flags().BoolVarP(&o.write, "write", "w", false, "change the files")
	cmd.Flags().BoolVar(&o.check, "check", false, "only tell which files differ; exit code 1 if any does")
	return cmd
}

func (a *app) formatDict(files []string, o fmtOptions) error {
	switch {
	case o.write && o.check:
		return usageError("give --write or --check, not both")
	case o.write && len(files) == 0 && o.dict == "":
		return usageError("the dictionary in the program cannot be changed; make a copy with: minyi dict export --yaml DIR")
	}
	read := os.ReadFile
	if len(files) == 0 {
		d, err := loadDict(o.dict)
		if err != nil {
			return err
		}
		if o.dict == "" {
			read = dict.DefaultSource
		}
		for _, t := range d.Themes {
			files = append(files, t.File)
		}
	}
	// No file is written before all have been parsed without fault.
	var (
		faults  dict.Errors
		changed []string
		after   = map[string][]byte{}
	)
	for _, file := range files {
		src, err := read(file)
		if err != nil {
			return &exitError{code: exitUsage, err: err}
		}
		out, err := dict.Format(src)
		var es dict.Errors
		if errors.As(err, &es) {
			for _, e := range es {
				e.File = file
			}
			faults = append(faults, es...)
			continue
		}
		if err != nil {
			return err
		}
		if !bytes.Equal(src, out) {
			changed = append(changed, file)
		}
		after[file] = out
	}
	if len(faults) > 0 {
		return &exitError{code: exitUsage, err: faults}
	}
	return a.writeFormatted(files, changed, after, o)
}

// writeFormatted does with formatted files what the flags ask for.
func (a *app) writeFormatted(files, changed []string, after map[string][]byte, o fmtOptions) error {
	if !o.write && !o.check {
		for _, file := range files {
			if _, err := a.data().Write(after[file]); err != nil {
				return err
			}
		}
		return nil
	}
	for _, file := range changed {
		if o.write {
			err := replace(file, func(staged string) error { return os.WriteFile(staged, after[file], 0o666) })
			if err != nil {
				return err
			}
		}
		if _, err := a.stdout.Write([]byte(filepath.Clean(file) + "\n")); err != nil {
			return err
		}
	}
	if o.check && len(changed) > 0 {
		return checkError("%d of %d files are not in the layout; minyi dict fmt --write changes them", len(changed), len(files))
	}
	return nil
}
