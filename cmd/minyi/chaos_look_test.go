//go:build linux

package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/minyi/minyi/pipeline"
)

// looks are what the questions of a trial found last. A wait asks until the answer is right,
// and an answer may fail to come; when it has waited in vain, this says why. Safe for
// concurrent use, as a trial may be disturbed by a goroutine that asks too.
type looks struct {
	mu    sync.Mutex
	found map[string]look
}

// look is the last answer to one question, and the error that came after it.
type look struct {
	answer uint64
	known  bool
	err    error
}

// saw takes down what a question found, and returns the answer: 0 after an error.
func (l *looks) saw(question string, answer uint64, err error) uint64 {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.found == nil {
		l.found = map[string]look{}
	}
	at := l.found[question]
	at.err = err
	if err == nil {
		at.answer, at.known = answer, true
	}
	l.found[question] = at
	if err != nil {
		return 0
	}
	return answer
}

// forget begins another wait.
func (l *looks) forget() {
	l.mu.Lock()
	defer l.mu.Unlock()
	clear(l.found)
}

// String is what the questions since the last forget found.
func (l *looks) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var out strings.Builder
	for _, question := range slices.Sorted(maps.Keys(l.found)) {
		at := l.found[question]
		answer := "never known"
		if at.known {
			answer = fmt.Sprintf("last %d", at.answer)
		}
		if at.err != nil {
			answer += fmt.Sprintf(", then: %v", at.err)
		}
		fmt.Fprintf(&out, "; %s: %s", question, answer)
	}
	return out.String()
}

// inHand is how many ranges workers have in hand.
func (r *trial) inHand(ctx context.Context) int {
	n := 0
	c, err := r.see.js.Consumer(ctx, "MINYI_TASKS", "minyi-"+r.tally)
	if err == nil {
		n = c.CachedInfo().NumAckPending
	}
	return int(r.looks.saw("ranges in hand", uint64(n), err))
}

// last is the newest sequence of the stream, 0 while there is none.
func (r *trial) last(ctx context.Context) uint64 {
	last := uint64(0)
	s, err := r.see.js.Stream(ctx, "SUGGESTIONS")
	if err == nil {
		last = s.CachedInfo().State.LastSeq
	}
	return r.looks.saw("last message", last, err)
}

// frontier is how far a tally is counted, as far as can be seen.
func (r *trial) frontier(ctx context.Context, tally string) uint64 {
	cp, err := r.checkpoint(ctx, tally)
	return r.looks.saw("frontier of "+tally, cp.Frontier, err)
}

func (r *trial) checkpoint(ctx context.Context, tally string) (cp pipeline.Checkpoint, err error) {
	kv, err := r.see.js.KeyValue(ctx, "COUNTS")
	if err != nil {
		return cp, err
	}
	e, err := kv.Get(ctx, tally+".checkpoint")
	if err != nil {
		return cp, err
	}
	return cp, json.Unmarshal(e.Value(), &cp)
}

// counted waits until a tally is counted up to a sequence.
func (r *trial) counted(tally string, seq uint64) {
	r.t.Helper()
	r.until(fmt.Sprintf("tally %s is counted up to %d", tally, seq), func(ctx context.Context) bool {
		return r.frontier(ctx, tally) >= seq
	})
}

// handedOutAgain is how many ranges went to a second worker, or twice to one,
// as far as the broker knows: one that is killed forgets some.
func (r *trial) handedOutAgain() int {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), r.lab.scale.patience)
	defer cancel()
	s, err := r.see.js.Stream(ctx, "MINYI_TASKS")
	if err != nil {
		r.t.Fatal(err)
	}
	again := -int(s.CachedInfo().State.Msgs)
	queues := s.ListConsumers(ctx)
	for info := range queues.Info() {
		again += int(info.Delivered.Consumer)
	}
	if err := queues.Err(); err != nil {
		r.t.Fatal(err)
	}
	return max(again, 0)
}

// streamLeader names the server that leads a stream.
func (r *trial) streamLeader(ctx context.Context, stream string) (name string, current bool) {
	s, err := r.see.js.Stream(ctx, stream)
	if err != nil {
		return "", false
	}
	return leaderOf(s.CachedInfo())
}

func leaderOf(info *jetstream.StreamInfo) (name string, current bool) {
	if info.Cluster == nil {
		return "", false
	}
	current = true
	for _, p := range info.Cluster.Replicas {
		current = current && p.Current && !p.Offline
	}
	return info.Cluster.Leader, current
}

// A wait in vain says what was seen last, and why nothing is seen any more.
func TestWaitInVainSaysWhatWasSeen(t *testing.T) {
	t.Parallel()
	var l looks
	l.saw("old", 1, nil)
	l.forget()
	l.saw("frontier of a", 17, nil)
	if got := l.saw("frontier of a", 0, errors.New("no leader")); got != 0 {
		t.Errorf("%d after an error", got)
	}
	l.saw("last message", 0, errors.New("no answer"))
	l.saw("ranges in hand", 2, nil)
	const want = "; frontier of a: last 17, then: no leader; last message: never known, then: no answer; ranges in hand: last 2"
	if got := l.String(); got != want {
		t.Errorf("%q", got)
	}
}
