package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/minyi/minyi/dict"
	"github.com/minyi/minyi/pipeline/broker"
	"github.com/minyi/minyi/pipeline/dashboard"
	"github.com/minyi/minyi/pipeline/supervise"
)

// What the commands about a live fleet refuse, by exit code and words, and that nothing has
// happened then; and what they print.
func TestTallyCommands(t *testing.T) {
	t.Parallel()
	r := startCompared(t)
	folder := func(files map[string]string) string {
		t.Helper()
		dir := t.TempDir()
		for name, text := range files {
			if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		return dir
	}
	const theme = "theme: life\nsubthemes:\n  - id: school\n    keywords: [学校]\n  - id: health\n    keywords: [%]\n"
	worse := strings.Replace(theme, "%", "没有这个词", 1)
	failing := strings.Replace(theme, "%", "医院", 1) + "    examples:\n      - {text: 医院, forbid: [life/health]}\n"
	gold := strings.Repeat(`{"text":"医院旁边的诊所","themes":["life/health"]}`+"\n", 30)
	check := func(code int, words string, args ...string) string {
		t.Helper()
		stdout, stderr, got := r.here(t, "", args...)
		if got != code || !strings.Contains(stdout+stderr, words) {
			t.Errorf("minyi %s ended with %d, not %d, or does not say %q:\n%s%s", strings.Join(args, " "), got, code, words, stdout, stderr)
		}
		return stdout
	}
	check(exitUsage, "yaml", "dict", "publish", folder(map[string]string{"1.yaml": "theme: [\n"}))
	check(exitCheck, "1 of 1 examples failed", "dict", "publish", folder(map[string]string{"1.yaml": failing}))
	check(exitCheck, "gold.ndjson", "dict", "publish", folder(map[string]string{"1.yaml": worse, "gold.ndjson": gold}))
	quarrel := ""
	for i := range 20 {
		quarrel += fmt.Sprintf(`{"text":"医院%d","by":"li","themes":["life/health"]}`+"\n"+`{"text":"医院%[1]d","by":"wang","themes":["life/school"]}`+"\n", i)
	}
	check(exitCheck, "gold.ndjson: its labellers agree too little, alpha -0.975 on 20 texts, at least 0.667 is asked for",
		"dict", "publish", folder(map[string]string{"1.yaml": strings.Replace(theme, "%", "医院", 1), "gold.ndjson": quarrel}))
	check(exitCheck, "no text has two labellers", "dict", "publish", folder(map[string]string{"1.yaml": worse, "gold.ndjson": gold}))
	two := strings.Join(strings.SplitAfter(quarrel, "\n")[:4], "")
	check(exitCheck, "only 2 texts have two labellers", "dict", "publish", folder(map[string]string{"1.yaml": failing, "gold.ndjson": two}))
	check(exitUsage, "--force needs --reason", "dict", "publish", t.TempDir(), "--force")
	check(exitUsage, "--force needs --reason", "tally", "promote", r.b, "--force")
	check(exitCheck, "no such tally", "tally", "promote", "0123456789ab")
	check(exitCheck, `"verdict":"fail"`, "tally", "promote", r.b, "--json") // the untagged moved by 22 points
	check(exitCheck, "current", "tally", "retire", r.a)
	check(exitCheck, "no such tally", "tally", "rollback")
	differs(t, r)
	if current, err := r.conn.Counts().Current(t.Context()); err != nil || current != r.a {
		t.Fatalf("%s is current, and nothing was promoted: %v", current, err)
	}

	var forced struct{ Verdict, From, To string }
	out := check(exitDone, "fail", "tally", "promote", r.b, "--force", "--by", "li", "--reason", "hospitals were not seen", "--json")
	if err := json.Unmarshal([]byte(out), &forced); err != nil || forced.From != r.a || forced.To != r.b {
		t.Errorf("forced: %s, %v", out, err)
	}
	check(exitDone, "li", "tally", "show", "current")
	seen(t, r.page, r.b)
	check(exitDone, "current since", "counts")
	check(exitDone, "tally "+r.b, "counts")
	check(exitDone, `{"from":"`+r.b+`","to":"`+r.a+`"`, "tally", "rollback", "--json")
	check(exitCheck, "since the rollback", "tally", "rollback")
	check(exitDone, `"freed":`, "tally", "retire", r.b, "--by", "li", "--json")
	check(exitCheck, "retired", "tally", "promote", r.b)
	check(exitDone, "retired", "tally", "show", r.b)

	var list []broker.ListedTally
	if err := json.Unmarshal([]byte(check(exitDone, `"refused":[]`, "tally", "list", "--json")), &list); err != nil {
		t.Fatal(err)
	}
	if len(list) != 2 || !list[0].Current || list[0].Tally != r.a || list[0].Lag != 0 || list[0].Workers != 1 || list[1].State != supervise.Retired {
		t.Errorf("list: %+v", list)
	}
	kept := 0
	for line := range strings.Lines(check(exitDone, `"event":"retired"`, "tally", "history", "--json")) {
		var e supervise.Event
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		if e.Event == supervise.RefusedBy || e.Event == supervise.Promoted && e.Forced && e.By == "li" && e.Why == "hospitals were not seen" && len(e.Checks) > 0 {
			kept++
		}
	}
	if kept != 7 {
		t.Errorf("the history has %d of six refusals and a forced promotion", kept)
	}

	fetched := filepath.Join(t.TempDir(), "fetched")
	check(exitDone, "keywords", "dict", "fetch", list[1].Dict[:6], "--out", fetched)
	if d, err := dict.Load(fetched); err != nil || d.Version() != list[1].Dict {
		t.Errorf("fetched another dictionary: %v", err)
	}
	check(exitDone, list[0].Dict, "dict", "list")
}

// differs: the page leads to what the candidate changes, and has the numbers of tally diff.
func differs(t *testing.T, r *comparedTallies) {
	t.Helper()
	link := `href="/tallies/` + r.b + `?lang=en" accesskey="d"`
	until(t, "the page has "+link, func() bool {
		_, html := get(t, r.page+"/?lang=en")
		return strings.Contains(html, link)
	})
	code, html := get(t, r.page+"/tallies/"+r.b+"?lang=en")
	if code != 200 || !strings.Contains(html, r.a) || !strings.Contains(html, ">&#43;40<") || !strings.Contains(html, "-22.22") || !strings.Contains(html, "Both up to message 90") {
		t.Errorf("%d %s", code, html)
	}
	if _, csv := get(t, r.page+"/api/v1/tallies/diff?format=csv&lang=zh&tally="+r.b); !strings.Contains(csv, "life/health,看病,0,40,0.000000,0.500000,+50.00,"+r.a+","+r.b) {
		t.Errorf("%s", csv)
	}
	if _, body := get(t, r.page+"/api/v1/tallies/diff?tally="+r.b); !strings.Contains(body, `{"id":"life","a":{"primary":60,"any":60},"b":{"primary":80,"any":80}`) {
		t.Errorf("%s", body)
	}
}

// seen waits until the page and the API say that a tally was promoted, by whom and why.
func seen(t *testing.T, page, tally string) {
	t.Helper()
	until(t, "the page and the API have the promotion of "+tally, func() bool {
		_, list := get(t, page+"/api/v1/tallies")
		_, html := get(t, page+"/?lang=en")
		var got []dashboard.Tally
		return json.Unmarshal([]byte(list), &got) == nil && len(got) == 2 && got[0].Tally == tally && *got[0].Workers == 1 &&
			got[0].Promotion != nil && got[0].Promotion.By == "li" && strings.Contains(html, "promoted, li, hospitals were not seen")
	})
}

// A snapshot of the current tally is published by the process that counted.
func TestSnapshotsArePublished(t *testing.T) {
	t.Parallel()
	r := startUp(t, filepath.Join(root(t), "examples/suggestions.ndjson"))
	conn, err := broker.Connect(t.Context(), broker.Options{URL: r.nats})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	sub, err := conn.JetStream().Conn().SubscribeSync("minyi.counts.*")
	if err != nil {
		t.Fatal(err)
	}
	if err := conn.JetStream().Conn().Flush(); err != nil {
		t.Fatal(err)
	}
	if _, err := conn.JetStream().Publish(t.Context(), "suggestions.test", []byte(`{"text":"公交车太少"}`)); err != nil {
		t.Fatal(err)
	}
	m, err := sub.NextMsg(30 * time.Second)
	if err != nil {
		t.Fatalf("nothing is published: %v", err)
	}
	if !strings.Contains(string(m.Data), `"frontier":651`) {
		t.Errorf("published: %.200s", m.Data)
	}
}
