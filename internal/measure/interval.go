package measure

import (
	"hash/fnv"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
)

// Interval is what a published share stands for when the errors of the dictionary are
// taken off: the share of the same messages that a reader would count.
type Interval struct {
	Share float64 // the best guess, from 0 to 1
	Low   float64 // the 95 % interval
	High  float64
}

// MinLabels is how many labelled texts must be of a class, and how many of others, for an
// interval: with fewer it does not cover what it says.
const MinLabels = 10

// Why says why there is no interval.
type Why string

// The reasons.
const (
	Given    Why = ""           // there is one
	Unknown  Why = "unmeasured" // the measure does not have the theme
	FewTexts Why = "few_labels" // fewer than [MinLabels] labelled texts
	NoTell   Why = "no_tell"    // the labels do not show that the dictionary tells the theme from others
	Nothing  Why = "nothing"    // a share of no messages
)

const (
	draw95  = 2000 // draws of an interval
	jeffrey = 0.5
)

// Interval returns what the share n / of of a theme or sub-theme stands for: n messages
// that have it as their primary, of all that were tagged.
//
// The estimate is that of Rogan and Gladen (Estimating prevalence from the results of a
// screening test, American Journal of Epidemiology 107(1), 1978):
//
//	share = (n/of - f) / (s - f)
//
// where s is the part of the labelled texts of the theme that were given it, and f the part
// of the others that were; both of texts that were tagged. Unlike precision, s and f do not
// change when a theme becomes more frequent, so one measure serves every day and source.
//
// The interval has the uncertainty of s and f, which comes from the labelled texts, and
// that of n, which comes from errors that fall this way or that in the messages counted.
// The labelled texts are resampled by the Bayesian bootstrap (Rubin, The Bayesian Bootstrap,
// Annals of Statistics 9(1), 1981), which for two kinds of texts draws s and f from beta
// distributions; half a text is added to each kind (Jeffreys), so that a theme without one
// observed error is not taken to be free of them. n has the variance
// [π s (1-s) + (1-π) f (1-f)] / of. The interval is between the quantiles 0.025 and 0.975 of
// [draw95] draws, which the id seeds: the same measure and counts give the same interval.
//
// The test TestIntervalCovers shows how often it covers. It holds where the labelled texts
// were drawn at random from messages like those counted.
func (m *Measure) Interval(id string, n, of uint64) (Interval, Why) {
	a, ok := m.Of(id)
	switch s := a.Shares; {
	case !ok || id == Any:
		return Interval{}, Unknown
	case s.TP+s.FN < MinLabels || s.FP+s.TN < MinLabels:
		return Interval{}, FewTexts
	case of == 0 || n > of:
		return Interval{}, Nothing
	}
	return m.known.of(asked{id, n, of}, func() (Interval, Why) {
		return m.draws.of(id, a.Shares).interval(a.Shares, float64(n)/float64(of), float64(of))
	})
}

// asked is what an interval depends on, for one measure.
type asked struct {
	id    string
	n, of uint64
}

type answered struct {
	interval Interval
	why      Why
}

// maxKnown is how many intervals are kept: some of the largest tables of a page.
const maxKnown = 1 << 14

// known are the intervals that were worked out: all readers of a page ask for the same ones,
// and one takes a tenth of a millisecond.
type known struct {
	mu sync.Mutex
	by map[asked]answered
}

func (k *known) of(q asked, find func() (Interval, Why)) (Interval, Why) {
	k.mu.Lock()
	a, ok := k.by[q]
	k.mu.Unlock()
	if ok {
		return a.interval, a.why
	}
	a.interval, a.why = find()
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.by == nil || len(k.by) >= maxKnown {
		k.by = make(map[asked]answered)
	}
	k.by[q] = a
	return a.interval, a.why
}

// draws are the draws of each theme. They do not depend on the share.
type draws struct {
	mu sync.Mutex
	by map[string]sample
}

// rates are one draw: s and f as above, and a standard normal number for n.
type rates struct{ s, f, normal float64 }

func (d *draws) of(id string, t Table) sample {
	d.mu.Lock()
	defer d.mu.Unlock()
	if all, ok := d.by[id]; ok {
		return all
	}
	h := fnv.New64a()
	_, _ = h.Write([]byte(id))
	all := newSample(t, rand.New(rand.NewPCG(h.Sum64(), 1)), draw95)
	if d.by == nil {
		d.by = map[string]sample{}
	}
	d.by[id] = all
	return all
}

type sample []rates

func newSample(t Table, r *rand.Rand, draws int) sample {
	all := make(sample, draws)
	for i := range all {
		all[i] = rates{
			beta(r, float64(t.TP)+jeffrey, float64(t.FN)+jeffrey),
			beta(r, float64(t.FP)+jeffrey, float64(t.TN)+jeffrey),
			r.NormFloat64(),
		}
	}
	return all
}

// interval returns the interval of a share q of so many messages.
func (s sample) interval(t Table, q, of float64) (Interval, Why) {
	shares, cannot := make([]float64, len(s)), 0
	for i, r := range s {
		if r.s <= r.f {
			cannot++
			continue
		}
		p := unit((q - r.f) / (r.s - r.f))
		sd := math.Sqrt((p*r.s*(1-r.s) + (1-p)*r.f*(1-r.f)) / of)
		shares[i] = unit((q + r.normal*sd - r.f) / (r.s - r.f))
	}
	se := float64(t.TP) / float64(t.TP+t.FN)
	f := float64(t.FP) / float64(t.FP+t.TN)
	if cannot*40 > len(s) || se <= f { // more than one end of the interval has
		return Interval{}, NoTell
	}
	slices.Sort(shares)
	i := Interval{Share: unit((q - f) / (se - f)), Low: quantile(shares, 0.025), High: quantile(shares, 0.975)}
	i.Low, i.High = min(i.Low, i.Share), max(i.High, i.Share)
	return i, Given
}

// quantile is linear between the two nearest of sorted numbers (Hyndman and Fan, The
// American Statistician 50(4), 1996, type 7).
func quantile(x []float64, q float64) float64 {
	h := q * float64(len(x)-1)
	i := int(h)
	if i+1 >= len(x) {
		return x[len(x)-1]
	}
	return x[i] + (h-float64(i))*(x[i+1]-x[i])
}

func unit(x float64) float64 { return max(0, min(1, x)) }

// beta draws from the beta distribution, as a ratio of gamma numbers.
func beta(r *rand.Rand, a, b float64) float64 {
	x := gamma(r, a)
	return x / (x + gamma(r, b))
}

// gamma draws from the gamma distribution of a shape and the scale 1 (Marsaglia and Tsang,
// A Simple Method for Generating Gamma Variables, ACM Transactions on Mathematical Software
// 26(3), 2000).
func gamma(r *rand.Rand, shape float64) float64 {
	if shape < 1 {
		return gamma(r, shape+1) * math.Pow(r.Float64(), 1/shape)
	}
	d := shape - 1.0/3
	c := 1 / math.Sqrt(9*d)
	for {
		x := r.NormFloat64()
		v := 1 + c*x
		if v <= 0 {
			continue
		}
		v = v * v * v
		u := r.Float64()
		if u < 1-0.0331*x*x*x*x || math.Log(u) < x*x/2+d-d*v+d*math.Log(v) {
			return d * v
		}
	}
}
