package classifier

import (
	"math"
	"math/big"
	"testing"
)

// TestDistancesOnEveryMachine: float32(log2 x) of every frequency, and of the
// totals, is the same on every processor, even if their logarithms differ in the
// last bits. The test checks that no logarithm is so near to the middle of two
// float32 that an error of a few units in the last place of a float64 would change
// how it is rounded.
func TestDistancesOnEveryMachine(t *testing.T) {
	frequencies := map[float64]bool{gseBase().lexicon.total: true, addedTokenFrequency: true}
	for _, w := range gseBase().words {
		frequencies[w.frequency] = true
	}
	for n := 1.0; n <= 1000; n++ {
		frequencies[gseBase().lexicon.total+n*addedTokenFrequency] = true
	}
	nearest := math.Inf(1)
	for f := range frequencies {
		exact := math.Log2(f)
		rounded := float32(exact)
		for _, next := range []float32{math.Nextafter32(rounded, 0), math.Nextafter32(rounded, 100)} {
			middle := new(big.Float).Add(big.NewFloat(float64(rounded)), big.NewFloat(float64(next)))
			middle.Quo(middle, big.NewFloat(2))
			gap, _ := middle.Sub(middle, big.NewFloat(exact)).Float64()
			nearest = min(nearest, math.Abs(gap)/exact)
		}
	}
	const ulps = 0x1p-52 * 4
	if nearest < ulps {
		t.Errorf("a logarithm is within %g of the middle of two float32", nearest)
	}
	t.Logf("%d logarithms; the nearest to a middle is off by %.0f units in the last place", len(frequencies), nearest/0x1p-52)
}
