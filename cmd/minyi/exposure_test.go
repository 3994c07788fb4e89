package main

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/pipeline/broker"
)

// The NATS server of minyi up wants a token, which is nowhere but in the data folder, and
// which minyi's own commands find there.
func TestServerWantsItsToken(t *testing.T) {
	t.Parallel()
	r := startUp(t, "examples/hostile.ndjson")
	secret, err := token(r.data)
	if err != nil || len(secret) < 20 || !strings.Contains(r.nats, "://"+secret+"@127.0.0.1:") {
		t.Fatalf("%q in %q, %v", secret, r.nats, err)
	}
	if info, err := os.Stat(filepath.Join(r.data, urlFile)); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
		t.Errorf("%v, %v", info.Mode(), err)
	}
	if all := r.stderr.String() + r.stdout.String(); strings.Contains(all, secret) {
		t.Errorf("the log has the token:\n%s", all)
	}
	for _, url := range []string{broker.Address(r.nats), strings.Replace(r.nats, secret, secret+"x", 1)} {
		if conn, err := broker.Connect(t.Context(), broker.Options{URL: url}); !errors.Is(err, broker.ErrRefused) {
			t.Errorf("%s: connected (%v), %v", broker.Address(url), conn != nil, err)
		}
	}
	command := func(env []string, args ...string) string {
		var stdout, stderr bytes.Buffer
		if code := run(t.Context(), args, append(env, "HOME="+t.TempDir()), nil, &stdout, &stderr); code != exitDone {
			t.Errorf("%v: %d %s", args, code, stderr.String())
		}
		return stdout.String()
	}
	if out := command(nil, "url", "--data", r.data); out != r.nats+"\n" {
		t.Errorf("minyi url: %q", out)
	}
	counts := command(nil, "counts", "--json", "--data", r.data)
	if again := command([]string{"MINYI_DATA=" + r.data}, "counts", "--json"); again != counts || !strings.Contains(counts, `"stored":`) {
		t.Errorf("%q and %q", counts, again)
	}
	r.interrupt(t)
	if again, err := token(r.data); err != nil || again != secret {
		t.Errorf("another token after the end: %v", err)
	}
}

// What other machines reach has to be guarded, or meant.
func TestExposure(t *testing.T) {
	guardedBy := func(content string) bool {
		path := filepath.Join(t.TempDir(), "web.yaml")
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return (&pageOptions{webConfig: path}).guarded()
	}
	if guardedBy("http_server_config: {http2: false}\n") || guardedBy("") || (&pageOptions{}).guarded() ||
		!guardedBy("basic_auth_users: {a: b}\n") || !guardedBy("tls_server_config: {cert_file: c, key_file: k}\n") {
		t.Error("guarded by what guards nothing, or not by what does")
	}
	for addr, refused := range map[string]bool{
		"": false, "127.0.0.1:0": false, "127.9.9.9:1": false, "[::1]:8080": false, "localhost:8080": false, "[::ffff:127.0.0.1]:1": false,
		":8080": true, "0.0.0.0:8080": true, "[::]:8080": true, "192.0.2.1:80": true, "example.org:80": true, "[::ffff:10.0.0.1]:1": true,
	} {
		if err := checkExposure("--listen", addr, false, false, phrase.Textf("do")); (err != nil) != refused {
			t.Errorf("%q: %v", addr, err)
		}
		if err := errors.Join(checkExposure("--listen", addr, true, false, phrase.Textf("do")), checkExposure("--listen", addr, false, true, phrase.Textf("do"))); err != nil {
			t.Errorf("%q, meant or guarded: %v", addr, err)
		}
	}
	for _, args := range [][]string{{"up", "--once", "--listen", ":0"}, {"up", "--once", "--nats-listen", "0.0.0.0:0"}, {"work", "--listen", ":0"}} {
		var stdout, stderr bytes.Buffer
		if code := run(t.Context(), args, nil, nil, &stdout, &stderr); code != exitUsage || !strings.Contains(stderr.String(), "--insecure") {
			t.Errorf("%v: %d %s", args, code, stderr.String())
		}
	}
}

// Where masked texts are offered, the help says what no mask finds, in both languages.
func TestHelpSaysWhatIsNotMasked(t *testing.T) {
	said := 0
	everyCommand(&app{}, func(cmd *cobra.Command) {
		offers := strings.Contains(cmd.Short+cmd.Long, "masked") && !strings.Contains(cmd.Long, "not masked:")
		cmd.Flags().VisitAll(func(f *pflag.Flag) { offers = offers || strings.Contains(f.Usage, "masked") })
		if !offers {
			return
		}
		said++
		if !strings.Contains(cmd.Long, notMasked) || !strings.Contains(chineseLong[cmd.CommandPath()], "姓名、地址和短的号码不会") {
			t.Errorf("%s does not say what is not masked", cmd.CommandPath())
		}
	})
	if said < 10 {
		t.Errorf("%d commands offer masked texts: this tests nothing", said)
	}
}
