package backup

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/pipeline"
	"github.com/minyi/minyi/pipeline/broker"
	"github.com/minyi/minyi/pipeline/broker/internal/wire"
)

// restoreWithin is how long the server may take to restore a stream that it has
// received.
const restoreWithin = time.Hour

// Restore makes the streams of a backup on a broker, and touches nothing if one of them
// is there: the error wraps [ErrInTheWay]. replicas is how many the streams get; 0: as
// many as they had. No worker may run meanwhile: it would make the streams that it
// misses.
func Restore(ctx context.Context, c *broker.Conn, dir string, replicas int, told Progress) (Manifest, error) {
	m, err := Read(dir)
	if err != nil {
		return m, err
	}
	for _, s := range m.Streams {
		switch there, err := c.JetStream().Stream(ctx, s.Name); {
		case err == nil:
			return m, inTheWay(s.Name, there.CachedInfo().State.Msgs)
		case !errors.Is(err, jetstream.ErrStreamNotFound):
			return m, err
		}
	}
	for i, s := range m.Streams {
		if err := restoreStream(ctx, wire.Of(c.JetStream(), s.Name), dir, s, replicas, told); err != nil {
			return m, phrase.Errorf("restore %s: %w; %d streams before it are restored: remove them before you try again", s.Name, err, i)
		}
		told.done(s)
	}
	return m, nil
}

// inTheWay says what is there and what to do. Nobody is told to remove what may be counted:
// a stream with messages may be the only copy of them, and a worker that runs would make an
// empty one again at once.
func inTheWay(stream string, messages uint64) error {
	if messages > 0 {
		return phrase.Errorf("%w: %s has %d messages, which a restore does not touch; restore to a broker that has none of minyi's streams", ErrInTheWay, stream, messages)
	}
	return phrase.Errorf("%w: %s, which is empty: minyi work or minyi up has made it; restore to a nats-server on which neither runs (a minyi up cannot be restored to), and start the workers afterwards", ErrInTheWay, stream)
}

func restoreStream(ctx context.Context, js jetstream.JetStream, dir string, s Stream, replicas int, told Progress) error {
	meta, err := readConfig(filepath.Join(dir, s.Name, configFile), replicas)
	if err != nil {
		return err
	}
	var to struct {
		Subject string `json:"deliver_subject"`
	}
	if err := ask(ctx, js, "STREAM.RESTORE."+s.Name, meta, &to); err != nil {
		return err
	}
	f, err := os.Open(filepath.Join(dir, s.Archive))
	if err != nil {
		return err
	}
	defer f.Close() // only read from
	chunk := make([]byte, min(64<<10, js.Conn().MaxPayload()))
	for sent := int64(0); ; {
		n, err := f.Read(chunk)
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		if err := send(ctx, js, to.Subject, chunk[:n]); err != nil {
			return err
		}
		sent += int64(n)
		told.moved(s.Name, sent, s.Bytes)
	}
	within, cancel := context.WithTimeout(ctx, restoreWithin)
	defer cancel()
	last, err := js.Conn().RequestWithContext(within, to.Subject, nil)
	if err != nil {
		return err
	}
	var info struct {
		State jetstream.StreamState `json:"state"`
	}
	if err := read(last, &info); err != nil {
		return err
	}
	if got := info.State; got.LastSeq != s.Last || got.Msgs > s.Messages { // some may have expired since
		return phrase.Errorf("it has %d messages up to %d; there were %d up to %d", got.Msgs, got.LastSeq, s.Messages, s.Last)
	}
	return nil
}

// send sends a piece of an archive, and waits until the server has it.
func send(ctx context.Context, js jetstream.JetStream, subject string, chunk []byte) error {
	within, cancel := context.WithTimeout(ctx, silence)
	defer cancel()
	m, err := js.Conn().RequestWithContext(within, subject, chunk)
	if err != nil || len(m.Data) == 0 {
		return err
	}
	var none struct{}
	return read(m, &none)
}

// readConfig reads what the server wants to know of a stream.
func readConfig(path string, replicas int) (archived, error) {
	var meta archived
	b, err := os.ReadFile(path)
	if err != nil {
		return meta, err
	}
	if err := json.Unmarshal(b, &meta); err != nil {
		return meta, phrase.Errorf("%w: %s: %w", ErrNotABackup, path, err)
	}
	if replicas == 0 {
		return meta, nil
	}
	var config map[string]json.RawMessage
	if err := json.Unmarshal(meta.Config, &config); err != nil {
		return meta, phrase.Errorf("%w: %s: %w", ErrNotABackup, path, err)
	}
	config["num_replicas"] = fmt.Append(nil, replicas)
	meta.Config, err = json.Marshal(config)
	return meta, err
}

// Proof is what the ledger says of a restored tally.
type Proof struct {
	Tally    string           `json:"tally"`
	Dict     string           `json:"dict"`
	Frontier uint64           `json:"frontier"`
	AsOf     time.Time        `json:"as_of,omitzero"`
	Holds    bool             `json:"holds"`
	Faults   []pipeline.Fault `json:"faults"`
}

// Prove asks the ledger of each tally of a backup whether it holds, and whether it
// counted at least what it had counted when the backup began. A tally that was retired
// since is left out.
func Prove(ctx context.Context, c *broker.Conn, m Manifest) ([]Proof, error) {
	proofs := []Proof{}
	for _, t := range m.Tallies {
		audit, err := c.Audit(ctx, t.Tally)
		if err != nil {
			return proofs, phrase.Errorf("ledger of tally %s: %w", t.Tally, err)
		}
		p := Proof{t.Tally, audit.Dict, audit.Frontier, audit.AsOf, audit.Holds, audit.Faults}
		switch {
		case audit.Frontier < t.Frontier:
			p.faultf("it is counted up to %d, and was up to %d when the backup began", audit.Frontier, t.Frontier)
		case audit.Frontier == t.Frontier && audit.Outcomes != t.Outcomes:
			now, then := audit.Outcomes, t.Outcomes
			p.faultf("up to %d it counts %d tagged, %d untagged, %d rejected and %d missing, and counted %d, %d, %d and %d", t.Frontier,
				now.Tagged, now.Untagged, now.Rejected, now.Missing, then.Tagged, then.Untagged, then.Rejected, then.Missing)
		}
		proofs = append(proofs, p)
	}
	return proofs, nil
}

func (p *Proof) faultf(format string, args ...any) {
	p.Holds = false
	p.Faults = append(p.Faults, pipeline.Fault{Check: "backup", Says: phrase.Textf(format, args...)})
}
