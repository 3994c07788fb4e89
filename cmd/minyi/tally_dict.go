package main

import (
	"context"
	"errors"

	"github.com/minyi/minyi/classifier"
	"github.com/minyi/minyi/dict"
	"github.com/minyi/minyi/pipeline/broker"
	"github.com/minyi/minyi/pipeline/compare"
	"github.com/minyi/minyi/pipeline/supervise"
)

// classifiersOf returns the classifiers of both sides of a pair.
func (a *app) classifiersOf(ctx context.Context, conn *broker.Conn, p compare.Pair) (both [2]*classifier.Classifier, err error) {
	for i, version := range []string{p.A.Dict, p.B.Dict} {
		d, err := storedDict(ctx, conn, version)
		if err != nil {
			return both, err
		}
		if both[i], err = a.preparedClassifier(d); err != nil {
			return both, err
		}
	}
	return both, nil
}

// storedDict returns the dictionary of a version, of those that were published or that a
// worker was started with; the one in the program is known anyway.
func storedDict(ctx context.Context, conn *broker.Conn, version string) (*dict.Dictionary, error) {
	packed, err := conn.Tallies().Dict(ctx, version)
	if err == nil {
		return supervise.Unpack(version, packed)
	}
	if d, inside := dict.Default(); errors.Is(err, supervise.ErrNoDict) && inside == nil && d.Version() == version {
		return d, nil
	}
	if errors.Is(err, supervise.ErrNoDict) {
		return nil, checkError("%w; minyi dict publish DIR stores it", err)
	}
	return nil, err
}
