package report

import (
	"github.com/minyi/minyi/internal/measure"
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
	// Texts is nil if the texts of the stream were not read.
	Texts *TextDays `json:"texts,omitempty"`
	// Measure is what labelled texts said of the dictionary; nil: it was not measured.
	Measure *measure.Measure `json:"measure,omitempty"`
	// Seal tells what is still as it was written; [Report.Docx] adds it.
	Seal Seal `json:"seal,omitzero"`
}

// Counted names the counts of a tally at a frontier.
type Counted struct {
	Spec     pipeline.Spec `json:"spec"`
	Frontier uint64        `json:"frontier"`
	Missing  uint64        `json:"missing"` // sequences that were not there when they were counted
}

// manifestSchema is the version of the manifest. It is raised when a report of before
// cannot be made again as it was: 2 has the texts of the stream, and the seal of figures in
// the order of the text; 3 has texts that are nearly the same.
const manifestSchema = 3

func countedOf(c pipeline.Counts) Counted { return Counted{c.Info.Spec, c.Frontier, c.Missing} }

func manifestOf(in Input) Manifest {
	m := Manifest{
		Schema: manifestSchema, Lang: in.Lang, Counts: countedOf(in.Counts), Days: in.Days,
		MinCell: in.MinCell, Samples: in.SamplesAsked, Names: in.Names, Measure: in.Measure,
	}
	if in.Texts != nil {
		m.Texts = &in.Texts.TextDays
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
