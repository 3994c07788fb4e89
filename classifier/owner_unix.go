//go:build unix

package classifier

import (
	"io/fs"
	"os"
	"syscall"
)

// ownFile tells whether a file is this user's or root's, and nobody else may write it.
func ownFile(info fs.FileInfo) bool {
	s, ok := info.Sys().(*syscall.Stat_t)
	return ok && (s.Uid == 0 || int(s.Uid) == os.Geteuid()) && info.Mode().Perm()&0o022 == 0
}
