//go:build linux

package main

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// tasksForged has somebody store tasks and deltas that no worker wrote, all the time,
// while one of two workers is killed in each round.
func tasksForged(r *trial) {
	r.startBroker(1)
	r.tally = r.tallyOf(r.work())
	r.work()
	stored := r.disturb(r.forge)
	for i, file := range r.files {
		sent := r.begin(i, file)
		r.killWorker(r.pick())
		r.work()
		sent()
	}
	r.counted(r.tally, uint64(len(r.lines)))
	r.note = fmt.Sprintf("%d forged", stored())
	r.finish()
}

// workersDeputed has somebody ask the workers with reply subjects that would purge and
// overwrite, all the time, while one of two workers is killed in each round.
func workersDeputed(r *trial) {
	r.startBroker(1)
	r.tally = r.tallyOf(r.work())
	r.work()
	asked := r.disturb(r.depute)
	for i, file := range r.files {
		sent := r.begin(i, file)
		r.killWorker(r.pick())
		r.work()
		sent()
	}
	r.counted(r.tally, uint64(len(r.lines)))
	r.note = fmt.Sprintf("%d requests", asked())
	r.finish()
}

// disturb calls do every few milliseconds until the function is called that it returns,
// which says how often it did.
func (r *trial) disturb(do func(rnd *rand.Rand) error) (stop func() int) {
	ctx, cancel := context.WithCancel(r.t.Context())
	var done sync.WaitGroup
	n := 0
	rnd := rand.New(rand.NewPCG(r.seed, 1))
	done.Go(func() {
		for ctx.Err() == nil {
			if do(rnd) == nil {
				n++
			}
			select {
			case <-ctx.Done():
			case <-time.After(time.Duration(1+rnd.IntN(10)) * time.Millisecond):
			}
		}
	})
	stop = sync.OnceValue(func() int { cancel(); done.Wait(); return n })
	r.t.Cleanup(func() { stop() })
	return stop
}

// forge stores a task or a delta, or a copy of a real one with another body.
func (r *trial) forge(rnd *rand.Rand) error {
	ctx, cancel := context.WithTimeout(r.t.Context(), 2*time.Second)
	defer cancel()
	last := r.last(ctx)
	from := last - min(last, rnd.Uint64N(300)) + 1
	to := from + rnd.Uint64N(500)
	if rnd.IntN(4) == 0 {
		to = 1_000_000_000_000_000
	}
	kind := rnd.IntN(6)
	m := nats.NewMsg("minyi.deltas." + r.tally)
	m.Data = fmt.Appendf(nil, `{"from":%d,"to":%d,"tagged":0,"untagged":0,"rejected":0,"missing":%d}`, from, to, to-from+1)
	m.Header = nats.Header{
		"Minyi-From": {fmt.Sprint(from)}, "Minyi-To": {fmt.Sprint(to)}, "Minyi-Part": {"1/1"}, "Minyi-Digest": {"0123456789abcdef"},
	}
	switch kind {
	case 0:
		m = &nats.Msg{Subject: m.Subject, Data: []byte("garbage")}
	case 1:
		m.Data = []byte("garbage")
	case 2:
		m.Header.Set("Minyi-Mac", "00")
	case 3: // a copy of a real one, with another body
		if s, err := r.see.js.Stream(ctx, "MINYI_DELTAS"); err == nil {
			if real, err := s.GetLastMsgForSubject(ctx, m.Subject); err == nil && real.Header != nil {
				m.Header = real.Header
			}
		}
	case 4:
		m = &nats.Msg{Subject: "minyi.tasks." + r.tally, Data: fmt.Appendf(nil, `{"from":%d,"to":%d}`, from, to)}
	case 5:
		m = &nats.Msg{Subject: "minyi.tasks." + r.tally, Data: []byte("garbage")}
	}
	_, err := r.see.js.PublishMsg(ctx, m, jetstream.WithRetryAttempts(0))
	return err
}

// depute asks with a reply subject that must not be answered.
func (r *trial) depute(rnd *rand.Rand) error {
	pick := func(all ...string) string { return all[rnd.IntN(len(all))] }
	return r.see.nc.PublishRequest(
		pick("minyi.counts", "minyi.classify", "minyi.status", "minyi.status."+r.tally, "$SRV.PING", "$SRV.INFO.minyi", "$SRV.STATS"),
		pick("$JS.API.STREAM.PURGE.SUGGESTIONS", "$JS.API.STREAM.DELETE.KV_COUNTS", "$KV.COUNTS.current", "$KV.COUNTS."+r.tally+".checkpoint",
			"minyi.tasks."+r.tally, "minyi.deltas."+r.tally, "suggestions.x"),
		[]byte(pick("", "nosuch", "小学")))
}
