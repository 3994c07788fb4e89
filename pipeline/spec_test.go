package pipeline

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"
)

// spec1 is a spec of version 1 as releases of it have stored it.
func spec1(t *testing.T) Spec {
	t.Helper()
	format, err := Format{}.Validate()
	if err != nil {
		t.Fatal(err)
	}
	return Spec{
		Version: SpecVersion1, Stream: "SUGGESTIONS", Created: time.Date(2022, 4, 15, 8, 0, 0, 123, time.UTC), Base: 1,
		Dict: "db7f9b5ef2ab", Semantics: "1", Format: format,
	}
}

// spec2 is a spec of version 2 in which nothing was chosen.
func spec2() Spec {
	return Spec{
		Version: SpecVersion2, Stream: "SUGGESTIONS", Generation: "0123456789abcdef",
		Dict: "db7f9b5ef2ab", Semantics: "1",
	}
}

func validSpec(t *testing.T, s Spec) Spec {
	t.Helper()
	s, err := s.Validate()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// A change here orphans every running tally: what was counted under the old id
// is not found under the new one.
func TestSpecKeepsItsID(t *testing.T) {
	for _, c := range []struct {
		name string
		spec Spec
		json string
		id   string
	}{
		{
			"version 1", spec1(t),
			`{"version":1,"stream":"SUGGESTIONS","created":"2022-04-15T08:00:00.000000123Z","base":1,"dict":"db7f9b5ef2ab","semantics":"1",` +
				`"format":{"text_field":"text","title_field":"title","source_field":"source","time_field":"submitted_at","skip_tokens":1,"zone":"Asia/Shanghai","max_bytes":131072}}`,
			"00c9d948f75e",
		},
		{
			"version 2", spec2(),
			`{"version":2,"stream":"SUGGESTIONS","generation":"0123456789abcdef","base":1,"dict":"db7f9b5ef2ab","semantics":"1",` +
				`"format":{"text_field":"text","title_field":"title","source_field":"source","time_field":"submitted_at","skip_tokens":1,"zone":"Asia/Shanghai","max_bytes":131072},` +
				`"cells":{},"reading":{"encodings":["utf-8","gb18030","utf-16"],"compression":["gzip"],"times":"common","envelopes":["cloudevents"],"server_messages":"server_message"},` +
				`"counted":["close","undated"]}`,
			"df4755dc9b33",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := validSpec(t, c.spec)
			b, err := json.Marshal(s)
			if err != nil {
				t.Fatal(err)
			}
			if string(b) != c.json {
				t.Errorf("spec is written\n%s\nnot\n%s", b, c.json)
			}
			if got := s.Tally(); got != c.id {
				t.Errorf("id is %s, not %s", got, c.id)
			}
			again, err := ParseTallyInfo([]byte(`{"spec":` + string(b) + `,"outline":[]}`))
			if err != nil {
				t.Fatal(err)
			}
			if got := again.Spec.Tally(); got != c.id {
				t.Errorf("read back, the id is %s, not %s", got, c.id)
			}
		})
	}
}

func TestSpecsThatMeanTheSameHaveOneID(t *testing.T) {
	want := validSpec(t, spec2()).Tally()
	reading := DefaultReading()
	explicit := spec2()
	explicit.Base, explicit.Cells, explicit.Reading = 1, &CellBounds{Sources: []string{}}, &reading
	explicit.Counted = []Kind{KindUndated, KindClose, KindUndated}
	if got := validSpec(t, explicit).Tally(); got != want {
		t.Errorf("with every default written out the id is %s, not %s", got, want)
	}
	ab, ba := spec2(), spec2()
	ab.Cells = &CellBounds{Sources: []string{"cctv", "xinhua"}}
	ba.Cells = &CellBounds{Sources: []string{"xinhua", "cctv", "xinhua"}}
	if a, b := validSpec(t, ab).Tally(), validSpec(t, ba).Tally(); a != b {
		t.Errorf("the order of the sources makes two ids: %s and %s", a, b)
	}
}

func TestSpecsThatDifferHaveTwoIDs(t *testing.T) {
	seen := map[string]string{validSpec(t, spec2()).Tally(): "defaults"}
	for name, change := range map[string]func(*Spec){
		"stream":     func(s *Spec) { s.Stream = "OTHERS" },
		"generation": func(s *Spec) { s.Generation = "fedcba9876543210" },
		"base":       func(s *Spec) { s.Base = 7 },
		"dict":       func(s *Spec) { s.Dict = "000000000000" },
		"semantics":  func(s *Spec) { s.Semantics = "2" },
		"zone":       func(s *Spec) { s.Format.Zone = "Asia/Urumqi" },
		"sources":    func(s *Spec) { s.Cells = &CellBounds{Sources: []string{"cctv"}} },
		"days":       func(s *Spec) { s.Cells = &CellBounds{Days: &Days{"2022-04-15", "2022-05-16"}} },
		"times":      func(s *Spec) { r := DefaultReading(); r.Times = TimesRFC3339; s.Reading = &r },
		"counted":    func(s *Spec) { s.Counted = []Kind{KindClose} },
	} {
		s := spec2()
		change(&s)
		id := validSpec(t, s).Tally()
		if other, ok := seen[id]; ok {
			t.Errorf("%s and %s have the same id", name, other)
		}
		seen[id] = name
	}
}

func TestSpecOfAnotherVersionIsRefused(t *testing.T) {
	mixed1, mixed2 := spec1(t), spec2()
	mixed1.Cells = &CellBounds{}
	mixed2.Created = time.Unix(1, 0)
	for name, s := range map[string]Spec{"newer": {Version: 3}, "none": {}, "1 with bounds": mixed1, "2 with creation time": mixed2} {
		if _, err := s.Validate(); !errors.Is(err, ErrSpecVersion) {
			t.Errorf("%s: %v, not ErrSpecVersion", name, err)
		}
	}
	if _, err := ParseTallyInfo([]byte(`{"spec":{"version":3},"outline":[]}`)); !errors.Is(err, ErrSpecVersion) {
		t.Errorf("stored spec of version 3: %v, not ErrSpecVersion", err)
	}
}

func TestSpecNamesWhatIsWrong(t *testing.T) {
	for want, change := range map[string]func(*Spec){
		`generation: "x" is not 16 hex digits`:             func(s *Spec) { s.Generation = "x" },
		"zone: Local is another zone on another machine":   func(s *Spec) { s.Format.Zone = "Local" },
		"zone: unknown time zone Nowhere":                  func(s *Spec) { s.Format.Zone = "Nowhere" },
		"cell days: 2022-05-16..2022-04-15 is no range":    func(s *Spec) { s.Cells = &CellBounds{Days: &Days{"2022-05-16", "2022-04-15"}} },
		"cell days: yesterday..2022-04-15 is no range of ": func(s *Spec) { s.Cells = &CellBounds{Days: &Days{"yesterday", "2022-04-15"}} },
	} {
		s := spec2()
		change(&s)
		if _, err := s.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v does not say %q", err, want)
		}
	}
}

func TestSpecKnowsItsStream(t *testing.T) {
	at := time.Date(2022, 4, 15, 8, 0, 0, 123, time.UTC)
	restored := StreamInfo{Name: "SUGGESTIONS", Created: at.Add(time.Hour)}
	if s := spec1(t); !s.IsOf(StreamInfo{Name: "SUGGESTIONS", Created: at}) || s.IsOf(restored) {
		t.Error("version 1 knows its stream by the creation time")
	}
	if s := spec2(); !s.IsOf(restored) || s.IsOf(StreamInfo{Name: "OTHERS"}) {
		t.Error("version 2 knows its stream by its name; the creation time says nothing")
	}
}
