package main

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"
)

// A person at the terminal is shown the URL whole; who reads a log is not.
func TestURLIsWholeOnATerminalOnly(t *testing.T) {
	t.Parallel()
	const url = "nats://0123456789abcdefghij@127.0.0.1:4222"
	ptmx, err := os.OpenFile("/dev/ptmx", os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer ptmx.Close()
	if err := unix.IoctlSetPointerInt(int(ptmx.Fd()), unix.TIOCSPTLCK, 0); err != nil {
		t.Fatal(err)
	}
	n, err := unix.IoctlGetInt(int(ptmx.Fd()), unix.TIOCGPTN)
	if err != nil {
		t.Fatal(err)
	}
	pts, err := os.OpenFile(fmt.Sprint("/dev/pts/", n), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer pts.Close()
	file, err := os.Create(t.TempDir() + "/log")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for _, to := range []*os.File{pts, file} {
		(&app{stdout: to, stderr: to}).printAddresses(url, nil, "data", upOptions{})
	}
	shown := make([]byte, 4096)
	k, err := ptmx.Read(shown)
	for err == nil && !strings.Contains(string(shown[:k]), "4222") {
		var more int
		more, err = ptmx.Read(shown[k:])
		k += more
	}
	if !strings.Contains(string(shown[:k]), url) {
		t.Errorf("on a terminal: %q, %v", shown[:k], err)
	}
	log, err := os.ReadFile(file.Name())
	if err != nil || !strings.Contains(string(log), "nats://***@127.0.0.1:4222") || strings.Contains(string(log), "0123456789") {
		t.Errorf("in a log: %q, %v", log, err)
	}
}
