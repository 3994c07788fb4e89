package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// TestFormatsOfCommands: the rows of docs/formats.md about JSON of the dictionary's
// commands and of version have all keys that come out of them.
func TestFormatsOfCommands(t *testing.T) {
	t.Parallel()
	page, err := os.ReadFile(filepath.Join(root(t), "docs", "formats.md"))
	if err != nil {
		t.Fatal(err)
	}
	examples := filepath.Join(root(t), "examples", "suggestions.ndjson")
	unread := filepath.Join(t.TempDir(), "unread.ndjson")
	if err := os.WriteFile(unread, []byte(`{"text":"公交太少"}`), 0o666); err != nil {
		t.Fatal(err)
	}
	rough := t.TempDir()
	if err := os.WriteFile(filepath.Join(rough, "a.yaml"), []byte("theme: a\nsubthemes:\n  - id: b\n    keywords: [学校, 小学校]\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	for command, args := range map[string][]string{
		"version":       nil,
		"dict show":     nil,
		"dict lint":     {"--dict", rough}, // the default has no findings to show keys of
		"dict test":     nil,
		"dict eval":     {examples},
		"dict coverage": {examples},
		"dict review":   {unread, "--out", filepath.Join(t.TempDir(), "review.csv")},
		"dict untagged": {unread},
		"dict keyness":  {examples, "--subtheme", "livelihood/transport"},
		"dict kwic":     {"孩子", examples},
		"dict suggest":  {examples, "--subtheme", "governance/grassroots"},
		"dict diff":     {"default", "default", examples},
	} {
		row := regexp.MustCompile("(?m)^\\| `" + command + " --json` \\| (.*) \\|$").FindSubmatch(page)
		if row == nil {
			t.Errorf("docs/formats.md has no row of minyi %s --json", command)
			continue
		}
		documented := []string{"schema", "dict"} // in all of them, as the page says once
		for _, m := range regexp.MustCompile(`"(\w+)"`).FindAllSubmatch(row[1], -1) {
			documented = append(documented, string(m[1]))
		}
		var stdout, stderr bytes.Buffer
		code := run(t.Context(), slices.Concat(strings.Fields(command), args, []string{"--json"}), nil, nil, &stdout, &stderr)
		if code != exitDone && code != exitCheck {
			t.Fatalf("minyi %s: exit code %d\n%s", command, code, stderr.Bytes())
		}
		for _, key := range topKeys(t, stdout.Bytes()) {
			if !slices.Contains(documented, key) && !strings.HasPrefix(key, "primary_") {
				t.Errorf("minyi %s --json prints the key %q, which docs/formats.md does not name", command, key)
			}
		}
	}
}

// topKeys are the keys of an object, or of the first object of a list.
func topKeys(t *testing.T, out []byte) []string {
	t.Helper()
	var object map[string]json.RawMessage
	if bytes.HasPrefix(out, []byte("[")) {
		var list []map[string]json.RawMessage
		if err := json.Unmarshal(out, &list); err != nil || len(list) == 0 {
			t.Fatalf("%v in %.200s", err, out)
		}
		object = list[0]
	} else if err := json.Unmarshal(out, &object); err != nil {
		t.Fatalf("%v in %.200s", err, out)
	}
	var keys []string
	for key := range object {
		keys = append(keys, key)
	}
	return keys
}
