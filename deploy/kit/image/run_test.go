package main

import (
	"archive/tar"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"

	"github.com/minyi/minyi/deploy/kit/internal/real"
)

// confine has the kernel do to a program what a cluster does: its own root, read-only, a
// user that no file knows, no capabilities. $1 is the root.
const confine = `set -e
R=$1; shift
/bin/mount --bind "$R" "$R"
/bin/mount -o remount,bind,ro "$R"
if /usr/bin/touch "$R/written" 2>/dev/null; then echo "the root can be written" >&2; exit 99; fi
exec /usr/sbin/chroot --userspec=1000770000:0 --groups= "$R" "$@"`

// unpacked is a folder with the files of this machine's image, and the image's environment.
func unpacked(t *testing.T) (dir string, env []string) {
	t.Helper()
	_, all := images(t)
	image := all["linux/"+runtime.GOARCH]
	if image == nil {
		t.Skipf("there is no image for linux/%s, which this machine could run", runtime.GOARCH)
	}
	dir = t.TempDir()
	for name, f := range rootOf(t, image) {
		name = filepath.Join(dir, name)
		if f.Typeflag == tar.TypeDir {
			if err := os.MkdirAll(name, 0o755); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, f.bytes, f.FileInfo().Mode()); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	config, err := image.ConfigFile()
	if err != nil {
		t.Fatal(err)
	}
	return dir, config.Config.Env
}

// confined returns a command of minyi in the root dir, with the image's environment only.
func confined(t *testing.T, dir string, env []string, args ...string) *exec.Cmd {
	t.Helper()
	return real.Command(t, env, "/usr/bin/unshare", append([]string{"--mount", "/bin/sh", "-c", confine, "sh", dir, "/ko-app/minyi"}, args...)...)
}

// mayConfine skips where the kernel does not let this user make a root of its own.
func mayConfine(t *testing.T) {
	t.Helper()
	if runtime.GOOS != "linux" || os.Geteuid() != 0 {
		t.Skip("only root on Linux may run a program in a root of its own; run this test as root")
	}
	if out, err := exec.CommandContext(t.Context(), "/usr/bin/unshare", "--mount", "/bin/true").CombinedOutput(); err != nil {
		t.Skipf("this machine allows no mount namespaces (%v: %s); run this test where it does", err, out)
	}
}

// TestImageRuns: minyi classifies in its image with a root that is read-only, as a user that
// no file knows, and without HOME. With the tables that are shipped it needs a part of the
// memory that it would need to make them, which the collector's trace shows.
func TestImageRuns(t *testing.T) {
	mayConfine(t)
	dir, env := unpacked(t)
	heap := regexp.MustCompile(`(\d+)->\d+->\d+ MB`)
	peak := map[bool]int{}
	for _, shipped := range []bool{true, false} {
		args := []string{"classify", "--lang", "en", "小区停车太难"}
		if !shipped {
			args = append(args, "--cache-dir", "/nowhere")
		}
		out, err := confined(t, dir, append(env, "GODEBUG=gctrace=1"), args...).CombinedOutput()
		if err != nil || !strings.Contains(string(out), "停车") {
			t.Fatalf("minyi %v: %v\n%s", args, err, out)
		}
		for _, m := range heap.FindAllStringSubmatch(string(out), -1) {
			mb, err := strconv.Atoi(m[1])
			if err != nil {
				t.Fatal(err)
			}
			peak[shipped] = max(peak[shipped], mb)
		}
	}
	t.Logf("heap of %d MB with the tables that are shipped, %d MB without", peak[true], peak[false])
	if peak[true]*2 > peak[false] {
		t.Errorf("heap of %d MB with the tables, %d MB without: they are not used", peak[true], peak[false])
	}
}

// TestImageWorks: a worker of the image counts on a broker, is ready, and drains.
func TestImageWorks(t *testing.T) {
	mayConfine(t)
	dir, env := unpacked(t)
	broker, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: server.RANDOM_PORT, JetStream: true, StoreDir: t.TempDir(), NoSigs: true, NoLog: true})
	if err != nil {
		t.Fatal(err)
	}
	go broker.Start()
	defer func() { broker.Shutdown(); broker.WaitForShutdown() }()
	if !broker.ReadyForConnections(20 * time.Second) {
		t.Fatal("the broker does not start")
	}
	ran := confined(t, dir, append(env, "MINYI_SERVER="+broker.ClientURL()), "work", "--promote", "--listen", "127.0.0.1:0")
	worker := real.Start(t, ran)
	for _, path := range []string{"/healthz", "/readyz", "/metrics", "/"} {
		real.Answers(t, worker.Page+path)
	}
	worker.Drain(t)
}
