package intake

import (
	"crypto/sha256"
	"encoding/binary"
	"strings"
	"testing"
	"unicode"

	"pgregory.net/rapid"
)

// TestContentOf holds the digest that is stored with messages to its definition.
func TestContentOf(t *testing.T) {
	want := func(title, text string) uint32 {
		sum := sha256.Sum256([]byte(strings.Join(strings.Fields(title), " ") + "\x00" + strings.Join(strings.Fields(text), " ")))
		return binary.BigEndian.Uint32(sum[:])
	}
	part := rapid.OneOf(
		rapid.SampledFrom([]string{" ", "\t", "\r\n", "\u0085", "\u00a0", "\u1680", "\u2003", "\u2028", "\u205f", "　", "、", "“", "é", "ᚁ", "\xe3\x80", "\xe2", "\xff", "看病贵"}),
		rapid.String(),
	)
	text := rapid.Custom(func(t *rapid.T) string { return strings.Join(rapid.SliceOfN(part, 0, 8).Draw(t, "parts"), "") })
	rapid.Check(t, func(t *rapid.T) {
		a, b := text.Draw(t, "title"), text.Draw(t, "text")
		if got := contentOf(a, b); got != want(a, b) {
			t.Fatalf("%q, %q: %08x, want %08x", a, b, got, want(a, b))
		}
	})
	for r := rune(0x3001); r <= unicode.MaxRune; r++ {
		if unicode.IsSpace(r) {
			t.Errorf("%U is white space too", r)
		}
	}
	long := strings.Repeat("教育 ", 2000)
	if contentOf("", long) != want("", long) {
		t.Error("a long text")
	}
}

func BenchmarkContentOf(b *testing.B) {
	text := strings.Repeat("建议办好学校，", 12)
	for b.Loop() {
		contentOf("", text)
	}
}
