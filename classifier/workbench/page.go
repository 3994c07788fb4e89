package workbench

import (
	"strings"

	"github.com/minyi/minyi/dict"
	"github.com/minyi/minyi/dict/phrase"
)

// Reader says for whom a measurement is written as text. The zero value means
// English.
type Reader struct {
	Language phrase.Language
	// Dicts are the dictionaries that were measured. In Chinese, a sub-theme is shown
	// by its name in the first of them that has it; otherwise, and in English, by its
	// id.
	Dicts []*dict.Dictionary
}

// say is fmt.Sprintf in the language of the reader.
func (r Reader) say(format string, args ...any) string { return r.Language.Say(format, args...) }

// name returns what a theme or sub-theme is called, or its id if another one has the
// same name. What is not an id of a dictionary, such as a label, is returned
// unchanged.
func (r Reader) name(id string) string {
	if r.Language != phrase.Chinese {
		return id
	}
	for _, d := range r.Dicts {
		names, own := map[string]int{}, ""
		for i := range d.Themes {
			if d.Themes[i].ID == id {
				own = d.Themes[i].Name.Zh
			}
			names[d.Themes[i].Name.Zh]++
		}
		eachSubTheme(d, func(_, _ int, s *dict.SubTheme) {
			if s.ID == id {
				own = s.Name.Zh
			}
			names[s.Name.Zh]++
		})
		if own != "" && names[own] == 1 {
			return own
		}
	}
	return id
}

// Names returns what each of these is called in a report: see Reader.
func (r Reader) Names(ids []string) []string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = r.name(id)
	}
	return out
}

// heading returns the name with the id, since flags and files need the id.
func (r Reader) heading(id string) string {
	if name := r.name(id); name != id {
		return r.say("%s (%s)", name, id)
	}
	return id
}

func (r Reader) headings(ids []string) string {
	out := make([]string, len(ids))
	for i, id := range ids {
		out[i] = r.heading(id)
	}
	return strings.Join(out, r.say(", "))
}

// shortName is the least width of a column of names, in columns, where a table is
// too wide.
const shortName = 8

// page is a text that is being written for a reader.
type page struct {
	strings.Builder
	Reader
}

// writef writes what say returns.
func (p *page) writef(format string, args ...any) { p.WriteString(p.say(format, args...)) }
