package report

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/minyi/minyi/dict"
	"github.com/minyi/minyi/internal/measure"
	"github.com/minyi/minyi/pipeline"
)

// Input is all that a report is made of.
type Input struct {
	Counts pipeline.Counts
	Days   Days // of the report; empty: all
	// Earlier is what the report is compared with; nil: nothing.
	Earlier *Earlier
	Lang    Language
	Names   Names
	// MinCell is the size below which a number is not shown; 0 or 1: all are.
	MinCell uint64
	// Samples are the messages to quote, and SamplesAsked how many of each sub-theme
	// were asked for.
	Samples      []Sample
	SamplesAsked int
	// Texts are what the texts of the stream say beyond the counts; nil: nobody read them.
	Texts *Texts
	// Measure is what labelled texts say of the dictionary of the counts; nil: nobody has
	// measured it, and shares have no intervals.
	Measure *measure.Measure
}

// Earlier is an earlier period of the same stream, or an earlier consultation, counted
// with the dictionary of the report.
type Earlier struct {
	Counts pipeline.Counts
	Days   Days
	// Then are the counts of the same messages with the dictionary that was in use
	// then, if it was another one and its counts are still there; nil if not.
	Then *pipeline.Counts
}

// Names are what sources are called, by id. One that is not there is called by its id.
type Names map[string]dict.Name

// builder makes a report.
type builder struct {
	Input
	tree          pipeline.ThemeTree
	now, all      *period // all: the whole stream
	before, then  *period // nil: none
	recent, prior *period // the newest days and as many before them; nil: they are not shown
	few           bool    // because there are too few messages
	none          string  // the days of the earlier period if it has no messages
	out           *Report

	chapter, section, tables, charts int
}

// New makes the report of some counts.
func New(in Input) *Report {
	b := &builder{Input: in, tree: in.Counts.Info.Themes, out: &Report{Lang: in.Lang, Frontier: in.Counts.Frontier, AsOf: in.Counts.AsOf, Manifest: manifestOf(in)}}
	b.periods()
	b.out.Title = b.Lang.of("意见建议分析报告", "Report on the suggestions received")
	days := b.now.bounds()
	b.out.Subtitle = b.Lang.of("（", "") + b.period(days) + b.Lang.of("）", "")
	b.overview()
	b.themes()
	b.changes()
	b.hot()
	b.samples()
	b.notes()
	return b.out
}

// nowName is the name of the period that the report is of.
const nowName = "now"

// periods makes the periods of the report, and hides what must not be shown.
func (b *builder) periods() {
	t := b.Counts.Totals
	b.now, b.all = newPeriod(nowName, t, b.Days), newPeriod("all", t, Days{})
	same := []*period{b.now, b.all}
	if e := b.Earlier; e != nil {
		b.before = newPeriod("before", e.Counts.Totals, e.Days)
		if e.Counts.Totals == t {
			same = append(same, b.before)
		} else {
			hide(e.Counts, b.MinCell, b.before)
		}
		if e.Then != nil {
			b.then = newPeriod("then", e.Then.Totals, e.Days)
			hide(*e.Then, b.MinCell, b.then)
		}
	}
	hide(b.Counts, b.MinCell, same...)
	b.newest(same)
	if b.before != nil && b.before.total == 0 { // to set numbers beside nothing tells nothing
		b.none, b.before, b.then = b.period(b.before.bounds()), nil, nil
	}
}

// newest makes the periods of what is rising, unless to show them would hide more of the
// others: with few messages a week by sub-theme is a table of small numbers.
func (b *builder) newest(others []*period) {
	newest, before, ok := b.now.newest()
	if !ok {
		return
	}
	recent, prior := newPeriod("recent", b.Counts.Totals, newest), newPeriod("prior", b.Counts.Totals, before)
	shown := make([]map[cell]bool, len(others))
	for i, p := range others {
		shown[i] = p.hidden
	}
	hide(b.Counts, b.MinCell, append(slices.Clone(others), recent, prior)...)
	for i, p := range others {
		for c, is := range p.hidden {
			b.few = b.few || is && !shown[i][c]
		}
	}
	if b.few {
		for i, p := range others {
			p.hidden = shown[i]
		}
		return
	}
	b.recent, b.prior = recent, prior
}

// numerals are the numbers of chapters in Chinese.
var numerals = []string{"", "一", "二", "三", "四", "五", "六", "七", "八", "九", "十"}

// heading begins a chapter or, with level 2, a section of one.
func (b *builder) heading(level int, zh, en string) {
	var number string
	if level == 1 {
		b.chapter, b.section = b.chapter+1, 0
		number = b.Lang.of(numerals[b.chapter]+"、", strconv.Itoa(b.chapter)+". ")
	} else {
		b.section++
		number = b.Lang.of("（"+numerals[b.section]+"）", fmt.Sprintf("%d.%d ", b.chapter, b.section))
	}
	b.add(Heading{level, number + b.Lang.of(zh, en)})
}

// add adds a block; tables and charts get their numbers.
func (b *builder) add(block Block) {
	switch x := block.(type) {
	case Table:
		b.tables++
		x.Number = b.tables
		block = x
	case Chart:
		b.charts++
		x.Number = b.charts
		block = x
	}
	b.out.Blocks = append(b.out.Blocks, block)
}

// say adds a paragraph.
func (b *builder) say(p sentence, a args) { b.add(Paragraph{Spans: b.Lang.say(p, a)}) }

// item adds an item of a list.
func (b *builder) item(p sentence, a args) { b.add(Paragraph{Spans: b.Lang.say(p, a), Item: true}) }

// name is what a theme, a sub-theme or an aspect is called.
func (b *builder) name(id string) string {
	for _, t := range b.tree {
		if t.ID == id {
			return cmp.Or(b.Lang.of(t.Zh, t.En), id)
		}
		for _, s := range t.SubThemes {
			if s.ID == id {
				return cmp.Or(b.Lang.of(s.Zh, s.En), id)
			}
		}
	}
	for _, a := range dict.Aspects() {
		if a.ID == id {
			return b.Lang.of(a.Name.Zh, a.Name.En)
		}
	}
	return id
}

// source is what a source is called.
func (b *builder) source(id string) string {
	switch id {
	case pipeline.OtherSource:
		return b.Lang.of("其他来源", "other sources")
	case "unknown":
		return b.Lang.of("来源不明", "source unknown")
	}
	n := b.Names[id]
	return cmp.Or(b.Lang.of(n.Zh, n.En), n.Zh, n.En, id)
}

// reason is why a message is no suggestion, in words.
func (b *builder) reason(id string) string {
	words := map[pipeline.Reason][2]string{
		pipeline.NotJSON:       {"格式错误", "not JSON"},
		pipeline.NotObject:     {"不是对象", "no object"},
		pipeline.NoText:        {"没有正文", "no text"},
		pipeline.Blank:         {"正文为空", "blank text"},
		pipeline.TooLarge:      {"超过长度上限", "too large"},
		pipeline.Undecodable:   {"编码无法识别", "encoding not readable"},
		pipeline.ServerMessage: {"服务器自身的消息", "the server's own message"},
	}
	w, ok := words[pipeline.Reason(id)]
	if !ok {
		return id
	}
	return b.Lang.of(w[0], w[1])
}

// day is a day as it is written in a sentence.
func (b *builder) day(day string) string {
	switch day {
	case pipeline.DayBefore:
		return b.Lang.of("此前", "earlier")
	case pipeline.DayAfter:
		return b.Lang.of("此后", "later")
	}
	t, err := time.Parse(time.DateOnly, day)
	if err != nil {
		return day
	}
	return b.Lang.of(t.Format("2006年1月2日"), t.Format("2 January 2006"))
}

// period is a period as it is written in a sentence.
func (b *builder) period(d Days) string {
	switch {
	case d == Days{}:
		return b.Lang.of("无留言", "no messages")
	case d.From == d.To:
		return b.day(d.From)
	case d.To == "": // it was asked for from a day on, and there is nothing
		return fmt.Sprintf(b.Lang.of("%s起", "%s and later"), b.day(d.From))
	case d.From == "":
		return fmt.Sprintf(b.Lang.of("截至%s", "%s and earlier"), b.day(d.To))
	}
	return b.day(d.From) + b.Lang.of("至", " to ") + b.day(d.To)
}

// order returns ids with the largest primary count first, and in the given order where
// counts are equal.
func order(p *period, by pipeline.Dimension, ids []string) []string {
	return slices.SortedStableFunc(slices.Values(ids), func(x, y string) int {
		return cmp.Compare(p.count(cell{by, y}).Primary, p.count(cell{by, x}).Primary)
	})
}

// themeIDs and subThemeIDs are those of the dictionary, in its order.
func (b *builder) themeIDs() (ids []string) {
	for _, t := range b.tree {
		ids = append(ids, t.ID)
	}
	return ids
}

func (b *builder) subThemeIDs() (ids []string) {
	for _, t := range b.tree {
		for _, s := range t.SubThemes {
			ids = append(ids, s.ID)
		}
	}
	return ids
}

func text(s string) Span                   { return Span{Text: s} }
func figure(f Figure) Span                 { return Span{Figure: &f} }
func words(s string) Column                { return Column{Title: s} }
func figures(s string) Column              { return Column{Title: s, Figures: true} }
func (b *builder) of(zh, en string) string { return b.Lang.of(zh, en) }
