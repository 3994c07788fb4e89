package dashboard

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"time"

	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/internal/measure"
	"github.com/minyi/minyi/pipeline"
)

// Engine returns the progress of the counting.
type Engine interface {
	// Status returns an error when the broker does not answer.
	Status(ctx context.Context) (pipeline.Status, error)
}

// Config of a dashboard.
type Config struct {
	Board  *pipeline.Board // required: the page shows its current tally
	Engine Engine          // required

	// Metrics answers /metrics; nil: there is no such page. With PrivateMetrics it is one
	// of the probes, and not of the page, as its counts are not those that may be published.
	Metrics        http.Handler
	PrivateMetrics bool

	// Classify answers /api/v1/classify with JSON; nil: there is no such address. It has
	// to be safe for concurrent use.
	Classify func(text []byte) []byte

	// Private: nothing takes or shows a text. /api/v1/classify answers 403.
	Private bool

	// Tallies lists the tallies that are wanted, for the page and /api/v1/tallies; nil:
	// only the current one is shown, and the one that this process counts.
	Tallies func(ctx context.Context) ([]Tally, error)
	// Difference sets a tally beside the current one, for its page and
	// /api/v1/tallies/diff; nil: there is none. The error wraps [ErrNoDifference] while nothing
	// of it is counted.
	Difference func(ctx context.Context, tally string) (Difference, error)
	// Moves returns which tallies readers were shown, the oldest first; nil: the page has no
	// history.
	Moves func(ctx context.Context) ([]Move, error)
	// Measure returns what labelled texts say of a version of a dictionary; nil: it was not
	// measured. It must not wait, and return the same measure until there is another.
	Measure func(dict string) *measure.Measure
	// Why says a reason of [pipeline.Promotion] in a language, zh or en; nil: as it is.
	Why func(why, lang string) string

	// MaxAge is how long a status is shown before the engine is asked again;
	// default 1 s. It bounds how often the broker is asked, whatever the number of readers.
	MaxAge time.Duration
	// ReadTimeout bounds one such question; default 3 s.
	ReadTimeout time.Duration

	// MaxReaders is how many may follow the page at once, each with a connection that
	// stays open; default 10,000. More are told to come later, and see the page as it
	// is without.
	MaxReaders int

	// Hosts are the names, in lower case, under which the page may be asked for, beside
	// addresses and localhost. Requests for others are refused.
	Hosts []string
	// Origins are the sites, such as https://example.org, whose pages may read the API
	// and the events; Embed those that may show the pages in a frame. Default: none.
	Origins, Embed []string

	// Names of sources and themes that the page shows in place of ids.
	Names Names

	// Zone is where times are shown; default UTC. (Days come from the tally.)
	Zone *time.Location
	// Now is the clock; default time.Now.
	Now func() time.Time
	// Log gets a record when counts cannot be shown and when they can again; default: none.
	Log *slog.Logger
}

func (c Config) validate() (Config, error) {
	var errs []error
	if c.Board == nil {
		errs = append(errs, phrase.New("dashboard: Config.Board is nil"))
	}
	if c.Engine == nil {
		errs = append(errs, phrase.New("dashboard: Config.Engine is nil"))
	}
	errs = append(errs, validOrigins("Config.Origins", c.Origins), validOrigins("Config.Embed", c.Embed))
	if c.MaxAge <= 0 {
		c.MaxAge = time.Second
	}
	if c.ReadTimeout <= 0 {
		c.ReadTimeout = 3 * time.Second
	}
	if c.Why == nil {
		c.Why = func(why, _ string) string { return why }
	}
	if c.Measure == nil {
		c.Measure = func(string) *measure.Measure { return nil }
	}
	if c.MaxReaders <= 0 {
		c.MaxReaders = 10_000
	}
	if c.Zone == nil {
		c.Zone = time.UTC
	}
	if c.Now == nil {
		c.Now = time.Now
	}
	if c.Log == nil {
		c.Log = slog.New(slog.DiscardHandler)
	}
	return c, errors.Join(errs...)
}

// Dashboard is the handler of all addresses. Safe for concurrent use.
type Dashboard struct {
	cfg    Config
	latest *latest
	assets assets
	pages  *template.Template
	hub    *hub
	tables *tables

	differences *differences
	namesID     string // of Config.Names, on which files depend

	handler http.Handler
	probes  http.Handler
}

var _ http.Handler = (*Dashboard)(nil)

// New returns a dashboard, or an error that names what the config lacks. The
// broker is first asked when the first request comes.
func New(c Config) (*Dashboard, error) {
	c, err := c.validate()
	if err != nil {
		return nil, err
	}
	d := &Dashboard{cfg: c, latest: newLatest(c), assets: loadAssets(), pages: parsePages(), tables: &tables{}}
	d.differences = &differences{cfg: c, of: make(map[string]madeDifference)}
	named := sha256.Sum256(fmt.Append(nil, c.Names))
	d.namesID = hex.EncodeToString(named[:4])
	d.hub = &hub{d: d, streams: make(map[request]*stream)}
	mux := http.NewServeMux()
	for _, pattern := range []string{"/{$}", "/themes/{id}", "/subthemes/{theme}/{id}", "/sources", "/sources/{id}", "/days", "/days/{id}", "/tallies/{id}"} {
		mux.HandleFunc(pattern, d.page)
	}
	mux.HandleFunc("/events", d.events)
	mux.HandleFunc("/api/v1/counts", d.apiCounts)
	mux.HandleFunc("/api/v1/outcomes", d.apiOutcomes)
	mux.HandleFunc("/api/v1/tallies", d.apiTallies)
	mux.HandleFunc("/api/v1/tallies/diff", d.apiDifference)
	mux.HandleFunc("/api/v1/openapi.json", openapi)
	if c.Classify != nil || c.Private {
		mux.HandleFunc(classifyPath, d.apiClassify)
	}
	mux.HandleFunc("/counts.json", d.counts)
	probes := http.NewServeMux()
	for _, m := range []*http.ServeMux{mux, probes} {
		m.HandleFunc("/healthz", healthz)
		m.HandleFunc("/readyz", d.readyz)
	}
	mux.Handle("/assets/", d.assets.handler(http.HandlerFunc(d.notFound)))
	switch {
	case c.Metrics != nil && c.PrivateMetrics:
		probes.Handle("/metrics", c.Metrics)
	case c.Metrics != nil:
		mux.Handle("/metrics", c.Metrics)
	}
	mux.HandleFunc("/", d.notFound)
	d.probes = secure(readOnly(probes), nil)
	d.handler = secure(knownHost(shared(readOnly(mux), c.Origins), c.Hosts), c.Embed)
	return d, nil
}

// Probes answers /healthz and /readyz and nothing else, for a listener of their own.
func (d *Dashboard) Probes() http.Handler { return d.probes }

// ServeHTTP implements http.Handler.
func (d *Dashboard) ServeHTTP(w http.ResponseWriter, r *http.Request) { d.handler.ServeHTTP(w, r) }

// page answers / and all other pages. It is 503 only if the counts could never be read.
func (d *Dashboard) page(w http.ResponseWriter, r *http.Request) {
	req := parseRequest(r)
	if req.path == "/" && req.theme != "" {
		http.Redirect(w, r, req.toTheme(req.theme), http.StatusFound)
		return
	}
	if err := (tableQuery{string(pipeline.ByDay), req.filter}).check(); err != nil {
		d.render(w, http.StatusBadRequest, "404.html", lone{d.frame(req.all()), wordsIn(req.lang).BadFilter, phrase.Language(req.lang).Error(err)})
		return
	}
	now := d.latest.get(r.Context())
	code := http.StatusOK
	if now.away() && !now.known {
		code = http.StatusServiceUnavailable
	}
	if kind, id, _ := split(req.path); kind == "tallies" && d.comparable(now, id) && id != now.counts.Tally {
		d.differences.get(r.Context(), now, id)
	}
	p := d.pageOf(req, now)
	if !p.found {
		d.notFound(w, r)
		return
	}
	if p.err != nil {
		d.fail(w, p.err)
		return
	}
	d.render(w, code, "page.html", p)
}

// lone is a page that shows no counts, and says why.
type lone struct {
	frame
	Heading, Text string
}

// notFound answers all other addresses.
func (d *Dashboard) notFound(w http.ResponseWriter, r *http.Request) {
	f := d.frame(parseRequest(r).all())
	d.render(w, http.StatusNotFound, "404.html", lone{f, f.W.NotFound, f.W.NotFoundText})
}

// render makes the whole page before it sends the first byte, so that an error
// cannot leave half a page.
func (d *Dashboard) render(w http.ResponseWriter, code int, name string, data any) {
	var b bytes.Buffer
	if err := d.pages.ExecuteTemplate(&b, name, data); err != nil {
		d.fail(w, phrase.Errorf("make page %s: %w", name, err))
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Cache-Control", "no-cache")
	h.Set("Vary", "Accept-Language")
	write(w, code, b.Bytes())
}

func (d *Dashboard) fail(w http.ResponseWriter, err error) {
	d.cfg.Log.Error("answer a request", "error", err)
	http.Error(w, "内部错误 / internal error", http.StatusInternalServerError)
}
