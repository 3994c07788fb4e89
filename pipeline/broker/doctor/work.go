package doctor

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/internal/textfmt"
	"github.com/minyi/minyi/pipeline"
	"github.com/minyi/minyi/pipeline/broker"
	"github.com/minyi/minyi/pipeline/broker/internal/wire"
)

// tasks looks at the durable consumers that hand out ranges.
func (d *doctor) tasks(ctx context.Context) {
	const check = "tasks"
	s, err := d.js.Stream(ctx, d.c.Names().Tasks)
	if err != nil {
		return // the check of the ledger's streams reports it
	}
	var found []phrase.Text
	worst, remedy := OK, phrase.Text{}
	note := func(v Verdict, r phrase.Text) {
		if v == Fail || worst == OK {
			worst, remedy = v, r
		}
	}
	tasks := d.c.Names().Tasks
	list := s.ListConsumers(ctx)
	for c := range list.Info() {
		if !strings.HasPrefix(c.Name, "minyi-") {
			note(Warn, phrase.Textf("find out who reads minyi's tasks; nats consumer rm %s %s", tasks, c.Name))
		}
		paused := phrase.Text{}
		switch {
		case c.Paused:
			paused = phrase.Textf(", paused for %s more", c.PauseRemaining.Round(time.Second))
			note(Fail, phrase.Textf("nats consumer resume %s %s: nobody is handed a range until then", tasks, c.Name))
		case c.Config.InactiveThreshold > 0:
			note(Warn, phrase.Textf("nats stream edit %s without consumer limits, then nats consumer rm %s %s: the server removes it when no worker runs for %s, and ranges are handed out again",
				tasks, tasks, c.Name, c.Config.InactiveThreshold))
		case c.Config.AckPolicy != jetstream.AckExplicitPolicy || c.Config.MaxDeliver > 0:
			note(Fail, phrase.Textf("nats consumer rm %s %s, and start a worker: it makes it anew", tasks, c.Name))
		case c.NumRedelivered > 0:
			note(Warn, phrase.Textf("ranges are handed out again when a worker is slow or died; look at the workers if it lasts"))
		}
		found = append(found, phrase.Textf("%s: %d to hand out, %d in hand, %d handed out again%s%s", c.Name, c.NumPending, c.NumAckPending, c.NumRedelivered, d.stuck(ctx, c), paused))
	}
	if err := list.Err(); err != nil {
		d.failed(check, err)
		return
	}
	if len(found) == 0 {
		found = []phrase.Text{phrase.Textf("no consumer hands out ranges")}
		note(Warn, phrase.Textf("start a worker: minyi work"))
	}
	d.addf(check, worst, remedy, "%s", phrase.Several(found...))
}

// stuck names the range that the counts wait for, if it was handed out more than once.
func (d *doctor) stuck(ctx context.Context, c *jetstream.ConsumerInfo) phrase.Text {
	if c.NumRedelivered == 0 || c.NumAckPending == 0 {
		return phrase.Text{}
	}
	subject := d.c.Names().TasksSubject + "." + strings.TrimPrefix(c.Name, "minyi-")
	m, ok, err := wire.FromLeader(ctx, d.js, d.c.Names().Tasks, wire.Query{Seq: c.AckFloor.Stream + 1, Next: subject})
	var r pipeline.Range
	if err != nil || !ok || json.Unmarshal(m.Data, &r) != nil {
		return phrase.Text{}
	}
	return phrase.Textf("; range %s waits since %s", r, m.Time.UTC().Format(time.RFC3339))
}

// tally looks at the current tally and at how far it is.
func (d *doctor) tally(ctx context.Context) {
	const check = "tally"
	id, err := d.c.Counts().Current(ctx)
	if errors.Is(err, broker.ErrNoTally) {
		d.addf(check, Warn, phrase.Textf("start a worker: minyi work; the first tally becomes current by itself"), "none is current; nothing was counted yet")
		return
	}
	if err != nil {
		d.failed(check, err)
		return
	}
	about, err := d.c.Counts().TallyInfo(ctx, id)
	if err != nil {
		d.failed(check, err)
		return
	}
	if s := d.stream; s != nil && about.Spec.Stream == s.Config.Name {
		if !about.Spec.IsOf(pipeline.StreamInfo{Name: s.Config.Name, Created: s.Created}) {
			d.addf(check, Fail, phrase.Textf("start a worker with --promote: it counts the stream that is there now"),
				"%s is of a stream created at %s, and %s was created at %s", id, about.Spec.Created.Format(time.RFC3339), s.Config.Name, s.Created.UTC().Format(time.RFC3339))
			return
		}
		if anew, err := d.c.MadeAnew(ctx, about.Spec); err == nil && anew {
			d.addf(check, Fail, phrase.Textf("start a worker: it counts the stream that is there now, and readers are shown that"),
				"%s is of another stream: %s was made anew, and holds other messages than those that were counted", id, s.Config.Name)
			return
		}
		if d.counting && s.State.LastSeq < d.frontier {
			d.addf(check, Fail, lossRemedy, "%s is counted up to %d, and the stream ends at %d: the broker lost acknowledged messages", id, d.frontier, s.State.LastSeq)
			return
		}
		if at, used := d.markUsedAgain(ctx); used {
			d.addf(check, Fail, lossRemedy, "message %d was stored at %s, and counted was one stored at %s: the broker lost acknowledged messages, and used their sequences for others",
				d.mark.Seq, at.UTC().Format(time.RFC3339Nano), d.mark.Stored.UTC().Format(time.RFC3339Nano))
			return
		}
	}
	if _, version := d.c.Server(); about.Spec.Generation == "" && movesCreation(version) {
		d.addf(check, Warn, phrase.Textf("upgrade nats-server, or publish the dictionary again (minyi dict publish) and promote that: a new tally is of version 2, which knows its stream by what it holds"),
			"%s is of version 1 and knows its stream by its creation time, which nats-server %s changes: it would be counted anew as another tally", id, version)
		return
	}
	d.okf(check, "%s is current, dictionary %s, counted up to %d, %d to go", id, about.Spec.Dict, d.frontier, d.lag())
}

// cells looks whether there are more days or sources than somebody can have meant.
func (d *doctor) cells(ctx context.Context) {
	const check = "cells"
	bucket, err := d.js.Stream(ctx, d.c.Names().BucketStream)
	if err != nil || !d.counting || bucket.CachedInfo().State.Msgs <= pipeline.ManyGroups {
		return // another check reports it, or there cannot be many
	}
	c, err := d.c.Counts().Snapshot(ctx, "")
	if err != nil {
		d.failed(check, err)
		return
	}
	found := phrase.Textf("%s counts of %s days and %s sources", textfmt.Count(c.Totals.Len()), textfmt.Count(c.Totals.Days()), textfmt.Count(c.Totals.Sources()))
	if max(c.Totals.Days(), c.Totals.Sources()) > pipeline.ManyGroups {
		d.addf(check, Warn, phrase.Textf("each is counted on its own, and takes memory and time everywhere; look which field the source and the time are taken from (--source-field, --time-field): minyi counts --by source; or bound them with --cell-sources and --cell-days"), "%s", found)
		return
	}
	d.okf(check, "%s", found)
}

// lossRemedy is what to do when the broker lost what it had acknowledged.
var lossRemedy = phrase.Textf("stop all workers, send all files again (minyi send knows what is missing), and count again, as in docs/operators.md")

// markUsedAgain reports whether the stream holds another message than the last
// one that was counted at its sequence, and when that was stored.
func (d *doctor) markUsedAgain(ctx context.Context) (at time.Time, used bool) {
	if d.mark == nil {
		return at, false
	}
	m, ok, err := wire.FromLeader(ctx, d.js, d.stream.Config.Name, wire.Query{Seq: d.mark.Seq})
	return m.Time, err == nil && ok && !m.Time.Equal(d.mark.Stored)
}

// workers asks who is there.
func (d *doctor) workers(ctx context.Context) {
	const check = "workers"
	versions := make(map[string]int)
	n := 0
	var refused pipeline.Refusals
	d.gather(ctx, "$SRV.STATS.minyi", func(m *nats.Msg) {
		var stats struct {
			Version   string `json:"version"`
			Endpoints []struct {
				Subject string          `json:"subject"`
				Data    pipeline.Status `json:"data"`
			} `json:"endpoints"`
		}
		if json.Unmarshal(m.Data, &stats) != nil {
			return
		}
		for _, e := range stats.Endpoints {
			if r := e.Data.Refused; r != nil && strings.HasPrefix(e.Subject, d.c.Names().Service+".status.") {
				refused.Tasks, refused.Deltas = refused.Tasks+r.Tasks, refused.Deltas+r.Deltas
				if r.At.After(refused.At) {
					refused.At, refused.Last = r.At, r.Last
				}
			}
			// Those with another prefix count other streams.
			if e.Subject == d.c.Names().Service+".counts" {
				n++
				versions[stats.Version]++
			}
		}
	})
	d.dropped(refused)
	if denied := d.denial(); denied != nil {
		d.failed(check, denied)
		return
	}
	if n == 0 {
		v, remedy := Warn, phrase.Textf("start one: minyi work")
		if d.lag() > 0 && d.counting {
			v, remedy = Fail, phrase.Textf("start one: minyi work; messages arrive and nobody counts them")
		}
		d.addf(check, v, remedy, "none answers; %d messages are to be counted", d.lag())
		return
	}
	status := phrase.Text{}
	if m, err := d.js.Conn().RequestWithContext(ctx, d.c.Names().Service+".status", nil); err == nil {
		var s pipeline.Status
		if json.Unmarshal(m.Data, &s) == nil && s.Tally != "" {
			status = phrase.Textf("; one of them counts %s, %d behind", s.Tally, s.Lag)
		}
	}
	if current := d.uncounted(ctx); current != "" {
		d.addf(check, Fail, phrase.Textf("start a worker with the dictionary of %s, or have readers shown the tally that is counted: minyi tally list, minyi tally promote TALLY", current),
			"%d answer, and none of them counts %s, which is current and %d behind: nobody counts it%s", n, current, d.lag(), status)
		return
	}
	if len(versions) > 1 {
		d.addf(check, Warn, phrase.Textf("run the same version everywhere"), "%d answer, in %d versions%s", n, len(versions), status)
		return
	}
	d.okf(check, "%d answer%s", n, status)
}

// dropped says what workers have dropped; several may have dropped the same delta.
func (d *doctor) dropped(r pipeline.Refusals) {
	if r.At.IsZero() {
		return
	}
	d.addf("forged", Warn, phrase.Textf("an older release of a worker writes such ones while a fleet is upgraded, and that ends with it; else find out who may publish to %s.> and %s.>: deploy/nats/authorization.conf has the rights of each role",
		d.c.Names().TasksSubject, d.c.Names().DeltasSubject),
		"%d times a task and %d times a delta was dropped that no worker of its tally wrote, and its range worked again; the last at %s: %s",
		r.Tasks, r.Deltas, r.At.Format(time.RFC3339), r.Last)
}

// uncounted returns the current tally if it is behind and no worker counts it, else "".
// It asks for whoever serves that tally, and believes only that nobody listens: a user
// who may not ask gets no answer either.
func (d *doctor) uncounted(ctx context.Context) string {
	if !d.counting || d.lag() == 0 {
		return ""
	}
	current, err := d.c.Counts().Current(ctx)
	if err != nil {
		return ""
	}
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	_, err = d.quiet.JetStream().Conn().RequestWithContext(ctx, d.c.Names().Service+".status."+current, nil)
	if errors.Is(err, nats.ErrNoResponders) {
		return current
	}
	return ""
}
