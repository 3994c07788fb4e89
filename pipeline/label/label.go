// Package label is what people say about messages: which sub-themes are right, and which
// of two dictionaries tagged better. All judgements are one kind of value in one store,
// whether they come from a duel, from a review, or from a page or form of another program.
//
// A judgement names a message by its sequence in a stream, and never holds its text: who
// may read the stream can look it up, and what is erased there is gone.
package label

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/internal/escape"
	"github.com/minyi/minyi/pipeline"
)

// Origin is where a judgement was made.
type Origin string

// The origins.
const (
	OfDuel   Origin = "duel"   // minyi tally judge
	OfReview Origin = "review" // minyi dict gold --store: a file that came back
	OfPage   Origin = "page"   // of another program, as nothing of minyi writes it
	OfForm   Origin = "form"   // likewise
)

// Judgement is what one person said of one message at one time. Its JSON shape is stable.
type Judgement struct {
	Stream string    `json:"stream"` // which content of the stream, see [StreamOf]
	Seq    uint64    `json:"seq"`    // of the message
	By     string    `json:"by"`     // who said it
	At     time.Time `json:"at"`
	Origin Origin    `json:"origin"`
	// Themes are the ids of the sub-themes that are right, all of them, the primary
	// first. Empty: none is. Nil: that was not said.
	Themes []string `json:"themes"`
	// Drawn says how the message was chosen: random or picked; empty: that was not said.
	Drawn string `json:"drawn,omitempty"`
	Duel  *Duel  `json:"duel,omitempty"` // of OfDuel
}

// Duel is what was said of the tags of two tallies.
type Duel struct {
	A   string `json:"a"` // tallies
	B   string `json:"b"`
	Won Won    `json:"won"`
	// Seed, From and To say which messages were drawn from, and in which order: those of
	// the sequences From to To on which the two disagree, Population of them. Draw is
	// the place of this one in that order, from 1.
	Seed       uint64 `json:"seed"`
	From       uint64 `json:"from"`
	To         uint64 `json:"to"`
	Population int    `json:"population"`
	Draw       int    `json:"draw"`
}

// Won says whose tags are right.
type Won string

// The answers in a duel.
const (
	WonA    Won = "a"
	WonB    Won = "b"
	Both    Won = "both"
	Neither Won = "neither"
	Unknown Won = "unknown" // the message does not tell
)

// Score is 1 if B won, 0 if A did, else 0.5.
func (w Won) Score() float64 {
	switch w {
	case WonA:
		return 0
	case WonB:
		return 1
	}
	return 0.5
}

// ErrJudgement means that a value is no judgement.
var ErrJudgement = phrase.New("not a judgement")

// Validate returns an error that wraps [ErrJudgement] and names what is wrong.
func (j *Judgement) Validate() error {
	switch {
	case j.Stream == "" || j.Seq == 0:
		return phrase.Errorf("%w: it names no message", ErrJudgement)
	case j.By == "" || j.At.IsZero():
		return phrase.Errorf("%w: it does not say who said it, and when", ErrJudgement)
	case j.Origin != OfDuel && j.Origin != OfReview && j.Origin != OfPage && j.Origin != OfForm:
		return phrase.Errorf("%w: unknown origin %q", ErrJudgement, j.Origin)
	case (j.Origin == OfDuel) != (j.Duel != nil):
		return phrase.Errorf("%w: origin %s", ErrJudgement, j.Origin)
	case j.Duel == nil && j.Themes == nil:
		return phrase.Errorf("%w: it says nothing", ErrJudgement)
	case j.Duel != nil && !slices.Contains([]Won{WonA, WonB, Both, Neither, Unknown}, j.Duel.Won):
		return phrase.Errorf("%w: unknown answer %q", ErrJudgement, j.Duel.Won)
	case j.Duel != nil && (j.Duel.Draw < 1 || j.Duel.Draw > j.Duel.Population):
		return phrase.Errorf("%w: draw %d of %d", ErrJudgement, j.Duel.Draw, j.Duel.Population)
	}
	return nil
}

// Key is where the judgement is stored: stream, sequence, who and when, so that nothing
// is ever overwritten.
//
//	<stream>.<sequence>.<who>.<nanoseconds since 1970>
func (j *Judgement) Key() string {
	return strings.Join([]string{
		j.Stream, strconv.FormatUint(j.Seq, 10), string(escape.Append(nil, j.By, '=', escape.Word)), strconv.FormatInt(j.At.UnixNano(), 10),
	}, ".")
}

// StreamOf returns the name of what a stream holds, as judgements have it: its
// generation; for a spec of version 1, which has none, when the stream was created. It is
// one token of a key.
func StreamOf(s pipeline.Spec) string {
	if s.Generation != "" {
		return s.Generation
	}
	return "created-" + strconv.FormatInt(s.Created.UnixNano(), 10)
}

// Store keeps judgements. It is safe for concurrent use.
type Store interface {
	// Add stores a judgement. To store the same one again changes nothing.
	Add(ctx context.Context, j Judgement) error
	// Each calls f for every judgement of a stream, in no particular order, until f
	// returns an error, which is then returned. Where nobody has judged there are none.
	Each(ctx context.Context, stream string, f func(Judgement) error) error
}

// Latest returns what each person said last of each message, by origin, and of duels by
// the two tallies and the seed: who changes their mind is counted once. The order is that
// of sequences, and of who said it.
func Latest(all []Judgement) []Judgement {
	type key struct {
		stream, by string
		seq        uint64
		origin     Origin
		a, b       string
		seed       uint64
	}
	newest := map[key]Judgement{}
	for _, j := range all {
		k := key{stream: j.Stream, by: j.By, seq: j.Seq, origin: j.Origin}
		if j.Duel != nil {
			k.a, k.b, k.seed = j.Duel.A, j.Duel.B, j.Duel.Seed
		}
		if old, ok := newest[k]; !ok || j.At.After(old.At) {
			newest[k] = j
		}
	}
	out := make([]Judgement, 0, len(newest))
	for _, j := range newest {
		out = append(out, j)
	}
	slices.SortFunc(out, func(x, y Judgement) int {
		return cmp.Or(cmp.Compare(x.Seq, y.Seq), cmp.Compare(x.By, y.By), x.At.Compare(y.At), cmp.Compare(x.Origin, y.Origin))
	})
	return out
}
