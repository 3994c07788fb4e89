package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
)

// roles is a server with the users of deploy/nats/authorization.conf.
type roles struct {
	t      *testing.T
	server *server.Server
	refuse *refusals
}

// refusals are the lines in which a server says what it did not allow.
type refusals struct {
	mu    sync.Mutex
	lines []string
}

func (r *refusals) Noticef(string, ...any) {}
func (r *refusals) Warnf(string, ...any)   {}
func (r *refusals) Fatalf(string, ...any)  {}
func (r *refusals) Debugf(string, ...any)  {}
func (r *refusals) Tracef(string, ...any)  {}
func (r *refusals) Errorf(format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if line := fmt.Sprintf(format, args...); strings.Contains(line, "Violation") {
		r.lines = append(r.lines, line)
	}
}

// take returns the lines since it was called last.
func (r *refusals) take() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	lines := r.lines
	r.lines = nil
	return lines
}

func newRoles(t *testing.T) *roles {
	t.Helper()
	for _, role := range []string{"ADMIN", "SEND", "WORK", "LOOK", "DOCTOR", "ASK"} {
		t.Setenv("MINYI_"+role+"_PASSWORD", "pw-"+strings.ToLower(role))
	}
	file := filepath.Join(t.TempDir(), "nats.conf")
	body := fmt.Sprintf("include %q\n", "authorization.conf")
	conf, err := os.ReadFile(filepath.Join(root(t), "deploy/nats/authorization.conf"))
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{file: []byte(body), filepath.Join(filepath.Dir(file), "authorization.conf"): conf} {
		if err := os.WriteFile(name, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	o, err := server.ProcessConfigFile(file)
	if err != nil {
		t.Fatal(err)
	}
	o.Host, o.Port, o.NoSigs, o.JetStream, o.StoreDir = "127.0.0.1", server.RANDOM_PORT, true, true, t.TempDir()
	r := &roles{t: t, refuse: &refusals{}}
	if r.server, err = server.NewServer(o); err != nil {
		t.Fatal(err)
	}
	r.server.SetLogger(r.refuse, false, false)
	r.server.Start()
	t.Cleanup(func() { r.server.Shutdown(); r.server.WaitForShutdown() })
	if !r.server.ReadyForConnections(10 * time.Second) {
		t.Fatal("server is not ready")
	}
	return r
}

// url is the server's, for a user.
func (r *roles) url(user string) string {
	return fmt.Sprintf("nats://%s:pw-%s@%s", user, user, r.server.Addr())
}

// run runs a command as a user.
func (r *roles) run(ctx context.Context, user string, args ...string) (stdout, stderr string, code int) {
	var out, errs bytes.Buffer
	env := []string{"LANG=en_US.UTF-8", "NO_COLOR=1", "HOME=" + r.t.TempDir(), "XDG_CACHE_HOME=" + os.Getenv("XDG_CACHE_HOME")}
	code = run(ctx, append(args, "--server", r.url(user)), env, strings.NewReader(""), &out, &errs)
	return out.String(), errs.String(), code
}

// Every role does its work with exactly the rights of deploy/nats/authorization.conf: no
// command is refused anything. And whatever else it tries is refused.
func TestRoles(t *testing.T) {
	r := newRoles(t)
	file := filepath.Join(t.TempDir(), "a.ndjson")
	if err := os.WriteFile(file, []byte(`{"id":"1","text":"小学三点半放学没人接"}`+"\n"+`{"id":"2","text":" "}`+"\n"+`{"id":"3","text":"看病挂号难"}`+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	allowed := func(user string, codes []int, args ...string) string {
		t.Helper()
		out, errs, code := r.run(t.Context(), user, args...)
		good := false
		for _, c := range codes {
			good = good || code == c
		}
		if lines := r.refuse.take(); !good || len(lines) > 0 {
			t.Errorf("%s: minyi %s: exit %d\n%s\n%s\nthe server refused %q", user, strings.Join(args, " "), code, out, errs, lines)
		}
		return out
	}
	done, check := []int{exitDone}, []int{exitDone, exitCheck}
	// The bucket of a sender is there before it may be made by one.
	work, stop := context.WithCancel(t.Context())
	ended := make(chan string, 1)
	go func() {
		_, errs, code := r.run(work, "work", "work")
		ended <- fmt.Sprintf("exit %d\n%s", code, errs)
	}()
	allowed("send", check, "send", file)
	for deadline := time.Now().Add(30 * time.Second); !strings.Contains(allowed("look", check, "counts", "--json"), `"frontier":3`); {
		if time.Now().After(deadline) {
			t.Fatalf("never counted; %s", stopped(stop, ended))
		}
	}
	allowed("send", check, "send", file)
	allowed("look", done, "ledger", "--recount")
	allowed("look", done, "rejects")
	allowed("look", check, "rejects", "export")
	allowed("look", done, "report")
	allowed("look", done, "tally", "list")
	allowed("look", done, "tally", "history")
	allowed("look", done, "dict", "list")
	doctored, _, code := r.run(t.Context(), "doctor", "doctor")
	for _, line := range r.refuse.take() { // what it tries, to say that it may not
		if !strings.Contains(line, "STREAM.CREATE.MINYI_TASKS_DOCTOR") && !strings.Contains(line, `.doctor"`) {
			t.Errorf("doctor: the server refused %s", line)
		}
	}
	if code != exitDone || !strings.Contains(doctored, "batches      not tried") || !strings.Contains(doctored, "writing      not tried") || strings.Contains(doctored, "fail  ") {
		t.Errorf("doctor: exit %d\n%s", code, doctored)
	}
	// What a user may not ask is said at once, and is no word on workers that may be there.
	within, cancel := context.WithTimeout(t.Context(), 4*time.Second) // one unanswered request takes five
	sent, _, code := r.run(within, "send", "doctor")
	cancel()
	if r.refuse.take(); code != exitCheck || strings.Count(sent, "this user may not ask: ") < 3 || strings.Contains(sent, "deadline") || strings.Contains(sent, "none answers") {
		t.Errorf("send: doctor: exit %d\n%s", code, sent)
	}
	r.asks()
	r.refused()
	if says := stopped(stop, ended); !strings.HasPrefix(says, "exit 0") {
		t.Errorf("work: %s", says)
	}
	if out := allowed("admin", done, "counts", "--json"); !strings.Contains(out, `"stored":3`) {
		t.Errorf("the counts are %s", out)
	}
}

func stopped(stop func(), ended <-chan string) string {
	stop()
	return <-ended
}

// asks asks all questions as the user for that.
func (r *roles) asks() {
	r.t.Helper()
	nc, err := nats.Connect(r.url("ask"))
	if err != nil {
		r.t.Fatal(err)
	}
	defer nc.Close()
	for _, subject := range []string{"minyi.counts", "minyi.status", "minyi.classify"} {
		if m, err := nc.Request(subject, nil, 5*time.Second); err != nil || len(m.Data) == 0 {
			r.t.Errorf("ask %s: %v", subject, err)
		}
	}
	if lines := r.refuse.take(); len(lines) > 0 {
		r.t.Errorf("ask: the server refused %q", lines)
	}
}

// refused has each role try what it must not do.
func (r *roles) refused() {
	r.t.Helper()
	own := []string{"minyi.tasks.0123456789ab", "minyi.deltas.0123456789ab", "minyi.history.x", "minyi.published.x", "minyi.counts.x", "$KV.COUNTS.current", "$KV.MINYI_KEYS.mac", "$KV.MINYI_TALLIES.x", "$KV.MINYI_DICTS.x"}
	destroy := []string{
		"$JS.API.STREAM.PURGE.SUGGESTIONS", "$JS.API.STREAM.DELETE.SUGGESTIONS", "$JS.API.STREAM.UPDATE.SUGGESTIONS", "$JS.API.STREAM.MSG.DELETE.SUGGESTIONS",
		"$JS.API.STREAM.DELETE.KV_COUNTS", "$JS.API.STREAM.PURGE.KV_COUNTS", "$JS.API.STREAM.CREATE.OTHER", "$JS.API.STREAM.RESTORE.OTHER",
		"$JS.API.CONSUMER.DELETE.MINYI_TASKS_DOCTOR.x", "$JS.API.STREAM.SNAPSHOT.SUGGESTIONS", "$JS.API.ACCOUNT.PURGE.G",
	}
	secret := []string{
		"$JS.API.STREAM.MSG.GET.KV_MINYI_KEYS", "$JS.API.DIRECT.GET.KV_MINYI_KEYS", "$JS.API.DIRECT.GET.KV_MINYI_KEYS.x", "$JS.API.CONSUMER.CREATE.KV_MINYI_KEYS.x",
		"$JS.API.CONSUMER.DURABLE.CREATE.KV_MINYI_KEYS.x", "$JS.API.CONSUMER.MSG.NEXT.KV_MINYI_KEYS.x",
	}
	texts := []string{"$JS.API.STREAM.MSG.GET.SUGGESTIONS", "$JS.API.DIRECT.GET.SUGGESTIONS", "$JS.API.CONSUMER.CREATE.SUGGESTIONS.x", "$JS.API.STREAM.INFO.SUGGESTIONS"}
	write := []string{"suggestions.x", "$KV.MINYI_POSITIONS.x"}
	for user, subjects := range map[string][][]string{
		"send":   {own, destroy, secret},
		"work":   {destroy, {"$JS.API.DIRECT.GET.KV_MINYI_KEYS", "suggestions.x", "$KV.MINYI_POSITIONS.x", "$JS.ACK.KV_COUNTS.x"}},
		"look":   {own, destroy, secret, write, {"$JS.API.CONSUMER.MSG.NEXT.MINYI_TASKS.x", "$JS.ACK.MINYI_TASKS.x"}},
		"doctor": {own, destroy, secret, write, {"$JS.API.CONSUMER.MSG.NEXT.MINYI_TASKS.x", "$JS.API.STREAM.CREATE.MINYI_TASKS_DOCTOR_x"}},
		"ask":    {own, destroy, secret, texts, write, {"$JS.API.INFO", "$SRV.PING", "_INBOX.minyi.work.x", "_INBOX.x"}},
	} {
		nc, err := nats.Connect(r.url(user), nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}))
		if err != nil {
			r.t.Fatal(err)
		}
		for _, group := range subjects {
			for _, subject := range group {
				if err := errors.Join(nc.Publish(subject, nil), nc.Flush()); err != nil {
					r.t.Fatal(err)
				}
				if lines := r.refuse.take(); len(lines) != 1 || !strings.Contains(lines[0], `"`+subject+`"`) {
					r.t.Errorf("%s may publish to %s: %q", user, subject, lines)
				}
			}
		}
		nc.Close()
		if user != "work" {
			r.overhears(user)
		}
	}
}

// overhears fails if a user who may listen to inboxes hears those of workers.
func (r *roles) overhears(user string) {
	r.t.Helper()
	nc, err := nats.Connect(r.url(user))
	if err != nil {
		r.t.Fatal(err)
	}
	defer nc.Close()
	admin, err := nats.Connect(r.url("admin"))
	if err != nil {
		r.t.Fatal(err)
	}
	defer admin.Close()
	heard, err := nc.SubscribeSync("_INBOX.>")
	if err != nil {
		r.t.Fatal(err)
	}
	if err := nc.Flush(); err != nil {
		r.t.Fatal(err)
	}
	for _, inbox := range []string{"_INBOX.minyi.work.x.y", "_INBOX.x"} {
		if err := admin.Publish(inbox, nil); err != nil {
			r.t.Fatal(err)
		}
	}
	if m, err := heard.NextMsg(5 * time.Second); err != nil || m.Subject != "_INBOX.x" {
		r.t.Errorf("%s heard %+v, %v", user, m, err)
	}
}
