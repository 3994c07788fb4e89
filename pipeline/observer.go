package pipeline

// Observer receives an event for each thing that the engine does. Calls come from
// several goroutines at once: one for each range, never one for each message. They
// must return quickly, and must not keep the maps that they are given. Embed
// [Silent] to implement only some methods.
//
// Counts come from [Folded]: of all processes that work on a tally, exactly one
// folds a range, so its sums over all processes are the tally's own numbers (except
// when a process is killed between its commit and the call). [Worked] counts the
// work, and repeated work again.
type Observer interface {
	RangePlanned(Planned)
	RangeWorked(Worked)
	RangesFolded(Folded)
	DeltaDropped(Dropped)
	Refused(Refused)
	Failed(Failure)
	Pointed(Pointed)
	Drained(Drained)
}

// Silent is an [Observer] that does nothing.
type Silent struct{}

// RangePlanned does nothing.
func (Silent) RangePlanned(Planned) {}

// RangeWorked does nothing.
func (Silent) RangeWorked(Worked) {}

// RangesFolded does nothing.
func (Silent) RangesFolded(Folded) {}

// DeltaDropped does nothing.
func (Silent) DeltaDropped(Dropped) {}

// Refused does nothing.
func (Silent) Refused(Refused) {}

// Failed does nothing.
func (Silent) Failed(Failure) {}

// Pointed does nothing.
func (Silent) Pointed(Pointed) {}

// Drained does nothing.
func (Silent) Drained(Drained) {}

// Observers passes each event to several observers, in order.
type Observers []Observer

// RangePlanned calls all of them.
func (o Observers) RangePlanned(e Planned) {
	for _, x := range o {
		x.RangePlanned(e)
	}
}

// RangeWorked calls all of them.
func (o Observers) RangeWorked(e Worked) {
	for _, x := range o {
		x.RangeWorked(e)
	}
}

// RangesFolded calls all of them.
func (o Observers) RangesFolded(e Folded) {
	for _, x := range o {
		x.RangesFolded(e)
	}
}

// DeltaDropped calls all of them.
func (o Observers) DeltaDropped(e Dropped) {
	for _, x := range o {
		x.DeltaDropped(e)
	}
}

// Refused calls all of them.
func (o Observers) Refused(e Refused) {
	for _, x := range o {
		x.Refused(e)
	}
}

// Failed calls all of them.
func (o Observers) Failed(e Failure) {
	for _, x := range o {
		x.Failed(e)
	}
}

// Pointed calls all of them.
func (o Observers) Pointed(e Pointed) {
	for _, x := range o {
		x.Pointed(e)
	}
}

// Drained calls all of them.
func (o Observers) Drained(e Drained) {
	for _, x := range o {
		x.Drained(e)
	}
}
