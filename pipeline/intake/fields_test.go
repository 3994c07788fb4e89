package intake

import (
	"encoding/json"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// TestPlainObject holds the fast path to encoding/json: what it says to be valid is.
func TestPlainObject(t *testing.T) {
	for text, plain := range map[string]bool{
		`{"id":"b-1","source":"cctv","text":"建议"}`: true, "{ \"id\" : 12 , \"title\" : null }": true, "{\"text\":\"\xff\"}": true, // the pipeline counts wrong bytes
		`{}`: false, `{"a":1.5}`: false, `{"a":"\n"}`: false, `{"a":true}`: false, `{"a":[1]}`: false, // valid, and left to the other
	} {
		if plainObject([]byte(text)) != plain || !json.Valid([]byte(text)) {
			t.Errorf("%s: %t", text, !plain)
		}
	}
	token := rapid.SampledFrom([]string{"{", "}", `"`, ":", ",", " ", "\n", "1", "0", "-", "12", "null", "nul", `"a"`, `"id":1`, `"text":"建议"`, `"b":null`, `\`, "\x01", "[", "]", "\xff"})
	valid := 0
	rapid.Check(t, func(t *rapid.T) {
		part := rapid.OneOf(token, rapid.SampledFrom([]string{`"id":1`, `"text":"建议"`, ` "b" : null `}))
		text := "{" + strings.Join(rapid.SliceOfN(part, 0, 3).Draw(t, "parts"), ",") + "}"
		if plainObject([]byte(text)) {
			if valid++; !json.Valid([]byte(text)) {
				t.Fatalf("%q is not valid", text)
			}
		}
	})
	t.Logf("%d were valid", valid)
}
