package classifier

import (
	"bufio"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/minyi/minyi/dict"
)

// gseBase is gse's dictionary, loaded once for all tests, and the tables of it.
// They are shared: an engine takes a clone.
var gseBase = sync.OnceValue(func() (base struct {
	words   []word
	lexicon *lexicon
},
) {
	seg, err := loadGse()
	if err != nil {
		panic(err)
	}
	base.words = gseWords(seg)
	base.lexicon = newLexicon(base.words, seg.Dictionary().TotalFreq())
	return base
})

func (x *lexicon) clone() *lexicon {
	y := *x
	y.words.nodes = slices.Clone(x.words.nodes)
	y.adjacency.pairs = slices.Clone(x.adjacency.pairs)
	y.adjacency.triples = slices.Clone(x.adjacency.triples)
	return &y
}

// duel is an engine and its oracle.
type duel struct {
	dict   *dict.Dictionary
	engine *engine
	oracle *oracle
	result Result

	messages, fallbacks, tags, matches int
}

// plainGse is a segmenter without added words, shared by the duels that add none.
var plainGse = sync.OnceValues(loadGse)

func newDuel(t testing.TB, d *dict.Dictionary) *duel {
	t.Helper()
	p, err := newPlan(d)
	if err != nil {
		t.Fatal(err)
	}
	seg, err := plainGse()
	if len(p.tokens) > 0 {
		seg, err = loadGse()
	}
	if err != nil {
		t.Fatal(err)
	}
	o, err := newOracle(p, seg)
	if err != nil {
		t.Fatal(err)
	}
	return &duel{dict: d, engine: newEngine(p, gseBase().lexicon.clone()), oracle: o}
}

// fight classifies text by both, and reports where they differ.
func (u *duel) fight(t testing.TB, text []byte) bool {
	u.engine.classify(&u.result, text)
	want := u.oracle.classify(text)
	got := u.result.Tags
	u.messages++
	u.fallbacks += u.result.scratch.walk.fallbacks
	u.tags += len(got)
	for _, tag := range got {
		u.matches += len(tag.Matches)
	}
	if len(got) == 0 && len(want) == 0 || reflect.DeepEqual(got, want) {
		return true
	}
	if len(text) > 400 {
		t.Errorf("a text of %d bytes, from %q: tags differ", len(text), text[:100])
	} else {
		t.Errorf("%q:\n got %s\nwant %s", text, render(u.dict, got), render(u.dict, want))
	}
	return false
}

func TestEngineCases(t *testing.T) {
	for _, c := range cases {
		d := one(c.keywords)
		p, err := newPlan(d)
		if err != nil {
			t.Fatal(err)
		}
		var r Result
		newEngine(p, gseBase().lexicon.clone()).classify(&r, []byte(c.text))
		if got := render(d, r.Tags); got != c.want {
			t.Errorf("%s: %q\n got %s\nwant %s", c.name, c.text, got, c.want)
		}
	}
}

// sharedFiles returns the texts of the real messages, by file; it skips the
// test where there are none.
func sharedFiles(t testing.TB) map[string][][]byte {
	t.Helper()
	dir := os.Getenv("MINYI_SHARED")
	if dir == "" {
		dir = filepath.Join("..", "..", "shared")
	}
	names, _ := filepath.Glob(filepath.Join(dir, "data", "*.ndjson"))
	if len(names) == 0 {
		t.Skipf("no real messages in %s (set MINYI_SHARED)", dir)
	}
	out := make(map[string][][]byte)
	for _, name := range names {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(f)
		lines.Buffer(nil, 64<<20)
		for lines.Scan() {
			var m struct{ Text string }
			if err := json.Unmarshal(lines.Bytes(), &m); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			out[filepath.Base(name)] = append(out[filepath.Base(name)], []byte(m.Text))
		}
		if err := lines.Err(); err != nil {
			t.Fatal(err)
		}
		f.Close()
	}
	return out
}

// bigDictionary is 5,000 keywords drawn from gse's words by their frequency,
// with everything that a dictionary can say, in 50 sub-themes.
func bigDictionary(words []word, withTokens bool) *dict.Dictionary {
	rng := rand.New(rand.NewPCG(5, 1))
	var pool []string
	for _, w := range words {
		if n := len([]rune(w.text)); n > 1 && n < 6 && w.frequency > 50 && Normalize(w.text) == w.text {
			pool = append(pool, w.text)
		}
	}
	rng.Shuffle(len(pool), func(i, j int) { pool[i], pool[j] = pool[j], pool[i] })
	pick := func() string { return pool[rng.IntN(len(pool))] }
	odd := []string{"5G", "双一流A类", "ＡＰＰ", "12345", "C++", "醫療保險", "🏥", "😀😀", "网红☆打卡", "№1", "machine learning"}
	seen := make(map[string]bool)
	theme := dict.Theme{ID: "t"}
	for s := range 50 {
		sub := dict.SubTheme{ID: fmt.Sprintf("t/s%02d", s), Threshold: 0.5 + float64(s%4)/2}
		for len(sub.Keywords) < 100 {
			k := dict.Keyword{Word: pick(), Weight: float64(rng.IntN(40)-4)/10 + 0.05}
			switch i := len(sub.Keywords); {
			case i < 8:
				k.Word, k.All, k.Within = "", []string{pick(), pick()}, 1+rng.IntN(40)
				if i < 3 {
					k.All = append(k.All, pick())
				}
			case i < 12:
				k.Word = odd[rng.IntN(len(odd))]
			case i < 20: // two words run together: a phrase that gse cuts
				k.Word += pick()
			case i < 24: // a part of a word: often straddles
				r := []rune(k.Word + pick())
				k.Word = string(r[1 : len(r)-1])
			}
			k.Whole = rng.IntN(8) == 0
			k.Token = withTokens && k.Word != "" && rng.IntN(40) == 0
			if rng.IntN(6) == 0 {
				k.Unless = []string{k.Word + pick(), pick() + keywordText(&k) + pick(), pick()}
			}
			if key := keywordText(&k) + sub.ID; !seen[Normalize(key)] {
				seen[Normalize(key)] = true
				sub.Keywords = append(sub.Keywords, k)
			}
		}
		theme.SubThemes = append(theme.SubThemes, sub)
	}
	return &dict.Dictionary{Themes: []dict.Theme{theme}}
}

// hostile generates messages that go for the edges.
type hostile struct {
	rng   *rand.Rand
	words []word   // gse's
	keys  []string // the dictionary's
}

func newHostile(d *dict.Dictionary, seed uint64) *hostile {
	h := &hostile{rng: rand.New(rand.NewPCG(seed, 2)), words: gseBase().words}
	for _, theme := range d.Themes {
		for _, sub := range theme.SubThemes {
			for _, k := range sub.Keywords {
				h.keys = append(append(h.keys, k.All...), k.Unless...)
				if k.Word != "" {
					h.keys = append(h.keys, k.Word)
				}
			}
		}
	}
	return h
}

var hostilePieces = []string{
	"5G", "5g网络", "双一流A类", "A类", "ＡＰＰ", "APP", "app1", "中国企业", "人民生活", "江泽民主席", "的", "了", "。", "，", " ", "　", "\n",
	"\u200b", "\ufeff", "\ufe0f", "\u00ad", "e\u0301", "é", "\u0301", "J\u030c", "が", "か\u3099", "😀", "🏥", "👨‍👩‍👧", "𠮷", "\U0002f800", "\ufffd",
	"醫療", "學校教育", "乾隆", "１２３４５", "12345", "γ射线", "C++", "№1", "中", "国", "ａ", "Ж", "\x00", "\U0010ffff", "\U000e0100",
}

func (h *hostile) message() []byte {
	var b []byte
	for n := 1 + h.rng.IntN(14); n > 0; n-- {
		switch h.rng.IntN(12) {
		case 0, 1, 2, 3:
			b = append(b, h.words[h.rng.IntN(len(h.words))].text...)
		case 4, 5, 6:
			b = append(b, h.keys[h.rng.IntN(len(h.keys))]...)
		case 7: // half a word
			r := []rune(h.words[h.rng.IntN(len(h.words))].text)
			b = append(b, string(r[h.rng.IntN(len(r)):])...)
		case 8: // half a keyword
			r := []rune(h.keys[h.rng.IntN(len(h.keys))])
			b = append(b, string(r[:1+h.rng.IntN(len(r))])...)
		case 9: // any bytes
			for range 1 + h.rng.IntN(4) {
				b = append(b, byte(h.rng.IntN(256)))
			}
		case 10:
			b = append(b, hostilePieces[h.rng.IntN(len(hostilePieces))]...)
		case 11: // something of before again, perhaps broken off
			if len(b) > 0 {
				from := h.rng.IntN(len(b))
				b = append(b, b[from:from+h.rng.IntN(len(b)-from+1)]...)
			}
		}
	}
	return b
}

// lead is a text that moves the sums of float32 along: nearly equal paths after
// it are decided by roundings.
func (h *hostile) lead() string {
	return strings.Repeat([]string{"。", "的", "a ", "😀"}[h.rng.IntN(4)], 500+h.rng.IntN(4000))
}

func TestOracle(t *testing.T) {
	generated := 20_000 // for each dictionary
	if raceEnabled {
		generated = 3_000
	}
	standard, err := dict.Default()
	if err != nil {
		t.Fatal(err)
	}
	for _, dd := range []struct {
		name string
		dict *dict.Dictionary
	}{
		{"default", standard},
		{"5000", bigDictionary(gseBase().words, true)},
	} {
		t.Run(dd.name, func(t *testing.T) {
			t.Parallel()
			u := newDuel(t, dd.dict)
			h := newHostile(dd.dict, 7)
			mismatches := 0
			for i := range generated {
				text := h.message()
				if i%500 == 0 {
					text = append([]byte(h.lead()), text...)
				}
				if !u.fight(t, text) {
					if mismatches++; mismatches > 20 {
						t.FailNow()
					}
				}
			}
			t.Logf("generated messages compared %d, keywords %d, tags %d, matches %d, mismatches %d, fallbacks taken %d",
				u.messages, len(u.engine.matcher.keywords), u.tags, u.matches, mismatches, u.fallbacks)
		})
	}
}
