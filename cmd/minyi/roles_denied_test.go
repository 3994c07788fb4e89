package main

import (
	"bytes"
	"path/filepath"
	"strings"
	"testing"
)

// The server says beside the request what a user may not do, and the request ends with its
// deadline. The error says that it was the rights of the user, and not a server that is down.
func TestDenied(t *testing.T) {
	r := newRoles(t)
	for user, c := range map[string]struct {
		args []string
		want string
	}{
		"ask":  {[]string{"counts"}, "does not let this user ask for JetStream"},
		"look": {[]string{"send", filepath.Join(root(t), "examples/hostile.ndjson")}, "hint: the server does not let this user do that: nats: permissions violation"},
	} {
		var out, said bytes.Buffer
		env := []string{"LANG=en_US.UTF-8", "HOME=" + t.TempDir(), "NATS_TIMEOUT=300ms"}
		code := run(t.Context(), append(c.args, "--server", r.url(user)), env, strings.NewReader(""), &out, &said)
		if code != exitEnvironment || !strings.Contains(said.String(), c.want) || strings.Contains(said.String(), "is it running?") {
			t.Errorf("%s %q: code %d\n%s", user, c.args, code, &said)
		}
	}
}

// An address in use is refused with the name of the flag that gave it.
func TestAddressInUse(t *testing.T) {
	t.Parallel()
	l, err := listen(t.Context(), "--listen", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if _, err := listen(t.Context(), "--probe-listen", l.Addr().String()); err == nil || !strings.Contains(err.Error(), "choose another with --probe-listen") {
		t.Error(err)
	}
}
