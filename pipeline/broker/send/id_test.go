package send

import (
	"fmt"
	"strings"
	"testing"
)

func TestMessageID(t *testing.T) {
	t.Parallel()
	long := strings.Repeat("长", 100)
	for in, want := range map[string]string{
		"a-1": "a-1", "编号 7": "编号 7", " a ": "%20a%20", "50%": "50%25", "a\r\nb": "a%0D%0Ab", "\xff": "%FF",
		"sha256:x": "%73ha256:x", "": "", "\u200b": "%E2%80%8B", "\ufffd": "\ufffd",
	} {
		if got := messageID(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
	if a, b := messageID(long+"a"), messageID(long+"b"); a == b || len(a) > maxIDBytes || messageID(a) == a {
		t.Errorf("long ids: %q, %q", a, b)
	}
}

// FuzzMessageID: what is sent can be a header, and can be turned back unless it
// is a hash.
func FuzzMessageID(f *testing.F) {
	for _, s := range []string{"a", "%41", " \x00", "\xe4\xb8", "sha256:", strings.Repeat("%", 100)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, id string) {
		value := messageID(id)
		if len(value) > maxIDBytes || value != strings.TrimSpace(value) || strings.ContainsAny(value, "\r\n\x00") {
			t.Fatalf("%q is no header value", value)
		}
		if strings.HasPrefix(value, hashedID) {
			return
		}
		var back []byte
		for i := 0; i < len(value); i++ {
			if value[i] != '%' {
				back = append(back, value[i])
				continue
			}
			var c byte
			if _, err := fmt.Sscanf(value[i+1:i+3], "%02X", &c); err != nil {
				t.Fatal(err)
			}
			back = append(back, c)
			i += 2
		}
		if string(back) != id {
			t.Fatalf("%q became %q, which means %q", id, value, back)
		}
	})
}
