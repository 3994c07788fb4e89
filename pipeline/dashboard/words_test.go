package dashboard

import (
	"reflect"
	"strings"
	"testing"

	"github.com/minyi/minyi/pipeline"
)

// Both languages say everything, and their formats take the same arguments.
func TestBothLanguagesSayEverything(t *testing.T) {
	a, b := chinese, english
	va, vb := reflect.ValueOf(a), reflect.ValueOf(b)
	for i := range va.NumField() {
		name := va.Type().Field(i).Name
		if va.Field(i).Kind() != reflect.String {
			continue
		}
		x, y := va.Field(i).String(), vb.Field(i).String()
		if x == "" || y == "" {
			t.Errorf("%s is not said in both languages: %q, %q", name, x, y)
		}
		for y := range strings.SplitSeq(y, "|") { // for one thing, and for any other number
			if n, m := strings.Count(x, "%s"), strings.Count(y, "%s"); n != m || (n > 0) != strings.HasSuffix(name, "F") {
				t.Errorf("%s: %d and %d arguments", name, n, m)
			}
		}
	}
	for n, want := range map[uint64]string{0: "0 more sources", 1: "1 more source", 2: "2 more sources"} {
		if got := count(n, b.MoreSourcesF); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	for _, r := range pipeline.Reasons() {
		if a.Reasons[string(r)] == "" || b.Reasons[string(r)] == "" {
			t.Errorf("reason %s is not said in both languages", r)
		}
	}
}
