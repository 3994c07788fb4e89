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
)

// readers makes the consumer that a worker makes for each range, on every stream that
// is read. Limits of consumers, of an account or of a stream, and an inactive
// threshold that a stream imposes show only then.
func (d *doctor) readers(ctx context.Context) {
	const check = "readers"
	var tried []string
	for _, name := range []string{d.c.Names().Suggestions, d.c.Names().Tasks, d.c.Names().Deltas, d.c.Names().BucketStream} {
		s, err := d.js.Stream(ctx, name)
		if err != nil {
			continue // another check reports it
		}
		if err := d.c.TryReader(ctx, name); err != nil {
			d.addf(check, Fail, phrase.Textf("raise max_consumers of the stream or the account, or its consumer limits; a worker makes a consumer for each range it reads, and one for each stream it follows"),
				"no reader of %s could be made: %v", name, err)
			return
		}
		// A worker has some under way at once, and several workers have more.
		const few = 8
		if most := s.CachedInfo().Config.MaxConsumers; most > 0 && most < s.CachedInfo().State.Consumers+few {
			d.addf(check, Warn, phrase.Textf("raise max_consumers of %s: a worker has a consumer for each range that it reads, and workers wait for each other", name),
				"%s has %d of %d consumers", name, s.CachedInfo().State.Consumers, most)
			return
		}
		tried = append(tried, name)
	}
	if info, err := d.js.AccountInfo(ctx); err == nil {
		a, _, _ := tierOf(info, d.replicas(ctx))
		limit := a.Limits.MaxConsumers
		const few = 16
		if limit > 0 && limit < a.Consumers+few {
			d.addf(check, Warn, phrase.Textf("raise the account's limit of consumers: a worker has one for each range that it reads and for each stream that it follows"),
				"the account has %d of %d consumers", a.Consumers, limit)
			return
		}
	}
	if len(tried) > 0 {
		d.okf(check, "one was made and removed on %s", strings.Join(tried, ", "))
	}
}

// answerWithin is how long a stream has to answer to a message that it must refuse.
const answerWithin = 2 * time.Second

// takes sends each stream a message that it must refuse, as it names another stream.
// A stream that does not answer takes no messages at all: it has no leader, or its
// store has failed and stays frozen until its server is started again.
func (d *doctor) takes(ctx context.Context) {
	const check = "writing"
	names := d.c.Names()
	var answered []string
	for _, try := range []struct{ stream, subject string }{
		{names.Suggestions, names.SuggestionsSubject + ".doctor"},
		{names.Tasks, names.TasksSubject + ".doctor"},
		{names.Deltas, names.DeltasSubject + ".doctor"},
		{names.BucketStream, "$KV." + names.Bucket + ".doctor"},
	} {
		s, err := d.js.Stream(ctx, try.stream)
		if err != nil || s.CachedInfo().Config.NoAck || s.CachedInfo().Config.Sealed {
			continue // other checks report it
		}
		if try.stream == names.Suggestions && d.c.KeptApart() {
			continue // of another account, which imports decide: reading needs its API alone
		}
		if d.js.Options().Domain != "" || d.o.Stream != "" && try.stream == names.Suggestions {
			continue // its subjects are somebody else's, or behind a leaf node
		}
		switch err := d.refused(ctx, try.subject); {
		case errors.Is(err, nats.ErrPermissionViolation):
			d.okf(check, "not tried: this user may not publish to %s", try.subject)
			return
		case err != nil:
			d.addf(check, Fail, phrase.Textf("look at the server's log, and start the server of its leader again: a stream whose store failed stays frozen until then"),
				"%s does not answer to a message: %v", try.stream, err)
			return
		}
		answered = append(answered, try.stream)
	}
	if len(answered) > 0 {
		d.okf(check, "%s answer to messages", strings.Join(answered, ", "))
	}
}

// answered returns a context for a question on the quiet connection. It ends after
// answerWithin, or when the server says that this user may not ask.
func (d *doctor) answered(ctx context.Context) (context.Context, context.CancelFunc) {
	select {
	case <-d.denials: // of an earlier question
	default:
	}
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	go func() {
		select {
		case <-d.denials:
			cancel()
		case <-ctx.Done():
		}
	}()
	return ctx, cancel
}

// denied tells whether the last thing that this user was not allowed to do is to publish
// to a subject that has this in it.
func (d *doctor) denied(subject string) bool {
	last := d.quiet.JetStream().Conn().LastError()
	return errors.Is(last, nats.ErrPermissionViolation) && strings.Contains(last.Error(), subject)
}

// refused returns nil if a stream answers to a message on the subject.
func (d *doctor) refused(ctx context.Context, subject string) error {
	ctx, cancel := d.answered(ctx)
	defer cancel()
	m := nats.NewMsg(subject)
	m.Header.Set(jetstream.ExpectedStreamHeader, "-")
	nc := d.quiet.JetStream().Conn()
	answer, err := nc.RequestMsgWithContext(ctx, m)
	if err != nil {
		if d.denied(subject) {
			return nats.ErrPermissionViolation
		}
		return err
	}
	var ack struct {
		Error *jetstream.APIError `json:"error"`
	}
	if err := json.Unmarshal(answer.Data, &ack); err != nil {
		return err
	}
	if ack.Error == nil {
		return phrase.New("it stored a message that was for another stream")
	}
	return nil
}
