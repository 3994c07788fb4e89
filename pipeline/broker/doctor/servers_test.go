package doctor

import (
	"strings"
	"testing"

	"github.com/minyi/minyi/pipeline/broker"
	"github.com/minyi/minyi/pipeline/broker/internal/brokertest"
)

// Versions that forget when a stream was created are named.
func TestVersionsThatMoveCreation(t *testing.T) {
	t.Parallel()
	for version, want := range map[string]bool{
		"2.12.0": true, "2.12.15": true, "2.12.16": false, "2.13.1": true, "2.14.5": true, "v2.14.5-RC.1": true, "2.14.6": false, "2.15.0": false,
		"2.15.2": false, "3.12.0": false, "": false, "2.x.1": false,
	} {
		if got := movesCreation(version); got != want {
			t.Errorf("%q: %v", version, got)
		}
	}
}

// Every server of a cluster is asked, and one that does not answer is named.
func TestServersOfAClusterAreAsked(t *testing.T) {
	t.Parallel()
	a, b := brokertest.Domains(t)
	found := verdicts(Examine(t.Context(), broker.Options{URL: a + "," + b}, testMaxMessage))["servers"]
	if found.Verdict != OK || !strings.HasPrefix(found.Found, "2 servers") {
		t.Errorf("%+v", found)
	}
	found = verdicts(Examine(t.Context(), broker.Options{URL: a + ",nats://127.0.0.1:1"}, testMaxMessage))["servers"]
	if found.Verdict != Warn || !strings.Contains(found.Found, "127.0.0.1:1 could not be asked") {
		t.Errorf("%+v", found)
	}
}
