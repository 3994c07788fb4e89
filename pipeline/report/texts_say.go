package report

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/minyi/minyi/pipeline"
)

// sameTexts is the section of suggestions with the same text: two totals, and the texts
// that most suggestions have.
func (b *builder) sameTexts() {
	b.heading(2, "内容相同的留言", "Messages with the same text")
	t := b.Texts
	if t == nil || t.Read == 0 {
		b.say(sentence{"没有读取留言内容，因此没有比较。", "The texts of the messages were not read, so they were not compared."}, nil)
		return
	}
	hidden := b.hidesSame()
	n := func(name string, n uint64) Figure {
		f := b.now.hiding(numberOf("texts "+name+" now", n), cell{by: ofValid})
		if hidden {
			return f.hide()
		}
		return f
	}
	read := b.now.hiding(numberOf("texts read now", t.Read), cell{by: ofValid})
	defer b.nearTexts()
	if t.Repeated == 0 && !hidden {
		b.say(sentence{"读取意见建议{read}条，没有内容相同的。", "{read|suggestion was|suggestions were} read, and no two have the same text."}, args{"read": read})
		return
	}
	b.say(sentence{
		"读取意见建议{read}条，内容不同的{distinct}条。有{repeated}条与其他留言内容相同，共{groups}组。比较时不计标点、空格、全半角和繁简的差别；改写过的不算相同。重复的留言都已计数。",
		"{read|suggestion was|suggestions were} read, with {distinct} different texts. {repeated} have the text of another one, in {groups|group|groups}. Punctuation, spaces, width and traditional or simplified characters make no difference; texts that say the same in other words do. All of them are counted.",
	}, args{"read": read, "distinct": n("distinct", t.Distinct), "repeated": n("repeated", t.Repeated), "groups": n("groups", t.Groups)})
	if len(t.Largest) == 0 {
		return
	}
	table := Table{ID: "same", Title: b.of("相同内容最多的留言", "Texts that most messages have"), Columns: []Column{
		{Title: b.of("内容", "Text"), Wide: 4},
		figures(b.of("条数", "Messages")),
		words(b.of("来源", "Sources")), figures(b.of("日期", "Days")), figures(b.of("首条", "First")),
	}}
	for _, s := range t.Largest {
		at := fmt.Sprintf("same:%d", s.Seq)
		table.Rows = append(table.Rows, Row{Cells: []Span{
			text(b.quoted(s)), figure(numberOf(at+" now", s.Count)), text(b.sourcesOf(s.Sources)), text(b.span(s.First, s.Last)), figure(numberOf("message", s.Seq)),
		}})
	}
	b.add(table)
}

// quoted is the text of a group, if it is to be quoted.
func (b *builder) quoted(s SameText) string {
	return cmp.Or(s.Text, b.of("（不引用）", "(not quoted)"))
}

// nearTexts lists the texts that suggestions have with small changes.
func (b *builder) nearTexts() {
	if len(b.Texts.Near) == 0 {
		return
	}
	b.say(sentence{
		"下表是只差几个字的留言，如只换了姓名、地名或数字：四个字一组，与样例重合的（杰卡德系数）不低于{rate}，内容相同的也在内。",
		"The next table has messages that differ in a few words, such as a name, a place or a number: of their sequences of four characters at least {rate} are those of the example (Jaccard index). Messages with the same text are among them.",
	}, args{"rate": shareOf("near least", nearlySame*100, 100)})
	table := Table{ID: "near", Title: b.of("只差几个字的留言", "Messages that differ in a few words"), Columns: []Column{
		{Title: b.of("样例", "Example"), Wide: 4},
		figures(b.of("条数", "Messages")), figures(b.of("写法", "Texts")),
		words(b.of("来源", "Sources")), figures(b.of("日期", "Days")), figures(b.of("序号", "Message")),
	}}
	for _, s := range b.Texts.Near {
		at := fmt.Sprintf("near:%d now", s.Seq)
		table.Rows = append(table.Rows, Row{Cells: []Span{
			text(b.quoted(s.SameText)), figure(numberOf(at, s.Count)), figure(numberOf("texts "+at, s.Texts)),
			text(b.sourcesOf(s.Sources)), text(b.span(s.First, s.Last)), figure(numberOf("message", s.Seq)),
		}})
	}
	b.add(table)
}

// hidesSame reports whether the totals of same texts would show a small number: one of
// theirs, a difference of two, or what is left beside the texts that are listed.
func (b *builder) hidesSame() bool {
	t, rest := b.Texts, b.Texts.Repeated
	for _, s := range t.Largest {
		rest -= min(rest, s.Count)
	}
	small := func(n uint64) bool { return n > 0 && n < b.MinCell }
	return small(t.Repeated) || small(t.Read-t.Distinct) || small(rest) || small(t.Read-t.Repeated)
}

// mostNamed is how many sources of a text are named.
const mostNamed = 3

func (b *builder) sourcesOf(ids []string) string {
	s := ""
	for i, id := range ids[:min(len(ids), mostNamed)] {
		if i > 0 {
			s += b.of("、", ", ")
		}
		s += b.source(id)
	}
	if len(ids) > mostNamed {
		s += b.of("等", " and others")
	}
	return s
}

// span is from one day to another as it stands in a table.
func (b *builder) span(first, last string) string {
	if first == last {
		return b.shortDay(first)
	}
	if year := first[:min(len(first), len("2006-"))]; strings.HasPrefix(last, year) {
		last = strings.TrimPrefix(last, year)
	}
	return b.shortDay(first) + b.of("至", " to ") + b.shortDay(last)
}

// hotWords is the section of the words and phrases that became more frequent.
func (b *builder) hotWords() {
	b.heading(2, "词语", "Words and phrases")
	t := b.Texts
	switch {
	case t == nil || t.Read == 0:
		b.say(sentence{"没有读取留言内容，因此没有比较。", "The texts of the messages were not read, so they were not compared."}, nil)
		return
	case t.Recent.To == "":
		b.say(sentence{"统计期不足两天，不比较升降。", "The period is shorter than two days, so nothing can rise in it."}, nil)
		return
	}
	b.say(sentence{
		"把{recent}的意见建议与{prior}的相比，检验了{tested}个词语，每个在两段时间内合计至少见于{least}条意见建议；按对数似然比检验，错误发现率不超过{rate}。",
		"Suggestions of {recent} are compared with those of {prior}: {tested|word or phrase|words and phrases} in at least {least} suggestions of both periods together were tested by their log-likelihood, at a rate of false discoveries of at most {rate}.",
	}, args{
		"recent": b.period(t.Recent), "prior": b.period(t.Prior), "tested": numberOf("words tested", uint64(t.Tested)),
		"least": numberOf("words least", t.Least), "rate": shareOf("words rate", falseAmong*100, 100),
	})
	if len(t.Words) == 0 {
		b.say(sentence{"没有明显增多的词语。", "No word has become more frequent beyond chance."}, nil)
		return
	}
	table := Table{ID: "words", Title: b.of("明显增多的词语", "Words that became more frequent"), Columns: []Column{
		words(b.of("词语", "Word")), words(b.of("主要见于", "Mostly in")), figures(b.of("最近", "Last days")), figures(b.of("此前", "Before")), figures(b.of("频率之比", "Times as frequent")),
	}}
	if slices.ContainsFunc(t.Words, func(w HotWord) bool { return w.Prior == 0 }) {
		table.Note = b.of("频率之比为“–”的词语此前没有出现。", "Words with “–” did not occur before.")
	}
	for _, w := range t.Words {
		prior, ratio := numberOf("word:"+w.Word+" prior", w.Prior), ratioOf("word:"+w.Word, w.Ratio)
		if w.Prior > 0 && w.Prior < b.MinCell {
			prior, ratio = prior.hide(), ratio.hide()
		}
		table.Rows = append(table.Rows, Row{Cells: []Span{text(w.Word), text(b.mostlyIn(w)), figure(numberOf("word:"+w.Word+" recent", w.Recent)), figure(prior), figure(ratio)}})
	}
	b.add(table)
}

// mostlyIn names where a word is found. A sub-theme whose number is hidden is not named.
func (b *builder) mostlyIn(w HotWord) string {
	switch {
	case w.Untagged:
		return b.of("未归类", "not assigned")
	case w.SubTheme == "" || b.now.hidden[cell{pipeline.BySubTheme, w.SubTheme}]:
		return b.of("多个子主题", "several")
	}
	return b.name(w.SubTheme)
}

// ratioOf is how many times as large something is, with one digit; none for 0.
func ratioOf(cell string, x float64) Figure {
	f := Figure{Cell: "ratio " + cell, Form: Mean, Text: noText}
	if x > 0 {
		f.Value = math.Round(10*x) / 10
		f.Text = fmt.Sprintf("%.1f", f.Value)
	}
	return f
}
