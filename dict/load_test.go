package dict

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
)

func TestDefault(t *testing.T) {
	d, err := Default()
	if err != nil {
		t.Fatal(err)
	}
	if got := d.NumSubThemes(); got < 22 {
		t.Errorf("%d sub-themes in the default dictionary, want the 22 of the design at least", got)
	}
	if theme, sub, ok := d.Lookup("livelihood/education"); !ok || d.Themes[theme].SubThemes[sub].Name.Zh != "教育" {
		t.Errorf("Lookup(livelihood/education) = %d, %d, %v", theme, sub, ok)
	}
	again, err := Default()
	if again != d || err != nil {
		t.Errorf("the second call gives %p, %v, want the same dictionary as the first, %p", again, err, d)
	}
	loaded, err := Load("themes")
	if err != nil {
		t.Fatal(err)
	}
	if loaded.Version() != d.Version() {
		t.Errorf("version %s from the folder, %s from the binary", loaded.Version(), d.Version())
	}
	if got, want := d.Themes[0].File, loaded.Themes[0].File; got != filepath.ToSlash(want) {
		t.Errorf("first file %q embedded, %q on disk", got, want)
	}
}

// TestParseFiles: which files are themes, and in which order.
func TestParseFiles(t *testing.T) {
	theme := func(id string) *fstest.MapFile {
		return &fstest.MapFile{Data: []byte("theme: " + id + "\nsubthemes: [{id: x, keywords: [学校]}]\n")}
	}
	d, err := Parse(fstest.MapFS{
		"2.yaml":          theme("second"),
		"1.yml":           theme("first"),
		"3.YAML":          theme("third"),
		"README.md":       {Data: []byte("# not a theme")},
		"notes.yaml.bak":  {Data: []byte("not: a theme")},
		".hidden.yaml":    {Data: []byte("not: a theme")},
		"drafts/new.yaml": {Data: []byte("not: a theme")},
		"dir.yaml/x":      {Data: []byte("not: a theme")},
	})
	if err != nil {
		t.Fatal(err)
	}
	got := make([]string, len(d.Themes))
	for i, theme := range d.Themes {
		got[i] = theme.ID + " " + theme.File
	}
	if s := strings.Join(got, ", "); s != "first 1.yml, second 2.yaml, third 3.YAML" {
		t.Errorf("themes %s", s)
	}
}

func TestLoadNamesFilesAsTyped(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "mine/a.yaml", "theme: a\nsubthemes: []\n")
	for _, tc := range []struct{ dir, want string }{
		{"mine", "mine/a.yaml:2:12"},
		{"./mine", "./mine/a.yaml:2:12"},
		{"mine/", "mine/a.yaml:2:12"},
		{"../" + filepath.Base(cwd(t)) + "/mine", "../" + filepath.Base(cwd(t)) + "/mine/a.yaml:2:12"},
	} {
		_, err := Load(tc.dir)
		if err == nil || !strings.HasPrefix(filepath.ToSlash(err.Error()), tc.want+": ") {
			t.Errorf("Load(%q): error %v, want one at %s", tc.dir, err, tc.want)
		}
	}
}

func TestLoadOfNoDictionary(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "file.yaml", minimal)
	write(t, "empty/README", "")

	if _, err := Load("nowhere"); !errors.Is(err, fs.ErrNotExist) || errors.As(err, new(Errors)) {
		t.Errorf("a folder that is not there: %v", err)
	}
	if _, err := Load(""); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no name: %v", err)
	}
	if _, err := Load("file.yaml"); err == nil || !strings.Contains(err.Error(), "file.yaml is a file") {
		t.Errorf("a file: %v", err)
	}
	var faults Errors
	if _, err := Load("empty"); !errors.As(err, &faults) || faults[0].File != "empty" {
		t.Errorf("a folder without themes: %v", err)
	}
	if _, err := Parse(fstest.MapFS{}); err == nil || err.Error() != "no theme here: no file ends in .yaml or .yml" {
		t.Errorf("an empty file system: %v", err)
	}
}

// TestUnreadableFile: an unreadable file is reported, the others are still read, and
// an id that may be in the unreadable one is not called unknown.
func TestUnreadableFile(t *testing.T) {
	t.Chdir(t.TempDir())
	if err := os.Symlink("nowhere", "a.yaml"); err != nil {
		t.Fatalf("this test needs symbolic links: %v", err)
	}
	write(t, "b.yaml", "theme: b\nsubthemes:\n  - id: c\n    keyword: []\n    examples: [{text: 学校, expect: [a/x]}]\n")
	_, err := Load(".")
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("error %v, want one that wraps fs.ErrNotExist", err)
	}
	want := "./a.yaml: no such file or directory\n./b.yaml:4:5: unknown key \"keyword\" in a sub-theme"
	if got := filepath.ToSlash(err.Error()); got != want {
		t.Errorf("error\n%s\nwant\n%s", got, want)
	}
}

// TestLinkedFiles: Kubernetes mounts a folder of configuration as links through
// a folder ..data.
func TestLinkedFiles(t *testing.T) {
	t.Chdir(t.TempDir())
	write(t, "..2026/a.yaml", minimal)
	for link, to := range map[string]string{"..data": "..2026", "a.yaml": "..data/a.yaml"} {
		if err := os.Symlink(to, link); err != nil {
			t.Fatalf("this test needs symbolic links: %v", err)
		}
	}
	d, err := Load(".")
	if err != nil || len(d.Themes) != 1 {
		t.Errorf("Load = %v, %v, want one theme", d, err)
	}
}

func TestNotRegularFile(t *testing.T) {
	_, err := Parse(fstest.MapFS{"a.yaml": {Mode: fs.ModeNamedPipe}})
	if err == nil || err.Error() != "a.yaml: not a regular file" {
		t.Errorf("error %v, want that a pipe is no regular file", err)
	}
}

func write(t *testing.T, name, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
}

func cwd(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	return dir
}
