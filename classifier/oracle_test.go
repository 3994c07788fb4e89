package classifier

import (
	"bytes"
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

// gseBase returns gse's dictionary and its tables, which are loaded once for all
// tests. Engines share them.
var gseBase = sync.OnceValue(func() (base struct {
	words   []word
	lexicon *lexicon
},
) {
	seg, err := plainGse()
	if err != nil {
		panic(err)
	}
	base.words = gseWords(seg)
	base.lexicon = newLexicon(base.words, seg.Dictionary().TotalFreq())
	return base
})

// duel is an engine and its oracle.
type duel struct {
	dict   *dict.Dictionary
	engine *engine
	oracle *oracle
	result Result

	relative                                       bool // some theme has a relative threshold
	messages, fallbacks, tags, matches, mismatches int
}

// again returns a duel of the same two with all counts at 0.
func (u *duel) again() *duel {
	return &duel{dict: u.dict, engine: u.engine, oracle: oracleOf(u.oracle.plan, u.oracle.gse), relative: u.relative}
}

// plainGse is a segmenter without added words, shared by the duels that add none.
var plainGse = sync.OnceValues(loadGse)

// lastOracle is the last oracle whose plan adds words to the segmenter. Loading gse
// for them takes two seconds, which a fuzzer cannot spend on every input.
var lastOracle struct {
	sync.Mutex
	*oracle
}

// sharedOracle returns the oracle of p. It shares its segmenter with the oracles of
// plans that add the same words, or none.
func sharedOracle(p *plan) (*oracle, error) {
	if len(p.tokens) == 0 {
		seg, err := plainGse()
		if err != nil {
			return nil, err
		}
		return newOracle(p, seg)
	}
	last := &lastOracle
	last.Lock()
	defer last.Unlock()
	if last.oracle != nil && slices.Equal(last.plan.tokens, p.tokens) {
		return oracleOf(p, last.gse), nil
	}
	last.oracle = nil // so that there are never two in memory
	seg, err := loadGse()
	if err != nil {
		return nil, err
	}
	o, err := newOracle(p, seg)
	if err == nil {
		last.oracle = &oracle{plan: p, gse: seg}
	}
	return o, err
}

func newDuel(t testing.TB, d *dict.Dictionary) *duel {
	t.Helper()
	p, err := newPlan(d)
	if err != nil {
		t.Fatal(err)
	}
	o, err := sharedOracle(p)
	if err != nil {
		t.Fatal(err)
	}
	relative := slices.ContainsFunc(p.subs, func(s subPlan) bool { return s.relative > 0 })
	return &duel{dict: d, engine: newEngine(p, gseBase().lexicon), oracle: o, relative: relative}
}

// fight classifies text with both, and reports differences.
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
	u.mismatches++
	if len(text) > 400 {
		t.Errorf("a text of %d bytes, from %q: tags differ", len(text), text[:100])
	} else {
		t.Errorf("%q:\n got %s\nwant %s", text, render(u.dict, got), render(u.dict, want))
	}
	return false
}

func TestEngineCases(t *testing.T) {
	t.Parallel()
	for _, c := range cases {
		d := one(c.keywords)
		p, err := newPlan(d)
		if err != nil {
			t.Fatal(err)
		}
		var r Result
		newEngine(p, gseBase().lexicon).classify(&r, []byte(c.text))
		if got := render(d, r.Tags); got != c.want {
			t.Errorf("%s: %q\n got %s\nwant %s", c.name, c.text, got, c.want)
		}
	}
}

// sharedData returns the folder of the real messages, or "" if there is none.
func sharedData() string {
	dir := os.Getenv("MINYI_SHARED")
	if dir == "" {
		dir = filepath.Join("..", "..", "shared")
	}
	dir = filepath.Join(dir, "data")
	if names, _ := filepath.Glob(filepath.Join(dir, "*.ndjson")); len(names) == 0 {
		return ""
	}
	return dir
}

// sharedFiles returns the texts of the real messages, by file. It skips the test if
// there are none.
func sharedFiles(t testing.TB) map[string][][]byte {
	t.Helper()
	dir := sharedData()
	if dir == "" {
		t.Skip("no real messages: set MINYI_SHARED to the folder that has them in data")
	}
	names, _ := filepath.Glob(filepath.Join(dir, "*.ndjson"))
	out := make(map[string][][]byte)
	for _, name := range names {
		out[filepath.Base(name)] = readTexts(t, name)
	}
	return out
}

// readTexts returns the field text of each line of a file.
func readTexts(t testing.TB, name string) [][]byte {
	t.Helper()
	file, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var out [][]byte
	for line := range bytes.Lines(file) {
		var m struct{ Text string }
		if err := json.Unmarshal(line, &m); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		out = append(out, []byte(m.Text))
	}
	return out
}

// bigDictionary returns a dictionary with 5,000 keywords in 50 sub-themes, drawn
// from gse's words by their frequency. It uses every feature of dictionaries.
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
			case i < 20: // two words joined: a phrase that gse cuts
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

// oracleDicts are the dictionaries of the oracle tests.
func oracleDicts(t testing.TB) map[string]*dict.Dictionary {
	t.Helper()
	standard, err := dict.Default()
	if err != nil {
		t.Fatal(err)
	}
	return map[string]*dict.Dictionary{"default": standard, "5000": withShares(bigDictionary(gseBase().words, true))}
}

// withShares distributes the sub-themes of the only theme of d to five themes. Each
// has another relative threshold, so that some sub-themes depend on scores of other
// themes, and another threshold_length and title_weight.
func withShares(d *dict.Dictionary) *dict.Dictionary {
	subs := d.Themes[0].SubThemes
	out := &dict.Dictionary{}
	for i, share := range []float64{0, 0.4, 0.75, 0.999999, 1} {
		theme := dict.Theme{ID: fmt.Sprintf("t%d", i), RelativeThreshold: share, ThresholdLength: []int{16, 0, 3, 100, 16}[i], TitleWeight: []int{0, 3, 2, 9, 0}[i]}
		for j := i; j < len(subs); j += 5 {
			theme.SubThemes = append(theme.SubThemes, subs[j])
		}
		out.Themes = append(out.Themes, theme)
	}
	return out
}

// maxMismatches is the number of differences after which a test gives up.
const maxMismatches = 20

// TestOracle compares the engine with the oracle on generated messages and real ones. A
// wrong rule shows among the first hundreds; what is rare is sought by `make fuzz`, which
// sets MINYI_ORACLE=all: 100,000 generated messages, and every real one.
func TestOracle(t *testing.T) {
	t.Parallel()
	generated, step := 4_000, 10
	if everything() {
		generated, step = 50_000, 1
	}
	for name, d := range oracleDicts(t) {
		t.Run("generated/"+name, func(t *testing.T) {
			t.Parallel()
			u := newDuel(t, d)
			h := newHostile(d, 7)
			for i := 0; i < generated && u.mismatches < maxMismatches; i++ {
				text := h.message()
				if i%500 == 0 {
					text = append([]byte(h.lead()), text...)
				}
				u.fight(t, text)
			}
			u.log(t)
		})
		t.Run("real/"+name, func(t *testing.T) {
			t.Parallel()
			files := sharedFiles(t)
			first := newDuel(t, d)
			for file, texts := range files {
				u := first.again()
				for i := 0; i < len(texts); i += step {
					if u.fight(t, texts[i]); u.mismatches == maxMismatches {
						break
					}
				}
				t.Logf("%s:", file)
				u.log(t)
			}
		})
	}
}

// everything reports whether the oracle is to see all that there is, as in make fuzz.
func everything() bool { return os.Getenv("MINYI_ORACLE") == "all" }

func (u *duel) log(t *testing.T) {
	t.Helper()
	if u.matches == 0 {
		t.Error("nothing matched: the messages test nothing")
	}
	if u.relative && u.oracle.dropped == 0 {
		t.Error("relative thresholds took no tag away: the messages do not test them")
	}
	t.Logf("messages compared %d, keywords %d, tags %d, %d more lost to relative thresholds, matches %d, mismatches %d, fallbacks taken %d",
		u.messages, len(u.engine.matcher.keywords), u.tags, u.oracle.dropped, u.matches, u.mismatches, u.fallbacks)
}

// thinned returns d with every nth keyword of each sub-theme, because the oracle
// takes quadratic time for long texts.
func thinned(d *dict.Dictionary, n int) *dict.Dictionary {
	out := &dict.Dictionary{}
	for _, theme := range d.Themes {
		var subs []dict.SubTheme
		for _, s := range theme.SubThemes {
			var keywords []dict.Keyword
			for i := 0; i < len(s.Keywords); i += n {
				keywords = append(keywords, s.Keywords[i])
			}
			s.Keywords = keywords
			subs = append(subs, s)
		}
		theme.SubThemes = subs
		out.Themes = append(out.Themes, theme)
	}
	return out
}

// TestOracleLong: a quarter of a megabyte is more than 16 bits count, whichever unit they
// count; make fuzz takes a megabyte.
func TestOracleLong(t *testing.T) {
	t.Parallel()
	size := 1 << 18
	if everything() {
		size = 1 << 20
	}
	u := newDuel(t, thinned(withShares(bigDictionary(gseBase().words, true)), 20))
	for _, text := range longTexts(newHostile(u.dict, 3), size) {
		u.fight(t, text)
	}
	u.log(t)
}

// TestOracleNearTie constructs texts that only gse's own sums decide. If AB and BC
// are words of equal frequency, AB|C and A|BC have the same length, and which of the
// two is taken depends on how the sums before were rounded. The test fails unless
// the fallback ran, and unless it decided both ways.
func TestOracleNearTie(t *testing.T) {
	t.Parallel()
	ties := equalPairs(gseBase().words, 40)
	var keywords []dict.Keyword
	seen := make(map[string]bool)
	for _, tie := range ties {
		if first := string([]rune(tie)[:2]); !seen[first] {
			seen[first] = true
			keywords = append(keywords, dict.Keyword{Word: first, Weight: 1})
		}
	}
	u := newDuel(t, one(keywords))
	const leads = 60
	tagged, untagged := 0, 0
	for _, tie := range ties {
		for lead := 1; lead < leads; lead++ {
			text := strings.Repeat("。", lead*lead) + tie
			u.fight(t, []byte(text))
			if len(u.result.Tags) > 0 {
				tagged++
			} else {
				untagged++
			}
		}
	}
	u.log(t)
	t.Logf("%d texts cut as AB|C, %d as A|BC", tagged, untagged)
	// A few texts may not need it, if their span happens to reach back to the start.
	if u.fallbacks < u.messages*9/10 {
		t.Errorf("%d of %d texts took the fallback", u.fallbacks, u.messages)
	}
	if tagged == 0 || untagged == 0 {
		t.Error("the sums before a tie never changed its outcome: this tests nothing")
	}
}

// equalPairs returns up to n texts ABC such that AB and BC are words of gse's with
// equal frequencies, and no longer word begins within.
func equalPairs(all []word, n int) []string {
	frequency := make(map[string]float64)
	byFirst := make(map[rune][]string)
	for _, w := range all {
		frequency[w.text] = w.frequency
		if r := []rune(w.text); len(r) == 2 && r[0] >= 0x4E00 && r[1] >= 0x4E00 && Normalize(w.text) == w.text {
			byFirst[r[0]] = append(byFirst[r[0]], w.text)
		}
	}
	var out []string
	for _, w := range all {
		r := []rune(w.text)
		if len(r) != 2 || len(byFirst[r[0]]) == 0 || Normalize(w.text) != w.text {
			continue
		}
		for _, next := range byFirst[r[1]] {
			c := []rune(next)[1]
			abc := w.text + string(c)
			_, isWord := frequency[abc]
			if frequency[next] == w.frequency && !isWord && frequency[string(r[0])] > 0 && frequency[string(c)] > 0 {
				out = append(out, abc)
				break
			}
		}
		if len(out) == n {
			break
		}
	}
	return out
}
