package main

import (
	"bufio"
	"encoding/json"
	"iter"
	"net/http"
	"strings"
	"testing"
)

// followEvents opens the events of a page, and yields the parts of the page that each one
// brings, by their names. They wait at the server until they are asked for.
func followEvents(t *testing.T, address string) iter.Seq[map[string]string] {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address, nil)
	if err != nil {
		t.Fatal(err)
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	if res.StatusCode != http.StatusOK {
		t.Fatalf("%s: %s", address, res.Status)
	}
	t.Cleanup(func() { _ = res.Body.Close() })
	lines := bufio.NewScanner(res.Body)
	lines.Buffer(nil, 4<<20)
	return func(yield func(map[string]string) bool) {
		for lines.Scan() {
			data, ok := strings.CutPrefix(lines.Text(), "data: ")
			if !ok {
				continue
			}
			var m struct{ HTML map[string]string }
			if err := json.Unmarshal([]byte(data), &m); err != nil {
				t.Errorf("an event that is no JSON: %v: %.200s", err, data)
				return
			}
			if !yield(m.HTML) {
				return
			}
		}
	}
}
