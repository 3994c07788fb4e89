package broker

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/minyi/minyi/pipeline/broker/internal/brokertest"
)

// At the live end a worker asks the broker little: of three workers at ten messages a
// second, each asks for the stream's state about once a message, and none makes a
// consumer to wait with for every message.
func TestWaitingCostsLittle(t *testing.T) {
	t.Parallel()
	r, w := newRig(t), brokertest.NewWords(t, 2, 2)
	for range 3 {
		_, _ = r.run(brokertest.Config(w))
	}
	r.waitFor("", r.publish(brokertest.Payloads(1, 5, 1, w)))
	var mu sync.Mutex
	asked := make(map[string]int)
	sub, err := r.conn.nc.Subscribe("$JS.API.>", func(m *nats.Msg) {
		f := strings.SplitN(m.Subject, ".", 5)
		mu.Lock()
		defer mu.Unlock()
		asked[strings.Join(f[:4], ".")+" "+map[bool]string{true: "wait", false: ""}[strings.Contains(string(m.Data), `"headers_only":true`)]]++
	})
	if err != nil {
		t.Fatal(err)
	}
	const messages = 20
	var last uint64
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for i := range messages {
		<-tick.C
		last = r.publish([][]byte{fmt.Appendf(nil, `{"text":"a%d"}`, i)})
	}
	r.waitFor("", last)
	_ = sub.Unsubscribe()
	mu.Lock()
	defer mu.Unlock()
	t.Log(asked)
	if n := asked["$JS.API.STREAM.INFO "]; n > 3*messages*2 {
		t.Errorf("the state of a stream was asked for %d times for %d messages", n, messages)
	}
	if n := asked["$JS.API.CONSUMER.CREATE wait"]; n > messages/2 {
		t.Errorf("%d consumers were made to wait for %d messages", n, messages)
	}
}
