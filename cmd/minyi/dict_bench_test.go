//go:build unix

package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/minyi/minyi/cmd/minyi/internal/generate"
	"github.com/minyi/minyi/dict"
)

var dictMessages = flag.Int("dict-messages", 100_000, "messages that BenchmarkDict measures dictionaries on")

// BenchmarkDict runs what an analyst asks of a whole consultation, as processes
// of their own: seconds for 100,000 messages, processors in use, and the most
// memory. The messages are of generate.Generator, about 300 bytes each, labelled
// at random, so that eval has as many ways to be wrong as there can be.
//
//	go test ./cmd/minyi -run '^$' -bench Dict -benchtime 1x -args -dict-messages 1000000
func BenchmarkDict(b *testing.B) {
	dir := b.TempDir()
	corpus := filepath.Join(dir, "messages.ndjson")
	if err := writeGenerated(corpus, *dictMessages); err != nil {
		b.Fatal(err)
	}
	other := filepath.Join(dir, "other")
	if err := writeLighter(other); err != nil {
		b.Fatal(err)
	}
	for _, args := range [][]string{
		{"dict", "eval", corpus}, {"dict", "coverage", corpus}, {"dict", "diff", "default", other, corpus},
	} {
		b.Run(args[1], func(b *testing.B) {
			for b.Loop() {
				wall, used, megabytes := measured(b, args)
				b.ReportMetric(wall.Seconds()/float64(*dictMessages)*100_000, "s/100k")
				b.ReportMetric(used.Seconds()/wall.Seconds(), "processors")
				b.ReportMetric(megabytes, "MB")
			}
		})
	}
}

// measured runs minyi, and returns how long it took, the processor time, and the
// most memory that was resident.
func measured(b *testing.B, args []string) (wall, used time.Duration, megabytes float64) {
	cmd := command(b.Context(), b, args...)
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	start := time.Now()
	if err := cmd.Run(); err != nil {
		b.Fatalf("%v: %v\n%s", args, err, stderr.Bytes())
	}
	wall = time.Since(start)
	u := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	return wall, cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), float64(u.Maxrss) / 1024
}

// writeGenerated writes n messages, each with one to three sub-themes at random.
func writeGenerated(path string, n int) (err error) {
	d, err := dict.Default()
	if err != nil {
		return err
	}
	var ids []string
	for _, t := range d.Themes {
		for _, s := range t.SubThemes {
			ids = append(ids, s.ID)
		}
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	w := bufio.NewWriter(f)
	g := generate.New(d, 1)
	random := rand.New(rand.NewPCG(1, 1))
	for i := range n {
		payload, _ := g.Append(nil, uint64(i))
		themes := make([]string, 1+random.IntN(3))
		for k := range themes {
			themes[k] = ids[random.IntN(len(ids))]
		}
		labels, err := json.Marshal(themes)
		if err != nil {
			return err
		}
		fmt.Fprintf(w, "%s,\"themes\":%s,\"primary\":%q}\n", payload[:len(payload)-1], labels, themes[0])
	}
	return w.Flush()
}
