package intake

import (
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/xuri/excelize/v2"

	"github.com/minyi/minyi/internal/workbook"
)

// headerRows is how many rows with something in them are looked at for a
// header: above it a sheet may have a heading of its own.
const headerRows = 10

// sheetSource is the first sheet of a workbook with a column of text.
//
// Two iterators walk the rows in step: one gives cells as they are displayed,
// so that the number 7 shown as 0007 stays an id, and one as they are stored,
// because a displayed date may have lost its year or its time. Both stream, and
// excelize keeps what is larger than 16 MB in temporary files.
type sheetSource struct {
	name    string
	book    *workbook.Book
	shown   *excelize.Rows
	stored  *excelize.Rows
	columns columns
	loc     *time.Location
	labels  bool
	limit   int
	from    float64 // days to add to a date to get one of the 1900 system
	row     int
}

func openSheet(name string, opts Options) (source, error) {
	book, err := workbook.Open(name, "")
	if err != nil {
		return nil, fmt.Errorf("open %s: %w", name, err)
	}
	s := &sheetSource{name: name, book: book, loc: opts.Location, labels: opts.Labels, limit: opts.MaxRecordBytes}
	if err := s.find(); err != nil {
		return nil, errors.Join(err, s.close())
	}
	return s, nil
}

func (s *sheetSource) close() error {
	err := s.closeRows()
	if s.book != nil {
		err = errors.Join(err, s.book.Close())
		s.book = nil
	}
	return err
}

func (s *sheetSource) closeRows() error {
	var err error
	for _, r := range []**excelize.Rows{&s.shown, &s.stored} {
		if *r != nil {
			err = errors.Join(err, (*r).Close())
			*r = nil
		}
	}
	return err
}

// find stops behind the header row of the first sheet that has one.
func (s *sheetSource) find() error {
	if props, err := s.book.GetWorkbookProps(); err == nil && props.Date1904 != nil && *props.Date1904 {
		s.from = 1462
	}
	var looked []string
	var widest []string
	for _, sheet := range s.book.GetSheetList() {
		if err := s.openRows(sheet); err != nil {
			continue // a chart or a macro sheet has no rows
		}
		for seen := 0; seen < headerRows; {
			shown, _, err := s.cells()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return err
			}
			if strings.TrimSpace(strings.Join(shown, "")) == "" {
				continue
			}
			seen++
			if c, ok := findColumns(shown); ok {
				if s.columns = c; s.labels {
					s.columns = c.findLabels(shown)
				}
				return nil
			}
			if len(shown) > len(widest) {
				widest = shown
			}
		}
		looked = append(looked, fmt.Sprintf("%q", sheet))
		if err := s.closeRows(); err != nil {
			return fmt.Errorf("read %s: %w", s.name, err)
		}
	}
	return noTextColumn(s.name+" (sheets "+strings.Join(looked, ", ")+")", widest)
}

func (s *sheetSource) openRows(sheet string) error {
	s.row = 0
	shown, err := s.book.File.Rows(sheet)
	if err != nil {
		return err
	}
	s.shown = shown
	stored, err := s.book.File.Rows(sheet)
	if err != nil {
		return errors.Join(err, s.closeRows())
	}
	s.stored = stored
	return nil
}

// cells returns the next row, displayed and stored.
func (s *sheetSource) cells() (shown, stored []string, err error) {
	if !s.shown.Next() || !s.stored.Next() {
		if err := errors.Join(s.shown.Error(), s.stored.Error()); err != nil {
			return nil, nil, fmt.Errorf("read %s: %w", place(s.name, s.row+1, 0), err)
		}
		return nil, nil, io.EOF
	}
	s.row++
	shown, err = s.shown.Columns()
	if err == nil {
		stored, err = s.stored.Columns(excelize.Options{RawCellValue: true})
	}
	if err != nil {
		return nil, nil, fmt.Errorf("read %s: %w", place(s.name, s.row, 0), err)
	}
	return shown, stored, nil
}

func (s *sheetSource) next() (entry, error) {
	for {
		shown, stored, err := s.cells()
		if err != nil {
			return entry{}, err
		}
		s.repair(shown, stored)
		e, ok := s.columns.row(s.row, shown, s.loc)
		if ok && len(e.payload) > s.limit {
			return entry{}, &RecordError{File: s.name, Line: s.row, Err: fmt.Errorf(
				"%w: the row has more than %d bytes", ErrTooLong, s.limit)}
		}
		if ok {
			return e, nil
		}
	}
}

// repair puts the stored value where the displayed one lost something: times,
// and ids that a program wrote as numbers too long for the display.
func (s *sheetSource) repair(shown, stored []string) {
	if i := s.columns.at[fieldTime]; i >= 0 && i < len(shown) && i < len(stored) {
		if t, ok := s.serial(shown[i], stored[i]); ok {
			shown[i] = t.Format(time.RFC3339)
		} else if _, err := strconv.ParseFloat(stored[i], 64); err == nil {
			shown[i] = stored[i] // a number such as 20220415
		}
	}
	if i := s.columns.at[fieldID]; i >= 0 && i < len(shown) && i < len(stored) {
		if v := stored[i]; isDigits(v) && shown[i] != v && strings.ContainsAny(shown[i], "Ee") {
			shown[i] = v
		}
	}
}

func isDigits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}

// serial reads a date cell: a number of days. A number that is displayed as
// such is one only between 1954 and 2119, so that the year 2022 is no date.
func (s *sheetSource) serial(shown, stored string) (time.Time, bool) {
	days, err := strconv.ParseFloat(stored, 64)
	if err != nil || days < 1 || days >= 2_958_466 { // the year 10000
		return time.Time{}, false
	}
	if shown == stored && (days < 20_000 || days >= 80_000) {
		return time.Time{}, false
	}
	if f, err := strconv.ParseFloat(shown, 64); err == nil && (f < 20_000 || f >= 80_000) {
		return time.Time{}, false // displayed as another number, say 20220415.0
	}
	// Day 1 is 1900-01-01; the 1900 system has a 29 February too many, so from
	// 1 March 1900 on day 0 is 1899-12-30. Wall clock, to the second: there are
	// no more digits in a double.
	whole, part := math.Modf(days + s.from)
	wall := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC).AddDate(0, 0, int(whole)).
		Add(time.Duration(math.Round(part*24*60*60)) * time.Second)
	return time.Date(wall.Year(), wall.Month(), wall.Day(), wall.Hour(), wall.Minute(), wall.Second(), 0, s.loc), true
}
