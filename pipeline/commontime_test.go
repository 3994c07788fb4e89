package pipeline

import (
	"testing"
	"time"
)

// TestTimesOfVersions: what a time means belongs to the spec. Version 1 reads RFC 3339
// and nothing else, version 2 by the reader of files.
func TestTimesOfVersions(t *testing.T) {
	stored := time.Date(2022, 5, 1, 0, 0, 0, 0, time.UTC)
	old, err := NewDecoder(Format{})
	if err != nil {
		t.Fatal(err)
	}
	specDecoder := func(times string) *Decoder {
		t.Helper()
		r := CurrentReading()
		r.Times = times
		d, err := NewSpecDecoder(Spec{Version: SpecVersion2, Generation: "0123456789abcdef", Reading: &r})
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	common, strict := specDecoder(TimesCommon), specDecoder(TimesRFC3339)
	for raw, readable := range map[string]bool{
		`"2022-04-15T21:03:11+08:00"`: true, `"2022-04-15T21:03:11.5Z"`: true,
		`"2022-04-15"`: false, `"2022-04-15 21:03:11"`: false, `"2022-04-15T21:03:11+0800"`: false, `"2022/4/15"`: false,
		`1650027791`: false, `1650027791000`: false, `"1650027791"`: false, `"2022年4月15日 下午 09:03"`: false, `"2022-04-15\u0020 21:03"`: false,
	} {
		m := Message{Subject: "suggestions.x", Data: []byte(`{"text":"好","submitted_at":` + raw + `}`), Stored: stored}
		for name, d := range map[string]*Decoder{"version 1": old, "version 2, strict": strict, "version 2": common} {
			want, absurd := "2022-04-15", false
			if d != common && !readable {
				want, absurd = "2022-05-01", true
			}
			if raw == `"2022-04-15T21:03:11.5Z"` {
				want = "2022-04-16"
			}
			var s Suggestion
			if reason := d.Decode(&m, &s); reason != "" || s.Day != want || s.AbsurdTime != absurd {
				t.Errorf("%s of %s: day %s, absurd %v, %s; want %s, %v", raw, name, s.Day, s.AbsurdTime, reason, want, absurd)
			}
		}
	}
	for _, raw := range []string{`"昨天"`, `true`, `{"a":1}`, `[1650027791]`, `-1650027791`, `"4/5/22"`, `2022`} {
		m := Message{Subject: "suggestions.x", Data: []byte(`{"text":"好","submitted_at":` + raw + `}`), Stored: stored}
		var s Suggestion
		if common.Decode(&m, &s); s.Day != "2022-05-01" || !s.AbsurdTime {
			t.Errorf("%s: day %s, absurd %v", raw, s.Day, s.AbsurdTime)
		}
	}
}
