//go:build !unix

package embedded

import (
	"os"
	"strings"
)

// lockFile does nothing where there is no flock; the server's own files are
// then what keeps a second process out.
func lockFile(*os.File) error { return nil }

func isAddrInUse(err error) bool {
	return strings.Contains(err.Error(), "in use") || strings.Contains(err.Error(), "Only one usage")
}
