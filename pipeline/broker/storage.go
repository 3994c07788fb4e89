package broker

import (
	"context"

	"github.com/minyi/minyi/dict/phrase"
)

// Connected reports whether the connection to the broker is up right now.
func (c *Conn) Connected() bool { return c.nc.IsConnected() }

// Storage returns the bytes that the account stores, and how many it may; limit is 0
// where the account has no limit, so that only the disk is one. Where limits are by tier
// it returns the fullest tier, as that is the one that refuses first.
func (c *Conn) Storage(ctx context.Context) (used, limit uint64, err error) {
	a, err := c.js.AccountInfo(ctx)
	if err != nil {
		return 0, 0, phrase.Errorf("ask for the account's storage: %w", err)
	}
	used, limit = a.Store, uint64(max(a.Limits.MaxStore, 0))
	for _, tier := range a.Tiers {
		if most := uint64(max(tier.Limits.MaxStore, 0)); most > 0 && (limit == 0 || tier.Store*limit > used*most) {
			used, limit = tier.Store, most
		}
	}
	return used, limit, nil
}
