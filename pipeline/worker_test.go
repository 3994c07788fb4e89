package pipeline

import (
	"context"
	"testing"
)

// drains counts how often it is told of a drain.
type drains struct {
	Silent
	told []Drained
}

func (d *drains) Drained(e Drained) { d.told = append(d.told, e) }

// A worker that is stopped before it has found out how far the tally is ends in
// order like any other: with no error, and it says that it has drained.
func TestStoppedBeforeItBegan(t *testing.T) {
	w := newWords(t)
	b := newMemBroker(1, 10, w)
	p, d := newProcess(t, b, w, 1), &drains{}
	worker, err := NewWorker(Config{Classifier: w, Observer: d}, memSpec(t, b, w), Ports{Source: p, Tasks: p, Deltas: p, Ledger: memLedger{p}})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := worker.Run(ctx); err != nil {
		t.Fatal(err)
	}
	if len(d.told) != 1 || d.told[0] != (Drained{Tally: worker.Tally()}) {
		t.Errorf("told %+v", d.told)
	}
}
