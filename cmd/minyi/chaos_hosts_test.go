//go:build linux

package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/minyi/minyi/pipeline"
)

// site is a fleet on several hosts: a cluster of three brokers, three workers, a sender, and
// a process that shows the page and counts too. Each is alone on its host.
type site struct {
	*trial
	net   *ethernet
	here  *host   // where this process looks from
	hosts []*host // of the workers
	page  *host
	shown *pageReader
}

// pagePort is where the page is shown on its host.
const pagePort = 8080

// onHosts starts everything of a site. Where the machine does not allow namespaces or devices
// the row is left out, and says why.
func (r *trial) onHosts() *site {
	r.t.Helper()
	s := &site{trial: r, net: newEthernet(r.t, rand.New(rand.NewPCG(r.seed, 2)))}
	number := byte(0)
	add := func(name string) *host {
		number++
		h, err := newHost(r.t, s.net, name, number)
		if err != nil {
			r.notRun("no network namespaces on this machine (root and /dev/net/tun are needed): %v", err)
		}
		return h
	}
	s.here = add("here")
	brokers := []*host{add("n0"), add("n1"), add("n2")}
	s.hosts = []*host{add("w0"), add("w1"), add("w2")}
	r.home, s.page = add("sender"), add("page")
	r.making = []string{"--replicas", "3"}

	r.servers = newServersOn(r.t, r.lab, brokers, "")
	r.url = urls(r.servers)
	var relays []string
	for _, server := range r.servers {
		relays = append(relays, newProxyOf(r.t, s.here, server.host.address(server.port)).url())
	}
	r.seenAt = strings.Join(relays, ",")
	r.observe()
	r.replicate()
	for _, h := range s.hosts {
		r.tally = r.tallyOf(r.workOn(h))
	}
	r.tallyOf(r.workOn(s.page, "--listen", s.page.address(pagePort), "--insecure"))
	s.shown = s.readPage()
	return s
}

// hostsParted cuts the network in two in each round: one broker, and workers, sender and page
// as it is drawn, on one side. The side with two brokers counts all that it has, and the
// other one goes on when they are one again.
func hostsParted(r *trial) {
	s := r.onHosts()
	for i, file := range r.files {
		sent := r.begin(i, file)
		few := r.servers[r.rnd.IntN(3)]
		if i%2 == 0 { // the one that hurts
			few = r.leader(replicated[i/2%4])
		}
		alone := []*host{few.host}
		for _, h := range append(s.hosts[1:3:3], r.home, s.page) { // the first stays with the many
			if r.rnd.IntN(3) == 0 {
				alone = append(alone, h)
			}
		}
		s.part(alone...)
		r.faults++
		s.countedWithout(few)
		s.part()
		sent()
		r.replicasCaughtUp()
	}
	s.shown.end()
	r.finish()
}

// hostsFarAway has frames take up to 40 ms from host to host and loses up to one in a
// hundred, another way in each round, while workers are killed.
func hostsFarAway(r *trial) {
	s := r.onHosts()
	for i, file := range r.files {
		s.net.change(func() {
			s.net.weather = weather{
				delay: time.Duration(1+r.rnd.IntN(20)) * time.Millisecond, jitter: time.Duration(1+r.rnd.IntN(20)) * time.Millisecond,
				loss: 0.01 * r.rnd.Float64(),
			}
		})
		sent := r.begin(i, file)
		w := s.pickWorker()
		r.killWorker(w)
		s.workAgain(w.host)
		sent()
	}
	s.shown.end()
	r.finish()
	r.note = "up to 40 ms and 1 % loss"
}

// hostsDie has a host die in each round, so that nobody gets a word of it: a broker's, a
// worker's or the sender's. Those that are left count all that they have, who was connected
// to a dead broker finds another one, and the host comes back.
func hostsDie(r *trial) {
	s := r.onHosts()
	for i, file := range r.files {
		sent := r.begin(i, file)
		switch i % 3 {
		case 0:
			few := r.leader(replicated[i/3%4])
			s.plug(few.host, false)
			few.kill()
			r.faults++
			s.countedWithout(few)
			s.allReady()
			s.plug(few.host, true)
			few.start(r.t)
		case 1:
			w := s.pickWorker()
			s.plug(w.host, false)
			r.killWorker(w)
			s.countedWithout(nil)
			s.plug(w.host, true)
			s.workAgain(w.host)
		case 2:
			s.plug(r.home, false)
			r.sendings[len(r.sendings)-1].p.kill()
			r.faults++
			s.countedWithout(nil)
			s.plug(r.home, true)
		}
		sent()
		r.replicasCaughtUp()
	}
	s.shown.end()
	r.finish()
}

// pickWorker draws a worker, but not that of the page, which is the last.
func (s *site) pickWorker() *worker { return s.workers[s.rnd.IntN(len(s.workers)-1)] }

// workAgain starts a worker on a host.
func (s *site) workAgain(h *host) {
	s.workOn(h)
	last := len(s.workers) - 1
	s.workers[last-1], s.workers[last] = s.workers[last], s.workers[last-1]
}

// part puts the hosts into a network of their own; all others are in the other one.
func (s *site) part(alone ...*host) {
	s.net.change(func() {
		for _, p := range s.net.ports {
			p.segment = 0
		}
		for _, h := range alone {
			h.port.segment = 1
		}
	})
}

// plug puts the cable of a host in or out.
func (s *site) plug(h *host, in bool) {
	s.net.change(func() { h.port.unplugged = !in })
}

// countedWithout waits until all that is stored is counted, and another server than few
// leads each of the streams.
func (s *site) countedWithout(few *natsServer) {
	s.t.Helper()
	s.until("the others have counted all that is stored", func(ctx context.Context) bool {
		for _, stream := range replicated {
			name, _ := s.streamLeader(ctx, stream)
			if name == "" || few != nil && name == few.name {
				return false
			}
		}
		last := s.last(ctx)
		return last > 0 && s.frontier(ctx, s.tally) == last
	})
}

// allReady waits until every worker is connected to a server that answers. One whose server is
// gone without a word notices that only by its own pings.
func (s *site) allReady() {
	s.t.Helper()
	for _, w := range s.workers {
		page := s.pageOf(w)
		s.until(w.host.name+" is ready", func(context.Context) bool {
			code, _, err := s.askOn(w.host, page+"/readyz")
			return err == nil && code == http.StatusOK
		})
	}
}

// pageReader reads the counts of the page all the time.
type pageReader struct {
	site *site
	stop func() int

	mu    sync.Mutex
	last  pipeline.Snapshot
	wrong string
}

func (s *site) readPage() *pageReader {
	p := &pageReader{site: s}
	p.stop = s.disturb(func(*rand.Rand) error { return p.read() })
	return p
}

// read reads them once. Outcomes add up, and no message is counted that was not before.
func (p *pageReader) read() error {
	ctx, cancel := context.WithTimeout(context.Background(), 3*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+p.site.page.address(pagePort)+"/counts.json", nil)
	if err != nil {
		return err
	}
	resp, err := p.site.here.client().Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	var now pipeline.Snapshot
	if err := json.NewDecoder(resp.Body).Decode(&now); err != nil || now.Tally == "" {
		return fmt.Errorf("no counts: %w", err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if now.Frontier < p.last.Frontier || now.Stored != now.Tagged+now.Untagged+now.Rejected+now.Missing {
		p.wrong = fmt.Sprintf("the page shows %+v after %+v", now, p.last)
	}
	p.last = now
	return nil
}

// end waits until the page shows all messages, and fails unless it was right whenever it was
// read.
func (p *pageReader) end() {
	r := p.site.trial
	r.t.Helper()
	n := uint64(len(r.lines))
	r.until("the page shows all messages", func(context.Context) bool {
		p.mu.Lock()
		defer p.mu.Unlock()
		return r.looks.saw("the page", p.last.Frontier, nil) == n
	})
	p.stop()
	if p.wrong != "" {
		r.t.Error(p.wrong)
	}
}
