package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"github.com/minyi/minyi/classifier"
	"github.com/minyi/minyi/dict"
	"github.com/minyi/minyi/dict/phrase"
)

// loadDict returns the dictionary of a folder, or the embedded one for "".
// A fault of the dictionary has exit code 2.
func loadDict(dir string) (*dict.Dictionary, error) {
	if dir == "" {
		return dict.Default()
	}
	d, err := dict.Load(dir)
	if errors.Is(err, fs.ErrNotExist) {
		err = phrase.Errorf("%w%w", errNoDict, err)
	}
	if err != nil {
		return nil, &exitError{code: exitUsage, err: err}
	}
	return d, nil
}

// errNoDict marks the error of a folder of a dictionary that is not there, which has
// several remedies. It has no text of its own.
var errNoDict = phrase.New("")

func (a *app) loadClassifier(dir string) (*classifier.Classifier, error) {
	d, err := loadDict(dir)
	if err != nil {
		return nil, err
	}
	return a.newClassifier(d)
}

// registerCache adds the flag of where prepared tables are kept, which all commands
// have.
func (a *app) registerCache(cmd *cobra.Command) {
	cmd.PersistentFlags().StringVar(&a.cacheDir, "cache-dir", "", "folder where prepared tables are kept, 10 MB (default: minyi in the user's cache folder)")
}

// classifierOptions tells classifiers to keep gse's prepared tables in a cache, so that
// all runs of minyi but the first start fast. Where there is no folder for one, nothing
// is kept.
func (a *app) classifierOptions() classifier.Options {
	if a.cacheDir != "" {
		return classifier.Options{CacheDir: a.cacheDir}
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return classifier.Options{}
	}
	return classifier.Options{CacheDir: filepath.Join(dir, "minyi")}
}

// newClassifier is classifier.New with the options of this program. A fault of the
// dictionary has exit code 2.
func (a *app) newClassifier(d *dict.Dictionary) (c *classifier.Classifier, err error) {
	defer a.screen.during(a.say("preparing the dictionary"))()
	inLittleMemory(func() { c, err = classifier.New(d, a.classifierOptions()) })
	var faults dict.Errors
	if errors.As(err, &faults) {
		return nil, &exitError{code: exitUsage, err: err}
	}
	return c, err
}
