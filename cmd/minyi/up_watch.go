package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/minyi/minyi/classifier"
	"github.com/minyi/minyi/classifier/workbench"
	"github.com/minyi/minyi/dict"
	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/internal/textfmt"
	"github.com/minyi/minyi/pipeline/compare"
	"github.com/minyi/minyi/pipeline/supervise"
)

// dictWatch follows the folder of a dictionary for `minyi up --watch`: whatever is saved
// there is counted as a candidate over the same stream, shown beside the dictionary
// before, and made the current one, so that the page has it too.
type dictWatch struct {
	a   *app
	e   *engine
	dir string
	by  string

	seen    string   // what the folder looked like when it was read last
	shown   string   // the tally that is current
	counted []string // tallies of saved dictionaries that are counted on, the newest last
}

const (
	// watchEvery is how often the folder is looked at.
	watchEvery = 200 * time.Millisecond
	// watchKept is how many earlier dictionaries are counted on, so that taking a change
	// back shows at once.
	watchKept = 3
	// watchMessages is how many of the newest messages are tagged by both dictionaries to
	// show what flips.
	watchMessages = 20_000
)

// watchDict follows the folder until ctx ends.
func (a *app) watchDict(ctx context.Context, e *engine, dir string) error {
	w := &dictWatch{a: a, e: e, dir: dir, by: cmp.Or(a.userName(), "up --watch"), seen: folderState(dir)}
	if err := w.begin(ctx); err != nil {
		return err
	}
	a.notef("\nwatching %s: save a file, and the new counts and what changed are shown; Ctrl-C ends", dir)
	for ctx.Err() == nil {
		if !w.wait(ctx, func() bool { return folderState(dir) != w.seen }) {
			return nil
		}
		w.settle(ctx)
		if err := w.saved(ctx); err != nil && ctx.Err() == nil {
			a.printError(a.stderr, err) // the next save tries again
		}
	}
	return nil
}

// begin makes the dictionary of the folder the current one, which it is not if the data
// folder has counted another one before.
func (w *dictWatch) begin(ctx context.Context) error {
	current, err := w.e.conn.Counts().Current(ctx)
	if err != nil {
		return err
	}
	w.shown = current
	if current == w.e.tally {
		return nil
	}
	return w.show(ctx, w.e.tally)
}

// wait looks again and again until done, and returns false if ctx ended before.
func (w *dictWatch) wait(ctx context.Context, done func() bool) bool {
	for !done() {
		select {
		case <-ctx.Done():
			return false
		case <-time.After(watchEvery):
		}
	}
	return true
}

// settle waits until the folder looks the same twice: an editor may save several files, or
// write one in parts.
func (w *dictWatch) settle(ctx context.Context) {
	w.wait(ctx, func() bool {
		before := w.seen
		w.seen = folderState(w.dir)
		return w.seen == before
	})
}

// folderState tells what the files of a dictionary look like.
func folderState(dir string) string {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err.Error()
	}
	var b strings.Builder
	for _, entry := range entries {
		switch filepath.Ext(entry.Name()) {
		case ".yaml", ".yml":
			if info, err := entry.Info(); err == nil {
				fmt.Fprintf(&b, "%s %d %d\n", entry.Name(), info.Size(), info.ModTime().UnixNano())
			}
		}
	}
	return b.String()
}

// saved counts by the dictionary as it is in the folder now, and shows what changed. What
// cannot be read is said, and the last one stays.
func (w *dictWatch) saved(ctx context.Context) error {
	begun := time.Now()
	c, err := w.a.loadClassifier(w.dir)
	if err != nil {
		w.a.printError(w.a.stderr, err)
		w.a.notef("the last dictionary that could be read stays")
		return nil
	}
	version := c.Dictionary().Version()
	before, err := w.e.conn.Counts().TallyInfo(ctx, w.shown)
	if err != nil {
		return err
	}
	if before.Spec.Dict == version {
		w.a.notef("%s  saved: nothing that counts depend on has changed", begun.Format(time.TimeOnly))
		return nil
	}
	w.a.prepared.Store(c)
	packed, err := supervise.Pack(c.Dictionary())
	if err != nil {
		return err
	}
	tally, err := w.publish(ctx, version, packed)
	if err != nil {
		return err
	}
	if done, err := w.count(ctx, tally); err != nil || !done {
		return err
	}
	was := w.shown
	if err := w.show(ctx, tally); err != nil {
		return err
	}
	pair, err := w.a.readPair(ctx, w.e.conn, was, tally)
	if err != nil {
		return err
	}
	return w.report(ctx, pair, begun)
}

// publish has a dictionary counted, and the oldest one that nobody looks at any more not.
func (w *dictWatch) publish(ctx context.Context, version string, packed []byte) (string, error) {
	store := w.e.conn.Tallies()
	for len(w.counted) > watchKept {
		oldest := w.counted[0]
		if w.counted = w.counted[1:]; oldest == w.shown || oldest == w.e.tally {
			continue
		}
		if _, err := store.Retire(ctx, oldest, w.by, "up --watch: saved again since"); err != nil {
			return "", err
		}
	}
	for {
		wanted, err := store.PublishDict(ctx, version, packed, w.by, "saved in "+w.dir)
		if errors.Is(err, supervise.ErrRetired) { // it was counted before, and is being removed
			if !w.pause(ctx) {
				return "", ctx.Err()
			}
			continue
		}
		if err != nil {
			return "", err
		}
		tally := wanted.Tally()
		for i, t := range w.counted {
			if t == tally {
				w.counted = append(w.counted[:i:i], w.counted[i+1:]...)
				break
			}
		}
		w.counted = append(w.counted, tally)
		return tally, nil
	}
}

func (w *dictWatch) pause(ctx context.Context) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(watchEvery):
		return true
	}
}

// count waits until a tally has counted all that is stored. It returns false if it cannot
// be counted, which it says, or if the folder has changed meanwhile.
func (w *dictWatch) count(ctx context.Context, tally string) (bool, error) {
	info, err := w.e.conn.StreamInfo(ctx)
	if err != nil {
		return false, err
	}
	bar := w.a.newBar(w.a.inLanguage("正在统计", "counting"))
	defer bar.clear()
	for {
		t, ok := w.e.fleet.Tally(tally)
		switch {
		case ok && t.State == supervise.Refused:
			w.a.notef("this dictionary cannot be counted: %s", w.a.whySaid(t.Reason))
			return false, nil
		case ok && t.State == supervise.Working && t.Status.Frontier >= info.Last:
			return true, nil
		case folderState(w.dir) != w.seen:
			return false, nil
		}
		bar.set(int64(t.Status.Frontier), int64(info.Last))
		select {
		case <-ctx.Done():
			return false, ctx.Err()
		case <-time.After(watchEvery / 4):
		}
	}
}

// show makes a tally the current one, which the page follows.
func (w *dictWatch) show(ctx context.Context, tally string) error {
	_, err := w.e.conn.MoveCurrent(ctx, w.shown, tally, supervise.Event{Event: supervise.Promoted, By: w.by, Why: phrase.Textf("saved in %s (up --watch)", w.dir).String()})
	if err == nil {
		w.shown = tally
	}
	return err
}

// report prints what changed: counts, keywords, and messages that flip.
func (w *dictWatch) report(ctx context.Context, p compare.Pair, begun time.Time) error {
	a := w.a
	fmt.Fprint(a.stdout, a.say("\n%s  saved: dictionary %.12s -> %.12s, %s messages in %.1f s\ntally %s -> %s, up to message %s, current now\n\n",
		begun.Format(time.TimeOnly), p.A.Dict, p.B.Dict, textfmt.Count(p.B.Outcomes.Sum()), time.Since(begun).Seconds(), p.A.Tally, p.B.Tally, textfmt.Count(p.Frontier)))
	fmt.Fprint(a.stdout, a.themesBeside(p, changedThemes(p)))
	var both [2]*classifier.Classifier
	for i, tally := range []string{p.A.Tally, p.B.Tally} {
		t, _ := w.e.fleet.Tally(tally)
		var ok bool
		if both[i], ok = t.Classifier.(*classifier.Classifier); !ok {
			return nil // somebody has retired it at this moment
		}
	}
	r, err := newest(ctx, w.e.conn, p.Frontier, watchMessages)
	if err != nil {
		return err
	}
	fmt.Fprint(a.stdout, a.say("\nwhat changed in messages %s to %s\n", textfmt.Count(r.From), textfmt.Count(r.To)))
	d, err := workbench.Compare(ctx, both[0], both[1], a.streamCorpus(ctx, w.e.conn, p.A.Info.Spec, r), workbench.DiffOptions{Samples: 2})
	if err != nil {
		return measureError(ctx, err)
	}
	return d.Text(a.stdout, a.reader(both[1].Dictionary(), both[0].Dictionary()), 5)
}

// changedThemes are the themes and sub-themes that are the primary of more or fewer
// messages.
func changedThemes(p compare.Pair) []compare.ThemeDiff {
	var out []compare.ThemeDiff
	for _, t := range p.Themes() {
		subs := t.SubThemes[:0:0]
		for _, s := range t.SubThemes {
			if s.A.Primary != s.B.Primary {
				subs = append(subs, s)
			}
		}
		if t.SubThemes = subs; t.A.Primary != t.B.Primary || len(subs) > 0 {
			out = append(out, t)
		}
	}
	return out
}

// preparedClassifier is newClassifier, and takes the one that was prepared last if it is
// of the same dictionary.
func (a *app) preparedClassifier(d *dict.Dictionary) (*classifier.Classifier, error) {
	if c := a.prepared.Load(); c != nil && c.Dictionary().Version() == d.Version() {
		return c, nil
	}
	return a.newClassifier(d)
}
