package backup

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/pipeline/broker"
	"github.com/minyi/minyi/pipeline/broker/internal/wire"
)

// silence is how long the server may send nothing of an archive.
const silence = 30 * time.Second

// Take writes a backup to a folder, which it makes, and which must be empty; else the
// error wraps [ErrExists]. The manifest is written last: without one the folder is no
// backup.
func Take(ctx context.Context, c *broker.Conn, dir string, told Progress) (Manifest, error) {
	m := Manifest{Schema: manifestSchema, Taken: time.Now().UTC().Truncate(time.Second), Server: c.JetStream().Conn().ConnectedServerVersion()}
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return m, err
	}
	if there, err := os.ReadDir(dir); err != nil {
		return m, err
	} else if len(there) > 0 {
		return m, phrase.Errorf("%w: %s; a backup is written into a new or an empty folder, so that it replaces no other: name one", ErrExists, dir)
	}
	var err error
	if m.Tallies, err = counted(ctx, c); err != nil {
		return m, err
	}
	for _, name := range order(c.Names()) {
		s, err := takeStream(ctx, c, dir, name, told)
		if errors.Is(err, jetstream.ErrStreamNotFound) {
			continue
		}
		if err != nil {
			return m, phrase.Errorf("back up %s: %w", name, err)
		}
		m.Streams = append(m.Streams, s)
		told.done(s)
	}
	b, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return m, err
	}
	return m, writeSynced(filepath.Join(dir, manifestFile), append(b, '\n'))
}

// counted returns how far the tallies are.
func counted(ctx context.Context, c *broker.Conn) ([]Tally, error) {
	list, err := c.Tallies().List(ctx)
	if err != nil {
		return nil, err
	}
	all := []Tally{}
	for _, t := range list {
		cp, there, err := c.Counts().Checkpoint(ctx, t.Tally)
		if err != nil && !wire.HasCode(err, jetstream.JSErrCodeStreamNotFound) {
			return nil, err
		}
		if there {
			all = append(all, Tally{t.Tally, t.Dict, t.Current, cp.Frontier, cp.AsOf(), cp.Stored, cp.Outcomes})
		}
	}
	return all, nil
}

// takeStream writes a stream to its subfolder.
func takeStream(ctx context.Context, c *broker.Conn, dir, name string, told Progress) (Stream, error) {
	js := c.JetStream()
	if _, err := js.Stream(ctx, name); err != nil {
		return Stream{}, err
	}
	file := "stream.tar.s2"
	if v := js.Conn().ConnectedServerVersion(); atLeast(v, 2, 15) {
		file = "stream.arc.s2"
	}
	out := Stream{Name: name, Archive: filepath.Join(name, file)}
	if err := os.Mkdir(filepath.Join(dir, name), 0o750); err != nil {
		return out, err
	}
	// The consumer of the tasks knows which are done. The others belong to readers, which
	// make themselves new ones.
	consumers := name == c.Names().Tasks
	ends := anywhere
	if name == c.Names().BucketStream {
		ends = betweenCommits
	}
	var meta archived
	for try := 1; ; try++ {
		var err error
		meta, err = receiveArchive(ctx, js, dir, consumers, ends, told, &out)
		if err == nil {
			break
		}
		if !errors.Is(err, errWithinCommit) || try == withinCommits {
			return out, err
		}
		select {
		case <-ctx.Done():
			return out, ctx.Err()
		case <-time.After(time.Duration(try) * 10 * time.Millisecond): // a commit takes milliseconds
		}
	}
	b, err := json.MarshalIndent(meta, "", "  ")
	if err != nil {
		return out, err
	}
	return out, writeSynced(filepath.Join(dir, name, configFile), b)
}

// archived is what the server says of an archive, and wants to be told to restore it.
type archived struct {
	Config json.RawMessage `json:"config"`
	State  json.RawMessage `json:"state"`
}

// withinCommits is how often an archive may be begun within a commit until the backup fails.
const withinCommits = 30

// errWithinCommit: the archive would end within a commit.
var errWithinCommit = phrase.New("counts are stored without a pause, and an archive of a half stored commit would not be exact: take the backup when fewer messages arrive")

// anywhere is for streams of which each message stands for itself.
func anywhere(context.Context, jetstream.JetStream, string, uint64) error { return nil }

// betweenCommits returns errWithinCommit unless the message at a sequence, which is the last
// one of an archive, ends a commit. The server's archive ends with what is stored at its
// moment, and a commit is a batch of messages that are stored one after another: some cells
// of a torn one would be newer than their checkpoint. The server keeps the headers of a
// batch, which say so. A message that was replaced since does not tell.
func betweenCommits(ctx context.Context, js jetstream.JetStream, stream string, last uint64) error {
	if last == 0 {
		return nil
	}
	m, there, err := wire.FromLeader(ctx, wire.Of(js, stream), stream, wire.Query{Seq: last})
	if err != nil || there && len(m.Header) == 0 {
		return err
	}
	if there {
		h, err := nats.DecodeHeadersMsg(m.Header)
		if err == nil && h.Get(batchID) != "" && h.Get(batchCommit) == "" {
			err = errWithinCommit
		}
		return err
	}
	s, err := js.Stream(ctx, stream)
	if err != nil {
		return err
	}
	if s.CachedInfo().State.LastSeq != last {
		return errWithinCommit
	}
	return nil // it was removed, and nothing was stored after it
}

// Headers of a message of a batch.
const (
	batchID     = "Nats-Batch-Id"
	batchCommit = "Nats-Batch-Commit"
)

// receiveArchive asks the server for the archive of a stream, and writes it to its file below
// dir. out has both names, and gets what is in the archive. ends says whether it may end with
// the message that it will end with.
func receiveArchive(ctx context.Context, js jetstream.JetStream, dir string, consumers bool, ends func(context.Context, jetstream.JetStream, string, uint64) error, told Progress, out *Stream) (meta archived, err error) {
	nc, stream := js.Conn(), out.Name
	inbox := nc.NewInbox()
	sub, err := nc.SubscribeSync(inbox)
	if err != nil {
		return meta, err
	}
	defer func() { _ = sub.Unsubscribe() }() // fails only when the connection is closed
	if err := sub.SetPendingLimits(-1, -1); err != nil {
		return meta, err
	}
	if err := ask(ctx, wire.Of(js, stream), "STREAM.SNAPSHOT."+stream, map[string]any{
		"deliver_subject": inbox, "no_consumers": !consumers, "chunk_size": 128 << 10, "jsck": true,
	}, &meta); err != nil {
		return meta, err
	}
	var state jetstream.StreamState
	if err := json.Unmarshal(meta.State, &state); err != nil {
		return meta, err
	}
	if err := ends(ctx, js, stream, state.LastSeq); err != nil {
		return meta, err
	}
	out.Messages, out.First, out.Last, out.Bytes = state.Msgs, state.FirstSeq, state.LastSeq, 0
	f, err := os.Create(filepath.Join(dir, out.Archive))
	if err != nil {
		return meta, err
	}
	h := sha256.New()
	err = chunks(ctx, sub, io.MultiWriter(f, h), func(n int) {
		out.Bytes += int64(n)
		told.moved(stream, out.Bytes, 0) // the server does not say how long the archive gets
	})
	err = errors.Join(err, f.Sync(), f.Close())
	out.SHA256 = hex.EncodeToString(h.Sum(nil))
	return meta, err
}

// chunks writes the pieces of an archive until the server says that it is complete.
func chunks(ctx context.Context, sub *nats.Subscription, to io.Writer, written func(n int)) error {
	for {
		within, cancel := context.WithTimeout(ctx, silence)
		m, err := sub.NextMsgWithContext(within)
		cancel()
		if err != nil {
			return phrase.Errorf("wait for the archive: %w", err)
		}
		if len(m.Data) == 0 {
			if status := m.Header.Get("Status"); status != "" && !strings.HasPrefix(status, "204") {
				return phrase.Errorf("the server ended the archive: %s %s", status, m.Header.Get("Description"))
			}
			return nil
		}
		if m.Reply != "" {
			if err := m.Respond(nil); err != nil {
				return err
			}
		}
		n, err := to.Write(m.Data)
		written(n)
		if err != nil {
			return err
		}
	}
}

// ask sends a request to JetStream's API, and reads its answer.
func ask(ctx context.Context, js jetstream.JetStream, subject string, request, answer any) error {
	body, err := json.Marshal(request)
	if err != nil {
		return err
	}
	within, cancel := context.WithTimeout(ctx, silence)
	defer cancel()
	m, err := js.Conn().RequestWithContext(within, wire.API(js)+subject, body)
	if err != nil {
		return err
	}
	return read(m, answer)
}

// read reads an answer of JetStream's API.
func read(m *nats.Msg, answer any) error {
	var failed struct {
		Error *jetstream.APIError `json:"error"`
	}
	if err := json.Unmarshal(m.Data, &failed); err != nil {
		return phrase.Errorf("answer of the server: %w", err)
	}
	if failed.Error != nil {
		return failed.Error
	}
	return json.Unmarshal(m.Data, answer)
}

func writeSynced(path string, b []byte) error {
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o640)
	if err != nil {
		return err
	}
	_, err = f.Write(b)
	return errors.Join(err, f.Sync(), f.Close())
}

// atLeast compares a version of the server with a release.
func atLeast(version string, major, minor int) bool {
	var a, b int
	_, err := fmt.Sscanf(version, "%d.%d", &a, &b)
	return err == nil && (a > major || a == major && b >= minor)
}
