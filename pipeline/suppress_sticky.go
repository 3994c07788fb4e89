package pipeline

import "slices"

// What is withheld beside a small number stays beside it. If it were published again while
// nothing else came to the small one, and another one were withheld instead, the small one
// would be the difference of what two publications say of them together. So what is withheld
// everywhere only grows while a member of it is small.
//
// What is withheld by day or by source stays when nothing is small any more: of a number that
// is published now, and did not grow since, everybody knows what it was then; and of one that
// grew, if it is known by how many. So crossings only grow, and blocks are given up only when
// each sub-theme of each of their days or sources grew by Min or more at once: then nobody
// knows what was there before, and what came now. Days end, so it is sources that come back.

// before returns the rule of a family in the last publication, nil if there was none.
func (s *Suppression) before(parent int) *familyRule {
	if s.last == nil {
		return nil
	}
	for i := range s.last.rules {
		if s.last.rules[i].parent == parent {
			return &s.last.rules[i]
		}
	}
	return nil
}

// contextsBefore returns the rule of a family in the last publication that had numbers of it
// by day or by source, nil if there was none.
func (s *Suppression) contextsBefore(parent int) *familyRule {
	if s.last != nil {
		for i := range s.last.asleep {
			if s.last.asleep[i].parent == parent {
				return &s.last.asleep[i]
			}
		}
	}
	return s.before(parent)
}

// stillHidden returns the children that were withheld everywhere, if one of them is small.
func (s *Suppression) stillHidden(parent int) []int {
	was := s.before(parent)
	if was == nil || !slices.ContainsFunc(was.hidden, func(node int) bool { return s.small(s.all[node]) }) {
		return nil
	}
	return was.hidden
}

// stillApart tells whether nothing was published of single contexts, and something would
// be small.
func (s *Suppression) stillApart(rule *familyRule) bool {
	if was := s.contextsBefore(rule.parent); was == nil || !was.apart {
		return false
	}
	small := func(r contextRow) bool {
		return slices.ContainsFunc(rule.units, func(u unit) bool { return s.small(u.of(&r)) })
	}
	if slices.ContainsFunc(s.days, small) || slices.ContainsFunc(s.sources, small) {
		return true
	}
	any := false
	(&crossing{s: s, rule: rule}).each(func(_ groupKey, _ int, n figure) { any = any || s.small(n) })
	return any
}

// unitsOf returns the units that have something of units of another rule.
func (r *familyRule) unitsOf(was *familyRule, units []int) (out []int) {
	for i, u := range r.units {
		if slices.ContainsFunc(units, func(old int) bool {
			return slices.ContainsFunc(was.units[old].nodes, func(node int) bool { return slices.Contains(u.nodes, node) })
		}) {
			out = append(out, i)
		}
	}
	return out
}

// keep puts the rows of the blocks of the last publication side by side that have to stay
// blocks.
func (m *blockMaker) keep(was *familyRule, blocks []block) {
	if len(blocks) == 0 {
		return
	}
	at := make(map[string]int, len(m.rows))
	for i, r := range m.rows {
		at[r.key] = i
	}
	blockOf := make([]int, len(m.rows)) // index+1
	units := make([][]int, len(blocks))
	for i, b := range blocks {
		units[i] = m.rule.unitsOf(was, b.units)
		if m.stays(b.keys, units[i], at) {
			for _, key := range b.keys {
				if row, ok := at[key]; ok {
					blockOf[row] = i + 1
				}
			}
		}
	}
	rows := m.rows
	m.rows, m.kept, m.together = make([]*contextRow, 0, len(rows)), make([][]int, 0, len(rows)), make([]bool, 0, len(rows))
	done := make([]bool, len(blocks)+1)
	for i, r := range rows {
		b := blockOf[i]
		if b == 0 {
			m.rows, m.kept, m.together = append(m.rows, r), append(m.kept, nil), append(m.together, false)
			continue
		}
		if done[b] {
			continue
		}
		done[b] = true
		for _, key := range blocks[b-1].keys {
			if row, ok := at[key]; ok {
				m.rows, m.kept, m.together = append(m.rows, rows[row]), append(m.kept, units[b-1]), append(m.together, true)
			}
		}
		m.together[len(m.together)-1] = false
	}
}

// keepAsleep remembers what was withheld by day and by source of a family of which nothing
// of that is published now.
func (s *Suppression) keepAsleep(rule *familyRule) {
	was := s.contextsBefore(rule.parent)
	if was == nil || rule.decided && (!rule.apart || len(was.days)+len(was.sources)+len(was.crossDays) == 0) {
		return
	}
	kept := *was
	kept.apart = was.apart || rule.apart
	s.asleep = append(s.asleep, kept)
}

// stays tells whether a block has to stay.
func (m *blockMaker) stays(keys []string, units []int, at map[string]int) bool {
	return slices.ContainsFunc(keys, func(key string) bool {
		row, ok := at[key]
		return ok && slices.ContainsFunc(units, func(u int) bool {
			return m.small(row, u) || slices.ContainsFunc(m.rule.units[u].leaves, func(leaf int) bool {
				f := m.rows[row].at(leaf)
				return f.last.Step != m.s.step || m.s.small(f)
			})
		})
	})
}

// keep begins with the days and sources of the last publication.
func (c *crossing) keep(was *familyRule) {
	if was == nil || was.crossDays == nil {
		return
	}
	for day := range was.crossDays {
		c.addDay(day)
	}
	for source := range was.crossSources {
		c.addSource(source)
	}
}
