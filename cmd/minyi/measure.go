package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/minyi/minyi/classifier"
	"github.com/minyi/minyi/classifier/workbench"
	"github.com/minyi/minyi/dict"
	"github.com/minyi/minyi/dict/phrase"
	"github.com/minyi/minyi/internal/measure"
	"github.com/minyi/minyi/internal/textfmt"
	"github.com/minyi/minyi/pipeline/broker"
	"github.com/minyi/minyi/pipeline/supervise"
)

// folderMeasure returns the measure that lies in the folder of a dictionary. It is nil
// where there is none, and where it is of another version, which a note says.
func (a *app) folderMeasure(dir string, d *dict.Dictionary) (*measure.Measure, error) {
	if dir == "" {
		return nil, nil
	}
	path := filepath.Join(dir, measure.File)
	b, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	m, err := measure.Parse(b)
	if err != nil {
		return nil, usageError("%s: %w; minyi dict eval LABELS --dict %s --save measures it anew", path, err, dir)
	}
	if is := d.Version(); m.Dict != is {
		a.notef("note: %s is of version %.12s of the dictionary, and this is %.12s, so it is left out; minyi dict eval LABELS --dict %s --save measures it anew", path, m.Dict, is, dir)
		return nil, nil
	}
	return m, nil
}

// brokerMeasure returns the measure of a version that the broker has, nil if it has none.
func brokerMeasure(ctx context.Context, conn *broker.Conn, version string) (*measure.Measure, error) {
	b, err := conn.Tallies().Measure(ctx, version)
	if err != nil || b == nil {
		return nil, err
	}
	m, err := measure.Parse(b)
	if err != nil {
		return nil, phrase.Errorf("measure of dictionary %s on the broker: %w", version, err)
	}
	if m.Dict != version {
		return nil, phrase.Errorf("measure of dictionary %s on the broker: it is of %s", version, m.Dict)
	}
	return m, nil
}

// saveMeasure writes a measure beside its dictionary.
func (a *app) saveMeasure(m *measure.Measure, dir string) error {
	path := filepath.Join(dir, measure.File)
	err := writeFile(path, func(w io.Writer) error {
		_, err := w.Write(m.Marshal())
		return err
	})
	if err != nil {
		return err
	}
	a.sayMeasured(m, path)
	return nil
}

// storeMeasure stores a measure on the broker, and what it is of in the history.
func (a *app) storeMeasure(ctx context.Context, conn *broker.Conn, m *measure.Measure) error {
	l := m.Labels
	why := phrase.Textf("%s: %d labelled texts, sha256 %.12s", l.File, l.Texts, l.SHA256).String()
	return conn.Tallies().PutMeasure(ctx, m.Dict, m.Marshal(), m.By, cutWhy(why))
}

// cutWhy shortens a reason to what the history takes, and cuts no character in two.
func cutWhy(why string) string {
	if len(why) <= supervise.MaxWhy {
		return why
	}
	const sign = "…"
	return strings.ToValidUTF8(why[:supervise.MaxWhy-len(sign)], "") + sign
}

// sayMeasured says where a measure was written, and what it is worth.
func (a *app) sayMeasured(m *measure.Measure, where string) {
	l := m.Labels
	a.notef("%s written: dictionary %.12s, %s labelled texts of %s", where, m.Dict, textfmt.Count(l.Texts), l.File)
	if l.Examples > 0 {
		a.notef("note: %s of them are examples of the dictionary itself", textfmt.Count(l.Examples))
	}
	a.notef("note: figures are too good if the dictionary was tuned on these texts, and intervals\nhold only if the texts were drawn at random")
	few := 0
	for _, x := range m.Accuracy {
		if _, why := m.Interval(x.ID, 1, 2); why == measure.FewTexts {
			few++
		}
	}
	if few > 0 {
		a.notef("note: %d themes or sub-themes have fewer than %d labelled texts, and get no interval", few, measure.MinLabels)
	}
}

// measured completes a measure with who made it, and when.
func (a *app) measured(m *measure.Measure, by string) *measure.Measure {
	m.Measured, m.By = time.Now().UTC().Truncate(time.Second), by
	return m
}

// publishMeasure takes the measure along that lies beside a dictionary.
func (a *app) publishMeasure(ctx context.Context, conn *broker.Conn, dir string, c *classifier.Classifier) error {
	m, err := a.folderMeasure(dir, c.Dictionary())
	if err != nil || m == nil {
		return err
	}
	return a.storeMeasure(ctx, conn, m)
}

// chances are those of a dictionary in a folder, nil if it was not measured.
func (a *app) chances(dir string, c *classifier.Classifier) (*workbench.Chances, error) {
	m, err := a.folderMeasure(dir, c.Dictionary())
	if err != nil {
		return nil, err
	}
	return workbench.NewChances(c, m)
}

// newRecord is the record of a text with the chances of its tags.
func newRecord(c *classifier.Classifier, chances *workbench.Chances, id string, text []byte, r *classifier.Result) *classifier.Record {
	rec := c.NewRecord(id, text, r)
	for i, chance := range chances.Of(text, r.Tags) {
		rec.Themes[i].Chance = chance
	}
	return rec
}

// explained is a masked explanation with the chances of the tags. R is written over.
func explained(c *classifier.Classifier, chances *workbench.Chances, r *classifier.Result, text []byte) *classifier.Explanation {
	e := c.Explain(text)
	if chances != nil {
		c.Classify(r, text)
		of := newRecord(c, chances, "", text, r)
		for i := range e.SubThemes {
			for _, t := range of.Themes {
				if t.ID == e.SubThemes[i].ID {
					e.SubThemes[i].Chance = t.Chance
				}
			}
		}
	}
	return workbench.MaskExplanation(e)
}

// noteStaleMeasure says if a measure lies in the folder of a dictionary that cannot be used.
func (a *app) noteStaleMeasure(dir string) error {
	if dir == "" || absent(filepath.Join(dir, measure.File)) {
		return nil
	}
	d, err := loadDict(dir)
	if err != nil {
		return nil //nolint:nilerr // lint has said what keeps it from being read
	}
	_, err = a.folderMeasure(dir, d)
	return err
}

// intervalCells are the corrected share and its interval in a table for people.
func (a *app) intervalCells(i measure.Interval, why measure.Why) []string {
	switch why {
	case measure.Given:
		return []string{percent(i.Share), percent(i.Low) + "-" + percent(i.High)}
	case measure.FewTexts:
		return []string{"", a.inLanguage("标注太少", "few labels")}
	case measure.NoTell:
		return []string{"", a.inLanguage("无法判断", "cannot tell")}
	}
	return []string{"", ""}
}

func percent(share float64) string { return fmt.Sprintf("%.2f%%", 100*share) }

// writeMeasure says below a table what intervals are from.
func (a *app) writeMeasure(m *measure.Measure) {
	fmt.Fprint(a.stdout, a.say("\n95 %%: share of the tagged, corrected by %s labelled texts (%s)\n",
		textfmt.Count(m.Labels.Texts), m.Labels.File))
}
