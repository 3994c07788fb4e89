package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"runtime"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/minyi/minyi/cmd/minyi/internal/bench"
	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/internal/textfmt"
	"github.com/minyi/minyi/pipeline/broker"
	"github.com/minyi/minyi/pipeline/broker/embedded"
)

// benchOptions are the flags of minyi bench.
type benchOptions struct {
	messages uint64
	data     string
	dict     string
	seed     uint64
	cells    int
	peer     bool
	json     bool
	profile  string
	recount  bool

	pages    int           // readers; 0: the page is not measured
	pagesAt  string        // this process is the readers of the page at that address
	pagesFor time.Duration // how long events are measured
}

func (a *app) benchCommand() *cobra.Command {
	var o benchOptions
	cmd := &cobra.Command{
		Use:   "bench",
		Short: "Measure this machine: reading, counting, sending, latency, memory",
		Long: `Measure, in one run on the embedded server and on generated suggestions of about
300 bytes, what the broker can do by itself and what minyi does with it:

  reader    an ordered consumer without acknowledgements, large pulls, that only
            counts bytes; once before the pipeline and once after it
  pipeline  a worker with the real classifier, from nothing to all counted
  ingest    minyi send from an NDJSON file, and bare asynchronous publishing
  latency   from publishing a message to its total being visible to a watcher of
            the bucket: while idle, and while 20,000 messages a second arrive
  memory    the most that the process had at any time, the server included

The ratio of pipeline to reader is what to compare between machines; absolute
figures are those of this one, at this moment. Leave it alone while it runs.`,
		Example: `  minyi bench
  minyi bench --messages 8542000 --data /var/tmp/bench --json
  minyi bench --recount`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if o.messages < 1000 {
				return usageError("--messages %d: at least 1000", o.messages)
			}
			if o.cells < 0 || o.cells > 1_000_000 {
				return usageError("--cells %d: from 1 to 1000000, or 0 for the default", o.cells)
			}
			switch {
			case o.pages < 0 || o.pages > 100_000:
				return usageError("--pages %d: from 1 to 100000 readers", o.pages)
			case o.pagesAt != "":
				return a.readPages(cmd.Context(), o.pagesAt, o.pages)
			case o.pages > 0:
				if !cmd.Flags().Changed("messages") { // as many as come
					o.messages = 10_000_000
				}
				return a.benchPages(cmd.Context(), o)
			case o.recount:
				if !cmd.Flags().Changed("messages") {
					o.messages = 1_000_000
				}
				return a.benchRecount(cmd.Context(), o)
			}
			return a.bench(cmd.Context(), o)
		},
	}
	f := cmd.Flags()
	f.Uint64Var(&o.messages, "messages", 200_000, "how many suggestions")
	f.StringVar(&o.data, "data", "", "folder to work in, which must be empty or absent (default: a temporary one); it is left as it was")
	f.StringVar(&o.dict, "dict", "", "folder of a dictionary (default: the one in the program)")
	f.Uint64Var(&o.seed, "seed", 1, "of the generator")
	f.IntVar(&o.cells, "cells", 0, "about how many cells the suggestions fall into, by more or fewer days and sources (default: four weeks, four sources)")
	f.BoolVar(&o.peer, "peer", false, "also measure a plain shared consumer with acknowledgements, gse and a map")
	f.BoolVar(&o.recount, "recount", false, "measure a candidate instead: until it is caught up over the stored messages (1,000,000 of them), and three tallies at the live end beside one")
	f.IntVar(&o.pages, "pages", 0, "measure the page instead: with this many readers who follow it from another process, and while 50,000 messages/s are counted")
	f.StringVar(&o.pagesAt, "pages-at", "", "")
	f.DurationVar(&o.pagesFor, "pages-for", 10*time.Second, "")
	for _, hidden := range []string{"pages-at", "pages-for"} { // of minyi itself, and of its tests
		if err := f.MarkHidden(hidden); err != nil {
			panic(err)
		}
	}
	f.BoolVar(&o.json, "json", false, "as JSON")
	f.StringVar(&o.profile, "profile", "", "write a CPU profile of the pipeline to this file")
	return cmd
}

// benchResult is what `minyi bench --json` prints. The first nine keys are
// stable; p50_ms and p99_ms are the worse of idle and loaded.
type benchResult struct {
	Messages    uint64  `json:"messages"`
	Bytes       uint64  `json:"bytes"`
	ReaderPerS  float64 `json:"reader_per_s"`
	PipePerS    float64 `json:"pipeline_per_s"`
	Ratio       float64 `json:"ratio"`
	IngestPerS  float64 `json:"ingest_per_s"`
	P50         float64 `json:"p50_ms"`
	P99         float64 `json:"p99_ms"`
	RSS         float64 `json:"rss_mb"`
	BarePerS    float64 `json:"bare_ingest_per_s"`
	IngestRatio float64 `json:"ingest_ratio"`

	ReaderBefore float64 `json:"reader_before_per_s"`
	ReaderAfter  float64 `json:"reader_after_per_s"`

	// Processor time in microseconds a message, of all threads, the server's
	// included. On a machine that is busy with other things these say more than
	// the rates.
	ReaderCPU float64 `json:"reader_cpu_us"`
	PipeCPU   float64 `json:"pipeline_cpu_us"`

	Idle     latency `json:"idle"`
	Loaded   latency `json:"loaded"`
	PipeRSS  float64 `json:"pipeline_rss_mb"` // the most while the pipeline ran
	Cells    int     `json:"cells"`
	Tagged   uint64  `json:"tagged"`
	Untagged uint64  `json:"untagged"`
	CPUs     int     `json:"cpus"`
	Go       string  `json:"go"`

	Peer *peerResult `json:"peer,omitempty"`
}

// latency is of how many messages, and how long until they were visible.
type latency struct {
	Messages int     `json:"messages"`
	PerS     float64 `json:"per_s"` // that arrived meanwhile
	P50      float64 `json:"p50_ms"`
	P99      float64 `json:"p99_ms"`
	Max      float64 `json:"max_ms"`
}

// peerResult is what the plain design does with the same work.
type peerResult struct {
	Messages   uint64  `json:"messages"`
	PerS       float64 `json:"per_s"`
	Ratio      float64 `json:"ratio"` // to the reader
	Kills      int     `json:"kills"`
	Miscounted int64   `json:"miscounted"` // what it counted too much when killed
}

// bench runs the measurements and prints them.
func (a *app) bench(ctx context.Context, o benchOptions) error {
	b, leave, err := a.newBenchRun(ctx, o)
	if err != nil {
		return err
	}
	if err := errors.Join(b.run(ctx), leave()); err != nil {
		return err
	}
	if o.json {
		return a.writeJSON(b.result)
	}
	a.writeBench(&b.result)
	return nil
}

// newBenchRun starts a server in an empty folder. Leave stops it and leaves the folder as
// it was.
func (a *app) newBenchRun(ctx context.Context, o benchOptions) (b *benchRun, leave func() error, err error) {
	saveMemory()
	c, err := a.loadClassifier(o.dict)
	if err != nil {
		return nil, nil, err
	}
	dir, leaveFolder, err := benchFolder(o.data)
	if err != nil {
		return nil, nil, err
	}
	undo := []func(){}
	leave = func() error {
		for i := len(undo) - 1; i >= 0; i-- {
			undo[i]()
		}
		return leaveFolder()
	}
	fail := func(err error) (*benchRun, func() error, error) { return nil, nil, errors.Join(err, leave()) }
	server, err := embedded.Start(embedded.Options{Dir: dir, Log: a.stderr})
	if err != nil {
		return fail(err)
	}
	undo = append(undo, server.Shutdown)
	conn, err := broker.Connect(ctx, broker.Options{Server: server})
	if err != nil {
		return fail(err)
	}
	undo = append(undo, conn.Close)
	if err := conn.EnsureSuggestions(ctx); err != nil {
		return fail(err)
	}
	bare, err := bench.Connect(server, conn.Names())
	if err != nil {
		return fail(err)
	}
	undo = append(undo, bare.Close)
	return &benchRun{app: a, o: o, dir: dir, conn: conn, bare: bare, classifier: c}, leave, nil
}

// benchFolder returns an empty folder, and how to leave it as it was.
func benchFolder(dir string) (string, func() error, error) {
	if dir == "" {
		dir, err := os.MkdirTemp("", "minyi-bench-")
		if err != nil {
			return "", nil, phrase.Errorf("make a temporary folder; --data DIR chooses another: %w", err)
		}
		return dir, func() error { return os.RemoveAll(dir) }, nil
	}
	entries, err := os.ReadDir(dir)
	switch {
	case errors.Is(err, os.ErrNotExist):
		if err := os.MkdirAll(dir, 0o750); err != nil {
			return "", nil, usageError("--data: %w", err)
		}
		return dir, func() error { return os.RemoveAll(dir) }, nil
	case err != nil:
		return "", nil, usageError("--data: %w", err)
	case len(entries) > 0:
		return "", nil, usageError("--data %s is not empty; a measurement begins with nothing", dir)
	}
	return dir, func() error { return emptyFolder(dir) }, nil
}

// emptyFolder removes what is in a folder.
func emptyFolder(dir string) error {
	entries, err := os.ReadDir(dir)
	for _, e := range entries {
		err = errors.Join(err, os.RemoveAll(dir+string(os.PathSeparator)+e.Name()))
	}
	return err
}

// writeBench prints the result as a table.
func (a *app) writeBench(r *benchResult) {
	t := textfmt.Table{Columns: []textfmt.Column{{}, {Right: true}, {}}}
	perS := func(x float64) string { return textfmt.Count(uint64(x)) + "/s" }
	ms := func(l latency) string { return fmt.Sprintf("%.0f / %.0f / %.0f ms", l.P50, l.P99, l.Max) }
	t.Row("messages", textfmt.Count(r.Messages), fmt.Sprintf("%d bytes each, %s cells, %s tagged", r.Bytes/r.Messages, textfmt.Count(r.Cells), textfmt.Share(r.Tagged, r.Messages)))
	t.Row("reader", perS(r.ReaderPerS), fmt.Sprintf("before %s, after %s; %.1f µs of processor a message", perS(r.ReaderBefore), perS(r.ReaderAfter), r.ReaderCPU))
	t.Row("pipeline", perS(r.PipePerS), fmt.Sprintf("ratio to the reader %.2f; %.1f µs of processor a message", r.Ratio, r.PipeCPU))
	t.Row("ingest", perS(r.IngestPerS), fmt.Sprintf("bare publishing %s, ratio %.2f", perS(r.BarePerS), r.IngestRatio))
	t.Row("latency idle", ms(r.Idle), "p50 / p99 / max of "+textfmt.Count(r.Idle.Messages))
	t.Row("latency loaded", ms(r.Loaded), fmt.Sprintf("p50 / p99 / max at %s", perS(r.Loaded.PerS)))
	t.Row("memory", fmt.Sprintf("%.0f MB", r.RSS), fmt.Sprintf("most resident; %.0f MB while the pipeline ran", r.PipeRSS))
	if p := r.Peer; p != nil {
		t.Row("peer", perS(p.PerS), fmt.Sprintf("ratio to the reader %.2f; killed %d times it counted %d too many of %s",
			p.Ratio, p.Kills, p.Miscounted, textfmt.Count(p.Messages)))
	}
	fmt.Fprint(a.stdout, t.String())
	fmt.Fprintf(a.stdout, "\n%d processors, %s\n", r.CPUs, r.Go)
}

// procStatus returns a line of /proc/self/status in MB; 0 where there is none.
func procStatus(name string) float64 {
	if runtime.GOOS != "linux" {
		return 0
	}
	b, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for _, line := range strings.Split(string(b), "\n") {
		var kb float64
		if n, err := fmt.Sscanf(line, name+": %f kB", &kb); err == nil && n == 1 {
			return kb / 1024
		}
	}
	return 0
}

// resetPeak makes the kernel forget the most memory so far.
func resetPeak() {
	// Where this cannot be done, the peak is that of the whole run.
	_ = os.WriteFile("/proc/self/clear_refs", []byte("5"), 0)
}

func milliseconds(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }
