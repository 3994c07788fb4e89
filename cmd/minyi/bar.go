package main

import (
	"time"

	"github.com/schollz/progressbar/v3"

	"github.com/minyi/minyi/classifier/workbench"
)

// bar shows on a terminal how far some work has come. It appears only if the work
// takes a while, and is gone when it is done. nil shows nothing: it is what there is
// where standard error is no terminal. Not safe for concurrent use.
type bar struct {
	app   *app
	what  string
	began time.Time
	shown *progressbar.ProgressBar
}

// barAfter is how long work takes before it gets a bar.
const barAfter = time.Second

// newBar returns a bar, or nil where there is no terminal.
func (a *app) newBar(what string) *bar {
	if a.screen == nil {
		return nil
	}
	return &bar{app: a, what: what, began: time.Now()}
}

// set moves the bar to done of total; a total of 0 or less is not known.
func (b *bar) set(done, total int64) {
	if b == nil || b.shown == nil && time.Since(b.began) < barAfter {
		return
	}
	if b.shown == nil {
		if total <= 0 {
			total = -1 // a spinner
		}
		b.shown = progressbar.NewOptions64(total,
			progressbar.OptionSetWriter(onBar{b.app.screen}),
			progressbar.OptionSetDescription(b.what),
			progressbar.OptionSetWidth(30),
			progressbar.OptionThrottle(65*time.Millisecond),
			progressbar.OptionClearOnFinish(),
		)
	}
	_ = b.shown.Set64(done) // the work goes on where a bar cannot be drawn
}

// clear takes the bar away.
func (b *bar) clear() {
	if b != nil && b.shown != nil {
		_ = b.shown.Clear()
		b.shown = nil
	}
}

// progress is set for a measurement, or nil where nothing is shown.
func (b *bar) progress() workbench.Progress {
	if b == nil {
		return nil
	}
	return func(done, total int) { b.set(int64(done), int64(total)) }
}
