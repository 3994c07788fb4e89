package pipeline

// groupKey is what all cells of a group have in common.
type groupKey struct{ day, source string }

// group counts the messages of one day and source.
//
// Nearly all groups hold thousands of messages, which are counted by index. But somebody
// may send another source with each message, and then a range has a hundred thousand
// groups of one: an array for all sub-themes would take 1.3 kB for each of them. So a
// group begins with a short list of what occurs in it.
type group struct {
	tagged, untagged, undated uint64
	rejected                  map[Reason]uint64

	few []numbered // while there are at most maxFew; in the order in which they came
	all []Count    // by number, after that; nil before
}

// numbered is the count of a theme, sub-theme or aspect by its number in the [layout].
type numbered struct {
	number int
	n      Count
}

// maxFew is how many counts a group looks through. A message has three or four.
const maxFew = 16

// of returns the count of a number, to be added to. It is valid until the next call.
func (g *group) of(number, numbers int) *Count {
	if g.all != nil {
		return &g.all[number]
	}
	return g.ofFew(number, numbers)
}

func (g *group) ofFew(number, numbers int) *Count {
	for i := range g.few {
		if g.few[i].number == number {
			return &g.few[i].n
		}
	}
	if len(g.few) < maxFew {
		g.few = append(g.few, numbered{number: number})
		return &g.few[len(g.few)-1].n
	}
	g.all = make([]Count, numbers)
	for _, c := range g.few {
		g.all[c.number] = c.n
	}
	g.few = nil
	return &g.all[number]
}

// each yields the counts that are not zero, by number.
func (g *group) each(yield func(int, Count) bool) {
	for _, c := range g.few {
		if !yield(c.number, c.n) {
			return
		}
	}
	for number, n := range g.all {
		if n != (Count{}) && !yield(number, n) {
			return
		}
	}
}

// cells returns how many cells the group has: a map that is made for twice as many takes
// twice the memory.
func (g *group) cells() int {
	n := 1 + len(g.rejected) // the total
	for _, m := range [...]uint64{g.tagged, g.untagged, g.undated} {
		if m > 0 {
			n++
		}
	}
	for range g.each {
		n++
	}
	return n
}
