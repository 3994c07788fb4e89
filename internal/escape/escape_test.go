package escape_test

import (
	"errors"
	"strings"
	"testing"
	"unicode"

	"github.com/minyi/minyi/internal/escape"
)

func TestAppend(t *testing.T) {
	for _, c := range []struct {
		name  string
		mark  byte
		plain func(rune) bool
		text  string
		want  string
	}{
		{"letters", '=', escape.Word, "web_Form-7", "web_Form-7"},
		{"every byte of a character", '=', escape.Word, "网", "=E7=BD=91"},
		{"the mark", '=', escape.Word, "a=b", "a=3Db"},
		{"what divides a key", '=', escape.Word, "a.b c/d", "a=2Eb=20c=2Fd"},
		{"not UTF-8", '=', escape.Word, "a\xff", "a=FF"},
		{"visible characters", '%', unicode.IsGraphic, "意见 100%\n", "意见 100%25%0A"},
		{"U+FFFD is a character, a wrong byte is not", '%', unicode.IsGraphic, "\uFFFD\xe7", "\uFFFD%E7"},
		{"a mark that is called plain", '%', func(rune) bool { return true }, "%", "%25"},
	} {
		if got := string(escape.Append([]byte("> "), c.text, c.mark, c.plain)); got != "> "+c.want {
			t.Errorf("%s: %q, want %q", c.name, got, c.want)
		}
	}
}

func TestParseMalformed(t *testing.T) {
	for _, s := range []string{"=", "a=2", "=2", "=2G", "=2e", "==41", "=G2"} {
		if got, err := escape.Parse(s, '='); !errors.Is(err, escape.ErrMalformed) {
			t.Errorf("%q: %q, %v", s, got, err)
		}
	}
	if got, err := escape.Parse("=2E%41", '='); got != ".%41" || err != nil {
		t.Errorf("%q, %v", got, err)
	}
}

// FuzzRoundTrip: what is escaped has no other characters than it may have, and
// is restored byte by byte.
func FuzzRoundTrip(f *testing.F) {
	for _, s := range []string{"", "web", "a.b=c", "市民 热线/12345", "\xff\x00=", "100%", "\uFFFD"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		for mark, plain := range map[byte]func(rune) bool{'=': escape.Word, '%': unicode.IsGraphic} {
			escaped := string(escape.Append(nil, s, mark, plain))
			if i := strings.IndexFunc(escaped, func(r rune) bool { return r != rune(mark) && !plain(r) }); i >= 0 {
				t.Fatalf("%q becomes %q, byte %d of which must not stand there", s, escaped, i)
			}
			if back, err := escape.Parse(escaped, mark); back != s || err != nil {
				t.Fatalf("%q becomes %q and comes back as %q, %v", s, escaped, back, err)
			}
		}
	})
}
