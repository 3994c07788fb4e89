package report

import (
	"crypto/sha256"
	"encoding/base64"
	"slices"
	"strings"

	"github.com/minyi/minyi/pipeline"
)

// Manifest says how a report was made, so that it can be made again. It is stored in
// the document.
type Manifest struct {
	Schema  int      `json:"schema"`
	Lang    Language `json:"lang"`
	Counts  Counted  `json:"counts"`
	Days    Days     `json:"days"`
	MinCell uint64   `json:"min_cell"`
	Samples int      `json:"samples"`
	Names   Names    `json:"names,omitempty"`
	// Earlier is what it is compared with, and Then the same as it was counted then.
	Earlier     *Counted `json:"earlier,omitempty"`
	EarlierDays Days     `json:"earlier_days,omitzero"`
	Then        *Counted `json:"then,omitempty"`
	// Seal tells whether a figure is still as it was written, when messages are gone and
	// it cannot be counted again: digests of tags and texts, in order, 3 bytes each, in
	// base64. It is no signature: who wants to can write another.
	Seal string `json:"seal,omitempty"`
	// Figures is how many figures the report has.
	Figures int `json:"figures"`
}

// Counted names the counts of a tally at a frontier.
type Counted struct {
	Spec     pipeline.Spec `json:"spec"`
	Frontier uint64        `json:"frontier"`
	Missing  uint64        `json:"missing"` // sequences that were not there when they were counted
}

// sealOf is the digest of a figure in a document.
func sealOf(tag, text string) string {
	sum := sha256.Sum256([]byte(tag + "\x00" + text))
	return string(sum[:3])
}

// seal notes all figures of a report in its manifest.
func (r *Report) seal() {
	var all []string
	for f := range r.Figures {
		all = append(all, sealOf(f.Tag(r.Frontier), f.Text))
	}
	r.Manifest.Figures = len(all)
	slices.Sort(all)
	r.Manifest.Seal = base64.StdEncoding.EncodeToString([]byte(strings.Join(slices.Compact(all), "")))
}

// sealed returns the digests of a seal.
func (m *Manifest) sealed() map[string]bool {
	b, err := base64.StdEncoding.DecodeString(m.Seal)
	if err != nil {
		return nil // nothing is known to be as it was written
	}
	all := make(map[string]bool)
	for ; len(b) >= 3; b = b[3:] {
		all[string(b[:3])] = true
	}
	return all
}

// manifestSchema is the version of the manifest.
const manifestSchema = 1

func countedOf(c pipeline.Counts) Counted { return Counted{c.Info.Spec, c.Frontier, c.Missing} }

func manifestOf(in Input) Manifest {
	m := Manifest{
		Schema: manifestSchema, Lang: in.Lang, Counts: countedOf(in.Counts), Days: in.Days,
		MinCell: in.MinCell, Samples: in.SamplesAsked, Names: in.Names,
	}
	if e := in.Earlier; e != nil {
		earlier := countedOf(e.Counts)
		m.Earlier, m.EarlierDays = &earlier, e.Days
		if e.Then != nil {
			then := countedOf(*e.Then)
			m.Then = &then
		}
	}
	return m
}
