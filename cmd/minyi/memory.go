package main

import (
	"os"
	"runtime/debug"
)

// gcPercent is how much may be allocated, in per cent of what is in use, before
// the collector runs. With the usual 100 the server's buffers and ours take a
// third more memory, for a saving of 2 % of the processor.
const gcPercent = 40

// saveMemory has the process hold less memory, unless the operator has a mind
// of his own about that (GOGC).
func saveMemory() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(gcPercent)
	}
}
