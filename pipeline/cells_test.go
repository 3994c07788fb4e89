package pipeline

import (
	"encoding/json"
	"testing"
)

// TestParseCount holds the fast reader of values to encoding/json.
func TestParseCount(t *testing.T) {
	for _, value := range []string{
		`{"primary":0,"any":0}`, `{"primary":12,"any":345}`, `{"primary":999999999999999999,"any":1}`, `{"primary":18446744073709551615,"any":18446744073709551615}`,
		`{"any":3,"primary":2}`, ` {"primary":1, "any":2}`, `{"primary":1}`, `{}`, `null`,
		`{"primary":01,"any":2}`, `{"primary":-1,"any":2}`, `{"primary":,"any":2}`, `{"primary":1,"any":2}x`, `{"primary":1,"any":18446744073709551616}`, `{"primary":1,"any":`, ``, `x`,
	} {
		var want Count
		wantErr := json.Unmarshal([]byte(value), &want)
		got, err := ParseCount([]byte(value))
		if (err == nil) != (wantErr == nil) || err == nil && got != want {
			t.Errorf("%s: %+v, %v; want %+v, %v", value, got, err, want, wantErr)
		}
	}
}
