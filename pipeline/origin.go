package pipeline

import (
	"strconv"
	"time"
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
