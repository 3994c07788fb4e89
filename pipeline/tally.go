package pipeline

import (
	"github.com/minyi/minyi/classifier"
)

// Tallier counts the messages of one range after the other. Not safe for
// concurrent use; every goroutine has its own.
type Tallier struct {
	decoder    *Decoder
	classifier Classifier
	layout     layout
	bounds     bounds
	// Whether cells of version 2 are counted.
	undated, close bool
	tell           Seen // of each message that was classified; nil: nobody

	suggestion Suggestion
	result     classifier.Result

	groups map[groupKey]*group // since Begin
	last   *group              // of the message before; the next one is very often of the same
	key    groupKey
	seen   []bool // scratch of count: the themes or aspects that this message was counted for

	// Counted since Begin.
	next  uint64 // the first sequence that no message was added for yet
	delta Delta
	read  uint64
	bytes uint64
}

// NewTallier returns a tallier; the error is that of [Format.Validate].
func NewTallier(c Classifier, f Format) (*Tallier, error) {
	d, err := NewDecoder(f)
	if err != nil {
		return nil, err
	}
	l := newLayout(c.Dictionary())
	return &Tallier{
		decoder: d, classifier: c, layout: l,
		seen: make([]bool, max(len(l.themes), len(l.aspects))),
	}, nil
}

// NewSpecTallier returns a tallier that counts as a spec says. The error wraps
// [ErrSpecVersion] if this release cannot, or is that of [Format.Validate].
func NewSpecTallier(c Classifier, s Spec) (*Tallier, error) {
	d, err := NewSpecDecoder(s)
	if err != nil {
		return nil, err
	}
	t, err := NewTallier(c, s.Format)
	if err != nil {
		return nil, err
	}
	t.decoder = d
	t.bounds, t.undated, t.close = newBounds(s.Cells), s.counts(KindUndated), s.counts(KindClose)
	return t, nil
}

// Begin starts the count of a range, and forgets the range before.
func (t *Tallier) Begin(r Range) {
	t.groups, t.last = make(map[groupKey]*group), nil
	t.next = r.From
	t.delta = Delta{Range: r}
	t.read, t.bytes = 0, 0
}

// Add counts one message. Messages of the range come in ascending order; the
// sequences between two of them are missing. A message outside the range, or
// before the last one, is not counted.
func (t *Tallier) Add(m *Message) {
	if m.Seq < t.next || m.Seq > t.delta.To {
		return
	}
	t.delta.Missing += m.Seq - t.next
	t.next = m.Seq + 1
	t.read++
	t.bytes += uint64(len(m.Data))
	t.delta.Mark = Mark{Seq: m.Seq, Stored: m.Stored}

	s := &t.suggestion
	reason := t.decode(m, s)
	t.bounds.apply(s)
	g := t.group(s.Day, s.Source)
	if reason != "" {
		if g.rejected == nil {
			g.rejected = make(map[Reason]uint64)
		}
		g.rejected[reason]++
		t.delta.reject(reason, m.Seq)
		return
	}
	if s.InvalidUTF8 {
		t.delta.InvalidUTF8++
	}
	if s.AbsurdTime {
		t.delta.AbsurdTime++
	}
	if t.undated && (s.NoTime || s.AbsurdTime) {
		g.undated++
	}
	t.classifier.Classify(&t.result, s.Text)
	if t.tell != nil {
		t.tell(m, s, &t.result)
	}
	if len(t.result.Tags) == 0 {
		g.untagged++
		t.delta.Untagged++
		return
	}
	g.tagged++
	t.delta.Tagged++
	t.count(g, t.result.Tags)
}

// decode is [Decoder.Decode], unless another tally of this process has decoded the message
// by the same rules.
func (t *Tallier) decode(m *Message, s *Suggestion) Reason {
	if k := m.decoded; k != nil && k.rules != "" && k.rules == t.decoder.rules {
		*s = k.suggestion
		return k.reason
	}
	reason := t.decoder.Decode(m, s)
	if m.keeper != nil {
		m.keeper.keepDecoded(t.decoder.rules, s, reason)
	}
	return reason
}

// group returns the group of a day and source.
func (t *Tallier) group(day, source string) *group {
	if t.last != nil && t.key.day == day && t.key.source == source {
		return t.last
	}
	t.key = groupKey{day, source}
	g := t.groups[t.key]
	if g == nil {
		g = &group{}
		t.groups[t.key] = g
	}
	t.last = g
	return g
}

// count adds the tags of one suggestion; the first is the primary one. A theme or
// an aspect that several of its sub-themes share is counted once.
func (t *Tallier) count(g *group, tags []classifier.Tag) {
	l, numbers := &t.layout, t.layout.numbers()
	for i := range tags {
		g.of(l.subTheme(l.first[tags[i].Theme]+tags[i].SubTheme), numbers).Any++
		if !t.seen[tags[i].Theme] {
			t.seen[tags[i].Theme] = true
			g.of(tags[i].Theme, numbers).Any++
		}
	}
	primary := l.first[tags[0].Theme] + tags[0].SubTheme
	g.of(l.subTheme(primary), numbers).Primary++
	g.of(tags[0].Theme, numbers).Primary++
	if t.close && len(tags) > 1 && 2*tags[1].Score >= tags[0].Score {
		n := g.of(l.close(primary), numbers)
		n.Primary, n.Any = n.Primary+1, n.Any+1
	}
	for i := range tags {
		t.seen[tags[i].Theme] = false
	}

	for i := range tags {
		if a := t.aspect(&tags[i]); a >= 0 && !t.seen[a] {
			t.seen[a] = true
			g.of(l.aspect(a), numbers).Any++
		}
	}
	if a := t.aspect(&tags[0]); a >= 0 {
		g.of(l.aspect(a), numbers).Primary++
	}
	for i := range tags {
		if a := t.aspect(&tags[i]); a >= 0 {
			t.seen[a] = false
		}
	}
}

func (t *Tallier) aspect(tag *classifier.Tag) int {
	return t.layout.aspectOf[t.layout.first[tag.Theme]+tag.SubTheme]
}

// End returns the delta of the range. Sequences that were not added are missing. It is
// called once for each Begin.
func (t *Tallier) End() *Delta {
	d := t.delta
	if t.next <= d.To {
		d.Missing += d.To - t.next + 1
	}
	cells := 0
	for _, g := range t.groups {
		cells += g.cells()
	}
	d.Cells = make(Cells, cells)
	for k, g := range t.groups {
		t.layout.cells(d.Cells, k, g)
	}
	t.groups, t.last = make(map[groupKey]*group), nil // the next range may be long in coming, and there may be many
	return &d
}
