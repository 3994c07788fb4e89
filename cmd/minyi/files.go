package main

import (
	"errors"

	"github.com/spf13/cobra"

	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/internal/textfmt"
	"github.com/minyi/minyi/pipeline/intake"
)

// fileOptions are the flags that choose what is read of a file.
type fileOptions struct {
	sheet     string
	headerRow int
	columns   intake.ColumnChoice
	tempDir   string

	header *cobra.Command // on which --header-row may have been given
}

func (o *fileOptions) register(cmd *cobra.Command) {
	o.header = cmd
	f := cmd.Flags()
	f.StringVar(&o.sheet, "sheet", "", "the only sheet of a workbook to read (default: every sheet with a column of text)")
	f.IntVar(&o.headerRow, "header-row", 0, "the row with the names of the columns; 0: there is none (default: it is found)")
	f.StringVar(&o.columns.Text, "text", "", "column of the text, by name or by letter")
	f.StringVar(&o.columns.Title, "title", "", "column of the title, or none")
	f.StringVar(&o.columns.Time, "time", "", "column of the time, two as in 日期+时间, or none")
	f.StringVar(&o.columns.ID, "id", "", "column of the id, or none")
	f.StringVar(&o.columns.Source, "source", "", "column of the source, or none")
}

// options returns what intake needs to read a file.
func (o *fileOptions) options(a *app) intake.Options {
	opts := intake.Options{Sheet: o.sheet, Columns: o.columns, TempDir: o.tempDir, Stdin: a.stdin}
	if o.header != nil && o.header.Flags().Changed("header-row") {
		opts.HeaderRow = &o.headerRow
	}
	return opts
}

// lookAt reads tables and workbooks to their end before anything is sent, and
// prints what was found: which column is the text is for the person to see, and
// what is doubtful ends the command before it has done anything. Of other files
// it only sees that they can be opened. Standard input and pipes can be read only
// once and are not looked at.
func (a *app) lookAt(files []string, opts intake.Options) error {
	for _, name := range files {
		if !intake.Regular(name) && !absent(name) && !folder(name) {
			continue
		}
		if !intake.IsTable(name) {
			r, err := intake.Open(name, opts)
			if err != nil {
				return &exitError{code: exitUsage, err: err}
			}
			if err := r.Close(); err != nil {
				return err
			}
			continue
		}
		done := a.screen.during(a.say("reading %s", intake.BaseName(name)))
		balance, _, err := intake.Check(name, opts)
		done()
		if err != nil {
			return &exitError{code: exitUsage, err: err}
		}
		a.writeTables(a.stderr, balance)
	}
	return nil
}

// lookAtEach is lookAt for files of which those that can be read are to be sent: the others
// are named. The error is that of the only file, or says that none can be read.
func (a *app) lookAtEach(files []string, opts intake.Options) (readable, unread []string, err error) {
	if len(files) == 1 {
		return files, nil, a.lookAt(files, opts)
	}
	for _, name := range files {
		err := a.lookAt([]string{name}, opts)
		if err == nil {
			readable = append(readable, name)
			continue
		}
		a.notef("minyi: %v", err)
		unread = append(unread, name)
	}
	if len(readable) == 0 {
		return nil, nil, usageError("none of the %d files can be read: nothing is sent", len(files))
	}
	return readable, unread, nil
}

// checkFiles prints what sending each file would do, and sends nothing. Its error
// has exit code 1 when records would be refused, 2 when a file cannot be read.
func (a *app) checkFiles(files []string, opts intake.Options, asJSON bool) error {
	refused := 0
	var unread []string
	for _, name := range files {
		done := a.screen.during(a.say("reading %s", intake.BaseName(name)))
		balance, refusals, err := intake.Check(name, opts)
		done()
		if err != nil && len(files) > 1 {
			a.notef("minyi: %v", err)
			unread = append(unread, name)
			continue
		}
		if err != nil {
			return &exitError{code: exitUsage, err: err}
		}
		refused += balance.Refused
		if asJSON {
			if err := a.writeJSON(balance); err != nil {
				return err
			}
			continue
		}
		a.writeTables(a.stdout, balance)
		a.writeBalance(a.stdout, balance)
		a.printRefusals(balance.Refused, refusals)
	}
	if len(unread) > 0 {
		return usageError("%d of %d files cannot be read to their end: %s; they would not be sent", len(unread), len(files), phrase.Listed(unread...))
	}
	if refused > 0 {
		return checkError("%s would not be sent", recordsOf(refused))
	}
	return nil
}

// recordsOf is a number of records in words.
func recordsOf(n int) phrase.Text {
	if n == 1 {
		return phrase.Textf("1 record")
	}
	return phrase.Textf("%s records", textfmt.Count(n))
}

// maxShown is how many refused records are named one by one.
const maxShown = 10

// printRefusals names the first records that were refused.
func (a *app) printRefusals(n int, refusals []error) {
	refusals = refusals[:min(len(refusals), maxShown)] // the balance has the rows of all
	for _, err := range refusals {
		a.notef("  %v", err)
	}
	if n -= len(refusals); n > 0 {
		a.notef("  and %d more", n)
	}
}

// isDoubt tells whether the user can end an error by saying more.
func isDoubt(err error) bool {
	for _, target := range []error{intake.ErrDoubt, intake.ErrNoTextColumn, intake.ErrNoSuchColumn, intake.ErrListInside, intake.ErrEncoding} {
		if errors.Is(err, target) {
			return true
		}
	}
	return false
}
