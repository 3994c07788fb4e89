package embedded

import (
	"fmt"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
)

// lockedLog is a log that is read while it is written.
type lockedLog struct {
	mu sync.Mutex
	strings.Builder
}

func (l *lockedLog) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.Builder.Write(p)
}

func (l *lockedLog) text() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.String()
}

// A client that gives a wrong length has the rest of its message read as commands. The
// server quotes what it cannot read; the log must not.
func TestLogHasNoTextOfMessages(t *testing.T) {
	t.Parallel()
	var log lockedLog
	s, err := Start(Options{Dir: t.TempDir(), Listen: "127.0.0.1:0", Log: &log})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Shutdown()
	const secret = "13812345678"
	for _, sent := range []string{
		"PUB SUGGESTIONS 3\r\nabc我的电话" + secret + "\r\n",
		"PUB " + secret + " many\r\n",
		"PUB " + strings.Repeat(secret, 500) + "\r\n",
		"SUB " + secret + " a b c d\r\n",
	} {
		before := len(log.text())
		conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", strings.TrimPrefix(s.URL(), "nats://"))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := fmt.Fprintf(conn, "CONNECT {}\r\n%s", sent); err != nil {
			t.Fatal(err)
		}
		for end := time.Now().Add(10 * time.Second); len(log.text()) == before; time.Sleep(time.Millisecond) {
			if time.Now().After(end) {
				t.Fatalf("%.20q: the server says nothing", sent)
			}
		}
		_ = conn.Close()
	}
	if strings.Contains(log.text(), secret) {
		t.Errorf("the log has the text of a message:\n%s", log.text())
	}
}
