package intake

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// BenchmarkLines measures reading NDJSON, in nanoseconds a record.
func BenchmarkLines(b *testing.B) {
	const records = 20_000
	var file strings.Builder
	for i := range records {
		fmt.Fprintf(&file, `{"id":"b-%d","source":"cctv","text":"%s"}`+"\n", i, strings.Repeat("建议办好学校", 14))
	}
	path := filepath.Join(b.TempDir(), "a.ndjson")
	if err := os.WriteFile(path, []byte(file.String()), 0o600); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		r, err := Open(path, Options{})
		if err != nil {
			b.Fatal(err)
		}
		n := 0
		for ; ; n++ {
			if _, err := r.Next(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				b.Fatal(err)
			}
		}
		if n != records {
			b.Fatalf("%d records", n)
		}
		if err := r.Close(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N*records), "ns/record")
}
