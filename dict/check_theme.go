package dict

import (
	"strings"

	"github.com/minyi/minyi/dict/phrase"
)

// checkThemes checks every rule that a dictionary keeps.
func (c *checker) checkThemes() {
	themes := map[string]place{}
	for i := range c.themes {
		t := &c.themes[i]
		p := place{theme: i + 1}
		if msg, hint := checkID(t.ID); !msg.IsZero() {
			c.report(p.key("theme"), msg, hint)
		} else if first, twice := themes[t.ID]; twice {
			c.report(p.key("theme"), phrase.Textf("the theme %q is also %s", t.ID, c.elsewhere(first)), phrase.Textf("one file has all of a theme"))
		} else {
			themes[t.ID] = p.key("theme")
		}
		c.checkNames(p, t.Name)
		if msg, hint := checkRelativeThreshold(t.RelativeThreshold); !msg.IsZero() {
			c.report(p.key("relative_threshold"), msg, hint)
		}
		if msg, hint := checkThresholdLength(t.ThresholdLength); !msg.IsZero() {
			c.report(p.key("threshold_length"), msg, hint)
		}
		if msg, hint := checkTitleWeight(t.TitleWeight, c.written(p.key("title_weight"))); !msg.IsZero() {
			c.report(p.key("title_weight"), msg, hint)
		} else if t.TitleWeight == 1 {
			t.TitleWeight = 0
		}
		if len(t.SubThemes) == 0 {
			c.report(p.key("subthemes"), phrase.Textf("a theme without sub-themes"), phrase.Textf("add one: `- id: …` under `subthemes:`"))
		}
		c.checkSubThemes(p, t)
	}
	c.checkExamples()
}

func (c *checker) checkNames(p place, n Name) {
	// With New, an empty name is an absent one. In a file, an empty name is a fault
	// only if it was written, which its mark shows.
	for _, f := range []struct{ key, name string }{{"zh", n.Zh}, {"en", n.En}} {
		if f.name == "" && !c.written(p.key(f.key)) {
			continue
		}
		if msg, hint := checkName(f.name); !msg.IsZero() {
			c.report(p.key(f.key), msg, hint)
		}
	}
}

func (c *checker) checkSubThemes(p place, t *Theme) {
	seen := map[string]place{}
	for i := range t.SubThemes {
		s := &t.SubThemes[i]
		at := p.subTheme(i)
		c.checkSubThemeID(at, t.ID, s.ID, seen)
		c.checkNames(at, s.Name)
		if s.Aspect != "" || c.written(at.key("aspect")) {
			c.checkAspect(at.key("aspect"), s.Aspect)
		}
		if msg, hint := checkThreshold(s.Threshold); !msg.IsZero() {
			c.report(at.key("threshold"), msg, hint)
		}
		c.checkKeywords(at, s.Keywords)
	}
}

func (c *checker) checkSubThemeID(p place, theme, id string, seen map[string]place) {
	local, ok := strings.CutPrefix(id, theme+"/")
	if !ok {
		c.report(p.key("id"), phrase.Textf("the id %q does not begin with %q", id, theme+"/"), phrase.Text{})
		return
	}
	if msg, hint := checkID(local); !msg.IsZero() {
		if strings.HasPrefix(local, theme+"/") {
			hint = phrase.Textf("write %q: the theme is put before it", strings.TrimPrefix(local, theme+"/"))
		}
		c.report(p.key("id"), msg, hint)
		return
	}
	if first, twice := seen[id]; twice {
		c.report(p.key("id"), phrase.Textf("the sub-theme %q is also %s", id, c.elsewhere(first)), phrase.Textf("make one of the two, or rename one"))
		return
	}
	seen[id] = p.key("id")
}

func (c *checker) checkAspect(p place, id string) {
	ids := aspectIDs()
	for _, known := range ids {
		if id == known {
			return
		}
	}
	hint := phrase.Textf("the aspects are %s", strings.Join(ids, ", "))
	if better := Suggest(id, ids); better != "" {
		hint = phrase.Textf("did you mean %q? %s", better, hint)
	}
	c.report(p, phrase.Textf("unknown aspect %s", quoteShort(id)), hint)
}

// checkExamples runs last, because an example may name sub-themes of any file.
func (c *checker) checkExamples() {
	known := map[string]bool{}
	var ids []string
	complete := !c.unread
	for i, t := range c.themes {
		p := place{theme: i + 1}
		complete = complete && !c.isFaulty(p.key("theme")) && !c.isFaulty(p.key("subthemes"))
		for j, s := range t.SubThemes {
			complete = complete && !c.isFaulty(p.subTheme(j).key("id"))
			if !known[s.ID] {
				known[s.ID] = true
				ids = append(ids, s.ID)
			}
		}
	}
	for i, t := range c.themes {
		for j, s := range t.SubThemes {
			for k := range s.Examples {
				p := place{theme: i + 1}.subTheme(j).exampleAt(k)
				c.checkExample(p, &s.Examples[k])
				if complete {
					c.checkKnown(p.key("expect"), s.Examples[k].Expect, known, ids)
					c.checkKnown(p.key("forbid"), s.Examples[k].Forbid, known, ids)
				}
			}
		}
	}
}

func (c *checker) checkExample(p place, e *Example) {
	if strings.TrimSpace(e.Text) == "" {
		c.report(p.key("text"), phrase.Textf("an example without text"), phrase.Text{})
	}
	if e.Expect == nil && len(e.Forbid) == 0 && !c.isFaulty(p.key("expect")) && !c.isFaulty(p.key("forbid")) {
		c.report(p, phrase.Textf("an example that demands nothing"), phrase.Textf("add expect or forbid; `expect: []` demands that the text has no tag"))
	}
	expected := map[string]bool{}
	for i, id := range e.Expect {
		if expected[id] {
			c.report(p.key("expect").item(i), phrase.Textf("%q a second time", id), phrase.Textf("keep one of them"))
		}
		expected[id] = true
	}
	forbidden := map[string]bool{}
	for i, id := range e.Forbid {
		switch at := p.key("forbid").item(i); {
		case forbidden[id]:
			c.report(at, phrase.Textf("%q a second time", id), phrase.Textf("keep one of them"))
		case expected[id]:
			c.report(at, phrase.Textf("%q is both expected and forbidden", id), phrase.Textf("keep one of them"))
		}
		forbidden[id] = true
	}
}

func (c *checker) checkKnown(p place, list []string, known map[string]bool, ids []string) {
	for i, id := range list {
		if known[id] {
			continue
		}
		hint := phrase.Textf("write theme/sub-theme, as in livelihood/education")
		if better := Suggest(id, ids); better != "" {
			hint = phrase.Textf("did you mean %q?", better)
		}
		c.report(p.item(i), phrase.Textf("there is no sub-theme %s", quoteShort(id)), hint)
	}
}
