package dashboard

import (
	"encoding/csv"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"github.com/minyi/minyi/dict"
	"github.com/minyi/minyi/pipeline"
)

// readCSV reads a file of an address.
func readCSV(t *testing.T, h http.Handler, target string) [][]string {
	t.Helper()
	rec := get(t, h, target)
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(rec.Body.String(), "\ufeff"))).ReadAll()
	if err != nil || rec.Code != http.StatusOK {
		t.Fatalf("%s: %d %v %s", target, rec.Code, err, rec.Body)
	}
	return rows
}

// What became of the messages is a table like the others, of all and of a part.
func TestOutcomes(t *testing.T) {
	t.Parallel()
	c := consultation()
	c.AbsurdTime = 1204
	d := newTestDashboard(t, running(c, 0), newClock())
	want := [][]string{
		{"outcome", "name", "messages", "share"},
		{"tagged", "已归类", "7930518", "0.923168"},
		{"untagged", "未归类", "611482", "0.071181"},
		{"rejected", "不计入", "48115", "0.005601"},
		{"missing", "缺失", "432", "0.000050"},
		{"sum", "收到的消息", "8590547", "1.000000"},
	}
	if diff := cmp.Diff(want, readCSV(t, d, "/api/v1/outcomes?format=csv&lang=zh")); diff != "" {
		t.Errorf("CSV (-want +got):\n%s", diff)
	}
	book, err := excelize.OpenReader(get(t, d, "/api/v1/outcomes?format=xlsx&lang=zh").Body)
	if err != nil {
		t.Fatal(err)
	}
	if rows, err := book.GetRows("outcomes"); err != nil || len(rows) != len(want) || !slices.Equal(rows[1][:3], want[1][:3]) {
		t.Errorf("XLSX: %v %q", err, rows)
	}
	ask := func(query string) (out outcomesJSON) {
		t.Helper()
		if err := json.Unmarshal(get(t, d, "/api/v1/outcomes"+query).Body.Bytes(), &out); err != nil {
			t.Fatal(err)
		}
		return out
	}
	if all := ask(""); all.Tally != c.Tally || len(all.Rows) != 4 || *all.Sum != fixtureStored || *all.Undated != 1204 {
		t.Errorf("%+v", all)
	}
	part := ask("?source=people&from=2022-05-01")
	var sum uint64
	for _, r := range part.Rows {
		sum += *r.Messages
	}
	if len(part.Rows) != 3 || sum != *part.Sum || part.Undated != nil || sum == 0 {
		t.Errorf("of a part: %+v", part)
	}
	if rows := readCSV(t, d, "/api/v1/outcomes?format=csv&lang=en&source=people"); rows[len(rows)-1][1] != english.Read {
		t.Errorf("of a part: %q", rows)
	}
	for _, query := range []string{"theme=party", "by=day", "from=x", "format=pdf", "source=a&source=b"} {
		if rec := get(t, d, "/api/v1/outcomes?"+query); rec.Code != http.StatusBadRequest {
			t.Errorf("%s: %d", query, rec.Code)
		}
	}
	tag := get(t, d, "/api/v1/outcomes").Header().Get("ETag")
	if rec := get(t, d, "/api/v1/outcomes", "If-None-Match", tag); tag == "" || rec.Code != http.StatusNotModified {
		t.Errorf("tag %s: %d", tag, rec.Code)
	}
}

// What may not be published is in no file.
func TestOutcomesWithheld(t *testing.T) {
	t.Parallel()
	b := running(rareCounts().Suppressed(5, nil), 0)
	b.tally = rareCounts().Tally
	d := newTestDashboard(t, b, newClock())
	rows := readCSV(t, d, "/api/v1/outcomes?format=csv&source=kiosk")
	if rows[1][2] != withheld || rows[1][3] != withheld {
		t.Errorf("of four messages: %q", rows)
	}
	if body := get(t, d, "/api/v1/outcomes?source=kiosk").Body.String(); !strings.Contains(body, `"messages":null,"suppressed":true`) || !strings.Contains(body, `"sum":null`) {
		t.Errorf("of four messages: %s", body)
	}
	if body := get(t, d, "/api/v1/outcomes").Body.String(); strings.Contains(body, "undated") {
		t.Errorf("%s", body)
	}
}

// The same tag is the same answer: what is withheld, and in files the language and the names,
// are in it.
func TestTagsOfFiles(t *testing.T) {
	t.Parallel()
	b := running(consultation(), 0)
	d := newTestDashboard(t, b, newClock())
	other := configured(t, Config{Names: Names{Sources: map[string]dict.Name{"xinhua": {Zh: "新华社"}}}})
	tags := map[string]string{}
	note := func(what, tag string) {
		t.Helper()
		if before, there := tags[tag]; there || tag == "" {
			t.Errorf("%s has the tag of %s: %s", what, before, tag)
		}
		tags[tag] = what
	}
	note("JSON", get(t, d, "/api/v1/counts").Header().Get("ETag"))
	note("CSV in Chinese", get(t, d, "/api/v1/counts?format=csv", "Accept-Language", "zh").Header().Get("ETag"))
	note("CSV in English", get(t, d, "/api/v1/counts?format=csv", "Accept-Language", "en").Header().Get("ETag"))
	note("CSV with names", get(t, other, "/api/v1/counts?format=csv", "Accept-Language", "en").Header().Get("ETag"))
	b.board.Put(consultation().Suppressed(5, nil))
	note("JSON with --min-cell", get(t, d, "/api/v1/counts").Header().Get("ETag"))
	snapshot := get(t, d, "/counts.json")
	if rec := get(t, d, "/counts.json", "If-None-Match", snapshot.Header().Get("ETag")); rec.Code != http.StatusNotModified || rec.Body.Len() > 0 {
		t.Errorf("counts.json: %d", rec.Code)
	}
}

// The list of tallies is a file, too.
func TestTalliesFile(t *testing.T) {
	t.Parallel()
	b := counting()
	rows := readCSV(t, newTestDashboard(t, b, newClock()), "/api/v1/tallies?format=csv")
	want := [][]string{
		{"tally", "dict", "current", "frontier", "last", "lag", "rate", "as_of", "workers", "refused", "event", "from", "at", "by", "why"},
		{b.tally, "3f9c1a5be07d", "true", "8590547", "8590554", "7", "0", "", "2", "0", "promoted", "0123456789ab", "2022-05-03T04:05:06Z", "li", "hospitals were not seen"},
		{"0123456789ab", "89abcdef0123", "false", "8000000", "8590554", "590554", "0", "", "2", "1", "", "", "", "", ""},
	}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// What is sorted is the address, on the pages of lists too.
func TestListsAreSorted(t *testing.T) {
	t.Parallel()
	d := newTestDashboard(t, running(consultation(), 0), newClock())
	first := func(target string) string {
		_, body, _ := strings.Cut(get(t, d, target).Body.String(), "<tbody")
		_, body, _ = strings.Cut(body, `data-key="`)
		key, _, _ := strings.Cut(body, `"`)
		return key
	}
	for target, want := range map[string]string{
		"/sources?lang=en": "people", "/sources?lang=en&sort=name": "cctv", "/days?lang=en": "2022-04-15", "/days?lang=en&sort=primary": "2022-05-16",
	} {
		if got := first(target); got != want {
			t.Errorf("%s: the first is %s, want %s", target, got, want)
		}
	}
	if body := get(t, d, "/days?lang=en&sort=primary").Body.String(); !strings.Contains(body, `href="/days?lang=en">Day</a>`) || !strings.Contains(body, `aria-sort="descending">Messages<`) {
		t.Errorf("the heads do not lead to the other order:\n%.3000s", body)
	}
}

// Before anything is counted, whatever is asked first, programs are told that there is nothing.
func TestBeforeTheFirstCounts(t *testing.T) {
	t.Parallel()
	for _, target := range []string{
		"/api/v1/counts", "/api/v1/counts?by=day,source&format=csv", "/api/v1/counts?by=theme&format=xlsx&source=x&from=2022-05-01", "/api/v1/counts?theme=livelihood&by=day",
		"/api/v1/outcomes", "/api/v1/outcomes?source=x&format=csv", "/api/v1/tallies?format=xlsx", "/counts.json", "/?source=x", "/sources", "/days", "/?lang=en",
	} {
		for name, b := range map[string]*broker{"no tally": running(pipeline.Counts{}, 0), "no message": running(nothing(), 0)} {
			if rec := get(t, newTestDashboard(t, b, newClock()), target); rec.Code != http.StatusOK {
				t.Errorf("%s, %s: %d %.200s", name, target, rec.Code, rec.Body)
			}
		}
	}
}
