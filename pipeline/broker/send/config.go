package send

import (
	"time"

	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/pipeline/intake"
)

// Config configures a [Sender]. The zero value works.
type Config struct {
	MaxPending      int           // messages without an answer; default 4096
	MaxPendingBytes int           // their payloads; default 64 MiB
	AckWait         time.Duration // for one answer; default 10 s
	GiveUpAfter     time.Duration // without any message stored; default 2 min
	PositionEvery   time.Duration // between writes of the position; default 1 s

	Intake intake.Options
}

func (c Config) withDefaults() (Config, error) {
	if c.MaxPending < 0 || c.MaxPendingBytes < 0 || c.AckWait < 0 || c.GiveUpAfter < 0 || c.PositionEvery < 0 {
		return c, phrase.New("publish: limits and times must not be negative")
	}
	if c.MaxPending == 0 {
		c.MaxPending = 4096
	}
	if c.MaxPendingBytes == 0 {
		c.MaxPendingBytes = 64 << 20
	}
	for _, d := range []struct {
		at *time.Duration
		v  time.Duration
	}{{&c.AckWait, 10 * time.Second}, {&c.GiveUpAfter, 2 * time.Minute}, {&c.PositionEvery, time.Second}} {
		if *d.at == 0 {
			*d.at = d.v
		}
	}
	return c, nil
}

// Errors of [Sender.SendFile], beside [broker.ErrUnsuited] for a stream whose
// settings rule out exact results.
var (
	// ErrStreamFull: the broker has no room: a limit of the stream or of the
	// account, or the disk. What was reported as sent is stored.
	ErrStreamFull = phrase.New("no room for more messages")
	// ErrBrokerSilent: the broker stored nothing for GiveUpAfter.
	ErrBrokerSilent = phrase.New("the broker does not store anything")
	// ErrUnread marks the error of a file that cannot be read to its end, with which other
	// files have nothing to do. It has no text of its own.
	ErrUnread = phrase.New("")
	// ErrLostMessages: the stream ends before a message that the broker had
	// said to be stored. Sending again sends what is missing.
	ErrLostMessages = phrase.New("the broker lost messages it had acknowledged")
)
