package pipeline

import (
	"testing"
	"time"
)

var timeCases = []string{
	"2022-04-15T21:03:11Z", "2022-04-15T21:03:11+08:00", "2022-04-15T21:03:11-11:30", "2022-04-15T21:03:11.5+08:00",
	"2022-02-29T00:00:00Z", "2024-02-29T00:00:00Z", "2022-02-28T23:59:59Z", "2022-04-30T00:00:00Z", "2022-04-31T00:00:00Z", "2022-05-31T00:00:00Z",
	"2022-13-01T00:00:00Z", "2022-00-01T00:00:00Z", "2022-01-00T00:00:00Z", "2022-01-01T24:00:00Z", "2022-01-01T00:60:00Z", "2022-01-01T00:00:60Z",
	"2022-01-01T00:00:00z", "2022-01-01t00:00:00Z", "2022-01-01 00:00:00Z", "2022-01-01T00:00:00", "2022-01-01T00:00:00+8:00x", "2022-01-01T00:00:00+24:00",
	"2022-01-01T00:00:00+23:59", "2022-01-01T00:00:00+00:60", "2022-01-01T00:00:00+0800", "0000-01-01T00:00:00Z", "9999-12-30T23:59:59-23:59", "2022-01-01T00:00:00~08:00",
	"2o22-01-01T00:00:00Z", "2022-01-01T00:00:0:Z", "2022-01-01T00:00:00+0a:00", "", "Z",
}

func checkTime(t *testing.T, s string) {
	t.Helper()
	got, ok := quickTime([]byte(s))
	want, err := time.Parse(time.RFC3339, s)
	if ok && (err != nil || !got.Equal(want) || got.Year() != want.UTC().Year()) {
		t.Errorf("%q: %v, time.Parse says %v, %v", s, got, want, err)
	}
}

func TestQuickTimeAgreesWithTimeParse(t *testing.T) {
	for _, s := range timeCases {
		checkTime(t, s)
	}
	for _, s := range timeCases[:2] {
		if _, ok := quickTime([]byte(s)); !ok {
			t.Errorf("%q is not read quickly", s)
		}
	}
}

func FuzzQuickTime(f *testing.F) {
	for _, s := range timeCases {
		f.Add(s)
	}
	f.Fuzz(checkTime)
}
