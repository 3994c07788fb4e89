package dashboard

import (
	"testing"

	"github.com/xuri/excelize/v2"
)

// Each workbook explains all columns of its table in the reader's language.
func TestColumnsAreExplained(t *testing.T) {
	t.Parallel()
	d := newTestDashboard(t, running(consultation(), 10), newClock())
	for _, address := range []string{
		"/api/v1/counts?by=subtheme,day,source&format=xlsx", "/api/v1/counts?by=aspect&format=xlsx", "/api/v1/counts?by=reason&format=xlsx",
		"/api/v1/counts?by=theme&format=xlsx", "/api/v1/outcomes?format=xlsx", "/api/v1/tallies?format=xlsx",
	} {
		for lang, sheet := range map[string]string{"zh": "列的含义", "en": "columns"} {
			rec := get(t, d, address+"&lang="+lang)
			if rec.Code != 200 {
				t.Errorf("%s: %d %s", address, rec.Code, rec.Body)
				continue
			}
			book, err := excelize.OpenReader(rec.Body)
			if err != nil {
				t.Fatal(err)
			}
			checkColumns(t, book, sheet)
		}
	}
}

// checkColumns checks that a sheet of a workbook explains the columns of the first one.
func checkColumns(t *testing.T, book *excelize.File, sheet string) {
	t.Helper()
	said := map[string]string{}
	rows, err := book.GetRows(sheet)
	if err != nil {
		t.Error(err)
		return
	}
	for _, row := range rows {
		if len(row) == 2 {
			said[row[0]] = row[1]
		}
	}
	table, err := book.GetRows(book.GetSheetName(0))
	if err != nil || len(table) == 0 {
		t.Errorf("the table: %v %v", table, err)
		return
	}
	for _, column := range table[0] {
		if said[column] == "" {
			t.Errorf("%s: column %s is not explained", sheet, column)
		}
	}
}
