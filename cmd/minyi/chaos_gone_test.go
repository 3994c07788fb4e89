//go:build linux

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/minyi/minyi/pipeline"
)

// messagesGone has messages deleted and expired before they are read, some
// while nobody works and some while it is open who comes first.
//
//	part 0  counted, and expires afterwards: it stays counted
//	part 1  expires before any worker comes: all of it is missing
//	part 2  every seventh is deleted before any worker comes: these are missing
//	part 3  every fifth is deleted while two workers count, one of which is
//	        killed. Each of these is the only one of its source, so that its
//	        cells say whether it was counted.
func messagesGone(r *trial) {
	r.startBroker(1)
	r.files = writeParts(r.t, r.lines, 3)
	third := int(r.endOf(0))
	var kept [][]byte
	missing := 0

	first := r.work()
	r.tally = r.tallyOf(first)
	r.send(r.files[0])()
	r.counted(r.tally, r.endOf(0))
	r.drainWorker(first)
	kept = append(kept, r.lines[:third]...)

	r.send(r.files[1])()
	r.expireAll()
	missing += int(r.endOf(1) - r.endOf(0))

	r.send(r.files[2])()
	for seq := r.endOf(1) + 1; seq <= r.endOf(2); seq++ {
		if seq%7 == 0 {
			r.deleteMessage(seq)
			missing++
		} else {
			kept = append(kept, r.lines[seq-1])
		}
	}

	more, victims := r.withVictims(min(third/2, 10_000))
	file := writeParts(r.t, more, 1)[0]
	base := r.endOf(2)
	for range 2 {
		r.work()
	}
	sent := r.send(file)
	for i, victim := range victims {
		if victim {
			seq := base + uint64(i) + 1
			r.until("a victim is stored", func(ctx context.Context) bool { return r.last(ctx) >= seq })
			r.deleteMessage(seq)
		}
		if i == len(victims)/2 {
			r.killWorker(r.pick())
			r.work()
		}
	}
	sent()
	r.messages += len(more)
	r.settle(base + uint64(len(more)))

	counted := r.countedSources()
	for i, line := range more {
		if victims[i] && !counted[victimSource(i)] {
			missing++
		} else {
			kept = append(kept, line)
		}
	}
	r.compare(r.tally, r.classifier, kept, missing)
	r.end(r.tally)
}

// withVictims makes n more suggestions, of which every fifth has a source of
// its own; the flags say which.
func (r *trial) withVictims(n int) (lines [][]byte, victims []bool) {
	victims = make([]bool, n)
	for i, line := range chaosInput(r.t, r.seed+1_000_000, n) {
		if i%5 == 2 && i%50 != 0 { // no reject has a number like this
			old := fmt.Appendf(nil, `"source":"%s"`, chaosSources[i%len(chaosSources)])
			line = bytes.Replace(line, old, fmt.Appendf(nil, `"source":"%s"`, victimSource(i)), 1)
			victims[i] = true
		}
		lines = append(lines, line)
	}
	return lines, victims
}

func victimSource(i int) string { return fmt.Sprintf("victim-%d", i) }

// countedSources are the sources of the victims that were counted.
func (r *trial) countedSources() map[string]bool {
	r.t.Helper()
	ctx, cancel := context.WithTimeout(r.t.Context(), r.lab.scale.patience)
	defer cancel()
	totals, err := r.conn(ctx).Counts().Snapshot(ctx, r.tally)
	if err != nil {
		r.t.Fatal(err)
	}
	sources := map[string]bool{}
	for k := range totals.Totals.All {
		if k.Kind == pipeline.KindTotal && strings.HasPrefix(k.Source, "victim-") {
			sources[k.Source] = true
		}
	}
	return sources
}

// deleteMessage removes a message from the stream.
func (r *trial) deleteMessage(seq uint64) {
	r.t.Helper()
	s, err := r.see.js.Stream(r.t.Context(), "SUGGESTIONS")
	if err == nil {
		err = s.DeleteMsg(r.t.Context(), seq)
	}
	if err != nil {
		r.t.Fatalf("delete message %d: %v", seq, err)
	}
	r.faults++
}

// expireAll gives the stream a limit of age for as long as it takes until all
// that is there has expired.
func (r *trial) expireAll() {
	r.t.Helper()
	age := func(d time.Duration) (left uint64, err error) {
		s, err := r.see.js.Stream(r.t.Context(), "SUGGESTIONS")
		if err != nil {
			return 0, err
		}
		cfg := s.CachedInfo().Config
		if cfg.MaxAge == d {
			return s.CachedInfo().State.Msgs, nil
		}
		cfg.MaxAge = d
		if d > 0 {
			cfg.Duplicates = min(cfg.Duplicates, d) // the server insists
		} else {
			cfg.Duplicates = 2 * time.Minute
		}
		s, err = r.see.js.UpdateStream(r.t.Context(), cfg)
		if err != nil {
			return 0, err
		}
		return s.CachedInfo().State.Msgs, nil
	}
	r.until("everything has expired", func(context.Context) bool {
		left, err := age(200 * time.Millisecond)
		var refused *jetstream.APIError
		if errors.As(err, &refused) {
			r.t.Fatalf("let messages expire: %v", err)
		}
		return err == nil && left == 0
	})
	if _, err := age(0); err != nil {
		r.t.Fatal(err)
	}
	r.faults++
}
