//go:build unix

package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// procedures are the sections of docs/runbooks.md that are typed, and what there is before.
var procedures = map[string]func(t *testing.T, g *guide) *plant{
	"A rolling upgrade": func(t *testing.T, g *guide) *plant {
		p := newPlant(t, g, "", []string{"broker"}, []string{"w1", "w2"})
		for _, w := range p.workers {
			w.release = release
			p.start(w)
		}
		p.send()
		p.more()
		return p
	},
	"A lost broker disk": func(t *testing.T, g *guide) *plant {
		p := newPlant(t, g, "", []string{"n1", "n2", "n3"}, []string{"w1"})
		p.start(p.workers["w1"])
		p.send()
		p.brokers["n2"].stop()
		p.newDisk("n2")
		return p
	},
	"A backup, and a restored one": func(t *testing.T, g *guide) *plant {
		p := newPlant(t, g, "", []string{"broker"}, []string{"w1"})
		p.start(p.workers["w1"])
		p.send()
		p.more()
		return p
	},
	"A full store": func(t *testing.T, g *guide) *plant {
		p := newPlant(t, g, "  max_file_store: 100MB", []string{"broker"}, []string{"w1"})
		p.start(p.workers["w1"])
		p.send()
		p.leaveRoom(150_000)
		p.more()
		return p
	},
	"A wrong dictionary was promoted": func(t *testing.T, g *guide) *plant {
		p := newPlant(t, g, "", []string{"broker"}, []string{"w1"})
		p.start(p.workers["w1"])
		p.send()
		p.promoteWrong()
		return p
	},
}

// TestRunbooks types the procedures of docs/runbooks.md; UPDATE_SCRIPTS=1 writes what comes
// out into the page.
func TestRunbooks(t *testing.T) {
	t.Parallel()
	for _, program := range []string{"curl", "jq"} {
		if _, err := exec.LookPath(program); err != nil {
			missing(t, program)
		}
	}
	path := filepath.Join(root(t), "docs/runbooks.md")
	src, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	sections := strings.Split(string(src), "\n## ")
	var mu sync.Mutex
	found := 0
	t.Run("all", func(t *testing.T) {
		for i, section := range sections {
			title, text, _ := strings.Cut(section, "\n")
			begin := procedures[title]
			if begin == nil {
				continue
			}
			found++ // -run may select one of them
			t.Run(title, func(t *testing.T) {
				t.Parallel()
				g := newGuide(t, strings.Split(text, "\n"), "en_US.UTF-8")
				begin(t, g).settle()
				g.walk()
				mu.Lock()
				defer mu.Unlock()
				sections[i] = title + "\n" + strings.Join(g.out, "\n")
			})
		}
	})
	if found != len(procedures) {
		t.Fatalf("%s has %d of %d procedures", path, found, len(procedures))
	}
	want := strings.Join(sections, "\n## ")
	if t.Failed() || want == string(src) {
		return
	}
	if os.Getenv("UPDATE_SCRIPTS") == "" {
		t.Fatalf("%s is out of date; UPDATE_SCRIPTS=1 go test ./cmd/minyi -run TestRunbooks mends it:\n%s", path,
			cmp.Diff(strings.Split(string(src), "\n"), strings.Split(want, "\n")))
	}
	if err := os.WriteFile(path, []byte(want), 0o666); err != nil {
		t.Fatal(err)
	}
}

var (
	systemctl = regexp.MustCompile(`^systemctl -H (\w+) (start|stop|restart) (nats-server|minyi-work)$`)
	scp       = regexp.MustCompile(`^scp minyi (\w+):/usr/bin/minyi$`)
	ssh       = regexp.MustCompile(`^ssh (\w+) (.*)$`)
)

// typed does what is done on a host, and returns what is typed on the operator's own.
func (p *plant) typed(line string) string {
	if m := systemctl.FindStringSubmatch(line); m != nil {
		p.unit(m[1], m[2])
		return ":"
	}
	if m := scp.FindStringSubmatch(line); m != nil {
		p.workers[m[1]].release = semantics
		return ":"
	}
	for name, b := range p.brokers {
		line = strings.ReplaceAll(line, "http://"+name+":8222", fmt.Sprintf("http://127.0.0.1:%d", b.http))
	}
	if m := ssh.FindStringSubmatch(line); m != nil {
		host := filepath.Join(p.g.dir, m[1])
		return strings.NewReplacer("/etc/", host+"/etc/", "/var/", host+"/var/").Replace(m[2])
	}
	if !strings.HasPrefix(line, "minyi doctor") { // who looks whether all is well
		p.settle()
	}
	return strings.ReplaceAll(line, "/var/backups/", p.g.dir+"/")
}

// unit starts or stops what a host runs.
func (p *plant) unit(host, verb string) {
	p.t.Helper()
	b, w := p.brokers[host], p.workers[host]
	if verb != "start" {
		if b != nil {
			b.stop()
		} else {
			p.stop(w)
		}
	}
	if verb != "stop" {
		if b != nil {
			b.start(p.t)
		} else {
			p.start(w)
			p.settle()
		}
	}
}

var (
	snapshot    = regexp.MustCompile(`(SUGGESTIONS: \d+ messages), [\d,]+ bytes`) // they hold the times of messages
	whoCounts   = regexp.MustCompile(`[\w-]+-\d+-[0-9a-f]{4}: `)
	noRoom      = regexp.MustCompile(`^more.ndjson: (\d+) sent\nminyi: .*no room`)
	theRest     = regexp.MustCompile(`^more.ndjson: (\d+) sent, (\d+) already there\n`)
	momentShown = regexp.MustCompile(`\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)?Z?`)
)

// shown puts what differs from run to run as the page has it.
func (p *plant) shown(text string) string {
	text = momentShown.ReplaceAllString(text, "2026-11-29 17:55:05")
	text = whoCounts.ReplaceAllString(text, "w1: ")
	text = snapshot.ReplaceAllString(text, "$1, 223,428 bytes")
	for name, b := range p.brokers {
		text = strings.ReplaceAll(text, fmt.Sprintf("nats://127.0.0.1:%d", b.port), "nats://"+name+":4222")
	}
	return p.sentInTwo(strings.ReplaceAll(text, p.g.dir+"/", "/var/backups/"))
}

// sentInTwo shows how many messages had room in a full store, which differs from run to run,
// and fails unless the others are sent when the same file is sent again.
func (p *plant) sentInTwo(text string) string {
	p.t.Helper()
	if m := noRoom.FindStringSubmatch(text); m != nil {
		p.room = m[1]
		return strings.Replace(text, m[1]+" sent", "510 sent", 1)
	}
	if m := theRest.FindStringSubmatch(text); m != nil {
		room, err := strconv.Atoi(p.room)
		if err != nil || m[1] != strconv.Itoa(650-room) || m[2] != p.room {
			p.t.Errorf("of 650 messages %s were sent, and then:\n%s", p.room, text)
		}
		return strings.Replace(text, m[1]+" sent, "+m[2], "140 sent, 510", 1)
	}
	return text
}

// send sends the examples before the procedure begins.
func (p *plant) send() {
	p.t.Helper()
	p.minyi("send", "examples/suggestions.ndjson")
	p.settle()
}

func (p *plant) minyi(args ...string) {
	p.t.Helper()
	cmd := command(p.t.Context(), p.t, args...)
	cmd.Dir, cmd.Env = p.g.dir, p.g.env
	if out, err := cmd.CombinedOutput(); err != nil {
		p.t.Fatalf("minyi %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// leaveRoom lets the broker store so many bytes more, which is less than more.ndjson takes.
func (p *plant) leaveRoom(room uint64) {
	p.t.Helper()
	info, err := p.conn.JetStream().AccountInfo(p.t.Context())
	if err != nil {
		p.t.Fatal(err)
	}
	b := p.brokers["broker"]
	conf, err := os.ReadFile(b.conf)
	if err == nil {
		err = os.WriteFile(b.conf, bytes.Replace(conf, []byte("100MB"), fmt.Append(nil, info.Store+room), 1), 0o600)
	}
	if err != nil {
		p.t.Fatal(err)
	}
	p.unit("broker", "restart")
}

// more writes the file more.ndjson: what people wrote a day later.
func (p *plant) more() {
	p.t.Helper()
	b, err := os.ReadFile(filepath.Join(p.g.dir, "examples/suggestions.ndjson"))
	if err == nil {
		err = os.WriteFile(filepath.Join(p.g.dir, "more.ndjson"), regexp.MustCompile(`"id":\s*"`).ReplaceAll(b, []byte(`"id":"more-`)), 0o600)
	}
	if err != nil {
		p.t.Fatal(err)
	}
}

// newDisk takes away what a host has stored.
func (p *plant) newDisk(host string) {
	p.t.Helper()
	dir := filepath.Join(p.g.dir, host, "var/lib/nats")
	if err := os.RemoveAll(dir); err != nil {
		p.t.Fatal(err)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		p.t.Fatal(err)
	}
}

// promoteWrong has readers shown a dictionary that finds next to nothing.
func (p *plant) promoteWrong() {
	p.t.Helper()
	dir := dictionary(p.t, incidentDictionary)
	p.minyi("dict", "publish", dir, "--by", "li", "--reason", "schools and health", "--force")
	p.settle()
	p.minyi("tally", "promote", p.g.tallies[1], "--when-ready", "--force", "--by", "li", "--reason", "schools and health")
}
