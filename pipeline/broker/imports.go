package broker

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/minyi/minyi/pipeline/broker/internal/wire"
)

// checkImports finds out whether what is published reaches minyi's streams where the
// API of JetStream is another account's. An import of the API alone makes the streams
// but carries no message to them, and everything would be tried again for ever. Each
// subject is tried with a message that its stream must refuse, because it names
// another stream. The error wraps [ErrNotImported].
func (c *Conn) checkImports(ctx context.Context) error {
	if wire.API(c.js) == wire.DefaultAPI || c.js.Options().Domain != "" {
		return nil
	}
	for _, try := range []struct{ subject, from string }{
		{c.names.TasksSubject + ".import", c.names.TasksSubject + ".>"},
		{c.names.DeltasSubject + ".import", c.names.DeltasSubject + ".>"},
		{c.putSubject("import"), c.putSubject(">")},
		{c.putSubjectOf(c.names.Keys, "import"), c.putSubjectOf(c.names.Keys, ">")},
	} {
		m := nats.NewMsg(try.subject)
		m.Header.Set(jetstream.ExpectedStreamHeader, "-")
		ctx, cancel := context.WithTimeout(ctx, c.options.Timeout)
		answer, err := c.nc.RequestMsgWithContext(ctx, m)
		cancel()
		if errors.Is(err, nats.ErrNoResponders) || errors.Is(err, context.DeadlineExceeded) {
			return fmt.Errorf("%w: nothing answers on %s; import %s, and $JS.ACK.>, as services under the same names", ErrNotImported, try.subject, try.from)
		}
		if err != nil {
			return fmt.Errorf("try %s: %w", try.subject, err)
		}
		var ack struct {
			Error *jetstream.APIError `json:"error"`
		}
		if err := json.Unmarshal(answer.Data, &ack); err != nil || ack.Error == nil {
			return fmt.Errorf("%w: %s is answered by somebody else than a stream", ErrNotImported, try.subject)
		}
	}
	return nil
}
