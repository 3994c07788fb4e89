package classifier

import (
	"sync"
	"testing"
	"time"

	"github.com/minyi/minyi/dict"
)

// gseSpeed is the time that gse.Cut takes over the benchmark's texts, measured
// once a run, next to what is compared with it: each engine's x-gse is of the
// same minutes on the same machine.
func gseRound(texts [][]byte) time.Duration {
	seg, err := plainGse()
	if err != nil {
		panic(err)
	}
	start := time.Now()
	for _, text := range texts {
		seg.Cut(string(text))
	}
	return time.Since(start)
}

// benchTexts are the real messages, in the order of their files.
func benchTexts(b *testing.B) (texts [][]byte, size int) {
	files := sharedFiles(b)
	for _, name := range []string{"citizen-messages.dev.ndjson", "citizen-messages.unlabelled.ndjson"} {
		texts = append(texts, files[name]...)
	}
	for _, text := range texts {
		size += len(text)
	}
	return texts, size
}

func report(b *testing.B, texts [][]byte, size int) {
	perRound := b.Elapsed().Seconds() / float64(b.N)
	b.SetBytes(int64(size))
	b.ReportMetric(float64(len(texts))/perRound, "messages/s")
}

func BenchmarkGseCut(b *testing.B) {
	texts, size := benchTexts(b)
	b.ReportAllocs()
	for b.Loop() {
		gseRound(texts)
	}
	report(b, texts, size)
	b.ReportMetric(1, "x-gse")
}

var bigPlain = sync.OnceValue(func() *dict.Dictionary { return bigDictionary(gseBase().words, false) })

func benchDicts(b *testing.B) map[string]*dict.Dictionary {
	standard, err := dict.Default()
	if err != nil {
		b.Fatal(err)
	}
	return map[string]*dict.Dictionary{"default": standard, "5000": bigPlain()}
}

func benchEngine(b *testing.B, d *dict.Dictionary) *engine {
	p, err := newPlan(d)
	if err != nil {
		b.Fatal(err)
	}
	return newEngine(p, gseBase().lexicon)
}

func BenchmarkClassify(b *testing.B) {
	texts, size := benchTexts(b)
	dicts := benchDicts(b)
	for _, name := range []string{"default", "5000"} {
		e := benchEngine(b, dicts[name])
		b.Run(name, func(b *testing.B) {
			var r Result
			for _, text := range texts {
				e.classify(&r, text)
			}
			gse := gseRound(texts)
			b.ReportAllocs()
			for b.Loop() {
				for _, text := range texts {
					e.classify(&r, text)
				}
			}
			report(b, texts, size)
			b.ReportMetric(gse.Seconds()/(b.Elapsed().Seconds()/float64(b.N)), "x-gse")
		})
	}
}
