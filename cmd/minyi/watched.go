package main

import (
	"sync"

	"github.com/minyi/minyi/pipeline"
)

// watched is a source whose reading moves a bar, and a function that takes the bar away.
// Total is how many messages are read of it, 0 if that is not known.
func (a *app) watched(src pipeline.Source, total uint64) (pipeline.Source, func()) {
	tell, gone := a.tellRead(total)
	if tell == nil {
		return src, gone
	}
	return pipeline.Watched(src, tell), gone
}

// tellRead moves a bar by the messages that were read; nil where nothing is shown.
func (a *app) tellRead(total uint64) (tell func(messages int), gone func()) {
	b := a.newBar(a.say("counting again"))
	if b == nil {
		return nil, func() {}
	}
	var mu sync.Mutex
	done := int64(0)
	return func(messages int) {
		mu.Lock()
		defer mu.Unlock()
		done += int64(messages)
		b.set(done, int64(total))
	}, b.clear
}
