package main

import (
	"context"
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/minyi/minyi/pipeline"
)

// The analyst's inner loop: save a file of the dictionary, and the terminal shows what
// changed and the page the new counts; a file that cannot be read is named with its
// place, and the last dictionary stays; taking the change back shows at once.
func TestUpWatch(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file, in := filepath.Join(dir, "mine", "life.yaml"), filepath.Join(dir, "in.ndjson")
	save := func(path, text string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	const first = "theme: life\nname: {zh: 生活, en: Life}\nsubthemes:\n  - id: school\n    name: {zh: 学校, en: Schools}\n    keywords: [{word: 学校, weight: 1}]\n"
	const second = first + "  - id: health\n    name: {zh: 看病, en: Health}\n    keywords: [{word: 医院, weight: 1}]\n"
	save(file, first)
	save(in, strings.Repeat(`{"text":"学校放学太早"}`+"\n", 3)+strings.Repeat(`{"text":"医院排队，电话13812345678"}`+"\n", 2))
	r := startUp(t, "--dict", filepath.Dir(file), "--watch", in, "--private")
	if code := postText(t, r.page); code != http.StatusForbidden {
		t.Errorf("with --private a text is answered by %d", code)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	onPage := func() pipeline.Snapshot {
		t.Helper()
		var s pipeline.Snapshot
		code, body := get(t, r.page+"/counts.json")
		if err := json.Unmarshal([]byte(body), &s); err != nil {
			t.Fatalf("%d, %v: %s", code, err, body)
		}
		return s
	}
	before := onPage()

	r.stderr.find(ctx, t, `(watching \S+mine)`)
	save(file, second)
	r.stdout.find(ctx, t, `saved: dictionary \S+ -> \S+, (5) messages`)
	r.stdout.find(ctx, t, `(Health) +0 +2 +\+2`)
	r.stdout.find(ctx, t, `(\+ 医院  1)`)
	r.stdout.find(ctx, t, `(医院排队，电话\*+)`)
	after := onPage()
	for after.Tally == before.Tally && ctx.Err() == nil {
		after = onPage()
	}
	if before.Tagged != 3 || after.Tagged != 5 || after.Tally == before.Tally {
		t.Errorf("%+v, then %+v", before, after)
	}

	save(file, second+"  - id: [")
	r.stderr.find(ctx, t, `(life.yaml:10:9|life.yaml:10:\d+|life.yaml:11:1)`)
	r.stderr.find(ctx, t, `(the last dictionary that could be read stays)`)
	if s := onPage(); s.Tally != after.Tally {
		t.Errorf("%+v", s)
	}

	save(file, first)
	r.stdout.find(ctx, t, `(tally `+before.Tally+` -> `+after.Tally+`, up to message \d+, current now)`)
	back := r.stdout.find(ctx, t, `(Health) +2 +0 +-2`)
	for s := onPage(); back != "" && s.Tally != before.Tally; s = onPage() {
		if ctx.Err() != nil {
			t.Fatal("the change was taken back, and the page does not show it")
		}
	}
	save(file, first+"# a remark\n")
	r.stderr.find(ctx, t, `(nothing that counts depend on has changed)`)
	r.interrupt(t)

	for _, args := range [][]string{{"--watch"}, {"--watch", "--once", "--dict", "x"}} {
		if out, err := command(ctx, t, append([]string{"up"}, args...)...).CombinedOutput(); err == nil || !strings.Contains(string(out), "--watch") {
			t.Errorf("%v: %v: %s", args, err, out)
		}
	}
}

// postText asks the page to classify a text, and returns the status.
func postText(t *testing.T, page string) int {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, page+"/api/v1/classify", strings.NewReader("secret"))
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	if err := res.Body.Close(); err != nil {
		t.Fatal(err)
	}
	return res.StatusCode
}
