//go:build unix

package main

import (
	"encoding/json"
	"maps"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/minyi/minyi/pipeline/broker"
)

// withoutData are what a `minyi up` without TLS and without a limit of its account has no
// data for; deploy's tests hold their names to what is exported.
var withoutData = []string{"minyi_broker_storage_limit_bytes", "minyi_certificate_expiry_timestamp_seconds"}

// questions are the expressions of all dashboards of deploy/grafana, as Grafana asks them
// about the last half minute, each with where it stands.
func questions(t *testing.T) map[string]string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(root(t), "deploy/grafana/dashboards/*/*.json"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no dashboards: %v", err)
	}
	variables := strings.NewReplacer("$__rate_interval", "30s", "$window", "30s", "$job", "minyi", "$theme", ".*")
	all := map[string]string{}
	for _, path := range paths {
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		var d struct {
			Annotations struct {
				List []struct{ Name, Expr string }
			}
			Panels []struct {
				Title   string
				Targets []struct{ Expr string }
			}
		}
		if err := json.Unmarshal(b, &d); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		for _, a := range d.Annotations.List {
			all[variables.Replace(a.Expr)] = filepath.Base(path) + ": " + a.Name
		}
		for _, p := range d.Panels {
			for _, target := range p.Targets {
				all[variables.Replace(target.Expr)] = filepath.Base(path) + ": " + p.Title
			}
		}
	}
	return all
}

// checkDashboards: each expression of each dashboard returns a number over a running fleet
// that counts a message meanwhile. What is about alerts is left for when one fires.
func checkDashboards(t *testing.T, r *running, p prometheus) (aboutAlerts []string) {
	t.Helper()
	conn, err := broker.Connect(t.Context(), broker.Options{URL: r.nats})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := conn.JetStream().Publish(t.Context(), "suggestions.cctv", []byte(`{"text":"公交车太少"}`)); err != nil {
		t.Fatal(err)
	}
	left := questions(t)
	for expr := range left {
		switch {
		case strings.Contains(expr, "ALERTS"):
			aboutAlerts = append(aboutAlerts, expr)
			delete(left, expr)
		case slices.ContainsFunc(withoutData, func(name string) bool { return strings.Contains(expr, name) }):
			delete(left, expr)
		}
	}
	if len(left) < 40 || len(aboutAlerts) == 0 {
		t.Fatalf("%d expressions, %d about alerts", len(left), len(aboutAlerts))
	}
	defer func() {
		for expr, where := range left {
			t.Errorf("%s shows nothing: %s", where, expr)
		}
	}()
	until(t, "every panel and annotation shows something", func() bool {
		maps.DeleteFunc(left, func(expr, _ string) bool { return p.shows(t, expr) })
		return len(left) == 0
	})
	return aboutAlerts
}

// shows tells whether the expression returns a number, and not only "not a number".
func (p prometheus) shows(t *testing.T, expr string) bool {
	t.Helper()
	for _, v := range p.query(t, expr) {
		if !math.IsNaN(v) {
			return true
		}
	}
	return false
}
