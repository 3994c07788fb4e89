package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// configured runs minyi config with a file of these settings.
func configured(t *testing.T, file string, env []string, args ...string) (code int, stdout, stderr string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "config.yaml")
	if err := os.WriteFile(path, []byte(file), 0o666); err != nil {
		t.Fatal(err)
	}
	var out, errs bytes.Buffer
	code = run(t.Context(), append([]string{"config", "--config", path}, args...), env, nil, &out, &errs)
	return code, strings.ReplaceAll(out.String(), path, "FILE"), strings.ReplaceAll(errs.String(), path, "FILE")
}

// TestConfigValues: a value is what is written, whatever YAML takes it for.
func TestConfigValues(t *testing.T) {
	for _, c := range []struct{ file, command, name, want string }{
		{"listen: 127.0.0.1:9999", "up", "listen", "127.0.0.1:9999"},
		{"max-bytes: 0x10", "work", "max-bytes", "16"},
		{"zone: 007", "work", "zone", "007"},
		{"zone: 2022-01-01", "work", "zone", "2022-01-01"},
		{"zone: no", "work", "zone", "no"},
		{`zone: "null"`, "work", "zone", "null"},
		{`nats-listen: ""`, "up", "nats-listen", ""},
		{"once: true", "up", "once", "true"},
		{"rule: [a, \"b,c\"]", "dict lint", "rule", `[a,"b,c"]`},
		{"rule: [1, true]", "dict lint", "rule", "[1,true]"},
		{"rule: a,b", "dict lint", "rule", "[a,b]"},
		{"text-field: &x 正文\ntitle-field: *x", "work", "title-field", "正文"},
		{"\ufefflisten: a", "up", "listen", "a"},
	} {
		code, stdout, stderr := configured(t, c.file, nil)
		line := regexp.MustCompile(`(?m)^` + c.command + ` +` + c.name + ` +` + regexp.QuoteMeta(c.want) + ` *FILE$`)
		if code != exitDone || !line.MatchString(stdout) {
			t.Errorf("%s: exit code %d, no %s\n%s", c.file, code, line, stderr)
		}
	}
	for _, empty := range []string{"", "# nothing yet\n", "---\n"} {
		if code, _, stderr := configured(t, empty, nil); code != exitDone {
			t.Errorf("%q: exit code %d\n%s", empty, code, stderr)
		}
	}
}

// TestConfigFaults: every fault is told, with its line and column.
func TestConfigFaults(t *testing.T) {
	for _, c := range []struct{ name, file, want string }{
		{"unknown", "listen: a\nlsten: b", `FILE:2:1: no flag is called "lsten"`},
		{"only of a command line", "config: a", `FILE:1:1: no flag is called "config"`},
		{"twice", "listen: a\nlisten: b", "FILE:2:1: listen a second time; the first is in line 1"},
		{"nested", "up:\n  listen: a", `FILE:1:1: settings are nested under "up"`},
		{"nested under a flag", "listen: {a: b}", `FILE:1:1: settings are nested under "listen"`},
		{"no value", "listen:\nzone: a", "FILE:1:8: listen has no value here"},
		{"null", "listen: null", "FILE:1:9: listen has no value here"},
		{"a list for one value", "listen: [a, b]", "FILE:1:9: listen: a list; this flag takes one value"},
		{"a list in a list", "rule: [a, [b]]", "FILE:1:11: rule has no value here"},
		{"not a number", "max-bytes: many", `FILE:1:12: max-bytes: strconv.ParseInt: parsing "many"`},
		{"not a boolean", "once: 7", `FILE:1:7: once: strconv.ParseBool: parsing "7"`},
		{"no mapping", "- listen", "FILE:1:1: not a mapping"},
		{"a key that is a list", "? [a]\n: b", "FILE:1:3: the name of a flag is expected here"},
		{"two documents", "listen: a\n---\nzone: b", "FILE:2:1: a second document begins here"},
		{"no YAML", "listen: @a", "FILE:1:9: not YAML"},
		{"no YAML in a second document", "listen: a\n---\n@b", "FILE:3:1: not YAML"},
		{"no UTF-8", "listen: \xff", "FILE: not UTF-8"},
		{"two faults", "a: 1\nb: 2", "FILE:2:1: no flag is called \"b\""},
	} {
		code, _, stderr := configured(t, c.file, nil)
		if code != exitUsage || !strings.Contains(stderr, "configuration "+c.want) {
			t.Errorf("%s: exit code %d, no %q in\n%s", c.name, code, c.want, stderr)
		}
	}
	var stdout, stderr bytes.Buffer
	if code := run(t.Context(), []string{"config", "--config", filepath.Join(t.TempDir(), "none")}, nil, nil, &stdout, &stderr); code != exitUsage {
		t.Errorf("a named file that is not there: exit code %d\n%s", code, stderr.Bytes())
	}
}

// TestConfigPrecedence: command line over environment over file over default.
func TestConfigPrecedence(t *testing.T) {
	line := func(stdout, name string) string {
		return regexp.MustCompile(`(?m)^ *` + name + ` .*$`).FindString(stdout)
	}
	file := "lang: en\n"
	env := []string{"MINYI_LANG=zh", "MINYI_LANG=en", "MINYI_UNKNOWN=1"}
	for _, c := range []struct {
		env  []string
		args []string
		want string
	}{
		{nil, nil, "FILE"},
		{env, nil, "MINYI_LANG"},
		{env, []string{"--lang", "zh"}, "命令行"},
	} {
		code, stdout, stderr := configured(t, file, c.env, c.args...)
		if got := line(stdout, "lang"); code != exitDone || !strings.HasSuffix(got, "  "+c.want) {
			t.Errorf("%v %v: exit code %d, %q\n%s", c.env, c.args, code, got, stderr)
		}
	}
	if code, _, stderr := configured(t, "", []string{"MINYI_MAX_BYTES=many"}); code != exitUsage || !strings.Contains(stderr, "MINYI_MAX_BYTES: max-bytes: ") {
		t.Errorf("exit code %d\n%s", code, stderr)
	}
}
