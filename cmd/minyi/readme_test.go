package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What the READMEs show of minyi classify is what it prints.
func TestReadmeClassifies(t *testing.T) {
	t.Parallel()
	for file, lang := range map[string]string{"README.md": "en", "README.zh-CN.md": "zh"} {
		b, err := os.ReadFile(filepath.Join(root(t), file))
		if err != nil {
			t.Fatal(err)
		}
		_, after, found := strings.Cut(string(b), "\n$ minyi classify ")
		text, after, _ := strings.Cut(after, "\n")
		want, _, _ := strings.Cut(after, "```")
		if !found || want == "" {
			t.Fatalf("%s has no example of minyi classify", file)
		}
		var stdout, stderr bytes.Buffer
		if code := run(t.Context(), []string{"classify", text, "--lang", lang}, nil, nil, &stdout, &stderr); code != exitDone {
			t.Fatalf("%s: code %d: %s", file, code, stderr.String())
		}
		if got := stdout.String(); got != want {
			t.Errorf("%s shows\n%sinstead of\n%s", file, want, got)
		}
	}
}
