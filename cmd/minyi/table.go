package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"

	"github.com/minyi/minyi/internal/textfmt"
	"github.com/minyi/minyi/pipeline"
)

// writeJSON writes v as one line on standard output, Chinese as it is. What is about a
// tally or a dictionary goes through [app.writeStamped], or says so itself.
func (a *app) writeJSON(v any) error { return a.writeStamped(v, pipeline.Stamp{}) }

// writeStamped is writeJSON with what the stamp says.
func (a *app) writeStamped(v any, s pipeline.Stamp) error {
	return encodeStamped(textfmt.NewJSONWriter(raw(a.stdout)), v, s)
}

func encodeStamped(w io.Writer, v any, s pipeline.Stamp) error {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return err
	}
	line, err := s.On(b.Bytes())
	if err != nil {
		return err
	}
	_, err = w.Write(append(line, '\n'))
	return err
}

// words are the headings of tables in one language.
type words struct {
	theme, primary, share, ofTheme, any         string
	tagged, untagged, rejected, missing, stored string
}

var tableWords = map[string]words{
	"en": {
		theme: "theme", primary: "primary", share: "share", ofTheme: "of theme", any: "any",
		tagged: "tagged", untagged: "untagged", rejected: "rejected", missing: "missing", stored: "stored",
	},
	"zh": {
		theme: "主题", primary: "主要", share: "占已归类", ofTheme: "占本主题", any: "涉及",
		tagged: "已归类", untagged: "未归类", rejected: "不计入", missing: "缺失", stored: "收到",
	},
}

// writeCounts prints a snapshot as a table of at most 80 columns. A theme or
// sub-theme has a row: the suggestions whose primary it is, their share of all
// tagged ones and of the theme, and the suggestions that mention it at all. Below
// stands the sum that has to hold.
func (a *app) writeCounts(s *pipeline.Snapshot, o pipeline.ThemeTree) {
	w := tableWords[a.lang]
	t := textfmt.Table{Columns: []textfmt.Column{
		{Title: w.theme}, {Title: w.primary, Right: true}, {Title: w.share, Right: true}, {Title: w.ofTheme, Right: true}, {Title: w.any, Right: true},
	}}
	for i := range s.Themes {
		theme := &s.Themes[i]
		noTheme := theme.Suppressed
		t.Bar(theme.Primary, a.name(o, theme.ID), number(theme.Primary, noTheme), share(theme.Primary, s.Tagged, noTheme || s.Suppressed && s.Tagged == 0), "", number(theme.Any, theme.AnySuppressed))
		for _, sub := range theme.SubThemes {
			no := sub.Suppressed
			t.Bar(sub.Primary, "  "+a.name(o, sub.ID), number(sub.Primary, no), share(sub.Primary, s.Tagged, no || s.Suppressed && s.Tagged == 0),
				share(sub.Primary, theme.Primary, no || noTheme), number(sub.Any, sub.AnySuppressed))
		}
	}
	fmt.Fprint(a.stdout, t.String())
	if s.Suppressed {
		fmt.Fprintf(a.stdout, "\n%s %s\n%s\n", w.stored, textfmt.Count(s.Stored), a.withheldNote())
		return
	}
	fmt.Fprintf(a.stdout, "\n%s %s + %s %s + %s %s + %s %s = %s %s\n",
		w.tagged, textfmt.Count(s.Tagged), w.untagged, textfmt.Count(s.Untagged), w.rejected, textfmt.Count(s.Rejected),
		w.missing, textfmt.Count(s.Missing), w.stored, textfmt.Count(s.Stored))
	a.writeUndated(s)
}

// withheld stands in tables for a number that --min-cell withholds.
const withheld = pipeline.Withheld

func (a *app) withheldNote() string {
	return a.inLanguage("* 未公布：数太小，或者由它可以推算出这样的数；所列各项因此不能相加",
		"* withheld: too small, or such a number would follow from it; so what is\nshown does not add up")
}

// number writes a count, or that it is withheld.
func number(n uint64, hidden bool) string {
	if hidden {
		return withheld
	}
	return textfmt.Count(n)
}

// share writes a share, or that it is withheld.
func share(n, of uint64, hidden bool) string {
	if hidden {
		return withheld
	}
	return textfmt.Share(n, of)
}

// writeUndated says how many messages are not on the day on which they were written.
func (a *app) writeUndated(s *pipeline.Snapshot) {
	if s.AbsurdTime > 0 {
		fmt.Fprint(a.stdout, a.say("%s give a time that cannot be read: counted on the day they were stored\n",
			textfmt.Count(s.AbsurdTime)))
	}
}

// name is the name of a theme or sub-theme in the chosen language, or its id if
// the tree does not have it.
func (a *app) name(o pipeline.ThemeTree, id string) string {
	for _, t := range o {
		if t.ID == id {
			return a.inLanguage(t.Zh, t.En)
		}
		for _, s := range t.SubThemes {
			if s.ID == id {
				return a.inLanguage(s.Zh, s.En)
			}
		}
	}
	return id
}
