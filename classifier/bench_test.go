package classifier

import (
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/minyi/minyi/dict"
)

// gseRound returns how long gse.Cut takes over texts.
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

// benchTexts returns the real messages, in the order of their files, or, if they are
// not there, the made-up suggestions of the examples, which are short.
func benchTexts(b *testing.B) (texts [][]byte, size int) {
	b.Helper()
	name := "examples/suggestions.ndjson"
	if dir := sharedData(); dir == "" {
		texts = readTexts(b, filepath.Join("..", filepath.FromSlash(name)))
	} else {
		name = "the real messages"
		for _, file := range []string{"citizen-messages.dev.ndjson", "citizen-messages.unlabelled.ndjson"} {
			texts = append(texts, readTexts(b, filepath.Join(dir, file))...)
		}
	}
	for _, text := range texts {
		size += len(text)
	}
	b.Logf("texts: %d of %s, %d bytes", len(texts), name, size)
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

// classifyRound classifies texts, and returns the total number of tags.
func classifyRound(e *engine, r *Result, texts [][]byte) (tags int) {
	for _, text := range texts {
		e.classify(r, text)
		tags += len(r.Tags)
	}
	return tags
}

// BenchmarkClassify measures the whole classification, with scores and matches. Its
// x-gse is the ratio of its time to that of gse.Cut for the same texts. Rounds of
// the two alternate, so that other load of the machine affects both.
func BenchmarkClassify(b *testing.B) {
	texts, size := benchTexts(b)
	dicts := benchDicts(b)
	for _, name := range []string{"default", "5000"} {
		e := benchEngine(b, dicts[name])
		b.Run(name, func(b *testing.B) {
			var r Result
			want := classifyRound(e, &r, texts)
			var gse time.Duration
			rounds := 0
			b.ReportAllocs()
			for b.Loop() {
				if rounds%8 == 0 {
					b.StopTimer()
					gse += gseRound(texts)
					b.StartTimer()
				}
				if tags := classifyRound(e, &r, texts); tags != want {
					b.Fatalf("%d tags, then %d", want, tags)
				}
				rounds++
			}
			report(b, texts, size)
			perRound := gse.Seconds() / float64((rounds+7)/8)
			b.ReportMetric(perRound/(b.Elapsed().Seconds()/float64(b.N)), "x-gse")
			b.ReportMetric(float64(len(e.matcher.keywords)), "keywords")
		})
	}
}

// BenchmarkNew measures how long New takes for the default dictionary: with gse's
// dictionary prepared anew, read from a cache, and shared with another classifier.
func BenchmarkNew(b *testing.B) {
	d, err := dict.Default()
	if err != nil {
		b.Fatal(err)
	}
	cache := Options{CacheDir: b.TempDir()}
	first, err := New(d, cache)
	if err != nil {
		b.Fatal(err)
	}
	for _, c := range []struct {
		name string
		o    Options
	}{{"prepared", Options{}}, {"cached", cache}, {"shared", Options{Share: first}}} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := New(d, c.o); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkTags measures Tags with the same texts as BenchmarkClassify.
func BenchmarkTags(b *testing.B) {
	texts, size := benchTexts(b)
	d := benchDicts(b)["default"]
	c := &Classifier{dict: d, engine: benchEngine(b, d)}
	b.ReportAllocs()
	for b.Loop() {
		for _, text := range texts {
			c.Tags(string(text))
		}
	}
	report(b, texts, size)
}

// BenchmarkClassifyTwo measures how well two goroutines share the processors. x-one
// is the throughput of two goroutines that classify the same texts at once, divided
// by that of one goroutine. Rounds of the two cases alternate, so that other load
// affects both.
func BenchmarkClassifyTwo(b *testing.B) {
	texts, size := benchTexts(b)
	e := benchEngine(b, benchDicts(b)["default"])
	var r [2]Result
	classifyRound(e, &r[0], texts)
	classifyRound(e, &r[1], texts)
	var one time.Duration
	for b.Loop() {
		b.StopTimer()
		start := time.Now()
		classifyRound(e, &r[0], texts)
		one += time.Since(start)
		b.StartTimer()
		var wg sync.WaitGroup
		for i := range r {
			wg.Go(func() { classifyRound(e, &r[i], texts) })
		}
		wg.Wait()
	}
	b.SetBytes(2 * int64(size))
	b.ReportMetric(2*one.Seconds()/b.Elapsed().Seconds(), "x-one")
}

// BenchmarkLong measures long texts of every kind. x-100kB is the time for a text of
// 1 MB divided by the time for its ten tenths. All ten tenths are used, because one
// tenth repeated ten times would find its words in the caches, and the whole text
// does not.
func BenchmarkLong(b *testing.B) {
	e := benchEngine(b, bigPlain())
	long := longTexts(newHostile(bigPlain(), 3), 1_000_000)
	var r Result
	for _, name := range slices.Sorted(maps.Keys(long)) {
		b.Run(strings.ReplaceAll(name, " ", "-"), func(b *testing.B) {
			e.classify(&r, long[name])
			var ten time.Duration
			b.ReportAllocs()
			for b.Loop() {
				b.StopTimer()
				start := time.Now()
				for part := range slices.Chunk(long[name], (len(long[name])+9)/10) {
					e.classify(&r, part)
				}
				ten += time.Since(start)
				b.StartTimer()
				e.classify(&r, long[name])
			}
			b.SetBytes(int64(len(long[name])))
			b.ReportMetric(b.Elapsed().Seconds()/ten.Seconds(), "x-100kB")
		})
	}
}
