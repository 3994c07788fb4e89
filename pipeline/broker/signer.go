package broker

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/pipeline"
	"github.com/minyi/minyi/pipeline/broker/internal/wire"
)

// signer signs the tasks and deltas that this process writes, and checks those that it
// reads: HMAC-SHA-256 (RFC 2104) with a key that lies in the bucket MINYI_KEYS. Whoever may
// not read that bucket can write nothing that a worker believes. Where everybody may read
// everything it keeps out accidents, not attackers.
//
// The key is read once. It is read again, at most once a second, when a signature is
// wrong: the bucket may have been removed, and another process may have minted a new key.
type signer struct {
	c *Conn

	mu     sync.Mutex
	key    []byte
	readAt time.Time
}

// headerMAC is the header with the signature, in hexadecimal.
const headerMAC = "Minyi-Mac"

// keyName is the key of the bucket.
const keyName = "mac"

// storedKey is its value.
type storedKey struct {
	Key    string    `json:"key"` // hexadecimal
	Minted time.Time `json:"minted"`
}

// keyAgain is how soon the key is read again.
const keyAgain = time.Second

// newSigner reads the key of the bucket, and mints one if there is none.
func (c *Conn) newSigner(ctx context.Context) (*signer, error) {
	s := &signer{c: c}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s, s.load(ctx)
}

// readSigner returns a signer with the key that is stored.
func (c *Conn) readSigner(ctx context.Context) (*signer, error) {
	key, _, err := c.readKey(ctx)
	if err == nil && key == nil {
		err = phrase.Errorf("bucket %s has no key", c.names.Keys)
	}
	return &signer{c: c, key: key, readAt: time.Now()}, err
}

// readKey returns the stored key, nil for none, and its revision.
func (c *Conn) readKey(ctx context.Context) (key []byte, rev uint64, err error) {
	m, ok, err := wire.FromLeader(ctx, c.js, c.names.KeysStream, wire.Query{Last: c.names.keySubject()})
	if err != nil || !ok || len(m.Data) == 0 { // deleted
		return nil, m.Seq, err
	}
	var stored storedKey
	err = json.Unmarshal(m.Data, &stored)
	key, errHex := hex.DecodeString(stored.Key)
	if err = errors.Join(err, errHex); err != nil || len(key) < sha256.Size {
		return nil, m.Seq, phrase.Errorf("%w: key %s of bucket %s cannot be read; nats kv del %s %s -f, and the workers mint another one", ErrUnsuited, keyName, c.names.Keys, c.names.Keys, keyName)
	}
	return key, m.Seq, nil
}

// keySubject is the subject of the key.
func (n Names) keySubject() string { return bucketSubject(n.Keys, keyName) }

// load reads the key; mu is held. If the bucket has none, it stores the one that this
// process has, or a new one.
func (s *signer) load(ctx context.Context) error {
	s.readAt = time.Now()
	for ctx.Err() == nil {
		key, rev, err := s.c.readKey(ctx)
		if err != nil {
			return s.c.keyError(err)
		}
		if key != nil {
			s.key = key
			return nil
		}
		if key = s.key; key == nil {
			key = make([]byte, sha256.Size)
			_, _ = rand.Read(key) // it never fails
		}
		body, err := json.Marshal(storedKey{hex.EncodeToString(key), time.Now().UTC()})
		if err != nil {
			return err
		}
		m := nats.NewMsg(s.c.putSubjectOf(s.c.names.Keys, keyName))
		m.Data = body
		m.Header.Set(jetstream.ExpectedLastSubjSeqHeader, strconv.FormatUint(rev, 10))
		if _, err := s.c.js.PublishMsg(ctx, m); err != nil && !wire.IsLost(err) {
			return s.c.keyError(err)
		}
	}
	return ctx.Err()
}

// keyError says what a worker needs that may not reach the key.
func (c *Conn) keyError(err error) error {
	return phrase.Errorf("the key by which workers know each other's deltas: %w; a worker reads $JS.API.STREAM.MSG.GET.%s and publishes to $KV.%s.>: deploy/nats/authorization.conf has all rights of its role",
		err, c.names.KeysStream, c.names.Keys)
}

// sign returns the signature of fields, none of which has a line break.
func (s *signer) sign(fields []string) string {
	s.mu.Lock()
	key := s.key
	s.mu.Unlock()
	return hex.EncodeToString(macOf(key, fields))
}

func macOf(key []byte, fields []string) []byte {
	h := hmac.New(sha256.New, key)
	h.Write([]byte(strings.Join(fields, "\n")))
	return h.Sum(nil)
}

// check returns why a signature is not that of the fields.
func (s *signer) check(ctx context.Context, signature string, fields []string) pipeline.Flaw {
	if signature == "" {
		return pipeline.FlawUnsigned
	}
	mac, err := hex.DecodeString(signature)
	if err != nil {
		return pipeline.FlawForged
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if hmac.Equal(mac, macOf(s.key, fields)) {
		return ""
	}
	if time.Since(s.readAt) < keyAgain || s.load(ctx) != nil || !hmac.Equal(mac, macOf(s.key, fields)) {
		return pipeline.FlawForged
	}
	return ""
}

// keep stores the key where the bucket lost it.
func (s *signer) keep(ctx context.Context) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.load(ctx)
}

// taskFields are what the signature of a task is of.
func taskFields(tally string, r pipeline.Range) []string {
	return []string{"minyi task 1", tally, strconv.FormatUint(r.From, 10), strconv.FormatUint(r.To, 10)}
}

// partFields are what the signature of a part of a delta is of. Content is the SHA-256 of
// its body, in hexadecimal, which is in a header too, so that a reference can be checked
// without the body.
func partFields(tally string, ref pipeline.DeltaRef, content string) []string {
	return []string{
		"minyi delta 1", tally, strconv.FormatUint(ref.From, 10), strconv.FormatUint(ref.To, 10),
		fmt.Sprintf("%d/%d", ref.Part, ref.Parts), ref.Digest, content,
	}
}
