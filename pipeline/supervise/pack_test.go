package supervise

import (
	"bytes"
	"compress/gzip"
	"errors"
	"testing"

	"github.com/minyi/minyi/dict"
)

// What is packed unpacks to the same dictionary, names and examples too, and the same
// dictionary packs to the same bytes; what is not the dictionary of a version is refused.
func TestPack(t *testing.T) {
	d, err := dict.Default()
	if err != nil {
		t.Fatal(err)
	}
	packed, err := Pack(d)
	if err != nil {
		t.Fatal(err)
	}
	back, err := Unpack(d.Version(), packed)
	if err != nil {
		t.Fatal(err)
	}
	again, err := Pack(back)
	if err != nil || !bytes.Equal(packed, again) {
		t.Errorf("packed again it has %d bytes and not %d, or others: %v", len(again), len(packed), err)
	}
	t.Logf("the default dictionary packs to %d bytes", len(packed))
	var bomb bytes.Buffer
	z := gzip.NewWriter(&bomb)
	zeros := make([]byte, 1<<20)
	for range maxUnpacked>>20 + 1 {
		if _, err := z.Write(zeros); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{
		"another version": packed, "nothing": nil, "no archive": []byte("theme: x"), "half": packed[:len(packed)/2],
		"flipped": append(append([]byte{}, packed[:200]...), append([]byte{packed[200] ^ 1}, packed[201:]...)...), "a bomb": bomb.Bytes(),
	} {
		version := d.Version()
		if name == "another version" {
			version = "0123456789abcdef"
		}
		if _, err := Unpack(version, b); !errors.Is(err, ErrOtherDict) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
