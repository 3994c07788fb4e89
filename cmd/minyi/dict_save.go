package main

import (
	"github.com/minyi/minyi/dict"
	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/internal/textfmt"
)

// saveDict writes a new dictionary to a folder. First it checks that the
// classifier accepts it, and that the files read back as the same dictionary.
func (a *app) saveDict(d *dict.Dictionary, dir string, force bool) error {
	return a.saveDictBy(d, dir, force, d.Write)
}

// saveDictBy is saveDict with the function that writes the files.
func (a *app) saveDictBy(d *dict.Dictionary, dir string, force bool, write func(dir string) ([]string, error)) error {
	if err := checkNew(dir, force); err != nil {
		return err
	}
	if _, err := a.newClassifier(d); err != nil {
		return err
	}
	err := replace(dir, func(staged string) error {
		if _, err := write(staged); err != nil {
			return err
		}
		if err := keepGold(dir, staged); err != nil {
			return err
		}
		back, err := dict.Load(staged)
		if err != nil {
			return phrase.Errorf("read back what was written: %w", err)
		}
		if back.Version() != d.Version() {
			return phrase.Errorf("the files in %s read back as another dictionary (%s, not %s)", dir, back.Version(), d.Version())
		}
		return nil
	})
	if err != nil {
		return phrase.Errorf("write dictionary %s: %w", dir, err)
	}
	keywords := 0
	for _, t := range d.Themes {
		for _, s := range t.SubThemes {
			keywords += len(s.Keywords)
		}
	}
	a.notef("%s", a.say("%s: %s keywords in %d sub-themes, version %s", dir, textfmt.Count(keywords), d.NumSubThemes(), d.Version()))
	return nil
}
