package deploy_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"testing"
)

const unit = "minyi-work.service"

// staged is a root of a file system with the unit, a program in its place and the targets
// that it names, so that systemd-analyze needs nothing of this machine.
func staged(t *testing.T) (root string) {
	t.Helper()
	root = t.TempDir()
	text, err := os.ReadFile("systemd/" + unit)
	if err != nil {
		t.Fatal(err)
	}
	put := func(name string, b []byte, mode os.FileMode) {
		name = filepath.Join(root, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, b, mode); err != nil {
			t.Fatal(err)
		}
	}
	put("etc/systemd/system/"+unit, text, 0o644)
	put("usr/bin/minyi", []byte("#!/bin/sh\n"), 0o755)
	for _, target := range []string{"sysinit", "basic", "shutdown", "multi-user", "network-online"} {
		put("usr/lib/systemd/system/"+target+".target", []byte("[Unit]\n"), 0o644)
	}
	return root
}

// TestUnitFile: systemd has nothing to say of the unit. Unknown keys are only warnings to it,
// with exit code 0, and a sandbox that is misspelt does not protect: nothing may be printed.
func TestUnitFile(t *testing.T) {
	t.Parallel()
	analyze := tool(t, "systemd-analyze", "systemd")
	out, err := exec.CommandContext(t.Context(), analyze, "verify", "--root="+staged(t), unit).CombinedOutput()
	if err != nil || len(out) > 0 {
		t.Errorf("systemd-analyze verify deploy/systemd/%s: %v\n%s", unit, err, out)
	}
}

// TestUnitIsHardened: of 10 points of exposure fewer than 2 are left.
func TestUnitIsHardened(t *testing.T) {
	t.Parallel()
	analyze := tool(t, "systemd-analyze", "systemd")
	out, err := exec.CommandContext(t.Context(), analyze, "security", "--offline=true", "--no-pager", "--root="+staged(t), unit).CombinedOutput()
	if err != nil {
		t.Fatalf("systemd-analyze security: %v\n%s", err, out)
	}
	m := regexp.MustCompile(`Overall exposure level for \S+: ([\d.]+)`).FindSubmatch(out)
	if m == nil {
		t.Fatalf("no level of exposure in:\n%s", out)
	}
	level, err := strconv.ParseFloat(string(m[1]), 64)
	if err != nil || level >= 2 {
		t.Errorf("exposure %s, less than 2 is wanted (%v):\n%s", m[1], err, out)
	}
}
