package pipeline

import (
	"context"
	"time"

	"github.com/minyi/minyi/dict/phrase"
)

// committer adds deltas to the totals and commits the sum: it folds. One goroutine
// owns it and its view. It keeps the invariants above [Checkpoint]; the
// [commitLoop] decides when it folds.
//
//	committer.go  what it knows, and one fold from beginning to end
//	pending.go    the stored deltas that wait to be folded
//	gather.go     which deltas a fold adds, and reading them
//	verify.go     is what is stored still what the view was computed from?
//	commit.go     writing the sum in slices
type committer struct {
	cfg      Config
	info     TallyInfo
	source   Source
	deltas   Deltas
	ledger   Ledger
	progress *progress
	observer Observer
	tally    string
	maxCells int // cells in one commit, at most; MaxCommit

	view   View
	loaded bool // the view was read, and nothing has cast doubt on it since

	pending      pendingDeltas
	lastDeltaSeq uint64 // the last sequence that was seen in the stream of deltas
	reread       bool   // the stream of deltas has to be read again after lastDeltaSeq

	orphans    orphans // ranges of which no delta will come
	recompute  Range   // has to be worked again, because the broker lost its delta; zero: none
	recomputed Range   // the range of an open fold that was worked again
}

// Bounds of one fold. They bound memory, and the time until the next commit.
const (
	maxFoldDeltas = 256
	maxFoldCells  = 128 << 10
)

// load reads checkpoint and cells, and checks that they add up. First it makes
// sure that the tally's info is stored: a broker that lost totals may have lost
// the info too, and readers need it.
func (c *committer) load(ctx context.Context) error {
	c.loaded = false
	if err := c.ledger.EnsureInfo(ctx, c.info); err != nil {
		return phrase.Errorf("store info of tally: %w", err)
	}
	view, err := c.ledger.Load(ctx)
	if err != nil {
		return phrase.Errorf("load totals: %w", err)
	}
	if err := view.Check(c.info.Spec.Base); err != nil {
		return err
	}
	if view.Revision == 0 {
		view.Checkpoint = Checkpoint{Frontier: c.info.Spec.Base - 1}
	}
	if mark := view.Checkpoint.Mark; mark != nil {
		if err := c.checkMarks(ctx, []Mark{*mark}); err != nil {
			return err
		}
	}
	c.view, c.loaded = view, true
	c.recompute, c.recomputed = Range{}, Range{}
	c.setFrontier(&view.Checkpoint)
	return nil
}

// setFrontier tells the other roles the frontier, and forgets the pending deltas
// up to it. If the frontier went back, the broker lost totals. The deltas after
// the old frontier were forgotten when they were folded, so they have to be read
// again.
func (c *committer) setFrontier(cp *Checkpoint) {
	if cp.Frontier < c.progress.frontier.Load() {
		c.reread = true
		c.lastDeltaSeq = max(cp.Deltas, 1) - 1
		clear(c.pending)
	}
	c.progress.setFrontier(cp)
	for _, rest := range c.pending.dropUpTo(cp.Frontier) {
		c.orphans.add(rest)
	}
	c.orphans.dropUpTo(cp.Frontier)
}

// note takes in a reference to a part of a stored delta.
func (c *committer) note(ref DeltaRef) {
	c.lastDeltaSeq = max(c.lastDeltaSeq, ref.Seq)
	frontier := c.progress.frontier.Load()
	switch {
	case ref.Flaw != "":
		c.refuse(ref.Range, ref.Seq, ref.Flaw)
	case ref.From > frontier:
		c.pending.add(ref)
	case ref.Part == ref.Parts:
		c.orphans.add(Range{frontier + 1, ref.To}) // what of it lies after the frontier
		if c.loaded {
			c.observer.DeltaDropped(Dropped{Tally: c.tally, Range: ref.Range})
		}
	}
}

// refuse drops a stored delta, or a part of one, that is not believed.
func (c *committer) refuse(r Range, seq uint64, flaw Flaw) {
	if r.From == 0 {
		r = Range{} // no delta has that
	}
	c.orphans.add(Range{max(r.From, c.progress.frontier.Load()+1), r.To})
	e := Refused{Tally: c.tally, What: RefusedDelta, Range: r, Seq: seq, Flaw: flaw}
	c.progress.refused.add(e)
	c.observer.Refused(e)
}

// ready returns a complete delta that follows the frontier, or nil.
func (c *committer) ready() *storedDelta { return c.pending.ready(c.progress.frontier.Load()) }

// gap returns the range after the frontier that has no complete delta. It ends before
// the next complete delta, so that that one fits.
func (c *committer) gap() Range {
	frontier := c.progress.frontier.Load()
	return c.pending.gap(Range{frontier + 1, min(c.progress.planned.Load(), frontier+c.cfg.RangeSize)})
}

// step folds what can be folded, and returns whether anything was. After any error,
// ErrLost above all, the next step reads the view again (invariant 4).
func (c *committer) step(ctx context.Context) (folded bool, err error) {
	defer func() {
		if err != nil {
			c.loaded = false
		}
	}()
	if !c.loaded {
		if err := c.load(ctx); err != nil {
			return false, err
		}
	}
	start := time.Now()
	g, err := c.gather(ctx)
	if err != nil || g.sum == nil {
		return false, err
	}
	if err := c.checkStream(ctx, g.marks); err != nil {
		return false, err
	}
	if err := c.checkStored(ctx); err != nil {
		return false, err
	}
	cells := g.sum.Cells.Sorted()
	g.sum.Cells = nil // there may be very many, and they are stored for a while
	digest := g.sum.digest(cells)
	left, err := c.remaining(g.sum, cells)
	if err != nil {
		return false, err
	}
	if err := c.commit(ctx, Open{To: g.sum.To, Deltas: g.parts, Digest: digest}, g.sum, left); err != nil {
		return false, err
	}
	c.setFrontier(&c.view.Checkpoint)
	c.reportFolded(g.sum, cells, len(g.marks), start)
	return true, nil
}

// due returns the range that is to be worked again at once, because the broker lost its
// delta, or because no delta of it will come that is believed; the zero Range for none.
func (c *committer) due() Range {
	switch {
	case c.recompute.To > 0:
		return c.recompute
	case c.view.Checkpoint.Open != nil || c.ready() != nil:
		return Range{}
	}
	frontier := c.progress.frontier.Load()
	r := c.orphans.after(frontier)
	// What nobody has planned may not be there. What is long is worked in pieces, so that
	// folding goes on.
	r.To = min(r.To, c.progress.planned.Load(), frontier+c.cfg.LargeRange)
	if r.To <= frontier {
		return Range{}
	}
	return c.pending.gap(r)
}

// workAgain works a range that is due.
func (c *committer) workAgain(ctx context.Context, w *rangeWorker, r Range) error {
	if err := w.work(ctx, r, true); err != nil {
		return err
	}
	if r == c.recompute {
		c.recomputed, c.recompute = r, Range{}
	}
	c.orphans.dropUpTo(r.To)
	return nil
}

// reportFolded tells the observer what was added.
func (c *committer) reportFolded(sum *Delta, cells []CellCount, ranges int, start time.Time) {
	e := Folded{
		Tally: c.tally, Range: sum.Range, Ranges: ranges, Frontier: sum.To, Last: max(c.progress.last.Load(), sum.To),
		Outcomes: sum.Outcomes, InvalidUTF8: sum.InvalidUTF8, AbsurdTime: sum.AbsurdTime,
		Reasons: make(map[Reason]uint64), Themes: make(map[string]Count), SubThemes: make(map[string]Count),
		Cells: len(cells), Duration: time.Since(start),
	}
	for i := range cells {
		switch k := &cells[i]; k.Kind {
		case KindTheme:
			e.Themes[k.ID] = e.Themes[k.ID].Add(k.Count)
		case KindSubTheme:
			e.SubThemes[k.ID] = e.SubThemes[k.ID].Add(k.Count)
		case KindRejected:
			e.Reasons[Reason(k.ID)] += k.Any
		}
	}
	if sum.Mark.Seq != 0 {
		e.Latency = max(time.Since(sum.Mark.Stored), 0)
	}
	c.observer.RangesFolded(e)
}
