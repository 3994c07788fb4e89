package broker

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
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
	worker, stop := r.run(brokertest.Config(w))
	ctx, cancel := context.WithCancel(t.Context())
	served := make(chan error, 1)
	snapshots, err := r.conn.nc.SubscribeSync("minyi.counts.*")
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		served <- r.conn.Serve(ctx, ServiceOptions{
			Version: "1.2.3", Every: 20 * time.Millisecond, Status: worker.Status,
			Classify: func(text []byte) ([]byte, error) {
				if len(text) == 0 {
					return nil, errors.New("no text")
				}
				return []byte(`{"primary":null}`), nil
			},
		})
	}()
	r.waitFor("", last)
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
	if got := ask("minyi.classify", "x"); string(got.Data) != `{"primary":null}` {
		t.Errorf("classify: %s", got.Data)
	}
	if code := ask("minyi.classify", "").Header.Get("Nats-Service-Error-Code"); code != "500" {
		t.Errorf("classify that fails: code %q", code)
	}
	var status pipeline.Status
	if err := json.Unmarshal(ask("minyi.status", "").Data, &status); err != nil || status.Frontier != last {
		t.Errorf("status: %+v, %v", status, err)
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
