package main

import (
	"context"

	"github.com/minyi/minyi/classifier"
	"github.com/minyi/minyi/dict"
	"github.com/minyi/minyi/pipeline/broker"
	"github.com/minyi/minyi/pipeline/compare"
)

// classifiersOf returns the classifiers of both sides of a pair.
func (a *app) classifiersOf(ctx context.Context, conn *broker.Conn, p compare.Pair) (both [2]*classifier.Classifier, err error) {
	for i, version := range []string{p.A.Dict, p.B.Dict} {
		d, err := storedDict(ctx, conn, version)
		if err != nil {
			return both, err
		}
		if both[i], err = a.newClassifier(d); err != nil {
			return both, err
		}
	}
	return both, nil
}

// storedDict returns the dictionary of a version.
func storedDict(_ context.Context, _ *broker.Conn, version string) (*dict.Dictionary, error) {
	d, err := dict.Default()
	if err != nil {
		return nil, err
	}
	if d.Version() != version {
		return nil, checkError("dictionary %.12s is not stored", version)
	}
	return d, nil
}
