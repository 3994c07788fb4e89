package broker

import (
	"cmp"
	"context"
	"errors"

	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/pipeline"
	"github.com/minyi/minyi/pipeline/label"
)

// NewWorker returns a worker on this broker for the tally of the stream of
// suggestions by cfg's classifier and format. It makes the streams that are not
// there. The connection must stay open until the worker's Run has returned.
// Errors wrap [ErrUnsuited] where a stream does not suit.
func (c *Conn) NewWorker(ctx context.Context, cfg pipeline.Config) (*pipeline.Worker, error) {
	cfg, err := cfg.Validate()
	if err != nil {
		return nil, err
	}
	if cfg.Format.SkipTokens == 0 {
		cfg.Format.SkipTokens = c.names.SkipTokens
	}
	if err := c.EnsureSuggestions(ctx); err != nil {
		return nil, err
	}
	if err := c.makeLedger(ctx); err != nil {
		return nil, err
	}
	info, err := c.suggestions().Info(ctx)
	if err != nil {
		return nil, err
	}
	spec, err := c.spec(ctx, info, cfg)
	if err != nil {
		return nil, err
	}
	return c.WorkerOf(ctx, cfg, spec)
}

// WorkerOf returns a worker for the tally of a spec, whose dictionary and semantics are
// those of cfg's classifier. The streams must be there. The connection must stay open
// until the worker's Run has returned.
func (c *Conn) WorkerOf(ctx context.Context, cfg pipeline.Config, spec pipeline.Spec) (*pipeline.Worker, error) {
	tally := spec.Tally()
	sign, err := c.workerSigner(ctx)
	if err != nil {
		return nil, err
	}
	queue, err := newTasks(ctx, c, tally, sign)
	if err != nil {
		return nil, err
	}
	w, err := pipeline.NewWorker(cfg, spec, pipeline.Ports{
		Source: c.sourceOf(c.suggestions(), spec), Tasks: queue, Deltas: newDeltas(c, tally, sign), Ledger: &ledger{c: c, tally: tally},
	})
	if err != nil {
		return nil, phrase.Errorf("tally %s: %w", tally, err)
	}
	return w, nil
}

// workerSigner returns the signer of this connection, which all its workers share.
func (c *Conn) workerSigner(ctx context.Context) (*signer, error) {
	if s := c.signer.Load(); s != nil {
		return s, nil
	}
	s, err := c.newSigner(ctx)
	if err != nil {
		return nil, err
	}
	c.signer.CompareAndSwap(nil, s)
	return c.signer.Load(), nil
}

// spec describes the tally that a worker is to count. A tally of version 1 that is
// there goes on as it is, unless the worker needs what only version 2 has; nothing is
// converted in place. Every new one is of version 2.
func (c *Conn) spec(ctx context.Context, info pipeline.StreamInfo, cfg pipeline.Config) (pipeline.Spec, error) {
	if cfg.Cells.IsZero() {
		spec, err := pipeline.NewSpec(info, cfg.Classifier, cfg.Format)
		if err != nil {
			return spec, err
		}
		spec.Semantics = cmp.Or(cfg.Semantics, spec.Semantics)
		_, err = c.Counts().TallyInfo(ctx, spec.Tally())
		if !errors.Is(err, ErrNoTally) {
			return spec, err
		}
	}
	generation, _, err := c.Generation(ctx, info.Name)
	if err != nil {
		return pipeline.Spec{}, err
	}
	c.generation.Store(&generation)
	spec, err := pipeline.NewSpec2(info, generation, cfg.Classifier, cfg.Format, cfg.Cells)
	spec.Semantics = cmp.Or(cfg.Semantics, spec.Semantics)
	return spec, err
}

// sourceOf returns the source that a worker of a spec reads. The workers of all tallies of
// one content of the stream share what they read.
func (c *Conn) sourceOf(src *source, spec pipeline.Spec) pipeline.Source {
	shared, _ := c.reads.LoadOrStore(label.StreamOf(spec), new(pipeline.SharedReads))
	reads := shared.(*pipeline.SharedReads) //nolint:forcetypeassert // nothing else is stored there
	if spec.Generation == "" {
		return reads.Source(src)
	}
	return reads.Source(&generationSource{source: src, id: spec.Generation})
}
