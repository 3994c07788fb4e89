package embedded

import (
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestServerErrorsHaveNames(t *testing.T) {
	t.Parallel()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	if _, err := Start(Options{Dir: t.TempDir(), Listen: l.Addr().String()}); !errors.Is(err, ErrAddressInUse) || !strings.Contains(err.Error(), l.Addr().String()) {
		t.Errorf("taken port: %v", err)
	}
	dir := t.TempDir()
	s, err := Start(Options{Dir: dir, Listen: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Start(Options{Dir: dir}); !errors.Is(err, ErrDataLocked) || !strings.Contains(err.Error(), dir) {
		t.Errorf("locked folder: %v", err)
	}
	if !strings.HasPrefix(s.URL(), "nats://127.0.0.1:") {
		t.Errorf("URL %q", s.URL())
	}
	s.Shutdown()
	s.Shutdown()
	if s, err = Start(Options{Dir: dir}); err != nil {
		t.Fatalf("after a shutdown: %v", err)
	}
	if s.URL() != "" {
		t.Errorf("URL %q of a server that does not listen", s.URL())
	}
	s.Shutdown()
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Start(Options{Dir: filepath.Join(file, "data")}); !errors.Is(err, ErrDataUnusable) {
		t.Errorf("folder below a file: %v", err)
	}
	if _, err := Start(Options{}); !errors.Is(err, ErrDataUnusable) {
		t.Errorf("no folder: %v", err)
	}
	for _, addr := range []string{"nowhere", "127.0.0.1:http", "127.0.0.1:99999"} {
		if _, err := Start(Options{Dir: t.TempDir(), Listen: addr}); err == nil {
			t.Errorf("listens on %q", addr)
		}
	}
}
