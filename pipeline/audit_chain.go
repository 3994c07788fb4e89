package pipeline

import "slices"

// chain finds the deltas that were added. It goes back from the frontier: each
// delta ends directly before the one that was added after it. If two different
// deltas end at the same sequence, nothing says for certain which one was added.
func (a *Auditor) chain(refs []DeltaRef) {
	byTo := a.complete(refs)
	ends := make([]uint64, 0, len(byTo))
	for to := range byTo {
		ends = append(ends, to)
	}
	slices.Sort(ends)
	for at := a.audit.Frontier; at >= a.audit.Base; {
		s := a.choose(byTo, at)
		if s == nil {
			i, _ := slices.BinarySearch(ends, at)
			from := a.audit.Base
			if i > 0 {
				from = max(from, ends[i-1]+1)
			}
			a.audit.Gone = append(a.audit.Gone, Range{from, at})
			at = from - 1
			continue
		}
		for _, seq := range s.parts() {
			a.wanted[seq] = len(a.kept)
		}
		a.kept = append(a.kept, &keptDelta{Delta: Delta{Range: s.Range, Cells: make(Cells)}, left: len(s.copies)})
		at = s.From - 1
	}
	slices.Reverse(a.audit.Gone)
}

// complete returns the deltas whose parts are all stored, by their last sequence, and counts those that wait after the frontier.
func (a *Auditor) complete(refs []DeltaRef) map[uint64][]*storedDelta {
	type same struct {
		Range
		digest string
		parts  int
		flaw   Flaw
	}
	all := make(map[same]*storedDelta)
	for _, ref := range refs {
		k := same{ref.Range, ref.Digest, ref.Parts, ref.Flaw}
		s := all[k]
		if s == nil {
			s = newStoredDelta(ref)
			all[k] = s
		}
		if !s.seen(ref.Part) { // of several copies the audit reads the first one
			s.add(ref)
		}
	}
	byTo := make(map[uint64][]*storedDelta)
	waiting := make(map[Range]bool)
	for k, s := range all {
		s.unsigned = k.flaw != ""
		switch {
		case !s.complete() || s.From < a.audit.Base:
		case s.To <= a.audit.Frontier:
			byTo[s.To] = append(byTo[s.To], s)
		case s.From > a.audit.Frontier && !s.unsigned:
			waiting[s.Range] = true
		}
	}
	a.audit.Waiting = len(waiting)
	return byTo
}

// choose returns the delta that ends at a sequence, nil if there is none. Of several
// it takes one that is signed if there is one: an unsigned one was then worked again, or
// is somebody else's. Of those it prefers one that begins where another ends, and then the one that was stored
// first.
func (a *Auditor) choose(byTo map[uint64][]*storedDelta, at uint64) *storedDelta {
	all := byTo[at]
	if slices.ContainsFunc(all, func(s *storedDelta) bool { return !s.unsigned }) {
		all = slices.DeleteFunc(slices.Clone(all), func(s *storedDelta) bool { return s.unsigned })
	}
	if len(all) == 0 {
		return nil
	}
	joins := func(s *storedDelta) bool { return s.From == a.audit.Base || len(byTo[s.From-1]) > 0 }
	best := all[0]
	for _, s := range all[1:] {
		if joins(s) != joins(best) {
			if joins(s) {
				best = s
			}
		} else if s.copies[0][0] < best.copies[0][0] {
			best = s
		}
	}
	if len(all) > 1 {
		a.ambiguous = append(a.ambiguous, best.Range)
	}
	return best
}
