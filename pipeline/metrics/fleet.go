package metrics

import "github.com/prometheus/client_golang/prometheus"

// Fleet is what this process does with the tallies that are wanted, and who counts the
// current one.
type Fleet struct {
	Tallies []FleetTally
	Current string // the id of the current tally; "" for none
	// CurrentWorkers is how many workers of the fleet say that they count it, if that is
	// Known.
	CurrentWorkers int
	Known          bool
}

// FleetTally is what this process does with a tally: loading, working or refused.
type FleetTally struct{ ID, State string }

// States of minyi_tally_state, one of which is 1 for each tally.
var fleetStates = []string{"loading", "working", "refused"}

var (
	descState   = prometheus.NewDesc("minyi_tally_state", "1 for what this process does with a tally that is wanted: loading, working or refused. The reason of a refusal is in its log and in minyi tally list.", []string{"tally", "state"}, nil)
	descWorkers = prometheus.NewDesc("minyi_current_tally_workers", "Workers of the whole fleet that say that they count the current tally; 0: nobody does, and what readers are shown stands still.", []string{"tally"}, nil)
)

// fleet collects it at the moment of a scrape.
type fleet struct{ of func() Fleet }

// Describe implements prometheus.Collector.
func (f fleet) Describe(ch chan<- *prometheus.Desc) {
	ch <- descState
	ch <- descWorkers
}

// Collect implements prometheus.Collector.
func (f fleet) Collect(ch chan<- prometheus.Metric) {
	now := f.of()
	for _, t := range now.Tallies {
		for _, state := range fleetStates {
			gauge(ch, descState, truth(state == t.State), t.ID, state)
		}
	}
	if now.Current != "" && now.Known {
		gauge(ch, descWorkers, float64(now.CurrentWorkers), now.Current)
	}
}
