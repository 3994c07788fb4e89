package main

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"runtime"
	"time"

	"github.com/minyi/minyi/classifier"
	"github.com/minyi/minyi/dict"
	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/pipeline"
	"github.com/minyi/minyi/pipeline/broker"
	"github.com/minyi/minyi/pipeline/dashboard"
	"github.com/minyi/minyi/pipeline/metrics"
	"github.com/minyi/minyi/pipeline/supervise"
)

// semantics are those of the classifier of this program. Tests of two versions of minyi
// side by side set another one.
var semantics = classifier.Semantics

// newFleet adds to an engine the worker of the tally that it was started with, and the
// supervisor that runs it and those of all other tallies that are wanted.
func (a *app) newFleet(ctx context.Context, e *engine, cfg pipeline.Config, m *metrics.Metrics) error {
	shares := supervise.NewShares(runtime.GOMAXPROCS(0))
	// The worker needs its observers, and the observer of the metrics needs the tally,
	// which the worker computes. So the last observer is set below, before anything runs.
	observers := pipeline.Observers{logObserver{log: e.log, refused: &e.refused, repairs: &e.repairs, drained: &e.drained}, e.publisher, pipeline.Silent{}}
	cfg.Classifier, cfg.Observer, cfg.Turns, cfg.Semantics = e.classifier, observers, shares, semantics
	worker, err := e.conn.NewWorker(ctx, cfg)
	if err != nil {
		return err
	}
	e.tally = worker.Tally()
	observe := func(t supervise.Tally, status func() pipeline.Status) pipeline.Observer {
		return m.Observe(metrics.Tally{ID: t.ID, Dict: t.Dict, Tree: pipeline.NewThemeTree(t.Classifier.Dictionary()), Status: status})
	}
	observers[2] = observe(supervise.Tally{ID: e.tally, Dict: worker.Spec().Dict, Classifier: e.classifier}, worker.Status)
	e.fleet = supervise.New(supervise.Config{
		Store: e.conn.Tallies(), Shares: shares, Worker: e.conn.Worker(), Version: version, Semantics: semantics, Log: e.log,
		Own:           supervise.Own{Spec: worker.Spec(), Classifier: e.classifier, Worker: worker},
		NewClassifier: func(d *dict.Dictionary) (pipeline.Classifier, error) { return a.preparedClassifier(d) },
		Observer: func(t supervise.Tally, status func() pipeline.Status) pipeline.Observer {
			return pipeline.Observers{logObserver{log: e.log, refused: &e.refused, repairs: &e.repairs, drained: &e.drained}, e.publisher, observe(t, status)}
		},
		Stopped: m.Remove,
	})
	return nil
}

var notInNames = regexp.MustCompile("[^A-Za-z0-9_-]+")

// workerName names this process on the broker and in the history.
func workerName() string {
	host, err := os.Hostname()
	if err != nil {
		host = "minyi"
	}
	return fmt.Sprintf("%s-%d-%s", notInNames.ReplaceAllString(host, "-"), os.Getpid(), supervise.NewID()[:4])
}

// shown is the tally by which texts are classified where nobody names one: the current one
// if this process counts it, else the one that it was started with.
func (e *engine) shown() (supervise.Tally, bool) {
	if t, ok := e.fleet.Tally(""); ok && t.Classifier != nil {
		return t, true
	}
	t, ok := e.fleet.Tally(e.tally)
	return t, ok && t.Classifier != nil
}

// shownClassifier is the classifier of that tally.
func (e *engine) shownClassifier() *classifier.Classifier {
	if t, ok := e.shown(); ok {
		return t.Classifier.(*classifier.Classifier) // newFleet makes no others
	}
	return e.classifier
}

// service is what the engine answers on NATS.
func (e *engine) service() broker.ServiceOptions {
	return broker.ServiceOptions{
		Version: version, Board: e.public, BoardOnly: e.public != e.board, Tallies: e.served, Changed: e.fleet.Changed, Context: e.serviceContext,
	}
}

// served are the tallies that this process classifies with and counts, the shown one first.
func (e *engine) served() []broker.ServedTally {
	shown, _ := e.shown()
	var out []broker.ServedTally
	for _, t := range e.fleet.Tallies() {
		if t.State != supervise.Working {
			continue
		}
		s := broker.ServedTally{Tally: t.ID, Dict: t.Dict, Status: t.Status}
		if c, ok := t.Classifier.(*classifier.Classifier); ok {
			s.Classify = func(text []byte) ([]byte, error) { return e.classify(c, text), nil }
		}
		if out = append(out, s); t.ID == shown.ID {
			out[0], out[len(out)-1] = out[len(out)-1], out[0]
		}
	}
	return out
}

// classify returns the tags of a text as JSON.
func (e *engine) classify(c *classifier.Classifier, text []byte) []byte {
	var r classifier.Result
	c.Classify(&r, text)
	return newRecord(c, e.measures.chances(c), "", text, &r).AppendJSON(nil)
}

// Status implements [dashboard.Engine]: it is of the current tally, whether this process
// counts it or not, since that is what readers are shown.
func (e *engine) Status(ctx context.Context) (pipeline.Status, error) {
	info, err := e.conn.StreamInfo(ctx)
	if err != nil {
		return pipeline.Status{}, err
	}
	if t, ok := e.fleet.Tally(""); ok && t.State == supervise.Working {
		return t.Status, nil
	}
	s := pipeline.Status{Last: info.Last, Ready: true, Schema: pipeline.SnapshotSchema}
	if own, ok := e.fleet.Tally(e.tally); ok && own.State == supervise.Working {
		s.Ready, s.Draining = own.Status.Ready, own.Status.Draining
	}
	counts, _ := e.board.Latest("") // none yet, or old ones: the lag says how old
	s.Tally, s.Dict, s.Frontier, s.Planned = counts.Tally, counts.Dict, counts.Frontier, counts.Frontier
	s.AsOf = counts.AsOf
	s.Current = s.Tally != ""
	if s.Last > s.Frontier {
		s.Lag = s.Last - s.Frontier
	}
	s.Uncounted = e.uncounted(s.Lag)
	return s, nil
}

// uncounted says that nobody counts the current tally although it is behind, and what to
// do; "" if somebody does, or nobody needs to, or it is not known.
func (e *engine) uncounted(lag uint64) string {
	c := e.fleet.Counted()
	if !c.Nobody() || lag == 0 {
		return ""
	}
	why := phrase.Textf("no worker says that it does")
	if len(c.Reasons) > 0 {
		why = phrase.Textf("refused by %s", c.Reasons[0])
	}
	return phrase.Textf("nobody counts tally %s, which is current and %d behind: %s; minyi dict publish with its dictionary has it counted, minyi tally promote shows another one", c.Current, lag, why).String() // the log says it in its language
}

// listed are the tallies that are wanted, as the page shows them.
func (e *engine) listed(ctx context.Context) ([]dashboard.Tally, error) {
	list, err := e.conn.Tallies().List(ctx)
	if err != nil {
		return nil, err
	}
	out := []dashboard.Tally{}
	for _, t := range list {
		if t.State == supervise.Retired {
			continue
		}
		refused := len(t.Refused)
		out = append(out, dashboard.Tally{
			Tally: t.Tally, Dict: t.Dict, Current: t.Current, Frontier: t.Frontier, Last: t.Last, Lag: t.Lag, Rate: uint64(max(t.Rate, 0)), AsOf: t.AsOf,
			Workers: &t.Workers, Refused: &refused,
		})
	}
	return out, nil
}

// moves are the entries of the history after which readers were shown another tally.
func (e *engine) moves(ctx context.Context) ([]dashboard.Move, error) {
	events, err := e.conn.History(ctx)
	out := []dashboard.Move{}
	for _, x := range events {
		if x.MovesPointer() {
			out = append(out, dashboard.Move{At: x.At, Event: string(x.Event), From: x.From, To: x.To, By: x.By, Why: x.Why})
		}
	}
	return out, err
}

// fleetStatus is what the metrics say of all tallies.
func (e *engine) fleetStatus() metrics.Fleet {
	f := metrics.Fleet{Current: e.fleet.Counted().Current, CurrentWorkers: max(e.fleet.Counted().Workers, 0)}
	f.Known = e.fleet.Counted().Workers >= 0
	for _, t := range e.fleet.Tallies() {
		f.Tallies = append(f.Tallies, metrics.FleetTally{ID: t.ID, State: string(t.State)})
	}
	return f
}

// watchCounted logs once when nobody counts the current tally, and when somebody does
// again.
func (e *engine) watchCounted(ctx context.Context) {
	said := ""
	for ctx.Err() == nil {
		s, err := e.Status(ctx)
		if err == nil && (s.Uncounted != "") != (said != "") {
			if said = s.Uncounted; said != "" {
				e.log.Error(said)
			} else {
				e.log.Info("the current tally is counted again", "tally", s.Tally)
			}
		}
		select {
		case <-ctx.Done():
		case <-time.After(supervise.SayEvery):
		}
	}
}
