package main

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/minyi/minyi/cmd/minyi/internal/generate"
	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/internal/measure"
	"github.com/minyi/minyi/pipeline"
	"github.com/minyi/minyi/pipeline/broker"
	"github.com/minyi/minyi/pipeline/dashboard"
)

// besideResult is what pages take while messages are counted.
type besideResult struct {
	Messages    uint64  `json:"messages"`
	CountedPerS float64 `json:"counted_per_s"` // from the first that was published until all were counted
	Pages       int     `json:"pages"`
	P50         float64 `json:"page_p50_ms"`
	P99         float64 `json:"page_p99_ms"`
	Max         float64 `json:"page_max_ms"`
}

const (
	// besidePerS messages a second arrive and are counted while pages are made.
	besidePerS = 50_000
	// besidePages is the time between two pages.
	besidePages = 25 * time.Millisecond
)

// workerEngine is a worker as the page asks for it.
type workerEngine struct{ *pipeline.Worker }

// Status implements [dashboard.Engine].
func (e workerEngine) Status(context.Context) (pipeline.Status, error) {
	return e.Worker.Status(), nil
}

// madeUpMeasure is a measure of a dictionary that has intervals for everything, so that
// pages have to draw them.
func madeUpMeasure(dict string, tree pipeline.ThemeTree) *measure.Measure {
	m := &measure.Measure{Schema: measure.Schema, Dict: dict, By: "bench", Labels: measure.Labels{File: "bench", Texts: 1200, Primaries: 1200, Tagged: 1100}}
	for _, t := range tree {
		m.Accuracy = append(m.Accuracy, measure.Accuracy{ID: t.ID, Shares: measure.Table{TP: 400, FN: 30, FP: 40, TN: 630}})
		for _, s := range t.SubThemes {
			m.Accuracy = append(m.Accuracy, measure.Accuracy{ID: s.ID, Shares: measure.Table{TP: 40, FN: 6, FP: 5, TN: 1049}})
		}
	}
	return m
}

// beside publishes messages at a steady rate, has a worker count them, and makes pages
// meanwhile. Broker, worker and page are in this process, and share its processors.
func (b *benchRun) beside(ctx context.Context, made *measure.Measure) (r besideResult, err error) {
	b.stage("pages while %s messages/s are counted", fmt.Sprint(besidePerS))
	b.generator = generate.New(b.classifier.Dictionary(), b.o.seed)
	worker, err := b.conn.NewWorker(ctx, pipeline.Config{Classifier: b.classifier})
	if err != nil {
		return r, err
	}
	board := pipeline.NewBoard()
	d, err := dashboard.New(dashboard.Config{Board: board, Engine: workerEngine{worker}, Measure: func(string) *measure.Measure { return made }})
	if err != nil {
		return r, err
	}
	run, stop := context.WithCancel(ctx)
	counted, fed := make(chan error, 1), make(chan struct{})
	go func() { counted <- worker.Run(run) }()
	go func() {
		defer close(fed)
		b.conn.Counts().Feed(run, board, broker.FeedOptions{Tallies: []string{""}, OnError: func(string, error) {}})
	}()
	defer func() { stop(); <-fed; err = errors.Join(err, <-counted) }()

	first := min(1000, b.o.messages)
	if _, err := b.bare.Publish(ctx, first, func(i uint64) ([]byte, string) { return b.generator.AppendLive(nil, i, time.Now()) }); err != nil {
		return r, err
	}
	if err := reaches(ctx, board, first); err != nil {
		return r, err
	}
	making, enough := context.WithCancel(ctx)
	took, pages := []time.Duration(nil), make(chan error, 1)
	go func() {
		var err error
		took, err = makePages(making, d, board)
		pages <- err
	}()
	r.Messages = min(uint64(besidePerS*b.o.pagesFor.Seconds()), b.o.messages)
	begun := time.Now()
	err = b.pace(ctx, besidePerS, r.Messages, first, func(uint64) {})
	if err == nil {
		err = reaches(ctx, board, first+r.Messages)
	}
	r.CountedPerS = float64(r.Messages) / time.Since(begun).Seconds()
	enough()
	if err = errors.Join(err, <-pages); err != nil {
		return r, err
	}
	slices.Sort(took)
	if r.Pages = len(took); r.Pages > 0 {
		r.P50, r.P99, r.Max = milliseconds(took[r.Pages/2]), milliseconds(took[r.Pages*99/100]), milliseconds(took[r.Pages-1])
	}
	return r, nil
}

// reaches waits until a board shows everything up to a sequence.
func reaches(ctx context.Context, board *pipeline.Board, seq uint64) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	for range board.Subscribe(ctx, "", pipeline.Counts{}) {
		if c, err := board.Latest(""); err == nil && c.Frontier >= seq {
			return nil
		}
	}
	return ctx.Err()
}

// makePages asks for one page after the other, of all kinds and in both languages, until
// ctx ends.
func makePages(ctx context.Context, d *dashboard.Dashboard, board *pipeline.Board) (took []time.Duration, err error) {
	c, err := board.Latest("")
	if err != nil {
		return nil, err
	}
	targets := []string{"/?lang=zh", "/?lang=en&sort=any", "/sources?lang=zh", "/days?lang=en"}
	for _, row := range c.Totals.By(pipeline.BySource) {
		targets = append(targets, "/?lang=zh&source="+url.QueryEscape(row.ID))
	}
	for _, t := range c.Info.Themes {
		targets = append(targets, "/themes/"+url.PathEscape(t.ID)+"?lang=en")
		for _, s := range t.SubThemes[:min(1, len(t.SubThemes))] {
			_, sub, _ := strings.Cut(s.ID, "/")
			targets = append(targets, "/subthemes/"+url.PathEscape(t.ID)+"/"+url.PathEscape(sub)+"?lang=zh")
		}
	}
	next := time.NewTicker(besidePages)
	defer next.Stop()
	for i := 0; ctx.Err() == nil; i++ {
		rec := httptest.NewRecorder()
		req := httptest.NewRequestWithContext(context.WithoutCancel(ctx), http.MethodGet, "http://localhost"+targets[i%len(targets)], nil)
		begun := time.Now()
		d.ServeHTTP(rec, req)
		took = append(took, time.Since(begun))
		if rec.Code != http.StatusOK {
			return took, phrase.Errorf("the page answers %d", rec.Code)
		}
		select {
		case <-ctx.Done():
		case <-next.C:
		}
	}
	return took, nil
}
