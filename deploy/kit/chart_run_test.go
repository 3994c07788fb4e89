package kit_test

import (
	"bufio"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	core "k8s.io/api/core/v1"

	"github.com/minyi/minyi/deploy/kit/internal/real"
)

func newReader(text string) *bufio.Reader { return bufio.NewReader(strings.NewReader(text)) }

// TestChartFlags: the real program knows each flag that the chart gives it, and takes its value.
func TestChartFlags(t *testing.T) {
	t.Parallel()
	for name, values := range valuesFiles(t) {
		for _, d := range decoded(t, values).deployments {
			args := d.Spec.Template.Spec.Containers[0].Args
			// Flags are parsed before help is given.
			out, err := real.Command(t, nil, minyi(t), append(slices.Clone(args), "--help")...).CombinedOutput()
			if err != nil {
				t.Errorf("%s: %s: minyi %v: %v\n%s", name, d.Name, args, err, out)
			}
		}
	}
}

// TestChartRuns: minyi with the arguments and the environment of a pod, and a broker, answers
// each probe, has its metrics where the service for Prometheus looks for them, and drains.
func TestChartRuns(t *testing.T) {
	t.Parallel()
	broker, err := server.NewServer(&server.Options{Host: "127.0.0.1", Port: server.RANDOM_PORT, JetStream: true, StoreDir: t.TempDir(), NoSigs: true, NoLog: true})
	if err != nil {
		t.Fatal(err)
	}
	broker.Start()
	t.Cleanup(func() { broker.Shutdown(); broker.WaitForShutdown() })
	files := valuesFiles(t)
	for i, name := range []string{"default", "small-numbers"} {
		r := decoded(t, files[name])
		d := r.deployments["minyi-page"]
		c := d.Spec.Template.Spec.Containers[0]
		at := map[int32]string{} // where each port of the container is on this machine
		args := slices.Clone(c.Args)
		for _, p := range c.Ports {
			at[p.ContainerPort] = fmt.Sprintf("127.0.0.1:%d", freePort(t))
			inPod := fmt.Sprintf("0.0.0.0:%d", p.ContainerPort)
			if !strings.Contains(strings.Join(args, " "), inPod) {
				t.Errorf("%s: nobody listens on %s", name, inPod)
			}
			for j := range args {
				args[j] = strings.Replace(args[j], inPod, at[p.ContainerPort], 1)
			}
		}
		args = append(args, "--server="+broker.ClientURL(), "--replicas=1", fmt.Sprintf("--prefix=p%d", i))
		worker := real.Start(t, real.Command(t, variables(c), minyi(t), args...))
		for _, probe := range []*core.Probe{c.StartupProbe, c.LivenessProbe, c.ReadinessProbe} {
			real.Answers(t, "http://"+at[portOf(t, d, probe.HTTPGet.Port.StrVal)]+probe.HTTPGet.Path)
		}
		metrics := r.services["minyi-metrics"].Spec.Ports[0]
		if portOf(t, d, metrics.TargetPort.StrVal) != metrics.Port {
			t.Errorf("%s: a service without an address has the ports of its pods: %d", name, metrics.Port)
		}
		if !strings.Contains(real.Answers(t, "http://"+at[metrics.Port]+"/metrics"), "minyi_lag_messages") {
			t.Errorf("%s: no metrics on %s", name, metrics.TargetPort.StrVal)
		}
		real.Answers(t, "http://"+at[portOf(t, d, "http")]+"/")
		if grace := time.Duration(*d.Spec.Template.Spec.TerminationGracePeriodSeconds) * time.Second; grace > time.Minute {
			t.Errorf("%s: %s to drain", name, grace)
		}
		worker.Drain(t)
	}
}

// variables are those of a container that have a value in the chart.
func variables(c core.Container) (env []string) {
	for _, e := range c.Env {
		if e.ValueFrom == nil {
			env = append(env, e.Name+"="+e.Value)
		}
	}
	return env
}
