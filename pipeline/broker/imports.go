package broker

import (
	"context"
	"encoding/json"
	"errors"
	"strings"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/minyi/minyi/dict/phrase"
)

// checkImports finds out whether what is published reaches minyi's streams where the
// API of JetStream is another account's. An import of the API alone makes the streams
// but carries no message to them, and everything would be tried again for ever. Each
// subject is tried with a message that its stream must refuse, because it names
// another stream. The error wraps [ErrNotImported], and [errNoneImported] if nothing
// answers on any of them.
func (c *Conn) checkImports(ctx context.Context) error {
	if c.imported() == nil || c.KeptApart() {
		return nil
	}
	var missing, silent []string // silent: it is not known why
	tries := []struct{ subject, from string }{
		{c.names.TasksSubject + ".import", c.names.TasksSubject + ".>"},
		{c.names.DeltasSubject + ".import", c.names.DeltasSubject + ".>"},
		{c.putSubject("import"), c.putSubject(">")},
		{c.putSubjectOf(c.names.Keys, "import"), c.putSubjectOf(c.names.Keys, ">")},
	}
	for _, try := range tries {
		answer, err := c.reaches(ctx, try.subject)
		switch {
		case errors.Is(err, nats.ErrNoResponders):
			missing = append(missing, try.from)
			continue
		case errors.Is(err, context.DeadlineExceeded):
			silent = append(silent, try.from)
			continue
		case err != nil:
			return phrase.Errorf("try %s: %w", try.subject, err)
		}
		var ack struct {
			Error *jetstream.APIError `json:"error"`
		}
		if err := json.Unmarshal(answer.Data, &ack); err != nil || ack.Error == nil {
			return phrase.Errorf("%w: %s is answered by somebody else than a stream", ErrNotImported, try.subject)
		}
	}
	is := ErrNotImported
	if len(missing) == len(tries) {
		is = errNoneImported
	}
	if missing = append(missing, silent...); len(missing) == 0 {
		return nil
	}
	return phrase.Errorf("%w: nothing answers on %s; import them, and $JS.ACK.>, as services under the same names", is, strings.Join(missing, ", "))
}
