package broker

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"math/big"
	mathrand "math/rand/v2"
	"net"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/minyi/minyi/pipeline"
)

const tapMark = ".SUGGESTIONS.abc."

// script is what a server sends, in pieces of random length.
type script struct {
	net.Conn // for the methods that are not called
	data     []byte
	rnd      *mathrand.Rand
}

func (s *script) Write(b []byte) (int, error) { return len(b), nil }

func (s *script) Read(b []byte) (int, error) {
	if len(s.data) == 0 {
		return 0, io.EOF
	}
	n := copy(b[:1+s.rnd.IntN(len(b))], s.data[:1+s.rnd.IntN(len(s.data))])
	s.data = s.data[n:]
	return n, nil
}

// throughTap returns what a tap lets pass of the data, and what it takes out,
// each delivery as the bytes of "subject reply header|data".
func throughTap(data []byte, seed uint64) (passed []byte, taken []string) {
	rnd := mathrand.New(mathrand.NewPCG(seed, 0))
	tp := &tap{Conn: &script{data: data, rnd: rnd}}
	tp.wanted.Store(&tapped{mark: []byte(tapMark), take: func(subject, reply, header, data []byte) {
		taken = append(taken, fmt.Sprintf("%s %s %s|%s", subject, reply, header, data))
	}})
	if _, err := tp.Write([]byte("CONNECT {}\r\n")); err != nil {
		panic(err)
	}
	for b := make([]byte, 4096); ; {
		n, err := tp.Read(b[:1+rnd.IntN(len(b))])
		passed = append(passed, b[:n]...)
		if err != nil {
			return passed, taken
		}
	}
}

// splitNaively does what a tap does, with everything at hand. What is not
// complete at the end stays away.
func splitNaively(data []byte) (passed []byte, taken []string) {
	for len(data) > 0 {
		line, rest, ok := strings.Cut(string(data), "\n")
		if !ok {
			return passed, taken
		}
		f := strings.Split(strings.TrimSuffix(line, "\r"), " ")
		numbers := map[string]int{"MSG": 1, "HMSG": 2}[f[0]]
		if numbers == 0 || len(f) == 1 {
			if strings.HasPrefix(line, "msg") || strings.HasPrefix(line, "hmsg") {
				return append(passed, data...), taken
			}
			passed, data = append(passed, data[:len(line)+1]...), []byte(rest)
			continue
		}
		args := len(f) - 1 - numbers
		var sizes []int
		for _, s := range f[max(0, len(f)-numbers):] {
			n, err := strconv.ParseUint(s, 10, 32)
			if err == nil && n <= tapMost && s[0] != '+' {
				sizes = append(sizes, int(n))
			}
		}
		if args < 2 || args > 3 || len(sizes) != numbers || sizes[0] > sizes[numbers-1] || f[len(f)-1] == "" {
			return append(passed, data...), taken
		}
		total := len(line) + 1 + sizes[numbers-1] + 2
		wanted := args == 3 && strings.Contains(f[3], tapMark)
		if len(data) < total {
			if !wanted {
				passed = append(passed, data...)
			}
			return passed, taken
		}
		if wanted {
			body, header := rest[:sizes[numbers-1]], 0
			if numbers == 2 {
				header = sizes[0]
			}
			taken = append(taken, fmt.Sprintf("%s %s %s|%s", f[1], f[3], body[:header], body[header:]))
		} else {
			passed = append(passed, data[:total]...)
		}
		data = data[total:]
	}
	return passed, taken
}

// tapSeeds are all that a server sends, and what none does.
func tapSeeds() []string {
	wanted := "$JS.ACK.SUGGESTIONS.abc.1.7.3.1700000000000000000.5"
	long := strings.Repeat("民意\r\nMSG a 1 1\r\n", 40_000) // more than the buffer
	return []string{
		"PING\r\n+OK\r\nINFO {\"x\":1}\r\n-ERR 'slow'\r\nPONG\r\n",
		"MSG suggestions.x 3 " + wanted + " 5\r\nhello\r\nMSG a.b 1 2\r\nhi\r\nMSG a.b 1 reply 0\r\n\r\nPING\r\n",
		"HMSG suggestions.x 3 " + wanted + " 12 17\r\nNATS/1.0\r\n\r\nhello\r\nHMSG a 1 20 20\r\nNATS/1.0 404 None\r\n\r\r\n",
		"MSG s 3 " + wanted + " " + strconv.Itoa(len(long)) + "\r\n" + long + "\r\nPING\r\nMSG s 3 " + wanted + " 1\r\na\r\n",
		"MSG s 3 " + strconv.Itoa(len(long)) + "\r\n" + long + "\r\nMSG s 3 " + wanted + " 1\r\na\r\n",
		"MSG s 3 $JS.ACK.SUGGESTIONS.other.1.7.3.17.5 1\r\na\r\nMSG s 3 " + wanted + " 1\r\na\r\n",
		"PING\nMSG s 3 " + wanted + " 1\na\r\nPING\r\n",
		"msg s 3 1\r\na\r\nMSG s 3 " + wanted + " 1\r\na\r\n",
		"MSG s  3 " + wanted + " 1\r\na\r\nPING\r\n", "MSG s 3 x\r\nPING\r\n", "MSG\r\nPING\r\n", "MSG s 3 99999999999\r\nPING\r\n",
		"MSG s 3 " + wanted + " 0 \n", "MSG s 3 " + wanted + " 0 \r\n\r\n",
		"HMSG s 3 " + wanted + " 9 8\r\n12345678\r\n", "MSG s 3 4\r\nab",
		"MSG s 3 " + wanted + " 4\r\nab",
	}
}

// A tap takes out what is wanted and lets all else pass unchanged, however the
// bytes come, and also where it does not understand them.
func TestTap(t *testing.T) {
	for i, data := range tapSeeds() {
		for seed := range uint64(4) {
			compareTap(t, strconv.Itoa(i), []byte(data), seed)
		}
	}
	all := []byte(strings.Join(tapSeeds()[:7], ""))
	for seed := range uint64(4) {
		compareTap(t, "all", all, seed)
	}
}

func compareTap(t *testing.T, name string, data []byte, seed uint64) {
	t.Helper()
	passed, taken := throughTap(data, seed)
	wantPassed, wantTaken := splitNaively(data)
	if !bytes.Equal(passed, wantPassed) {
		t.Errorf("%s, seed %d: let %d bytes pass, not %d", name, seed, len(passed), len(wantPassed))
	}
	if d := cmp.Diff(wantTaken, taken); d != "" {
		t.Errorf("%s, seed %d: took (-want +got)\n%s", name, seed, d)
	}
}

func FuzzTap(f *testing.F) {
	for i, s := range tapSeeds() {
		f.Add([]byte(s[:min(len(s), 1000)]), uint64(i))
	}
	f.Fuzz(func(t *testing.T, data []byte, seed uint64) { compareTap(t, "fuzz", data, seed) })
}

// A tap of what is no NATS, or not in the clear, is not there.
func TestTapOfOtherTraffic(t *testing.T) {
	data := []byte("MSG s 3 x" + tapMark + "x 1\r\na\r\n\x16\x03\x01 without an end of line")
	for _, hello := range []string{"\x16\x03\x01", "GET / HTTP/1.1\r\n", "CONN"} {
		tp := &tap{Conn: &script{data: data, rnd: mathrand.New(mathrand.NewPCG(1, 1))}}
		tp.wanted.Store(&tapped{mark: []byte(tapMark), take: func(_, _, _, _ []byte) { t.Error("something was taken") }})
		if _, err := tp.Write([]byte(hello)); err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(tp); err != nil || !bytes.Equal(got, data) {
			t.Errorf("after %q: %q, %v", hello, got, err)
		}
	}
}

// A reading hands over the same messages whichever way they come: tapped in the
// process, tapped from TCP, through the library, and through TLS.
func TestReadingEveryWay(t *testing.T) {
	cert, roots := selfSigned(t)
	for _, way := range []struct {
		name   string
		secure bool
		dir    func(s *server.Server, o *Options)
		raw    bool // whether the tap must be the way
	}{
		{"in process", false, func(s *server.Server, o *Options) { o.Server = &Server{server: s} }, true},
		{"TCP", false, func(s *server.Server, o *Options) { o.URL = s.ClientURL() }, true},
		{"TLS", true, func(s *server.Server, o *Options) {
			o.URL, o.TLS = s.ClientURL(), &tls.Config{RootCAs: roots}
		}, false},
	} {
		t.Run(way.name, func(t *testing.T) {
			opts := &server.Options{}
			if way.secure {
				opts.TLSConfig = &tls.Config{Certificates: []tls.Certificate{cert}}
			}
			s := natsWith(t, opts)
			var o Options
			way.dir(s, &o)
			conn, err := Connect(t.Context(), o)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			if err := conn.EnsureSuggestions(t.Context()); err != nil {
				t.Fatal(err)
			}
			compareReading(t, conn, way.raw)
		})
	}
}

// compareReading publishes messages of every kind and reads them.
func compareReading(t *testing.T, conn *Conn, raw bool) {
	t.Helper()
	var want []string
	for i := range 10_000 {
		m := nats.NewMsg("suggestions.s" + strconv.Itoa(i%7))
		m.Data = bytes.Repeat([]byte{byte('a' + i%26)}, i%300)
		described := ""
		switch i % 5 {
		case 1:
			m.Header.Set("Nats-Msg-Id", strconv.Itoa(i))
		case 2:
			described = "text/plain"
			m.Header.Set("Content-Type", described)
		case 3:
			m.Header.Set("X-Content-Type", "text/html")
		}
		if i == 5000 {
			m.Data = bytes.Repeat([]byte("z"), 900_000)
		}
		if _, err := conn.js.PublishMsgAsync(m, jetstream.WithStallWait(time.Minute)); err != nil {
			t.Fatal(err)
		}
		want = append(want, fmt.Sprintf("%d %s %q %d", i+1, m.Subject, described, len(m.Data)))
	}
	select {
	case <-conn.js.PublishAsyncComplete():
	case <-t.Context().Done():
		t.Fatal("not stored")
	}
	var got []string
	err := (&source{conn}).Read(t.Context(), pipeline.Range{From: 1, To: 10_000}, func(m *pipeline.Message) {
		got = append(got, fmt.Sprintf("%d %s %q %d", m.Seq, m.Subject, m.ContentType, len(m.Data)))
		if len(m.Data) > 0 && m.Seq != 5001 && (m.Data[0] != byte('a'+(m.Seq-1)%26) || m.Data[len(m.Data)-1] != m.Data[0]) {
			t.Errorf("message %d holds %q", m.Seq, m.Data)
		}
		if time.Since(m.Stored).Abs() > time.Hour {
			t.Errorf("message %d was stored at %v", m.Seq, m.Stored)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("read (-want +got)\n%s", d)
	}
	l := conn.lanes.all[0]
	through := l.nc.Stats().InMsgs // those that the library saw
	if raw != (through < 100) || len(conn.lanes.all) != 1 {
		t.Errorf("%d messages came through the library, on %d lanes", through, len(conn.lanes.all))
	}
}

// selfSigned makes a certificate for 127.0.0.1.
func selfSigned(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		IsCA: true, BasicConstraintsValid: true,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	parsed, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(parsed)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, roots
}
