package classifier

import "slices"

// bounds holds the buffers of sieve. Between texts all counts are 0.
type bounds struct {
	counts   []uint32  // hits of each entry
	distinct []uint32  // the entries that have any
	scores   []float64 // what each sub-theme may score at most
	live     []bool    // by sub-theme: it may be tagged
	active   []int32   // the sub-themes that sieve made live; only these have matches
	rules    []int32   // the rules whose words all occur
}

// gain returns an upper limit of what a keyword adds to a score, per unit of damping. It
// is a millionth higher than it would have to be, which is more than all roundings: that
// to a float32 is at most 2^-24 of the value.
func gain(weight int64) float32 {
	if weight <= 0 {
		return 0
	}
	return float32((float64(weight) + 2) * (1 + 1e-6))
}

// damped returns gain times the damping of n matches.
func (m *matcher) damped(gain float32, n uint32) float64 {
	if int(n) < len(m.factors) {
		return float64(gain) * m.factors[n]
	}
	return float64(gain) * float64(damping(int(n))) / scoreUnit
}

// sieve drops the hits that cannot matter: those for sub-themes that would not
// reach their threshold even if all their positive keywords counted wherever they
// stand, and those for rules with a missing word. It reports whether
// any sub-theme may be tagged. Where all is set it drops nothing.
func (m *matcher) sieve(s *scratch, all bool) bool {
	b := &s.bounds
	b.reset(m)
	m.count(s)
	for _, e := range b.distinct {
		m.bound(b, e)
	}
	for _, e := range b.distinct {
		b.counts[e] = 0
	}
	m.setFactors(s)
	m.activate(s, all)
	for _, r := range b.rules {
		if b.live[m.rules[r].sub] {
			s.rules[r].live = true
			s.liveRules = append(s.liveRules, r)
		}
	}
	live := b.liveBits()
	if !all && live != 0 {
		m.keep(s, live)
	}
	return live != 0
}

// activate sets live and active to the sub-themes whose bounds reach their thresholds, or
// to all.
func (m *matcher) activate(s *scratch, all bool) {
	b := &s.bounds
	b.active = slices.Grow(b.active[:0], len(m.subs))[:len(m.subs)]
	n := 0
	for i, score := range b.scores {
		info := &m.subs[i]
		// Lowered by more than these multiplications can round.
		least := float64(info.threshold) * float64(s.factors[info.length]) * ((1 - 1e-12) / stretchUnit)
		live := all || score >= least
		b.live[i], b.active[n] = live, int32(i)
		if live {
			n++
		}
	}
	b.active = b.active[:n]
}

// liveBits returns bit s % 64 for each live sub-theme s.
func (b *bounds) liveBits() (live uint64) {
	for _, i := range b.active {
		if b.live[i] {
			live |= 1 << (i & 63)
		}
	}
	return live
}

// keep drops the hits that are neither for one of the live sub-themes nor for one
// of the live rules. If s.crossed is set already, its elements are dropped
// with them.
func (m *matcher) keep(s *scratch, live uint64) {
	b := &s.bounds
	for _, e := range b.distinct {
		keep := uint32(0)
		if m.subsOf(e)&live != 0 {
			keep = 1
		}
		b.counts[e] = keep
	}
	for _, r := range s.liveRules {
		for _, e := range m.rules[r].entries {
			b.counts[e] = 1
		}
	}
	n := 0
	if len(s.crossed) == len(s.hits) {
		for i, h := range s.hits {
			s.hits[n], s.crossed[n] = h, s.crossed[i]
			n += int(b.counts[h.entry])
		}
		s.crossed = s.crossed[:n]
	} else {
		for _, h := range s.hits {
			s.hits[n] = h
			n += int(b.counts[h.entry])
		}
	}
	s.hits = s.hits[:n]
	for _, e := range b.distinct {
		b.counts[e] = 0
	}
}

// lead returns the live sub-theme with the highest bound, and whether a score that high
// would exclude any other by its relative threshold. If it would, only that sub-theme
// stays live, and the others wait for narrow.
func (m *matcher) lead(s *scratch) (top int, contested bool) {
	b := &s.bounds
	if !m.relative || len(b.active) < 2 {
		return 0, false
	}
	most := 0.0
	for _, i := range b.active {
		if score := b.scores[i]; score > most {
			top, most = int(i), score
		}
	}
	for _, i := range b.active {
		if contested = !m.mayStay(b, i, int64(most)); contested {
			clear(b.live)
			b.live[top] = true
			break
		}
	}
	return top, contested
}

// mayStay reports whether sub-theme i may reach its share of a score.
func (m *matcher) mayStay(b *bounds, i int32, score int64) bool {
	return hasShare(int64(b.scores[i])+1, m.subs[i].relative, score)
}

// narrow takes the score of top, the sub-theme that lead returned. It makes the other
// active sub-themes live that may reach their share of that score, and drops the hits of
// all others. It reports whether any sub-theme is live.
func (m *matcher) narrow(s *scratch, top int, score int64) bool {
	b := &s.bounds
	for _, i := range b.active {
		b.live[i] = int(i) != top && m.mayStay(b, i, score)
	}
	live := b.liveBits()
	if live != 0 {
		m.keep(s, live)
	}
	return live != 0
}

func (b *bounds) reset(m *matcher) {
	if len(b.counts) < len(m.entries) {
		b.counts = make([]uint32, len(m.entries))
	}
	b.scores = slices.Grow(b.scores[:0], len(m.subs))[:len(m.subs)]
	clear(b.scores)
	b.live = slices.Grow(b.live[:0], len(m.subs))[:len(m.subs)]
	b.rules = b.rules[:0]
}

// count sets counts and distinct.
func (m *matcher) count(s *scratch) {
	b := &s.bounds
	b.distinct = slices.Grow(b.distinct[:0], len(s.hits))[:len(s.hits)]
	n := 0
	for _, h := range s.hits {
		b.distinct[n] = h.entry
		if b.counts[h.entry] == 0 {
			n++
		}
		b.counts[h.entry]++
	}
	b.distinct = b.distinct[:n]
	// Themes may have several title weights: a bound may count the highest for all.
	for i := 0; i < len(s.hits) && s.hits[i].from < s.title; i++ {
		if h := &s.hits[i]; h.to <= s.title {
			b.counts[h.entry] += m.title - 1
		}
	}
}

// bound adds to the scores the most that the hits of an entry can add.
func (m *matcher) bound(b *bounds, number uint32) {
	e, n := &m.entries[number], b.counts[number]
	b.scores[e.sub] += m.damped(e.gain, n)
	if e.more == 0 {
		return
	}
	more := &m.more[e.more]
	for i := int32(1); i < more.gains; i++ {
		u := &m.uses[more.from+i]
		b.scores[u.sub] += m.damped(u.gain, n)
	}
	// A match of a rule takes an occurrence of each word, and the next begins
	// after it: there are no more matches than occurrences of any word.
	for i := more.trigger; m.triggers[i] >= 0; i++ {
		r := m.triggers[i]
		info := &m.rules[r]
		if b.hasAll(info.entries) {
			b.rules = append(b.rules, r)
			b.scores[info.sub] += m.damped(info.gain, n)
		}
	}
}

func (b *bounds) hasAll(entries []uint32) bool {
	for _, e := range entries {
		if b.counts[e] == 0 {
			return false
		}
	}
	return true
}
