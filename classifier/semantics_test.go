package classifier

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"hash"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/minyi/minyi/dict"
)

var update = flag.Bool("update", false, "rewrite semantics.golden")

// TestSemantics fails if a dependency that decides results changes. Then find out
// which results change, and change Semantics.
func TestSemantics(t *testing.T) {
	mod, err := os.ReadFile("../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(mod), "github.com/go-ego/gse v0.80.3") || !strings.HasPrefix(Semantics, "gse-0.80.3-") {
		t.Errorf("go.mod does not have the gse of Semantics %q", Semantics)
	}
	if unicode.Version != "15.0.0" || norm.Version != "15.0.0" {
		t.Errorf("Unicode is now %s and %s, was 15.0.0", unicode.Version, norm.Version)
	}
}

// golden holds the contents of semantics.golden: Semantics, the hash of the test
// dictionary, and for each part of the corpus the hash of its texts and that of all
// their results.
type golden struct {
	semantics, dict string
	parts           []goldenPart
}

type goldenPart struct{ name, texts, results string }

const goldenHead = `# Hashes of the results of a fixed corpus, for TestSemanticsGolden. Rewrite with
#     go test ./classifier -run TestSemanticsGolden -update
`

func (g *golden) String() string {
	var b strings.Builder
	b.WriteString(goldenHead)
	fmt.Fprintf(&b, "semantics %s\ndictionary %s\n", g.semantics, g.dict)
	for _, p := range g.parts {
		fmt.Fprintf(&b, "texts %s %s results %s\n", p.name, p.texts, p.results)
	}
	return b.String()
}

func parseGolden(text string) (*golden, error) {
	g := &golden{}
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		switch {
		case f[0] == "#":
		case f[0] == "semantics" && len(f) == 2:
			g.semantics = f[1]
		case f[0] == "dictionary" && len(f) == 2:
			g.dict = f[1]
		case f[0] == "texts" && len(f) == 5:
			g.parts = append(g.parts, goldenPart{f[1], f[2], f[4]})
		default:
			return nil, fmt.Errorf("semantics.golden has the line %q", line)
		}
	}
	return g, nil
}

// changed returns the parts whose results differ from those of before although their
// texts and the dictionary are the same: for these the matching changed.
func (g *golden) changed(before *golden) (names []string) {
	for _, p := range g.parts {
		i := slices.IndexFunc(before.parts, func(b goldenPart) bool { return b.name == p.name })
		if i >= 0 && g.dict == before.dict && before.parts[i].texts == p.texts && before.parts[i].results != p.results {
			names = append(names, p.name)
		}
	}
	return names
}

const matchingChanged = `matching changed: the same texts and dictionary (%s) give other results than semantics.golden says.
If you did not mean to change results, the code has a fault. If you did, raise the number at the end of Semantics
in semantics.go, and then rewrite the golden: go test ./classifier -run TestSemanticsGolden -update`

// judge returns whether -update may replace the golden of before by g, and what is
// wrong with g compared to that.
func (g *golden) judge(before *golden) (mayUpdate bool, err error) {
	changed := g.changed(before)
	switch {
	case len(changed) > 0 && g.semantics == before.semantics:
		return false, fmt.Errorf(matchingChanged, strings.Join(changed, ", "))
	case g.semantics != before.semantics:
		return true, fmt.Errorf("Semantics is %s, and semantics.golden is of %s: rewrite it with -update", g.semantics, before.semantics)
	case g.String() != before.String():
		return true, errors.New("the corpus or the dictionary of the golden changed: rewrite semantics.golden with -update")
	}
	return true, nil
}

// TestSemanticsGolden fails if the classifier gives other results than when
// Semantics was last raised.
func TestSemanticsGolden(t *testing.T) {
	t.Parallel()
	const path = "semantics.golden"
	got := classifyGolden(t)
	file, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) && *update {
		file, err = []byte(goldenHead), nil
	}
	if err != nil {
		t.Fatal(err)
	}
	before, err := parseGolden(string(file))
	if err != nil {
		t.Fatal(err)
	}
	mayUpdate, err := got.judge(before)
	switch {
	case err != nil && *update && mayUpdate:
		if err := os.WriteFile(path, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	case err != nil:
		t.Error(err)
	}
}

// TestSemanticsGoldenJudge covers every way in which a golden may differ.
func TestSemanticsGoldenJudge(t *testing.T) {
	before := &golden{"s/1", "d", []goldenPart{{"a", "1", "x"}, {"b", "2", "y"}}}
	for _, c := range []struct {
		name      string
		now       golden
		want      string
		mayUpdate bool
	}{
		{"the same", *before, "", true},
		{"results", golden{"s/1", "d", []goldenPart{{"a", "1", "z"}, {"b", "2", "y"}}}, "matching changed", false},
		{"results and other texts", golden{"s/1", "d", []goldenPart{{"a", "1", "z"}, {"b", "3", "w"}}}, "matching changed", false},
		{"results and Semantics", golden{"s/2", "d", []goldenPart{{"a", "1", "z"}, {"b", "2", "y"}}}, "rewrite it with -update", true},
		{"Semantics", golden{"s/2", "d", before.parts}, "rewrite it with -update", true},
		{"texts", golden{"s/1", "d", []goldenPart{{"a", "3", "z"}, {"b", "2", "y"}}}, "the corpus or the dictionary", true},
		{"dictionary", golden{"s/1", "e", []goldenPart{{"a", "1", "z"}, {"b", "2", "w"}}}, "the corpus or the dictionary", true},
	} {
		mayUpdate, err := c.now.judge(before)
		if mayUpdate != c.mayUpdate || (err == nil) != (c.want == "") || err != nil && !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, may update: %v", c.name, err, mayUpdate)
		}
	}
}

// classifyGolden returns the golden of the current code.
func classifyGolden(t *testing.T) *golden {
	t.Helper()
	d, err := dict.Load(filepath.Join("testdata", "golden", "dict"))
	if err != nil {
		t.Fatal(err)
	}
	c := testClassifier(t, d)
	g := &golden{semantics: Semantics, dict: d.Version()}
	for _, part := range []struct {
		path string
		read func(line string) (string, error)
	}{
		{filepath.Join("testdata", "golden", "hostile.txt"), strconv.Unquote},
		{filepath.Join("..", "examples", "everyday.ndjson"), textOrLine},
		{filepath.Join("..", "examples", "hostile.ndjson"), textOrLine},
		{filepath.Join("..", "examples", "suggestions.ndjson"), textOrLine},
	} {
		file, err := os.ReadFile(part.path)
		if err != nil {
			t.Fatal(err)
		}
		texts, results := sha256.New(), sha256.New()
		var r Result
		tags := 0
		for line := range strings.Lines(string(file)) {
			text, err := part.read(strings.TrimRight(line, "\r\n"))
			if err != nil {
				t.Fatalf("%s: %q: %v", part.path, line, err)
			}
			fmt.Fprintf(texts, "%q\n", text)
			c.Classify(&r, []byte(text))
			writeTags(results, d, r.Tags)
			tags += len(r.Tags)
		}
		if tags == 0 {
			t.Errorf("%s: no text was tagged", part.path)
		}
		g.parts = append(g.parts, goldenPart{filepath.ToSlash(part.path), sum(texts), sum(results)})
	}
	return g
}

// textOrLine returns the field text of a line, or the whole line if it is not a
// record.
func textOrLine(line string) (string, error) {
	var m struct{ Text string }
	if json.Unmarshal([]byte(line), &m) != nil || m.Text == "" {
		return line, nil //nolint:nilerr // a line that is no record is the text itself
	}
	return m.Text, nil
}

// writeTags writes everything that a result says, one line for each text.
func writeTags(h hash.Hash, d *dict.Dictionary, tags []Tag) {
	for _, tag := range tags {
		fmt.Fprintf(h, "%s %d:", d.Themes[tag.Theme].SubThemes[tag.SubTheme].ID, tag.Score)
		for _, m := range tag.Matches {
			fmt.Fprintf(h, " %d@%d-%d%d", m.Keyword, m.Start, m.End, m.Relation)
		}
		fmt.Fprint(h, "; ")
	}
	fmt.Fprintln(h)
}

func sum(h hash.Hash) string { return hex.EncodeToString(h.Sum(nil)) }
