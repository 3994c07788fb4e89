package send

import "slices"

// idLog is what a run learns about the sequences behind the index: the ids that it
// read and those that the broker acknowledged. It can become a segment of the index
// as far as nothing is left out.
type idLog struct {
	from uint64 // the first sequence that the index does not have
	ids  []seenID
	read []interval // of which every id was read
}

// seenID is the hash of an id, and where it is stored.
type seenID struct{ seq, hash uint64 }

// interval is [from, to].
type interval struct{ from, to uint64 }

func (l *idLog) saw(seq uint64, key idKey) {
	if seq >= l.from {
		l.ids = append(l.ids, seenID{seq, key.hash()})
	}
}

func (l *idLog) readAll(from, to uint64) {
	if from <= to {
		l.read = append(l.read, interval{from, to})
	}
}

// begin forgets everything, and begins at a sequence.
func (l *idLog) begin(from uint64) { *l = idLog{from: max(from, 1)} }

// covered sorts the log, and returns the last sequence up to which it has all ids.
// It returns false if two ids stand at one sequence: the broker lost one of them.
func (l *idLog) covered() (to uint64, ok bool) {
	slices.SortFunc(l.ids, func(a, b seenID) int { return compareUint(a.seq, b.seq) })
	l.ids = slices.Compact(l.ids)
	slices.SortFunc(l.read, func(a, b interval) int { return compareUint(a.from, b.from) })
	for i := 1; i < len(l.ids); i++ {
		if l.ids[i].seq == l.ids[i-1].seq {
			return 0, false
		}
	}
	to = l.from - 1
	i, j := 0, 0
	for {
		switch {
		case j < len(l.read) && l.read[j].from <= to+1:
			to = max(to, l.read[j].to)
			j++
		case i < len(l.ids) && l.ids[i].seq <= to+1:
			to = max(to, l.ids[i].seq)
			i++
		default:
			return to, true
		}
	}
}

// take removes the ids up to a sequence, of a log that is sorted, and returns them.
func (l *idLog) take(to uint64) []seenID {
	n, _ := slices.BinarySearchFunc(l.ids, to+1, func(id seenID, seq uint64) int { return compareUint(id.seq, seq) })
	taken := l.ids[:n:n]
	l.ids = slices.Clone(l.ids[n:])
	l.from = to + 1
	return taken
}
