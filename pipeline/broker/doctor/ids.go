package doctor

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/minyi/minyi/dict/phrase"
)

// sampled is how many of the newest messages are looked at.
const sampled = 100

// publishers looks at the newest messages for ids. The broker recognises a message that
// is published twice by the header Nats-Msg-Id alone; an id in the text does not help,
// and one message is then counted as two.
func (d *doctor) publishers(ctx context.Context) {
	const check = "ids"
	if d.stream == nil || d.stream.State.Msgs == 0 {
		return
	}
	from := max(d.stream.State.FirstSeq, d.stream.State.LastSeq-min(d.stream.State.LastSeq, sampled)+1)
	s, err := d.js.Stream(ctx, d.stream.Config.Name)
	if err != nil {
		d.failed(check, err)
		return
	}
	looked, without, again := 0, 0, 0
	seen := map[string]bool{}
	for seq := from; seq <= d.stream.State.LastSeq; seq++ {
		m, err := s.GetMsg(ctx, seq)
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			continue
		}
		if err != nil {
			d.failed(check, err)
			return
		}
		looked++
		if m.Header.Get(jetstream.MsgIDHeader) != "" {
			continue
		}
		without++
		var body struct {
			ID any `json:"id"`
		}
		if json.Unmarshal(m.Data, &body) != nil || body.ID == nil {
			continue
		}
		id, err := json.Marshal(body.ID)
		if err != nil {
			continue
		}
		if seen[string(id)] {
			again++
		}
		seen[string(id)] = true
	}
	remedy := phrase.Textf("let publishers set the header Nats-Msg-Id: the broker then stores a message once, however often it is published (docs/feeding.md)")
	switch {
	case looked == 0:
	case again > 0:
		d.addf(check, Warn, remedy, "%d of the newest %d messages repeat an id that another of them has; each is counted", again, looked)
	case without > 0:
		d.addf(check, Warn, remedy, "%d of the newest %d messages have no Nats-Msg-Id; one that is published twice is counted twice", without, looked)
	default:
		d.okf(check, "the newest %d messages have a Nats-Msg-Id", looked)
	}
}
