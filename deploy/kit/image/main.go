// Command image builds the container image of minyi as an OCI layout, without a daemon
// and without fetching anything but Go modules:
//
//	go run ./image -out ../../bin/image
//
// The base has what a static binary may ask of a system: certificates, time zones, a user,
// and the prepared tables of gse's dictionary, which a root that is read-only could not
// keep. ko builds the program for amd64 and arm64, puts it on the base, and writes an SBOM
// for each beside the layout (OUT.sbom). The same sources give the same bytes.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/layout"
	"github.com/google/ko/pkg/build"
)

const (
	program = "github.com/minyi/minyi/cmd/minyi"
	root    = "../.." // of the main module, seen from this one
)

func main() {
	out := flag.String("out", "", "folder of the OCI layout; what is there is replaced")
	flag.Parse()
	if *out == "" || flag.NArg() > 0 {
		flag.Usage()
		os.Exit(2)
	}
	if err := run(context.Background(), *out); err != nil {
		fmt.Fprintln(os.Stderr, "image:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, out string) error {
	tables, err := prepareTables(ctx)
	if err != nil {
		return err
	}
	base, err := newBase(ctx, tables)
	if err != nil {
		return err
	}
	image, err := buildImage(ctx, base, out+".sbom")
	if err != nil {
		return err
	}
	if err := os.RemoveAll(out); err != nil {
		return err
	}
	path, err := layout.Write(out, empty.Index)
	if err != nil {
		return err
	}
	return path.AppendIndex(image)
}

// prepareTables returns the file of gse's tables and its name, as this machine's minyi
// writes it. It is the same file on every architecture, and minyi checks its SHA-256.
func prepareTables(ctx context.Context) (file, error) {
	dir, err := os.MkdirTemp("", "minyi-tables-")
	if err != nil {
		return file{}, err
	}
	defer func() { _ = os.RemoveAll(dir) }()
	cmd := exec.CommandContext(ctx, "go", "run", program, "classify", "--cache-dir", dir, "停车难")
	cmd.Dir = root
	if out, err := cmd.CombinedOutput(); err != nil {
		return file{}, fmt.Errorf("prepare tables: %w\n%s", err, out)
	}
	names, err := filepath.Glob(filepath.Join(dir, "*.lexicon"))
	if err != nil || len(names) != 1 {
		return file{}, fmt.Errorf("prepare tables: %d files in the cache folder, 1 is expected (%w)", len(names), err)
	}
	b, err := os.ReadFile(names[0])
	return file{tablesDir + "/" + filepath.Base(names[0]), b}, err
}

// buildImage has ko build the program onto each image of the base.
func buildImage(ctx context.Context, base v1.ImageIndex, sbomDir string) (v1.ImageIndex, error) {
	if err := errors.Join(os.RemoveAll(sbomDir), os.MkdirAll(sbomDir, 0o755)); err != nil {
		return nil, err
	}
	// ko notes the name of the base in the image. This one was never anywhere else.
	ref, err := name.NewTag("localhost/minyi-base:local")
	if err != nil {
		return nil, err
	}
	var platforms []string
	for _, arch := range architectures {
		platforms = append(platforms, "linux/"+arch)
	}
	ko, err := build.NewGo(ctx, root,
		build.WithBaseImages(func(context.Context, string) (name.Reference, build.Result, error) { return ref, base, nil }),
		build.WithPlatforms(platforms...),
		build.WithTrimpath(true),
		build.WithDefaultEnv([]string{"CGO_ENABLED=0"}),
		build.WithJobs(1), // one build fills the machine
		build.WithSPDX("0.1.0"),
		build.WithSBOMDir(sbomDir),
	)
	if err != nil {
		return nil, err
	}
	result, err := ko.Build(ctx, build.StrictScheme+program)
	if err != nil {
		return nil, err
	}
	index, ok := result.(v1.ImageIndex)
	if !ok {
		return nil, fmt.Errorf("ko returned %T, an index of %v is expected", result, platforms)
	}
	return index, nil
}
