package broker

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/minyi/minyi/pipeline"
	"github.com/minyi/minyi/pipeline/broker/internal/brokertest"
)

func TestService(t *testing.T) {
	t.Parallel()
	r, w := newRig(t), brokertest.NewWords(t, 2, 2)
	last := r.publish(brokertest.Payloads(1, 50, 1, w))
	publisher := r.conn.NewPublisher()
	cfg := brokertest.Config(w)
	cfg.Observer = publisher
	worker, stop := r.run(cfg)
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error, 1)
	snapshots, err := r.conn.nc.SubscribeSync("minyi.counts.*")
	if err != nil {
		t.Fatal(err)
	}
	board := pipeline.NewBoard()
	go r.conn.Counts().Feed(ctx, board, FeedOptions{Tallies: []string{""}})
	go publisher.Run(ctx, board, 20*time.Millisecond, func(err error) { t.Error(err) })
	changed := make(chan struct{}, 2)
	var more atomic.Bool
	go func() {
		served <- r.conn.Serve(ctx, ServiceOptions{
			Version: "1.2.3", Board: board, Changed: func() <-chan struct{} { return changed },
			Tallies: func() []ServedTally {
				all := []ServedTally{{Tally: worker.Tally(), Dict: "d1", Status: worker.Status(), Classify: func(text []byte) ([]byte, error) {
					if len(text) == 0 {
						return nil, errors.New("no text")
					}
					return []byte(`{"primary":null}`), nil
				}}}
				if more.Load() {
					all = append(all, ServedTally{Tally: "0123456789ab", Dict: "d2"})
				}
				return all
			},
		})
	}()
	for c := range board.Subscribe(ctx, "", pipeline.Counts{}) {
		if c.After.Frontier == last {
			break
		}
	}
	m, err := snapshots.NextMsg(5 * time.Second)
	if err != nil {
		t.Fatal(err)
	}
	var snap pipeline.Snapshot
	if err := json.Unmarshal(m.Data, &snap); err != nil || m.Subject != "minyi.counts."+worker.Tally() || snap.Tally != worker.Tally() {
		t.Errorf("%s: %s, %v", m.Subject, m.Data, err)
	}
	ask := func(subject, body string) *nats.Msg {
		t.Helper()
		m, err := r.conn.nc.Request(subject, []byte(body), 5*time.Second)
		if err != nil {
			t.Fatalf("%s: %v", subject, err)
		}
		return m
	}
	if err := json.Unmarshal(ask("minyi.counts", "").Data, &snap); err != nil || snap.Stored != last {
		t.Errorf("counts: %+v, %v", snap, err)
	}
	if code := ask("minyi.counts", "nothing").Header.Get("Nats-Service-Error-Code"); code != "404" {
		t.Errorf("counts of an unknown tally: code %q", code)
	}
	if got := ask("minyi.classify", "x"); string(got.Data) != `{"primary":null,"tally":"`+worker.Tally()+`","dict":"d1","schema":1}` {
		t.Errorf("classify: %s", got.Data)
	}
	if code := ask("minyi.classify", "").Header.Get("Nats-Service-Error-Code"); code != "500" {
		t.Errorf("classify that fails: code %q", code)
	}
	var status pipeline.Status
	if err := json.Unmarshal(ask("minyi.status", "").Data, &status); err != nil || status.Frontier != last {
		t.Errorf("status: %+v, %v", status, err)
	}
	for _, subject := range []string{"minyi.classify", "minyi.status", "minyi.classify." + worker.Tally(), "minyi.status." + worker.Tally()} {
		if h := ask(subject, "x").Header; h.Get("Minyi-Tally") != worker.Tally() || h.Get("Minyi-Dict") != "d1" {
			t.Errorf("%s does not say who answers: %v", subject, h)
		}
	}
	if _, err := r.conn.nc.Request("minyi.status.0123456789ab", nil, 5*time.Second); !errors.Is(err, nats.ErrNoResponders) {
		t.Errorf("the status of a tally that nobody counts: %v", err)
	}
	// Which tallies are answered for changes while the service runs.
	for _, is := range []bool{true, false} {
		more.Store(is)
		changed <- struct{}{}
		until(t, "it is answered for another tally, and then not", func() bool {
			m, err := r.conn.nc.Request("minyi.status.0123456789ab", nil, 5*time.Second)
			return is == (err == nil && m.Header.Get("Minyi-Dict") == "d2") && (is || errors.Is(err, nats.ErrNoResponders))
		})
	}
	if info := ask("$SRV.INFO.minyi", ""); !strings.Contains(string(info.Data), `"version":"1.2.3"`) {
		t.Errorf("service info: %s", info.Data)
	}
	cancel()
	if err := <-served; err != nil {
		t.Error(err)
	}
	if err := stop(); err != nil {
		t.Error(err)
	}
}
