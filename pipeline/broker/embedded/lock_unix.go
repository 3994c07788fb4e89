//go:build unix

package embedded

import (
	"errors"
	"os"
	"syscall"
)

// lockFile takes the file for this process, or fails at once. The lock goes
// when the file is closed or the process ends, however it ends.
func lockFile(f *os.File) error {
	return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
}

func isAddrInUse(err error) bool { return errors.Is(err, syscall.EADDRINUSE) }
