package dashboard

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"strconv"
	"strings"

	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/internal/workbook"
	"github.com/minyi/minyi/pipeline"
)

// file is a table as CSV or XLSX. Every table of a page can be had as one.
type file struct {
	name     string // of what: in the name of the file, and of the sheet
	frontier uint64
	header   []string
	rows     iter.Seq[[]any] // of strings, uint64, float64 and fixed
	origin   []pipeline.OriginRow
}

// fixed is a number that CSV has with a fixed number of digits.
type fixed struct {
	value  float64
	format string
}

// fileFormat reads the parameter format: json, which is the default, csv or xlsx.
func fileFormat(value string) (string, error) {
	switch value {
	case "", "json":
		return "json", nil
	case "csv", "xlsx":
		return value, nil
	}
	return "", phrase.Errorf("format: %q is none of json, csv, xlsx", value)
}

// writeFile answers with a file; format is csv or xlsx, and l the language of the reader.
func (d *Dashboard) writeFile(w http.ResponseWriter, f file, format string, l phrase.Language) {
	var b bytes.Buffer
	kind, err := "text/csv; charset=utf-8", error(nil)
	if format == "csv" {
		err = f.csv(&b)
	} else {
		kind, err = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", f.xlsx(&b, l)
	}
	if err != nil {
		d.fail(w, err)
		return
	}
	h := w.Header()
	h.Set("Content-Type", kind)
	h.Set("Content-Disposition", fmt.Sprintf(`attachment; filename="minyi-%s-%d.%s"`, strings.ReplaceAll(f.name, ",", "-"), f.frontier, format))
	write(w, http.StatusOK, b.Bytes())
}

func (f file) csv(to io.Writer) error {
	if _, err := io.WriteString(to, "\ufeff"); err != nil {
		return err
	}
	w := csv.NewWriter(to)
	if err := w.Write(f.header); err != nil {
		return err
	}
	for cells := range f.rows {
		var record []string
		for _, c := range cells {
			switch c := c.(type) {
			case string:
				record = append(record, plainCell(c))
			case uint64:
				record = append(record, strconv.FormatUint(c, 10))
			case float64:
				record = append(record, strconv.FormatFloat(c, 'f', -1, 64))
			case fixed:
				record = append(record, fmt.Sprintf(c.format, c.value))
			}
		}
		if err := w.Write(record); err != nil {
			return err
		}
	}
	w.Flush()
	return w.Error()
}

// plainCell keeps a spreadsheet from taking text for a formula.
func plainCell(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t\r", rune(s[0])) {
		return "'" + s
	}
	return s
}

// xlsx writes a workbook: the table, and sheets that say which counts it has and what the
// columns mean.
func (f file) xlsx(to io.Writer, l phrase.Language) (err error) {
	w, err := workbook.NewWriter("")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, w.Close()) }()
	if err := w.Sheet(f.name, f.header); err != nil {
		return err
	}
	for cells := range f.rows {
		for i, c := range cells {
			if c, ok := c.(fixed); ok {
				cells[i] = c.value
			}
		}
		if err := w.Row(cells); err != nil {
			return err
		}
	}
	if err := pipeline.WriteOrigin(w, f.origin, f.header, l); err != nil {
		return err
	}
	_, err = w.WriteTo(to)
	return err
}
