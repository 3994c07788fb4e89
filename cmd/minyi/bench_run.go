package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"runtime/pprof"
	"slices"
	"sync"
	"time"

	"github.com/minyi/minyi/classifier"
	"github.com/minyi/minyi/cmd/minyi/internal/bench"
	"github.com/minyi/minyi/cmd/minyi/internal/generate"
	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/internal/textfmt"
	"github.com/minyi/minyi/pipeline"
	"github.com/minyi/minyi/pipeline/broker"
	"github.com/minyi/minyi/pipeline/broker/send"
)

const (
	// ingestSample is how many suggestions minyi send and bare publishing are
	// measured with each, at most.
	ingestSample = 200_000
	// idleProbes is how many messages the idle latency is taken from, at most.
	idleProbes = 100
	// loadPerS messages a second arrive for loadFor, at most, while the loaded
	// latency is taken.
	loadPerS = 20_000
	loadFor  = 10 * time.Second
	// peerMessages is how many messages the peer reads, at most; it is slow.
	peerMessages = 100_000
	peerKills    = 40 // batches between two kills
)

// benchRun is one run of the measurements.
type benchRun struct {
	app        *app
	o          benchOptions
	dir        string
	conn       *broker.Conn
	bare       *bench.Broker
	classifier *classifier.Classifier
	generator  *generate.Generator
	result     benchResult
	peak       float64
}

// run measures everything, one after the other. Memory is looked at before each
// reset of the kernel's peak, so that none is missed.
func (b *benchRun) run(ctx context.Context) error {
	b.generator = generate.New(b.classifier.Dictionary(), b.o.seed)
	b.spread()
	b.result = benchResult{Messages: b.o.messages, CPUs: runtime.GOMAXPROCS(0), Go: runtime.Version()}
	for _, stage := range []struct {
		name string
		run  func(context.Context) error
	}{
		{"sending", b.ingest}, {"reading", b.readBefore}, {"counting", b.pipeline}, {"reading again", b.readAfter},
	} {
		if err := stage.run(ctx); err != nil {
			return phrase.Errorf("%s: %w", stage.name, err)
		}
		b.seePeak()
	}
	r := &b.result
	r.Ratio = r.PipePerS / r.ReaderPerS
	r.IngestRatio = r.IngestPerS / r.BarePerS
	r.P50, r.P99 = max(r.Idle.P50, r.Loaded.P50), max(r.Idle.P99, r.Loaded.P99)
	r.RSS = b.peak
	return b.peer(ctx) // last, since gse takes more memory than all the rest
}

// spread has the suggestions fall into about as many cells as were asked for:
// over four weeks at most, and over as many sources as that takes.
func (b *benchRun) spread() {
	if b.o.cells == 0 {
		return
	}
	perGroup := 3 + 9 // total, tagged, untagged; aspects
	for _, t := range b.classifier.Dictionary().Themes {
		perGroup += 1 + len(t.SubThemes)
	}
	groups := max(1, b.o.cells/perGroup)
	days := min(groups, 27) // and one more, since a day of the generator has two in another zone
	b.generator.Spread(days, (groups+days)/(days+1))
}

// seePeak notes the most memory since the last reset, and returns it.
func (b *benchRun) seePeak() float64 {
	now := procStatus("VmHWM")
	b.peak = max(b.peak, now)
	return now
}

// stage tells on a terminal what is going on.
func (b *benchRun) stage(format string, args ...any) {
	if terminal(b.app.stderr) {
		b.app.notef(format, args...)
	}
}

// ingest fills the stream: a part by minyi send from a file, the rest by bare
// publishing, of which the last part is measured.
func (b *benchRun) ingest(ctx context.Context) error {
	sample := min(ingestSample, b.o.messages/2)
	path := filepath.Join(b.dir, "suggestions.ndjson")
	if err := b.writeFile(path, sample); err != nil {
		return err
	}
	b.stage("sending %s from a file", textfmt.Count(sample))
	p, err := send.New(b.conn, send.Config{})
	if err != nil {
		return err
	}
	start := time.Now()
	sent, err := p.SendFile(ctx, path, nil)
	if err != nil {
		return err
	}
	if uint64(sent.Sent) != sample {
		return phrase.Errorf("%d of %d were sent", sent.Sent, sample)
	}
	b.result.IngestPerS = float64(sample) / time.Since(start).Seconds()
	if err := os.Remove(path); err != nil {
		return err
	}
	b.stage("publishing %s", textfmt.Count(b.o.messages-sample))
	bare, err := b.bare.Publish(ctx, b.o.messages-sample, func(i uint64) ([]byte, string) {
		return b.generator.Append(nil, sample+i)
	})
	b.result.BarePerS = bare.PerSecond()
	return err
}

// writeFile writes suggestions as NDJSON.
func (b *benchRun) writeFile(path string, n uint64) (err error) {
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	w := bufio.NewWriterSize(f, 1<<20)
	var line []byte
	for i := range n {
		line, _ = b.generator.Append(line[:0], i)
		if _, err := w.Write(append(line, '\n')); err != nil {
			return err
		}
	}
	return w.Flush()
}

func (b *benchRun) readBefore(ctx context.Context) error {
	b.stage("reading")
	cpu := cpuTime()
	r, err := b.bare.Read(ctx)
	b.result.ReaderCPU = b.cpuPerMessage(cpu)
	b.result.Bytes, b.result.ReaderBefore = r.Bytes, r.PerSecond()
	if err == nil && r.Messages != b.o.messages {
		err = phrase.Errorf("%d messages of %d", r.Messages, b.o.messages)
	}
	return err
}

// cpuPerMessage is the processor time since then in microseconds a message.
func (b *benchRun) cpuPerMessage(since time.Duration) float64 {
	return float64((cpuTime() - since).Nanoseconds()) / 1000 / float64(b.o.messages)
}

// readAfter reads again, and takes both readings together: what else the
// machine did is then shared out.
func (b *benchRun) readAfter(ctx context.Context) error {
	cpu := cpuTime()
	r, err := b.bare.Read(ctx)
	b.result.ReaderCPU = (b.result.ReaderCPU + b.cpuPerMessage(cpu)) / 2
	b.result.ReaderAfter = r.PerSecond()
	b.result.ReaderPerS = 2 / (1/b.result.ReaderBefore + 1/b.result.ReaderAfter)
	return err
}

// pipeline counts everything, and then measures the latency with the worker
// still there.
func (b *benchRun) pipeline(ctx context.Context) error {
	b.stage("counting")
	runtime.GC()
	b.seePeak()
	resetPeak()
	worker, err := b.conn.NewWorker(ctx, pipeline.Config{Classifier: b.classifier})
	if err != nil {
		return err
	}
	stopProfile, err := b.profile()
	if err != nil {
		return err
	}
	work, stop := context.WithCancel(ctx)
	defer stop()
	ended := make(chan error, 1)
	start, cpu := time.Now(), cpuTime()
	go func() { ended <- worker.Run(work) }()
	for worker.Status().Frontier < b.o.messages {
		select {
		case err := <-ended:
			return errors.Join(phrase.New("the worker ended early"), err)
		case <-time.After(2 * time.Millisecond):
		}
	}
	b.result.PipePerS = float64(b.o.messages) / time.Since(start).Seconds()
	b.result.PipeCPU = b.cpuPerMessage(cpu)
	b.result.PipeRSS = b.seePeak()
	err = stopProfile()
	if err == nil {
		err = b.checkCounts(ctx, worker.Tally())
	}
	if err == nil {
		err = b.latencies(ctx, worker.Tally())
	}
	stop()
	return errors.Join(err, <-ended)
}

// checkCounts makes sure that what was measured was the whole work.
func (b *benchRun) checkCounts(ctx context.Context, tally string) error {
	t, err := b.conn.Counts().Snapshot(ctx, tally)
	if err != nil {
		return err
	}
	if t.Stored != b.o.messages || t.Tagged+t.Untagged != t.Stored {
		return phrase.Errorf("counted %d of %d, %d tagged and %d untagged", t.Stored, b.o.messages, t.Tagged, t.Untagged)
	}
	b.result.Cells, b.result.Tagged, b.result.Untagged = t.Totals.Len(), t.Tagged, t.Untagged
	return nil
}

// profile begins a CPU profile if one was asked for.
func (b *benchRun) profile() (stop func() error, err error) {
	if b.o.profile == "" {
		return func() error { return nil }, nil
	}
	f, err := os.Create(b.o.profile)
	if err != nil {
		return nil, usageError("--profile: %w", err)
	}
	if err := pprof.StartCPUProfile(f); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return func() error { pprof.StopCPUProfile(); return f.Close() }, nil
}

// visibility collects when messages were published and when they were visible.
type visibility struct {
	mu        sync.Mutex
	moved     chan struct{}
	frontier  uint64
	published map[uint64]time.Time
	took      []time.Duration
}

// publishedAt notes when a message that is to be watched was published.
func (v *visibility) publishedAt(seq uint64, at time.Time) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.published[seq] = at
}

// reached notes that everything up to the frontier is visible now.
func (v *visibility) reached(frontier uint64) {
	now := time.Now()
	v.mu.Lock()
	defer v.mu.Unlock()
	v.frontier = max(v.frontier, frontier)
	for seq, at := range v.published {
		if seq <= frontier {
			v.took = append(v.took, now.Sub(at))
			delete(v.published, seq)
		}
	}
	select {
	case v.moved <- struct{}{}:
	default:
	}
}

// wait returns when everything up to the sequence is visible.
func (v *visibility) wait(ctx context.Context, seq uint64) error {
	for {
		v.mu.Lock()
		there := v.frontier >= seq
		v.mu.Unlock()
		if there {
			return nil
		}
		select {
		case <-v.moved:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// summary returns what was collected, and forgets it.
func (v *visibility) summary() latency {
	v.mu.Lock()
	defer v.mu.Unlock()
	slices.Sort(v.took)
	n := len(v.took)
	if n == 0 {
		return latency{}
	}
	l := latency{
		Messages: n, P50: milliseconds(v.took[n/2]), P99: milliseconds(v.took[min(n*99/100, n-1)]), Max: milliseconds(v.took[n-1]),
	}
	v.took = nil
	return l
}

// latencies measures from publishing to visible, idle and under load.
func (b *benchRun) latencies(ctx context.Context, tally string) error {
	v := &visibility{moved: make(chan struct{}, 1), published: make(map[uint64]time.Time)}
	watch, stop := context.WithCancel(ctx)
	ready, watched := make(chan struct{}), make(chan error, 1)
	go func() { watched <- b.bare.Follow(watch, tally, ready, v.reached) }()
	defer stop()
	select {
	case <-ready:
	case err := <-watched:
		return err
	}
	last := b.o.messages
	err := b.idle(ctx, v, &last)
	if err == nil {
		err = b.loaded(ctx, v, &last)
	}
	stop()
	return errors.Join(err, <-watched)
}

// idle publishes one message after the other, each some time after the one
// before was visible, so that it comes at any moment of a worker's rhythm.
func (b *benchRun) idle(ctx context.Context, v *visibility, last *uint64) error {
	b.stage("latency while idle")
	rnd := rand.New(rand.NewPCG(b.o.seed, 1))
	start := time.Now()
	probes := int(max(10, min(idleProbes, b.o.messages/1000)))
	for range probes {
		*last++
		v.publishedAt(*last, time.Now())
		_, err := b.bare.Publish(ctx, 1, func(uint64) ([]byte, string) { return b.generator.AppendLive(nil, *last, time.Now()) })
		if err == nil {
			err = v.wait(ctx, *last)
		}
		if err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(time.Duration(rnd.Int64N(int64(200 * time.Millisecond)))):
		}
	}
	b.result.Idle = v.summary()
	b.result.Idle.PerS = float64(probes) / time.Since(start).Seconds()
	return nil
}

// loaded publishes at a steady rate and watches every twentieth message.
func (b *benchRun) loaded(ctx context.Context, v *visibility, last *uint64) error {
	b.stage("latency while %s messages/s arrive", textfmt.Count(loadPerS))
	first := *last
	took, err := b.steady(ctx, v, last)
	if err == nil {
		err = v.wait(ctx, *last)
	}
	b.result.Loaded = v.summary()
	b.result.Loaded.PerS = float64(*last-first) / took.Seconds()
	return err
}

// steady publishes at a steady rate for a while, notes when every twentieth message was
// published, and moves last to the last of them.
func (b *benchRun) steady(ctx context.Context, v *visibility, last *uint64) (took time.Duration, err error) {
	start := time.Now()
	total := min(uint64(loadPerS*loadFor.Seconds()), b.o.messages)
	err = b.pace(ctx, loadPerS, total, *last, func(seq uint64) { v.publishedAt(seq, time.Now()) })
	*last += total
	return time.Since(start), err
}

// pace publishes messages behind the first ones at a rate, and tells of every twentieth
// that it is published now.
func (b *benchRun) pace(ctx context.Context, perS, total, first uint64, published func(seq uint64)) error {
	start := time.Now()
	_, err := b.bare.Publish(ctx, total, func(i uint64) ([]byte, string) {
		if i%100 == 0 { // a hundred at a time, no sooner than they are due
			due := start.Add(time.Duration(i) * time.Second / time.Duration(perS))
			select {
			case <-ctx.Done():
			case <-time.After(time.Until(due)):
			}
		}
		payload, source := b.generator.AppendLive(nil, first+i, time.Now())
		if i%20 == 0 {
			published(first + 1 + i)
		}
		return payload, source
	})
	return err
}

// peer has the plain design do the same work on a part of the stream: once
// undisturbed, for its rate, and once killed now and then, for what it
// miscounts.
func (b *benchRun) peer(ctx context.Context) error {
	if !b.o.peer {
		return nil
	}
	b.stage("the peer")
	p, err := classifier.NewPeer(b.classifier.Dictionary())
	if err != nil {
		return err
	}
	workers := runtime.GOMAXPROCS(0)
	totals := make([]map[string]int, workers)
	for i := range totals {
		totals[i] = make(map[string]int)
	}
	tag := func(worker int, payload []byte) {
		var m struct{ Text string }
		if json.Unmarshal(payload, &m) == nil {
			p.Count(totals[worker], m.Text)
		}
	}
	limit := min(peerMessages, b.o.messages)
	undisturbed, err := b.bare.Peer(ctx, limit, workers, 0, tag)
	if err != nil {
		return phrase.Errorf("the peer: %w", err)
	}
	killed, err := b.bare.Peer(ctx, limit, workers, peerKills, func(int, []byte) {})
	if err != nil {
		return phrase.Errorf("the peer, killed: %w", err)
	}
	b.result.Peer = &peerResult{
		Messages: limit, PerS: undisturbed.PerSecond(), Ratio: undisturbed.PerSecond() / b.result.ReaderPerS,
		Kills: killed.Kills, Miscounted: int64(killed.Counted) - int64(killed.Messages),
	}
	return nil
}
