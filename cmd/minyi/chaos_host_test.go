//go:build linux

package main

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"os"
	"runtime"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// host is a network namespace with one device, whose cable leads to the switch of the
// trial. It has no name in the file system: it is gone when its processes and this one have
// ended, however they ended, and this machine's network has no part in it. A nil host is
// this machine.
type host struct {
	name  string
	ip    string
	space *os.File // the namespace
	port  *port
}

// newHost makes a host with the address 10.77.0.number. The error says why the machine does
// not allow it.
func newHost(t *testing.T, e *ethernet, name string, number byte) (*host, error) {
	t.Helper()
	h := &host{name: name, ip: fmt.Sprintf("10.77.0.%d", number)}
	home, err := os.Open("/proc/thread-self/ns/net")
	if err != nil {
		return nil, err
	}
	defer home.Close()
	var device *os.File
	if err := onThread(home, func() (err error) {
		if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
			return fmt.Errorf("make a network namespace: %w", err)
		}
		if h.space, err = os.Open("/proc/thread-self/ns/net"); err != nil {
			return err
		}
		device, err = newDevice([]byte{10, 77, 0, number})
		return err
	}); err != nil {
		return nil, err
	}
	t.Cleanup(func() { _ = h.space.Close() })
	h.port = e.plug(device)
	return h, nil
}

// onThread calls f on a thread that f may take to another namespace, and takes it home.
func onThread(home *os.File, f func() error) error {
	runtime.LockOSThread()
	err := f()
	if homeErr := unix.Setns(int(home.Fd()), unix.CLONE_NEWNET); homeErr != nil {
		return errors.Join(err, homeErr) // nobody else gets this thread
	}
	runtime.UnlockOSThread()
	return err
}

// newDevice makes the device eth0 in the namespace of the thread, and sets it up with the
// address and the loopback device too.
func newDevice(ip []byte) (*os.File, error) {
	fd, err := unix.Open("/dev/net/tun", unix.O_RDWR|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, fmt.Errorf("/dev/net/tun: %w", err)
	}
	device, err := unix.NewIfreq("eth0")
	if err != nil {
		return nil, err
	}
	device.SetUint16(unix.IFF_TAP | unix.IFF_NO_PI)
	if err := unix.IoctlIfreq(fd, unix.TUNSETIFF, device); err != nil {
		_ = unix.Close(fd)
		return nil, fmt.Errorf("make a network device: %w", err)
	}
	file := os.NewFile(uintptr(fd), "/dev/net/tun")
	s, err := unix.Socket(unix.AF_INET, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return file, err
	}
	defer unix.Close(s)
	set := func(name string, request uint, value func(*unix.Ifreq) error) {
		if err != nil {
			return
		}
		var r *unix.Ifreq
		if r, err = unix.NewIfreq(name); err == nil {
			if err = value(r); err == nil {
				err = unix.IoctlIfreq(s, request, r)
			}
		}
	}
	up := func(r *unix.Ifreq) error { r.SetUint16(unix.IFF_UP | unix.IFF_RUNNING); return nil }
	set("eth0", unix.SIOCSIFADDR, func(r *unix.Ifreq) error { return r.SetInet4Addr(ip) })
	set("eth0", unix.SIOCSIFNETMASK, func(r *unix.Ifreq) error { return r.SetInet4Addr([]byte{255, 255, 255, 0}) })
	set("eth0", unix.SIOCSIFFLAGS, up)
	set("lo", unix.SIOCSIFFLAGS, up)
	return file, err
}

// within calls f with the network of the host. What f starts stays in it: a process, a
// connection, a listener. F must not end the test.
func (h *host) within(f func() error) error {
	if h == nil {
		return f()
	}
	home, err := os.Open("/proc/thread-self/ns/net")
	if err != nil {
		return err
	}
	defer home.Close()
	return onThread(home, func() error {
		if err := unix.Setns(int(h.space.Fd()), unix.CLONE_NEWNET); err != nil {
			return err
		}
		return f()
	})
}

// dial connects from the host.
func (h *host) dial(ctx context.Context, network, address string) (conn net.Conn, err error) {
	err = h.within(func() (err error) {
		// Two seconds: a host that is cut off does not answer.
		conn, err = (&net.Dialer{Timeout: 2 * time.Second}).DialContext(ctx, network, address)
		return err
	})
	return conn, err
}

// client asks over HTTP from the host.
func (h *host) client() *http.Client {
	if h == nil {
		return http.DefaultClient
	}
	return &http.Client{Transport: &http.Transport{DialContext: h.dial, DisableKeepAlives: true}}
}

// address is that of a port of the host.
func (h *host) address(port int) string {
	ip := "127.0.0.1"
	if h != nil {
		ip = h.ip
	}
	return fmt.Sprintf("%s:%d", ip, port)
}

// The hosts of a trial hear each other as late as the switch says, and not at all when they
// are parted, unplugged or all is lost.
func TestHosts(t *testing.T) {
	t.Parallel()
	e := newEthernet(t, rand.New(rand.NewPCG(1, 1)))
	a, err := newHost(t, e, "a", 1)
	if err != nil {
		t.Skipf("no network namespaces on this machine (root and /dev/net/tun are needed): %v", err)
	}
	b, err := newHost(t, e, "b", 2)
	if err != nil {
		t.Fatal(err)
	}
	var l net.Listener
	if err := b.within(func() (err error) {
		l, err = (&net.ListenConfig{}).Listen(t.Context(), "tcp", b.address(80))
		return err
	}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	dial := func(h *host, within time.Duration) (took time.Duration, err error) {
		ctx, cancel := context.WithTimeout(t.Context(), within)
		defer cancel()
		start := time.Now()
		conn, err := h.dial(ctx, "tcp", b.address(80))
		if err == nil {
			_ = conn.Close()
		}
		return time.Since(start), err
	}
	e.change(func() { e.weather.delay = 20 * time.Millisecond })
	if took, err := dial(a, time.Minute); err != nil || took < 40*time.Millisecond {
		t.Errorf("there and back in %s: %v", took, err)
	}
	for name, f := range map[string]func(out bool){
		"parted":    func(out bool) { b.port.segment = map[bool]int{true: 1}[out] },
		"unplugged": func(out bool) { a.port.unplugged = out },
		"lossy":     func(out bool) { e.weather.loss = map[bool]float64{true: 1}[out] },
	} {
		e.change(func() { f(true) })
		if _, err := dial(a, 100*time.Millisecond); err == nil {
			t.Errorf("%s, and they hear each other", name)
		}
		e.change(func() { f(false) })
		if _, err := dial(a, time.Minute); err != nil {
			t.Errorf("no longer %s: %v", name, err)
		}
	}
}
