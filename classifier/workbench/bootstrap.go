package workbench

import (
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
)

// maxBlocks is the greatest number of blocks that bootstrap draws from. In a corpus
// of no more messages than that, each message is a block of its own.
const maxBlocks = 5000

// block holds what the messages of one block add to classCounts: number -> addend.
type block map[int]int

// intervals are 95 % bootstrap percentile intervals.
type intervals struct {
	macro, micro, accuracy [2]float64
	f1                     [][2]float64 // of each class
}

// bootstrap estimates how much the measures would vary with another corpus of the
// same kind. Each resample draws as many blocks as there are, with replacement, and
// computes the measures; an interval leaves out 2.5 % of them at either end. (Efron,
// Bootstrap Methods: Another Look at the Jackknife, Annals of Statistics 7(1), 1979;
// Efron and Tibshirani, An Introduction to the Bootstrap, 1993, chapter 13.)
//
// In a small corpus a block is one message. In a large one the messages are dealt to
// blocks at random, whatever their order, so that the sum over the drawn blocks
// varies as a sum over drawn messages does, while time and memory do not grow with
// the corpus. Resample b uses the random numbers of (seed, b), whichever goroutine
// draws it, so that the result does not depend on the number of processors.
func bootstrap(blocks []block, classes, resamples int, seed uint64) intervals {
	stats := make([][]float64, classes+3)
	for i := range stats {
		stats[i] = make([]float64, resamples)
	}
	parts := flat(blocks)
	var group sync.WaitGroup
	workers := runtime.GOMAXPROCS(0)
	for w := range workers {
		group.Go(func() {
			t := newClassCounts(classes)
			drawn := make([]int, len(blocks))
			for b := w; b < resamples; b += workers {
				draw(drawn, rand.New(rand.NewPCG(seed, uint64(b))))
				t.sum(parts, drawn)
				all := t.any()
				for k, c := range all {
					stats[k][b] = c.F1()
				}
				stats[classes][b] = macroF1(all)
				stats[classes+1][b] = microF1(all)
				stats[classes+2][b] = t.accuracy()
			}
		})
	}
	group.Wait()
	out := intervals{f1: make([][2]float64, classes)}
	for k := range out.f1 {
		out.f1[k] = interval95(stats[k])
	}
	out.macro, out.micro, out.accuracy = interval95(stats[classes]), interval95(stats[classes+1]), interval95(stats[classes+2])
	return out
}

// addend is what a block adds to one number of classCounts.
type addend struct{ number, n int }

func flat(blocks []block) [][]addend {
	out := make([][]addend, len(blocks))
	for i, b := range blocks {
		for number, n := range b {
			out[i] = append(out[i], addend{number, n})
		}
	}
	return out
}

// draw draws as many blocks as there are, and sets drawn[i] to how often block i
// came.
func draw(drawn []int, random *rand.Rand) {
	clear(drawn)
	for range drawn {
		drawn[random.IntN(len(drawn))]++
	}
}

// sum sets t to the sum over the parts, each as often as it was drawn.
func (t classCounts) sum(parts [][]addend, drawn []int) {
	clear(t)
	for i, times := range drawn {
		if times == 0 {
			continue
		}
		for _, a := range parts[i] {
			t[a.number] += times * a.n
		}
	}
}

// interval95 sorts x and returns its quantiles 0.025 and 0.975, linear between
// the two nearest (Hyndman and Fan, The American Statistician 50(4), 1996, type 7).
func interval95(x []float64) [2]float64 {
	slices.Sort(x)
	at := func(q float64) float64 {
		h := q * float64(len(x)-1)
		i := int(h)
		if i+1 >= len(x) {
			return x[len(x)-1]
		}
		return x[i] + (h-float64(i))*(x[i+1]-x[i])
	}
	return [2]float64{at(0.025), at(0.975)}
}
