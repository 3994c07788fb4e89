// Package settings says what the streams and the bucket of minyi are like when
// minyi makes them, and which settings of one that is already there rule out
// exact counts. It only describes: package broker makes the streams, and package
// doctor reports on them.
package settings

import (
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/minyi/minyi/dict/phrase"
)

// How many tasks and deltas of a tally are kept. They are limited by number
// and never by age, so that whatever still has to be folded is there, however long
// no worker ran. A worker plans at most a few hundred ranges ahead of the frontier,
// so far fewer than these are ever waiting.
const (
	keepTasks  = 100_000
	keepDeltas = 20_000
)

// Source returns the settings of a stream of suggestions. Window is for how long
// it remembers message ids.
func Source(name, subject string, replicas int, window time.Duration) jetstream.StreamConfig {
	return jetstream.StreamConfig{
		Name: name, Subjects: []string{subject + ".>"}, Description: "suggestions to be counted",
		Retention: jetstream.LimitsPolicy, Storage: jetstream.FileStorage, Replicas: replicas,
		AllowDirect: true, Duplicates: window,
	}
}

// Tasks returns the settings of the stream of ranges to be worked.
func Tasks(name, subject string, replicas int) jetstream.StreamConfig {
	return ledger(name, subject, "minyi: ranges to be worked", keepTasks, replicas)
}

// Deltas returns the settings of the stream of what each range adds.
func Deltas(name, subject string, replicas int) jetstream.StreamConfig {
	return ledger(name, subject, "minyi: what each range adds to the counts", keepDeltas, replicas)
}

func ledger(name, subject, about string, keep int64, replicas int) jetstream.StreamConfig {
	return jetstream.StreamConfig{
		Name: name, Subjects: []string{subject + ".*"}, Description: about,
		Retention: jetstream.LimitsPolicy, Storage: jetstream.FileStorage, Replicas: replicas,
		MaxMsgsPerSubject: keep, Discard: jetstream.DiscardOld, AllowDirect: true,
	}
}

// Counts returns the settings of the stream that holds the bucket: those of any
// other key-value bucket, and atomic batches. Subject is that of its keys.
func Counts(name, subject string, replicas int) jetstream.StreamConfig {
	return jetstream.StreamConfig{
		Name: name, Subjects: []string{subject}, Description: "minyi: counts",
		Retention: jetstream.LimitsPolicy, Storage: jetstream.FileStorage, Replicas: replicas,
		MaxMsgsPerSubject: 1, Discard: jetstream.DiscardNew, AllowRollup: true, DenyDelete: true,
		AllowDirect: true, AllowAtomicPublish: true,
		MaxMsgs: -1, MaxBytes: -1, MaxMsgSize: -1, MaxConsumers: -1,
	}
}

// Bucket returns the settings of the stream that holds a key-value bucket. With expiring,
// a value may have a time to live.
func Bucket(name, subject, about string, expiring bool, replicas int) jetstream.StreamConfig {
	return jetstream.StreamConfig{
		Name: name, Subjects: []string{subject}, Description: about,
		Retention: jetstream.LimitsPolicy, Storage: jetstream.FileStorage, Replicas: replicas,
		MaxMsgsPerSubject: 1, Discard: jetstream.DiscardNew, AllowRollup: true, DenyDelete: true,
		AllowDirect: true, AllowMsgTTL: expiring,
		MaxMsgs: -1, MaxBytes: -1, MaxMsgSize: -1, MaxConsumers: -1,
	}
}

// Keys returns the settings of the stream of the bucket of keys. It allows no direct get,
// so that there is one way to read it, which rights can close.
func Keys(name, subject string, replicas int) jetstream.StreamConfig {
	return jetstream.StreamConfig{
		Name: name, Subjects: []string{subject}, Description: "minyi: by what workers know each other's deltas",
		Retention: jetstream.LimitsPolicy, Storage: jetstream.FileStorage, Replicas: replicas,
		MaxMsgsPerSubject: 1, Discard: jetstream.DiscardNew, AllowRollup: true, DenyDelete: true,
	}
}

// Kept returns the settings of a stream to which is only ever appended.
func Kept(name, subject, about string, replicas int) jetstream.StreamConfig {
	return jetstream.StreamConfig{
		Name: name, Subjects: []string{subject + ".*"}, Description: about,
		Retention: jetstream.LimitsPolicy, Storage: jetstream.FileStorage, Replicas: replicas,
		DenyDelete: true, DenyPurge: true, AllowDirect: true,
	}
}

// UnsuitedSource says why a stream cannot be read by ranges of sequences; the zero text
// if it can.
func UnsuitedSource(cfg jetstream.StreamConfig) phrase.Text {
	switch cfg.Retention {
	case jetstream.WorkQueuePolicy:
		return phrase.Textf("%s has work-queue retention, which deletes a message when it was read once; let a stream with limits retention source or mirror it, and count that one", cfg.Name)
	case jetstream.InterestPolicy:
		return phrase.Textf("%s has interest retention, which deletes messages that other consumers have read; let a stream with limits retention source or mirror it, and count that one", cfg.Name)
	}
	return phrase.Text{}
}

// UnsuitedLedger says why a stream of tasks or deltas will not do; the zero text if it will.
func UnsuitedLedger(cfg jetstream.StreamConfig) phrase.Text {
	switch {
	case cfg.Retention != jetstream.LimitsPolicy:
		return phrase.Textf("has no limits retention")
	case cfg.MaxAge != 0:
		return phrase.Textf("deletes messages by age; what is not folded yet, and every count, must stay")
	case (cfg.MaxMsgs > 0 || cfg.MaxBytes > 0) && cfg.Discard == jetstream.DiscardOld:
		return phrase.Textf("discards its oldest messages when it is full, which one tally could do to another")
	}
	return phrase.Text{}
}

// UnsuitedCounts says why the stream of a bucket will not do; the zero text if it will.
func UnsuitedCounts(cfg jetstream.StreamConfig) phrase.Text {
	if why := UnsuitedLedger(cfg); !why.IsZero() {
		return why
	}
	switch {
	case cfg.AllowMsgTTL:
		return phrase.Textf("lets single messages expire (allow_msg_ttl); every count must stay")
	case !cfg.AllowAtomicPublish:
		return phrase.Textf("has no atomic batches (allow_atomic), without which counts could be stored by half")
	case cfg.MaxMsgsPerSubject != 1:
		return phrase.Textf("does not keep exactly one message a key")
	}
	return phrase.Text{}
}
