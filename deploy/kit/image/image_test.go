package main

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"crypto/x509"
	"debug/elf"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/validate"
)

var built = flag.String("layout", "", "the OCI layout to test, seen from this module; built anew where none is named")

var layoutDir = sync.OnceValues(func() (string, error) {
	if *built != "" {
		return filepath.Abs(*built)
	}
	dir, err := os.MkdirTemp("", "minyi-image-")
	if err != nil {
		return "", err
	}
	dir = filepath.Join(dir, "image")
	return dir, run(context.Background(), dir)
})

func TestMain(m *testing.M) {
	flag.Parse()
	if err := os.Chdir(".."); err != nil { // the folder of the module, as with go run ./image
		panic(err)
	}
	code := m.Run()
	if dir, err := layoutDir(); err == nil && *built == "" {
		_ = os.RemoveAll(filepath.Dir(dir))
	}
	os.Exit(code)
}

// images returns the image of each architecture.
func images(t *testing.T) (dir string, images map[string]v1.Image) {
	t.Helper()
	dir, err := layoutDir()
	if err != nil {
		t.Fatal(err)
	}
	outer, err := layout.ImageIndexFromPath(dir)
	if err != nil {
		t.Fatal(err)
	}
	manifest, err := outer.IndexManifest()
	if err != nil || len(manifest.Manifests) != 1 {
		t.Fatalf("%d entries in index.json, 1 is expected: %v", len(manifest.Manifests), err)
	}
	index, err := outer.ImageIndex(manifest.Manifests[0].Digest)
	if err != nil {
		t.Fatal(err)
	}
	inner, err := index.IndexManifest()
	if err != nil {
		t.Fatal(err)
	}
	images = map[string]v1.Image{}
	for _, d := range inner.Manifests {
		if images[d.Platform.String()], err = index.Image(d.Digest); err != nil {
			t.Fatal(err)
		}
	}
	return dir, images
}

// rootOf returns the files of an image by their names.
func rootOf(t *testing.T, image v1.Image) map[string]entry {
	t.Helper()
	r := mutate.Extract(image)
	defer func() { _ = r.Close() }()
	files := map[string]entry{}
	archive := tar.NewReader(r)
	for {
		h, err := archive.Next()
		if errors.Is(err, io.EOF) {
			return files
		}
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(archive)
		if err != nil {
			t.Fatal(err)
		}
		files[strings.Trim(h.Name, "/")] = entry{h, b}
	}
}

type entry struct {
	*tar.Header
	bytes []byte
}

// TestLayout: the layout is whole, has both architectures, and each is what a cluster that
// forbids root, writing and shells asks for.
func TestLayout(t *testing.T) {
	dir, all := images(t)
	if len(all) != len(architectures) {
		t.Errorf("%d images, %d are expected", len(all), len(architectures))
	}
	machines := map[string]elf.Machine{"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64}
	for _, arch := range architectures {
		image := all["linux/"+arch]
		if image == nil {
			t.Errorf("no image for %s", arch)
			continue
		}
		if err := validate.Image(image); err != nil {
			t.Errorf("%s: %v", arch, err)
		}
		config, err := image.ConfigFile()
		if err != nil {
			t.Fatal(err)
		}
		if c := config.Config; !slices.Equal(c.Entrypoint, []string{"/ko-app/minyi"}) || c.User != user || len(c.Cmd) > 0 ||
			!slices.Contains(c.Env, "MINYI_CACHE_DIR=/"+tablesDir) || config.Architecture != arch {
			t.Errorf("%s: config %+v", arch, c)
		}
		for _, e := range config.Config.Env {
			if strings.HasPrefix(e, "HOME=") {
				t.Errorf("%s: %s; nothing may rely on a home", arch, e)
			}
		}
		files := rootOf(t, image)
		checkFiles(t, arch, files)
		program, err := elf.NewFile(bytes.NewReader(files["ko-app/minyi"].bytes))
		if err != nil {
			t.Fatalf("%s: ko-app/minyi: %v", arch, err)
		}
		if libs, err := program.ImportedLibraries(); len(libs) > 0 || err != nil && !errors.Is(err, elf.ErrNoSymbols) {
			t.Errorf("%s: the program is not static: %v, %v", arch, libs, err)
		}
		if program.Machine != machines[arch] {
			t.Errorf("%s: the program is for %v", arch, program.Machine)
		}
		checkSBOM(t, filepath.Join(dir+".sbom", "minyi-linux-"+arch+".spdx.json"))
	}
}

// checkFiles looks for what the program needs, and for what nobody may have put there.
func checkFiles(t *testing.T, arch string, files map[string]entry) {
	t.Helper()
	for name, f := range files {
		if f.Mode&0o022 != 0 || f.Uid != 0 || f.Mode&0o444 != 0o444 || f.Mode&0o6000 != 0 {
			t.Errorf("%s: %s: mode %o of user %d; root's, to be read by all and written by none, is expected", arch, name, f.Mode, f.Uid)
		}
		if f.Typeflag == tar.TypeReg && f.Mode&0o111 != 0 && name != "ko-app/minyi" {
			t.Errorf("%s: %s is another program", arch, name)
		}
	}
	for _, name := range []string{"usr/share/zoneinfo/Asia/Shanghai", "usr/share/doc/minyi/LICENSE", "usr/share/doc/minyi/NOTICE", "etc/passwd"} {
		if len(files[name].bytes) == 0 {
			t.Errorf("%s: no %s", arch, name)
		}
	}
	pool := x509.NewCertPool()
	if !pool.AppendCertsFromPEM(files["etc/ssl/certs/ca-certificates.crt"].bytes) {
		t.Errorf("%s: no certificates", arch)
	}
	// minyi takes the tables only if they have this sum.
	source, err := os.ReadFile(filepath.Join(root, "classifier", "lexicon_file.go"))
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(`const gseSum = "(\w+)"`).FindSubmatch(source)
	if m == nil {
		t.Fatal("classifier/lexicon_file.go: no gseSum")
	}
	sum := ""
	for name, f := range files {
		if strings.HasPrefix(name, tablesDir+"/gse-") {
			b := sha256.Sum256(f.bytes)
			sum = hex.EncodeToString(b[:])
		}
	}
	if sum != string(m[1]) {
		t.Errorf("%s: the tables of gse have SHA-256 %s, %s is known", arch, sum, m[1])
	}
}

// checkSBOM: the bill names the modules that the program is linked with.
func checkSBOM(t *testing.T, name string) {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Error(err)
		return
	}
	var bill struct {
		Version  string `json:"spdxVersion"`
		Packages []struct {
			Name string `json:"name"`
		} `json:"packages"`
	}
	if err := json.Unmarshal(b, &bill); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	for _, want := range []string{"github.com/go-ego/gse", "github.com/nats-io/nats.go"} {
		if !slices.ContainsFunc(bill.Packages, func(p struct {
			Name string `json:"name"`
		},
		) bool {
			return strings.Contains(p.Name, want)
		}) {
			t.Errorf("%s (%s, %d packages) does not name %s", name, bill.Version, len(bill.Packages), want)
		}
	}
}
