package broker

import (
	"testing"

	"github.com/nats-io/nats.go"

	"github.com/minyi/minyi/pipeline"
)

// A header says the same whichever way it came, and whatever the case of its names.
// Version 1 knows one spelling.
func TestHeadersAreReadEitherWay(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		header nats.Header
		want   pipeline.Message
	}{
		"none":     {nats.Header{"Nats-Msg-Id": {"1"}}, pipeline.Message{}},
		"type":     {nats.Header{"Content-Type": {"text/plain"}}, pipeline.Message{ContentType: "text/plain", Declared: pipeline.Declared{Type: "text/plain"}}},
		"lower":    {nats.Header{"content-type": {" text/plain"}}, pipeline.Message{Declared: pipeline.Declared{Type: "text/plain"}}},
		"encoding": {nats.Header{"CONTENT-ENCODING": {"gzip"}}, pipeline.Message{Declared: pipeline.Declared{Encoding: "gzip"}}},
		"event": {nats.Header{"ce-specversion": {"1.0"}, "Ce-Time": {"2022-04-20T00:00:00Z"}, "ce-datacontenttype": {"text/plain"}}, pipeline.Message{
			Declared: pipeline.Declared{EventVersion: "1.0", EventTime: "2022-04-20T00:00:00Z", EventType: "text/plain"},
		}},
		"marker":         {nats.Header{"Nats-Marker-Reason": {"MaxAge"}}, pipeline.Message{ByServer: true}},
		"schedule":       {nats.Header{"Nats-Schedule": {"@at 2030-01-01T00:00:00Z"}}, pipeline.Message{ByServer: true}},
		"of a scheduler": {nats.Header{"Nats-Scheduler": {"suggestions.plan"}, "Nats-Schedule-Next": {"purge"}}, pipeline.Message{}},
		"another":        {nats.Header{"X-Content-Type": {"text/plain"}, "Nats-Marker-Reasons": {"x"}}, pipeline.Message{}},
	} {
		var parsed, raw pipeline.Message
		describe(&parsed, c.header)
		wire := "NATS/1.0\r\n"
		for k, v := range c.header {
			wire += k + ":" + v[0] + "\r\n"
		}
		describeRaw(&raw, []byte(wire+"\r\n"))
		for way, got := range map[string]pipeline.Message{"parsed": parsed, "raw": raw} {
			if got.ContentType != c.want.ContentType || got.Declared != c.want.Declared || got.ByServer != c.want.ByServer {
				t.Errorf("%s, %s: %+v", name, way, got)
			}
		}
	}
}
