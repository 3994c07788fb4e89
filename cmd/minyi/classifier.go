package main

import (
	"errors"
	"os"
	"path/filepath"

	"github.com/minyi/minyi/classifier"
	"github.com/minyi/minyi/dict"
)

// loadDict returns the dictionary of a folder, or the embedded one for "".
// A fault of the dictionary has exit code 2.
func loadDict(dir string) (*dict.Dictionary, error) {
	if dir == "" {
		return dict.Default()
	}
	d, err := dict.Load(dir)
	if err != nil {
		return nil, &exitError{code: exitUsage, err: err}
	}
	return d, nil
}

func loadClassifier(dir string) (*classifier.Classifier, error) {
	d, err := loadDict(dir)
	if err != nil {
		return nil, err
	}
	return newClassifier(d)
}

// classifierOptions tells classifiers to keep gse's prepared tables in the user's
// cache, so that all runs of minyi but the first start fast. Where the user has no
// cache folder, nothing is kept.
func classifierOptions() classifier.Options {
	dir, err := os.UserCacheDir()
	if err != nil {
		return classifier.Options{}
	}
	return classifier.Options{CacheDir: filepath.Join(dir, "minyi")}
}

// newClassifier is classifier.New with the options of this program. A fault of the
// dictionary has exit code 2.
func newClassifier(d *dict.Dictionary) (*classifier.Classifier, error) {
	c, err := classifier.New(d, classifierOptions())
	var faults dict.Errors
	if errors.As(err, &faults) {
		return nil, &exitError{code: exitUsage, err: err}
	}
	return c, err
}
