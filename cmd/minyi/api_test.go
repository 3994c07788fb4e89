package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// recipe is a command of docs/api.md.
var recipe = regexp.MustCompile("(?ms)^```sh\n(.*?)^```")

// checkAPI runs each command of docs/api.md, and compares the API with the command.
func checkAPI(t *testing.T, r *running) {
	t.Helper()
	page, err := os.ReadFile(filepath.Join(root(t), "docs", "api.md"))
	if err != nil {
		t.Fatal(err)
	}
	recipes := recipe.FindAllSubmatch(page, -1)
	if len(recipes) < 7 {
		t.Errorf("docs/api.md has %d commands", len(recipes))
	}
	dir := t.TempDir()
	for _, m := range recipes {
		script := strings.ReplaceAll(string(m[1]), "http://127.0.0.1:8080", r.page)
		cmd := exec.CommandContext(t.Context(), "bash", "-c", script)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		if err != nil && !strings.Contains(script, "--max-time") { // what has no end is ended by curl
			t.Errorf("%s: %v\n%s", script, err, out)
		}
		if _, file, ok := strings.Cut(strings.TrimSpace(script), "> "); ok {
			if out, err = os.ReadFile(filepath.Join(dir, file)); err != nil {
				t.Error(err)
			}
		}
		text := strings.TrimSpace(string(out))
		if text == "" || text == "null" || strings.Contains(script, "If-None-Match") && text != "304" {
			t.Errorf("%s printed %q", script, text)
		}
	}
	for _, by := range []string{"subtheme", "subtheme,day", "day,source", "reason"} {
		_, body := get(t, r.page+"/api/v1/counts?by="+by+"&from=2022-04-20")
		out, err := command(t.Context(), t, "counts", "--server", r.nats, "--by", by, "--from", "2022-04-20", "--json").Output()
		if err != nil {
			t.Fatal(err)
		}
		var a, b map[string]any
		if err := json.Unmarshal([]byte(body), &a); err != nil {
			t.Fatalf("%v: %s", err, body)
		}
		if err := json.Unmarshal(out, &b); err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		if diff := cmp.Diff(b, a); diff != "" {
			t.Errorf("--by %s: the API does not say what the command says (-command +API):\n%s", by, diff)
		}
	}
	if res, err := http.Post(r.page+"/api/v1/classify", "text/plain", bytes.NewReader(make([]byte, 10<<20))); err == nil && res.StatusCode != http.StatusRequestEntityTooLarge {
		t.Errorf("a text of 10 MB: %s", res.Status)
	} else if err == nil { // else the server had closed the connection before all was sent
		_ = res.Body.Close()
	}
	if code, body := get(t, r.page+"/themes/livelihood"); code != http.StatusOK || !strings.Contains(body, "/subthemes/livelihood/education") {
		t.Errorf("/themes/livelihood: %d", code)
	}
}
