package send

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/minyi/minyi/pipeline/broker/embedded"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// BenchmarkSend measures sending a file of new records, and sending it again
// with and without its position, in records a second; bare is the client alone,
// with message ids. Every run checks what it sent.
func BenchmarkSend(b *testing.B) {
	const records = 100_000
	lines := make([]string, records)
	for i := range lines {
		lines[i] = fmt.Sprintf(`{"id":"b-%d","source":"cctv","text":"%s"}`, i, strings.Repeat("建议办好学校", 14))
	}
	path := writeLines(b, "a.ndjson", lines)
	for b.Loop() {
		b.StopTimer()
		s, err := embedded.Start(embedded.Options{Dir: b.TempDir(), Listen: "127.0.0.1:0"})
		if err != nil {
			b.Fatal(err)
		}
		nc, err := nats.Connect(s.URL(), quiet)
		if err != nil {
			b.Fatal(err)
		}
		js, err := jetstream.New(nc)
		if err != nil {
			b.Fatal(err)
		}
		if _, err := js.CreateStream(b.Context(), jetstream.StreamConfig{Name: "SUGGESTIONS", Subjects: []string{"suggestions.>"}}); err != nil {
			b.Fatal(err)
		}
		p, err := newSender(js, testNames(b), Config{})
		if err != nil {
			b.Fatal(err)
		}
		b.StartTimer()
		bareSend(b, js, lines)
		for _, run := range []struct {
			name string
			sent int
		}{{"new", records}, {"position", 0}, {"scan", 0}} {
			if run.name == "scan" {
				if err := js.DeleteKeyValue(b.Context(), "MINYI_POSITIONS"); err != nil {
					b.Fatal(err)
				}
			}
			before := b.Elapsed()
			r, err := p.SendFile(b.Context(), path, nil)
			if err != nil || r.Sent != run.sent || r.Read != records {
				b.Fatalf("%s: %+v, %v", run.name, r, err)
			}
			b.ReportMetric(records/(b.Elapsed()-before).Seconds(), run.name+"/s")
		}
		b.StopTimer()
		nc.Close()
		s.Shutdown()
		b.StartTimer()
	}
}

func bareSend(b *testing.B, js jetstream.JetStream, lines []string) {
	before := b.Elapsed()
	s, err := js.CreateStream(b.Context(), jetstream.StreamConfig{Name: "BARE", Subjects: []string{"bare"}})
	if err != nil {
		b.Fatal(err)
	}
	for i, line := range lines {
		m := &nats.Msg{Subject: "bare", Data: []byte(line), Header: nats.Header{nats.MsgIdHdr: {fmt.Sprint("b-", i)}}}
		if _, err := js.PublishMsgAsync(m, jetstream.WithStallWait(time.Minute)); err != nil {
			b.Fatal(err)
		}
	}
	<-js.PublishAsyncComplete()
	if info, err := s.Info(b.Context()); err != nil || info.State.Msgs != uint64(len(lines)) {
		b.Fatalf("bare: %+v, %v", info, err)
	}
	b.ReportMetric(float64(len(lines))/(b.Elapsed()-before).Seconds(), "bare/s")
}
