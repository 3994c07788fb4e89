package kit_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	monitoring "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring/v1"
	"helm.sh/helm/v4/pkg/chart/common"
	"helm.sh/helm/v4/pkg/chart/common/util"
	chart "helm.sh/helm/v4/pkg/chart/v2"
	"helm.sh/helm/v4/pkg/chart/v2/lint"
	"helm.sh/helm/v4/pkg/chart/v2/loader"
	"helm.sh/helm/v4/pkg/engine"
	apps "k8s.io/api/apps/v1"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	policy "k8s.io/api/policy/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	yamlutil "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"
)

const chartDir = "../helm/minyi"

// scaledObject is the part of KEDA's type that the chart uses. Its Go package draws in 200
// packages more than everything else here, so the fields are written out, as KEDA 2 has them.
type scaledObject struct {
	meta.TypeMeta   `json:",inline"`
	meta.ObjectMeta `json:"metadata"`
	Spec            struct {
		ScaleTargetRef struct {
			Name string `json:"name"`
		} `json:"scaleTargetRef"`
		MinReplicaCount *int32 `json:"minReplicaCount"`
		MaxReplicaCount *int32 `json:"maxReplicaCount"`
		Fallback        *struct {
			FailureThreshold int32 `json:"failureThreshold"`
			Replicas         int32 `json:"replicas"`
		} `json:"fallback"`
		Triggers []struct {
			Type     string            `json:"type"`
			Metadata map[string]string `json:"metadata"`
		} `json:"triggers"`
	} `json:"spec"`
}

// release is what the chart makes of one file of values, each object by its kind and name.
type release struct {
	deployments map[string]*apps.Deployment
	services    map[string]*core.Service
	accounts    map[string]*core.ServiceAccount
	budgets     map[string]*policy.PodDisruptionBudget
	policies    map[string]*networking.NetworkPolicy
	monitors    map[string]*monitoring.ServiceMonitor
	scaled      map[string]*scaledObject
}

// valuesFiles are the cases: without values, and those of ci/.
func valuesFiles(t *testing.T) map[string]map[string]any {
	t.Helper()
	files, err := filepath.Glob(chartDir + "/ci/*.yaml")
	if err != nil || len(files) < 3 {
		t.Fatalf("%d files of values in ci/: %v", len(files), err)
	}
	all := map[string]map[string]any{"default": {}}
	for _, name := range files {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		values := map[string]any{}
		if err := yaml.UnmarshalStrict(b, &values); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		all[strings.TrimSuffix(filepath.Base(name), ".yaml")] = values
	}
	return all
}

func loadChart(t *testing.T) *chart.Chart {
	t.Helper()
	c, err := loader.Load(chartDir)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// render has Helm's own engine render the chart, in strict mode, where a value that is
// missing is an error.
func render(t *testing.T, values map[string]any) (map[string]string, error) {
	t.Helper()
	c := loadChart(t)
	all, err := util.ToRenderValues(c, values, common.ReleaseOptions{Name: "minyi", Namespace: "counting", IsInstall: true}, nil)
	if err != nil {
		return nil, err
	}
	return engine.Engine{Strict: true}.Render(c, all)
}

// decoded renders the chart and decodes each object strictly: a field that Kubernetes does
// not know, or one that is given twice, is an error, where a cluster may drop it in silence.
func decoded(t *testing.T, values map[string]any) *release {
	t.Helper()
	files, err := render(t, values)
	if err != nil {
		t.Fatal(err)
	}
	r := &release{
		map[string]*apps.Deployment{},
		map[string]*core.Service{},
		map[string]*core.ServiceAccount{},
		map[string]*policy.PodDisruptionBudget{},
		map[string]*networking.NetworkPolicy{},
		map[string]*monitoring.ServiceMonitor{},
		map[string]*scaledObject{},
	}
	for name, text := range files {
		if !strings.HasSuffix(name, ".yaml") {
			continue
		}
		documents := yamlutil.NewYAMLReader(newReader(text))
		for {
			b, err := documents.Read()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			if err := r.decode(b); err != nil {
				t.Fatalf("%s: %v\n%s", name, err, b)
			}
		}
	}
	return r
}

func (r *release) decode(b []byte) error {
	var what struct {
		meta.TypeMeta `json:",inline"`
		Metadata      struct {
			Name string `json:"name"`
		} `json:"metadata"`
	}
	if err := yaml.Unmarshal(b, &what); err != nil {
		return err
	}
	name := what.Metadata.Name
	switch what.APIVersion + " " + what.Kind {
	case " ": // nothing but comments
		return nil
	case "apps/v1 Deployment":
		return strictly(b, name, r.deployments)
	case "v1 Service":
		return strictly(b, name, r.services)
	case "v1 ServiceAccount":
		return strictly(b, name, r.accounts)
	case "policy/v1 PodDisruptionBudget":
		return strictly(b, name, r.budgets)
	case "networking.k8s.io/v1 NetworkPolicy":
		return strictly(b, name, r.policies)
	case "monitoring.coreos.com/v1 ServiceMonitor":
		return strictly(b, name, r.monitors)
	case "keda.sh/v1alpha1 ScaledObject":
		return strictly(b, name, r.scaled)
	}
	return fmt.Errorf("%s %s is not known to this test", what.APIVersion, what.Kind)
}

func strictly[T any](b []byte, name string, into map[string]*T) error {
	if into[name] != nil {
		return fmt.Errorf("a second %T %s", into[name], name)
	}
	into[name] = new(T)
	return yaml.UnmarshalStrict(b, into[name])
}

// TestChartLints: Helm's linter has nothing to say but that there is no icon.
func TestChartLints(t *testing.T) {
	t.Parallel()
	for name, values := range valuesFiles(t) {
		for _, m := range lint.RunAll(chartDir, values, "counting").Messages {
			if !strings.Contains(m.Err.Error(), "icon is recommended") {
				t.Errorf("%s: %s", name, m)
			}
		}
	}
}

// TestChartRefuses: a mistake in the values is an error that names it, before anything is
// installed.
func TestChartRefuses(t *testing.T) {
	t.Parallel()
	for fault, values := range map[string]string{
		"imagee":       `{imagee: {tag: "1"}}`,
		"url":          `{nats: {url: "nats:4222"}}`,
		"nats":         `{nats: {credsSecret: a, userSecret: b}}`,
		"minCell":      `{minCell: 2}`,
		"memory":       `{worker: {resources: {limits: {memory: "512M"}}}}`,
		"listen":       `{settings: {listen: "0.0.0.0:80"}}`,
		"replicas":     `{worker: {replicas: 0}}`,
		"/minReplicas": `{autoscaling: {minReplicas: 0}}`,
	} {
		v := map[string]any{}
		if err := yaml.Unmarshal([]byte(values), &v); err != nil {
			t.Fatal(err)
		}
		if _, err := render(t, v); err == nil || !strings.Contains(err.Error(), fault) {
			t.Errorf("%s: %v; an error that names %s is expected", values, err, fault)
		}
	}
}

// TestChartObjects: what selects something selects what is there, ports are those of
// containers, and pods pass the strictest of Kubernetes's standards for pods, restricted.
func TestChartObjects(t *testing.T) {
	t.Parallel()
	for name, values := range valuesFiles(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := decoded(t, values)
			if len(r.deployments) == 0 {
				t.Fatal("no deployment")
			}
			for _, d := range r.deployments {
				checkPod(t, r, d)
			}
			for _, b := range r.budgets {
				r.selected(t, b.Name, b.Spec.Selector.MatchLabels)
			}
			for _, s := range r.services {
				for _, d := range r.selected(t, s.Name, s.Spec.Selector) {
					for _, p := range s.Spec.Ports {
						portOf(t, d, p.TargetPort.StrVal)
					}
				}
			}
			for _, p := range r.policies {
				r.checkPolicy(t, p)
			}
			for _, m := range r.monitors {
				r.checkMonitor(t, m)
			}
			for _, s := range r.scaled {
				r.checkScaled(t, s)
			}
		})
	}
}

// selected returns the deployments whose pods have the labels; none is a fault.
func (r *release) selected(t *testing.T, who string, labels map[string]string) (found []*apps.Deployment) {
	t.Helper()
	for _, d := range r.deployments {
		if contains(d.Spec.Template.Labels, labels) {
			found = append(found, d)
		}
	}
	if len(found) == 0 || len(labels) == 0 {
		t.Errorf("%s: %v selects nothing", who, labels)
	}
	return found
}

func contains(all, some map[string]string) bool {
	for k, v := range some {
		if all[k] != v {
			return false
		}
	}
	return true
}

// portOf returns the number of a port of minyi's container.
func portOf(t *testing.T, d *apps.Deployment, name string) int32 {
	t.Helper()
	for _, p := range d.Spec.Template.Spec.Containers[0].Ports {
		if p.Name == name {
			return p.ContainerPort
		}
	}
	t.Errorf("%s: no port is called %q", d.Name, name)
	return 0
}

func checkPod(t *testing.T, r *release, d *apps.Deployment) {
	t.Helper()
	pod := d.Spec.Template.Spec
	c := pod.Containers[0]
	s, p := c.SecurityContext, pod.SecurityContext
	if !*s.ReadOnlyRootFilesystem || !*s.RunAsNonRoot || *s.AllowPrivilegeEscalation || !slices.Equal(s.Capabilities.Drop, []core.Capability{"ALL"}) ||
		!*p.RunAsNonRoot || p.SeccompProfile.Type != core.SeccompProfileTypeRuntimeDefault || pod.HostNetwork || p.RunAsUser != nil {
		t.Errorf("%s: not restricted: %+v, %+v", d.Name, s, p)
	}
	if *pod.AutomountServiceAccountToken || *pod.EnableServiceLinks || *pod.TerminationGracePeriodSeconds < 30 {
		t.Errorf("%s: token, links or too little time to drain", d.Name)
	}
	if r.accounts[pod.ServiceAccountName] == nil {
		t.Errorf("%s: no service account %s", d.Name, pod.ServiceAccountName)
	}
	if !contains(d.Spec.Template.Labels, d.Spec.Selector.MatchLabels) {
		t.Errorf("%s does not select its own pods", d.Name)
	}
	// A worker waits a minute for its broker, and answers no probe until then.
	if u := c.StartupProbe; u.PeriodSeconds*u.FailureThreshold < 90 {
		t.Errorf("%s: %d s to start", d.Name, u.PeriodSeconds*u.FailureThreshold)
	}
	if fault := namesHost(c.Image); fault != "" {
		t.Errorf("%s: %s", d.Name, fault)
	}
	limit := c.Resources.Limits.Memory().Value()
	for _, e := range c.Env {
		var mib int64
		if n, _ := fmt.Sscanf(e.Value, "%dMiB", &mib); e.Name == "GOMEMLIMIT" && (n != 1 || mib<<20 > limit*91/100 || mib<<20 < limit*89/100) {
			t.Errorf("%s: GOMEMLIMIT %s of %d bytes", d.Name, e.Value, limit)
		}
	}
	volumes := map[string]bool{}
	for _, v := range pod.Volumes {
		volumes[v.Name] = true
	}
	for _, m := range c.VolumeMounts {
		if !volumes[m.Name] || !m.ReadOnly || !strings.Contains(strings.Join(c.Args, " "), m.MountPath) {
			t.Errorf("%s: %s at %s is no volume, can be written, or no flag names it", d.Name, m.Name, m.MountPath)
		}
	}
}

func (r *release) checkPolicy(t *testing.T, p *networking.NetworkPolicy) {
	t.Helper()
	for _, d := range r.selected(t, p.Name, p.Spec.PodSelector.MatchLabels) {
		for _, rule := range p.Spec.Ingress {
			if len(rule.From) == 0 {
				t.Errorf("%s: everybody may come", p.Name)
			}
			for _, port := range rule.Ports {
				portOf(t, d, port.Port.StrVal)
			}
		}
	}
	if slices.Contains(p.Spec.PolicyTypes, networking.PolicyTypeEgress) {
		open := map[int32]bool{}
		for _, rule := range p.Spec.Egress {
			for _, port := range rule.Ports {
				open[port.Port.IntVal] = true
			}
		}
		if !maps.Equal(open, map[int32]bool{53: true, 4222: true}) {
			t.Errorf("%s: egress to %v", p.Name, open)
		}
	}
}

func (r *release) checkMonitor(t *testing.T, m *monitoring.ServiceMonitor) {
	t.Helper()
	found := false
	for _, s := range r.services {
		if !contains(s.Labels, m.Spec.Selector.MatchLabels) {
			continue
		}
		found = true
		if m.Spec.JobLabel != "" || !strings.Contains(s.Name, "minyi") { // then the job is called as the service
			t.Errorf("%s: the job is %q or %s; the rules watch minyi", m.Name, s.Labels[m.Spec.JobLabel], s.Name)
		}
		if !slices.ContainsFunc(s.Spec.Ports, func(p core.ServicePort) bool { return p.Name == m.Spec.Endpoints[0].Port }) {
			t.Errorf("%s: %s has no port %s", m.Name, s.Name, m.Spec.Endpoints[0].Port)
		}
	}
	if !found {
		t.Errorf("%s selects no service", m.Name)
	}
}

func (r *release) checkScaled(t *testing.T, s *scaledObject) {
	t.Helper()
	d := r.deployments[s.Spec.ScaleTargetRef.Name]
	if d == nil || d.Spec.Replicas != nil {
		t.Errorf("%s scales %s, which is not there or has replicas of its own", s.Name, s.Spec.ScaleTargetRef.Name)
	}
	if *s.Spec.MinReplicaCount < 1 || *s.Spec.MaxReplicaCount < *s.Spec.MinReplicaCount {
		t.Errorf("%s: from %d to %d", s.Name, *s.Spec.MinReplicaCount, *s.Spec.MaxReplicaCount)
	}
	trigger := s.Spec.Triggers[0]
	for _, key := range []string{"serverAddress", "query", "threshold"} {
		if trigger.Type != "prometheus" || trigger.Metadata[key] == "" {
			t.Errorf("%s: trigger %s without %s", s.Name, trigger.Type, key)
		}
	}
	page, err := os.ReadFile("../../docs/metrics.md")
	if err != nil {
		t.Fatal(err)
	}
	metric, _, _ := strings.Cut(strings.TrimPrefix(trigger.Metadata["query"], "max("), "{")
	if !strings.Contains(trigger.Metadata["query"], `job="minyi-metrics", namespace="counting"`) {
		t.Errorf("%s: %s: not the job of this release", s.Name, trigger.Metadata["query"])
	}
	if !bytes.Contains(page, []byte("| `"+metric+"` | gauge |")) {
		t.Errorf("%s: %s: no process exports %q", s.Name, trigger.Metadata["query"], metric)
	}
}
