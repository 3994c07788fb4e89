package dashboard

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/minyi/minyi/internal/measure"
	"github.com/minyi/minyi/pipeline"
)

// Pages and API say between what a share is, by the same measure, in every form.
func TestIntervals(t *testing.T) {
	b := sure()
	d := newTestDashboard(t, b, newClock())
	var got struct {
		Rows []struct {
			ID       string
			Interval *struct{ Share, Low, High float64 }
			No       string `json:"no_interval"`
		}
		Measure *struct{ Texts int }
	}
	ask := func() string {
		t.Helper()
		rec := get(t, d, "/api/v1/counts?by=subtheme&intervals=1")
		got.Measure, got.Rows = nil, nil
		if err := json.Unmarshal(rec.Body.Bytes(), &got); err != nil || rec.Code != http.StatusOK || len(got.Rows) != 22 {
			t.Fatalf("%d %v %s", rec.Code, err, rec.Body)
		}
		return rec.Header().Get("ETag")
	}
	tag := ask()
	said := map[string]string{}
	for _, r := range got.Rows {
		if said[r.ID] = r.No; r.Interval != nil {
			said[r.ID] = fmt.Sprintf("%.1f–%.1f", 100*r.Interval.Low, 100*r.Interval.High)
		}
	}
	if got.Measure == nil || got.Measure.Texts != 1200 || said["party/theory"] != string(measure.FewTexts) || said["governance/development"] != string(measure.NoTell) {
		t.Errorf("%+v %v", got.Measure, said)
	}
	body := get(t, d, "/?lang=en").Body.String()
	for id, text := range said {
		if strings.Contains(text, "–") && !strings.Contains(body, ">"+text+"</small>") {
			t.Errorf("the page does not say %s of %s", text, id)
		}
	}
	for _, want := range []string{english.FewLabels, english.NoTell, "1,200 labelled messages (gold.xlsx)", `href="#todo-close">131,183</a>`, `id="todo-close"`, "by=theme&amp;format=csv&amp;intervals=1", "by=subtheme&amp;close=1&amp;format=csv&amp;intervals=1"} {
		if !strings.Contains(body, want) {
			t.Errorf("the page does not say %q", want)
		}
	}
	rows, err := csv.NewReader(get(t, d, "/api/v1/counts?by=theme&intervals=1&format=csv").Body).ReadAll()
	if err != nil || len(rows) != 4 || !slices.Equal(rows[0][5:], []string{"share_corrected", "share_low", "share_high"}) || rows[1][5] == "" {
		t.Errorf("CSV: %v %v", err, rows)
	}
	if plain := get(t, d, "/api/v1/counts?by=subtheme"); strings.Contains(plain.Body.String(), "interval") || plain.Header().Get("ETag") == tag {
		t.Error("intervals that nobody asked for, or under the same tag")
	}
	for _, query := range []string{"intervals=yes", "intervals=1&by=day", "intervals=1&by=aspect,day"} {
		if rec := get(t, d, "/api/v1/counts?"+query); rec.Code != http.StatusBadRequest || !strings.Contains(rec.Body.String(), "intervals") {
			t.Errorf("%s: %d %s", query, rec.Code, rec.Body)
		}
	}

	// Another measure is another answer; none is none, and the page says how to get one.
	other := sure().measure
	other.By = "wang"
	b.measure = other
	if again := ask(); again == tag {
		t.Error("the measure is another one, and the tag is the same")
	}
	b.measure = nil
	if without := ask(); got.Measure != nil || without != get(t, d, "/api/v1/counts").Header().Get("ETag") {
		t.Errorf("not measured: %+v", got.Measure)
	}
	if body := get(t, d, "/?lang=zh").Body.String(); strings.Contains(body, `class="range"`) || !strings.Contains(body, chinese.NextMeasure) || !strings.Contains(body, "minyi dict eval LABELS --stored current --save") {
		t.Error("not measured: the page has intervals, or does not say how to get them")
	}
}

// Close calls are of what was chosen, and with --min-cell they are not published.
func TestCloseCalls(t *testing.T) {
	b := sure()
	d := newTestDashboard(t, b, newClock())
	c, _ := b.board.Latest("")
	want := uint64(0)
	for k, n := range c.Totals.All {
		if k.Kind == pipeline.KindClose && k.ID == "party/theory" && k.Source == "people" && k.Day >= "2022-05-01" {
			want += n.Primary
		}
	}
	if body := get(t, d, "/themes/party?source=people&from=2022-05-01&lang=en").Body.String(); want == 0 || !strings.Contains(body, fmt.Sprintf(`"Close calls"><a href="#todo-close">%s</a>`, number(want, false))) {
		t.Errorf("not %d close calls:\n%s", want, body)
	}
	if body := get(t, d, "/subthemes/party/theory?lang=en").Body.String(); !strings.Contains(body, `<td><a href="#todo-close">109,623</a></td>`) {
		t.Errorf("%s", body)
	}
	rows, err := csv.NewReader(get(t, d, "/api/v1/counts?close=1&theme=party&source=people&from=2022-05-01&format=csv").Body).ReadAll()
	if err != nil || len(rows) != 5 || rows[0][5] != "close_calls" || rows[4][0] != "party/theory" || rows[4][5] != strconv.FormatUint(want, 10) {
		t.Errorf("CSV: %v %v", err, rows)
	}
	if body := get(t, d, "/api/v1/counts?close=1&theme=party").Body.String(); !strings.Contains(body, `"close_calls":109623`) {
		t.Errorf("JSON: %s", body)
	}
	b.board.Put(c.Suppressed(5, nil))
	if body := get(t, d, "/?lang=en").Body.String(); strings.Contains(body, "todo-close") || !strings.Contains(body, `class="range"`) {
		t.Error("with --min-cell the page shows close calls, or no intervals")
	}
	for _, query := range []string{"close=1", "close=1&by=theme", "close=1&by=subtheme,day", "close=2"} { // the first because of --min-cell
		if rec := get(t, d, "/api/v1/counts?"+query); rec.Code != http.StatusBadRequest || !strings.Contains(rec.Body.String(), "close") {
			t.Errorf("%s: %d %s", query, rec.Code, rec.Body)
		}
	}
	if rec := get(t, d, "/api/v1/counts?by=close"); rec.Code != http.StatusBadRequest {
		t.Errorf("close calls as a dimension: %d", rec.Code)
	}
}

// A page is made fast although its counts have just changed, and the dictionary is measured.
func TestIntervalsAreKept(t *testing.T) {
	b := sure()
	d := newTestDashboard(t, b, newClock())
	get(t, d, "/?lang=zh")
	begun := time.Now()
	for range 20 {
		get(t, d, "/?lang=en")
	}
	t.Logf("a page: %v", time.Since(begun)/20)
	if n := testing.AllocsPerRun(20, func() { b.measure.Interval("party", 1_790_056, fixtureTagged) }); n > 1 {
		t.Errorf("an interval that was asked for before makes %v allocations", n)
	}
}

// What a number says to do about it is on the page.
func TestEveryAnchorIsThere(t *testing.T) {
	d := newTestDashboard(t, sure(), newClock())
	for _, target := range []string{"/", "/?source=people&sort=any", "/sources/cctv", "/days/2022-05-01", "/themes/party", "/subthemes/party/theory", "/sources"} {
		body, links := get(t, d, target).Body.String(), 0
		for part := range strings.SplitSeq(body, `href="#`) {
			id, _, ok := strings.Cut(part, `"`)
			if !ok || strings.HasPrefix(part, "<!") {
				continue
			}
			links++
			if strings.Count(body, `id="`+id+`"`) != 1 {
				t.Errorf("%s: #%s is not there once", target, id)
			}
		}
		if links < 2 && target != "/sources" {
			t.Errorf("%s: %d links", target, links)
		}
	}
}
