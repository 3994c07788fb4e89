package pipeline

import "strings"

// familyTree is the tree in which counts add up: the messages, which are tagged, untagged
// or rejected; tagged ones by theme and sub-theme, rejected ones by reason. Nodes
// are numbered.
type familyTree struct {
	ids      []cellName
	parent   []int
	children [][]int
	of       map[cellName]int
	aspects  map[string][]int // sub-themes of an aspect
	// leaf is the leaf that stands for a node when its messages are moved.
	leaf []int
}

// The nodes that are always there.
const (
	rootNode = iota
	taggedNode
	untaggedNode
	rejectedNode
)

// newFamilyTree makes the tree of some totals. Nodes keep the numbers that they had
// before, if anything was before.
func newFamilyTree(t *Totals, themes ThemeTree, last *Suppression) *familyTree {
	f := &familyTree{of: make(map[cellName]int), aspects: make(map[string][]int)}
	if last != nil {
		for node, name := range last.tree.ids {
			f.node(name, last.tree.parent[node])
		}
	}
	f.node(cellName{KindTotal, All}, -1)
	f.node(cellName{KindTagged, All}, rootNode)
	f.node(cellName{KindUntagged, All}, rootNode)
	f.node(cellName{KindRejected, ""}, rootNode) // has cells by reason only
	for _, th := range themes {
		theme := f.node(cellName{KindTheme, th.ID}, taggedNode)
		for _, sub := range th.SubThemes {
			node := f.node(cellName{KindSubTheme, sub.ID}, theme)
			if sub.Aspect != "" {
				f.aspects[sub.Aspect] = append(f.aspects[sub.Aspect], node)
			}
		}
	}
	// Reasons, and what a dictionary without a tree has.
	for id := range t.sumsOf(KindTheme) {
		f.node(cellName{KindTheme, id}, taggedNode)
	}
	for id := range t.sumsOf(KindSubTheme) {
		theme, _, _ := strings.Cut(id, "/")
		f.node(cellName{KindSubTheme, id}, f.node(cellName{KindTheme, theme}, taggedNode))
	}
	for id := range t.sumsOf(KindRejected) {
		f.node(cellName{KindRejected, id}, rejectedNode)
	}
	return f
}

// node returns the number of a node, which joins if it is not there.
func (f *familyTree) node(name cellName, parent int) int {
	if n, ok := f.of[name]; ok {
		return n
	}
	n := len(f.ids)
	f.of[name] = n
	f.ids, f.parent, f.children = append(f.ids, name), append(f.parent, parent), append(f.children, nil)
	if parent >= 0 {
		f.children[parent] = append(f.children[parent], n)
	}
	return n
}

// each yields the primary counts of a group of cells by node.
func (f *familyTree) each(g *cellGroup, yield func(node int, n uint64)) {
	f.figures(&groupMoves{of: g}, func(node int, n figure) { yield(node, n.n) })
}

// figures yields what a group of cells has by node.
func (f *familyTree) figures(g *groupMoves, yield func(node int, n figure)) {
	var rejected figure
	for i, c := range g.of.cells {
		n := g.figure(i)
		if n.n == 0 {
			continue // it has any only
		}
		if node, ok := f.of[*c.name]; ok {
			yield(node, n)
		}
		if c.name.kind == KindRejected {
			rejected = rejected.add(n)
		}
	}
	if rejected.n > 0 {
		yield(rejectedNode, rejected)
	}
}

// represent chooses the leaf of each node: that of its largest child.
func (f *familyTree) represent(all []figure) {
	f.leaf = make([]int, len(f.ids))
	var leaf func(node int) int
	leaf = func(node int) int {
		f.leaf[node] = node
		largest := -1
		for _, kid := range f.children[node] {
			of := leaf(kid)
			if all[kid].n > 0 && (largest < 0 || all[kid].n > all[largest].n) {
				largest, f.leaf[node] = kid, of
			}
		}
		return f.leaf[node]
	}
	leaf(rootNode)
}

// leafSet is what a row counts: leaves of the tree.
type leafSet []bool

// under returns the leaves of a node, and of nodes that have none their own.
func (f *familyTree) under(nodes ...int) leafSet {
	set := make(leafSet, len(f.ids))
	var add func(node int)
	add = func(node int) {
		set[node] = true
		for _, kid := range f.children[node] {
			add(kid)
		}
	}
	for _, node := range nodes {
		add(node)
	}
	return set
}

// row returns the leaves of a row of a dimension; ok is false if nobody knows which
// they are.
func (f *familyTree) row(d Dimension, id string) (set leafSet, ok bool) {
	if d == ByAspect {
		nodes := f.aspects[id]
		return f.under(nodes...), len(nodes) > 0
	}
	name := cellName{KindTotal, All}
	if d != "" {
		name = cellName{d.kind(), id}
	}
	node, ok := f.of[name]
	if !ok {
		return nil, false
	}
	return f.under(node), true
}
