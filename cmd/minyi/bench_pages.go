package main

import (
	"bufio"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/internal/measure"
	"github.com/minyi/minyi/internal/textfmt"
	"github.com/minyi/minyi/pipeline"
	"github.com/minyi/minyi/pipeline/dashboard"
)

// pagesResult is what `minyi bench --pages N --json` prints.
type pagesResult struct {
	Readers       int     `json:"readers"`
	Cells         int     `json:"cells"`
	PageP50MS     float64 `json:"page_p50_ms"`
	PageP99MS     float64 `json:"page_p99_ms"`
	PageGzipBytes int     `json:"page_gzip_bytes"`
	Events        uint64  `json:"events"`          // that all readers were sent, of which the figures are
	EventMicros   float64 `json:"event_us"`        // of processor of the server, an event and reader
	Processor     float64 `json:"processor_share"` // of one processor, for all readers

	Beside besideResult `json:"beside"` // pages while messages are counted
}

// fixedEngine is an engine that has counted all there is.
type fixedEngine struct{ board *pipeline.Board }

// Status implements [dashboard.Engine].
func (e fixedEngine) Status(context.Context) (pipeline.Status, error) {
	c, err := e.board.Latest("")
	return pipeline.Status{Tally: c.Tally, Dict: c.Dict, Last: c.Frontier, Frontier: c.Frontier, Current: true, Ready: true}, err
}

// movingCounts are counts as 50,000 messages a second move them: each time, every
// sub-theme of the newest day and of each source has more.
func movingCounts(tree pipeline.ThemeTree) func() pipeline.Counts {
	c := pipeline.Counts{Info: pipeline.TallyInfo{Themes: tree, Spec: pipeline.Spec{Counted: []pipeline.Kind{pipeline.KindClose}}}}
	c.Tally, c.Dict = "000000000000", "0000000000000000"
	c.Totals = pipeline.NewTotals(nil)
	day, first := 0, time.Date(2022, 4, 15, 0, 0, 0, 0, time.UTC)
	return func() pipeline.Counts {
		name := first.AddDate(0, 0, day%32).Format(time.DateOnly)
		day++
		edit := c.Totals.Edit()
		add := func(source string, kind pipeline.Kind, id string, n uint64) {
			k := pipeline.CellKey{Day: name, Source: source, Kind: kind, ID: id}
			edit.Set(k, c.Totals.Get(k).Add(pipeline.Count{Primary: n, Any: n}))
		}
		for _, source := range []string{"people", "xinhua", "cctv", "xuexi"} {
			read := uint64(0)
			for _, t := range tree {
				of := uint64(0)
				for i, s := range t.SubThemes {
					n := uint64(200 + 7*i)
					add(source, pipeline.KindSubTheme, s.ID, n)
					add(source, pipeline.KindClose, s.ID, n/5)
					add(source, pipeline.KindAspect, s.Aspect, 0)
					of += n
				}
				add(source, pipeline.KindTheme, t.ID, of)
				read += of
			}
			add(source, pipeline.KindTotal, pipeline.All, read)
			add(source, pipeline.KindTagged, pipeline.All, read)
			c.Tagged += read
		}
		c.Stored, c.Frontier, c.Revision = c.Tagged, c.Tagged, c.Revision+1
		c.Totals = edit.Totals()
		c.Themes = tree.Themes(c.Totals)
		return c
	}
}

// benchPages measures the page and its events. The readers are another process, so that
// what they cost is not taken for the server's.
func (a *app) benchPages(ctx context.Context, o benchOptions) error {
	b, leave, err := a.newBenchRun(ctx, o)
	if err != nil {
		return err
	}
	r, err := b.pages(ctx)
	if err := errors.Join(err, leave()); err != nil {
		return err
	}
	if o.json {
		return a.writeJSON(r)
	}
	fmt.Fprintf(a.stdout, "page    %.1f ms, p99 %.1f ms, of %s cells that have just changed; %s bytes compressed\n", r.PageP50MS, r.PageP99MS, textfmt.Count(r.Cells), textfmt.Count(r.PageGzipBytes))
	fmt.Fprintf(a.stdout, "events  %.1f µs of processor an event and reader; %s readers: %.1f %% of one processor\n", r.EventMicros, textfmt.Count(r.Readers), 100*r.Processor)
	fmt.Fprintf(a.stdout, "beside  %.1f ms, p99 %.1f ms, the longest %.1f ms, of %s pages while %s messages/s were counted\n",
		r.Beside.P50, r.Beside.P99, r.Beside.Max, textfmt.Count(r.Beside.Pages), textfmt.Count(uint64(r.Beside.CountedPerS)))
	return nil
}

// pages measures the page and its events by themselves, and then pages while a worker
// counts. All pages have intervals and close calls.
func (b *benchRun) pages(ctx context.Context) (r pagesResult, err error) {
	tree := pipeline.NewThemeTree(b.classifier.Dictionary())
	made := madeUpMeasure(b.classifier.Dictionary().Version(), tree)
	if r, err = b.pagesAlone(ctx, tree, made); err == nil {
		r.Beside, err = b.beside(ctx, made)
	}
	return r, err
}

// pagesAlone measures the page and its events on a board that moves by itself.
func (b *benchRun) pagesAlone(ctx context.Context, tree pipeline.ThemeTree, made *measure.Measure) (r pagesResult, err error) {
	next, board := movingCounts(tree), pipeline.NewBoard()
	for range 32 {
		board.Put(next())
	}
	board.SetCurrent("000000000000")
	d, err := dashboard.New(dashboard.Config{
		Board: board, Engine: fixedEngine{board}, MaxReaders: b.o.pages + 1, Measure: func(string) *measure.Measure { return made },
	})
	if err != nil {
		return r, err
	}
	l, err := listen(ctx, "--listen", "127.0.0.1:0")
	if err != nil {
		return r, err
	}
	ctx, stop := context.WithCancel(ctx)
	var g errgroup.Group
	g.Go(func() error { return dashboard.Serve(ctx, l, d) })
	r.Readers = b.o.pages
	err = measurePages(ctx, d, board, next, &r)
	if err == nil {
		g.Go(func() error { // the board moves as fast as a page shows
			for ctx.Err() == nil {
				board.Put(next())
				select {
				case <-ctx.Done():
				case <-time.After(500 * time.Millisecond):
				}
			}
			return nil
		})
		err = b.app.measureEvents(ctx, "http://"+l.Addr().String(), b.o.pagesFor, &r)
	}
	stop()
	return r, errors.Join(err, g.Wait())
}

// measurePages makes the page of counts that nobody has seen, many times.
func measurePages(ctx context.Context, d *dashboard.Dashboard, board *pipeline.Board, next func() pipeline.Counts, r *pagesResult) error {
	var took []time.Duration
	for range 300 {
		counts := next()
		board.Put(counts)
		r.Cells = counts.Totals.Len()
		rec := httptest.NewRecorder()
		req := httptest.NewRequestWithContext(ctx, http.MethodGet, "http://localhost/?lang=zh", nil)
		begun := time.Now()
		d.ServeHTTP(rec, req)
		took = append(took, time.Since(begun))
		if rec.Code != http.StatusOK {
			return phrase.Errorf("the page answers %d", rec.Code)
		}
		if r.PageGzipBytes == 0 {
			var size countingWriter
			z := gzip.NewWriter(&size)
			if _, err := z.Write(rec.Body.Bytes()); err != nil {
				return err
			}
			if err := z.Close(); err != nil {
				return err
			}
			r.PageGzipBytes = int(size)
		}
	}
	slices.Sort(took)
	r.PageP50MS = took[len(took)/2].Seconds() * 1000
	r.PageP99MS = took[len(took)*99/100].Seconds() * 1000
	return nil
}

type countingWriter int

func (w *countingWriter) Write(p []byte) (int, error) {
	*w += countingWriter(len(p))
	return len(p), nil
}

// measureEvents measures what the events of all readers cost beyond those of one.
func (a *app) measureEvents(ctx context.Context, address string, window time.Duration, r *pagesResult) error {
	alone, _, err := a.eventsOf(ctx, address, window, 1)
	if err != nil {
		return err
	}
	all, events, err := a.eventsOf(ctx, address, window, r.Readers)
	if err != nil {
		return err
	}
	r.Events = events
	r.EventMicros = float64((all - alone).Microseconds()) / float64(events)
	r.Processor = (all - alone).Seconds() / window.Seconds()
	return nil
}

// eventsOf returns what this process used while a number of readers followed the page, and how
// many events they were sent.
func (a *app) eventsOf(ctx context.Context, address string, window time.Duration, readers int) (used time.Duration, events uint64, err error) {
	self, err := os.Executable()
	if err != nil {
		return 0, 0, err
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	cmd := exec.CommandContext(ctx, self, "bench", "--pages", strconv.Itoa(readers), "--pages-at", address)
	cmd.Stderr = a.stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return 0, 0, err
	}
	if err := cmd.Start(); err != nil {
		return 0, 0, err
	}
	defer func() { stop(); _ = cmd.Wait() }() // it is killed, which is no error
	lines := bufio.NewScanner(out)
	var first, last uint64
	var begun time.Time
	var before time.Duration
	for lines.Scan() {
		n, err := strconv.ParseUint(lines.Text(), 10, 64)
		if err != nil {
			return 0, 0, phrase.Errorf("the readers say %q", lines.Text())
		}
		switch {
		case begun.IsZero(): // all of them follow
			begun, before, first = time.Now(), cpuTime(), n
		case time.Since(begun) >= window:
			last = n
			return cpuTime() - before, last - first, nil
		}
	}
	return 0, 0, phrase.Errorf("%d readers cannot follow the page; are there enough open files (ulimit -n)?", readers)
}

// readPages is the other process: it follows the page with many readers, and prints
// once a second how many events they were sent.
func (a *app) readPages(ctx context.Context, address string, readers int) error {
	var events, following atomic.Int64
	g, ctx := errgroup.WithContext(ctx)
	client := &http.Client{Transport: &http.Transport{DisableCompression: true}}
	dialing := make(chan struct{}, 64) // a server drops who takes long to say what it wants
	for range readers {
		g.Go(func() error {
			dialing <- struct{}{}
			req, err := http.NewRequestWithContext(ctx, http.MethodGet, address+"/events?"+url.Values{"page": {"/"}, "lang": {"zh"}}.Encode(), nil)
			if err != nil {
				return err
			}
			res, err := client.Do(req)
			<-dialing
			if err != nil {
				return err
			}
			defer func() { _ = res.Body.Close() }() // only read from: nothing can be lost
			if res.StatusCode != http.StatusOK {
				return phrase.Errorf("events: %s", res.Status)
			}
			in := bufio.NewReaderSize(res.Body, 32<<10)
			for told := false; ; {
				line, err := in.ReadSlice('\n')
				if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
					return phrase.Errorf("events: %w", cmpEOF(err))
				}
				if len(line) > 4 && string(line[:4]) == "id: " {
					if events.Add(1); !told {
						told = true
						following.Add(1)
					}
				}
			}
		})
	}
	g.Go(func() error {
		for ctx.Err() == nil {
			if following.Load() == int64(readers) {
				fmt.Fprintln(a.stdout, events.Load())
			}
			select {
			case <-ctx.Done():
			case <-time.After(time.Second):
			}
		}
		return nil
	})
	return g.Wait()
}

func cmpEOF(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
