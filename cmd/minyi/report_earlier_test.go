package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/minyi/minyi/classifier"
	"github.com/minyi/minyi/pipeline"
	"github.com/minyi/minyi/pipeline/broker"
)

// earlierConsultation is a stream of its own on the broker of a running one: 60 messages,
// counted with the dictionary of a version that is stored there.
func earlierConsultation(t *testing.T, r *comparedTallies, version string) {
	t.Helper()
	js := r.conn.JetStream()
	if _, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "EARLIER", Subjects: []string{"earlier.>"}}); err != nil {
		t.Fatal(err)
	}
	for i := range 60 {
		text := "学校放学太早"
		if i < 25 {
			text = "医院看病要排队"
		}
		if _, err := js.Publish(t.Context(), "earlier.xinhua", fmt.Appendf(nil, `{"text":"%s","submitted_at":"2017-04-%02dT08:00:00+08:00"}`, text, 15+i%3)); err != nil {
			t.Fatal(err)
		}
	}
	conn, err := broker.Connect(t.Context(), broker.Options{URL: r.nats, Stream: "EARLIER"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(conn.Close)
	d, err := (&reportMaker{a: &app{}, conn: conn}).dictionary(t.Context(), version)
	if err != nil {
		t.Fatal(err)
	}
	c, err := classifier.New(d, (&app{}).classifierOptions())
	if err != nil {
		t.Fatal(err)
	}
	worker, err := conn.NewWorker(t.Context(), pipeline.Config{Classifier: c})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- worker.Run(ctx) }()
	defer func() { cancel(); <-ended }()
	enough := errors.New("enough")
	for err := error(nil); !errors.Is(err, enough); {
		err = conn.Counts().Watch(ctx, worker.Tally(), time.Millisecond, func(c pipeline.Counts) error {
			if c.Frontier >= 60 {
				return enough
			}
			return nil
		})
		if t.Context().Err() != nil || err != nil && !errors.Is(err, enough) && !errors.Is(err, broker.ErrNoTally) {
			t.Fatal(err)
		}
	}
}

// An earlier consultation, which was counted with another dictionary then, is counted
// again with that of the report: both figures are there, and why they differ.
func TestReportOnTheSameBasis(t *testing.T) {
	t.Parallel()
	r := startCompared(t)
	info, err := r.conn.Counts().TallyInfo(t.Context(), r.b)
	if err != nil {
		t.Fatal(err)
	}
	earlierConsultation(t, r, info.Spec.Dict)
	file := filepath.Join(t.TempDir(), "r.docx")
	out, stderr, code := r.here(t, "", "report", "--lang", "zh", "--compare", "EARLIER", "--min-cell", "0")
	if code != exitDone {
		t.Fatal(stderr)
	}
	for _, want := range []string{
		"对比时期为2017年4月15日至2017年4月17日，共收到留言60条",
		"| 看病 | 25 | 41.67% | 0 | 0.00% | -25 |", // then, and with the dictionary of the report
		"| 学校 | 35 | 58.33% | 35 | 100.00% | 0 |",
		"两部词典的子主题相同，差异在关键词、权重或阈值。",
		"对比时期的数据来自消息流 EARLIER，统计至第60条消息",
		"当时口径：统计编号",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("no %s in\n%s", want, out)
		}
	}
	verify := func(want string, wantCode int) {
		t.Helper()
		out, stderr, code := r.here(t, "", "report", "verify", file, "--lang", "en")
		if code != wantCode || !strings.Contains(out, want) {
			t.Errorf("exit code %d\n%s%s", code, out, stderr)
		}
	}
	if _, stderr, code := r.here(t, "", "report", "--out", file, "--compare", "EARLIER:2017-04-15..2017-04-16", "--min-cell", "0"); code != exitDone {
		t.Fatal(stderr)
	}
	verify(": 0 are not as counted", exitDone)
	// Messages go on arriving: the report stays what it was.
	if _, err := r.conn.JetStream().Publish(t.Context(), "earlier.xinhua", []byte(`{"text":"学校"}`)); err != nil {
		t.Fatal(err)
	}
	if _, err := r.conn.JetStream().Publish(t.Context(), "suggestions.xinhua", []byte(`{"text":"学校"}`)); err != nil {
		t.Fatal(err)
	}
	verify(": 0 are not as counted", exitDone)
	if _, stderr, code := r.here(t, "", "report", "--compare", "NOWHERE"); code == exitDone || !strings.Contains(stderr, "NOWHERE") {
		t.Errorf("exit code %d: %s", code, stderr)
	}
	if _, err := os.Stat(file); err != nil {
		t.Error(err)
	}
	reportAsCountedThen(t, r, info)
}

// reportAsCountedThen compares days of the same stream: what the tally had that was
// published then is beside what today's has, also when that tally is not stored any more.
// And a tally that is not current has a report of its own.
func reportAsCountedThen(t *testing.T, r *comparedTallies, then pipeline.TallyInfo) {
	t.Helper()
	if out, stderr, code := r.here(t, "", "report", "--tally", r.b, "--lang", "en", "--min-cell", "0"); code != exitDone || !strings.Contains(out, "tally "+r.b+", dictionary "+then.Spec.Dict[:12]) {
		t.Errorf("exit code %d: %s%s", code, out, stderr)
	}
	if _, stderr, code := r.here(t, "", "report", "--tally", "000000000000"); code == exitDone || !strings.Contains(stderr, "000000000000") {
		t.Errorf("exit code %d: %s", code, stderr)
	}
	both := func() string {
		t.Helper()
		out, stderr, code := r.here(t, "", "report", "--lang", "en", "--min-cell", "0", "--from", "2022-04-17", "--compare", "2022-04-15..2022-04-16", "--samples", "0")
		if code != exitDone {
			t.Fatal(stderr)
		}
		return out
	}
	if out := both(); !strings.Contains(out, "No counts of the earlier period with another dictionary") {
		t.Error(out)
	}
	if _, err := r.conn.JetStream().CreateStream(t.Context(), jetstream.StreamConfig{Name: "MINYI_PUBLISHED", Subjects: []string{"minyi.published.>"}}); err != nil && !errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) {
		t.Fatal(err)
	}
	old := fmt.Appendf(nil, `{"tally":"%s","dict":"%s","frontier":90,"day":"2022-04-16"}`, r.b, then.Spec.Dict)
	if _, err := r.conn.JetStream().Publish(t.Context(), "minyi.published."+r.b, old); err != nil {
		t.Fatal(err)
	}
	check := func() {
		t.Helper()
		out := both()
		for _, want := range []string{
			"| Health | 27 | 50.00% | 0 | 0.00% | -27 |", "| Schools | 27 | 50.00% | 41 | 100.00% | +14 |", // 医院 counted for more then
			"because of the dictionaries only", "As counted then: tally " + r.b + ", dictionary " + then.Spec.Dict[:12],
		} {
			if !strings.Contains(out, want) {
				t.Errorf("no %s in\n%s", want, out)
			}
		}
	}
	check()
	if _, stderr, code := r.here(t, "", "tally", "retire", r.b, "--by", "li"); code != exitDone {
		t.Fatal(stderr)
	}
	check()
}
