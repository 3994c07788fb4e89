//go:build unix

package main

import (
	"context"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/minyi/minyi/pipeline/broker"
	"github.com/minyi/minyi/pipeline/broker/embedded"
)

// incident is the section of docs/operators.md that tells one.
const incident = "## The first incident\n"

// TestFirstIncident types the story of docs/operators.md while it happens: readers are shown
// the tally of a release whose last worker has been stopped, and a real Prometheus scrapes
// the worker of the next release. UPDATE_SCRIPTS=1 writes what comes out into the page.
func TestFirstIncident(t *testing.T) {
	t.Parallel()
	path := filepath.Join(root(t), "docs/operators.md")
	src, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, program := range []string{"curl", "jq"} {
		if _, err := exec.LookPath(program); err != nil {
			missing(t, program)
		}
	}
	before, rest, ok := strings.Cut(string(src), incident)
	story, after, end := strings.Cut(rest, "\n## ")
	if !ok || !end {
		t.Fatalf("%s has no section %q", path, incident)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	f := startIncident(ctx, t)
	p := startPrometheus(t, f.page)

	g := newGuide(t, strings.Split(story, "\n"), "en_US.UTF-8")
	g.env = append(g.env, "NATS_URL="+f.nats)
	g.tallies = f.tallies
	hosts := strings.NewReplacer("http://prometheus:9090", p.url, "http://minyi:8080", f.page)
	looks := 0
	g.before = func(typed string) string {
		if strings.Contains(typed, "/api/v1/alerts") {
			looks++
			want := map[string]bool{} // at the end
			if looks == 1 {
				want["MinyiNobodyCounts"], want["MinyiDictionaryRefused"] = true, true
			}
			until(t, fmt.Sprintf("the alerts that fire are %v", want), func() bool { return maps.Equal(p.firing(t), want) })
		}
		return hosts.Replace(typed)
	}
	fixed := strings.NewReplacer(semantics, "gse-0.80.3-zh_s/2") // a later release has others
	moment := regexp.MustCompile(`\d{4}-\d\d-\d\d \d\d:\d\d:\d\d`)
	checks := regexp.MustCompile(`of \d+ checks`)
	g.after = func(text string) string {
		text = moment.ReplaceAllString(fixed.Replace(text), "2026-11-27 21:04:05")
		return checks.ReplaceAllString(text, "of 21 checks")
	}
	g.walk()
	if looks != 2 {
		t.Errorf("the story looks at the alerts %d times", looks)
	}
	want := before + incident + strings.Join(g.out, "\n") + "\n## " + after
	if want != string(src) {
		if os.Getenv("UPDATE_SCRIPTS") == "" {
			t.Fatalf("%s is out of date; UPDATE_SCRIPTS=1 go test ./cmd/minyi -run TestFirstIncident mends it:\n%s", path,
				cmp.Diff(strings.Split(string(src), "\n"), strings.Split(want, "\n")))
		}
		if err := os.WriteFile(path, []byte(want), 0o666); err != nil {
			t.Fatal(err)
		}
	}
}

const incidentDictionary = `theme: life
name: {zh: 生活, en: Life}
subthemes:
  - {id: school, name: {zh: 学校, en: Schools}, keywords: [放学]}
  - {id: health, name: {zh: 看病, en: Health}, keywords: [看病]}
`

// nobodyCounting is a fleet in the state in which the story begins.
type nobodyCounting struct {
	nats, page string   // URLs; the page is of the worker that is left
	tallies    []string // that of the old release, which is current, and of the new one
}

// startIncident has a worker of an older release count messages and stops it, while a
// worker of this one counts them too; then more arrive.
func startIncident(ctx context.Context, t *testing.T) *nobodyCounting {
	t.Helper()
	server, err := embedded.Start(embedded.Options{Dir: t.TempDir(), Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Shutdown)
	f := &nobodyCounting{nats: server.URL()}
	words := t.TempDir()
	if err := os.WriteFile(filepath.Join(words, "life.yaml"), []byte(incidentDictionary), 0o600); err != nil {
		t.Fatal(err)
	}
	work := func(release string, args ...string) (stop func(), page string) {
		cmd := command(ctx, t, append([]string{"work", "--server", f.nats, "--listen", "127.0.0.1:0", "--dict", words}, args...)...)
		cmd.Env = append(cmd.Env, asSemantics+"="+release)
		said := newWatched()
		cmd.Stderr = said
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		f.tallies = append(f.tallies, said.find(ctx, t, `^tally  (\w+)`))
		stop = func() {
			_ = cmd.Process.Signal(os.Interrupt)
			_ = cmd.Wait()
		}
		t.Cleanup(stop)
		return stop, said.find(ctx, t, pageLine.String())
	}
	send := func(texts []string, from, to int) {
		t.Helper()
		var lines strings.Builder
		for i := from; i < to; i++ {
			fmt.Fprintf(&lines, `{"id":"%d","text":"%s","submitted_at":"2022-04-%dT08:00:00+08:00"}`+"\n", i, texts[i%len(texts)], 15+i/150)
		}
		cmd := command(ctx, t, "send", "--server", f.nats, "-")
		cmd.Stdin = strings.NewReader(lines.String())
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("send: %v\n%s", err, out)
		}
	}
	conn, err := broker.Connect(ctx, broker.Options{URL: f.nats})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	settled := func(n uint64) {
		t.Helper()
		until(t, "everything is counted", func() bool {
			list, err := conn.Tallies().List(ctx)
			if err != nil || len(list) != len(f.tallies) || !list[0].Current {
				return false
			}
			for _, l := range list {
				if l.Info == nil || l.Frontier != n || l.Workers != 1 {
					return false
				}
			}
			return true
		})
	}
	stop, _ := work("gse-0.79.0-zh_s/1", "--promote")
	texts := []string{"小学三点半放学没人接", "看病挂号难", "路上有一个坑"}
	send(texts, 0, 450)
	settled(450)
	_, f.page = work(semantics)
	settled(450)
	stop()
	send(texts, 450, 500)
	until(t, "the new release has counted them", func() bool { // so that no scrape sees them arrive
		list, err := conn.Tallies().List(ctx)
		return err == nil && len(list) == 2 && list[1].Frontier == 500
	})
	return f
}
