// Package doctor examines a broker: whether minyi can use it, in what state the
// streams and workers are, and what to do about what is wrong.
//
// It only reads, but for a scratch stream that it makes and removes again. A check
// that could not be made is a finding too, never a silence. It repairs nothing.
//
//	doctor.go   Examine, findings; connection, account, payload, loss of power
//	scratch.go  atomic batches and clocks, tried on the scratch stream
//	streams.go  the streams: settings, limits, age
//	work.go     tasks, the current tally, workers
//	try.go      what a worker does, tried: making readers, publishing
//	servers.go  versions of the servers of a cluster
//	ids.go      whether publishers send ids
package doctor

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/pipeline"
	"github.com/minyi/minyi/pipeline/broker"
)

// Verdict says how serious a finding is.
type Verdict string

// The verdicts, from good to bad.
const (
	OK   Verdict = "ok"
	Warn Verdict = "warn" // works now; something is to be known or mended
	Fail Verdict = "fail" // counting does not work, or what is counted is in danger
)

// Finding is what one check found.
type Finding struct {
	Check   string  `json:"check"`
	Verdict Verdict `json:"verdict"`
	Found   string  `json:"found"`
	Remedy  string  `json:"remedy,omitempty"` // what to do unless the verdict is ok

	found, remedy phrase.Text // Found and Remedy, to be said in another language
}

// FoundIn is Found in a language.
func (f *Finding) FoundIn(l phrase.Language) string { return f.found.In(l) }

// RemedyIn is Remedy in a language.
func (f *Finding) RemedyIn(l phrase.Language) string { return f.remedy.In(l) }

// Examine checks a broker and what minyi has on it. It only reads, but for a scratch
// stream that it makes, to try atomic batches and compare clocks, and removes again.
// The findings come in a fixed order; without a connection or without JetStream
// there are only the first ones. A check that could not be made is a finding too.
// MaxMessageBytes is the longest message that minyi counts.
func Examine(ctx context.Context, o broker.Options, maxMessageBytes int) []Finding {
	d := &doctor{o: o, maxMessageBytes: maxMessageBytes}
	// The server answers nothing to what this user may not ask. The check ends then: it
	// would wait as long as for a server that is away, for each of its questions.
	o.OnDenied = d.end
	c, err := broker.Connect(ctx, o)
	if err != nil {
		d.notConnected(o, err)
		return d.findings
	}
	defer c.Close()
	d.c, d.js = c, c.JetStream()
	// What this user may not do is a finding, and no error of the connection.
	quiet := o
	d.denials = make(chan struct{}, 1)
	quiet.OnDenied = func(error) {
		select {
		case d.denials <- struct{}{}:
		default:
		}
	}
	quiet.OnError, quiet.OnReconnect = nil, nil
	if d.quiet, err = broker.Connect(ctx, quiet); err != nil {
		d.notConnected(o, err)
		return d.findings
	}
	defer d.quiet.Close()
	for _, check := range []func(context.Context){
		d.connection, d.version, d.account, d.payload, d.scratch, d.servers, d.suggestions, d.publishers, d.ledgerStreams, d.readers, d.takes, d.powerLoss, d.tasks, d.tally, d.cells, d.fleet, d.workers,
	} {
		within, cancel := context.WithCancelCause(ctx)
		d.running.Store(&running{within, cancel})
		check(within)
		cancel(nil)
	}
	return d.findings
}

// running is the check that is being made.
type running struct {
	context context.Context
	cancel  context.CancelCauseFunc
}

// end ends the check that is being made, since it asked what this user may not ask.
func (d *doctor) end(denied error) {
	if r := d.running.Load(); r != nil {
		r.cancel(denied)
	}
}

// denial returns what the check that is being made may not do, or nil.
func (d *doctor) denial() error {
	if r := d.running.Load(); r != nil {
		if err := context.Cause(r.context); errors.Is(err, nats.ErrPermissionViolation) {
			return err
		}
	}
	return nil
}

// doctor collects findings.
type doctor struct {
	c, quiet        *broker.Conn  // quiet reports no errors; permissions are tried on it
	denials         chan struct{} // something was not allowed on quiet
	running         atomic.Pointer[running]
	js              jetstream.JetStream
	o               broker.Options
	maxMessageBytes int
	findings        []Finding

	// What one check learned and a later one needs.
	stream   *jetstream.StreamInfo // of suggestions; nil: not there
	frontier uint64                // of the current tally
	mark     *pipeline.Mark        // of the current tally
	counting bool                  // there is a current tally
}

func (d *doctor) addf(check string, v Verdict, remedy phrase.Text, format string, args ...any) {
	if v == OK {
		remedy = phrase.Text{}
	}
	found := phrase.Textf(format, args...)
	d.findings = append(d.findings, Finding{Check: check, Verdict: v, Found: found.String(), Remedy: remedy.String(), found: found, remedy: remedy})
}

func (d *doctor) okf(check, format string, args ...any) {
	d.addf(check, OK, phrase.Text{}, format, args...)
}

// failed reports a check that could not be made.
func (d *doctor) failed(check string, err error) {
	if denied := d.denial(); denied != nil {
		d.addf(check, Fail, phrase.Textf("log in as a user that may: `doctor` of deploy/nats/authorization.conf has all rights that this needs"), "this user may not ask: %v", denied)
		return
	}
	d.addf(check, Fail, phrase.Textf("look at the server's log, and at the permissions of this user"), "could not be checked: %v", err)
}

// notConnected reports why there is no connection.
func (d *doctor) notConnected(o broker.Options, err error) {
	at := phrase.Textf("%s", broker.Address(o.URL))
	if o.URL == "" {
		at = phrase.Textf("the selected context or the default address")
	}
	check := "connection"
	switch {
	case errors.Is(err, broker.ErrServerTooOld):
		d.okf(check, "%s", at)
		check = "version"
	case errors.Is(err, broker.ErrNoJetStream):
		d.okf(check, "%s", at)
		check = "jetstream"
	default:
		err = phrase.Errorf("%s: %w", at, err)
	}
	d.addf(check, Fail, broker.ConnectRemedy(err), "%v", err)
}

func (d *doctor) connection(context.Context) {
	url, _ := d.c.Server()
	rtt, err := d.js.Conn().RTT()
	if err != nil {
		d.failed("connection", err)
		return
	}
	names := phrase.Textf("stream %s", d.c.Names().Suggestions)
	if p := d.o.Prefix; p != "" {
		names = phrase.Textf("%s, prefix %s", names, p)
	}
	if domain := d.js.Options().Domain; domain != "" {
		names = phrase.Textf("%s, domain %s", names, domain)
	}
	const far = 50 * time.Millisecond
	if rtt > far {
		d.addf("connection", Warn, phrase.Textf("run workers near the broker: every range costs some round trips"),
			"%s, %s there and back; %s", url, rtt.Round(time.Millisecond), names)
		return
	}
	d.okf("connection", "%s, %s there and back; %s", url, rtt.Round(10*time.Microsecond), names)
}

// account looks at what JetStream allows this account, and at what is used.
func (d *doctor) account(ctx context.Context) {
	info, err := d.js.AccountInfo(ctx)
	if err != nil {
		d.failed("jetstream", err)
		return
	}
	d.okf("jetstream", "%d streams, %d consumers", info.Streams, info.Consumers)
	a, name, ok := tierOf(info, d.replicas(ctx))
	if !ok {
		d.addf("account", Fail, phrase.Textf("give the account a tier %s, or make minyi's streams with --replicas of a tier that it has", name),
			"limits are by number of replicas, and there is none for streams of minyi (%s)", name)
		return
	}
	limits := a.Limits
	// Tasks, deltas, counts, positions, labels, dictionaries, tallies, what was published,
	// history, and the scratch stream of this check.
	const needed = 10
	if limits.MaxStreams > 0 && limits.MaxStreams < a.Streams+1 {
		d.addf("account", Fail, phrase.Textf("raise the account's limit of streams; minyi has up to %d", needed),
			"%d of %d streams", a.Streams, limits.MaxStreams)
	}
	switch used := share(a.Store, limits.MaxStore); {
	case limits.MaxStore <= 0:
		d.okf("storage", "%s used, no limit of the account; the disk is the limit: look with df on the server", size(a.Store))
	case used >= 0.95:
		d.addf("storage", Fail, phrase.Textf("make room or raise the account's limit of storage: publishing is about to be refused"),
			"%s of %s used", size(a.Store), size(uint64(limits.MaxStore)))
	case used >= 0.8:
		d.addf("storage", Warn, phrase.Textf("make room or raise the account's limit of storage"), "%s of %s used", size(a.Store), size(uint64(limits.MaxStore)))
	default:
		d.okf("storage", "%s of %s used", size(a.Store), size(uint64(limits.MaxStore)))
	}
	if limits.MaxBytesRequired && d.o.Prefix == "" {
		d.addf("account", Warn, phrase.Textf("make the streams beforehand with --max-bytes; minyi takes those that are there"),
			"this account allows no stream without a limit of bytes, and minyi makes streams without one")
	}
}

// minPayload is what the parts of a delta and batches of counts need.
const minPayload = 640 << 10

func (d *doctor) payload(context.Context) {
	most := d.js.Conn().MaxPayload()
	switch {
	case most < minPayload:
		d.addf("payload", Fail, phrase.Textf("raise max_payload of nats-server to 1 MB, its default"), "the server takes messages up to %s, and deltas need %s",
			size(uint64(most)), size(minPayload))
	case most < int64(d.maxMessageBytes):
		d.addf("payload", Warn, phrase.Textf("raise max_payload if suggestions may be that long: longer ones never arrive, and are not counted as too_large either"),
			"the server takes messages up to %s, minyi up to %s", size(uint64(most)), size(uint64(d.maxMessageBytes)))
	default:
		d.okf("payload", "the server takes messages up to %s, minyi counts them up to %s", size(uint64(most)), size(uint64(d.maxMessageBytes)))
	}
}

// powerLoss looks at what a power failure may cost: a single replica is as safe
// as its sync interval, which a server shows to its own system account only.
func (d *doctor) powerLoss(ctx context.Context) {
	const check = "power loss"
	switch replicas, name := d.fewestReplicas(ctx); {
	case replicas == 0: // nothing is there yet
	case replicas >= 3:
		d.okf(check, "every stream has %d replicas or more", replicas)
	default:
		d.addf(check, Warn, phrase.Textf("set sync_interval: always in nats-server.conf, or use three replicas. How it is set now: grep sync_interval nats-server.conf, "+
			"or nats server request jetstream with a system user (nats-server: 2 min unless set; minyi up: 10 s)"),
			"%s has %d replica: what was acknowledged within its server's sync interval may be lost with the power", name, replicas)
	}
}

// fewestReplicas returns the stream with the fewest replicas; 0 without any.
func (d *doctor) fewestReplicas(ctx context.Context) (replicas int, name string) {
	for _, stream := range []string{d.c.Names().Suggestions, d.c.Names().Tasks, d.c.Names().Deltas, d.c.Names().BucketStream} {
		s, err := d.js.Stream(ctx, stream)
		if err != nil {
			continue // other checks report it
		}
		if r := s.CachedInfo().Config.Replicas; replicas == 0 || r < replicas {
			replicas, name = r, stream
		}
	}
	return replicas, name
}

// gatherWithin is how long to wait for the answers of several processes.
const gatherWithin = 500 * time.Millisecond

// gather asks all subscribers, and hands over what they answer within gatherWithin.
func (d *doctor) gather(ctx context.Context, subject string, f func(*nats.Msg)) {
	ctx, cancel := context.WithTimeout(ctx, gatherWithin)
	defer cancel()
	inbox := d.js.Conn().NewInbox()
	sub, err := d.js.Conn().SubscribeSync(inbox)
	if err != nil {
		return
	}
	defer func() { _ = sub.Unsubscribe() }()
	if d.js.Conn().PublishRequest(subject, inbox, nil) != nil {
		return
	}
	for {
		m, err := sub.NextMsgWithContext(ctx)
		if err != nil {
			return
		}
		if m.Header.Get("Status") != "503" { // nobody listens
			f(m)
		}
	}
}

// share is used of limit; 0 where there is no limit.
func share(used uint64, limit int64) float64 {
	if limit <= 0 {
		return 0
	}
	return float64(used) / float64(limit)
}

// size writes a number of bytes for a person.
func size(n uint64) string {
	switch {
	case n >= 1<<30:
		return fmt.Sprintf("%.1f GB", float64(n)/(1<<30))
	case n >= 1<<20:
		return fmt.Sprintf("%.1f MB", float64(n)/(1<<20))
	case n >= 1<<10:
		return fmt.Sprintf("%.0f kB", float64(n)/(1<<10))
	}
	return fmt.Sprintf("%d bytes", n)
}
