package classifier

import (
	"cmp"
	"slices"
)

// trie is a double array over sequences of codes: the child of node s by code
// c, if there is one, is nodes[s].base + c, and that node's check is s. A step
// is one access of memory.
//
// Node 0 is the root. No sequence is empty, no code is 0.
type trie struct {
	nodes []trieNode
}

type trieNode struct {
	base  int32
	check int32 // the parent; -1 for an unused slot
	// value is what the sequence that ends here maps to. 0: none ends here.
	value uint32
}

// trieEntry is a sequence and what it maps to, which is not 0.
type trieEntry struct {
	codes []uint32
	value uint32
}

// child returns the child of node s by code c, or 0.
func (t *trie) child(s int32, c uint32) int32 {
	next := uint32(t.nodes[s].base) + c
	if next < uint32(len(t.nodes)) && t.nodes[next].check == s {
		return int32(next)
	}
	return 0
}

// get returns what codes map to, or 0.
func (t *trie) get(codes []uint32) uint32 {
	var node int32
	for _, c := range codes {
		if node = t.child(node, c); node == 0 {
			return 0
		}
	}
	return t.nodes[node].value
}

// newTrie builds a trie of entries, which it sorts. No sequence is there twice.
func newTrie(entries []trieEntry) trie {
	slices.SortFunc(entries, func(a, b trieEntry) int { return slices.Compare(a.codes, b.codes) })
	b := trieBuilder{entries: entries}
	b.place()
	nodes := b.nodes
	for len(nodes) > 1 && nodes[len(nodes)-1].check < 0 {
		nodes = nodes[:len(nodes)-1]
	}
	return trie{slices.Clone(nodes)}
}

// trieBuilder places the children of one node after the other, level by level,
// so that the upper levels, which every walk reads, lie together. Within a
// level the node with the most children comes first: it needs the most room.
type trieBuilder struct {
	entries []trieEntry
	nodes   []trieNode
	// Free slots form a list in ascending order. next and prev of slot i are
	// links[i]; slot 0 is the head, which is never free.
	links []trieLink
	tail  int32
	// The search for room for several children begins at cursor; cursorSize is
	// how many there were when the cursor was set to the head of the list.
	cursor     int32
	cursorSize int
}

type trieLink struct{ next, prev int32 }

// trieRange is a node of the level that is being placed: the one that the
// sequences entries[from:to] share.
type trieRange struct {
	node     int32
	from, to int
	children int
}

func (b *trieBuilder) grow(n int) {
	for i := len(b.nodes); i < n; i++ {
		b.nodes = append(b.nodes, trieNode{check: -1})
		b.links = append(b.links, trieLink{0, b.tail})
		if i > 0 {
			b.links[b.tail].next = int32(i)
			b.tail = int32(i)
		}
	}
}

func (b *trieBuilder) take(slot, parent int32) {
	b.nodes[slot].check = parent
	if b.cursor == slot {
		b.cursor = b.links[slot].next
	}
	l := b.links[slot]
	b.links[l.prev].next = l.next
	if l.next != 0 {
		b.links[l.next].prev = l.prev
	} else {
		b.tail = l.prev
	}
}

func (b *trieBuilder) place() {
	b.grow(1)
	b.nodes[0].check = 0
	level := []trieRange{{0, 0, len(b.entries), 0}}
	for depth := 0; len(level) > 0; depth++ {
		for i := range level {
			b.open(&level[i], depth)
		}
		slices.SortStableFunc(level, func(a, b trieRange) int { return cmp.Compare(b.children, a.children) })
		var next []trieRange
		for _, r := range level {
			if r.children > 0 {
				next = b.placeChildren(next, r, depth)
			}
		}
		level = next
	}
}

// open takes the sequence that ends at r out of it, and counts its children.
func (b *trieBuilder) open(r *trieRange, depth int) {
	if r.from < r.to && len(b.entries[r.from].codes) == depth {
		b.nodes[r.node].value = b.entries[r.from].value
		r.from++
	}
	for i := r.from; i < r.to; i++ {
		if i == r.from || b.entries[i].codes[depth] != b.entries[i-1].codes[depth] {
			r.children++
		}
	}
}

// placeChildren gives the children of r their slots, and appends them to next.
func (b *trieBuilder) placeChildren(next []trieRange, r trieRange, depth int) []trieRange {
	codes := make([]uint32, 0, 16)
	children := next[len(next):]
	for i := r.from; i < r.to; i++ {
		c := b.entries[i].codes[depth]
		if i == r.from || c != codes[len(codes)-1] {
			codes = append(codes, c)
			children = append(children, trieRange{from: i})
		}
		children[len(children)-1].to = i + 1
	}
	base := b.room(codes)
	b.nodes[r.node].base = base
	for i, c := range codes {
		slot := base + int32(c)
		b.take(slot, r.node)
		children[i].node = slot
	}
	return append(next, children...)
}

// room returns a base, which may be negative, at which there is a free slot for
// each of the codes, which ascend.
func (b *trieBuilder) room(codes []uint32) int32 {
	// How many slots to try before the search moves on for good. It moves back
	// for sets half as large, which fit where larger ones did not.
	const maxTries = 256
	if 2*len(codes) <= b.cursorSize || b.cursor == 0 || b.nodes[b.cursor].check >= 0 {
		b.cursor, b.cursorSize = b.links[0].next, len(codes)
	}
	first, last := int32(codes[0]), int32(codes[len(codes)-1])
	slot := b.cursor
	for tries := 0; slot != 0; tries++ {
		if b.fits(slot-first, codes) {
			b.grow(int(slot-first+last) + 1)
			return slot - first
		}
		slot = b.links[slot].next
		if tries >= maxTries {
			b.cursor = slot
		}
	}
	base := int32(len(b.nodes)) - first
	b.grow(int(base+last) + 1)
	return base
}

func (b *trieBuilder) fits(base int32, codes []uint32) bool {
	for _, c := range codes {
		if slot := int(base) + int(c); slot < len(b.nodes) && b.nodes[slot].check >= 0 {
			return false
		}
	}
	return true
}
