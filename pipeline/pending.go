package pipeline

import "slices"

// storedDelta is a delta in the stream of deltas, known by its range and by the
// digest of its content. It is stored in one or more parts.
type storedDelta struct {
	Range
	digest string
	copies [][]uint64 // of each part, where it is in the stream of deltas, in order; empty: not seen yet
	left   int        // how many parts are not seen yet

	unsigned bool // of an audit: it may be an older release's, or somebody else's
}

// maxCopies is how many copies of a part are known, at most. The oldest and the newest
// are.
const maxCopies = 64

// newStoredDelta returns the delta that a reference is a part of, with no part seen.
func newStoredDelta(ref DeltaRef) *storedDelta {
	return &storedDelta{Range: ref.Range, digest: ref.Digest, copies: make([][]uint64, ref.Parts), left: ref.Parts}
}

// has tells whether a reference is to a part of this very delta. Two deltas of
// one range may differ, because a message was deleted between two readings;
// their parts must never be mixed.
func (s *storedDelta) has(ref DeltaRef) bool {
	return s.Range == ref.Range && s.digest == ref.Digest && len(s.copies) == ref.Parts
}

// add notes where a part is.
func (s *storedDelta) add(ref DeltaRef) {
	at := &s.copies[ref.Part-1]
	if len(*at) == 0 {
		s.left--
	}
	if len(*at) == maxCopies {
		*at = (*at)[:maxCopies-1]
	}
	*at = append(*at, ref.Seq)
}

// seen tells whether a part was seen.
func (s *storedDelta) seen(part int) bool { return len(s.copies[part-1]) > 0 }

// parts returns where each part is, of a complete delta. A part that was stored twice is
// where it was stored last: the broker may have lost the first copy.
func (s *storedDelta) parts() []uint64 {
	seqs := make([]uint64, len(s.copies))
	for i, at := range s.copies {
		seqs[i] = at[len(at)-1]
	}
	return seqs
}

// drop forgets a copy of a part, and returns whether there is another one.
func (s *storedDelta) drop(seq uint64) (another bool) {
	for i, at := range s.copies {
		if j := slices.Index(at, seq); j >= 0 {
			s.copies[i] = slices.Delete(at, j, j+1)
			if len(s.copies[i]) == 0 {
				s.left++
			}
			return len(s.copies[i]) > 0
		}
	}
	return false
}

// complete tells whether all parts were seen.
func (s *storedDelta) complete() bool { return s.left == 0 }

// pendingDeltas are the stored deltas after the frontier, by their first sequence.
// Several may begin at the same sequence: ranges overlap after a plan was lost.
type pendingDeltas map[uint64][]*storedDelta

// add notes a part of a delta.
func (p pendingDeltas) add(ref DeltaRef) {
	same := p[ref.From]
	i := slices.IndexFunc(same, func(s *storedDelta) bool { return s.has(ref) })
	if i < 0 {
		i = len(same)
		same = append(same, newStoredDelta(ref))
		p[ref.From] = same
	}
	same[i].add(ref)
}

// ready returns a complete delta that begins directly after the frontier, or nil.
func (p pendingDeltas) ready(frontier uint64) *storedDelta {
	for _, s := range p[frontier+1] {
		if s.complete() {
			return s
		}
	}
	return nil
}

// contiguous returns up to where complete deltas follow the frontier without a gap.
func (p pendingDeltas) contiguous(frontier uint64) uint64 {
	for s := p.ready(frontier); s != nil; s = p.ready(frontier) {
		frontier = s.To
	}
	return frontier
}

// gap shortens r so that it ends before the first complete delta that begins
// inside it: what fills the gap must let that delta fit.
func (p pendingDeltas) gap(r Range) Range {
	for from, same := range p {
		for _, s := range same {
			if s.complete() && from > r.From && from <= r.To {
				r.To = from - 1
			}
		}
	}
	return r
}

// dropUpTo forgets the deltas that begin at or before the frontier, and returns what of
// them lies after it.
func (p pendingDeltas) dropUpTo(frontier uint64) (rests []Range) {
	for from, same := range p {
		if from > frontier {
			continue
		}
		for _, s := range same {
			if s.complete() && s.To > frontier {
				rests = append(rests, Range{frontier + 1, s.To})
			}
		}
		delete(p, from)
	}
	return rests
}

// remove forgets a delta.
func (p pendingDeltas) remove(s *storedDelta) {
	p[s.From] = slices.DeleteFunc(p[s.From], func(o *storedDelta) bool { return o == s })
}

// firstSeq returns the lowest sequence, in the stream of deltas, of any part of a
// delta after the frontier; at if there is none below it.
func (p pendingDeltas) firstSeq(frontier, at uint64) uint64 {
	for from, same := range p {
		if from <= frontier {
			continue
		}
		for _, s := range same {
			for _, copies := range s.copies {
				for _, seq := range copies {
					at = min(at, seq)
				}
			}
		}
	}
	return at
}
