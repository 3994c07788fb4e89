// Package sortedmap is a map in the order of its keys whose copies share what did
// not change.
//
// The entries lie in sorted chunks behind a root. Snapshot costs the same however
// many entries there are; the next write after it copies the root and the one chunk
// that it changes. Two versions of a map are compared without a look at the chunks
// that they share, so the difference costs what changed and not what there is.
//
// A library's B-tree (tidwall/btree) has such copies too, but no comparison that
// skips what is shared, which is what the readers of a tally need.
package sortedmap

import (
	"slices"
	"sort"
)

// maxChunk is the most entries of a chunk. A write after a snapshot copies one
// chunk, so it is small; the root has a pointer for each, so it is not very small.
const maxChunk = 128

// Map is a sorted map. Make one with New. One goroutine at a time may write it or
// take a snapshot of it; a [Snapshot] may be read by any number.
type Map[K, V any] struct {
	compare func(K, K) int
	root    []*chunk[K, V]
	len     int
	owner   *token // of the chunks and of the root that may be changed in place
	rooted  *token // the owner that the root was made for
}

// token is what a map and the chunks that only it refers to have in common.
type token struct{ _ byte }

type chunk[K, V any] struct {
	entries []entry[K, V] // never empty
	owner   *token
}

type entry[K, V any] struct {
	key   K
	value V
}

// New returns an empty map in the order of compare.
func New[K, V any](compare func(K, K) int) *Map[K, V] {
	t := &token{}
	return &Map[K, V]{compare: compare, owner: t, rooted: t}
}

// Len returns the number of entries.
func (m *Map[K, V]) Len() int { return m.len }

// Get returns the value of a key.
func (m *Map[K, V]) Get(k K) (V, bool) { return get(m.root, m.compare, k) }

// Set stores a value under a key.
func (m *Map[K, V]) Set(k K, v V) {
	if len(m.root) == 0 {
		m.ownRoot()
		m.root = append(m.root, &chunk[K, V]{owner: m.owner, entries: []entry[K, V]{{k, v}}})
		m.len++
		return
	}
	at := chunkOf(m.root, m.compare, k)
	i, found := find(m.root[at].entries, m.compare, k)
	c := m.own(at)
	if found {
		c.entries[i].value = v
		return
	}
	c.entries = slices.Insert(c.entries, i, entry[K, V]{k, v})
	m.len++
	if len(c.entries) > maxChunk {
		m.split(at, i)
	}
}

// split divides a chunk that is too full. Entries that come in order, be it between
// others, fill chunks to the end, so a chunk whose last entry is new keeps all the others.
func (m *Map[K, V]) split(at, inserted int) {
	c := m.root[at]
	half := len(c.entries) / 2
	if inserted == len(c.entries)-1 {
		half = inserted
	}
	rest := make([]entry[K, V], len(c.entries)-half, maxChunk+1)
	copy(rest, c.entries[half:])
	clear(c.entries[half:])
	c.entries = c.entries[:half]
	m.root = slices.Insert(m.root, at+1, &chunk[K, V]{owner: m.owner, entries: rest})
}

// Delete removes a key.
func (m *Map[K, V]) Delete(k K) {
	if len(m.root) == 0 {
		return
	}
	at := chunkOf(m.root, m.compare, k)
	i, found := find(m.root[at].entries, m.compare, k)
	if !found {
		return
	}
	m.len--
	if len(m.root[at].entries) == 1 {
		m.ownRoot()
		m.root = slices.Delete(m.root, at, at+1)
		return
	}
	c := m.own(at)
	c.entries = slices.Delete(c.entries, i, i+1)
}

// own returns a chunk that may be changed in place.
func (m *Map[K, V]) own(at int) *chunk[K, V] {
	m.ownRoot()
	c := m.root[at]
	if c.owner != m.owner {
		entries := make([]entry[K, V], len(c.entries), len(c.entries)+1)
		copy(entries, c.entries)
		c = &chunk[K, V]{owner: m.owner, entries: entries}
		m.root[at] = c
	}
	return c
}

func (m *Map[K, V]) ownRoot() {
	if m.rooted != m.owner {
		m.root = slices.Clone(m.root)
		m.rooted = m.owner
	}
}

// Snapshot returns the map as it is now. Later writes do not change it.
func (m *Map[K, V]) Snapshot() *Snapshot[K, V] {
	// What exists has the old owner from now on, and is copied before a write.
	m.owner = &token{}
	return &Snapshot[K, V]{compare: m.compare, root: m.root, len: m.len}
}

// Snapshot is a map that never changes. The nil Snapshot is empty.
type Snapshot[K, V any] struct {
	compare func(K, K) int
	root    []*chunk[K, V]
	len     int
}

// Len returns the number of entries.
func (s *Snapshot[K, V]) Len() int {
	if s == nil {
		return 0
	}
	return s.len
}

// Get returns the value of a key.
func (s *Snapshot[K, V]) Get(k K) (v V, ok bool) {
	if s == nil {
		return v, false
	}
	return get(s.root, s.compare, k)
}

// All yields all entries in order.
func (s *Snapshot[K, V]) All(yield func(K, V) bool) {
	if s == nil {
		return
	}
	for _, c := range s.root {
		for _, e := range c.entries {
			if !yield(e.key, e.value) {
				return
			}
		}
	}
}

// From yields the entries whose keys are k or come after it, in order.
func (s *Snapshot[K, V]) From(k K) func(yield func(K, V) bool) {
	return func(yield func(K, V) bool) {
		if s == nil || len(s.root) == 0 {
			return
		}
		at := chunkOf(s.root, s.compare, k)
		i, _ := find(s.root[at].entries, s.compare, k)
		for _, c := range s.root[at:] {
			for _, e := range c.entries[i:] {
				if !yield(e.key, e.value) {
					return
				}
			}
			i = 0
		}
	}
}

// Thaw returns a map that begins as the snapshot is, and shares what it does not
// change.
func (s *Snapshot[K, V]) Thaw() *Map[K, V] {
	return &Map[K, V]{compare: s.compare, root: s.root, len: s.len, owner: &token{}}
}

// Diff calls f in order for each key whose entry may differ in two snapshots of the
// same order: for all whose chunks they do not share. inA and inB tell in which of
// them it is. It ends early when f returns false.
func Diff[K, V any](a, b *Snapshot[K, V], f func(k K, va V, inA bool, vb V, inB bool) bool) {
	var x, y cursor[K, V]
	var compare func(K, K) int
	if a != nil {
		x.root, compare = a.root, a.compare
	}
	if b != nil {
		y.root, compare = b.root, b.compare
	}
	var none V
	for !x.end() || !y.end() {
		if x.entry == 0 && y.entry == 0 && !x.end() && !y.end() && x.root[x.chunk] == y.root[y.chunk] {
			x.chunk++
			y.chunk++
			continue
		}
		order := 0
		switch {
		case x.end():
			order = 1
		case y.end():
			order = -1
		default:
			order = compare(x.at().key, y.at().key)
		}
		var more bool
		switch {
		case order < 0:
			e := x.next()
			more = f(e.key, e.value, true, none, false)
		case order > 0:
			e := y.next()
			more = f(e.key, none, false, e.value, true)
		default:
			ea, eb := x.next(), y.next()
			more = f(ea.key, ea.value, true, eb.value, true)
		}
		if !more {
			return
		}
	}
}

// cursor stands at an entry.
type cursor[K, V any] struct {
	root         []*chunk[K, V]
	chunk, entry int
}

func (c *cursor[K, V]) end() bool { return c.chunk == len(c.root) }

func (c *cursor[K, V]) at() *entry[K, V] { return &c.root[c.chunk].entries[c.entry] }

func (c *cursor[K, V]) next() *entry[K, V] {
	e := c.at()
	if c.entry++; c.entry == len(c.root[c.chunk].entries) {
		c.chunk, c.entry = c.chunk+1, 0
	}
	return e
}

func get[K, V any](root []*chunk[K, V], compare func(K, K) int, k K) (v V, ok bool) {
	if len(root) == 0 {
		return v, false
	}
	entries := root[chunkOf(root, compare, k)].entries
	i, found := find(entries, compare, k)
	if !found {
		return v, false
	}
	return entries[i].value, true
}

// chunkOf returns the last chunk that does not begin behind the key; the first if
// all do.
func chunkOf[K, V any](root []*chunk[K, V], compare func(K, K) int, k K) int {
	i := sort.Search(len(root), func(i int) bool { return compare(root[i].entries[0].key, k) > 0 })
	return max(i-1, 0)
}

// find returns where a key is or would be.
func find[K, V any](entries []entry[K, V], compare func(K, K) int, k K) (int, bool) {
	i := sort.Search(len(entries), func(i int) bool { return compare(entries[i].key, k) >= 0 })
	return i, i < len(entries) && compare(entries[i].key, k) == 0
}
