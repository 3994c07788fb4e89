package broker

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"testing"

	"github.com/minyi/minyi/pipeline"
)

// The last publication is stored whole, in place of the one that the process knows only,
// and is no tally to anybody.
func TestPublicationStore(t *testing.T) {
	t.Parallel()
	r, _, tally := counted(t)
	p := r.conn.Publications()
	load := func(known uint64, want []byte) uint64 {
		t.Helper()
		body, rev, err := p.LoadPublication(t.Context(), known)
		if err != nil || !bytes.Equal(body, want) || (body == nil) != (want == nil) {
			t.Fatalf("%d bytes, want %d: %v", len(body), len(want), err)
		}
		return rev
	}
	if rev := load(0, nil); rev != 0 {
		t.Errorf("nothing has revision %d", rev)
	}
	big := make([]byte, 3*mostPart+7)
	for i := range big {
		big[i] = byte(rand.Uint32())
	}
	rev, err := p.StorePublication(t.Context(), big, 0)
	if err != nil {
		t.Fatal(err)
	}
	if got := load(0, big); got != rev {
		t.Errorf("revision %d, want %d", got, rev)
	}
	load(rev, nil)
	if _, err := p.StorePublication(t.Context(), []byte("of a process that was slower"), 0); !errors.Is(err, pipeline.ErrLost) {
		t.Errorf("stored in place of another: %v", err)
	}
	load(0, big)
	next, err := p.StorePublication(t.Context(), []byte("next"), rev)
	if err != nil || next <= rev {
		t.Fatalf("revision %d after %d: %v", next, rev, err)
	}
	load(rev, []byte("next"))

	// What somebody broke is no publication, and may be replaced.
	if _, err := r.conn.js.Publish(t.Context(), r.conn.putSubject(partKey(0)), []byte("broken")); err != nil {
		t.Fatal(err)
	}
	if _, err := p.StorePublication(t.Context(), []byte("mended"), load(rev, []byte{})); err != nil {
		t.Fatal(err)
	}
	load(next, []byte("mended"))
	if audit, err := r.conn.Audit(t.Context(), ""); err != nil || !audit.Holds || audit.Tally != tally {
		t.Errorf("the ledger beside it: %+v, %v", audit, err)
	}
	if all, err := r.conn.Counts().TalliesOf(t.Context(), "SUGGESTIONS"); err != nil || len(all) != 1 {
		t.Errorf("%d tallies: %v", len(all), err)
	}
	if c, err := r.conn.Counts().Snapshot(t.Context(), ""); err != nil || c.Tally != tally {
		t.Errorf("counts beside it: %s, %v", c.Tally, err)
	}
}
