package report

import "github.com/minyi/minyi/pipeline"

// Manifest says how a report was made, so that it can be made again. It is stored in
// the document.
type Manifest struct {
	Schema   int           `json:"schema"`
	Lang     Language      `json:"lang"`
	Spec     pipeline.Spec `json:"spec"`
	Frontier uint64        `json:"frontier"`
	Days     Days          `json:"days"`
	MinCell  uint64        `json:"min_cell"`
	Samples  int           `json:"samples"`
	Earlier  *EarlierSpec  `json:"earlier,omitempty"`
}

// EarlierSpec says what a report is compared with.
type EarlierSpec struct {
	Spec     pipeline.Spec `json:"spec"`
	Frontier uint64        `json:"frontier"`
	Days     Days          `json:"days"`
}

// manifestSchema is the version of the manifest.
const manifestSchema = 1

func manifestOf(in Input) Manifest {
	m := Manifest{
		Schema: manifestSchema, Lang: in.Lang, Spec: in.Counts.Info.Spec, Frontier: in.Counts.Frontier,
		Days: in.Days, MinCell: in.MinCell, Samples: in.SamplesAsked,
	}
	if e := in.Earlier; e != nil {
		m.Earlier = &EarlierSpec{e.Counts.Info.Spec, e.Counts.Frontier, e.Days}
	}
	return m
}
