package broker

import (
	"testing"
)

func TestNames(t *testing.T) {
	t.Parallel()
	n, err := NewNames("", "")
	if err != nil || n.Suggestions != "SUGGESTIONS" || n.Tasks != "MINYI_TASKS" || n.Bucket != "COUNTS" || n.SkipTokens != 1 {
		t.Errorf("%+v, %v", n, err)
	}
	n, err = NewNames("org.poll", "VOICES")
	if err != nil || n.Suggestions != "VOICES" || n.Tasks != "ORG_POLL_MINYI_TASKS" || n.Bucket != "ORG_POLL_COUNTS" || n.SkipTokens != 3 || n.CountsSubject != "org.poll.minyi.counts" {
		t.Errorf("%+v, %v", n, err)
	}
	for _, bad := range []string{"a b", "a..b", ".a", "a.", "a*", ">", "意"} {
		if _, err := NewNames(bad, ""); err == nil {
			t.Errorf("prefix %q is allowed", bad)
		}
	}
}
