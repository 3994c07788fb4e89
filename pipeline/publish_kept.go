package pipeline

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/gob"
	"encoding/json"
	"errors"
	"slices"
	"time"

	"github.com/minyi/minyi/dict/phrase"
)

// PublicationStore keeps the last publication, for the processes that publish the same
// counts and for those that are started after them. It holds every cell as it was then,
// so nobody may read it who may not read the counts themselves.
//
// Safe for concurrent use.
type PublicationStore interface {
	// LoadPublication returns the last publication and its revision; nil and 0 if there
	// is none. If its revision is the one that is known, the body is nil.
	LoadPublication(ctx context.Context, known uint64) (body []byte, rev uint64, err error)
	// StorePublication stores one in place of the one with revision rev, and returns its
	// revision. The error wraps [ErrLost] if that is not the last one any more.
	StorePublication(ctx context.Context, body []byte, rev uint64) (uint64, error)
}

// ErrPublicationUnreadable means that what is kept of the last publication cannot be read.
var ErrPublicationUnreadable = phrase.New("the last publication cannot be read")

// keptPublication is a publication as it was made.
type keptPublication struct {
	counts Counts // suppressed
	at     time.Time
}

// keptVersion is the version of keptBody. One of version 2 is read as well; its release
// published any wherever it published primaries. Others are not read.
const keptVersion = 3

// keptBody is what is stored of a publication: gob, compressed. What follows from it is
// not there.
type keptBody struct {
	Version  int
	At       time.Time
	Snapshot Snapshot // with zeros where outcomes are withheld
	Info     []byte   // JSON
	Revision uint64

	Names  []keptName
	Groups []keptGroup

	Min           uint64
	Step          uint32
	Nodes         []keptNode
	Rules, Asleep []keptRule
	Any           []anyFamily
	Shown         []int // nodes of which any was published
}

// keptName is what a cell counts.
type keptName struct {
	Kind Kind
	ID   string
}

func (n keptName) cell() cellName { return cellName{n.Kind, n.ID} }

// keptGroup has the cells of a day and source: the index of the name of each, its count, and
// when it grew last. They are in the order of their names.
type keptGroup struct {
	Day, Source string
	Names       []int
	Counts      []Count
	Moves       []moved // nil: all in the first publication
}

// keptNode is a node of the tree; nodes are numbered in their order.
type keptNode struct {
	Name   keptName
	Parent int
}

// keptRule is a [familyRule].
type keptRule struct {
	Parent                  int
	Units                   [][]int
	Hidden                  []int
	Days, Sources           []keptBlock
	CrossDays, CrossSources []string
	Apart                   bool
}

type keptBlock struct {
	Keys  []string
	Units []int
}

// encodePublication returns the bytes of a publication.
func encodePublication(p keptPublication) ([]byte, error) {
	c := p.counts
	info, err := json.Marshal(c.Info)
	if err != nil {
		return nil, err
	}
	s := c.Suppression
	body := keptBody{Version: keptVersion, At: p.at, Snapshot: c.Snapshot, Info: info, Revision: c.Revision, Min: s.Min, Step: s.step, Any: s.any}
	index := make(map[cellName]int)
	for _, g := range s.moves {
		kept := keptGroup{Day: g.key.day, Source: g.key.source, Moves: g.moves}
		for _, cell := range g.of.cells {
			i, ok := index[*cell.name]
			if !ok {
				i = len(body.Names)
				index[*cell.name] = i
				body.Names = append(body.Names, keptName{cell.name.kind, cell.name.id})
			}
			kept.Names, kept.Counts = append(kept.Names, i), append(kept.Counts, cell.n)
		}
		body.Groups = append(body.Groups, kept)
	}
	for node, name := range s.tree.ids {
		body.Nodes = append(body.Nodes, keptNode{keptName{name.kind, name.id}, s.tree.parent[node]})
	}
	for i := range s.rules {
		body.Rules = append(body.Rules, s.rules[i].keep())
	}
	for i := range s.asleep {
		body.Asleep = append(body.Asleep, s.asleep[i].keep())
	}
	for node, shown := range s.anyShown {
		if shown {
			body.Shown = append(body.Shown, node)
		}
	}
	var out bytes.Buffer
	z, _ := gzip.NewWriterLevel(&out, gzip.BestSpeed) // the level is one
	if err := errors.Join(gob.NewEncoder(z).Encode(body), z.Close()); err != nil {
		return nil, phrase.Errorf("encode publication: %w", err)
	}
	return out.Bytes(), nil
}

// decodePublication reads what encodePublication wrote. The error wraps
// [ErrPublicationUnreadable].
func decodePublication(b []byte) (p keptPublication, err error) {
	var body keptBody
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err == nil {
		err = gob.NewDecoder(z).Decode(&body)
	}
	if err == nil && body.Version != keptVersion && body.Version != 2 {
		err = phrase.Errorf("version %d", body.Version)
	}
	c := Counts{Snapshot: body.Snapshot, Revision: body.Revision}
	if err == nil {
		c.Info, err = ParseTallyInfo(body.Info)
	}
	if err == nil {
		err = body.check()
	}
	if err != nil {
		return p, phrase.Errorf("%w: %w", ErrPublicationUnreadable, err)
	}
	cells := make(Cells)
	for _, g := range body.Groups {
		for i, name := range g.Names {
			cells[CellKey{g.Day, g.Source, body.Names[name].Kind, body.Names[name].ID}] = g.Counts[i]
		}
	}
	c.Totals = NewTotals(cells)
	c.Suppression = body.suppression(c)
	return keptPublication{c, body.At}, nil
}

// check says what of a body names something that is not there.
func (b *keptBody) check() error {
	for i, g := range b.Groups {
		key := groupKey{g.Day, g.Source}
		bad := i > 0 && (groupKey{b.Groups[i-1].Day, b.Groups[i-1].Source}).compare(key) >= 0 ||
			len(g.Names) != len(g.Counts) || g.Moves != nil && len(g.Moves) != len(g.Counts) ||
			slices.Contains(g.Counts, Count{}) || slices.ContainsFunc(g.Names, func(i int) bool { return i < 0 || i >= len(b.Names) })
		for j := 1; j < len(g.Names) && !bad; j++ {
			before, name := b.Names[g.Names[j-1]], b.Names[g.Names[j]]
			bad = before.cell().compare(name.cell()) >= 0
		}
		if bad {
			return phrase.Errorf("the cells of %s, %q", g.Day, g.Source)
		}
	}
	outside := func(node int) bool { return node < 0 || node >= len(b.Nodes) }
	for i, n := range b.Nodes {
		if n.Parent < -1 || n.Parent >= i {
			return phrase.Errorf("node %d", i)
		}
	}
	for _, r := range slices.Concat(b.Rules, b.Asleep) {
		bad := r.Parent < -1 || r.Parent >= len(b.Nodes) || slices.ContainsFunc(r.Hidden, outside)
		for _, u := range r.Units {
			bad = bad || len(u) == 0 || slices.ContainsFunc(u, outside)
		}
		for _, block := range slices.Concat(r.Days, r.Sources) {
			bad = bad || slices.ContainsFunc(block.Units, func(u int) bool { return u < 0 || u >= len(r.Units) })
		}
		if bad {
			return phrase.Errorf("the rule of node %d", r.Parent)
		}
	}
	for _, f := range b.Any {
		if outside(f.Theme) || outside(f.Reserved) || slices.ContainsFunc(f.Subs, func(sub anySub) bool { return outside(sub.Node) }) {
			return phrase.Errorf("the rule of node %d", f.Theme)
		}
	}
	if slices.ContainsFunc(b.Shown, outside) || len(b.Nodes) <= rejectedNode || b.Min < 2 || b.Step < 1 {
		return phrase.New("what is withheld")
	}
	return nil
}

// suppression returns what was withheld of the counts.
func (b *keptBody) suppression(c Counts) *Suppression {
	before := &Suppression{tree: &familyTree{}} // so that nodes have the numbers that they had
	for _, n := range b.Nodes {
		before.tree.ids = append(before.tree.ids, cellName{n.Name.Kind, n.Name.ID})
		before.tree.parent = append(before.tree.parent, n.Parent)
	}
	s := &Suppression{Min: b.Min, totals: c.Totals, tree: newFamilyTree(c.Totals, c.Info.Themes, before)}
	s.move(nil)
	s.step = b.Step
	moves := make(map[groupKey][]moved, len(b.Groups))
	for _, g := range b.Groups {
		moves[groupKey{g.Day, g.Source}] = g.Moves
	}
	for i := range s.moves {
		s.moves[i].moves = moves[s.moves[i].key]
	}
	s.collect()
	s.groups = nil
	s.tree.represent(s.all)
	for _, r := range b.Rules {
		s.rules = append(s.rules, r.rule(s))
	}
	for _, r := range b.Asleep {
		s.asleep = append(s.asleep, r.rule(s))
	}
	if s.any = b.Any; b.Version == 2 {
		s.any = s.anyOfEverything()
	}
	s.anyShown = make([]bool, len(s.tree.ids))
	for _, node := range b.Shown {
		s.anyShown[node] = true
	}
	return s
}

func (r *familyRule) keep() keptRule {
	k := keptRule{
		Parent: r.parent, Hidden: r.hidden, Apart: r.apart,
		Days: keepBlocks(r.days), Sources: keepBlocks(r.sources), CrossDays: keysOfSet(r.crossDays), CrossSources: keysOfSet(r.crossSources),
	}
	for _, u := range r.units {
		k.Units = append(k.Units, u.nodes)
	}
	return k
}

func (k keptRule) rule(s *Suppression) familyRule {
	r := familyRule{parent: k.Parent, hidden: k.Hidden, apart: k.Apart, crossDays: setOf(k.CrossDays), crossSources: setOf(k.CrossSources)}
	r.days, r.dayOf = blocksOf(k.Days)
	r.sources, r.sourceOf = blocksOf(k.Sources)
	for _, nodes := range k.Units {
		r.units = append(r.units, s.unit(nodes))
	}
	return r
}

func keepBlocks(blocks []block) (kept []keptBlock) {
	for _, b := range blocks {
		kept = append(kept, keptBlock{b.keys, b.units})
	}
	return kept
}

func blocksOf(kept []keptBlock) (blocks []block, of map[string]int) {
	of = make(map[string]int)
	for i, k := range kept {
		blocks = append(blocks, block{k.Keys, k.Units})
		for _, key := range k.Keys {
			of[key] = i
		}
	}
	return blocks, of
}

func keysOfSet(set map[string]bool) (keys []string) {
	for k, in := range set {
		if in {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	return keys
}

func setOf(keys []string) map[string]bool {
	if len(keys) == 0 {
		return nil
	}
	set := make(map[string]bool, len(keys))
	for _, k := range keys {
		set[k] = true
	}
	return set
}
