package broker

import (
	"context"
	"encoding/json"
	"errors"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/pipeline/label"
)

// labels is the bucket MINYI_LABELS. The bucket is made when something is first stored in
// it. It implements [label.Store].
type labels struct{ c *Conn }

// Labels returns what people said about messages. Safe for concurrent use.
func (c *Conn) Labels() label.Store { return &labels{c} }

// Add implements [label.Store]. The key has the time, so that nothing is overwritten.
func (l *labels) Add(ctx context.Context, j label.Judgement) error {
	if err := j.Validate(); err != nil {
		return err
	}
	body, err := json.Marshal(j)
	if err != nil {
		return err
	}
	bucket := l.c.names.Labels
	kv, err := l.c.js.KeyValue(ctx, bucket)
	if errors.Is(err, jetstream.ErrBucketNotFound) {
		kv, err = l.c.js.CreateKeyValue(ctx, jetstream.KeyValueConfig{
			Bucket: bucket, Description: "minyi: what people said about messages, by sequence; no texts", Replicas: l.c.options.Replicas,
		})
		if errors.Is(err, jetstream.ErrBucketExists) { // somebody else made it meanwhile
			kv, err = l.c.js.KeyValue(ctx, bucket)
		}
	}
	if err == nil {
		_, err = kv.Put(ctx, j.Key(), body)
	}
	if err != nil {
		return phrase.Errorf("store a judgement in %s: %w", bucket, err)
	}
	return nil
}

// Each implements [label.Store].
func (l *labels) Each(ctx context.Context, stream string, f func(label.Judgement) error) error {
	bucket := l.c.names.Labels
	err := readStored(ctx, l.c.js, "KV_"+bucket, jetstream.OrderedConsumerConfig{
		FilterSubjects: []string{"$KV." + bucket + "." + stream + ".>"}, DeliverPolicy: jetstream.DeliverLastPerSubjectPolicy,
	}, func(m jetstream.Msg, seq uint64) (bool, error) {
		if len(m.Data()) == 0 { // removed
			return true, nil
		}
		var j label.Judgement
		err := json.Unmarshal(m.Data(), &j)
		if err == nil {
			err = j.Validate()
		}
		if err != nil {
			return false, phrase.Errorf("message %d of bucket %s: %w", seq, bucket, err)
		}
		return true, f(j)
	})
	if errors.Is(err, jetstream.ErrStreamNotFound) {
		return nil
	}
	return err
}
