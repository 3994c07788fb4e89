// Generate writes the dashboards of deploy/grafana: two of them, in two languages.
//
//	go run ./deploy/grafana/generate
//
// It is run in the module's root. Its test fails when a file differs from what it writes.
// Names of themes and sub-themes are those of the default dictionary; with --dict DIR those
// of another one.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"github.com/minyi/minyi/dict"
)

// folder is where Grafana's provider of dashboards looks, seen from the module's root.
const folder = "deploy/grafana/dashboards"

func main() {
	dir := flag.String("dict", "", "folder of the dictionary whose names are shown (default: the one that minyi ships)")
	out := flag.String("out", folder, "folder to write to")
	flag.Parse()
	if err := generate(*dir, *out); err != nil {
		fmt.Fprintln(os.Stderr, "generate:", err)
		os.Exit(1)
	}
}

func generate(dir, out string) error {
	load := dict.Default
	if dir != "" {
		load = func() (*dict.Dictionary, error) { return dict.Load(dir) }
	}
	d, err := load()
	if err != nil {
		return err
	}
	files, err := dashboards(d)
	if err != nil {
		return err
	}
	for name, b := range files {
		name = filepath.Join(out, name)
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(name, b, 0o644); err != nil {
			return err
		}
	}
	return nil
}
