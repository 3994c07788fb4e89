package classifier

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"runtime"
	"slices"
	"sync"
	"testing"
)

func TestGseHash(t *testing.T) {
	if got := hashWords(gseBase().words); got != gseHash {
		t.Errorf("gse's dictionary is %s now: set gseHash, and change Semantics", got)
	}
}

// smallDictionary has every thousandth of gse's words, and those that the texts of
// these tests need. The cache treats them like all words, and a few hundred are
// written and read in no time.
var smallDictionary = sync.OnceValue(func() lexiconSource {
	var words []word
	for i, w := range gseBase().words {
		if i%1000 == 0 || slices.Contains([]string{"教育", "质量", "教", "育"}, w.text) {
			words = append(words, w)
		}
	}
	return dictionaryOf(words)
})

func dictionaryOf(words []word) lexiconSource {
	total := 0.0
	for _, w := range words {
		total += w.frequency
	}
	hash := hashWords(words)
	var file bytes.Buffer
	w := &lexiconWriter{w: &file, sum: crc32.New(castagnoli())}
	w.lexicon(hash, newLexicon(words, total))
	w.uint32(w.sum.Sum32())
	sum := sha256.Sum256(file.Bytes())
	return lexiconSource{hash, hex.EncodeToString(sum[:]), func() (*lexicon, string, error) { return newLexicon(words, total), hash, nil }}
}

// smallLexicon returns the tables of the small dictionary.
func smallLexicon(t *testing.T) *lexicon {
	t.Helper()
	x, err := smallDictionary().load("")
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// cached writes the lexicon to a new folder, and returns the folder and the file.
func cached(t *testing.T) (dir, path string) {
	t.Helper()
	dir = t.TempDir()
	path = lexiconPath(dir, smallDictionary().hash)
	if err := writeLexicon(path, smallDictionary().hash, smallLexicon(t)); err != nil {
		t.Fatal(err)
	}
	return dir, path
}

// TestLexiconRoundTrip writes and reads the whole of gse's dictionary.
func TestLexiconRoundTrip(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	path := lexiconPath(dir, gseHash)
	if err := writeLexicon(path, gseHash, gseBase().lexicon); err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(path); err != nil || fmt.Sprintf("%x", sha256.Sum256(b)) != gseSum {
		t.Fatalf("the file of gse's tables is %x now: set gseSum (%v)", sha256.Sum256(b), err)
	}
	got, err := readLexicon(path, gseHash, gseSum)
	if err != nil {
		t.Fatal(err)
	}
	if !reflect.DeepEqual(got, gseBase().lexicon) {
		t.Error("the lexicon that was read differs from the one written")
	}
	if names, _ := os.ReadDir(dir); len(names) != 1 {
		t.Errorf("%d files in the cache, want 1: %v", len(names), names)
	}
	if _, err := readLexicon(path, gseHash[1:]+"0", gseSum); !errors.Is(err, errLexicon) {
		t.Errorf("the lexicon of another dictionary: %v", err)
	}
}

// TestLexiconDamaged: a file with flipped, missing or additional bytes is not read.
func TestLexiconDamaged(t *testing.T) {
	_, path := cached(t)
	whole, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	try := func(name string, data []byte) {
		t.Helper()
		if err := os.WriteFile(path, data, 0o644); err != nil {
			t.Fatal(err)
		}
		if x, err := readLexicon(path, smallDictionary().hash, smallDictionary().sum); !errors.Is(err, errLexicon) || x != nil {
			t.Errorf("%s: %v, want errLexicon", name, err)
		}
	}
	if runtime.GOOS != "windows" {
		for _, mode := range []fs.FileMode{0o666, 0o664, 0o602} {
			if err := os.Chmod(path, mode); err != nil {
				t.Fatal(err)
			}
			if _, err := readLexicon(path, smallDictionary().hash, smallDictionary().sum); !errors.Is(err, errLexicon) {
				t.Errorf("read a file of mode %v, which others may write: %v", mode, err)
			}
		}
		if err := os.Chmod(path, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	// Planted: another cost of a word, and the checksum that fits.
	planted := bytes.Clone(whole)
	planted[len(planted)/2] ^= 1
	binary.LittleEndian.PutUint32(planted[len(planted)-4:], crc32.Checksum(planted[:len(planted)-4], castagnoli()))
	try("planted", planted)
	try("empty", nil)
	try("a byte more", append(bytes.Clone(whole), 0))
	for _, n := range []int{1, 15, 47, lexiconHeader - 1, lexiconHeader, 100_000, len(whole) - 1} {
		try("cut", whole[:n])
	}
	for i := 0; i < len(whole); i += 1 + i/3 {
		b := bytes.Clone(whole)
		b[i] ^= 0x40
		try("flipped", b)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(path, 0o755); err != nil {
		t.Fatal(err)
	}
	if _, err := readLexicon(path, smallDictionary().hash, smallDictionary().sum); err == nil {
		t.Error("a folder was read as a lexicon")
	}
}

// works fails the test unless load succeeds with dir and gives usable tables.
func works(t *testing.T, dir string) {
	t.Helper()
	x, err := smallDictionary().load(dir)
	if err != nil {
		t.Fatal(err)
	}
	d := one(words("教育"))
	p, err := newPlan(d)
	if err != nil {
		t.Fatal(err)
	}
	tagsEducation(t, &Classifier{dict: d, engine: newEngine(p, x)})
}

func tagsEducation(t *testing.T, c *Classifier) {
	t.Helper()
	var r Result
	if c.Classify(&r, []byte("教育质量")); render(c.dict, r.Tags) != "1: 教育@0w" {
		t.Errorf("got %s", render(c.dict, r.Tags))
	}
}

func TestCacheMissing(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "not", "there")
	works(t, dir)
	if _, err := readLexicon(lexiconPath(dir, smallDictionary().hash), smallDictionary().hash, smallDictionary().sum); err != nil {
		t.Errorf("after the first start: %v", err)
	}
}

// TestNothingIsWritten: without a CacheDir, New writes neither to the user's cache
// nor to the working folder.
func TestNothingIsWritten(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"HOME", "XDG_CACHE_HOME", "TMPDIR"} {
		t.Setenv(name, dir)
	}
	t.Chdir(dir)
	c, err := New(one(words("教育")), Options{})
	if err != nil {
		t.Fatal(err)
	}
	tagsEducation(t, c)
	if names, err := os.ReadDir(dir); len(names) > 0 || err != nil {
		t.Errorf("New wrote %v, %v", names, err)
	}
}

func TestCacheDamagedIsReplaced(t *testing.T) {
	dir, path := cached(t)
	if err := os.Truncate(path, 5000); err != nil {
		t.Fatal(err)
	}
	works(t, dir)
	if _, err := readLexicon(path, smallDictionary().hash, smallDictionary().sum); err != nil {
		t.Errorf("after a start with a truncated cache: %v", err)
	}
}

// TestCacheUnwritable has a file in the place of the folder: unlike a folder without
// permission, that also stops root.
func TestCacheUnwritable(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(dir, nil, 0o644); err != nil {
		t.Fatal(err)
	}
	if err := writeLexicon(lexiconPath(dir, smallDictionary().hash), smallDictionary().hash, smallLexicon(t)); err == nil {
		t.Fatal("wrote a cache below a file")
	}
	works(t, dir)
}

func TestCacheReadOnly(t *testing.T) {
	dir := t.TempDir()
	if err := os.Chmod(dir, 0o555); err != nil {
		t.Fatal(err)
	}
	if err := writeLexicon(lexiconPath(dir, smallDictionary().hash), smallDictionary().hash, smallLexicon(t)); err != nil && !errors.Is(err, fs.ErrPermission) {
		t.Errorf("a read-only folder: %v", err) // root may write it
	}
	works(t, dir)
}

// TestConcurrentCache has several writers and readers of one path: a reader sees no
// file or the complete one.
func TestConcurrentCache(t *testing.T) {
	source := dictionaryOf(defaultWords()[:500])
	path := lexiconPath(t.TempDir(), source.hash)
	x, err := source.load("")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	for range 3 {
		wg.Go(func() {
			if err := writeLexicon(path, source.hash, x); err != nil {
				t.Error(err)
			}
		})
		wg.Go(func() {
			for range 4 {
				if _, err := readLexicon(path, source.hash, source.sum); err != nil && !errors.Is(err, fs.ErrNotExist) {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if _, err := readLexicon(path, source.hash, source.sum); err != nil {
		t.Error(err)
	}
}
