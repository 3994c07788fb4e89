package intake

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// Reason says why a row was not taken. The values are part of what minyi prints
// as JSON.
type Reason string

// The reasons.
const (
	ReasonTooLong    Reason = "too_long"              // over [Options.MaxRecordBytes], or over what the broker takes
	ReasonOpenQuote  Reason = "open_quote"            // a quote that is never closed
	ReasonSurplus    Reason = "surplus_cells"         // more cells than the header names
	ReasonNoValue    Reason = "formula_without_value" // the text is a formula of which the file has no result
	ReasonErrorValue Reason = "error_value"           // the text is #N/A, #REF! and the like
	ReasonEncoding   Reason = "mixed_encoding"        // the row is not in the encoding of the file
	ReasonOtherID    Reason = "same_id_other_content" // the id belongs to another suggestion
	ReasonStructure  Reason = "structure"             // an array that is not closed, text behind its end
)

// Balance says what was read of a file, and what became of every row of it:
//
//	Rows = Sent + Already + Refused + Empty + Headers
//
// holds for a file that was read to its end. Rows is the number that a
// spreadsheet shows: of the rows below the header up to the last that has
// anything in it; of a file of JSON, of its lines or elements.
type Balance struct {
	File     string   `json:"file"`
	Format   string   `json:"format"`          // csv, xlsx, ndjson, json
	Encoding string   `json:"encoding"`        // utf-8, utf-16, gb18030, big5
	Check    bool     `json:"check,omitempty"` // nothing was sent: Sent and Already say what sending to an empty stream would do
	Tables   []*Table `json:"tables,omitempty"`

	Rows    int `json:"rows"`
	Read    int `json:"read"` // Sent + Already + Refused
	Sent    int `json:"sent"`
	Already int `json:"already"` // there before, in the stream or further up in the file
	Refused int `json:"refused"`
	Empty   int `json:"empty"`   // rows without anything in them
	Headers int `json:"headers"` // the header again, among the rows

	// What was taken and yet should be known.
	Undated  int  `json:"undated"`  // without a time that can be read: counted on the day on which they are stored
	NoText   int  `json:"no_text"`  // sent without a text, and rejected when they are counted
	NoID     int  `json:"no_id"`    // known by their content, as their id is empty or none
	Hidden   int  `json:"hidden"`   // in rows that the spreadsheet hides
	Garbled  int  `json:"garbled"`  // with bytes that are no characters: each becomes U+FFFD
	Unsure   int  `json:"unsure"`   // choices that were not certain, of all tables
	Complete bool `json:"complete"` // the file was read to its end
}

// Table is a sheet of a workbook, or all of a CSV file, or all of a file of JSON.
type Table struct {
	Sheet   string   `json:"sheet,omitempty"`
	Skipped Skipped  `json:"skipped,omitempty"` // why nothing of it was counted
	Header  []int    `json:"header_rows,omitempty"`
	Names   []string `json:"-"` // of all columns
	Columns []Column `json:"columns,omitempty"`
	Others  []Column `json:"others,omitempty"` // columns that could have been meant instead
	IDs     IDs      `json:"ids,omitempty"`

	First int `json:"first_row,omitempty"` // below the header
	Last  int `json:"last_row,omitempty"`  // the last with anything in it
	Rows  int `json:"rows"`                // of a sheet that was skipped: the rows that are not counted, where they were looked at

	Refused map[Reason]*RowSet `json:"refused,omitempty"`
	Undated RowSet             `json:"undated,omitzero"` // with a time that cannot be read
	NoTime  RowSet             `json:"no_time,omitzero"` // without one
	NoText  RowSet             `json:"no_text,omitzero"`
	NoID    RowSet             `json:"no_id,omitzero"`
	Hidden  RowSet             `json:"hidden,omitzero"`
	Garbled RowSet             `json:"garbled,omitzero"`
	Headers RowSet             `json:"headers,omitzero"`
	Again   RowSet             `json:"again,omitzero"` // the same suggestion as a row further up

	pendingEmpty int // empty rows that count only if anything follows
}

// Skipped says why a sheet was not counted.
type Skipped string

// Why a sheet is not counted.
const (
	SkippedEmpty    Skipped = "empty"      // nothing in it
	SkippedNoText   Skipped = "no_text"    // no column of text
	SkippedHidden   Skipped = "hidden"     // the workbook hides it
	SkippedByChoice Skipped = "not_chosen" // another was chosen
)

// IDs says what the ids of a table are worth.
type IDs string

// What ids are worth.
const (
	IDsNone    IDs = "none"    // no column of ids: suggestions are known by their content
	IDsOwn     IDs = "own"     // an id names a suggestion in any file
	IDsRunning IDs = "running" // numbers such as 1, 2, 3, which name a suggestion in this file only
)

// How says how a column was found.
type How string

// How a column is found.
const (
	ByName    How = "name"    // by its name alone
	ByContent How = "content" // by what stands below, among several whose names fit
	ByFlag    How = "flag"    // as told
)

// Column is a column of a table that is read.
type Column struct {
	Field  string `json:"field"`  // text, title, source, time, id
	Letter string `json:"column"` // as a spreadsheet names it
	Name   string `json:"name"`
	How    How    `json:"how,omitempty"`
}

// maxRanges bounds how many ranges of rows are kept of one kind.
const maxRanges = 20

// RowSet counts rows and keeps the first of them as ranges.
type RowSet struct {
	Count  int      `json:"count"`
	Ranges [][2]int `json:"ranges,omitempty"` // first and last; at most 20
}

// Add counts a row.
func (s *RowSet) Add(row int) {
	s.Count++
	if n := len(s.Ranges); n > 0 && s.Ranges[n-1][1]+1 == row {
		s.Ranges[n-1][1] = row
	} else if n < maxRanges {
		s.Ranges = append(s.Ranges, [2]int{row, row})
	}
}

// IsZero tells whether no row was counted.
func (s RowSet) IsZero() bool { return s.Count == 0 }

// String lists the rows: "2-10, 15"; "…" ends a list that is not complete.
func (s RowSet) String() string {
	var parts []string
	kept := 0
	for _, r := range s.Ranges {
		kept += r[1] - r[0] + 1
		if r[0] == r[1] {
			parts = append(parts, strconv.Itoa(r[0]))
		} else {
			parts = append(parts, fmt.Sprintf("%d-%d", r[0], r[1]))
		}
	}
	if kept < s.Count {
		parts = append(parts, "…")
	}
	return strings.Join(parts, ", ")
}

// newTable adds a table to the balance.
func (b *Balance) newTable(sheet string) *Table {
	t := &Table{Sheet: sheet}
	b.Tables = append(b.Tables, t)
	return t
}

// at notes that a row exists that has anything in it, and with it the empty ones
// above it.
func (b *Balance) at(t *Table, row int) {
	b.Empty += t.pendingEmpty
	t.Rows += 1 + t.pendingEmpty
	b.Rows += 1 + t.pendingEmpty
	t.pendingEmpty = 0
	if t.First == 0 || row < t.First {
		t.First = row
	}
	t.Last = max(t.Last, row)
}

// Refuse gives a record an outcome that only its taker can know. The row was
// counted when it was read.
func (b *Balance) Refuse(table *Table, row int, why Reason) {
	b.Refused++
	if table.Refused == nil {
		table.Refused = map[Reason]*RowSet{}
	}
	if table.Refused[why] == nil {
		table.Refused[why] = &RowSet{}
	}
	table.Refused[why].Add(row)
}

// Settle completes the balance of a file whose records were taken: some were
// sent, some were there already.
func (b *Balance) Settle(sent, already int) {
	b.Sent, b.Already = sent, already
	b.Read = sent + already + b.Refused
}

// Holds tells whether every row is accounted for.
func (b *Balance) Holds() bool {
	return b.Rows == b.Sent+b.Already+b.Refused+b.Empty+b.Headers
}

// Reasons lists why rows were refused, over all tables, the most frequent first.
func (b *Balance) Reasons() []Reason {
	count := map[Reason]int{}
	for _, t := range b.Tables {
		for r, s := range t.Refused {
			count[r] += s.Count
		}
	}
	out := make([]Reason, 0, len(count))
	for r := range count {
		out = append(out, r)
	}
	slices.SortFunc(out, func(x, y Reason) int {
		if count[x] != count[y] {
			return count[y] - count[x]
		}
		return strings.Compare(string(x), string(y))
	})
	return out
}

// Clone returns a copy that shares nothing.
func (b *Balance) Clone() *Balance {
	c := *b
	c.Tables = make([]*Table, len(b.Tables))
	for i, t := range b.Tables {
		u := *t
		u.Refused = make(map[Reason]*RowSet, len(t.Refused))
		for r, s := range t.Refused {
			v := RowSet{s.Count, slices.Clone(s.Ranges)}
			u.Refused[r] = &v
		}
		for _, s := range []*RowSet{&u.Undated, &u.NoTime, &u.NoText, &u.NoID, &u.Hidden, &u.Garbled, &u.Headers, &u.Again} {
			s.Ranges = slices.Clone(s.Ranges)
		}
		c.Tables[i] = &u
	}
	return &c
}
