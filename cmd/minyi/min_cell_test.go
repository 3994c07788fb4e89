package main

import (
	"encoding/csv"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// With --min-cell a number that is too small leaves the process nowhere: not on the page, in
// the API, its files and /counts.json, in the snapshots, nor in an answer of the service.
func TestMinCellEverywhere(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "a.csv")
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	w := csv.NewWriter(f)
	rows := [][]string{{"内容"}}
	for range 20 {
		rows = append(rows, []string{"小学放学太早没人接"})
	}
	if err := w.WriteAll(append(rows, []string{"医院挂号太难"}, []string{"医院排队太久"}, []string{"医院挂号难"})); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	r := startUp(t, "--min-cell", "5", file)
	nc, err := nats.Connect(r.nats)
	if err != nil {
		t.Fatal(err)
	}
	defer nc.Close()
	js, err := jetstream.New(nc)
	if err != nil {
		t.Fatal(err)
	}
	const withheld = `{"id":"livelihood/healthcare","primary":null,"any":null,"suppressed":true}`
	check := func(what, body, want string) {
		t.Helper()
		if !strings.Contains(body, want) || strings.Contains(body, `"primary":3,`) {
			t.Errorf("%s: no %s in %s", what, want, body)
		}
	}
	var body string
	until(t, "a first publication, when the process has caught up", func() bool {
		_, body = get(t, r.page+"/counts.json")
		return strings.Contains(body, "livelihood/healthcare")
	})
	check("/counts.json", body, withheld)
	_, body = get(t, r.page+"/api/v1/counts?by=subtheme")
	check("the API", body, `"suppressed":true`)
	_, body = get(t, r.page+"/api/v1/counts?by=subtheme&format=csv")
	check("a file", body, ",*")
	if code, _ := get(t, r.page+"/metrics"); code != http.StatusNotFound {
		t.Errorf("/metrics is published: %d", code)
	}
	answer, err := nc.Request("minyi.counts", nil, 10*time.Second)
	if err != nil {
		t.Fatal(err)
	}
	check("the service", string(answer.Data), withheld)
	until(t, "a snapshot that is kept", func() bool {
		s, err := js.Stream(t.Context(), "MINYI_PUBLISHED")
		if err != nil {
			return false
		}
		msg, err := s.GetLastMsgForSubject(t.Context(), "minyi.published.>")
		if err == nil {
			body = string(msg.Data)
		}
		return err == nil
	})
	check("MINYI_PUBLISHED", body, withheld)
}
