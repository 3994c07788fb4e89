package broker

import (
	"context"
	"fmt"

	"github.com/minyi/minyi/pipeline"
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
	if err := c.ensureLedger(ctx); err != nil {
		return nil, err
	}
	if err := c.checkImports(ctx); err != nil {
		return nil, err
	}
	src := c.suggestions()
	info, err := src.Info(ctx)
	if err != nil {
		return nil, err
	}
	spec, err := c.spec(ctx, info, cfg)
	if err != nil {
		return nil, err
	}
	tally := spec.Tally()
	queue, err := newTasks(ctx, c, tally)
	if err != nil {
		return nil, err
	}
	w, err := pipeline.NewWorker(cfg, spec, pipeline.Ports{
		Source: src, Tasks: queue, Deltas: newDeltas(c, tally), Ledger: &ledger{c: c, tally: tally},
	})
	if err != nil {
		return nil, fmt.Errorf("tally %s: %w", tally, err)
	}
	return w, nil
}

// spec describes the tally that a worker is to count. It is one of version 1, whose
// counts go on as they are, unless it needs what only version 2 has.
func (c *Conn) spec(ctx context.Context, info pipeline.StreamInfo, cfg pipeline.Config) (pipeline.Spec, error) {
	if cfg.Cells.IsZero() {
		return pipeline.NewSpec(info, cfg.Classifier, cfg.Format)
	}
	generation, _, err := c.Generation(ctx, info.Name)
	if err != nil {
		return pipeline.Spec{}, err
	}
	return pipeline.NewSpec2(info, generation, cfg.Classifier, cfg.Format, cfg.Cells)
}
