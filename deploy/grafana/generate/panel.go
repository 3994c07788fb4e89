package main

import (
	"fmt"

	"github.com/grafana/grafana-foundation-sdk/go/bargauge"
	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
	"github.com/grafana/grafana-foundation-sdk/go/prometheus"
	"github.com/grafana/grafana-foundation-sdk/go/stat"
	"github.com/grafana/grafana-foundation-sdk/go/table"
	"github.com/grafana/grafana-foundation-sdk/go/timeseries"
)

// kind is how a panel shows its numbers.
type kind int

const (
	number  kind = iota // one number, now
	lines               // over time
	stack               // over time, on top of each other
	bars                // one bar a series, now
	listing             // a table of labels, now
)

// Units of Grafana's. Those that spell numbers out in English (short, durations) are left
// alone: a Chinese dashboard has none.
const (
	count    = "locale" // 12,345
	share    = "percentunit"
	seconds  = "s"
	clock    = "dthms" // hours:minutes:seconds
	octets   = "bytes"
	moment   = "dateTimeAsIso"
	unitless = "none"
)

// perSecond is the unit of rates.
var perSecond = text{"suffix:条/秒", "suffix:/s"}

// query is one expression of a panel; legend may name labels in {{braces}}.
type query struct {
	expr   string
	legend text
	marks  bool // show exemplars: single messages, with their sequence in the stream
}

// limit is from which value on a number has a colour.
type limit struct {
	from  float64
	color string
}

// panel is one panel in both languages.
type panel struct {
	kind         kind
	width        uint32
	title, about text
	unit         text
	queries      []query
	limits       []limit         // a number's colours, besides green
	says         map[string]text // what is shown instead of a value
	columns      []column        // of a listing
}

// column is a label that a table shows, and its heading.
type column struct {
	label   string
	heading text
}

// of is a unit that is the same in both languages.
func of(unit string) text { return text{unit, unit} }

func (p *panel) height() uint32 {
	if p.kind == number {
		return 4
	}
	return 8
}

// in builds the panel in a language.
func (p *panel) in(l language, names []name) (dashboard.Panel, error) {
	built, err := p.frame()
	if err != nil {
		return built, fmt.Errorf("%s: %w", p.title.en, err)
	}
	built.Title, built.Description, built.Datasource = cog.ToPtr(l.of(p.title)), cog.ToPtr(l.of(p.about)), &datasource
	if built.FieldConfig == nil {
		built.FieldConfig = &dashboard.FieldConfigSource{}
	}
	f := &built.FieldConfig.Defaults
	f.Unit = cog.ToPtr(l.of(p.unit))
	if p.unit.en == count {
		f.Decimals = cog.ToPtr(0.0)
	}
	f.Mappings = p.mappings(l)
	f.Thresholds = &dashboard.ThresholdsConfig{Mode: dashboard.ThresholdsModeAbsolute, Steps: []dashboard.Threshold{{Color: "green"}}}
	for _, s := range p.limits {
		f.Thresholds.Steps = append(f.Thresholds.Steps, dashboard.Threshold{Color: s.color, Value: &s.from})
	}
	for i, q := range p.queries {
		target := prometheus.NewDataqueryBuilder().RefId(string(rune('A' + i))).Datasource(datasource).Expr(q.expr).LegendFormat(l.of(q.legend))
		switch p.kind {
		case listing:
			target.Instant().Format(prometheus.PromQueryFormatTable)
		case bars:
			target.Instant()
		default:
			target.Range().Exemplar(q.marks)
		}
		t, err := target.Build()
		if err != nil {
			return built, fmt.Errorf("%s: %w", p.title.en, err)
		}
		built.Targets = append(built.Targets, t)
	}
	p.translate(&built, l, names)
	return built, nil
}

// frame is the panel without what all kinds have in common.
func (p *panel) frame() (dashboard.Panel, error) {
	last := common.NewReduceDataOptionsBuilder().Calcs([]string{"lastNotNull"})
	switch p.kind {
	case number:
		return stat.NewPanelBuilder().ReduceOptions(last).Orientation(common.VizOrientationAuto).GraphMode(common.BigValueGraphModeArea).ColorMode(common.BigValueColorModeValue).Build()
	case bars:
		return bargauge.NewPanelBuilder().ReduceOptions(last).Orientation(common.VizOrientationHorizontal).
			DisplayMode(common.BarGaugeDisplayModeBasic).ValueMode(common.BarGaugeValueModeText).Min(0).Build()
	case listing:
		built, err := table.NewPanelBuilder().Build()
		built.Options = &table.Options{ShowHeader: true} // the builder's footer is none that the schema takes
		return built, err
	}
	b := timeseries.NewPanelBuilder().LineWidth(1).FillOpacity(10).ShowPoints(common.VisibilityModeNever).Min(0).
		Legend(common.NewVizLegendOptionsBuilder().ShowLegend(true).DisplayMode(common.LegendDisplayModeList).Placement(common.LegendPlacementBottom).Calcs([]string{})).
		Tooltip(common.NewVizTooltipOptionsBuilder().Mode(common.TooltipDisplayModeMulti).Sort(common.SortOrderDescending))
	if p.kind == stack {
		b.FillOpacity(60).Stacking(common.NewStackingConfigBuilder().Mode(common.StackingModeNormal).Group("A"))
	}
	return b.Build()
}

// mappings shows words instead of numbers.
func (p *panel) mappings(l language) []dashboard.ValueMapping {
	if len(p.says) == 0 {
		return nil
	}
	options := map[string]dashboard.ValueMappingResult{}
	for value, t := range p.says {
		options[value] = dashboard.ValueMappingResult{Text: cog.ToPtr(l.of(t))}
	}
	return []dashboard.ValueMapping{{ValueMap: &dashboard.ValueMap{Type: dashboard.MappingTypeValueToText, Options: options}}}
}

// translate gives series and columns the names that people know.
func (p *panel) translate(built *dashboard.Panel, l language, names []name) {
	if p.kind == listing {
		heading, hidden, order := map[string]string{}, map[string]bool{"Time": true, "Value": true}, map[string]int{}
		for i, c := range p.columns {
			heading[c.label], order[c.label] = l.of(c.heading), i
		}
		built.Transformations = []dashboard.DataTransformerConfig{{
			Id: "organize", Options: map[string]any{"excludeByName": hidden, "indexByName": order, "renameByName": heading},
		}}
		return
	}
	built.FieldConfig.Overrides = overrides(p, l, names)
}
