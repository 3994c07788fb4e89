package dict

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/minyi/minyi/dict/phrase"
)

// readTheme reads one file into the checker's themes.
func readTheme(c *checker, src *source, root *yaml.Node) {
	r := &reader{c: c, src: src}
	c.sources[src.file] = src
	c.marks = slices.Grow(c.marks, 2*len(src.lines)) // a keyword has two
	r.rejectMarkup(root)
	t := Theme{File: src.file}
	p := place{theme: len(c.themes) + 1}
	c.mark(p, r.pos(root))
	entries, ok := r.mapping(p, root, phrase.Textf("a theme"), "theme", "name", "relative_threshold", "threshold_length", "title_weight", "subthemes")
	if !ok {
		c.themes = append(c.themes, t)
		return
	}
	if e, ok := entries.get("theme"); ok {
		t.ID, _ = r.word(p.key("theme"), e.value, field("theme"))
	} else {
		r.missing(p, root, "theme", phrase.Textf("begin the file with `theme: ` and an id of a-z, 0-9 and _"))
	}
	if e, ok := entries.get("name"); ok {
		t.Name = r.name(p, e.value)
	}
	if e, ok := entries.get("relative_threshold"); ok {
		t.RelativeThreshold, _ = r.number(p.key("relative_threshold"), e.value, field("relative_threshold"))
	}
	if e, ok := entries.get("threshold_length"); ok {
		t.ThresholdLength = r.count(p.key("threshold_length"), e.value, field("threshold_length"))
	}
	if e, ok := entries.get("title_weight"); ok {
		t.TitleWeight = r.count(p.key("title_weight"), e.value, field("title_weight"))
	}
	if e, ok := entries.get("subthemes"); ok {
		items, ok := r.list(p.key("subthemes"), e.value, field("subthemes"), phrase.Textf("write each as an item: `- id: …`"))
		if ok {
			c.mark(p.key("subthemes"), r.pos(e.value))
		}
		for i, item := range items {
			t.SubThemes = append(t.SubThemes, r.subTheme(p.subTheme(i), t.ID, item))
		}
	} else {
		r.missing(p, root, "subthemes", phrase.Textf("add `subthemes:` and a list under it"))
	}
	c.themes = append(c.themes, t)
}

// name reads {zh: …, en: …}.
func (r *reader) name(p place, n *yaml.Node) Name {
	var name Name
	entries, ok := r.mapping(p.key("name"), n, field("name"), "zh", "en")
	if !ok {
		return name
	}
	if e, ok := entries.get("zh"); ok {
		name.Zh, _ = r.word(p.key("zh"), e.value, field("zh"))
	}
	if e, ok := entries.get("en"); ok {
		name.En, _ = r.word(p.key("en"), e.value, field("en"))
	}
	return name
}

func (r *reader) subTheme(p place, theme string, n *yaml.Node) SubTheme {
	s := SubTheme{Threshold: 1, Pos: r.pos(n)}
	entries, ok := r.mapping(p, n, phrase.Textf("a sub-theme"), "id", "name", "aspect", "threshold", "keywords", "examples")
	if !ok {
		return s
	}
	if e, ok := entries.get("id"); ok {
		if local, ok := r.word(p.key("id"), e.value, field("id")); ok {
			s.ID = theme + "/" + local
		}
	} else {
		r.missing(p, n, "id", phrase.Textf("a sub-theme is counted under its id: `id: education`"))
	}
	if e, ok := entries.get("name"); ok {
		s.Name = r.name(p, e.value)
	}
	if e, ok := entries.get("aspect"); ok {
		s.Aspect, _ = r.word(p.key("aspect"), e.value, field("aspect"))
	}
	if e, ok := entries.get("threshold"); ok {
		if x, ok := r.number(p.key("threshold"), e.value, field("threshold")); ok {
			s.Threshold = x
		}
	}
	if e, ok := entries.get("keywords"); ok {
		items, _ := r.list(p.key("keywords"), e.value, field("keywords"), phrase.Textf("write each as an item: `- 学校`; [] is a sub-theme that is never tagged"))
		s.Keywords = slices.Grow(s.Keywords, len(items))
		for i, item := range items {
			s.Keywords = append(s.Keywords, r.keyword(p.keywordAt(i), item))
		}
	} else {
		r.missing(p, n, "keywords", phrase.Textf("add `keywords:` and a list under it"))
	}
	if e, ok := entries.get("examples"); ok {
		items, _ := r.list(p.key("examples"), e.value, field("examples"), phrase.Textf("write each as an item: `- {text: …, expect: [theme/sub-theme]}`"))
		for i, item := range items {
			s.Examples = append(s.Examples, r.example(p.exampleAt(i), item))
		}
	}
	return s
}

// keywordKeys are the keys of a keyword that is a mapping.
var keywordKeys = []string{"word", "weight", "match", "token", "unless", "all", "within"}

// keyword reads a plain word, or a mapping with word or all.
func (r *reader) keyword(p place, n *yaml.Node) Keyword {
	k := Keyword{Weight: 1, Pos: r.pos(n)}
	switch {
	case n.Kind == yaml.ScalarNode:
		if isEmpty(n) {
			r.fault(p, n, phrase.Textf("an empty item"), r.emptyHint(n))
			return k
		}
		k.Word, _ = r.word(p, n, phrase.Textf("a keyword"))
		return k
	case n.Kind != yaml.MappingNode:
		r.wrongKind(p, n, phrase.Textf("a keyword"), phrase.Textf("a word or a mapping"), phrase.Textf("write `- 学校` or `- {word: 学校, weight: 0.6}`"))
		return k
	}
	entries, _ := r.mapping(p, n, phrase.Textf("a keyword"), keywordKeys...)
	r.shapeOfKeyword(p, n, entries)
	if e, ok := entries.get("word"); ok {
		k.Word, _ = r.word(p.key("word"), e.value, field("word"))
	}
	if e, ok := entries.get("all"); ok {
		k.All = r.words(p.key("all"), e.value, field("all"))
		r.c.mark(p.key("all"), r.pos(e.value))
	}
	if e, ok := entries.get("within"); ok {
		k.Within = r.count(p.key("within"), e.value, field("within"))
	}
	if e, ok := entries.get("weight"); ok {
		if x, ok := r.number(p.key("weight"), e.value, field("weight")); ok {
			k.Weight = x
		}
	}
	if e, ok := entries.get("match"); ok {
		k.Whole = r.match(p.key("match"), e.value)
	}
	if e, ok := entries.get("token"); ok {
		k.Token = r.truth(p.key("token"), e.value, field("token"))
	}
	if e, ok := entries.get("unless"); ok {
		k.Unless = r.words(p.key("unless"), e.value, field("unless"))
	}
	return k
}

func (r *reader) emptyHint(n *yaml.Node) phrase.Text {
	rest := r.src.line(n.Line)[r.src.offset(r.pos(n)):]
	if strings.HasPrefix(strings.TrimLeft(rest, " \t"), "#") {
		return phrase.Textf("# begins a comment: to search for a word that begins with it, quote it")
	}
	return phrase.Textf("write a word after the dash, or delete the item")
}

// shapeOfKeyword reports keys that do not go together.
func (r *reader) shapeOfKeyword(p place, n *yaml.Node, given entries) {
	_, hasWord := given.get("word")
	all, hasAll := given.get("all")
	within, hasWithin := given.get("within")
	switch {
	case hasWord && hasAll:
		r.fault(p, all.key, phrase.Textf("a keyword with both word and all"), phrase.Textf("make two keywords of it"))
	case !hasWord && !hasAll:
		if len(given)*2 < len(n.Content) {
			r.c.faulty[p] = true // a key was unknown, and so it was probably one of these
			return
		}
		r.fault(p, n, phrase.Textf("a keyword with neither word nor all"), phrase.Textf("write {word: 学校} or {all: [学校, 收费], within: 12}"))
	case hasAll && !hasWithin && !r.c.faulty[p.key("within")]:
		r.fault(p.key("within"), all.key, phrase.Textf("a rule without within"),
			phrase.Textf("add within: the most characters from the first word's beginning to the last word's end"))
	case hasWord && hasWithin:
		r.fault(p.key("within"), within.key, phrase.Textf("within without all"), phrase.Textf("within belongs to a rule: {all: [学校, 收费], within: 12}"))
	}
	for _, key := range []string{"match", "token"} {
		if e, ok := given.get(key); ok && hasAll && !hasWord {
			r.fault(p.key(key), e.key, phrase.Textf("%s on a rule", key), phrase.Textf("it belongs to a single word: add that word as a keyword of its own"))
		}
	}
}

func (r *reader) match(p place, n *yaml.Node) bool {
	if n.Kind == yaml.ScalarNode && n.Value == "whole" {
		return true
	}
	r.wrongKind(p, n, field("match"), field("whole"), phrase.Textf("leave it out to match inside longer words too"))
	return false
}

func (r *reader) example(p place, n *yaml.Node) Example {
	e := Example{Pos: r.pos(n)}
	entries, ok := r.mapping(p, n, phrase.Textf("an example"), "text", "expect", "forbid")
	if !ok {
		return e
	}
	if t, ok := entries.get("text"); ok {
		e.Text, _ = r.text(p.key("text"), t.value, field("text"))
	} else {
		r.missing(p, n, "text", phrase.Textf("an example is a text and what it must be tagged with"))
	}
	if x, ok := entries.get("expect"); ok {
		e.Expect = r.words(p.key("expect"), x.value, field("expect"))
	}
	if x, ok := entries.get("forbid"); ok {
		e.Forbid = r.words(p.key("forbid"), x.value, field("forbid"))
	}
	return e
}
