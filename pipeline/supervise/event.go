package supervise

import (
	"crypto/rand"
	"encoding/hex"
	"encoding/json"
	"time"
)

// EventKind is what happened.
type EventKind string

// What happens to tallies.
const (
	Published  EventKind = "published"   // a dictionary is wanted to be counted
	RefusedBy  EventKind = "refused"     // a dictionary was not accepted, or a worker cannot count it
	Started    EventKind = "started"     // the first worker began to count it
	Promoted   EventKind = "promoted"    // readers are shown it
	RolledBack EventKind = "rolled_back" // readers are shown the one before again
	RetiredBy  EventKind = "retired"     // nobody counts it any more
	Recreated  EventKind = "recreated"   // readers are shown it, as the stream of the one before was made anew
	Anew       EventKind = "anew"        // the stream counts as another one from here on
	PutBack    EventKind = "put_back"    // the broker had lost the pointer to it
	Moved      EventKind = "moved"       // something else than minyi moved the pointer to it
	Measured   EventKind = "measured"    // labelled texts said how good a dictionary is
)

// Reasons that minyi itself gives. Commands say them in the reader's language.
const (
	WhyStarted   = "a worker was started with it"
	WhyFirst     = "the first tally of all"
	WhyFlag      = "started with --promote"
	WhyPutBack   = "the broker had lost the pointer"
	WhyRecreated = "the stream of the tally before was made anew"
	WhyAnew      = "the stream was made anew: it does not hold what was counted"
	WhyRemoved   = "the bucket of counts was removed while no worker ran"
	WhyMoved     = "moved by another program, or by a release of minyi without a history"
	WhyBoth      = "it was retired at the same moment"
	WhyCurrent   = "it is the current one"
	WhyUnread    = "it cannot be read"
)

// Event is an entry of the history: what happened to a tally, who did it, when and why. It
// is stored in the stream MINYI_HISTORY, to which is only appended. It never holds text
// of a message.
type Event struct {
	// ID is unique: an event is recorded once, however often that is tried.
	ID    string    `json:"id"`
	Event EventKind `json:"event"`
	Tally string    `json:"tally,omitempty"`
	Dict  string    `json:"dict,omitempty"`
	At    time.Time `json:"at"`
	By    string    `json:"by,omitempty"`
	Why   string    `json:"why,omitempty"`
	// From and To are the tallies that were current before and are now, of events that
	// moved the pointer.
	From string `json:"from,omitempty"`
	To   string `json:"to,omitempty"`
	// Verdict and Checks are what a promotion was decided by; Forced: against it.
	Verdict string          `json:"verdict,omitempty"`
	Checks  json.RawMessage `json:"checks,omitempty"`
	Forced  bool            `json:"forced,omitempty"`
}

// EventOf is the entry of the history about the newest change of a record.
func EventOf(w Wanted) Event {
	kind := Published
	if w.State == Retired {
		kind = RetiredBy
	}
	return Event{ID: w.Event, Event: kind, Tally: w.Tally(), Dict: w.Spec.Dict, At: w.At, By: w.By, Why: w.Why}
}

// NewID returns an id for an event.
func NewID() string {
	b := make([]byte, 12)
	_, _ = rand.Read(b) // it never fails
	return hex.EncodeToString(b)
}

// MovesPointer reports whether the event is one after which readers see another tally, or
// the same again.
func (e *Event) MovesPointer() bool { return e.To != "" }
