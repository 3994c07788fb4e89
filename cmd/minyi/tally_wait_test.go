package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/minyi/minyi/pipeline"
	"github.com/minyi/minyi/pipeline/broker"
	"github.com/minyi/minyi/pipeline/broker/embedded"
	"github.com/minyi/minyi/pipeline/supervise"
)

// Nobody counts what is published: publish says so, and so does a promotion that waits,
// which ends quietly by Ctrl-C, and promotes when a worker has come.
func TestPromoteWaitsForAWorker(t *testing.T) {
	t.Parallel()
	server, err := embedded.Start(embedded.Options{Dir: t.TempDir(), Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(server.Shutdown)
	dictionary := func(word string) string {
		dir := t.TempDir()
		text := fmt.Sprintf("theme: life\nname: {zh: 生活, en: Life}\nsubthemes:\n  - id: school\n    name: {zh: 学校, en: School}\n    keywords: [学校, %s]\n", word)
		if err := os.WriteFile(filepath.Join(dir, "life.yaml"), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return dir
	}
	begin := func(ctx context.Context, args ...string) (stderr *watched, ended <-chan int) {
		w, code := newWatched(), make(chan int, 1)
		go func() {
			code <- run(ctx, append(args, "--server", server.URL()), append(os.Environ(), "LANG=en_US.UTF-8"), strings.NewReader(""), w, w)
		}()
		return w, code
	}
	first := dictionary("老师")
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	done := func(want int, says string, args ...string) {
		t.Helper()
		said, ended := begin(ctx, args...)
		if code := <-ended; code != want || !strings.Contains(said.String(), says) {
			t.Fatalf("minyi %s ended with %d, or does not say %q:\n%s", strings.Join(args, " "), code, says, said)
		}
	}
	work := func() (stop func()) {
		ctx, cancel := context.WithCancel(ctx)
		said, ended := begin(ctx, "work", "--dict", first)
		said.find(ctx, t, "^tally  (.*),")
		return func() {
			cancel()
			if code := <-ended; code != exitDone {
				t.Errorf("the worker ended with %d:\n%s", code, said)
			}
		}
	}
	file := filepath.Join(t.TempDir(), "in.ndjson")
	if err := os.WriteFile(file, []byte(`{"id":"1","text":"学校的老师"}`+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	stop := work()
	done(exitDone, "1 sent", "send", file)
	conn, err := broker.Connect(ctx, broker.Options{URL: server.URL()})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	waitCounted(ctx, t, conn, 1)
	stop()

	second := dictionary("同学")
	done(exitDone, "is counted by nobody: start minyi work", "dict", "publish", second, "--by", "li")
	list, err := conn.Tallies().List(ctx)
	if err != nil || len(list) != 2 {
		t.Fatalf("%+v: %v", list, err)
	}
	candidate := list[1].Tally

	impatient, leave := context.WithCancel(ctx)
	said, ended := begin(impatient, "tally", "promote", candidate, "--when-ready", "--by", "li")
	said.find(ctx, t, "is counted by nobody: start minyi work")
	leave()
	if code := <-ended; code != exitCheck || strings.Contains(said.String(), "context") || !strings.Contains(said.String(), "stopped waiting: "+candidate+" is not promoted") {
		t.Errorf("it ended with %d:\n%s", code, said)
	}
	said, ended = begin(ctx, "tally", "promote", candidate, "--when-ready", "--by", "li")
	said.find(ctx, t, "is counted by nobody: start minyi work")
	defer work()()
	if code := <-ended; code != exitDone || !strings.Contains(said.String(), "verdict: pass") {
		t.Errorf("it ended with %d:\n%s", code, said)
	}
	if current, err := conn.Counts().Current(ctx); err != nil || current != candidate {
		t.Errorf("%s is current: %v", current, err)
	}
}

// waitCounted waits until the current tally has counted so many messages.
func waitCounted(ctx context.Context, t *testing.T, conn *broker.Conn, n uint64) {
	t.Helper()
	enough := errors.New("enough")
	for err := error(nil); !errors.Is(err, enough); {
		err = conn.Counts().Watch(ctx, "", time.Millisecond, func(c pipeline.Counts) error {
			if c.Frontier >= n {
				return enough
			}
			return nil
		})
		if ctx.Err() != nil || err != nil && !errors.Is(err, enough) && !errors.Is(err, broker.ErrNoTally) {
			t.Fatal(err)
		}
	}
}

// What a promotion that waits says of a list, at what time.
func TestWhatAWaitSays(t *testing.T) {
	t.Parallel()
	now := time.Now()
	current := broker.ListedTally{Tally: "a", State: supervise.Counting, Current: true, Frontier: 10, Last: 10, Workers: 1, Info: &pipeline.TallyInfo{}}
	candidate := broker.ListedTally{Tally: "b", State: supervise.Counting, Frontier: 4, Last: 10, Lag: 6, Info: &pipeline.TallyInfo{}}
	said := newWatched()
	w := wait{a: &app{stderr: said, lang: "zh"}, tally: "b"}
	look := func(after time.Duration, list ...broker.ListedTally) (bool, string) {
		before := len(said.String())
		ready, err := w.look(list, now.Add(after))
		if err != nil {
			return ready, w.a.language().Error(err)
		}
		return ready, said.String()[before:]
	}
	alone := "b 没有任何进程在计数：启动 minyi work"
	if ready, s := look(0, current, candidate); ready || strings.Contains(s, alone) || !strings.Contains(s, "等待 b：已计到 4，还差 6") {
		t.Errorf("a worker that runs has no time to begin: %s", s)
	}
	if _, s := look(time.Second, current, candidate); s != "" {
		t.Errorf("it is said twice in a second: %s", s)
	}
	if _, s := look(startWithin, current, candidate); !strings.Contains(s, alone) || !strings.Contains(s, "Ctrl-C") {
		t.Errorf("it is not said that nobody counts: %s", s)
	}
	if _, s := look(startWithin+time.Second, current, candidate); s != "" {
		t.Errorf("it is said twice that nobody counts: %s", s)
	}
	counted := candidate
	counted.Workers, counted.Frontier = 1, 10
	if ready, s := look(20*time.Second, current, counted); !ready {
		t.Errorf("it is not ready: %s", s)
	}
	refused := candidate
	refused.Refused = []supervise.Refusal{{Worker: "w1", Reason: "too old"}}
	if _, s := look(21*time.Second, current, refused); !strings.Contains(s, "拒绝：w1：too old") {
		t.Errorf("%s", s)
	}
	if _, s := look(22*time.Second, current); !strings.Contains(s, "停用") {
		t.Errorf("one that is gone: %s", s)
	}
}

// A record of who decided is never without a name.
func TestWhoDecides(t *testing.T) {
	t.Parallel()
	a := &app{env: []string{"USER=li"}, lang: "en"}
	if name, err := a.decider(" wang "); name != "wang" || err != nil {
		t.Errorf("--by: %q, %v", name, err)
	}
	if name, err := a.decider(""); name != "li" || err != nil {
		t.Errorf("USER: %q, %v", name, err)
	}
	if _, err := a.named(" ", ""); err == nil || !strings.Contains(err.Error(), "--by") {
		t.Errorf("nobody: %v", err)
	}
}
