package pipeline

import (
	"strconv"
	"time"

	"github.com/minyi/minyi/dict/phrase"
)

// OriginSheet is the sheet of a workbook of counts that says which counts they are.
const OriginSheet = "minyi"

// OriginRow is one thing to know of counts: its name, as in JSON, and its value.
type OriginRow struct{ Name, Value string }

// Origin says which counts these are, for files that have no other place for it. since is
// when their tally became the current one; zero: it is not, or that is not known.
func Origin(c *Counts, since time.Time) []OriginRow {
	rows := []OriginRow{
		{"stream", c.Info.Spec.Stream},
		{"tally", c.Tally},
		{"dict", c.Dict},
		{"frontier", strconv.FormatUint(c.Frontier, 10)},
	}
	for _, at := range []struct {
		name string
		time.Time
	}{{"as_of", c.AsOf}, {"current_since", since}} {
		if !at.IsZero() {
			rows = append(rows, OriginRow{at.name, at.UTC().Format(time.RFC3339)})
		}
	}
	return rows
}

// SheetWriter writes the sheets of a workbook, one after the other: the name and the header
// of a sheet, then its rows.
type SheetWriter interface {
	Sheet(name string, header []string) error
	Row(cells []any) error
}

// WriteOrigin writes the sheets that follow a table of counts in a workbook: the one that
// says which counts they are, and one that says in the reader's language what the columns
// of the table and the names of the other sheet mean. Names of columns are the same in all
// languages, because programs look for them.
func WriteOrigin(to SheetWriter, origin []OriginRow, columns []string, l phrase.Language) error {
	if err := to.Sheet(OriginSheet, []string{"what", "value"}); err != nil {
		return err
	}
	for _, r := range origin {
		if err := to.Row([]any{r.Name, r.Value}); err != nil {
			return err
		}
		columns = append(columns[:len(columns):len(columns)], r.Name)
	}
	if err := to.Sheet(l.Say("columns"), []string{l.Say("column"), l.Say("meaning")}); err != nil {
		return err
	}
	said := map[string]bool{}
	for _, name := range columns {
		if text, ok := meanings[name]; ok && !said[name] {
			said[name] = true
			if err := to.Row([]any{name, text.In(l)}); err != nil {
				return err
			}
		}
	}
	return nil
}
