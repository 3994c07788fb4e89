package workbench

// Progress is told how far a measurement has come: done of total, in units that only
// their ratio has a meaning. It is called often, by one goroutine at a time. nil: by
// nobody.
type Progress func(done, total int)

func (p Progress) report(done, total int) {
	if p != nil {
		p(done, total)
	}
}
