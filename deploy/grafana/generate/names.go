package main

import (
	"regexp"
	"slices"

	"github.com/grafana/grafana-foundation-sdk/go/dashboard"

	"github.com/minyi/minyi/dict"
)

// name is how people know the value of a label.
type name struct {
	label, value string
	text         text
}

// fixed are the values of labels that do not depend on a dictionary. The words are those of
// the page.
var fixed = []name{
	{"state", "tagged", text{"已归类", "tagged"}},
	{"state", "untagged", text{"未归类", "untagged"}},
	{"state", "rejected", text{"不计入", "rejected"}},
	{"state", "missing", text{"缺失", "missing"}},
	{"reason", "not_json", text{"不是 JSON", "not JSON"}},
	{"reason", "not_object", text{"不是对象", "not an object"}},
	{"reason", "no_text", text{"没有正文", "no text"}},
	{"reason", "blank", text{"正文空白", "blank text"}},
	{"reason", "too_large", text{"超过大小上限", "too large"}},
	{"reason", "undecodable", text{"无法解码", "cannot be decoded"}},
	{"reason", "server_message", text{"服务器自身的消息", "written by the server itself"}},
	{"reason", "other", text{"其他", "other"}},
	{"source", "other", text{"其他", "other"}},
	{"source", "unknown", text{"未注明", "not given"}},
	{"role", "plan", text{"派发", "handing out"}},
	{"role", "work", text{"读取", "reading"}},
	{"role", "fold", text{"存入", "storing"}},
	{"role", "other", text{"其他", "other"}},
}

// namesOf adds the names of a dictionary's themes and sub-themes.
func namesOf(d *dict.Dictionary) []name {
	all := slices.Clone(fixed)
	for _, t := range d.Themes {
		all = append(all, name{"theme", t.ID, text{t.Name.Zh, t.Name.En}})
		for _, s := range t.SubThemes {
			all = append(all, name{"subtheme", s.ID, text{s.Name.Zh, s.Name.En}})
		}
	}
	return all
}

var placeholder = regexp.MustCompile(`^\{\{(\w+)\}\}$`)

// overrides names the series whose legend is nothing but a label.
func overrides(p *panel, l language, names []name) []dashboard.DashboardFieldConfigSourceOverrides {
	out := []dashboard.DashboardFieldConfigSourceOverrides{}
	seen := map[string]bool{}
	for _, q := range p.queries {
		m := placeholder.FindStringSubmatch(l.of(q.legend))
		if m == nil {
			continue
		}
		for _, n := range names {
			if n.label != m[1] || seen[n.value] || n.value == l.of(n.text) {
				continue
			}
			seen[n.value] = true
			out = append(out, dashboard.DashboardFieldConfigSourceOverrides{
				Matcher:    dashboard.MatcherConfig{Id: "byName", Options: n.value},
				Properties: []dashboard.DynamicConfigValue{{Id: "displayName", Value: l.of(n.text)}},
			})
		}
	}
	return out
}
