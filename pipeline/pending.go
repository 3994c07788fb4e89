package pipeline

import "slices"

// storedDelta is a delta in the stream of deltas, known by its range and by the
// digest of its content. It is stored in one or more parts.
type storedDelta struct {
	Range
	digest string
	parts  []uint64 // the sequence of each part in the stream of deltas; 0: not seen yet
	left   int      // how many parts are not seen yet
}

// newStoredDelta returns the delta that a reference is a part of, with no part seen.
func newStoredDelta(ref DeltaRef) *storedDelta {
	return &storedDelta{Range: ref.Range, digest: ref.Digest, parts: make([]uint64, ref.Parts), left: ref.Parts}
}

// has tells whether a reference is to a part of this very delta. Two deltas of
// one range may differ, because a message was deleted between two readings;
// their parts must never be mixed.
func (s *storedDelta) has(ref DeltaRef) bool {
	return s.Range == ref.Range && s.digest == ref.Digest && len(s.parts) == ref.Parts
}

// add notes where a part is. A part that was stored twice is where it was stored
// last: the broker may have lost the first copy.
func (s *storedDelta) add(ref DeltaRef) {
	if s.parts[ref.Part-1] == 0 {
		s.left--
	}
	s.parts[ref.Part-1] = ref.Seq
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

// dropUpTo forgets the deltas that begin at or before the frontier.
func (p pendingDeltas) dropUpTo(frontier uint64) {
	for from := range p {
		if from <= frontier {
			delete(p, from)
		}
	}
}

// firstSeq returns the lowest sequence, in the stream of deltas, of any part of a
// delta after the frontier; at if there is none below it.
func (p pendingDeltas) firstSeq(frontier, at uint64) uint64 {
	for from, same := range p {
		if from <= frontier {
			continue
		}
		for _, s := range same {
			for _, seq := range s.parts {
				if seq != 0 {
					at = min(at, seq)
				}
			}
		}
	}
	return at
}
