package classifier

import (
	"encoding/json"
	"math"
	"math/big"
	"testing"

	"pgregory.net/rapid"
)

func TestScoreString(t *testing.T) {
	for _, c := range []struct {
		score Score
		want  string
	}{
		{0, "0"},
		{2_500_000, "2.5"},
		{-1_000_000, "-1"},
		{1, "0.000001"},
		{-120, "-0.00012"},
		{1_693_147, "1.693147"},
		{math.MaxInt64, "9223372036854.775807"},
		{math.MinInt64, "-9223372036854.775808"},
	} {
		if got := c.score.String(); got != c.want {
			t.Errorf("Score(%d) = %s, want %s", int64(c.score), got, c.want)
		}
		text, err := json.Marshal(c.score)
		if err != nil || string(text) != c.want {
			t.Errorf("json of Score(%d) = %s, %v", int64(c.score), text, err)
		}
	}
	var s Score
	if err := json.Unmarshal([]byte("2.5"), &s); err != nil || s != 2_500_000 {
		t.Errorf("unmarshal 2.5: %d, %v", int64(s), err)
	}
	if err := json.Unmarshal([]byte("1e10"), &s); err == nil || s != 2_500_000 {
		t.Errorf("unmarshal 1e10: %d, %v; want an error and no change", int64(s), err)
	}
}

// TestDamping compares the integer logarithm with the processor's, which is accurate
// to far more than a millionth.
func TestDamping(t *testing.T) {
	t.Parallel()
	check := func(n int) {
		want := (1 + math.Log(float64(n))) * scoreUnit
		// They may differ only if the exact value is almost half way between two
		// integers.
		if got := float64(damping(n)); math.Abs(got-want) > 0.5+1e-5 {
			t.Fatalf("damping(%d) = %v, want %v", n, got, want)
		}
	}
	for n := 1; n <= 200_000; n++ {
		check(n)
	}
	for n := 200_000; n < math.MaxInt64/3; n *= 3 {
		check(n)
	}
	if damping(1) != scoreUnit || damping(math.MaxInt) > maxDamping*scoreUnit {
		t.Errorf("damping(1) = %d, damping(MaxInt) = %d", damping(1), damping(math.MaxInt))
	}
}

func TestContribution(t *testing.T) {
	const limit = math.MaxInt64 / maxDamping
	for _, c := range []struct {
		weight int64
		n      int
		want   int64
	}{
		{600_000, 1, 600_000},
		{600_000, 2, 1_015_888},
		{-600_000, 2, -1_015_888},
		{1, 2, 2},
		{-1, 2, -2},
		{1, 1, 1},
		{limit, 1, limit},
	} {
		if got := contribution(c.weight, c.n); got != c.want {
			t.Errorf("contribution(%d, %d) = %d, want %d", c.weight, c.n, got, c.want)
		}
	}
	if got := contribution(limit, math.MaxInt); got < limit {
		t.Errorf("contribution(%d, MaxInt) = %d: it overflowed", int64(limit), got)
	}
}

// TestHasShare compares with integers of any size, at the limits and where the
// products do not fit in 64 bits.
func TestHasShare(t *testing.T) {
	for _, c := range []struct {
		score, share, top int64
		want              bool
	}{
		{400_000, 400_000, 1_000_000, true},
		{399_999, 400_000, 1_000_000, false},
		{400_000, 400_001, 1_000_000, false},
		{1, 1, 1_000_000, true},
		{1, 1, 1_000_001, false},
		{1, 0, math.MaxInt64, true},
		{7, scoreUnit, 7, true},
		{math.MaxInt64, scoreUnit, math.MaxInt64, true},
		{math.MaxInt64 - 1, scoreUnit, math.MaxInt64, false},
		{math.MaxInt64 - 1, scoreUnit - 1, math.MaxInt64, true},
		{math.MaxInt64 / 2, scoreUnit / 2, math.MaxInt64, false},
		{math.MaxInt64/2 + 1, scoreUnit / 2, math.MaxInt64, true},
	} {
		if got := hasShare(c.score, c.share, c.top); got != c.want {
			t.Errorf("hasShare(%d, %d, %d) = %v", c.score, c.share, c.top, got)
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		top := rapid.Int64Range(1, math.MaxInt64).Draw(t, "top")
		share := rapid.Int64Range(0, scoreUnit).Draw(t, "share")
		least := new(big.Int).Mul(big.NewInt(share), big.NewInt(top))
		border := new(big.Int).Div(least, big.NewInt(scoreUnit)).Int64()
		score := max(0, border+rapid.Int64Range(-2, 2).Draw(t, "beside the border"))
		want := new(big.Int).Mul(big.NewInt(score), big.NewInt(scoreUnit)).Cmp(least) >= 0
		if got := hasShare(score, share, top); got != want {
			t.Fatalf("hasShare(%d, %d, %d) = %v", score, share, top, got)
		}
	})
}
