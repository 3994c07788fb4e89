package dashboard

import (
	"encoding/csv"
	"errors"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/xuri/excelize/v2"

	"github.com/minyi/minyi/pipeline"
)

// The difference as files: each row names both tallies, and no name is taken for a formula.
func TestDifferenceFiles(t *testing.T) {
	t.Parallel()
	b := counting()
	d := newTestDashboard(t, b, newClock())
	rec := get(t, d, "/api/v1/tallies/diff?tally=0123456789ab&format=csv&lang=zh")
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(rec.Body.String(), "\ufeff"))).ReadAll()
	if err != nil || rec.Code != http.StatusOK || !strings.Contains(rec.Header().Get("Content-Disposition"), "minyi-diff-"+b.tally+"-0123456789ab-") {
		t.Fatalf("%d %v %s", rec.Code, err, rec.Body)
	}
	pets := slices.IndexFunc(rows, func(r []string) bool { return strings.HasSuffix(r[0], "/pets") })
	if pets < 0 || rows[pets][1] != "'=宠物" || rows[pets][2] != "0" || rows[pets][7] != b.tally || rows[pets][8] != "0123456789ab" {
		t.Errorf("%q", rows)
	}
	if last := rows[len(rows)-1]; last[0] != "untagged" || !strings.HasPrefix(last[6], "-") {
		t.Errorf("the untagged: %q", last)
	}
	book, err := excelize.OpenReader(get(t, d, "/api/v1/tallies/diff?tally=0123456789ab&format=xlsx&lang=zh").Body)
	if err != nil {
		t.Fatal(err)
	}
	cells, err := book.GetRows(book.GetSheetName(0), excelize.Options{RawCellValue: true})
	if err != nil || len(cells) != len(rows) || cells[pets][1] != "=宠物" || cells[pets][3] != rows[pets][3] || !strings.HasPrefix(cells[pets][6], "3.7") {
		t.Errorf("XLSX: %v %q", err, cells)
	}
	checkColumns(t, book, "列的含义")
	if rec := get(t, d, "/api/v1/tallies/diff?tally=0123456789ab"); rec.Code != http.StatusOK || !strings.Contains(rec.Body.String(), `"b":"0123456789ab"`) {
		t.Errorf("%d %s", rec.Code, rec.Body)
	}
}

// Where there is no difference the page says why; of a tally that is not listed, or with
// --min-cell, there is no page.
func TestNoDifference(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		change func(*broker)
		tally  string
		page   int
		says   string
		api    int
	}{
		"nothing counted": {func(b *broker) { b.undiffered = ErrNoDifference }, "0123456789ab", 200, english.DifferNone, 503},
		"broker":          {func(b *broker) { b.undiffered = errAway }, "0123456789ab", 200, english.DifferFailed, 503},
		"current":         {func(*broker) {}, consultation().Tally, 200, english.DifferShown, 404},
		"unknown":         {func(*broker) {}, "ffffffffffff", 404, english.NotFound, 404},
		"withheld": {func(b *broker) {
			counts := consultation().Suppressed(5, nil)
			b.board.Put(counts)
		}, "0123456789ab", 404, english.NotFound, 404},
	} {
		t.Run(name, func(t *testing.T) {
			b := counting()
			c.change(b)
			d := newTestDashboard(t, b, newClock())
			rec := get(t, d, "/tallies/"+c.tally+"?lang=en")
			if rec.Code != c.page || !strings.Contains(rec.Body.String(), c.says) {
				t.Errorf("page: %d, or it does not say %q:\n%s", rec.Code, c.says, rec.Body)
			}
			if rec := get(t, d, "/api/v1/tallies/diff?tally="+c.tally); rec.Code != c.api {
				t.Errorf("API: %d %s", rec.Code, rec.Body)
			}
		})
	}
	if rec := get(t, newTestDashboard(t, counting(), newClock()), "/api/v1/tallies/diff?tally=0123456789ab&format=pdf"); rec.Code != http.StatusBadRequest {
		t.Errorf("a format that there is not: %d", rec.Code)
	}
}

// A difference is made at most once in a few seconds, whatever the number of readers, and
// anew when another tally was promoted.
func TestDifferenceIsKept(t *testing.T) {
	t.Parallel()
	b, clk := counting(), newClock()
	d := newTestDashboard(t, b, clk)
	page := func() bool {
		return strings.Contains(get(t, d, "/tallies/0123456789ab?lang=en").Body.String(), english.DifferNone)
	}
	fail := func(err error) { b.mu.Lock(); b.undiffered = err; b.mu.Unlock() }
	if page() {
		t.Fatal("there is no difference")
	}
	fail(ErrNoDifference)
	if page() {
		t.Error("it is made anew at once")
	}
	clk.advance(time.Minute)
	if !page() {
		t.Error("it is kept for a minute")
	}
	fail(nil)
	promoted := consultation()
	promoted.Tally = "abcdefabcdef"
	b.board.Put(promoted)
	b.board.Promote(pipeline.Promotion{Tally: promoted.Tally})
	if page() {
		t.Error("it is that to the tally before")
	}
	if m := d.differences.last("0123456789ab"); errors.Is(m.err, ErrNoDifference) {
		t.Error("it was not made anew")
	}
}
