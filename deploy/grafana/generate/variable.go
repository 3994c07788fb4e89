package main

import (
	"github.com/grafana/grafana-foundation-sdk/go/cog"
	"github.com/grafana/grafana-foundation-sdk/go/dashboard"
)

// variable is a choice above the panels.
type variable struct {
	name, kind  string // kind: datasource, query or custom
	query       string
	label, help text
	all         bool // several can be chosen, and all of them are at first
}

var (
	sourceVariable = variable{
		name: "datasource", kind: "datasource", query: "prometheus",
		label: text{"数据源", "Data source"}, help: text{"采集 minyi 指标的 Prometheus。", "The Prometheus that scrapes minyi."},
	}
	jobVariable = variable{
		name: "job", kind: "query", query: "label_values(minyi_build_info, job)",
		label: text{"征求意见", "Consultation"}, help: text{"Prometheus 里的任务名；每次征求意见一个。", "The job in Prometheus: one for each consultation."},
	}
	windowVariable = variable{
		name: "window", kind: "custom", query: "1d,1h,6h,7d,30d",
		label: text{"统计时段", "Window"}, help: text{"各时段面板每一点往前统计多久。", "How far each point of a panel looks back."},
	}
	themeVariable = variable{
		name: "theme", kind: "query", query: `label_values(minyi_tally_theme_suggestions{job="$job"}, theme)`, all: true,
		label: text{"主题", "Theme"}, help: text{"细项面板显示哪些主题的细项。", "Whose sub-themes the panels of sub-themes show."},
	}
)

// built is a variable as the builder of dashboards takes it.
type built dashboard.VariableModel

// Build implements cog.Builder.
func (b built) Build() (dashboard.VariableModel, error) { return dashboard.VariableModel(b), nil }

func (v variable) in(l language) cog.Builder[dashboard.VariableModel] {
	m := dashboard.VariableModel{
		Type: dashboard.VariableType(v.kind), Name: v.name, Label: cog.ToPtr(l.of(v.label)), Description: cog.ToPtr(l.of(v.help)),
		Query: &dashboard.StringOrMap{String: &v.query},
	}
	if v.kind == "query" {
		m.Datasource, m.Definition = &datasource, &v.query
		m.Query = &dashboard.StringOrMap{Map: map[string]any{"query": v.query, "refId": "variable-" + v.name}}
		m.Refresh, m.Sort = cog.ToPtr(dashboard.VariableRefreshOnTimeRangeChanged), cog.ToPtr(dashboard.VariableSortAlphabeticalAsc)
	}
	if v.all {
		m.Multi, m.IncludeAll, m.AllValue = cog.ToPtr(true), cog.ToPtr(true), cog.ToPtr(".*")
		m.Current = &dashboard.VariableOption{
			Text:  dashboard.StringOrArrayOfString{ArrayOfString: []string{"All"}},
			Value: dashboard.StringOrArrayOfString{ArrayOfString: []string{"$__all"}},
		}
	}
	return built(m)
}
