package dashboard

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/minyi/minyi/pipeline"
)

// rareCounts are counts in which theme a has a rare sub-theme, and one source and one day
// have few messages. All numbers of 1 to 4 are small, and there is none of 5 to 9.
func rareCounts() pipeline.Counts {
	cells := make(pipeline.Cells)
	add := func(day, source, sub string, n uint64) {
		for kind, id := range map[pipeline.Kind]string{pipeline.KindTotal: pipeline.All, pipeline.KindTagged: pipeline.All, pipeline.KindTheme: sub[:1], pipeline.KindSubTheme: sub} {
			k := pipeline.CellKey{Day: day, Source: source, Kind: kind, ID: id}
			cells[k] = cells[k].Add(pipeline.Count{Primary: n, Any: n})
		}
	}
	for _, day := range []string{"2022-05-01", "2022-05-02", "2022-05-03"} {
		for _, source := range []string{"paper", "web"} {
			for _, sub := range []string{"a/1", "a/2", "b/1", "b/2"} {
				add(day, source, sub, 1000)
			}
		}
	}
	add("2022-05-02", "web", "a/3", 3)
	add("2022-05-04", "web", "b/1", 2)
	add("2022-05-03", "kiosk", "b/2", 4)
	tree := pipeline.ThemeTree{
		{ID: "a", SubThemes: []pipeline.TreeSubTheme{{ID: "a/1"}, {ID: "a/2"}, {ID: "a/3"}}},
		{ID: "b", SubThemes: []pipeline.TreeSubTheme{{ID: "b/1"}, {ID: "b/2"}}},
	}
	c := pipeline.Counts{Totals: pipeline.NewTotals(cells), Info: pipeline.TallyInfo{Themes: tree}, Revision: 1}
	c.Tally, c.Frontier, c.Stored, c.Tagged = "0a41c2d95e77", 24009, 24009, 24009
	c.Themes = tree.Themes(c.Totals)
	return c
}

// What is published to others has no small number, on no page, in no table and no file.
// That none follows from what is there is shown where it is decided, in package pipeline.
func TestNoSmallNumberIsPublished(t *testing.T) {
	t.Parallel()
	b := &broker{board: pipeline.NewBoard()}
	c := rareCounts().Suppressed(5, nil)
	b.board.Put(c)
	b.board.SetCurrent(c.Tally)
	b.status = pipeline.Status{Tally: c.Tally, Frontier: 24011, Last: 24013, Ready: true}
	d := newTestDashboard(t, b, newClock())
	secret := regexp.MustCompile(`>\s*[1-4]\s*<`)
	for _, page := range []string{
		"/", "/?source=web", "/?from=2022-05-02&to=2022-05-02", "/?from=2022-05-01&to=2022-05-03", "/themes/a", "/themes/b", "/subthemes/a/3", "/subthemes/b/1",
		"/sources", "/sources/kiosk", "/sources/web", "/days", "/days/2022-05-04", "/days/2022-05-02",
	} {
		rec := get(t, d, page)
		body := rec.Body.String()
		if rec.Code != http.StatusOK || !strings.Contains(body, "未公布：不足 5 条") || !strings.Contains(body, ">*<") {
			t.Errorf("%s: %d, does not say what is withheld", page, rec.Code)
		}
		if m := secret.FindString(body); m != "" {
			t.Errorf("%s shows %s", page, m)
		}
		if strings.Contains(body, "24,013") {
			t.Errorf("%s tells how many came since", page)
		}
	}
	for _, by := range []string{"theme", "subtheme", "day", "source", "day,source", "subtheme,day", "subtheme,source", "subtheme,day,source"} {
		var table struct {
			Rows []map[string]any `json:"rows"`
		}
		if err := json.Unmarshal(get(t, d, "/api/v1/counts?by="+by).Body.Bytes(), &table); err != nil {
			t.Fatal(err)
		}
		withheldRows := 0
		for _, row := range table.Rows {
			if row["suppressed"] == true {
				withheldRows++
			}
			for _, key := range []string{"primary", "any", "of"} {
				if n, ok := row[key].(float64); ok && n > 0 && n < 5 || !ok && row["suppressed"] != true {
					t.Errorf("by %s: %v", by, row)
				}
			}
		}
		if withheldRows == 0 && by != "theme" || by == "theme" && withheldRows > 0 {
			t.Errorf("by %s: nothing is withheld", by)
		}
		csv := get(t, d, "/api/v1/counts?format=csv&by="+by).Body.String()
		if strings.Count(csv, ",*,") < withheldRows || strings.Count(csv, ",*,*,") > withheldRows {
			t.Errorf("by %s: %d rows are withheld, in CSV\n%s", by, withheldRows, csv)
		}
	}
	var snapshot struct {
		Themes []struct {
			SubThemes []struct {
				ID         string
				Primary    *uint64
				Suppressed bool
			}
		}
	}
	if err := json.Unmarshal(get(t, d, "/counts.json").Body.Bytes(), &snapshot); err != nil {
		t.Fatal(err)
	}
	if s := snapshot.Themes[0].SubThemes; s[2].Primary != nil || !s[2].Suppressed || (s[0].Primary == nil) == (s[1].Primary == nil) {
		t.Errorf("sub-themes of a in counts.json: %+v", fmt.Sprint(s))
	}
}
