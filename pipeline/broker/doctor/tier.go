package doctor

import (
	"context"
	"fmt"

	"github.com/nats-io/nats.go/jetstream"
)

// replicas is how many minyi's streams have: those of the stream of suggestions, or 1
// while it is not there.
func (d *doctor) replicas(ctx context.Context) int {
	info := d.stream
	if info == nil {
		s, err := d.js.Stream(ctx, d.c.Names().Suggestions)
		if err != nil {
			return 1
		}
		info = s.CachedInfo()
	}
	return max(info.Config.Replicas, 1)
}

// tierOf returns what an account allows, and uses, of streams with so many replicas. An
// account has either limits of its own or some by tier, R1, R3 and so on, and then its
// own are zero, which reads as no limit. It returns false if there are tiers and none
// for these streams.
func tierOf(a *jetstream.AccountInfo, replicas int) (t jetstream.Tier, name string, ok bool) {
	name = fmt.Sprintf("R%d", replicas)
	if len(a.Tiers) == 0 {
		return a.Tier, name, true
	}
	t, ok = a.Tiers[name]
	return t, name, ok
}
