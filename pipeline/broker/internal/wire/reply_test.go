package wire

import (
	"testing"
)

func TestParseReply(t *testing.T) {
	t.Parallel()
	want := Meta{Seq: 7, Count: 5, Stored: 1650000000000000001, Pending: 3}
	for reply, ok := range map[string]bool{
		"$JS.ACK.SUGGESTIONS.cons.1.7.5.1650000000000000001.3":            true,
		"$JS.ACK._.hash.SUGGESTIONS.cons.1.7.5.1650000000000000001.3":     true,
		"$JS.ACK.hub.hash.SUGGESTIONS.cons.1.7.5.1650000000000000001.3.r": true,
		"$JS.ACK.SUGGESTIONS.cons.1.7.5.1650000000000000001":              false,
		"$JS.ACK.SUGGESTIONS.cons.1.x.5.1650000000000000001.3":            false,
		"$JS.ACK.hash.SUGGESTIONS.cons.1.7.5.1650000000000000001.3":       false,
		"_INBOX.x": false, "": false,
	} {
		got, parsed := ParseReply(reply)
		if parsed != ok || ok && got != want {
			t.Errorf("%q: %+v %v", reply, got, parsed)
		}
	}
}
