package wire

import (
	"bytes"
	"fmt"
	"io"
	mathrand "math/rand/v2"
	"net"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const testMark = ".SUGGESTIONS.abc."

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

// intercepted returns what an interceptor lets pass of the data, and what it takes out,
// each delivery as the bytes of "subject reply header|data".
func intercepted(data []byte, seed uint64) (passed []byte, taken []string) {
	rnd := mathrand.New(mathrand.NewPCG(seed, 0))
	ic := &interceptor{Conn: &script{data: data, rnd: rnd}}
	ic.wanted.Store(&Capture{Mark: []byte(testMark), Take: func(subject, reply, header, data []byte) {
		taken = append(taken, fmt.Sprintf("%s %s %s|%s", subject, reply, header, data))
	}})
	if _, err := ic.Write([]byte("CONNECT {}\r\n")); err != nil {
		panic(err)
	}
	for b := make([]byte, 4096); ; {
		n, err := ic.Read(b[:1+rnd.IntN(len(b))])
		passed = append(passed, b[:n]...)
		if err != nil {
			return passed, taken
		}
	}
}

// splitNaively does what an interceptor does, with everything at hand. What is not
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
			if err == nil && n <= maxSize && s[0] != '+' {
				sizes = append(sizes, int(n))
			}
		}
		if args < 2 || args > 3 || len(sizes) != numbers || sizes[0] > sizes[numbers-1] || f[len(f)-1] == "" {
			return append(passed, data...), taken
		}
		total := len(line) + 1 + sizes[numbers-1] + 2
		wanted := args == 3 && strings.Contains(f[3], testMark)
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

// seeds are all that a server sends, and what none does.
func seeds() []string {
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
		"MSG s 3 " + wanted + " 1" + strings.Repeat("0", 64) + "\r\na\r\nPING\r\n",
		"MSG s 3 " + wanted + " 18446744073709551617\r\na\r\nPING\r\n",
		"HMSG s 3 " + wanted + " 18446744073709551618 18446744073709551619\r\nabc\r\nPING\r\n",
		"MSG s 3 " + wanted + " -1\r\na\r\n", "MSG s 3 " + wanted + " +1\r\na\r\nPING\r\n", "MSG s 3 " + wanted + " 001\r\na\r\nPING\r\n",
	}
}

// An interceptor takes out what is wanted and lets all else pass unchanged, however the
// bytes come, and also where it does not understand them.
func TestInterceptor(t *testing.T) {
	t.Parallel()
	for i, data := range seeds() {
		for seed := range uint64(4) {
			compare(t, strconv.Itoa(i), []byte(data), seed)
		}
	}
	all := []byte(strings.Join(seeds()[:7], ""))
	for seed := range uint64(4) {
		compare(t, "all", all, seed)
	}
}

func compare(t *testing.T, name string, data []byte, seed uint64) {
	t.Helper()
	passed, taken := intercepted(data, seed)
	wantPassed, wantTaken := splitNaively(data)
	if !bytes.Equal(passed, wantPassed) {
		t.Errorf("%s, seed %d: let %d bytes pass, not %d", name, seed, len(passed), len(wantPassed))
	}
	if d := cmp.Diff(wantTaken, taken); d != "" {
		t.Errorf("%s, seed %d: took (-want +got)\n%s", name, seed, d)
	}
}

func FuzzInterceptor(f *testing.F) {
	for i, s := range seeds() {
		f.Add([]byte(s[:min(len(s), 1000)]), uint64(i))
	}
	f.Fuzz(func(t *testing.T, data []byte, seed uint64) { compare(t, "fuzz", data, seed) })
}

// An interceptor leaves what is no NATS, or not in the clear, as it is.
func TestInterceptorOfOtherTraffic(t *testing.T) {
	t.Parallel()
	data := []byte("MSG s 3 x" + testMark + "x 1\r\na\r\n\x16\x03\x01 without an end of line")
	for _, hello := range []string{"\x16\x03\x01", "GET / HTTP/1.1\r\n", "CONN"} {
		ic := &interceptor{Conn: &script{data: data, rnd: mathrand.New(mathrand.NewPCG(1, 1))}}
		ic.wanted.Store(&Capture{Mark: []byte(testMark), Take: func(_, _, _, _ []byte) { t.Error("something was taken") }})
		if _, err := ic.Write([]byte(hello)); err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(ic); err != nil || !bytes.Equal(got, data) {
			t.Errorf("after %q: %q, %v", hello, got, err)
		}
	}
}
