package doctor

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/nats-io/nats.go/jetstream"
)

// TestTierOfTheStreams: the limits that count are those of the streams' own tier, and
// not those of whichever a map gives first.
func TestTierOfTheStreams(t *testing.T) {
	var tiered, plain jetstream.AccountInfo
	tier := func(n int) string {
		return fmt.Sprintf(`{"storage":%d,"streams":%d,"consumers":%d,"limits":{"max_storage":%d,"max_streams":%d,"max_consumers":%d}}`, n, n, n, 10*n, 10*n, 10*n)
	}
	for body, to := range map[string]*jetstream.AccountInfo{
		`{"storage":0,"streams":0,"limits":{},"tiers":{"R1":` + tier(1) + `,"R3":` + tier(3) + `,"R5":` + tier(5) + `}}`: &tiered,
		tier(7): &plain,
	} {
		if err := json.Unmarshal([]byte(body), to); err != nil {
			t.Fatal(err)
		}
	}
	for range 50 { // the order of a map changes
		for _, n := range []int{1, 3, 5} {
			a, name, ok := tierOf(&tiered, n)
			if !ok || a.Limits.MaxConsumers != 10*n || a.Limits.MaxStreams != 10*n || a.Store != uint64(n) || a.Streams != n {
				t.Fatalf("%s: %+v, %t", name, a, ok)
			}
		}
	}
	if a, name, ok := tierOf(&tiered, 2); ok || name != "R2" || a.Limits.MaxStreams != 0 {
		t.Errorf("a tier that is not there: %s %+v", name, a)
	}
	if a, _, ok := tierOf(&plain, 3); !ok || a.Limits.MaxConsumers != 70 {
		t.Errorf("without tiers: %+v, %t", a, ok)
	}
}
