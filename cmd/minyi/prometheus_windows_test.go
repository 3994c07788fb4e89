package main

import "testing"

func checkPrometheus(t *testing.T, _ *running, _ uint64) {
	t.Helper()
	t.Skip("Windows cannot stop a process and let it go on")
}
