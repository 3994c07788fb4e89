package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// standIns are the programs that the guide of feeding uses and a test has not. They
// write what the real ones do.
var standIns = map[string]string{
	"mysql": `#!/bin/sh
cat > /dev/null
cat <<'EOF'
{"id": "petition-1", "text": "医院挂号太难了", "title": "看病", "source": "热线", "submitted_at": "2022-04-15 21:03:11"}
{"id": "petition-2", "text": "建议加装电梯", "title": null, "source": "热线", "submitted_at": "2022-04-16 08:00:00"}
EOF
`,
	"kcat": `#!/bin/sh
cat <<'EOF'
{"id":"kafka-1","content":"空气不好","created_at":1650027791000}
{"id":"kafka-2","content":"工资总是拖着不发","created_at":1650114191000}
EOF
`,
}

// asNats is `nats pub -J -H NAME:VALUE SUBJECT BODY` for the binary of the tests.
func asNats(args []string) error {
	if len(args) != 6 || strings.Join(args[:3], " ") != "pub -J -H" {
		return fmt.Errorf("the stand-in of nats does not know %q", args)
	}
	nc, err := nats.Connect(os.Getenv("NATS_URL"))
	if err != nil {
		return err
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	name, value, _ := strings.Cut(args[3], ":")
	ack, err := js.PublishMsg(ctx, &nats.Msg{Subject: args[4], Data: []byte(args[5]), Header: nats.Header{name: {value}}})
	if err == nil {
		fmt.Printf("stored in stream %s, duplicate %v\n", ack.Stream, ack.Duplicate)
	}
	return err
}

// TestFeeding does what the guide of feeding shows, on a running minyi, and looks at
// what the stream holds then.
func TestFeeding(t *testing.T) {
	t.Parallel()
	for _, file := range []string{"docs/feeding.md", "docs/feeding.zh-CN.md"} {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			src, err := os.ReadFile(filepath.Join(root(t), filepath.FromSlash(file)))
			if err != nil {
				t.Fatal(err)
			}
			r := startUp(t)
			g := newGuide(t, strings.Split(string(src), "\n"), "en_US.UTF-8")
			for name, script := range standIns {
				if err := os.WriteFile(filepath.Join(g.bin, name), []byte(script), 0o700); err != nil {
					t.Fatal(err)
				}
			}
			if err := os.Symlink(filepath.Join(g.bin, "minyi"), filepath.Join(g.bin, "nats")); err != nil {
				t.Fatal(err)
			}
			g.env = append(g.env, "NATS_URL="+r.nats)
			g.walk()
			if diff := cmp.Diff(strings.Split(string(src), "\n"), g.out); diff != "" {
				t.Errorf("the guide is out of date:\n%s", diff)
			}
			useForm(t, g, r.nats)
			want := []string{
				`suggestions.=E7=83=AD=E7=BA=BF petition-1 {"id": "petition-1", "text": "医院挂号太难了", "title": "看病", "source": "热线", "submitted_at": "2022-04-15T21:03:11+08:00"}`,
				`suggestions.=E7=83=AD=E7=BA=BF petition-2 {"id": "petition-2", "text": "建议加装电梯", "title": null, "source": "热线", "submitted_at": "2022-04-16T08:00:00+08:00"}`,
				`suggestions.unknown kafka-1 {"text":"空气不好","submitted_at":"2022-04-15T21:03:11+08:00","id":"kafka-1"}`,
				`suggestions.unknown kafka-2 {"text":"工资总是拖着不发","submitted_at":"2022-04-16T21:03:11+08:00","id":"kafka-2"}`,
				`suggestions.web form-1 {"id":"form-1","text":"希望增加公交车的班次","submitted_at":"2022-04-15T21:03:11+08:00"}`,
				`suggestions.web web-1f0c {"id":"1f0c","text":"河水不干净",…}`,
			}
			if diff := cmp.Diff(want, inStream(t, r.nats)); diff != "" {
				t.Errorf("the stream (-want +got):\n%s", diff)
			}
		})
	}
}

// useForm builds the backend of the guide and sends it one form twice.
func useForm(t *testing.T, g *guide, url string) {
	t.Helper()
	program := filepath.Join(g.bin, "form")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", program, filepath.Join(g.dir, "form.go"))
	build.Dir = root(t)
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("the backend does not build: %v\n%s", err, out)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	form := exec.CommandContext(t.Context(), program)
	form.Env = append(os.Environ(), "NATS_URL="+url, "LISTEN="+address)
	if err := form.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _ = form.Process.Kill(); _ = form.Wait() }()
	post := func(body string) (int, error) {
		resp, err := http.Post("http://"+address+"/suggestions", "application/json", strings.NewReader(body))
		if err != nil {
			return 0, err
		}
		return resp.StatusCode, resp.Body.Close()
	}
	deadline := time.Now().Add(time.Minute)
	for _, c := range []struct {
		body string
		want int
	}{{`{"id":"1f0c","text":"河水不干净"}`, 202}, {`{"id":"1f0c","text":"河水不干净"}`, 202}, {`{"text":"河水不干净"}`, 400}} {
		code, err := post(c.body)
		for err != nil && time.Now().Before(deadline) { // it does not listen yet
			code, err = post(c.body)
		}
		if err != nil || code != c.want {
			t.Errorf("%s: %d, %v, want %d", c.body, code, err, c.want)
		}
	}
}

// inStream lists "subject id payload" of the stream, in order; a time of now is left
// out.
func inStream(t *testing.T, url string) []string {
	t.Helper()
	nc, err := nats.Connect(url)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	s, err := js.Stream(t.Context(), "SUGGESTIONS")
	if err != nil {
		t.Fatal(err)
	}
	var out []string
	for seq := uint64(1); seq <= s.CachedInfo().State.LastSeq; seq++ {
		m, err := s.GetMsg(t.Context(), seq)
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		id, data := m.Header.Get(nats.MsgIdHdr), string(m.Data)
		if before, _, found := strings.Cut(data, `"submitted_at":"`); found && strings.HasPrefix(id, "web-") {
			data = before + "…}"
		}
		out = append(out, strings.Join([]string{m.Subject, id, data}, " "))
	}
	slices.Sort(out)
	return out
}
