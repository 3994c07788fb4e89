package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/minyi/minyi/classifier"
	"github.com/minyi/minyi/dict"
	"github.com/minyi/minyi/internal/textfmt"
	"github.com/minyi/minyi/pipeline"
	"github.com/minyi/minyi/pipeline/broker"
	"github.com/minyi/minyi/pipeline/compare"
	"github.com/minyi/minyi/pipeline/label"
	"github.com/minyi/minyi/pipeline/supervise"
)

// comparedTallies is a running `minyi up` with two tallies over the same messages. The second
// dictionary also knows 医院, which 40 of the 90 messages have; 20 have 学校 too.
type comparedTallies struct {
	*running
	a, b string
	conn *broker.Conn
}

func startCompared(t *testing.T) *comparedTallies {
	t.Helper()
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	const themes = `theme: life
name: {zh: 生活, en: Life}
subthemes:
  - id: school
    name: {zh: 学校, en: Schools}
    keywords: [{word: 学校, weight: 1}]
  - id: health
    name: {zh: 看病, en: Health}
    keywords: [{word: 诊所, weight: 1}%s]
`
	first := filepath.Dir(write("first/life.yaml", fmt.Sprintf(themes, "")))
	second := filepath.Dir(write("second/life.yaml", fmt.Sprintf(themes, ", {word: 医院, weight: 3}")))
	var messages strings.Builder
	for i := range 90 {
		text := "孩子的学校放学太早"
		switch {
		case i < 20:
			text = "学校旁边的医院要排队，电话13812345678"
		case i < 40:
			text = "医院看病要排队"
		case i >= 80:
			text = "路上有一个坑"
		}
		fmt.Fprintf(&messages, `{"id":"%d","text":"%s","submitted_at":"2022-04-%02dT08:00:00+08:00"}`+"\n", i, text, 15+i%3)
	}
	r := &comparedTallies{running: startUp(t, "--dict", first, write("in.ndjson", messages.String()))}
	conn, err := broker.Connect(t.Context(), broker.Options{URL: r.nats})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	r.conn = conn
	if r.a, err = conn.Counts().Current(t.Context()); err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{first, second} { // the last one is the candidate
		r.b = r.publish(t, dir)
	}
	return r
}

// publish stores a dictionary and has its tally counted.
func (r *comparedTallies) publish(t *testing.T, dir string) string {
	t.Helper()
	d, err := dict.Load(dir)
	if err != nil {
		t.Fatal(err)
	}
	packed, err := supervise.Pack(d)
	if err != nil {
		t.Fatal(err)
	}
	wanted, err := r.conn.Tallies().PublishDict(t.Context(), d.Version(), packed, "test", "test")
	if err != nil {
		t.Fatal(err)
	}
	c, err := classifier.New(d, (&app{}).classifierOptions())
	if err != nil {
		t.Fatal(err)
	}
	worker, err := r.conn.WorkerOf(t.Context(), pipeline.Config{Classifier: c}, wanted.Spec)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- worker.Run(ctx) }()
	t.Cleanup(func() { cancel(); <-ended })
	enough := errors.New("enough")
	for err := error(nil); !errors.Is(err, enough); {
		err = r.conn.Counts().Watch(ctx, wanted.Tally(), time.Millisecond, func(c pipeline.Counts) error {
			if c.Frontier >= 90 {
				return enough
			}
			return nil
		})
		if t.Context().Err() != nil || err != nil && !errors.Is(err, enough) && !errors.Is(err, broker.ErrNoTally) {
			t.Fatal(err)
		}
	}
	return wanted.Tally()
}

// here runs a command in this process.
func (r *comparedTallies) here(t *testing.T, stdin string, args ...string) (stdout, stderr string, code int) {
	t.Helper()
	var out, said bytes.Buffer
	code = run(t.Context(), append(args, "--server", r.nats), append(os.Environ(), "LANG=en_US.UTF-8"), strings.NewReader(stdin), &out, &said)
	return out.String(), said.String(), code
}

// Two tallies beside each other: JSON, a table in both languages, and what flips by which
// keyword, masked.
func TestTallyDiff(t *testing.T) {
	t.Parallel()
	r := startCompared(t)
	t.Run("json", func(t *testing.T) {
		out, stderr, code := r.here(t, "", "tally", "diff", r.a, r.b, "--json")
		var d compare.Diff
		if err := json.Unmarshal([]byte(out), &d); err != nil || code != exitDone {
			t.Fatalf("exit %d, %v: %s", code, err, stderr)
		}
		themes, _ := json.Marshal(d.Themes)
		want := `[{"id":"life","a":{"primary":60,"any":60},"b":{"primary":80,"any":80},"subthemes":[` +
			`{"id":"life/school","a":{"primary":60,"any":60},"b":{"primary":40,"any":60}},` +
			`{"id":"life/health","a":{"primary":0,"any":0},"b":{"primary":40,"any":40}}]}]`
		if d.Frontier != 90 || d.A != r.a || d.B != r.b || len(d.Days) != 3 || d.Days[0].A.Tagged+d.Days[0].A.Untagged != 30 || string(themes) != want {
			t.Errorf("%s", out)
		}
	})
	t.Run("text", func(t *testing.T) {
		zh, stderr, code := r.here(t, "", "tally", "diff", r.b, "--messages", "90", "--lang", "zh")
		if code != exitDone {
			t.Fatalf("exit %d: %s", code, stderr)
		}
		for _, want := range []string{"看病", "医院", "+40", "-22.22", "2022-04-17", "第 1 条至第 90 条", "***********"} {
			if !strings.Contains(zh, want) {
				t.Errorf("no %q in\n%s", want, zh)
			}
		}
		if strings.Contains(zh, "13812345678") {
			t.Error("a telephone number is shown")
		}
		for line := range strings.Lines(zh) {
			if w := textfmt.Width(strings.TrimRight(line, "\n")); w > textfmt.Columns {
				t.Errorf("%d columns: %s", w, line)
			}
		}
		if en, _, _ := r.here(t, "", "tally", "diff", r.b); !strings.Contains(en, "both up to message 90") || !strings.Contains(en, "Health") {
			t.Errorf("%s", en)
		}
	})
	t.Run("another stream", func(t *testing.T) { checkOtherStream(t, r) })
	t.Run("carried on", func(t *testing.T) { // as far as the workers have counted: cell by cell the same
		stored, err := r.conn.Counts().Snapshot(t.Context(), r.b)
		if err != nil {
			t.Fatal(err)
		}
		nothing := pipeline.Counts{Snapshot: pipeline.Snapshot{Tally: r.b, Dict: stored.Dict}, Info: stored.Info}
		a := &app{env: os.Environ(), stderr: new(bytes.Buffer), lang: "en"}
		got, err := carry(t.Context(), r.conn, nothing, stored.Frontier, func(ctx context.Context, c pipeline.Counts) (*classifier.Classifier, error) {
			d, err := storedDict(ctx, r.conn, c.Dict)
			if err != nil {
				return nil, err
			}
			return a.newClassifier(d)
		})
		if err != nil || got.Frontier != 90 || got.Outcomes != stored.Outcomes || got.Stored != stored.Stored || !maps.Equal(got.Totals.Cells(), stored.Totals.Cells()) {
			t.Errorf("%v: %+v, want %+v", err, got.Snapshot, stored.Snapshot)
		}
	})
	t.Run("watch ends", func(t *testing.T) { // what no waiting mends is an error at once, and not every second
		kv, err := r.conn.JetStream().KeyValue(t.Context(), r.conn.Names().Bucket)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := kv.PutString(t.Context(), r.b+".spec", "{"); err != nil {
			t.Fatal(err)
		}
		if _, stderr, code := r.here(t, "", "counts", "--watch", "--tally", r.b); code != exitEnvironment || strings.Contains(stderr, "again") || !strings.Contains(stderr, r.b+": spec of a tally") {
			t.Errorf("exit %d: %s", code, stderr)
		}
	})
	if _, stderr, code := r.here(t, "", "tally", "diff", "abcdefabcdef"); code != exitCheck || !strings.Contains(stderr, "abcdefabcdef") {
		t.Errorf("exit %d: %s", code, stderr)
	}
}

// A duel from its beginning over an interruption to its end: answers are kept at once,
// without text, the same seed goes on, and the order and the sides are drawn.
func TestTallyJudge(t *testing.T) {
	t.Parallel()
	r := startCompared(t)
	judge := func(stdin string, more ...string) (judged, string) {
		t.Helper()
		out, stderr, code := r.here(t, stdin, append([]string{"tally", "judge", r.a, r.b, "--by", "李", "--json"}, more...)...)
		var j judged
		if err := json.Unmarshal([]byte(out), &j); err != nil || code != exitDone {
			t.Fatalf("exit %d, %v: %s", code, err, stderr)
		}
		return j, stderr
	}
	j, shown := judge("x\nb\nn\n?\n")
	if j.Judged != 3 || j.Population != 40 || j.Neither != 3 || j.Verdict != compare.Inconclusive || j.A != r.a || j.B != r.b {
		t.Fatalf("%+v\n%s", j, shown)
	}
	if strings.Contains(shown, "13812345678") || strings.Contains(shown, r.b) || !strings.Contains(shown, "4 of 40") || !strings.Contains(shown, "which is right?") ||
		!strings.Contains(shown, `"x" is no answer, and nothing was kept; choose again`) {
		t.Errorf("%s", shown)
	}
	said := r.said(t)
	if len(said) != 3 {
		t.Fatalf("%d judgements", len(said))
	}

	answers := "" // B wins whatever comes
	keys := r.keysOfB(t)
	for _, key := range keys[3:] {
		answers += key
	}
	file := filepath.Join(t.TempDir(), "labels.ndjson")
	j, shown = judge(answers, "--labels", file)
	if j.Verdict != compare.Pass || j.ForB < 5 || j.ForA != 0 || j.Judged >= 40 || !strings.Contains(shown, "4 of 40") || strings.Contains(shown, " 3 of 40") {
		t.Fatalf("%+v\n%s", j, shown)
	}
	labels, err := os.ReadFile(file)
	if err != nil || strings.Count(string(labels), `"primary":"life/health"`) != j.ForB || strings.Contains(string(labels), "13812345678") {
		t.Errorf("%v\n%s", err, labels)
	}
	again, _ := judge("")
	if again.DuelResult != j.DuelResult {
		t.Errorf("asked again: %+v, %+v", again, j)
	}
	turned, _, _ := r.here(t, "", "tally", "judge", r.b, r.a, "--by", "x", "--lang", "zh")
	if !strings.Contains(turned, "A 更常对：不通过") {
		t.Errorf("the sides exchanged:\n%s", turned)
	}
	for _, j := range r.said(t) {
		if b, _ := json.Marshal(j); strings.Contains(string(b), "医院") || strings.Contains(string(b), "排队") {
			t.Errorf("a text is kept: %s", b)
		}
	}
}

// said are all judgements.
func (r *comparedTallies) said(t *testing.T) (all []label.Judgement) {
	t.Helper()
	about, err := r.conn.Counts().TallyInfo(t.Context(), r.a)
	if err != nil {
		t.Fatal(err)
	}
	if err := r.conn.Labels().Each(t.Context(), label.StreamOf(about.Spec), func(j label.Judgement) error {
		all = append(all, j)
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	return all
}

// keysOfB are the keys that say that B is right, by draw.
func (r *comparedTallies) keysOfB(t *testing.T) (keys []string) {
	t.Helper()
	a := &app{env: os.Environ(), stderr: new(bytes.Buffer), lang: "en"}
	d, err := a.newDuel(t.Context(), r.conn, []string{r.a, r.b}, judgeOptions{seed: 1, by: "李"})
	if err != nil {
		t.Fatal(err)
	}
	turned := 0
	for _, x := range d.draws {
		if d.turned(x) {
			turned++
			keys = append(keys, "1\n")
		} else {
			keys = append(keys, "2\n")
		}
	}
	if turned < 5 || turned > 35 {
		t.Errorf("B stands first %d times of 40", turned)
	}
	return keys
}

// All guards of a promotion, at a running broker: those that pass, the one that does not,
// labels and a duel where there are some.
func TestTallyGuards(t *testing.T) {
	t.Parallel()
	r := startCompared(t)
	var out bytes.Buffer
	a := &app{env: os.Environ(), stdout: &out, stderr: new(bytes.Buffer), lang: "zh"}
	labels := filepath.Join(t.TempDir(), "labels.ndjson")
	write := func(lines ...string) {
		t.Helper()
		if err := os.WriteFile(labels, []byte(strings.Join(lines, "\n")+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	decide := func(candidate string, o guardOptions) map[string]compare.Verdict {
		t.Helper()
		d, err := a.decide(t.Context(), r.conn, candidate, o)
		if err != nil {
			t.Fatal(err)
		}
		if d.From != r.a || d.To != candidate || d.Verdict != compare.Combine(d.Checks...) {
			t.Errorf("%+v", d)
		}
		a.writeDecision(&out, d)
		verdicts := map[string]compare.Verdict{}
		for _, c := range d.Checks {
			verdicts[c.Name] = c.Verdict
		}
		return verdicts
	}
	want := map[string]compare.Verdict{
		compare.CheckCaughtUp: compare.Pass, compare.CheckMissing: compare.Pass, compare.CheckSpec: compare.Pass,
		compare.CheckLedger: compare.Pass, compare.CheckTests: compare.Pass,
		compare.CheckUntagged: compare.Fail, // 20 of 90 less
		compare.CheckThemes:   compare.Pass, // there is one theme
	}
	if got := decide(r.b, guardOptions{maxShift: 5}); !maps.Equal(got, want) {
		t.Errorf("%v", got)
	}
	want[compare.CheckUntagged] = compare.Pass
	if got := decide(r.b, guardOptions{maxShift: 30}); !maps.Equal(got, want) {
		t.Errorf("with another limit: %v", got)
	}
	if got := decide(r.a, guardOptions{maxShift: 5}); !maps.Equal(got, want) {
		t.Errorf("the current one beside itself: %v", got)
	}

	var lines []string
	for range 30 {
		lines = append(lines, `{"text":"医院排队","themes":["life/health"]}`, `{"text":"学校","label":"学校"}`, `{"text":"不知道"}`)
	}
	write(lines...)
	want[compare.CheckLabels] = compare.Pass
	if got := decide(r.b, guardOptions{maxShift: 30, labels: labels}); !maps.Equal(got, want) {
		t.Errorf("with labels: %v", got)
	}
	write(`{"text":"不知道"}`)
	want[compare.CheckLabels] = compare.Fail // asked for, and no data
	r.here(t, "b\nb\nq\n", "tally", "judge", r.a, r.b, "--by", "x")
	want[compare.CheckDuel] = compare.Inconclusive
	if got := decide(r.b, guardOptions{maxShift: 30, labels: labels}); !maps.Equal(got, want) {
		t.Errorf("without labels, and a duel that is not decided: %v", got)
	}
	write(`{"text":"医院","themes":["life/helth"]}`)
	if _, err := a.decide(t.Context(), r.conn, r.b, guardOptions{labels: labels}); err == nil || !strings.Contains(err.Error(), "labels.ndjson:1: neither dictionary has the sub-theme life/helth") {
		t.Errorf("%v", err)
	}
	if _, err := a.decide(t.Context(), r.conn, "abcdefabcdef", guardOptions{}); !errors.Is(err, broker.ErrNoTally) {
		t.Errorf("%v", err)
	}
	for line := range strings.Lines(out.String()) {
		if w := textfmt.Width(strings.TrimRight(line, "\n")); w > textfmt.Columns {
			t.Errorf("%d columns: %s", w, line)
		}
	}
	if !strings.Contains(out.String(), "盲评") || !strings.Contains(out.String(), "结论：不通过") {
		t.Errorf("%s", out.String())
	}
}

// Where --stream names another stream than the one that was counted, every command that
// reads the current tally refuses, and names both; so the numbers of one consultation are
// never taken for those of another. A stream that is not there is named with what to do.
func checkOtherStream(t *testing.T, r *comparedTallies) {
	t.Helper()
	refused := func(code int, words []string, args ...string) {
		t.Helper()
		stdout, stderr, got := r.here(t, "", args...)
		if got != code || stdout != "" || strings.Contains(stderr, "err_code") {
			t.Errorf("minyi %s ended with %d, not %d:\n%s%s", strings.Join(args, " "), got, code, stdout, stderr)
		}
		for _, w := range words {
			if !strings.Contains(stderr, w) {
				t.Errorf("minyi %s does not say %q:\n%s", strings.Join(args, " "), w, stderr)
			}
		}
	}
	file := filepath.Join(t.TempDir(), "report.docx")
	if _, stderr, code := r.here(t, "", "report", "--out", file, "--stream", "SUGGESTIONS"); code != exitDone {
		t.Fatalf("report of the stream that was counted: exit %d\n%s", code, stderr)
	}
	for _, args := range [][]string{
		{"report"},
		{"report", "verify", file},
		{"counts"},
		{"counts", "--json"},
		{"counts", "--watch"},
		{"counts", "--tally", r.b},
		{"ledger", "--tally", r.b},
		{"rejects", "--tally", r.b},
		{"rejects", "retry", "--tally", r.b},
		{"ledger"},
		{"ledger", "--recount"},
		{"tally", "diff", r.b},
		{"tally", "diff", r.a, r.b},
		{"tally", "show", "current"},
		{"rejects", "export"},
	} {
		refused(exitUsage, []string{"SUGGESTIONS,", "SUGESTIONS;"}, append(args, "--stream", "SUGESTIONS")...)
	}
	refused(exitEnvironment, []string{"there is no stream SUGGESTIONS_2017; nats stream ls"}, "report", "--compare", "SUGGESTIONS_2017")
	refused(exitEnvironment, []string{"there is no stream NOPE; nats stream ls"}, "tally", "list", "--stream", "NOPE")
}
