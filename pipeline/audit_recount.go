package pipeline

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"

	"github.com/minyi/minyi/dict/phrase"
)

// Recounting is what an audit has computed anew out of the stream's own messages. It trusts
// nothing that was derived from them: no delta, no cell, no signature.
type Recounting struct {
	// Ranges are those that were computed: everything up to the frontier, or a sample of the
	// ranges whose deltas are kept.
	Ranges []Range `json:"ranges"`
	// Messages were read. Gone were counted and are not in the stream any more; cells of a
	// range with such are only compared with at least what is left.
	Messages uint64 `json:"messages"`
	Gone     uint64 `json:"gone"`
}

// Sample chooses at most n of the ranges whose deltas are kept, at random, for
// [Auditor.Recount]. Call it before parts are added.
func (a *Auditor) Sample(n int) {
	a.sampled = make(map[int]bool)
	for _, i := range rand.Perm(len(a.kept))[:min(n, len(a.kept))] {
		a.sampled[i] = true
	}
}

// Recount counts what the stream holds once more, and compares: the sampled ranges with
// their deltas, or if none were asked for, everything up to the frontier with checkpoint and
// cells. A contradiction is a fault of the audit. Call it after all parts were added. Errors
// are those of [Recount].
func (a *Auditor) Recount(ctx context.Context, src Source, c Classifier) error {
	a.audit.Recounted = &Recounting{Ranges: []Range{}}
	if a.sampled == nil {
		return a.recountAll(ctx, src, c)
	}
	var picked []*keptDelta
	for i := range a.sampled {
		if k := a.kept[i]; k.left == 0 {
			picked = append(picked, k)
		}
	}
	slices.SortFunc(picked, func(x, y *keptDelta) int { return int(int64(x.From) - int64(y.From)) })
	for _, k := range picked {
		spec := a.about.Spec
		spec.Base = k.From // what is before it was not asked for
		again, err := Recount(ctx, src, c, spec, k.To, nil)
		if err != nil {
			return err
		}
		a.compareRecount(k.Range, k.Outcomes, k.Cells, &again)
	}
	return nil
}

// recountAll compares everything that is counted.
func (a *Auditor) recountAll(ctx context.Context, src Source, c Classifier) error {
	cp := &a.view.Checkpoint
	if cp.Open != nil {
		a.notef("a fold of many cells is under way, and nothing was counted again; ask again in a moment")
		return nil
	}
	again, err := Recount(ctx, src, c, a.about.Spec, cp.Frontier, nil)
	if errors.Is(err, ErrStreamBehind) {
		a.notef("the stream ends before what was counted, and nothing was counted again")
		return nil
	}
	if err != nil {
		return err
	}
	a.compareRecount(Range{a.audit.Base, cp.Frontier}, cp.Outcomes, a.view.Totals.Cells(), &again)
	return nil
}

// compareRecount compares what is stored of a range with what the stream says of it.
func (a *Auditor) compareRecount(r Range, stored Outcomes, cells Cells, again *Recounted) {
	sum := a.audit.Recounted
	sum.Ranges = append(sum.Ranges, r)
	sum.Messages += again.Counts.Messages()
	now := again.Counts.Outcomes
	if now.Missing < stored.Missing {
		a.fault(Fault{Check: "recount", Range: &r, Says: phrase.Textf("%d were counted as missing, and only %d of its messages are not in the stream", stored.Missing, now.Missing)})
		return
	}
	gone := now.Missing - stored.Missing
	sum.Gone += gone
	keys := cells.Keys()
	for k := range again.Counts.Totals.All {
		if _, ok := cells[k]; !ok {
			keys = append(keys, k)
		}
	}
	for _, k := range keys {
		have, want := cells[k], again.Counts.Totals.Get(k)
		if have == want || gone > 0 && have.Primary >= want.Primary && have.Any >= want.Any && have.Any-want.Any <= gone {
			continue
		}
		says := phrase.Textf("is %d primary and %d any, and the messages of the stream give %d and %d", have.Primary, have.Any, want.Primary, want.Any)
		if gone > 0 {
			says = phrase.Textf("is %d primary and %d any, and the messages of the stream give at least %d and %d", have.Primary, have.Any, want.Primary, want.Any)
		}
		a.fault(Fault{Check: "recount", Range: &r, Cell: k.Key(), Says: says})
	}
	if gone == 0 && now != stored {
		a.fault(Fault{Check: "recount", Range: &r, Says: phrase.Textf("tagged %d, untagged %d, rejected %d, and the messages of the stream give %d, %d, %d",
			stored.Tagged, stored.Untagged, stored.Rejected, now.Tagged, now.Untagged, now.Rejected)})
	}
}
