package classifier

import (
	"bytes"
	"testing"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

func TestNormalize(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"", ""},
		{"ＡＢＣ１２３！～", "abc123!~"},
		{"　", " "},
		{"醫療衛生、養老與教育", "医疗卫生、养老与教育"},
		{"么麼著后", "么么著后"}, // 著 and 后 are simplified characters too: they stay
		{"\u200b\u200c\u200d\u200e\u2060\ufeff\u00ad\ufe0f\U000e0100", ""},
		{"1\ufe0f\u20e3", "1\u20e3"},
		{"\xe5\xad\xff", "\ufffd\ufffd\ufffd"},
		{"É e\u0301 İ ẞ Σς", "é é i ß σς"},
		{"\u212a\u212b\u2126", "kåω"}, // Kelvin, Ångström, Ohm
		{"J\u030c A\u0325", "ǰ ḁ"},
		{"\uf9a9", "囹"},                             // a compatibility ideograph
		{"衞生局、汚染", "卫生局、污染"},                        // as Hong Kong writes
		{"\u2f42\u2f4a\u2f9e\u2ee2\u2ed1", "文木车马长"}, // radicals, as PDFs have them
		{"\u1100\u1161", "가"},
		{"か\u3099", "が"},
	} {
		if got := Normalize(c.in); got != c.want {
			t.Errorf("Normalize(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}

// TestLookAlikes: each is there once, and becomes what normalisation leaves alone.
func TestLookAlikes(t *testing.T) {
	seen := map[rune]bool{}
	runes := []rune(lookAlikes)
	for i := 0; i+1 < len(runes); i += 2 {
		if seen[runes[i]] {
			t.Errorf("%c is there twice", runes[i])
		}
		seen[runes[i]] = true
		if got := Normalize(string(runes[i])); got != Normalize(string(runes[i+1])) {
			t.Errorf("%c becomes %s, and %c %s", runes[i], got, runes[i+1], Normalize(string(runes[i+1])))
		}
	}
	for r := rune(0x2F00); r <= 0x2FD5; r++ {
		if got := Normalize(string(r)); got == string(r) || Normalize(got) != got {
			t.Errorf("the radical %U becomes %s", r, got)
		}
	}
}

// FuzzNormalize: normalising twice is normalising once; texts that Unicode
// holds to be the same come out the same; the originals of the runes are in
// order and within the text.
func FuzzNormalize(f *testing.F) {
	for _, c := range cases {
		f.Add([]byte(c.text))
	}
	f.Add([]byte("e\u0301\u0323\u200b\u0301 \u1100\u1161\u11a8"))
	f.Add([]byte("\u0f93\U0001d15e")) // decompose, and do not compose again
	f.Add(bytes.Repeat([]byte("a\u0301"), 40))
	f.Add(append([]byte("a"), bytes.Repeat([]byte("\u0323\u0301"), 40)...))
	z := newNormalizer()
	f.Fuzz(func(t *testing.T, text []byte) {
		once := Normalize(string(text))
		if !utf8.ValidString(once) {
			t.Fatalf("Normalize(%q) is not valid UTF-8", text)
		}
		if twice := Normalize(once); twice != once {
			t.Fatalf("Normalize(%q) = %q, and again %q", text, once, twice)
		}
		if utf8.Valid(text) && !bytes.ContainsFunc(text, removed) {
			if other := Normalize(norm.NFD.String(string(text))); norm.NFC.String(other) != norm.NFC.String(once) {
				t.Fatalf("%q: %q, decomposed first %q", text, once, other)
			}
		}
		start, end := 0, 0
		for _, n := range z.normalise(text) {
			if n.start < start || n.end < end || n.start >= n.end || n.end > len(text) {
				t.Fatalf("%q: rune %q stands for [%d:%d] after [%d:%d]", text, n.r, n.start, n.end, start, end)
			}
			start, end = n.start, n.end
		}
	})
}
