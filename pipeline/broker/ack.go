package broker

import "strings"

// ackMeta is what a reply subject of JetStream says of its message.
type ackMeta struct {
	seq     uint64 // in the stream
	count   uint64 // of deliveries by the consumer, this one included
	stored  int64  // nanoseconds since 1970
	pending uint64 // messages that the consumer has not delivered yet
}

// parseAck reads a reply subject without allocating:
//
//	$JS.ACK.<stream>.<consumer>.<delivered>.<seq>.<consumer seq>.<stored>.<pending>
//	$JS.ACK.<domain>.<account>.<stream>.<consumer>.<delivered>.<seq>.<consumer seq>.<stored>.<pending>[.<token>]
func parseAck(reply string) (m ackMeta, ok bool) {
	if !strings.HasPrefix(reply, "$JS.ACK.") {
		return ackMeta{}, false
	}
	skip := 0 // tokens before <seq>
	switch n := strings.Count(reply, ".") + 1; {
	case n == 9:
		skip = 5
	case n >= 11:
		skip = 7
	default:
		return ackMeta{}, false
	}
	rest := reply
	for range skip {
		_, rest, _ = strings.Cut(rest, ".")
	}
	var numbers [4]uint64 // seq, consumer seq, stored, pending
	for i := range numbers {
		var token string
		token, rest, _ = strings.Cut(rest, ".")
		if numbers[i], ok = parseNumber(token); !ok {
			return ackMeta{}, false
		}
	}
	return ackMeta{seq: numbers[0], count: numbers[1], stored: int64(numbers[2]), pending: numbers[3]}, true
}

func parseNumber(s string) (n uint64, ok bool) {
	if s == "" {
		return 0, false
	}
	for i := range len(s) {
		c := s[i] - '0'
		if c > 9 {
			return 0, false
		}
		n = n*10 + uint64(c)
	}
	return n, true
}
