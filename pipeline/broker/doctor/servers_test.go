package doctor

import (
	"bufio"
	"context"
	"io"
	"net"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/minyi/minyi/pipeline"
	"github.com/minyi/minyi/pipeline/broker"
	"github.com/minyi/minyi/pipeline/broker/embedded"
	"github.com/minyi/minyi/pipeline/broker/internal/brokertest"
)

// Versions that forget when a stream was created are named.
func TestVersionsThatMoveCreation(t *testing.T) {
	t.Parallel()
	for version, want := range map[string]bool{
		"2.12.0": true, "2.12.15": true, "2.12.16": false, "2.13.1": true, "2.14.5": true, "v2.14.5-RC.1": true, "2.14.6": false, "2.15.0": false,
		"2.15.2": false, "3.12.0": false, "": false, "2.x.1": false,
	} {
		if got := movesCreation(version); got != want {
			t.Errorf("%q: %v", version, got)
		}
	}
}

// Every server of a cluster is asked, and one that does not answer is named.
func TestServersOfAClusterAreAsked(t *testing.T) {
	t.Parallel()
	a, b := brokertest.Domains(t)
	found := verdicts(Examine(t.Context(), broker.Options{URL: a + "," + b}, testMaxMessage))["servers"]
	if found.Verdict != OK || !strings.HasPrefix(found.Found, "2 servers") {
		t.Errorf("%+v", found)
	}
	found = verdicts(Examine(t.Context(), broker.Options{URL: a + ",nats://127.0.0.1:1"}, testMaxMessage))["servers"]
	if found.Verdict != Warn || !strings.Contains(found.Found, "127.0.0.1:1 could not be asked") {
		t.Errorf("%+v", found)
	}
}

// A worker that counts another tally than the current one does not make all well.
func TestNobodyCountsTheCurrentTally(t *testing.T) {
	t.Parallel()
	r, w := newRig(t), brokertest.NewWords(t, 2, 2)
	current := r.count(50, w)
	r.publish(3, w)
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error, 1)
	other := func() []broker.ServedTally {
		return []broker.ServedTally{{Tally: "0123456789ab", Status: pipeline.Status{
			Tally: "0123456789ab", Refused: &pipeline.Refusals{Tasks: 1, Deltas: 2, Last: "delta 7 of [1,2]: unsigned", At: time.Now()},
		}}}
	}
	go func() {
		served <- r.conn.Serve(ctx, broker.ServiceOptions{Version: "1.2.3", Tallies: other})
	}()
	defer func() {
		cancel()
		if err := <-served; err != nil {
			t.Error(err)
		}
	}()
	for {
		all := r.examine()
		found := all["workers"]
		if strings.HasPrefix(found.Found, "1 answer") {
			if found.Verdict != Fail || !strings.Contains(found.Found, "none of them counts "+current) {
				t.Errorf("%+v", found)
			}
			if f := all["forged"]; f.Verdict != Warn || !strings.Contains(f.Found, "1 times a task and 2 times a delta") || !strings.Contains(f.Found, "delta 7 of [1,2]: unsigned") {
				t.Errorf("%+v", f)
			}
			return
		}
		if t.Context().Err() != nil {
			t.Fatal(found)
		}
	}
}

// A server that forgets when a stream was created is named with what to do, and no other
// one: not 2.14.6, nor the one that is in this program, which minyi up runs.
func TestServerThatMovesCreationIsNamed(t *testing.T) {
	t.Parallel()
	embedded, err := embedded.Start(embedded.Options{Dir: t.TempDir(), Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(embedded.Shutdown)
	url := embedded.URL()
	for _, version := range []string{"2.12.0", "2.12.15", "2.13.1", "2.14.5"} {
		found := verdicts(Examine(t.Context(), broker.Options{URL: saysVersion(t, url, version)}, testMaxMessage))["version"]
		if found.Verdict != Warn || found.Found != "nats-server "+version+" changes the creation time of a stream" || !strings.Contains(found.Remedy, "upgrade nats-server to 2.12.16, 2.14.6 or 2.15") {
			t.Errorf("%s: %+v", version, found)
		}
	}
	for _, version := range []string{"2.12.16", "2.14.6", server.VERSION} {
		found := verdicts(Examine(t.Context(), broker.Options{URL: saysVersion(t, url, version)}, testMaxMessage))["version"]
		if found.Verdict != OK || !strings.Contains(found.Found, version) {
			t.Errorf("%s: %+v", version, found)
		}
	}
}

// saysVersion is the address of a server that says of itself that it has another version
// than it has.
func saysVersion(t *testing.T, url, version string) string {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var relays sync.WaitGroup
	relays.Go(func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			relays.Go(func() { relay(client, strings.TrimPrefix(url, "nats://"), version) })
		}
	})
	t.Cleanup(func() { _ = l.Close(); relays.Wait() })
	return "nats://" + l.Addr().String()
}

var versionOf = regexp.MustCompile(`"version":"[^"]+"`)

// relay passes a connection on, and changes the version where the server introduces itself.
func relay(client net.Conn, address, version string) {
	defer client.Close()
	real, err := net.Dial("tcp", address)
	if err != nil {
		return
	}
	defer real.Close()
	up := make(chan struct{})
	go func() {
		defer close(up)
		_, _ = io.Copy(real, client)
		_ = real.Close()
	}()
	for from := bufio.NewReader(real); ; {
		line, err := from.ReadString('\n')
		if strings.HasPrefix(line, "INFO {") {
			line = versionOf.ReplaceAllString(line, `"version":"`+version+`"`)
		}
		if _, writeErr := io.WriteString(client, line); err != nil || writeErr != nil {
			break
		}
	}
	_ = client.Close()
	<-up
}
