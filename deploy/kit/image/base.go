package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"context"
	"encoding/pem"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/google/go-containerregistry/pkg/v1/types"
	"golang.org/x/crypto/x509roots/fallback/bundle"
)

const (
	tablesDir = "usr/share/minyi"
	// user is nobody in particular. Any other works as well: all files may be read by all.
	user = "65532:65532"
)

var architectures = []string{"amd64", "arm64"}

// file is a file of the base, whose name has no slash at its beginning.
type file struct {
	name  string
	bytes []byte
}

// newBase returns the base image, one for each architecture.
func newBase(ctx context.Context, tables file) (v1.ImageIndex, error) {
	zones, err := zoneFiles(ctx)
	if err != nil {
		return nil, err
	}
	files := append(zones, tables,
		file{"etc/ssl/certs/ca-certificates.crt", certificates()},
		file{"etc/passwd", []byte("root:x:0:0:root:/:/sbin/nologin\nminyi:x:65532:65532:minyi:/:/sbin/nologin\n")},
		file{"etc/group", []byte("root:x:0:\nminyi:x:65532:\n")},
	)
	for _, name := range []string{"LICENSE", "NOTICE"} {
		b, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			return nil, err
		}
		files = append(files, file{"usr/share/doc/minyi/" + name, b})
	}
	archive, err := tarOf(files)
	if err != nil {
		return nil, err
	}
	layer, err := tarball.LayerFromOpener(func() (io.ReadCloser, error) {
		return io.NopCloser(bytes.NewReader(archive)), nil
	}, tarball.WithMediaType(types.OCILayer), tarball.WithCompressedCaching)
	if err != nil {
		return nil, err
	}
	index := mutate.IndexMediaType(empty.Index, types.OCIImageIndex)
	for _, arch := range architectures {
		image, err := baseImage(layer, arch)
		if err != nil {
			return nil, err
		}
		platform := v1.Platform{OS: "linux", Architecture: arch}
		index = mutate.AppendManifests(index, mutate.IndexAddendum{Add: image, Descriptor: v1.Descriptor{Platform: &platform}})
	}
	return index, nil
}

func baseImage(layer v1.Layer, arch string) (v1.Image, error) {
	image := mutate.ConfigMediaType(mutate.MediaType(empty.Image, types.OCIManifestSchema1), types.OCIConfigJSON)
	image, err := mutate.Append(image, mutate.Addendum{Layer: layer, MediaType: types.OCILayer})
	if err != nil {
		return nil, err
	}
	config, err := image.ConfigFile()
	if err != nil {
		return nil, err
	}
	config = config.DeepCopy()
	config.OS, config.Architecture = "linux", arch
	config.Config.User = user
	config.Config.WorkingDir = "/"
	config.Config.Env = []string{"PATH=/", "MINYI_CACHE_DIR=/" + tablesDir}
	return mutate.ConfigFile(image, config)
}

// certificates returns the roots that Mozilla trusts, as the Go project publishes them in a
// module. A root that is trusted only under conditions is left out, as a file of
// certificates cannot say them.
func certificates() []byte {
	var out bytes.Buffer
	for r := range bundle.Roots() {
		if r.Constraint == nil {
			_ = pem.Encode(&out, &pem.Block{Type: "CERTIFICATE", Bytes: r.Certificate}) // a buffer takes all
		}
	}
	return out.Bytes()
}

// zoneFiles returns the time zones that the Go toolchain ships.
func zoneFiles(ctx context.Context) ([]file, error) {
	goroot, err := exec.CommandContext(ctx, "go", "env", "GOROOT").Output()
	if err != nil {
		return nil, fmt.Errorf("go env GOROOT: %w", err)
	}
	archive, err := zip.OpenReader(filepath.Join(strings.TrimSpace(string(goroot)), "lib", "time", "zoneinfo.zip"))
	if err != nil {
		return nil, err
	}
	defer func() { _ = archive.Close() }()
	var files []file
	for _, entry := range archive.File {
		if strings.HasSuffix(entry.Name, "/") {
			continue
		}
		r, err := entry.Open()
		if err != nil {
			return nil, err
		}
		b, err := io.ReadAll(r)
		_ = r.Close()
		if err != nil {
			return nil, fmt.Errorf("time zone %s: %w", entry.Name, err)
		}
		files = append(files, file{"usr/share/zoneinfo/" + entry.Name, b})
	}
	return files, nil
}

// tarOf returns an archive of files that belong to root, may be read by all and written by
// nobody, with the folders that they are in. It has no time, so that it is always the same.
func tarOf(files []file) ([]byte, error) {
	slices.SortFunc(files, func(a, b file) int { return strings.Compare(a.name, b.name) })
	var out bytes.Buffer
	w := tar.NewWriter(&out)
	folders := map[string]bool{".": true}
	var mkdir func(dir string) error
	mkdir = func(dir string) error {
		if folders[dir] {
			return nil
		}
		if err := mkdir(path.Dir(dir)); err != nil {
			return err
		}
		folders[dir] = true
		return w.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: dir + "/", Mode: 0o755})
	}
	for _, f := range files {
		if err := mkdir(path.Dir(f.name)); err != nil {
			return nil, err
		}
		if err := w.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: f.name, Mode: 0o444, Size: int64(len(f.bytes))}); err != nil {
			return nil, err
		}
		if _, err := w.Write(f.bytes); err != nil {
			return nil, err
		}
	}
	return out.Bytes(), w.Close()
}
