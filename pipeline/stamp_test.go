package pipeline

import (
	"testing"
	"time"
)

func TestStamp(t *testing.T) {
	seven := uint64(7)
	full := Stamp{Tally: "t", Dict: "d", Frontier: &seven, AsOf: time.Date(2022, 5, 1, 8, 0, 0, 0, time.FixedZone("", 8*3600))}
	for _, c := range []struct {
		stamp    Stamp
		in, want string
	}{
		{Stamp{}, `{"a":1}` + "\n", `{"a":1,"schema":1}`},
		{Stamp{}, `{}`, `{"schema":1}`},
		{Stamp{}, `[]`, `[]`},
		{Stamp{}, `[{"a":"<建议>"},{"schema":2}]`, `[{"a":"<建议>","schema":1},{"schema":2}]`},
		{Stamp{}, `null`, `null`},
		{full, `{"tally":"other","x":{}}`, `{"tally":"other","x":{},"dict":"d","frontier":7,"as_of":"2022-05-01T00:00:00Z","schema":1}`},
		{full, `{}`, `{"tally":"t","dict":"d","frontier":7,"as_of":"2022-05-01T00:00:00Z","schema":1}`},
	} {
		got, err := c.stamp.On([]byte(c.in))
		if err != nil || string(got) != c.want {
			t.Errorf("%s: %s, %v, want %s", c.in, got, err, c.want)
		}
	}
	if _, err := full.On([]byte(`{"a":`)); err == nil {
		t.Error("broken JSON")
	}
}
