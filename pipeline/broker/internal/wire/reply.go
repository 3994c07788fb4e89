package wire

import (
	"math"
	"strings"
)

// Meta is what a reply subject of JetStream says of its message.
type Meta struct {
	Seq     uint64 // in the stream
	Count   uint64 // of deliveries by the consumer, this one included
	Stored  int64  // nanoseconds since 1970
	Pending uint64 // messages that the consumer has not delivered yet
}

// ackPrefix begins every such subject.
const ackPrefix = "$JS.ACK."

// ParseReply reads a reply subject without allocating:
//
//	$JS.ACK.<stream>.<consumer>.<delivered>.<seq>.<consumer seq>.<stored>.<pending>
//	$JS.ACK.<domain>.<account>.<stream>.<consumer>.<delivered>.<seq>.<consumer seq>.<stored>.<pending>[.<token>]
func ParseReply[T ~string | ~[]byte](reply T) (m Meta, ok bool) {
	if len(reply) < len(ackPrefix) || string(reply[:len(ackPrefix)]) != ackPrefix {
		return Meta{}, false
	}
	tokens := 1
	for i := range len(reply) {
		if reply[i] == '.' {
			tokens++
		}
	}
	skip := 0 // tokens before <seq>
	switch {
	case tokens == 9:
		skip = 5
	case tokens >= 11:
		skip = 7
	default:
		return Meta{}, false
	}
	var numbers [4]uint64 // seq, consumer seq, stored, pending
	rest := reply
	for i := range skip + len(numbers) {
		end := 0
		for end < len(rest) && rest[end] != '.' {
			end++
		}
		if i >= skip {
			if numbers[i-skip], ok = parseNumber(rest[:end]); !ok {
				return Meta{}, false
			}
		}
		rest = rest[min(end+1, len(rest)):]
	}
	return Meta{Seq: numbers[0], Count: numbers[1], Stored: int64(numbers[2]), Pending: numbers[3]}, true
}

// ConsumerOf returns what every reply subject of the same consumer begins with,
// its name and the dot behind it included.
func ConsumerOf(reply string) string {
	names := 4
	if strings.Count(reply, ".") >= 10 {
		names = 6
	}
	end := 0
	for range names {
		end += strings.IndexByte(reply[end:], '.') + 1
	}
	return reply[:end]
}

func parseNumber[T ~string | ~[]byte](s T) (n uint64, ok bool) {
	if len(s) == 0 {
		return 0, false
	}
	for i := range len(s) {
		c := s[i] - '0'
		if c > 9 || n > (math.MaxUint64-uint64(c))/10 { // it must not come round to a small one
			return 0, false
		}
		n = n*10 + uint64(c)
	}
	return n, true
}
