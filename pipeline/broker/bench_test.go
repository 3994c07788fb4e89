package broker

import (
	"syscall"
	"testing"
	"time"

	"github.com/minyi/minyi/pipeline"
)

// BenchmarkPipeline compares the pipeline with a bare reader of the same stream
// in the same run. On a machine that is busy with other things the wall clock
// says little: compare the processor time.
func BenchmarkPipeline(b *testing.B) {
	r, w := newRig(b), newWords(b, 3, 7)
	messages := 400_000
	base := payloads(1, 20_000, 32, w)
	for range messages / len(base) {
		r.publish(base)
	}
	last := uint64(messages)
	var bare, whole, bareCPU, wholeCPU time.Duration
	run := 0
	for b.Loop() {
		run++
		n := 0
		start, cpu := time.Now(), cpuTime(b)
		src := &source{r.conn}
		if err := src.Read(b.Context(), pipeline.Range{From: 1, To: last}, func(*pipeline.Message) { n++ }); err != nil || n != messages {
			b.Fatal(n, err)
		}
		bare += time.Since(start)
		bareCPU += cpuTime(b) - cpu

		cfg := config(w)
		cfg.RangeSize, cfg.Format.MaxBytes = 50_000, 100_000+run // another tally every time
		start, cpu = time.Now(), cpuTime(b)
		worker, stop := r.run(cfg)
		for worker.Status().Frontier < last {
			if pause(b.Context(), time.Millisecond) != nil {
				return
			}
		}
		whole += time.Since(start)
		wholeCPU += cpuTime(b) - cpu
		if err := stop(); err != nil {
			b.Fatal(err)
		}
	}
	all := float64(messages * run)
	b.ReportMetric(all/bare.Seconds(), "reader/s")
	b.ReportMetric(all/whole.Seconds(), "pipeline/s")
	b.ReportMetric(bare.Seconds()/whole.Seconds(), "ratio")
	b.ReportMetric(float64(bareCPU.Nanoseconds())/all, "reader-cpu-ns/msg")
	b.ReportMetric(float64(wholeCPU.Nanoseconds())/all, "pipeline-cpu-ns/msg")
}

func cpuTime(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
