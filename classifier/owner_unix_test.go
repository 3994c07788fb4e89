//go:build unix

package classifier

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
	"testing"
)

// statOf is a file of an owner and a mode: only root can make one of somebody else.
type statOf struct {
	fs.FileInfo
	uid  int
	mode fs.FileMode
}

func (s statOf) Sys() any          { return &syscall.Stat_t{Uid: uint32(s.uid)} }
func (s statOf) Mode() fs.FileMode { return s.mode }

// A file of the cache is read if it is this user's or root's, and nobody else may write it.
func TestCacheOfSomebodyElse(t *testing.T) {
	me, other := os.Geteuid(), os.Geteuid()+1000
	for _, test := range []struct {
		of   statOf
		read bool
	}{
		{statOf{uid: me, mode: 0o600}, true},
		{statOf{uid: me, mode: 0o644}, true},
		{statOf{uid: 0, mode: 0o644}, true},
		{statOf{uid: other, mode: 0o600}, false},
		{statOf{uid: other, mode: 0o644}, false},
		{statOf{uid: me, mode: 0o664}, false},
		{statOf{uid: me, mode: 0o646}, false},
		{statOf{uid: 0, mode: 0o666}, false},
	} {
		if ownFile(test.of) != test.read {
			t.Errorf("a file of user %d, mode %v, where this is user %d: want read %v", test.of.uid, test.of.mode, me, test.read)
		}
	}
	_, path := cached(t)
	read := func() error {
		_, err := readLexicon(path, smallDictionary().hash, smallDictionary().sum)
		return err
	}
	if err := read(); err != nil {
		t.Fatalf("its own file: %v", err)
	}
	if me == 0 { // a real file, too
		if err := os.Chown(path, other, -1); err != nil {
			t.Fatal(err)
		}
		if err := read(); !errors.Is(err, errLexicon) {
			t.Errorf("read a file of user %d: %v", other, err)
		}
	}
}
