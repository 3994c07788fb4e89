package main

import (
	"context"
	"sync"
	"time"

	"github.com/minyi/minyi/classifier"
	"github.com/minyi/minyi/classifier/workbench"
	"github.com/minyi/minyi/internal/measure"
	"github.com/minyi/minyi/pipeline"
	"github.com/minyi/minyi/pipeline/supervise"
)

// measuresEvery is how often the broker is asked for another measure of a dictionary. It is
// one small question a dictionary.
const measuresEvery = 5 * time.Second

// measures are those of the dictionaries that this process shows and classifies with. Safe
// for concurrent use.
type measures struct {
	mu sync.Mutex
	of map[string]*measuredDictionary // by version
}

// measuredDictionary is a measure with what is made of it when a text is first classified.
type measuredDictionary struct {
	measure *measure.Measure

	once    sync.Once
	chances *workbench.Chances
}

// get returns the measure of a dictionary; nil: there is none, or it was not read yet.
func (m *measures) get(dict string) *measure.Measure {
	m.mu.Lock()
	defer m.mu.Unlock()
	if d := m.of[dict]; d != nil {
		return d.measure
	}
	return nil
}

// chances are those of the tags that c gives; nil: its dictionary was not measured.
func (m *measures) chances(c *classifier.Classifier) *workbench.Chances {
	m.mu.Lock()
	d := m.of[c.Dictionary().Version()]
	m.mu.Unlock()
	if d == nil {
		return nil
	}
	d.once.Do(func() {
		// The only error is a measure of another version, which it is not kept under.
		d.chances, _ = workbench.NewChances(c, d.measure)
	})
	return d.chances
}

// keep replaces what is known of a dictionary, unless it is the same.
func (m *measures) keep(dict string, x *measure.Measure) {
	m.mu.Lock()
	defer m.mu.Unlock()
	switch d := m.of[dict]; {
	case x == nil:
		delete(m.of, dict)
	case d == nil || d.measure.ID() != x.ID():
		if m.of == nil {
			m.of = make(map[string]*measuredDictionary)
		}
		m.of[dict] = &measuredDictionary{measure: x}
	}
}

// only forgets all other dictionaries.
func (m *measures) only(dicts map[string]bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for dict := range m.of {
		if !dicts[dict] {
			delete(m.of, dict)
		}
	}
}

// watchMeasures reads the measures of the dictionaries that are in use: at once when there
// is another one, and now and then, since a dictionary may be measured while it is used. While
// the broker does not answer, the measures stay that were read.
func (e *engine) watchMeasures(ctx context.Context) {
	changed := make(chan struct{}, 1)
	var following sync.WaitGroup
	following.Go(func() {
		last := ""
		for range e.public.Subscribe(ctx, "", pipeline.Counts{}) {
			c, _ := e.public.Latest("")
			if c.Dict == last {
				continue
			}
			last = c.Dict
			select {
			case changed <- struct{}{}:
			default:
			}
		}
	})
	defer following.Wait()
	for said := ""; ctx.Err() == nil; {
		err := e.readMeasures(ctx)
		if text := errorText(err); text != said && ctx.Err() == nil {
			if said = text; err != nil {
				e.log.Warn("read measures of dictionaries: shares have no intervals, or old ones", "error", err)
			}
		}
		select {
		case <-ctx.Done():
		case <-changed:
		case <-e.fleet.Changed():
		case <-time.After(measuresEvery):
		}
	}
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// readMeasures asks the broker for the measures of the dictionaries in use.
func (e *engine) readMeasures(ctx context.Context) (failed error) {
	dicts := map[string]bool{}
	if c, _ := e.public.Latest(""); c.Dict != "" {
		dicts[c.Dict] = true
	}
	for _, t := range e.fleet.Tallies() {
		if t.State == supervise.Working {
			dicts[t.Dict] = true
		}
	}
	e.measures.only(dicts)
	for dict := range dicts {
		ask, cancel := context.WithTimeout(ctx, 10*time.Second)
		m, err := brokerMeasure(ask, e.conn, dict)
		cancel()
		if err != nil {
			failed = err
			continue
		}
		e.measures.keep(dict, m)
	}
	return failed
}
