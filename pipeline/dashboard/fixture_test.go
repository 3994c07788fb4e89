package dashboard

import (
	"context"
	"errors"
	"flag"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/minyi/minyi/dict"
	"github.com/minyi/minyi/internal/measure"
	"github.com/minyi/minyi/pipeline"
)

var update = flag.Bool("update", false, "rewrite the golden files and the screenshots of the documentation")

// errAway is what the broker says while it is away.
var errAway = errors.New("no servers\navailable")

// broker is an Engine with a board, that answer what they are told to.
type broker struct {
	board *pipeline.Board
	tally string

	mu     sync.Mutex
	status pipeline.Status
	err    error
	asked  int

	measure *measure.Measure // of the dictionary; nil: it was not measured

	moves   []Move  // the oldest first
	tallies []Tally // that are wanted; nil: not known

	undiffered error // why there is no difference; nil: there is one
}

// listTallies is what [Config] has for Tallies.
func (b *broker) listTallies(context.Context) ([]Tally, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.tallies, nil
}

// listMoves is what [Config] has for Moves.
func (b *broker) listMoves(context.Context) ([]Move, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.moves, nil
}

// difference is what [Config] has for Difference: the other dictionary knows a sub-theme
// more, and has half of the untagged.
func (b *broker) difference(context.Context, string) (Difference, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.undiffered != nil {
		return Difference{}, b.undiffered
	}
	c := consultation()
	x := Difference{
		A: DifferenceSide{b.tally, c.Dict, c.Outcomes}, B: DifferenceSide{"0123456789ab", "89abcdef0123", c.Outcomes}, Frontier: c.Frontier,
		JSON: map[string]any{"a": b.tally, "b": "0123456789ab", "frontier": c.Frontier, "themes": []int{}},
	}
	more := c.Untagged / 2
	x.B.Outcomes.Untagged -= more
	x.B.Outcomes.Tagged += more
	for i, t := range c.Themes {
		row := DifferenceRow{ID: t.ID, A: t.Primary, B: t.Primary}
		if i == 0 {
			row.B += more
		}
		x.Rows = append(x.Rows, row)
		for _, s := range t.SubThemes {
			x.Rows = append(x.Rows, DifferenceRow{ID: s.ID, Sub: true, A: s.Primary, B: s.Primary})
		}
		if i == 0 {
			x.Rows = append(x.Rows, DifferenceRow{ID: t.ID + "/pets", Sub: true, Name: dict.Name{Zh: "=宠物", En: "=Pets"}, B: more})
		}
	}
	return x, nil
}

// counting returns a broker by which two tallies are counted, of which the second was promoted.
func counting() *broker {
	b := running(consultation(), 7)
	two, one, none := 2, 1, 0
	b.tallies = []Tally{
		{Tally: "0123456789ab", Dict: "89abcdef0123", Frontier: 8_000_000, Last: fixtureStored + 7, Lag: fixtureStored + 7 - 8_000_000, Workers: &two, Refused: &one},
		{Tally: b.tally, Dict: consultation().Dict, Workers: &two, Refused: &none},
	}
	b.moves = []Move{
		{At: time.Date(2022, 4, 14, 1, 0, 0, 0, time.UTC), Event: "promoted", To: "0123456789ab", Why: "the first tally of all"},
		{At: time.Date(2022, 5, 3, 4, 5, 6, 0, time.UTC), Event: "promoted", From: "0123456789ab", To: b.tally, By: "li", Why: "hospitals were not <seen>"},
	}
	b.board.Promote(pipeline.Promotion{
		Tally: b.tally, From: "0123456789ab", At: time.Date(2022, 5, 3, 4, 5, 6, 0, time.UTC), By: "li", Why: "hospitals were not seen", Event: "promoted",
	})
	return b
}

// measureOf is what [Config] has for Measure.
func (b *broker) measureOf(string) *measure.Measure {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.measure
}

// sure returns a broker whose tally has close calls, and whose dictionary was measured:
// its first theme well, of the second one sub-theme hardly, and of the third one hardly at all.
func sure() *broker {
	c := consultation()
	cells := make(pipeline.Cells)
	m := &measure.Measure{
		Schema: measure.Schema, Dict: c.Dict, By: "li", Measured: time.Date(2022, 5, 2, 3, 4, 5, 0, time.UTC),
		Labels: measure.Labels{File: "gold.xlsx", Texts: 1200, Primaries: 1200, Tagged: 1100},
	}
	for i, t := range c.Themes {
		m.Accuracy = append(m.Accuracy, measure.Accuracy{ID: t.ID, Shares: measure.Table{TP: 400, FN: 30, FP: 40, TN: 630}})
		for j, s := range t.SubThemes {
			table := measure.Table{TP: 40, FN: 6, FP: 5, TN: 1049}
			switch {
			case i == 1 && j == 0:
				table = measure.Table{TP: 4, FN: 2, FP: 1, TN: 1093}
			case i == 2 && j == 0:
				table = measure.Table{TP: 10, FN: 10, FP: 540, TN: 540}
			}
			m.Accuracy = append(m.Accuracy, measure.Accuracy{ID: s.ID, Shares: table})
			spread(cells, pipeline.KindClose, s.ID, pipeline.Count{Primary: s.Primary / 5, Any: s.Primary / 5})
		}
	}
	c.Totals, c.Info.Spec.Counted = c.Totals.With(cells), []pipeline.Kind{pipeline.KindClose}
	c.AbsurdTime = 1204
	b := running(c, 0)
	b.measure = m
	return b
}

// all returns a broker that has whatever a page can show: of sure and of counting.
func all() *broker {
	b, other := sure(), counting()
	b.tallies, b.moves, b.status = other.tallies, other.moves, other.status
	b.board.Promote(other.board.Promotion())
	return b
}

func (b *broker) Status(context.Context) (pipeline.Status, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.asked++
	return b.status, b.err
}

// goAway and comeBack are what the broker does, as engine and board notice it.
func (b *broker) goAway() { b.set(errAway) }

func (b *broker) comeBack() { b.set(nil) }

func (b *broker) set(err error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.err = err
	b.board.Fail(b.tally, err)
}

// neverThere returns a broker that never answered.
func neverThere() *broker {
	b := &broker{board: pipeline.NewBoard()}
	b.goAway()
	return b
}

// clock is a clock that goes when it is told to.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2022, 5, 17, 1, 30, 5, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// newTestDashboard shows what b says, at a fixed time in Beijing.
func newTestDashboard(t testing.TB, b *broker, c *clock) *Dashboard {
	t.Helper()
	d, err := New(Config{
		Board: b.board, Engine: b, Tallies: b.listTallies, Difference: b.difference, Measure: b.measureOf, Moves: b.listMoves, Now: c.Now, Zone: time.FixedZone("", 8*60*60),
		Metrics: http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("minyi_up 1\n")) }),
	})
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// get answers one request.
func get(t testing.TB, h http.Handler, target string, header ...string) *httptest.ResponseRecorder {
	t.Helper()
	req := httptest.NewRequestWithContext(t.Context(), http.MethodGet, target, nil)
	req.Host = "localhost"
	for i := 0; i < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, req)
	return rec
}

// fetch sends a request over the network.
func fetch(ctx context.Context, c *http.Client, method, address string) (code int, body string, err error) {
	req, err := http.NewRequestWithContext(ctx, method, address, nil)
	if err != nil {
		return 0, "", err
	}
	res, err := c.Do(req)
	if err != nil {
		return 0, "", err
	}
	b, err := io.ReadAll(res.Body)
	return res.StatusCode, string(b), errors.Join(err, res.Body.Close())
}

// The consultation in numbers that are made up, but of the size and the shape
// of the real one: 8,542,000 suggestions, livelihood the largest theme.
const (
	fixtureUntagged = 611_482
	fixtureTagged   = 8_542_000 - fixtureUntagged
	fixtureRejected = 48_115
	fixtureMissing  = 432
	fixtureStored   = 8_542_000 + fixtureRejected + fixtureMissing
)

var fixtureThemes = []struct {
	id, zh, en string
	subs       []fixtureSub
}{
	{"livelihood", "民生", "People's livelihood", []fixtureSub{
		{"education", "教育", "Education", "livelihood", 655_918},
		{"employment", "就业与劳动", "Employment and labour", "livelihood", 498_230},
		{"healthcare", "医疗卫生", "Healthcare", "livelihood", 431_077},
		{"housing", "住房", "Housing", "livelihood", 377_415},
		{"elderly_care", "养老服务", "Elderly care", "livelihood", 352_906},
		{"social_security", "社会保障", "Social security", "livelihood", 318_644},
		{"transport", "交通出行", "Transport", "livelihood", 148_209},
		{"consumer", "消费与市场", "Consumption and markets", "livelihood", 96_312},
		{"urban", "城乡建设", "Urban and rural construction", "livelihood", 187_540},
		{"rural", "乡村振兴与脱贫", "Rural revitalisation", "livelihood", 203_771},
	}},
	{"party", "党的建设", "Party building", []fixtureSub{
		{"theory", "理论武装与宣传", "Theory and communication", "leadership", 548_119},
		{"organization", "组织建设", "Organisation", "leadership", 502_664},
		{"integrity", "党风廉政与反腐败", "Integrity", "discipline", 397_280},
		{"cadres", "干部队伍", "Cadres", "discipline", 341_993},
	}},
	{"governance", "国家治理", "Governance", []fixtureSub{
		{"development", "高质量发展", "High-quality development", "development", 712_386},
		{"democracy", "人民民主", "People's democracy", "democracy", 301_527},
		{"rule_of_law", "依法治国", "Rule of law", "rule_of_law", 412_950},
		{"ecology", "生态文明", "Ecology", "ecology", 386_041},
		{"grassroots", "基层治理", "Grassroots governance", "reform", 345_118},
		{"culture", "文化与风尚", "Culture", "culture", 328_474},
		{"administration", "政务服务", "Public administration", "reform", 0}, // what is left
		{"safety", "公共安全", "Public safety", "livelihood", 211_903},
	}},
}

type fixtureSub struct {
	id, zh, en, aspect string
	primary            uint64
}

// consultation returns the counts of the whole of it.
func consultation() pipeline.Counts {
	s := pipeline.Snapshot{
		Tally: "7d0f2a91c3be", Dict: "3f9c1a5be07d", Frontier: fixtureStored, Stored: fixtureStored,
		Outcomes: pipeline.Outcomes{Tagged: fixtureTagged, Untagged: fixtureUntagged, Rejected: fixtureRejected, Missing: fixtureMissing},
	}
	tree := make(pipeline.ThemeTree, 0, len(fixtureThemes))
	aspects := make(map[string]pipeline.Count)
	left := uint64(fixtureTagged)
	for _, t := range fixtureThemes {
		for _, sub := range t.subs {
			left -= sub.primary
		}
	}
	for _, t := range fixtureThemes {
		tc, to := pipeline.ThemeCount{ID: t.id}, pipeline.TreeTheme{ID: t.id, Zh: t.zh, En: t.en}
		for _, sub := range t.subs {
			if sub.primary == 0 {
				sub.primary = left
			}
			id, count := t.id+"/"+sub.id, pipeline.Count{Primary: sub.primary, Any: sub.primary*27/20 + 113}
			tc.SubThemes = append(tc.SubThemes, pipeline.SubThemeCount{ID: id, Primary: count.Primary, Any: count.Any})
			to.SubThemes = append(to.SubThemes, pipeline.TreeSubTheme{ID: id, Zh: sub.zh, En: sub.en, Aspect: sub.aspect})
			aspects[sub.aspect] = aspects[sub.aspect].Add(count)
			tc.Primary += count.Primary
			tc.Any += count.Primary*6/5 + 71
		}
		s.Themes, tree = append(s.Themes, tc), append(tree, to)
	}
	cells := make(pipeline.Cells)
	spread(cells, pipeline.KindTotal, pipeline.All, pipeline.Count{Primary: fixtureStored - fixtureMissing, Any: fixtureStored - fixtureMissing})
	spread(cells, pipeline.KindTagged, pipeline.All, pipeline.Count{Primary: fixtureTagged, Any: fixtureTagged})
	for _, t := range s.Themes {
		spread(cells, pipeline.KindTheme, t.ID, pipeline.Count{Primary: t.Primary, Any: t.Any})
		for _, sub := range t.SubThemes {
			spread(cells, pipeline.KindSubTheme, sub.ID, pipeline.Count{Primary: sub.Primary, Any: sub.Any})
		}
	}
	for id, n := range aspects {
		spread(cells, pipeline.KindAspect, id, n)
	}
	for r, n := range map[pipeline.Reason]uint64{pipeline.Blank: 40_016, pipeline.NotJSON: 7_901, pipeline.TooLarge: 198} {
		cells[pipeline.CellKey{Day: "2022-05-01", Source: "people", Kind: pipeline.KindRejected, ID: string(r)}] = pipeline.Count{Primary: n, Any: n}
	}
	return pipeline.Counts{Snapshot: s, Totals: pipeline.NewTotals(cells), Info: pipeline.TallyInfo{Themes: tree}, Revision: 1}
}

// spread spreads a count over the 32 days and four platforms of the
// consultation: slow at weekends, a rush in the last days.
func spread(cells pipeline.Cells, kind pipeline.Kind, id string, count pipeline.Count) {
	perDay := []uint64{
		96, 61, 58, 122, 141, 150, 147, 155, 84, 79, 168, 172, 180, 166, 171, 73,
		64, 60, 66, 71, 158, 182, 95, 101, 190, 199, 214, 232, 251, 160, 187, 377,
	}
	perSource := map[string]uint64{"people": 41, "xinhua": 27, "cctv": 19, "xuexi": 13}
	var weights uint64
	for _, w := range perDay {
		weights += w * 100
	}
	left := count
	day := time.Date(2022, 4, 15, 0, 0, 0, 0, time.UTC)
	var key pipeline.CellKey
	for i, w := range perDay {
		for _, source := range slices.Sorted(maps.Keys(perSource)) {
			part := func(n uint64) uint64 { return n * w * perSource[source] / weights }
			n := pipeline.Count{Primary: part(count.Primary), Any: part(count.Any)}
			key = pipeline.CellKey{Day: day.AddDate(0, 0, i).Format(time.DateOnly), Source: source, Kind: kind, ID: id}
			cells[key] = n
			left.Primary -= n.Primary
			left.Any -= n.Any
		}
	}
	cells[key] = cells[key].Add(left)
}

// nothing returns the counts of a tally that has begun on an empty stream.
func nothing() pipeline.Counts {
	r := consultation()
	s := pipeline.Snapshot{Tally: r.Tally, Dict: r.Dict}
	for _, t := range r.Themes {
		zero := pipeline.ThemeCount{ID: t.ID}
		for _, sub := range t.SubThemes {
			zero.SubThemes = append(zero.SubThemes, pipeline.SubThemeCount{ID: sub.ID})
		}
		s.Themes = append(s.Themes, zero)
	}
	return pipeline.Counts{Snapshot: s, Totals: pipeline.NewTotals(nil), Info: r.Info}
}

// running returns a broker that counted all of something, but for a lag; nothing for
// the zero Counts.
func running(c pipeline.Counts, lag uint64) *broker {
	b := &broker{board: pipeline.NewBoard(), tally: c.Tally, status: pipeline.Status{
		Tally: c.Tally, Dict: c.Dict, Last: c.Frontier + lag, Planned: c.Frontier, Frontier: c.Frontier, Lag: lag, Current: true, Ready: true,
	}}
	if c.Tally != "" {
		b.board.Put(c)
		b.board.SetCurrent(c.Tally)
	}
	return b
}
