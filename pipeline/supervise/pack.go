package supervise

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"testing/fstest"

	"github.com/minyi/minyi/dict"
	"github.com/minyi/minyi/dict/phrase"
)

// A dictionary is stored as a gzipped tar archive of its theme files as [dict.Marshal]
// writes them, in their order. The same dictionary gives the same bytes. Names and
// examples are in it; comments and layout are not.

// maxUnpacked is how many bytes an archive may unpack to.
const maxUnpacked = 64 << 20

// Pack returns a dictionary as it is stored.
func Pack(d *dict.Dictionary) ([]byte, error) {
	var out bytes.Buffer
	z, _ := gzip.NewWriterLevel(&out, gzip.BestCompression) // the level is one that there is
	w := tar.NewWriter(z)
	for i := range d.Themes {
		file, err := dict.Marshal(&d.Themes[i])
		if err != nil {
			return nil, err
		}
		name := fmt.Sprintf("%03d-%s.yaml", i+1, d.Themes[i].ID)
		if err := w.WriteHeader(&tar.Header{Name: name, Mode: 0o644, Size: int64(len(file)), Format: tar.FormatUSTAR}); err != nil {
			return nil, phrase.Errorf("pack theme %s: %w", d.Themes[i].ID, err)
		}
		if _, err := w.Write(file); err != nil {
			return nil, phrase.Errorf("pack theme %s: %w", d.Themes[i].ID, err)
		}
	}
	if err := errors.Join(w.Close(), z.Close()); err != nil {
		return nil, err
	}
	return out.Bytes(), nil
}

// Unpack returns the dictionary of a version. The error wraps [ErrOtherDict] unless the
// bytes are a dictionary that has this version: whoever stored them, no text is ever
// classified by a dictionary that a spec does not name.
func Unpack(version string, packed []byte) (*dict.Dictionary, error) {
	files, err := unpack(packed)
	if err != nil {
		return nil, phrase.Errorf("%w %s: %w", ErrOtherDict, version, err)
	}
	d, err := dict.Parse(files)
	if err != nil {
		return nil, phrase.Errorf("%w %s: %w", ErrOtherDict, version, err)
	}
	if is := d.Version(); is != version {
		return nil, phrase.Errorf("%w %s: it has version %s", ErrOtherDict, version, is)
	}
	return d, nil
}

func unpack(packed []byte) (fstest.MapFS, error) {
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		return nil, err
	}
	files := fstest.MapFS{}
	left := int64(maxUnpacked)
	for r := tar.NewReader(io.LimitReader(z, maxUnpacked+1)); ; {
		h, err := r.Next()
		if errors.Is(err, io.EOF) {
			return files, nil
		}
		if err != nil {
			return nil, err
		}
		if left -= h.Size; left < 0 {
			return nil, phrase.Errorf("it unpacks to more than %d bytes", maxUnpacked)
		}
		data, err := io.ReadAll(r)
		if err != nil {
			return nil, err
		}
		files[h.Name] = &fstest.MapFile{Data: data, Mode: 0o644}
	}
}
