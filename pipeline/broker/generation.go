package broker

import (
	"cmp"
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"slices"
	"sync/atomic"
	"time"

	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/pipeline"
	"github.com/minyi/minyi/pipeline/broker/internal/wire"
	"github.com/minyi/minyi/pipeline/supervise"
)

// A generation is an id of what a stream holds. Version 2 of a spec knows its stream by
// it, since the time at which a stream was created changes when it is restored from a
// backup, although its messages are the same.
//
// The id is minted once, by compare-and-set, and kept in COUNTS with marks: messages
// here and there in what was counted, each by its sequence, the time it was stored at and
// a digest. It is kept while those of them fit that the stream still holds. If one
// contradicts, the stream was made anew, and gets a new generation; but if it has a creation
// time that it had before, it lost messages and is the same stream. If there are marks
// and the stream holds none of these messages any more, they expired if its creation time
// is one that the stream had before: else nobody can tell.

// ErrGenerationUnknown means that nothing is left in the stream by which it could be
// told whether it is the one that was counted.
var ErrGenerationUnknown = phrase.New("cannot tell whether the stream is the one that was counted")

// generation is the value of the key generation.<stream>.
type generation struct {
	ID     string    `json:"generation"`
	Minted time.Time `json:"minted"`
	// Before is the generation of a stream of the same name that was made anew.
	Before string           `json:"before,omitempty"`
	Marks  []generationMark `json:"marks"` // by sequence
	// Created are the creation times that the stream had while its marks fitted, the
	// newest last. They say that it is the same stream where they are equal; where they
	// differ they say nothing.
	Created []time.Time `json:"created,omitempty"`
}

// maxCreated is how many creation times are remembered.
const maxCreated = 8

// knows reports whether the stream had this creation time before.
func (g *generation) knows(created time.Time) bool {
	return slices.ContainsFunc(g.Created, created.Equal)
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
		return g, m.Seq, phrase.Errorf("key %s of bucket %s: %w", key, c.names.Bucket, err)
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
			if err == nil && fits {
				err = c.rememberCreated(ctx, stream, g, rev)
			}
			if err != nil || fits {
				return g.ID, "", err
			}
			same, err := c.lostMessages(ctx, stream, g, rev)
			if err != nil || same {
				return g.ID, "", err
			}
		}
		id := newGenerationID()
		if known := c.generation.Load(); known != nil && rev == 0 {
			id = *known // the bucket was removed under this process
		}
		next := c.beginGeneration(ctx, stream, id)
		next.Before = g.ID
		err = c.putGeneration(ctx, stream, next, rev)
		if err == nil {
			c.tellMinted(ctx, stream, next, rev)
			return next.ID, next.Before, nil
		}
		if !wire.IsLost(err) { // else another process minted one
			return "", "", phrase.Errorf("store generation of %s: %w", stream, err)
		}
	}
	return "", "", ctx.Err()
}

// lostMessages reports whether a stream whose marks contradict is still the one that was
// created then: its broker lost messages that it had acknowledged, and gave their sequences
// to others. Then it drops the marks of what is lost. Whether anything of that had been
// counted is told by the checkpoint of each tally ([pipeline.ErrSequenceReused]).
func (c *Conn) lostMessages(ctx context.Context, stream string, g generation, rev uint64) (bool, error) {
	created, err := c.createdAt(ctx, stream)
	if err != nil || !g.knows(created) {
		return false, err
	}
	kept := []generationMark{}
	for _, mark := range g.Marks {
		m, ok, err := wire.FromLeader(ctx, c.js, stream, wire.Query{Seq: mark.Seq})
		if err != nil {
			return false, err
		}
		if !ok || markOf(m).equal(mark) {
			kept = append(kept, mark)
		}
	}
	g.Marks = kept
	if err := c.putGeneration(ctx, stream, g, rev); err != nil && !wire.IsLost(err) { // who was faster does the same
		return false, phrase.Errorf("store marks of %s: %w", stream, err)
	}
	return true, nil
}

// tellMinted says and records why a stream that was counted before has another generation,
// and so other tallies: it was made anew, or what was counted of it was removed while no
// worker ran. Of the first generation of all there is nothing to say.
func (c *Conn) tellMinted(ctx context.Context, stream string, g generation, rev uint64) {
	why := ""
	switch {
	case g.Before != "":
		why = supervise.WhyAnew
	case rev == 0 && c.generation.Load() == nil && c.hasTasks(ctx):
		why = supervise.WhyRemoved
	default:
		return
	}
	if c.options.OnError != nil {
		c.options.OnError(phrase.Errorf("stream %s: %s; what is counted from here on are other tallies (generation %s)", stream, why, g.ID))
	}
	err := c.Record(ctx, supervise.Event{ID: supervise.NewID(), Event: supervise.Anew, At: g.Minted, By: c.options.Worker, Why: why})
	if err != nil && c.options.OnError != nil {
		c.options.OnError(phrase.Errorf("the history does not have it: %w", err))
	}
}

// hasTasks tells whether ranges were handed out before.
func (c *Conn) hasTasks(ctx context.Context) bool {
	s, err := c.js.Stream(ctx, c.names.Tasks)
	return err == nil && s.CachedInfo().State.LastSeq > 0
}

// beginGeneration returns a generation without marks. Where the leader does not say when
// the stream was created, the next look at the generation adds it.
func (c *Conn) beginGeneration(ctx context.Context, stream, id string) generation {
	g := generation{ID: id, Minted: time.Now().UTC(), Marks: []generationMark{}}
	if created, err := c.createdAt(ctx, stream); err == nil {
		g.Created = []time.Time{created}
	}
	return g
}

func newGenerationID() string {
	b := make([]byte, pipeline.GenerationLen/2)
	_, _ = rand.Read(b) // it never fails
	return hex.EncodeToString(b)
}

func (c *Conn) putGeneration(ctx context.Context, stream string, g generation, rev uint64) error {
	body, err := json.Marshal(g)
	if err == nil {
		err = (&ledger{c: c}).put(ctx, generationKey(stream), body, rev)
	}
	return err
}

// createdAt returns the creation time of a stream as its leader says.
func (c *Conn) createdAt(ctx context.Context, stream string) (time.Time, error) {
	s, err := c.js.Stream(ctx, stream)
	if err != nil {
		return time.Time{}, c.streamError(stream, err)
	}
	return s.CachedInfo().Created.UTC(), nil
}

// rememberCreated adds the creation time of a stream whose marks fit.
func (c *Conn) rememberCreated(ctx context.Context, stream string, g generation, rev uint64) error {
	created, err := c.createdAt(ctx, stream)
	if err != nil || g.knows(created) {
		return err
	}
	g.Created = append(g.Created, created)
	g.Created = g.Created[max(0, len(g.Created)-maxCreated):]
	if err := c.putGeneration(ctx, stream, g, rev); err != nil && !wire.IsLost(err) { // who was faster does the same
		return phrase.Errorf("store the creation time of %s: %w", stream, err)
	}
	return nil
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
		created, err := c.createdAt(ctx, stream)
		if err != nil {
			return false, err
		}
		if g.knows(created) { // the same stream, and what was marked has expired or was deleted
			return true, nil
		}
		return false, phrase.Errorf("%w: %s holds none of the %d messages by which generation %s was known, from sequence %d to %d; "+
			"to count what it holds now as another stream: nats kv del %s %s -f, and start again",
			ErrGenerationUnknown, stream, len(g.Marks), g.ID, g.Marks[0].Seq, g.Marks[len(g.Marks)-1].Seq, c.names.Bucket, generationKey(stream))
	}
	return true, nil
}

// MadeAnew reports whether the stream of a spec was made anew since it was counted, as
// far as the marks of its generation tell; of a spec of version 1 nothing is known.
func (c *Conn) MadeAnew(ctx context.Context, spec pipeline.Spec) (bool, error) {
	if spec.Generation == "" {
		return false, nil
	}
	g, _, err := c.readGeneration(ctx, spec.Stream)
	if err != nil || g.ID == "" {
		return false, err
	}
	if g.ID != spec.Generation {
		return true, nil
	}
	fits, err := c.marksFit(ctx, spec.Stream, g)
	if errors.Is(err, ErrGenerationUnknown) {
		return false, nil
	}
	if err != nil || fits {
		return false, err
	}
	created, err := c.createdAt(ctx, spec.Stream)
	return err == nil && !g.knows(created), err // else it lost messages, and is the same
}

// maxMarks is how many messages a generation is known by, at most. There are fewer the
// older they are: when there are too many, every second one goes, but for the ends.
const maxMarks = 16

// addMark adds the newest counted message to the marks, at the latest at a frontier, and
// the oldest that is stored where there are none: a stream that is made anew has another
// message there from its first one on, and a backup that is restored has the same.
func (c *Conn) addMark(ctx context.Context, stream, id string, frontier uint64) error {
	g, rev, err := c.readGeneration(ctx, stream)
	if err != nil || g.ID != id {
		return err // made anew: another tally's business
	}
	m, ok, err := wire.FromLeader(ctx, c.js, stream, wire.Query{Seq: frontier})
	if err != nil || !ok || len(g.Marks) > 0 && g.Marks[len(g.Marks)-1].Seq >= m.Seq {
		return err
	}
	if len(g.Marks) == 0 {
		oldest, ok, err := wire.FromLeader(ctx, c.js, stream, wire.Query{Seq: 1, Next: ">"})
		if err != nil {
			return err
		}
		if ok && oldest.Seq < m.Seq {
			g.Marks = append(g.Marks, markOf(oldest))
		}
	}
	g.Marks = thinned(append(g.Marks, markOf(m)))
	if err := c.putGeneration(ctx, stream, g, rev); err != nil && !wire.IsLost(err) {
		return phrase.Errorf("store marks of %s: %w", stream, err)
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
		if spec.Generation == "" || change.After.Stored == 0 {
			continue
		}
		if err := c.addMark(ctx, spec.Stream, spec.Generation, change.After.Frontier); err != nil && ctx.Err() == nil {
			onError(err)
		}
		_ = pause(ctx, every)
	}
}

// generationSource is the stream of suggestions as a worker of version 2 sees it. When
// the stream looks like another one, by its creation time or because it is shorter than
// it was, its marks tell whether it was made anew. It implements [pipeline.Source].
type generationSource struct {
	*source
	id string

	created atomic.Pointer[time.Time]
	last    atomic.Uint64
}

// Info asks the stream's leader. Where the marks of the generation contradict the error
// wraps [pipeline.ErrSequenceReused] if the stream is the one that was created then, which
// has lost messages, else [pipeline.ErrStreamReset].
func (s *generationSource) Info(ctx context.Context) (pipeline.StreamInfo, error) {
	info, err := s.source.Info(ctx)
	if err != nil {
		return info, err
	}
	before := s.created.Load()
	if before != nil && before.Equal(info.Created) && info.Last >= s.last.Load() {
		s.last.Store(info.Last)
		return info, nil
	}
	g, _, err := s.c.readGeneration(ctx, s.stream)
	if err != nil {
		return info, err
	}
	fits, err := s.c.marksFit(ctx, s.stream, g)
	switch {
	case errors.Is(err, ErrGenerationUnknown): // its end is gone at least: the planner sees that
	case err != nil:
		return info, err
	case !fits && g.ID == s.id && g.knows(info.Created):
		// The same stream: what was marked is gone, and its sequences were given again.
		return info, phrase.Errorf("%w: %s holds other messages under sequences that were counted: the broker lost acknowledged messages", pipeline.ErrSequenceReused, s.stream)
	case !fits || g.ID != "" && g.ID != s.id:
		return info, phrase.Errorf("%w: %s holds other messages than those that were counted of generation %s", pipeline.ErrStreamReset, s.stream, s.id)
	}
	s.created.Store(&info.Created)
	if info.Last >= s.last.Load() { // else it stays suspect until it is as long as it was
		s.last.Store(info.Last)
	}
	return info, nil
}

// keepGeneration stores the generation that this process counts where the bucket lost
// it. Without it the next worker would mint another one, and count everything again.
func (c *Conn) keepGeneration(ctx context.Context, stream string) {
	id := c.generation.Load()
	if id == nil {
		return
	}
	if g, rev, err := c.readGeneration(ctx, stream); err == nil && g.ID == "" {
		// Whoever is faster stores one too; KeepMarks adds marks again.
		_ = c.putGeneration(ctx, stream, c.beginGeneration(ctx, stream, *id), rev)
	}
}
