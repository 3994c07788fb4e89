package dashboard

import (
	"math"
	"time"

	"github.com/minyi/minyi/pipeline"
)

// rateWindow is the time over which the rate of counting is measured.
const rateWindow = 10 * time.Second

// rates measures how fast a tally is counted, from what readers of the page see of it.
type rates struct {
	tally   string
	samples []sample // oldest first
}

type sample struct {
	at      time.Time
	counted uint64
}

// note takes in counts, and returns how many messages were counted a second over the
// last seconds, in two digits; 0 when it is not known.
func (r *rates) note(now time.Time, c pipeline.Counts) uint64 {
	if c.Tally != r.tally {
		r.tally, r.samples = c.Tally, nil
	}
	n := len(r.samples)
	if n > 0 && (c.Stored < r.samples[n-1].counted || now.Sub(r.samples[n-1].at) > rateWindow) {
		r.samples, n = r.samples[:0], 0 // begun anew, or nobody looked for a while
	}
	if n == 0 || now.Sub(r.samples[n-1].at) >= time.Second {
		r.samples = append(r.samples, sample{now, c.Stored})
	}
	for len(r.samples) > 2 && now.Sub(r.samples[0].at) > rateWindow {
		r.samples = r.samples[1:]
	}
	first := r.samples[0]
	if took := now.Sub(first.at); took >= time.Second {
		return twoDigits(float64(c.Stored-first.counted) / took.Seconds())
	}
	return 0
}

// twoDigits rounds to two significant digits: a rate moves all the time.
func twoDigits(x float64) uint64 {
	if x < 10 {
		return uint64(math.Ceil(x))
	}
	unit := math.Pow(10, math.Floor(math.Log10(x))-1)
	return uint64(math.Round(x/unit) * unit)
}
