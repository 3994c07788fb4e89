package intake

import (
	"strconv"
	"strings"
	"time"

	"github.com/minyi/minyi/internal/dates"
	"github.com/minyi/minyi/internal/workbook"
)

// sheetRows are the rows of a sheet of a workbook.
type sheetRows struct {
	rows  *workbook.Rows
	cells []cell
}

func (s *sheetRows) next() (row, error) {
	r, err := s.rows.Next()
	if err != nil {
		return row{}, err
	}
	s.cells = s.cells[:0]
	beyond := 0
	for _, c := range r.Cells {
		if c.Column > maxColumns {
			if beyond == 0 && strings.TrimSpace(c.Text) != "" {
				beyond = c.Column
			}
			continue
		}
		for len(s.cells) < c.Column-1 {
			s.cells = append(s.cells, cell{})
		}
		out := cell{text: c.Text, stored: c.Stored}
		switch c.Kind {
		case workbook.ErrorValue:
			out.text, out.fault = "", ReasonErrorValue
		case workbook.NoValue:
			out.text, out.fault = "", ReasonNoValue
		}
		s.cells = append(s.cells, out)
	}
	return row{number: r.Number, line: r.Number, cells: s.cells, beyond: beyond, hidden: r.Hidden}, nil
}

// timeOf returns the text of a cell of times, which of a workbook may be a
// number of days: a displayed date may have lost its year or its time.
func (c *cell) timeOf(system1904 bool, loc *time.Location) string {
	if c.stored == "" {
		return strings.TrimSpace(c.text)
	}
	days, err := strconv.ParseFloat(c.stored, 64)
	if err != nil || days < 1 {
		return c.stored // a time of day, or what the reader of times refuses
	}
	// A number that is displayed as a number is one of days only where the reader
	// of times takes it for one: 20220415 and 1650027791 are others.
	if shown, err := strconv.ParseFloat(strings.TrimSpace(c.text), 64); err == nil && (shown < 20_000 || shown >= 80_000) {
		return c.stored
	}
	if t, ok := dates.Serial(days, system1904, loc); ok {
		return t.Format(time.RFC3339)
	}
	return c.stored
}

// idOf returns the text of a cell of ids: as it is displayed, so that 7 shown as
// 0007 stays that, or all digits where a program wrote more than are displayed.
func (c *cell) idOf() string {
	text := strings.TrimSpace(c.text)
	if c.stored != "" && strings.ContainsAny(text, "Ee") && strings.Trim(c.stored, "0123456789") == "" {
		return c.stored
	}
	return text
}
