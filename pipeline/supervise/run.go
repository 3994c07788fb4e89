package supervise

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"time"

	"github.com/minyi/minyi/dict"
	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/pipeline"
)

// run is one tally in this process, from its dictionary to the end of its worker. Fields
// that change are guarded by the supervisor's mutex.
type run struct {
	supervisor *Supervisor
	wanted     Wanted
	cancel     context.CancelFunc
	done       chan struct{}

	event      string // the change of the record that it was begun for; "": there was no record
	state      WorkerStep
	reason     string
	classifier pipeline.Classifier
	worker     *pipeline.Worker

	// Of the rate, which sayAgain measures.
	rate       float64
	measuredAt time.Time
	frontier   uint64
}

func (r *run) tally() Tally {
	t := Tally{ID: r.wanted.Tally(), Dict: r.wanted.Spec.Dict, State: r.state, Reason: r.reason, Classifier: r.classifier}
	if r.worker != nil {
		t.Status = r.worker.Status()
	}
	return t
}

// recordOf is the change of the record that the run is for.
func (r *run) recordOf() string {
	r.supervisor.mu.Lock()
	defer r.supervisor.mu.Unlock()
	return r.event
}

func (r *run) refused() bool {
	r.supervisor.mu.Lock()
	defer r.supervisor.mu.Unlock()
	return r.state == Refused
}

// begunFor tells whether the tally was begun before its record was there; it then is the
// record of this run.
func (r *run) begunFor(w Wanted) bool {
	r.supervisor.mu.Lock()
	defer r.supervisor.mu.Unlock()
	if r.event != "" {
		return false
	}
	r.event = w.Event
	return true
}

// retryEvery is how often something is tried again that the environment prevented.
const retryEvery = 2 * time.Second

// run counts the tally until ctx ends. One that cannot be counted is refused, and that is
// said until ctx ends.
func (r *run) run(ctx context.Context) {
	s := r.supervisor
	s.say(ctx, r)
	for {
		err := r.prepare(ctx)
		if err == nil {
			break
		}
		if ctx.Err() != nil {
			return
		}
		if cannot(err) {
			r.refuse(ctx, err)
			<-ctx.Done()
			return
		}
		s.log.Warn("load tally; trying again", "tally", r.wanted.Tally(), "error", err)
		sleep(ctx, retryEvery)
	}
	s.change(func() { r.state = Working })
	s.say(ctx, r)
	r.recordStart(ctx)
	err := r.worker.Run(ctx)
	if err == nil { // drained
		return
	}
	s.fail(r, err)
	r.refuse(ctx, err)
	<-ctx.Done()
}

// errSemantics means that the classifier of this program is not that of the tally.
var errSemantics = phrase.New("classified by another version of the rules")

// cannot tells whether this process cannot count the tally, whatever the environment does.
func cannot(err error) bool {
	var faults dict.Errors
	return errors.Is(err, ErrNoDict) || errors.Is(err, ErrOtherDict) || errors.Is(err, errSemantics) ||
		errors.Is(err, pipeline.ErrSpecVersion) || errors.As(err, &faults) || pipeline.Fatal(err)
}

// prepare loads the dictionary aside, and makes the worker. Nothing is counted before
// both are complete.
func (r *run) prepare(ctx context.Context) error {
	s, spec := r.supervisor, r.wanted.Spec
	own := false
	s.change(func() {
		if own = spec.Tally() == s.cfg.Own.Spec.Tally() && !s.ownUsed; own {
			r.classifier, r.worker, s.ownUsed = s.cfg.Own.Classifier, s.cfg.Own.Worker, true
		}
	})
	if own {
		return nil
	}
	if spec.Semantics != s.cfg.Semantics {
		return phrase.Errorf("%w: by %s, and this program has %s; another release of minyi counts it", errSemantics, spec.Semantics, s.cfg.Semantics)
	}
	c, err := s.classifier(ctx, spec.Dict)
	if err != nil {
		return err
	}
	cfg := s.cfg.Pipeline
	cfg.Classifier, cfg.Semantics, cfg.Turns = c, s.cfg.Semantics, s.cfg.Shares
	cfg.Promote, cfg.Beside, cfg.Format, cfg.Cells = false, true, spec.Format, pipeline.CellBounds{}
	// The observer knows the tally before the worker is there.
	status := func() pipeline.Status {
		t, _ := s.Tally(spec.Tally())
		return t.Status
	}
	cfg.Observer = s.cfg.Observer(Tally{ID: spec.Tally(), Dict: spec.Dict, Classifier: c}, status)
	worker, err := s.cfg.Store.WorkerOf(ctx, cfg, spec)
	if err != nil {
		return err
	}
	s.change(func() { r.classifier, r.worker = c, worker })
	return nil
}

// classifier returns the classifier of a version of a dictionary, as it is stored.
func (s *Supervisor) classifier(ctx context.Context, version string) (pipeline.Classifier, error) {
	packed, err := s.cfg.Store.Dict(ctx, version)
	if err != nil {
		return nil, err
	}
	d, err := Unpack(version, packed)
	if err != nil {
		return nil, err
	}
	return s.cfg.NewClassifier(d)
}

// refuse says that this process cannot count the tally, and why.
func (r *run) refuse(ctx context.Context, err error) {
	s := r.supervisor
	s.change(func() { r.state, r.reason, r.classifier, r.worker = Refused, oneLine(err), nil, nil })
	s.log.Error("refused: this process cannot count the tally, and leaves it to others", "tally", r.wanted.Tally(), "error", err)
	s.say(ctx, r)
	sum := sha256.Sum256([]byte(r.reason))
	s.record(ctx, Event{
		ID:    "refused-" + r.wanted.Tally() + "-" + r.recordOf() + "-" + hex.EncodeToString(sum[:4]),
		Event: RefusedBy, Tally: r.wanted.Tally(), Dict: r.wanted.Spec.Dict, Why: r.reason,
	})
}

// recordStart adds to the history that the tally is being counted; the first worker does.
func (r *run) recordStart(ctx context.Context) {
	event := r.recordOf()
	if event == "" {
		return
	}
	r.supervisor.record(ctx, Event{ID: "started-" + event, Event: Started, Tally: r.wanted.Tally(), Dict: r.wanted.Spec.Dict})
}
