package brokertest

import (
	"flag"
	"runtime"
	"strconv"
	"testing"

	"go.uber.org/goleak"
)

// Main runs the tests of a package and fails if they leave goroutines behind. It
// runs twice as many at once as there are processors, unless -parallel says
// otherwise: they wait for brokers more than they compute.
func Main(m *testing.M) {
	flag.Parse()
	given := false
	flag.Visit(func(f *flag.Flag) { given = given || f.Name == "test.parallel" })
	if !given {
		// The flag is there in every test, and takes any number above 0.
		_ = flag.Set("test.parallel", strconv.Itoa(2*runtime.GOMAXPROCS(0)))
	}
	// nats.go v1.55 begins this goroutine with the first asynchronous publication. It
	// takes its channel only once it runs: if CleanupPublisher was faster, the channel
	// is nil and the goroutine waits for ever. Nothing of ours can end it.
	goleak.VerifyTestMain(m, goleak.IgnoreTopFunction(
		"github.com/nats-io/nats.go/jetstream.(*jetStream).resetPendingAcksOnReconnect"))
}
