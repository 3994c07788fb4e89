//go:build linux

package main

import (
	"math/rand/v2"
	"os"
	"sync"
	"testing"
	"time"
)

// ethernet is the switch between the hosts of a trial. It passes frames from one host's
// network device to another's in this process, so that delay, loss and partitions need
// nothing of the kernel but the devices, and loss is drawn from the seed of the trial.
// Safe for concurrent use.
type ethernet struct {
	ended sync.WaitGroup

	mu      sync.Mutex
	rnd     *rand.Rand
	weather weather
	ports   []*port
	at      map[[6]byte]*port // by the address of the host's device
}

// weather is how all frames fare.
type weather struct {
	delay, jitter time.Duration // from one host to another: delay, and up to so much more
	loss          float64       // share of frames that are lost
}

// port is one host's cable. The fields are guarded by the mutex of the switch.
type port struct {
	device    *os.File // a frame a read and a write
	segment   int      // only ports of one segment hear each other
	unplugged bool
	last      time.Time  // when the frame arrives that was sent last
	queue     chan frame // frames on their way to the host
}

// frame is an Ethernet frame on its way.
type frame struct {
	data []byte
	due  time.Time
}

// queued is how many frames are on their way to a host at most; more are lost, as a real
// switch loses what it has no room for.
const queued = 10_000

func newEthernet(t *testing.T, rnd *rand.Rand) *ethernet {
	e := &ethernet{rnd: rnd, at: map[[6]byte]*port{}}
	t.Cleanup(func() {
		e.mu.Lock()
		ports := e.ports
		e.mu.Unlock()
		for _, p := range ports {
			_ = p.device.Close() // ends both goroutines of the port
		}
		e.ended.Wait()
	})
	return e
}

// plug connects a device to the switch, which then owns it.
func (e *ethernet) plug(device *os.File) *port {
	p := &port{device: device, queue: make(chan frame, queued)}
	e.mu.Lock()
	e.ports = append(e.ports, p)
	e.mu.Unlock()
	e.ended.Go(func() { e.listen(p) })
	e.ended.Go(p.deliver)
	return p
}

// listen passes on what a host sends until its device is closed.
func (e *ethernet) listen(p *port) {
	defer close(p.queue)
	buf := make([]byte, 1<<16)
	for {
		n, err := p.device.Read(buf)
		if err != nil {
			e.mu.Lock()
			p.unplugged = true // nobody sends into the closed queue
			e.mu.Unlock()
			return
		}
		if n >= 14 {
			e.pass(p, buf[:n])
		}
	}
}

// pass decides who gets a frame, and when.
func (e *ethernet) pass(from *port, data []byte) {
	e.mu.Lock()
	defer e.mu.Unlock()
	e.at[[6]byte(data[6:12])] = from
	to, known := e.at[[6]byte(data[:6])]
	known = known && data[0]&1 == 0 // else it is for all
	now := time.Now()
	for _, p := range e.ports {
		if p == from || known && p != to || p.unplugged || from.unplugged || p.segment != from.segment || e.rnd.Float64() < e.weather.loss {
			continue
		}
		due := now.Add(e.weather.delay)
		if e.weather.jitter > 0 {
			due = due.Add(time.Duration(e.rnd.Int64N(int64(e.weather.jitter))))
		}
		if due.Before(p.last) { // a cable does not change the order
			due = p.last
		}
		select {
		case p.queue <- frame{append([]byte(nil), data...), due}:
			p.last = due
		default:
		}
	}
}

// deliver hands a host its frames when they are due.
func (p *port) deliver() {
	for f := range p.queue {
		if wait := time.Until(f.due); wait > 0 {
			<-time.After(wait)
		}
		_, _ = p.device.Write(f.data) // a frame that is refused is lost
	}
}

// change changes ports or weather.
func (e *ethernet) change(f func()) {
	e.mu.Lock()
	defer e.mu.Unlock()
	f()
}
