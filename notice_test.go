package minyi_test

import (
	"os"
	"os/exec"
	"path"
	"strings"
	"testing"
)

// NOTICE names each file that a library puts into the program (go:embed), with the module
// and its version, and the data of others that is in the sources.
func TestNoticeNamesWhatIsEmbedded(t *testing.T) {
	notice, err := os.ReadFile("NOTICE")
	if err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("go", "list", "-deps", "-f",
		`{{if and .Module (not .Module.Main) .EmbedFiles}}{{.Module.Path}} {{.Module.Version}}{{range .EmbedFiles}} {{.}}{{end}}{{end}}`, "./cmd/minyi").Output()
	if err != nil {
		t.Fatal(err)
	}
	words := strings.Join(strings.Fields(string(notice)), " ")
	modules := 0
	for line := range strings.Lines(string(out)) {
		f := strings.Fields(line)
		if len(f) < 3 {
			continue
		}
		modules++
		if module := f[0] + " " + f[1]; !strings.Contains(words, module) && !strings.Contains(words, path.Base(f[0])+" "+f[1]) {
			t.Errorf("NOTICE does not name %s, which embeds %v", module, f[2:])
		}
		for _, file := range f[2:] {
			if !strings.Contains(words, path.Base(file)) {
				t.Errorf("NOTICE does not name %s of %s", file, f[0])
			}
		}
	}
	if modules == 0 {
		t.Error("no module embeds anything: this tests nothing")
	}
	for file, source := range map[string]string{"classifier/simplified.go": "OpenCC", "classifier/lookalikes.go": "EquivalentUnifiedIdeograph.txt"} {
		text, err := os.ReadFile(file)
		if err != nil || !strings.Contains(string(text), source) || !strings.Contains(words, source) || !strings.Contains(words, file) {
			t.Errorf("%s has data of %s, which NOTICE has to say, %v", file, source, err)
		}
	}
}
