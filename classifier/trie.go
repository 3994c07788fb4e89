package classifier

import (
	"cmp"
	"slices"
)

// trie is a double array over sequences of codes: if node s has a child by code c,
// the child is at base(s) + c, and its check is s. A step is one memory access of
// eight bytes, so its cost depends on how much of the array stays in a cache.
//
// Node 0 is the root. No sequence is empty, and no code is 0.
type trie struct {
	nodes []trieNode // the last is free
}

// trieNode has, from the low bits up: the value of the sequence that ends here, or
// 0; base plus trieBias, or 0 for a node without children; check, which is the
// parent, or trieFree.
type trieNode uint64

const (
	trieValueBits = 20
	trieSlotBits  = 22

	maxTrieValue = 1<<trieValueBits - 1
	maxTrieSlots = 1<<trieSlotBits - 1
	trieFree     = 1<<trieSlotBits - 1
	noParent     = trieFree - 1            // no node, free or not, has this check
	trieBias     = 1 << (trieSlotBits - 2) // a base may be negative

	emptyTrieNode trieNode = trieFree << (trieValueBits + trieSlotBits)
)

func (n trieNode) value() uint32 { return uint32(n) & maxTrieValue }
func (n trieNode) check() uint32 { return uint32(n >> (trieValueBits + trieSlotBits)) }

// opens reports whether n has children.
func (n trieNode) opens() bool { return uint32(n>>trieValueBits)&maxTrieSlots != 0 }

// child returns the slot of n's child by code c, if there is one.
func (n trieNode) child(c uint32) uint32 {
	return uint32(n>>trieValueBits)&maxTrieSlots - trieBias + c
}

// trieEntry is a sequence and the value that it maps to, from 1 to maxTrieValue.
type trieEntry struct {
	codes []uint32
	value uint32
}

// child returns the slot and the node of the child by code c of node, which is at
// slot. It returns 0 if there is no such child.
func (t *trie) child(slot uint32, node trieNode, c uint32) (uint32, trieNode) {
	next := node.child(c)
	if next >= uint32(len(t.nodes)) {
		return 0, 0
	}
	if n := t.nodes[next]; n.check() == slot {
		return next, n
	}
	return 0, 0
}

// find returns the slot and the node that codes lead to, or 0.
func (t *trie) find(codes ...uint32) (uint32, trieNode) {
	if len(t.nodes) == 0 {
		return 0, 0
	}
	slot, node := uint32(0), t.nodes[0]
	for _, c := range codes {
		if slot, node = t.child(slot, node, c); slot == 0 {
			return 0, 0
		}
	}
	return slot, node
}

// get returns the value that codes map to, or 0.
func (t *trie) get(codes ...uint32) uint32 {
	_, node := t.find(codes...)
	return node.value()
}

// firstStep is the step from the root of a trie by one unit: the slot of the node
// there, and the base of its children.
type firstStep struct{ slot, base uint32 }

// firstSteps returns the steps by the codes up to maxCode. If a code begins no
// longer sequence, its slot is noParent.
func (t *trie) firstSteps(maxCode int) []firstStep {
	steps := make([]firstStep, maxCode+1)
	for c := range steps {
		steps[c].slot = noParent
		if slot, node := t.find(uint32(c)); c != unknownCode && node.opens() {
			steps[c] = firstStep{slot, node.child(0)}
		}
	}
	return steps
}

// newTrie builds a trie of entries, which it sorts. No sequence may be there twice.
// It panics if the trie would have more than maxTrieSlots slots: gse's words take a
// sixth of that, a dictionary of 100,000 keywords a tenth.
func newTrie(entries []trieEntry) trie {
	slices.SortFunc(entries, func(a, b trieEntry) int { return slices.Compare(a.codes, b.codes) })
	b := trieBuilder{entries: entries}
	b.place()
	nodes := b.nodes
	for len(nodes) > 1 && nodes[len(nodes)-1].check() == trieFree {
		nodes = nodes[:len(nodes)-1]
	}
	return trie{append(slices.Clone(nodes), emptyTrieNode)}
}

// trieBuilder places the children of one node after the other, level by level, so
// that the upper levels, which every look-up reads, are close together in memory.
// Within a level, the node with the most children comes first, since it needs the
// most room.
type trieBuilder struct {
	entries []trieEntry
	nodes   []trieNode
	// Free slots form a list in ascending order. links[i] has the next and the
	// previous free slot of slot i; slot 0 is the head, which is never free.
	links []trieLink
	tail  uint32
	// The search for room for several children begins at cursor. cursorSize is the
	// number of children for which the cursor was last set to the head of the list.
	cursor     uint32
	cursorSize int
}

type trieLink struct{ next, prev uint32 }

// trieRange is a node of the level that is being placed: the one that the sequences
// entries[from:to] share.
type trieRange struct {
	slot     uint32
	from, to int
	children int
}

func (b *trieBuilder) grow(n int) {
	if n >= noParent {
		panic("classifier: more words than a double array holds")
	}
	for i := len(b.nodes); i < n; i++ {
		b.nodes = append(b.nodes, emptyTrieNode)
		b.links = append(b.links, trieLink{0, b.tail})
		if i > 0 {
			b.links[b.tail].next = uint32(i)
			b.tail = uint32(i)
		}
	}
}

func (b *trieBuilder) isFree(slot uint32) bool { return b.nodes[slot].check() == trieFree }

func (b *trieBuilder) take(slot, parent uint32) {
	b.nodes[slot] = trieNode(parent) << (trieValueBits + trieSlotBits)
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
	b.nodes[0] = 0 // its own parent
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

// open removes the sequence that ends at r from its range, and counts its children.
func (b *trieBuilder) open(r *trieRange, depth int) {
	if r.from < r.to && len(b.entries[r.from].codes) == depth {
		b.nodes[r.slot] |= trieNode(b.entries[r.from].value)
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
	codes := make([]uint32, 0, r.children)
	first := len(next)
	for i := r.from; i < r.to; i++ {
		c := b.entries[i].codes[depth]
		if i == r.from || c != codes[len(codes)-1] {
			codes = append(codes, c)
			next = append(next, trieRange{from: i})
		}
		next[len(next)-1].to = i + 1
	}
	base := b.room(codes)
	b.nodes[r.slot] |= trieNode(base+trieBias) << trieValueBits
	for i, c := range codes {
		slot := uint32(base + int(c))
		b.take(slot, r.slot)
		next[first+i].slot = slot
	}
	return next
}

// room returns a base, which may be negative, with a free slot for each of the codes.
// The codes must be in ascending order.
func (b *trieBuilder) room(codes []uint32) int {
	// How many slots to try before the cursor moves on. It moves back to the head
	// for sets of half the size, because they fit where larger ones did not.
	const maxTries = 512
	if 2*len(codes) <= b.cursorSize || b.cursor == 0 {
		b.cursor, b.cursorSize = b.links[0].next, len(codes)
	}
	first, last := int(codes[0]), int(codes[len(codes)-1])
	slot := b.cursor
	for tries := 0; slot != 0; tries++ {
		base := int(slot) - first
		if b.fits(base, codes) {
			b.grow(base + last + 1)
			return base
		}
		slot = b.links[slot].next
		if tries >= maxTries {
			b.cursor = slot
		}
	}
	base := len(b.nodes) - first
	b.grow(base + last + 1)
	return base
}

func (b *trieBuilder) fits(base int, codes []uint32) bool {
	if base <= -trieBias {
		return false
	}
	for _, c := range codes {
		if slot := base + int(c); slot < len(b.nodes) && !b.isFree(uint32(slot)) {
			return false
		}
	}
	return true
}
