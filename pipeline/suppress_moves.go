package pipeline

// figure is a number as a series of publications has it: what it is, and what came to it
// in the publication in which it grew last.
//
// Whoever keeps every publication can take the difference of any two. The rule against it:
// a number is published only if it grew by at least Min when it grew last (a number that
// is published for the first time grew from 0). Then, whatever was published before:
//
//	What follows from a publication is a sum of parts without overlap, and each part keeps
//	the rule ([Suppression]). Take any earlier publication. Numbers never shrink, so of
//	each part either nothing came since then, or its last growth came since then, which is
//	at least Min. So the sum grew by 0 or by at least Min.
//
// It does not matter what was withheld in the earlier publication, nor in those between. It
// is enough to keep one growth for each cell: a sum grew last when one of its cells did,
// by as much as those of its cells that grew then.
type figure struct {
	n    uint64
	last move
}

// move is a growth.
type move struct {
	Step uint32 // the publication, counted from 1; 0: there is nothing that grew
	By   uint64
}

func (m move) add(o move) move {
	switch {
	case m.Step < o.Step:
		return o
	case m.Step == o.Step:
		m.By += o.By
	}
	return m
}

// add returns the figure of two disjoint sets of messages.
func (f figure) add(o figure) figure {
	return figure{f.n + o.n, f.last.add(o.last)}
}

// moved is when a cell grew last. Any is decided apart: see [Suppression.planAny].
type moved struct{ Primary move }

// groupMoves says when the cells of a group grew last.
type groupMoves struct {
	key   groupKey
	of    *cellGroup
	moves []moved // of each cell; nil: all in the first publication
}

// moved returns when a cell grew last.
func (g *groupMoves) moved(i int) moved {
	if g.moves != nil {
		return g.moves[i]
	}
	return moved{firstMove(g.of.cells[i].n.Primary)}
}

func firstMove(n uint64) move {
	if n == 0 {
		return move{}
	}
	return move{1, n}
}

func (g *groupMoves) figure(i int) figure {
	return figure{g.of.cells[i].n.Primary, g.moved(i).Primary}
}

// move notes when each cell grew last, after what was published before.
func (s *Suppression) move(last *Suppression) {
	s.step = 1
	var before []groupMoves
	if last != nil {
		s.step, before = last.step+1, last.moves
	}
	if s.totals == nil {
		return
	}
	s.moves = make([]groupMoves, 0, s.totals.groups.Len())
	for k, g := range s.totals.groups.All {
		for len(before) > 0 && before[0].key.compare(k) < 0 {
			before = before[1:]
		}
		now := groupMoves{key: k, of: g}
		switch {
		case s.step == 1:
		case len(before) > 0 && before[0].key == k:
			now.after(&before[0], s.step)
		default:
			now.after(&groupMoves{of: new(cellGroup)}, s.step)
		}
		s.moves = append(s.moves, now)
	}
}

// after notes what grew since a publication.
func (g *groupMoves) after(before *groupMoves, step uint32) {
	if g.of == before.of {
		g.moves = before.moves
		return
	}
	g.moves = make([]moved, len(g.of.cells))
	for i, c := range g.of.cells {
		var was figure
		if j, ok := before.of.find(*c.name); ok {
			was = before.figure(j)
		}
		g.moves[i] = moved{was.last.to(was.n, c.n.Primary, step)}
	}
}

// to returns the last growth of a number that was something and is something now. A tally
// never counts less than before; if one does, that is a small growth.
func (m move) to(was, is uint64, step uint32) move {
	switch {
	case is > was:
		return move{step, is - was}
	case is < was:
		return move{step, 1}
	}
	return m
}
