package dashboard

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/xuri/excelize/v2"

	"github.com/minyi/minyi/dict"
	"github.com/minyi/minyi/pipeline"
)

// table is the JSON of /api/v1/counts.
type table struct {
	Tally, Dict, By string
	Frontier        uint64
	Rows            []struct {
		ID, SubTheme, Theme, Day, Source string
		Primary, Any, Of                 uint64
	}
}

func getTable(t *testing.T, h http.Handler, target string) (out table) {
	t.Helper()
	rec := get(t, h, target)
	if rec.Code != http.StatusOK {
		t.Fatalf("%s: %d %s", target, rec.Code, rec.Body)
	}
	if err := json.Unmarshal(rec.Body.Bytes(), &out); err != nil {
		t.Fatal(err)
	}
	return out
}

// What cannot be answered is said in the language that the request names: in English to a
// program that names none.
func TestAPIRefusesInTheLanguageOfTheRequest(t *testing.T) {
	d := newTestDashboard(t, running(consultation(), 0), newClock())
	const english = `"error":"format: \"pdf\" is none of json, csv, xlsx"`
	const chinese = `"error":"format：\"pdf\" 不是 json、csv、xlsx 之一"`
	for _, c := range []struct{ query, accept, want string }{
		{"", "", english},
		{"&lang=en", "zh-CN", english},
		{"", "en-GB,en;q=0.9", english},
		{"&lang=zh", "", chinese},
		{"", "zh-CN,zh;q=0.9,en;q=0.8", chinese},
	} {
		r := httptest.NewRequest(http.MethodGet, "/api/v1/counts?format=pdf"+c.query, nil)
		r.Host = "localhost"
		if c.accept != "" {
			r.Header.Set("Accept-Language", c.accept)
		}
		w := httptest.NewRecorder()
		d.ServeHTTP(w, r)
		if w.Code != http.StatusBadRequest || !strings.Contains(w.Body.String(), c.want) {
			t.Errorf("%+v: %d %s", c, w.Code, w.Body)
		}
	}
}

// Each table says what the cells say: the sum over the cells that pass.
func TestAPICounts(t *testing.T) {
	c := consultation()
	d := newTestDashboard(t, running(c, 0), newClock())
	sum := func(kind pipeline.Kind, of func(pipeline.CellKey) bool) (n pipeline.Count) {
		for k, x := range c.Totals.All {
			if k.Kind == kind && of(k) {
				n = n.Add(x)
			}
		}
		return n
	}
	for _, q := range []struct {
		query string
		rows  int
		kind  pipeline.Kind
		of    func(pipeline.CellKey) bool
	}{
		{"", 22, pipeline.KindSubTheme, func(pipeline.CellKey) bool { return true }},
		{"by=theme", 3, pipeline.KindTheme, func(pipeline.CellKey) bool { return true }},
		{"by=subtheme,day", 22 * 32, pipeline.KindSubTheme, func(pipeline.CellKey) bool { return true }},
		{"by=day,source&from=2022-05-01&to=2022-05-07", 7 * 4, pipeline.KindTotal, func(k pipeline.CellKey) bool { return k.Day >= "2022-05-01" && k.Day <= "2022-05-07" }},
		{"by=subtheme&source=cctv&theme=party", 4, pipeline.KindSubTheme, func(k pipeline.CellKey) bool { return k.Source == "cctv" && strings.HasPrefix(k.ID, "party/") }},
		{"by=day&theme=livelihood/housing", 32, pipeline.KindSubTheme, func(k pipeline.CellKey) bool { return k.ID == "livelihood/housing" }},
		{"by=source&theme=governance", 4, pipeline.KindTheme, func(k pipeline.CellKey) bool { return k.ID == "governance" }},
		{"by=reason", 3, pipeline.KindRejected, func(pipeline.CellKey) bool { return true }},
	} {
		got := getTable(t, d, "/api/v1/counts?"+q.query)
		var n pipeline.Count
		for _, r := range got.Rows {
			n = n.Add(pipeline.Count{Primary: r.Primary, Any: r.Any})
		}
		if want := sum(q.kind, q.of); n != want || len(got.Rows) != q.rows {
			t.Errorf("%s: %d rows that add up to %v, want %d and %v", q.query, len(got.Rows), n, q.rows, want)
		}
		if got.Tally != c.Tally || got.Dict != c.Dict || got.Frontier != c.Frontier {
			t.Errorf("%s: of %s %s %d", q.query, got.Tally, got.Dict, got.Frontier)
		}
	}
}

func TestAPIRefuses(t *testing.T) {
	b := running(consultation(), 0)
	clk := newClock()
	d := newTestDashboard(t, b, clk)
	for query, want := range map[string]string{
		"by=colour":                      "colour",
		"by=theme,aspect":                "aspect",
		"by=day,day":                     "twice",
		"from=yesterday":                 "yesterday",
		"from=2022-05-02&to=2022-05-01":  "before",
		"by=aspect&theme=party":          "theme",
		"format=pdf":                     "pdf",
		"form=csv":                       "form",
		"source=a&source=b":              "source",
		"by=source&tally=000000000000":   "000000000000",
		"by=%3Cscript%3E&format=%00&x=1": "",
	} {
		rec := get(t, d, "/api/v1/counts?"+query)
		var e apiError
		if err := json.Unmarshal(rec.Body.Bytes(), &e); err != nil || rec.Code != http.StatusBadRequest && rec.Code != http.StatusNotFound || !strings.Contains(e.Error, want) {
			t.Errorf("%s: %d %s", query, rec.Code, rec.Body)
		}
	}
	b.goAway()
	clk.advance(time.Minute)
	for _, target := range []string{"/api/v1/counts", "/api/v1/tallies", "/api/v1/counts?format=xlsx"} {
		if rec := get(t, d, target); rec.Code != http.StatusServiceUnavailable {
			t.Errorf("%s: %d while the broker is away: a program would take old counts for new ones", target, rec.Code)
		}
	}
}

func TestAPITag(t *testing.T) {
	b := running(consultation(), 0)
	d := newTestDashboard(t, b, newClock())
	tag := get(t, d, "/api/v1/counts").Header().Get("ETag")
	for _, header := range []string{tag, "W/" + tag, `"x", ` + tag, "*"} {
		if rec := get(t, d, "/api/v1/counts", "If-None-Match", header); rec.Code != http.StatusNotModified || rec.Body.Len() > 0 {
			t.Errorf("If-None-Match %s: %d", header, rec.Code)
		}
	}
	b.board.Put(counted(1))
	if rec := get(t, d, "/api/v1/counts", "If-None-Match", tag); rec.Code != http.StatusOK || rec.Header().Get("ETag") == tag {
		t.Errorf("after another message: %d", rec.Code)
	}
}

func TestAPIFiles(t *testing.T) {
	c := consultation()
	evil := `=HYPERLINK("http://evil")`
	c.Totals = c.Totals.With(pipeline.Cells{{Day: "2022-05-01", Source: evil, Kind: pipeline.KindTotal, ID: pipeline.All}: {Primary: 1, Any: 1}})
	b := running(c, 0)
	b.board.Promote(pipeline.Promotion{Tally: c.Tally, At: time.Date(2022, 5, 3, 12, 5, 6, 0, time.FixedZone("", 8*3600))})
	d, err := New(Config{Board: b.board, Engine: b, Names: Names{Sources: map[string]dict.Name{"xinhua": {Zh: "新华社", En: "Xinhua"}}}})
	if err != nil {
		t.Fatal(err)
	}
	rec := get(t, d, "/api/v1/counts?by=source&format=csv&lang=en")
	if got := rec.Header().Get("Content-Disposition"); got != `attachment; filename="minyi-source-8590547.csv"` {
		t.Errorf("Content-Disposition: %s", got)
	}
	rows, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(rec.Body.String(), "\ufeff"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	want := [][]string{
		{"source", "name", "primary", "any", "share"},
		{"'" + evil, "'" + evil, "1", "1", "0"},
		{"cctv", "cctv", "1632105", "1632105", "0.189998"},
		{"people", "people", "3521930", "3521930", "0.409998"},
		{"xinhua", "Xinhua", "2319314", "2319314", "0.269998"},
		{"xuexi", "xuexi", "1116766", "1116766", "0.130006"},
	}
	if diff := cmp.Diff(want, rows); diff != "" {
		t.Errorf("CSV (-want +got):\n%s", diff)
	}
	for name, want := range map[string]string{
		"Minyi-Tally": c.Tally, "Minyi-Dict": c.Dict, "Minyi-Frontier": "8590547", "Minyi-Stream": c.Info.Spec.Stream, "Minyi-Current-Since": "2022-05-03T04:05:06Z",
	} {
		if got := rec.Header().Get(name); got != want {
			t.Errorf("%s: %q, not %q", name, got, want)
		}
	}
	book, err := excelize.OpenReader(bytes.NewReader(get(t, d, "/api/v1/counts?by=subtheme,source&theme=party&format=xlsx&lang=zh").Body.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	got, err := book.GetRows(book.GetSheetName(0))
	if err != nil || len(got) != 1+4*4 || !slices.Equal(got[0], []string{"subtheme", "name", "source", "primary", "any", "share"}) || got[1][1] != "干部队伍" {
		t.Errorf("XLSX: %v %v", got, err)
	}
	if got, err := book.GetRows(pipeline.OriginSheet); err != nil || len(got) < 5 || !slices.Equal(got[2], []string{"tally", c.Tally}) || !slices.Equal(got[len(got)-1], []string{"current_since", "2022-05-03T04:05:06Z"}) {
		t.Errorf("the sheet of origin: %v %v", got, err)
	}
}

func TestAPITallies(t *testing.T) {
	b := running(consultation(), 10)
	b.status.Tally, b.status.Dict = "ffffffffffff", "eeeeeeeeeeee"
	var got []Tally
	if err := json.Unmarshal(get(t, newTestDashboard(t, b, newClock()), "/api/v1/tallies").Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if len(got) != 2 || !got[0].Current || got[0].Lag != 10 || got[1].Tally != "ffffffffffff" || got[1].Current {
		t.Errorf("%+v", got)
	}
	if body := get(t, newTestDashboard(t, running(pipeline.Counts{}, 0), newClock()), "/api/v1/tallies").Body.String(); body != "[]\n" {
		t.Errorf("of nothing: %s", body)
	}
}

func TestAPIClassify(t *testing.T) {
	b := running(consultation(), 0)
	d, err := New(Config{Board: b.board, Engine: b, Classify: func(text []byte) []byte { return append([]byte(`{"text":`), append(text, '}')...) }})
	if err != nil {
		t.Fatal(err)
	}
	post := func(body string) *httptest.ResponseRecorder {
		rec := httptest.NewRecorder()
		d.ServeHTTP(rec, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "http://localhost"+classifyPath, strings.NewReader(body)))
		return rec
	}
	if rec := post("1"); rec.Code != http.StatusOK || rec.Body.String() != `{"text":1}`+"\n" || rec.Header().Get("Cache-Control") != "no-store" {
		t.Errorf("%d %s", rec.Code, rec.Body)
	}
	if rec := post(strings.Repeat("民", 10<<20/3)); rec.Code != http.StatusRequestEntityTooLarge {
		t.Errorf("a body of 10 MB: %d", rec.Code)
	}
	if rec := get(t, d, classifyPath+"?text=secret"); rec.Code != http.StatusMethodNotAllowed {
		t.Errorf("a text in an address: %d", rec.Code)
	}
}

// A private page takes no text, and says nothing of the one that it was sent.
func TestAPrivatePageTakesNoText(t *testing.T) {
	b := running(consultation(), 0)
	d, err := New(Config{Board: b.board, Engine: b, Private: true, Classify: func(text []byte) []byte { return text }})
	if err != nil {
		t.Fatal(err)
	}
	rec := httptest.NewRecorder()
	d.ServeHTTP(rec, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "http://localhost"+classifyPath, strings.NewReader("secret")))
	if body := rec.Body.String(); rec.Code != http.StatusForbidden || strings.Contains(body, "secret") || !strings.Contains(body, "--private") {
		t.Errorf("%d %s", rec.Code, body)
	}
}

// What the description names is there, and what is there is described.
func TestOpenAPI(t *testing.T) {
	b := counting()
	d, err := New(Config{Board: b.board, Engine: b, Tallies: b.listTallies, Difference: b.difference, Classify: func([]byte) []byte { return []byte("{}") }})
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Paths map[string]map[string]struct {
			Parameters []struct{ Name string }
		}
	}
	if err := json.Unmarshal(get(t, d, "/api/v1/openapi.json").Body.Bytes(), &doc); err != nil {
		t.Fatal(err)
	}
	for path, methods := range doc.Paths {
		for method, op := range methods {
			target := path
			if path == "/events" {
				continue // has no end
			}
			if path == "/api/v1/tallies/diff" {
				target += "?tally=0123456789ab"
			}
			if path == "/api/v1/counts" {
				var names []string
				for _, p := range op.Parameters {
					names = append(names, p.Name)
				}
				slices.Sort(names)
				if want := slices.Sorted(slices.Values(parameters)); !slices.Equal(names, want) {
					t.Errorf("described are %v, there are %v", names, want)
				}
			}
			rec := httptest.NewRecorder()
			d.ServeHTTP(rec, httptest.NewRequestWithContext(t.Context(), strings.ToUpper(method), "http://localhost"+target, nil))
			if rec.Code != http.StatusOK {
				t.Errorf("%s %s: %d %s", method, path, rec.Code, rec.Body)
			}
		}
	}
}

// Every address that a page links to is there, and says what it says in the language and
// of the messages that were chosen.
func TestEveryLinkLeadsSomewhere(t *testing.T) {
	d := newTestDashboard(t, counting(), newClock())
	seen := map[string]bool{}
	queue := []string{"/?lang=en&source=people&from=2022-05-01", "/?lang=zh"}
	for len(queue) > 0 && len(seen) < 800 {
		target := queue[0]
		queue = queue[1:]
		if seen[target] || strings.HasPrefix(target, "/days/") && !strings.HasPrefix(target, "/days/2022-05-16") {
			continue
		}
		seen[target] = true
		rec := get(t, d, target)
		if rec.Code != http.StatusOK {
			t.Errorf("%s: %d", target, rec.Code)
		}
		if !strings.HasPrefix(rec.Header().Get("Content-Type"), "text/html") {
			continue
		}
		for part := range strings.SplitSeq(rec.Body.String(), `href="/`) {
			address, _, _ := strings.Cut(part, `"`)
			if len(address) < len(part) && !strings.HasPrefix(part, "<!doctype") {
				queue = append(queue, "/"+strings.ReplaceAll(address, "&amp;", "&"))
			}
		}
	}
	if len(seen) < 100 {
		t.Errorf("only %d addresses", len(seen))
	}
	t.Logf("%d addresses", len(seen))
}

func TestPagesThatAreNone(t *testing.T) {
	d := newTestDashboard(t, running(consultation(), 0), newClock())
	for target, code := range map[string]int{
		"/themes/nothing": 404, "/subthemes/livelihood/nothing": 404, "/subthemes/livelihood": 404, "/themes/": 404, "/themes/a/b": 404,
		"/sources/nobody": 404, "/days/2021-01-01": 404, "/?from=x": 400, "/?from=2022-05-02&to=2022-05-01": 400,
		"/?theme=livelihood/housing&source=people": 302, "/sources/people": 200, "/?source=nobody": 200,
	} {
		if rec := get(t, d, target); rec.Code != code {
			t.Errorf("%s: %d, want %d", target, rec.Code, code)
		}
	}
	to := get(t, d, "/?theme=livelihood/housing&source=people&lang=en").Header().Get("Location")
	if want := "/subthemes/livelihood/housing?lang=en&source=people"; to != want {
		t.Errorf("theme leads to %s, want %s", to, want)
	}
}

// Whatever the name of a source, its link leads to its page.
func TestSourcesOfStrangeNames(t *testing.T) {
	names := []string{"a/b", ".", "..", "a b", "新华社", "a%2Fb", "?x=1", "#", `"><script>`, "//evil.example", "&amp;", "a+b"}
	cells := pipeline.Cells{}
	for i, name := range names {
		n := uint64(i + 1)
		cells[pipeline.CellKey{Day: "2022-05-01", Source: name, Kind: pipeline.KindTotal, ID: pipeline.All}] = pipeline.Count{Primary: n, Any: n}
		cells[pipeline.CellKey{Day: "2022-05-01", Source: name, Kind: pipeline.KindRejected, ID: "blank"}] = pipeline.Count{Primary: n, Any: n}
	}
	c := consultation()
	c.Totals = pipeline.NewTotals(cells)
	srv := httptest.NewServer(newTestDashboard(t, running(c, 0), newClock()))
	defer srv.Close()
	for i, name := range names {
		address := newRequest("/", url.Values{"lang": {"en"}}, "").toSource(name)
		code, body, err := fetch(t.Context(), srv.Client(), http.MethodGet, srv.URL+address)
		if err != nil || code != http.StatusOK || !strings.Contains(body, ">Messages read</th><td>"+strconv.Itoa(i+1)+"</td>") {
			t.Errorf("%q: %s answers %d %v", name, address, code, err)
		}
	}
}

// The page has the six areas of livelihood in the consultation's own order whatever the
// order of the tables is, and none for a dictionary without them.
func TestSixAreas(t *testing.T) {
	d := newTestDashboard(t, running(consultation(), 0), newClock())
	for lang, names := range map[string][]string{
		zh: {"民生六领域", "教育", "就业与劳动", "医疗卫生", "住房", "养老服务", "社会保障"},
		en: {"Six areas of livelihood", "Education", "Employment and labour", "Healthcare", "Housing", "Elderly care", "Social security"},
	} {
		_, part, _ := strings.Cut(get(t, d, "/?sort=name&lang="+lang).Body.String(), `id="areas"`)
		part, _, _ = strings.Cut(part, "</section>")
		if strings.Count(part, "data-key") != 6 || !strings.Contains(part, "655,918") || !strings.Contains(part, "8.3%") {
			t.Errorf("%s: not six areas with their counts and shares:\n%s", lang, part)
		}
		for _, name := range names {
			var ok bool
			if _, part, ok = strings.Cut(part, ">"+name+"<"); !ok {
				t.Errorf("%s: %s is missing, or not in its place", lang, name)
			}
		}
	}
	c := consultation()
	c.Themes, c.Info.Themes = c.Themes[1:], c.Info.Themes[1:]
	if body := get(t, newTestDashboard(t, running(c, 0), newClock()), "/?lang=en").Body.String(); strings.Contains(body, "Six areas") {
		t.Error("a dictionary without livelihood has six areas")
	}
}

// All tallies that are wanted are listed, by the page and by the API. With --min-cell, how
// far the others are is not: it tells what was stored since the last publication.
func TestTalliesAreListed(t *testing.T) {
	b := counting()
	var got []Tally
	if err := json.Unmarshal(get(t, newTestDashboard(t, b, newClock()), "/api/v1/tallies").Body.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if len(got) != 2 || got[0].Tally != b.tally || !got[0].Current || got[0].Lag != 7 || *got[0].Workers != 2 || got[0].Promotion == nil || got[0].Promotion.By != "li" {
		t.Errorf("the current tally: %+v", got)
	}
	if c := got[1]; c.Current || c.Frontier != 8_000_000 || *c.Refused != 1 || c.Promotion != nil {
		t.Errorf("the other one: %+v", c)
	}
	b.board.Put(consultation().Suppressed(5, nil))
	d := newTestDashboard(t, b, newClock())
	for _, target := range []string{"/api/v1/tallies", "/?lang=en"} {
		if body := get(t, d, target).Body.String(); strings.Contains(body, "89abcdef") {
			t.Errorf("%s shows with --min-cell how far another tally is", target)
		}
	}
}
