package main

import (
	"bytes"
	"encoding/json"
	"path"

	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/common"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"

	"github.com/minyi/minyi/dict"
)

// text is what people read, in both languages.
type text struct{ zh, en string }

// language is one of the two, and the folder that its dashboards are in.
type language string

const (
	english language = "en"
	chinese language = "zh-CN"
)

func (l language) of(t text) string {
	if l == chinese {
		return t.zh
	}
	return t.en
}

// board is a dashboard before it is written in a language.
type board struct {
	id, from     string // from is the age of the oldest data that it shows first
	title, about text
	variables    []variable
	annotations  []annotation
	rows         []row
}

type row struct {
	title  text
	panels []panel
}

// annotation marks moments in every panel that has a time axis.
type annotation struct {
	name, title, label text
	expr, color        string
	valueIsTime        bool // the value is the moment, in milliseconds since 1970
}

// document is a dashboard in schema v1. Grafana does not yet provision v2 from files.
type document = dashboard.Dashboard //nolint:staticcheck // as above

// datasource is the variable with which a reader chooses a Prometheus; nothing names one.
var datasource = common.DataSourceRef{Type: cog.ToPtr("prometheus"), Uid: cog.ToPtr("${datasource}")}

// dashboards are the files, by their names below the folder of dashboards.
func dashboards(d *dict.Dictionary) (map[string][]byte, error) {
	files := map[string][]byte{}
	for _, b := range []board{operators(), opinion()} {
		for _, l := range []language{english, chinese} {
			built, err := b.in(l, namesOf(d))
			if err != nil {
				return nil, err
			}
			var buf bytes.Buffer
			e := json.NewEncoder(&buf)
			e.SetEscapeHTML(false) // < and > are in expressions
			e.SetIndent("", "  ")
			if err := e.Encode(built); err != nil {
				return nil, err
			}
			files[path.Join(string(l), b.id+".json")] = buf.Bytes()
		}
	}
	return files, nil
}

// in builds the board in a language, in Grafana's schema v1.
func (b *board) in(l language, names []name) (document, error) {
	id := b.id
	if l == chinese {
		id += "-zh"
	}
	family := l.of(text{"民意", "minyi"})
	builder := dashboard.NewDashboardBuilder(l.of(b.title)) //nolint:staticcheck // as document
	builder.Uid(id).Description(l.of(b.about)).Tags([]string{family}).
		Time("now-"+b.from, "now").Refresh("1m").Timezone("browser").Editable().Tooltip(dashboard.DashboardCursorSyncCrosshair).
		Link(dashboard.NewDashboardLinkBuilder(family).Type(dashboard.DashboardLinkTypeDashboards).Tags([]string{family}).AsDropdown(true).KeepTime(true))
	for _, v := range append([]variable{sourceVariable, jobVariable}, b.variables...) {
		builder.WithVariable(v.in(l))
	}
	for _, a := range b.annotations {
		builder.Annotation(dashboard.NewAnnotationQueryBuilder().Name(l.of(a.name)).Datasource(datasource).Enable(true).IconColor(a.color).
			Expr(a.expr).TitleFormat(l.of(a.title)).TextFormat(l.of(a.label)).UseValueForTime(a.valueIsTime))
	}
	built, err := builder.Build()
	if err != nil {
		return built, err
	}
	built.Panels, err = layOut(b.rows, l, names)
	return built, err
}

// width is how many columns Grafana's grid has.
const width = 24

// layOut puts the rows below each other, and the panels of a row from left to right.
func layOut(rows []row, l language, names []name) (out []dashboard.PanelOrRowPanel, err error) {
	id, y := uint32(0), uint32(0)
	next := func() uint32 { id++; return id }
	for _, r := range rows {
		out = append(out, dashboard.PanelOrRowPanel{RowPanel: &dashboard.RowPanel{
			Type: "row", Id: next(), Title: cog.ToPtr(l.of(r.title)), GridPos: &dashboard.GridPos{H: 1, W: width, Y: y}, Panels: []dashboard.Panel{},
		}})
		y++
		x, tallest := uint32(0), uint32(0)
		for _, p := range r.panels {
			if x+p.width > width {
				x, y, tallest = 0, y+tallest, 0
			}
			built, err := p.in(l, names)
			if err != nil {
				return nil, err
			}
			built.Id, built.GridPos = cog.ToPtr(next()), &dashboard.GridPos{H: p.height(), W: p.width, X: x, Y: y}
			x, tallest = x+p.width, max(tallest, p.height())
			out = append(out, dashboard.PanelOrRowPanel{Panel: &built})
		}
		y += tallest
	}
	return out, nil
}
