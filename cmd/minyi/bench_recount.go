package main

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"time"

	"github.com/minyi/minyi/classifier"
	"github.com/minyi/minyi/cmd/minyi/internal/generate"
	"github.com/minyi/minyi/dict"
	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/internal/textfmt"
	"github.com/minyi/minyi/pipeline"
)

// recountResult is what `minyi bench --recount --json` prints. Its keys are stable.
type recountResult struct {
	Messages uint64 `json:"messages"`
	// A bare reader, before and after, and a candidate from its first message until it is
	// caught up, while the current tally is counted on.
	ReaderS  float64 `json:"reader_s"`
	RecountS float64 `json:"recount_s"`
	Ratio    float64 `json:"recount_ratio"` // recount to reader; the less the better

	// At the live end: processor time in microseconds a message beyond that of publishing,
	// of all threads, the server's included; and from publishing a message to its total
	// being visible, of the current tally.
	LivePerS   float64 `json:"live_per_s"`
	PublishCPU float64 `json:"publish_cpu_us"`
	OneCPU     float64 `json:"one_tally_cpu_us"`
	ThreeCPU   float64 `json:"three_tallies_cpu_us"`
	LiveRatio  float64 `json:"live_ratio"` // three to one
	One        latency `json:"one_tally"`
	Three      latency `json:"three_tallies"`

	CPUs int    `json:"cpus"`
	Go   string `json:"go"`
}

// recountRun measures how fast a candidate is counted, and what three tallies cost at the
// live end beside one.
type recountRun struct {
	*benchRun
	last    uint64 // sequence of the stream
	workers []*benchWorker
	out     recountResult
}

// benchWorker is a worker that runs until it is stopped.
type benchWorker struct {
	*pipeline.Worker
	stop  context.CancelFunc
	ended chan error
}

func (a *app) benchRecount(ctx context.Context, o benchOptions) error {
	b, leave, err := a.newBenchRun(ctx, o)
	if err != nil {
		return err
	}
	r := &recountRun{benchRun: b}
	err = r.run(ctx)
	for _, w := range r.workers {
		w.stop()
		if e := <-w.ended; err == nil {
			err = e
		}
	}
	if err := errors.Join(err, leave()); err != nil {
		return err
	}
	if o.json {
		return a.writeJSON(r.out)
	}
	a.writeRecount(&r.out)
	return nil
}

func (r *recountRun) run(ctx context.Context) error {
	r.generator = generate.New(r.classifier.Dictionary(), r.o.seed)
	r.out = recountResult{Messages: r.o.messages, CPUs: runtime.GOMAXPROCS(0), Go: runtime.Version()}
	r.stage("publishing %s", textfmt.Count(r.o.messages))
	if _, err := r.bare.Publish(ctx, r.o.messages, func(i uint64) ([]byte, string) { return r.generator.Append(nil, i) }); err != nil {
		return err
	}
	r.last = r.o.messages
	r.stage("publishing at %s/s, and nobody counts", textfmt.Count(loadPerS))
	var err error
	if r.out.PublishCPU, _, err = r.live(ctx, ""); err != nil {
		return err
	}
	r.stage("the current tally")
	if _, err := r.count(ctx, r.classifier); err != nil {
		return err
	}
	if err := r.recount(ctx); err != nil {
		return err
	}
	return r.atTheEnd(ctx)
}

// recount times a candidate between two readings.
func (r *recountRun) recount(ctx context.Context) error {
	other, err := r.variant(1)
	if err != nil {
		return err
	}
	r.stage("reading")
	before, err := r.bare.Read(ctx)
	if err != nil {
		return err
	}
	r.stage("a candidate over %s messages", textfmt.Count(r.last))
	took, err := r.count(ctx, other)
	if err != nil {
		return err
	}
	r.stage("reading again")
	after, err := r.bare.Read(ctx)
	if err != nil {
		return err
	}
	// The stream has a few more messages than were asked for: those of the live end.
	of := float64(r.o.messages) / float64(r.last)
	r.out.ReaderS = of * (before.Duration.Seconds() + after.Duration.Seconds()) / 2
	r.out.RecountS = of * took.Seconds()
	r.out.Ratio = r.out.RecountS / r.out.ReaderS
	return nil
}

// atTheEnd measures one tally at the live end, and three. The candidate that was counted
// rests meanwhile.
func (r *recountRun) atTheEnd(ctx context.Context) error {
	if err := r.end(1); err != nil {
		return err
	}
	r.stage("one tally at %s/s", textfmt.Count(loadPerS))
	cpu, one, err := r.live(ctx, r.workers[0].Tally())
	if err != nil {
		return err
	}
	r.out.OneCPU, r.out.One, r.out.LivePerS = cpu-r.out.PublishCPU, one, one.PerS
	for n := 1; n <= 2; n++ {
		c, err := r.variant(n)
		if err != nil {
			return err
		}
		if _, err := r.count(ctx, c); err != nil {
			return err
		}
	}
	r.stage("three tallies at %s/s", textfmt.Count(loadPerS))
	stopProfile, err := r.profile()
	if err != nil {
		return err
	}
	cpu, r.out.Three, err = r.live(ctx, r.workers[0].Tally())
	err = errors.Join(err, stopProfile())
	r.out.ThreeCPU = cpu - r.out.PublishCPU
	r.out.LiveRatio = r.out.ThreeCPU / r.out.OneCPU
	return err
}

// variant returns a classifier with a dictionary that differs a little.
func (r *recountRun) variant(n int) (*classifier.Classifier, error) {
	themes := append([]dict.Theme(nil), r.classifier.Dictionary().Themes...)
	themes[0].SubThemes = append([]dict.SubTheme(nil), themes[0].SubThemes...)
	s := &themes[0].SubThemes[0]
	s.Keywords = append(append([]dict.Keyword(nil), s.Keywords...), dict.Keyword{Word: fmt.Sprintf("候选词典%d", n), Weight: 1})
	d, err := dict.New(themes)
	if err != nil {
		return nil, err
	}
	return r.app.newClassifier(d)
}

// count begins a tally, and returns how long it took until everything was counted. It is
// counted on until it is ended.
func (r *recountRun) count(ctx context.Context, c *classifier.Classifier) (time.Duration, error) {
	worker, err := r.conn.NewWorker(ctx, pipeline.Config{Classifier: c})
	if err != nil {
		return 0, err
	}
	run, stop := context.WithCancel(ctx)
	w := &benchWorker{worker, stop, make(chan error, 1)}
	r.workers = append(r.workers, w)
	start := time.Now()
	go func() { w.ended <- worker.Run(run) }()
	for w.Status().Frontier < r.last {
		select {
		case err := <-w.ended:
			w.ended <- nil // whoever ends it finds that it has ended
			return 0, errors.Join(phrase.New("the worker ended early"), err)
		case <-ctx.Done():
			return 0, ctx.Err()
		case <-time.After(2 * time.Millisecond):
		}
	}
	return time.Since(start), nil
}

// end stops the worker of a tally.
func (r *recountRun) end(i int) error {
	w := r.workers[i]
	r.workers = append(r.workers[:i:i], r.workers[i+1:]...)
	w.stop()
	return <-w.ended
}

// live publishes at a steady rate, and returns the processor time a message, in
// microseconds, until all of it is visible in a tally, and how long that took; of the
// empty id only the publishing.
func (r *recountRun) live(ctx context.Context, tally string) (cpu float64, l latency, err error) {
	v := &visibility{moved: make(chan struct{}, 1), published: make(map[uint64]time.Time)}
	if tally != "" {
		watch, stop := context.WithCancel(ctx)
		ready, watched := make(chan struct{}), make(chan error, 1)
		go func() { watched <- r.bare.Follow(watch, tally, ready, v.reached) }()
		defer func() { stop(); err = errors.Join(err, <-watched) }()
		select {
		case <-ready:
		case err := <-watched:
			watched <- nil
			return 0, l, err
		}
	}
	before, first := cpuTime(), r.last
	took, err := r.steady(ctx, v, &r.last)
	if err != nil {
		return 0, l, err
	}
	if tally != "" {
		if err := v.wait(ctx, r.last); err != nil {
			return 0, l, err
		}
		for _, w := range r.workers { // the others' work belongs to it
			for w.Status().Frontier < r.last && ctx.Err() == nil {
				<-time.After(time.Millisecond)
			}
		}
		l = v.summary()
	}
	n := float64(r.last - first)
	l.PerS = n / took.Seconds()
	return float64((cpuTime() - before).Nanoseconds()) / 1000 / n, l, ctx.Err()
}

// writeRecount prints the result as a table.
func (a *app) writeRecount(r *recountResult) {
	t := textfmt.Table{Columns: []textfmt.Column{{}, {Right: true}, {}}}
	t.Row("messages", textfmt.Count(r.Messages), "")
	t.Row("reader", fmt.Sprintf("%.2f s", r.ReaderS), "without acknowledgements, counting bytes")
	t.Row("recount", fmt.Sprintf("%.2f s", r.RecountS), fmt.Sprintf("%.2f times the reader's time", r.Ratio))
	t.Row("one tally", fmt.Sprintf("%.1f µs", r.OneCPU), fmt.Sprintf("of processor a message at %s/s; p99 %.0f ms", textfmt.Count(uint64(r.LivePerS)), r.One.P99))
	t.Row("three tallies", fmt.Sprintf("%.1f µs", r.ThreeCPU), fmt.Sprintf("%.2f times one; p99 %.0f ms", r.LiveRatio, r.Three.P99))
	fmt.Fprint(a.stdout, t.String())
	fmt.Fprintf(a.stdout, "\n%d processors, %s\n", r.CPUs, r.Go)
}
