package broker

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/minyi/minyi/pipeline"
	"github.com/minyi/minyi/pipeline/broker/internal/wire"
)

// A generation is an id of what a stream holds. Version 2 of a spec knows its stream by
// it, since the time at which a stream was created changes when it is restored from a
// backup, although its messages are the same.
//
// The id is minted once, by compare-and-set, and kept in COUNTS with marks: messages
// here and there in what was counted, each by its sequence, the time it was stored at and
// a digest. It is kept while those of them fit that the stream still holds. If one
// contradicts, the stream was made anew, and gets a new generation. If there are marks
// and the stream holds none of these messages any more, nobody can tell.

// ErrGenerationUnknown: nothing is left in the stream by which it could be told whether
// it is the one that was counted.
var ErrGenerationUnknown = errors.New("cannot tell whether the stream is the one that was counted")

// generation is the value of the key generation.<stream>.
type generation struct {
	ID     string    `json:"generation"`
	Minted time.Time `json:"minted"`
	// Before is the generation of a stream of the same name that was made anew.
	Before string           `json:"before,omitempty"`
	Marks  []generationMark `json:"marks"` // by sequence
}

// generationMark is a message that was counted.
type generationMark struct {
	pipeline.Mark
	Digest string `json:"digest"` // of its payload
}

func markOf(m wire.Message) generationMark {
	sum := sha256.Sum256(m.Data)
	return generationMark{pipeline.Mark{Seq: m.Seq, Stored: m.Time.UTC()}, hex.EncodeToString(sum[:8])}
}

func (m generationMark) equal(o generationMark) bool {
	return m.Seq == o.Seq && m.Stored.Equal(o.Stored) && m.Digest == o.Digest
}

func generationKey(stream string) string { return "generation." + stream }

// readGeneration returns what is stored of a stream, and its revision, 0 for nothing.
func (c *Conn) readGeneration(ctx context.Context, stream string) (g generation, rev uint64, err error) {
	key := generationKey(stream)
	m, ok, err := wire.FromLeader(ctx, c.js, c.names.BucketStream, wire.Query{Last: c.names.kvSubject(key)})
	if err != nil || !ok {
		return g, 0, err
	}
	if len(m.Data) == 0 { // deleted
		return g, m.Seq, nil
	}
	if err := json.Unmarshal(m.Data, &g); err != nil {
		return g, m.Seq, fmt.Errorf("key %s of bucket %s: %w", key, c.names.Bucket, err)
	}
	return g, m.Seq, nil
}

// Generation returns the generation of a stream, and mints one if it has none or was made
// anew; before is then the one it had. The error wraps [ErrGenerationUnknown].
func (c *Conn) Generation(ctx context.Context, stream string) (id, before string, err error) {
	for ctx.Err() == nil {
		g, rev, err := c.readGeneration(ctx, stream)
		if err != nil {
			return "", "", err
		}
		if g.ID != "" {
			fits, err := c.marksFit(ctx, stream, g)
			if err != nil || fits {
				return g.ID, "", err
			}
		}
		next := generation{ID: newGenerationID(), Minted: time.Now().UTC(), Before: g.ID, Marks: []generationMark{}}
		err = c.putGeneration(ctx, stream, next, rev)
		if err == nil {
			return next.ID, next.Before, nil
		}
		if !wire.IsLost(err) { // else another process minted one
			return "", "", fmt.Errorf("store generation of %s: %w", stream, err)
		}
	}
	return "", "", ctx.Err()
}

func newGenerationID() string {
	b := make([]byte, pipeline.GenerationLen/2)
	_, _ = rand.Read(b) // it never fails
	return hex.EncodeToString(b)
}

func (c *Conn) putGeneration(ctx context.Context, stream string, g generation, rev uint64) error {
	body, err := json.Marshal(g)
	if err == nil {
		_, err = (&ledger{c: c}).put(ctx, generationKey(stream), body, rev)
	}
	return err
}

// marksFit reports whether the stream is the one whose marks are given.
func (c *Conn) marksFit(ctx context.Context, stream string, g generation) (bool, error) {
	there := 0
	for _, mark := range g.Marks {
		m, ok, err := wire.FromLeader(ctx, c.js, stream, wire.Query{Seq: mark.Seq})
		switch {
		case err != nil:
			return false, err
		case !ok: // deleted or expired; if the stream was made anew, another one will tell
		case markOf(m).equal(mark):
			there++
		default:
			return false, nil
		}
	}
	if len(g.Marks) > 0 && there == 0 {
		return false, fmt.Errorf("%w: %s holds none of the %d messages by which generation %s was known, from sequence %d to %d; "+
			"to count what it holds now as another stream: nats kv del %s %s -f, and start again",
			ErrGenerationUnknown, stream, len(g.Marks), g.ID, g.Marks[0].Seq, g.Marks[len(g.Marks)-1].Seq, c.names.Bucket, generationKey(stream))
	}
	return true, nil
}

// maxMarks is how many messages a generation is known by, at most. There are fewer the
// older they are: when there are too many, every second one goes, but for the ends.
const maxMarks = 16

// addMark adds the newest counted message to the marks, at the latest at a frontier.
func (c *Conn) addMark(ctx context.Context, stream, id string, frontier uint64) error {
	g, rev, err := c.readGeneration(ctx, stream)
	if err != nil || g.ID != id {
		return err // made anew: another tally's business
	}
	m, ok, err := wire.FromLeader(ctx, c.js, stream, wire.Query{Seq: frontier})
	if err != nil || !ok || len(g.Marks) > 0 && g.Marks[len(g.Marks)-1].Seq >= m.Seq {
		return err
	}
	g.Marks = thinned(append(g.Marks, markOf(m)))
	if err := c.putGeneration(ctx, stream, g, rev); err != nil && !wire.IsLost(err) {
		return fmt.Errorf("store marks of %s: %w", stream, err)
	}
	return nil
}

// thinned returns at most maxMarks of the marks.
func thinned(marks []generationMark) []generationMark {
	if len(marks) <= maxMarks {
		return marks
	}
	slices.SortFunc(marks, func(a, b generationMark) int { return cmp.Compare(a.Seq, b.Seq) })
	var out []generationMark
	for i, m := range marks {
		if i%2 == 0 || i == len(marks)-1 {
			out = append(out, m)
		}
	}
	return out
}

// KeepMarks adds marks of what is counted of a tally until ctx ends, at most one every
// interval, as far as its spec knows the stream by them.
func (c *Conn) KeepMarks(ctx context.Context, board *pipeline.Board, tally string, every time.Duration, onError func(error)) {
	for change := range board.Subscribe(ctx, tally, pipeline.Counts{}) {
		spec := change.After.Info.Spec
		if spec.Generation == "" {
			return
		}
		if change.After.Stored == 0 {
			continue
		}
		if err := c.addMark(ctx, spec.Stream, spec.Generation, change.After.Frontier); err != nil && ctx.Err() == nil {
			onError(err)
		}
		_ = pause(ctx, every)
	}
}
