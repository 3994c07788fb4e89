package dashboard

import (
	"cmp"

	"github.com/minyi/minyi/dict"
)

// Names are what sources and themes are called, by their ids; a name that is not
// there is the dictionary's, and of sources the id.
type Names struct {
	Sources map[string]dict.Name `yaml:"sources"`
	Themes  map[string]dict.Name `yaml:"themes"` // and sub-themes, by theme/sub-theme
}

// names are the names of ids in one language.
type names struct{ themes, sources map[string]string }

// of returns the name of a theme or sub-theme.
func (n names) of(id string) string { return cmp.Or(n.themes[id], id) }

// source returns the name of a source.
func (n names) source(id string) string { return cmp.Or(n.sources[id], id) }

func (d *Dashboard) names(r request, m moment) names {
	n := names{make(map[string]string), make(map[string]string)}
	set := func(to map[string]string, id string, name dict.Name) {
		chosen, other := name.Zh, name.En
		if r.lang == en {
			chosen, other = other, chosen
		}
		if name := cmp.Or(chosen, other); name != "" {
			to[id] = name
		}
	}
	for _, t := range m.counts.Info.Themes {
		set(n.themes, t.ID, dict.Name{Zh: t.Zh, En: t.En})
		for _, s := range t.SubThemes {
			set(n.themes, s.ID, dict.Name{Zh: s.Zh, En: s.En})
		}
	}
	for id, name := range d.cfg.Names.Themes {
		set(n.themes, id, name)
	}
	for id, name := range d.cfg.Names.Sources {
		set(n.sources, id, name)
	}
	return n
}
