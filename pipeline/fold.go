package pipeline

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"
)

// folder adds deltas to the totals. It owns the view: one goroutine calls its
// methods. Its rules are those above [Checkpoint].
type folder struct {
	cfg    Config
	about  TallyInfo
	source Source
	deltas Deltas
	ledger Ledger
	seen   *progress
	tell   Observer
	tally  string
	slice  int // cells in a commit, at most; MaxCommit

	view   View
	loaded bool // view is what is stored, unless another has folded since

	// pending are the stored deltas behind the frontier, by first sequence.
	pending map[uint64][]*stored
	heard   uint64 // the last sequence in the stream of deltas that was seen
	reread  bool   // what is stored from the checkpoint's Deltas on has to be noted again

	mend  Range // to be worked again, since the broker has lost its delta; zero: none
	asked Range // of an open fold, the mend that was worked
}

// stored is a delta in the stream of deltas.
type stored struct {
	Range
	digest string
	parts  []uint64 // where they are; 0: not seen yet
	left   int      // how many are not seen yet
}

// Bounds of one fold, so that memory and the time to the next commit are too.
const (
	maxFoldDeltas = 256
	maxFoldCells  = 128 << 10
)

// load reads checkpoint and cells, and checks that they add up. Before, it sees to
// it that readers find out what the tally is: a broker that has lost totals may
// have lost that too.
func (f *folder) load(ctx context.Context) error {
	f.loaded = false
	if err := f.ledger.EnsureInfo(ctx, f.about); err != nil {
		return fmt.Errorf("say what the tally is: %w", err)
	}
	view, err := f.ledger.Load(ctx)
	if err != nil {
		return fmt.Errorf("load totals: %w", err)
	}
	if err := view.Check(f.about.Spec.Base); err != nil {
		return err
	}
	if view.Revision == 0 {
		view.Checkpoint = Checkpoint{Frontier: f.about.Spec.Base - 1}
		view.Cells = make(Cells)
	}
	if mark := view.Checkpoint.Mark; mark != nil {
		if err := f.checkMarks(ctx, []Mark{*mark}); err != nil {
			return err
		}
	}
	f.view, f.loaded = view, true
	f.mend, f.asked = Range{}, Range{}
	f.reach(&view.Checkpoint)
	return nil
}

// checkStored returns ErrLost unless the stored checkpoint is the one that the
// view was computed from. The fence alone does not tell: a broker that has lost
// its newest messages gives their revisions to others.
func (f *folder) checkStored(ctx context.Context) error {
	cp, rev, err := f.ledger.Checkpoint(ctx)
	if err != nil {
		return fmt.Errorf("look at checkpoint: %w", err)
	}
	if rev != f.view.Revision || rev != 0 && !bytes.Equal(mustMarshal(cp), mustMarshal(f.view.Checkpoint)) {
		return ErrLost
	}
	return nil
}

// checkStream looks before every fold whether the stream is still the one that
// was counted, and the one that the deltas to be added were read from. A broker
// may lose its newest messages with the power and use their sequences again
// while this process only sees a connection that comes back: the view in memory
// still fits, the stream grows past the plan, and without this look the new
// messages at old sequences would never be counted.
func (f *folder) checkStream(ctx context.Context, added []Mark) error {
	if counted := f.view.Checkpoint.Mark; counted != nil {
		added = append([]Mark{*counted}, added...)
	}
	return f.checkMarks(ctx, added)
}

// checkMarks returns an error when the stream holds another message at a mark
// than the one that was read. One that is gone says nothing: it may have been
// deleted; if it was lost, the stream ends before it, which the planner sees.
func (f *folder) checkMarks(ctx context.Context, marks []Mark) error {
	marks = slices.DeleteFunc(slices.Clone(marks), func(m Mark) bool { return m.Seq == 0 })
	seqs := make([]uint64, len(marks))
	for i, m := range marks {
		seqs[i] = m.Seq
	}
	stored, err := f.source.StoredAt(ctx, seqs)
	if err != nil {
		return fmt.Errorf("look at messages: %w", err)
	}
	for i, at := range stored {
		if !at.IsZero() && !at.Equal(marks[i].Stored) {
			return fmt.Errorf("%w: message %d was stored at %s, and what was read there at %s: the broker lost acknowledged messages", ErrSequenceReused, marks[i].Seq,
				at.Format(time.RFC3339Nano), marks[i].Stored.Format(time.RFC3339Nano))
		}
	}
	return nil
}

// look reads the view anew unless it is what is stored: for a folder with nothing
// to fold. If the broker has lost the newest totals there is something to fold
// after all, and nothing else would tell.
func (f *folder) look(ctx context.Context) error {
	err := f.checkStored(ctx)
	if errors.Is(err, ErrLost) {
		return f.load(ctx)
	}
	return err
}

// reach makes the frontier known to the other roles, and forgets what is
// pending before it. A frontier that lies further back than before is of totals
// that the broker has lost: the deltas behind it were forgotten, and have to be
// read again.
func (f *folder) reach(c *Checkpoint) {
	if c.Frontier < f.seen.frontier.Load() {
		f.reread = true
		f.heard = max(c.Deltas, 1) - 1
		clear(f.pending)
	}
	f.seen.frontier.Store(c.Frontier)
	for from := range f.pending {
		if from <= c.Frontier {
			delete(f.pending, from)
		}
	}
}

// note takes in a part of a stored delta.
func (f *folder) note(ref DeltaRef) {
	f.heard = max(f.heard, ref.Seq)
	if ref.From <= f.seen.frontier.Load() {
		if f.loaded && ref.Part == ref.Parts {
			f.tell.DeltaDropped(Dropped{Tally: f.tally, Range: ref.Range})
		}
		return
	}
	if f.pending == nil {
		f.pending = make(map[uint64][]*stored)
	}
	same := f.pending[ref.From]
	i := slices.IndexFunc(same, func(s *stored) bool {
		return s.Range == ref.Range && s.digest == ref.Digest && len(s.parts) == ref.Parts
	})
	if i < 0 {
		i = len(same)
		f.pending[ref.From] = append(same, &stored{
			Range: ref.Range, digest: ref.Digest, parts: make([]uint64, ref.Parts), left: ref.Parts,
		})
	}
	s := f.pending[ref.From][i]
	if s.parts[ref.Part-1] == 0 {
		s.left--
	}
	s.parts[ref.Part-1] = ref.Seq // where it is now, if it was lost and stored again
}

// ready returns the complete delta that comes after the frontier, or nil.
func (f *folder) ready(frontier uint64) *stored {
	for _, s := range f.pending[frontier+1] {
		if s.left == 0 {
			return s
		}
	}
	return nil
}

// gap returns the range behind the frontier, up to where the next delta begins that
// is there, so that that one fits.
func (f *folder) gap() Range {
	frontier := f.seen.frontier.Load()
	r := Range{frontier + 1, min(f.seen.planned.Load(), frontier+f.cfg.RangeSize)}
	for from, same := range f.pending {
		for _, s := range same {
			if s.left == 0 && from > r.From && from <= r.To {
				r.To = from - 1
			}
		}
	}
	return r
}

// mendLost has the range worked again of which the broker has lost the delta.
func (f *folder) mendLost(ctx context.Context, c *counter) error {
	if err := c.work(ctx, f.mend, true); err != nil {
		return err
	}
	f.asked, f.mend = f.mend, Range{}
	return nil
}

// step adds what can be added, and returns whether anything was. After any
// error, ErrLost above all, the view is read anew.
func (f *folder) step(ctx context.Context) (folded bool, err error) {
	defer func() {
		if err != nil {
			f.loaded = false
		}
	}()
	if !f.loaded {
		if err := f.load(ctx); err != nil {
			return false, err
		}
	}
	start := time.Now()
	g, err := f.gather(ctx)
	if err != nil || g.sum == nil {
		return false, err
	}
	if err := f.checkStream(ctx, g.marks); err != nil {
		return false, err
	}
	if err := f.checkStored(ctx); err != nil {
		return false, err
	}
	keys := g.sum.Cells.Keys()
	digest := g.sum.digest(keys)
	if keys, err = f.remaining(g.sum, keys); err != nil {
		return false, err
	}
	if err := f.commit(ctx, Open{To: g.sum.To, Deltas: g.parts, Digest: digest}, g.sum, keys); err != nil {
		return false, err
	}
	f.reach(&f.view.Checkpoint)
	f.tellFolded(g.sum, len(g.marks), start)
	return true, nil
}

// gathered is what a fold adds.
type gathered struct {
	sum   *Delta   // nil: there is nothing to add
	parts []uint64 // where its parts are stored
	marks []Mark   // of each delta that it came from
}

// add takes in another delta, which begins where the last one ended.
func (g *gathered) add(d *Delta, parts []uint64) {
	g.marks = append(g.marks, d.Mark)
	g.parts = append(g.parts, parts...)
	if g.sum == nil {
		g.sum = d
		return
	}
	g.sum.join(d)
	g.sum.To = d.To
}

// gather returns the deltas to be added: those of the open slice, or as many as
// follow the frontier without a gap.
func (f *folder) gather(ctx context.Context) (g gathered, err error) {
	c := &f.view.Checkpoint
	if c.Open != nil {
		return f.gatherOpen(ctx, c.Open, Range{c.Frontier + 1, c.Open.To})
	}
	for len(g.marks) < maxFoldDeltas {
		frontier := c.Frontier
		if g.sum != nil {
			frontier = g.sum.To
		}
		s := f.ready(frontier)
		if s == nil {
			break
		}
		d, err := f.fetchStored(ctx, s)
		if errors.Is(err, ErrGone) {
			delete(f.pending, s.From)
			f.mend = s.Range
			break
		}
		if err != nil {
			return gathered{}, err
		}
		g.add(d, s.parts)
		if len(g.sum.Cells) > maxFoldCells {
			break
		}
	}
	return g, nil
}

// gatherOpen returns the deltas of an open slice, which cover r. If the broker has
// lost them, others with the same sum will do; as long as there are none, r has to
// be worked again, and there is nothing to add.
func (f *folder) gatherOpen(ctx context.Context, open *Open, r Range) (g gathered, err error) {
	d, err := f.fetch(ctx, open.Deltas, r)
	switch {
	case err == nil && (open.Digest == "" || d.digest(d.Cells.Keys()) == open.Digest):
		g.add(d, open.Deltas)
		return g, nil
	case err != nil && !errors.Is(err, ErrGone):
		return g, err
	}
	others := 0
	for _, s := range f.pending[r.From] {
		if s.left > 0 || s.Range != r {
			continue
		}
		d, err := f.fetchStored(ctx, s)
		switch {
		case err == nil && d.digest(d.Cells.Keys()) == open.Digest:
			g.add(d, s.parts)
			return g, nil
		case err == nil:
			others++
		case !errors.Is(err, ErrGone):
			return g, err
		}
	}
	switch {
	case open.Digest == "" || f.asked == r && others > 0:
		return g, fmt.Errorf("%w: the broker lost deltas of %v of which some slices are stored, and now the stream gives others: messages were deleted", ErrConservation, r)
	case f.asked != r:
		f.mend = r
	}
	return g, nil
}

// fetchStored returns a stored delta, or ErrGone if something else is there.
func (f *folder) fetchStored(ctx context.Context, s *stored) (*Delta, error) {
	d, digest, err := f.fetchParts(ctx, s.parts, s.Range)
	if err != nil {
		return nil, err
	}
	if digest != s.digest {
		return nil, fmt.Errorf("delta of %v was replaced: %w", s.Range, ErrGone)
	}
	return d, d.Check()
}

// fetch returns the sum of stored parts, which must be whole deltas that cover
// exactly r; or ErrGone if they are not there any more, or something else is: a
// broker that has lost its newest messages gives their sequences to others.
func (f *folder) fetch(ctx context.Context, parts []uint64, r Range) (*Delta, error) {
	d, _, err := f.fetchParts(ctx, parts, r)
	if err != nil {
		return nil, err
	}
	if err := d.Check(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrGone, err)
	}
	return d, nil
}

// fetchParts returns the sum of stored parts and the digest of their bytes.
func (f *folder) fetchParts(ctx context.Context, parts []uint64, r Range) (sum *Delta, digest string, err error) {
	sum = &Delta{Range: r, Cells: make(Cells)}
	bodies := make([][]byte, len(parts))
	for i, seq := range parts {
		b, err := f.deltas.Fetch(ctx, seq)
		if err != nil {
			return nil, "", fmt.Errorf("fetch delta part %d of %v: %w", seq, r, err)
		}
		d, err := DecodeDelta(b)
		if err != nil {
			return nil, "", fmt.Errorf("delta part %d of %v: %w: %w", seq, r, ErrConservation, err)
		}
		if d.From < r.From || d.To > r.To {
			return nil, "", fmt.Errorf("delta part %d is of %v, not within %v: %w", seq, d.Range, r, ErrGone)
		}
		sum.join(d)
		bodies[i] = b
	}
	sum.Rejects = nil // sequences are for the ledger's readers, not for the totals
	return sum, digestOf(bodies...), nil
}

// remaining returns which of its cells the sum is still to be added to: all, or
// those behind the one up to which an interrupted fold has come.
func (f *folder) remaining(sum *Delta, keys []CellKey) ([]CellKey, error) {
	c := &f.view.Checkpoint
	if c.Open == nil {
		return keys, nil
	}
	if last := cmp.Or(f.view.Tail, c.Open.After); last != "" {
		after, err := ParseKey(last)
		if err != nil {
			return nil, fmt.Errorf("%w: open slice after key %q", ErrConservation, last)
		}
		n, found := slices.BinarySearchFunc(keys, after, CellKey.Compare)
		if !found {
			return nil, fmt.Errorf("%w: the open slice ends at a cell that its deltas do not have", ErrConservation)
		}
		keys = keys[n+1:]
	}
	// Nobody has looked at these cells as long as the slice was open.
	whole := View{Checkpoint: c.add(sum), Revision: f.view.Revision, Cells: maps.Clone(f.view.Cells)}
	for _, k := range keys {
		whole.Cells[k] = whole.Cells[k].Add(sum.Cells[k])
	}
	if err := whole.Check(f.about.Spec.Base); err != nil {
		return nil, fmt.Errorf("open slice up to %d: %w", sum.To, err)
	}
	return keys, nil
}

// commit writes the totals of the cells with the given keys, in slices, of which
// open says what they are of.
func (f *folder) commit(ctx context.Context, open Open, sum *Delta, keys []CellKey) error {
	if before := f.view.Checkpoint.Open; before != nil {
		open.After = cmp.Or(f.view.Tail, before.After)
	}
	for {
		slice := keys[:min(len(keys), f.slice)]
		keys = keys[len(slice):]
		s := Slice{Begin: f.view.Checkpoint, Cells: make(Cells, len(slice))}
		begin := open
		s.Begin.Open = &begin
		for _, k := range slice {
			s.Cells[k] = f.view.Cells[k].Add(sum.Cells[k])
			open.After = k.Key()
		}
		if len(keys) > 0 {
			s.End = f.view.Checkpoint
			end := open
			s.End.Open = &end
		} else {
			s.End = f.view.Checkpoint.add(sum)
			s.End.Deltas = f.resumeAt(s.End.Frontier)
			if err := s.End.check(f.about.Spec.Base); err != nil {
				return err
			}
		}
		rev, err := f.ledger.Commit(ctx, &s, f.view.Revision)
		if err != nil {
			return fmt.Errorf("commit up to %d: %w", sum.To, err)
		}
		maps.Copy(f.view.Cells, s.Cells)
		f.view.Checkpoint, f.view.Revision, f.view.Tail = s.End, rev, ""
		if len(keys) == 0 {
			return nil
		}
	}
}

// resumeAt returns where in the stream of deltas a folder must begin to read so
// that it sees everything behind the frontier.
func (f *folder) resumeAt(frontier uint64) uint64 {
	at := f.heard + 1
	for from, same := range f.pending {
		if from <= frontier {
			continue
		}
		for _, s := range same {
			for _, seq := range s.parts {
				if seq != 0 {
					at = min(at, seq)
				}
			}
		}
	}
	// Never back: a slice that is resumed is complete before all is heard.
	return max(at, f.view.Checkpoint.Deltas)
}

// tellFolded reports what was added.
func (f *folder) tellFolded(sum *Delta, ranges int, start time.Time) {
	e := Folded{
		Tally: f.tally, Range: sum.Range, Ranges: ranges, Frontier: sum.To, Last: max(f.seen.last.Load(), sum.To),
		Outcomes: sum.Outcomes, InvalidUTF8: sum.InvalidUTF8, AbsurdTime: sum.AbsurdTime,
		Reasons: make(map[Reason]uint64), Themes: sum.Cells.sums(KindTheme), SubThemes: sum.Cells.sums(KindSubTheme),
		Cells: len(sum.Cells), Duration: time.Since(start),
	}
	for id, n := range sum.Cells.sums(KindRejected) {
		e.Reasons[Reason(id)] = n.Any
	}
	if sum.Mark.Seq != 0 {
		e.Latency = max(time.Since(sum.Mark.Stored), 0)
	}
	f.tell.RangesFolded(e)
}
