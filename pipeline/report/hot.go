package report

import (
	"cmp"
	"slices"

	"github.com/minyi/minyi/pipeline"
)

// At most mostHot rows, of at most hotDays days against as many before them.
const (
	mostHot = 10
	hotDays = 7
)

// newest returns the newest days of the period and as many before them; false if it has
// less than two.
func (p *period) newest() (recent, prior Days, ok bool) {
	days := min(hotDays, p.days()/2)
	if days == 0 {
		return Days{}, Days{}, false
	}
	to := p.bounds().To
	middle := plusDays(to, -days)
	return Days{plusDays(middle, 1), to}, Days{plusDays(middle, 1-days), middle}, true
}

// hot is the chapter of what has become more frequent: the newest days of the period
// against as many days before them.
func (b *builder) hot() {
	b.heading(1, "热点情况", "What is rising")
	b.heading(2, "子主题", "Sub-themes")
	b.rising()
	b.hotWords()
}

// rising is the section of the sub-themes whose share rose.
func (b *builder) rising() {
	recent, prior := b.recent, b.prior
	if b.few {
		b.tooFew()
		return
	}
	if recent == nil || b.now.tagged == 0 {
		b.say(sentence{"统计期不足两天，不比较升降。", "The period is shorter than two days, so nothing can rise in it."}, nil)
		return
	}
	x, tagged := pair{recent, prior}, cell{by: ofTagged}
	points := func(id string) Figure { return x.points(cell{pipeline.BySubTheme, id}, tagged) }
	shown := slices.DeleteFunc(b.subThemeIDs(), func(id string) bool { return points(id).Hidden })
	if len(shown) == 0 {
		b.tooFew()
		return
	}
	ids := slices.DeleteFunc(shown, func(id string) bool { return points(id).Value <= 0 })
	b.say(sentence{
		"最近{days}天（{recent}）与此前{days}天（{prior}）相比，已归类的意见建议{change}条。下表列出占比上升最多的子主题。",
		"The last {days} days ({recent}) are compared with the {days} days before ({prior}): the number of suggestions assigned to a theme {change}. The table lists the sub-themes whose share rose most.",
	}, args{
		"days": numberOf("days recent", uint64(recent.days())), "recent": b.period(recent.asked), "prior": b.period(prior.asked), "change": b.Lang.moved(x.change(tagged), more, less),
	})
	ids = slices.SortedStableFunc(slices.Values(ids), func(i, j string) int { return cmp.Compare(points(j).Value, points(i).Value) })
	if len(ids) == 0 {
		b.say(sentence{"没有占比上升的子主题。", "No sub-theme has a larger share than before."}, nil)
		return
	}
	t := Table{ID: "rising", Title: b.of("占比上升最多的子主题", "Sub-themes whose share rose most"), Columns: []Column{
		words(b.of("子主题", "Sub-theme")), figures(b.of("最近", "Last days")), figures(b.of("占比", "Share")), figures(b.of("此前", "Before")),
		figures(b.of("占比", "Share")), figures(b.of("增减", "Change")), figures(b.of("百分点", "Points")),
	}}
	for _, id := range ids[:min(len(ids), mostHot)] {
		c := cell{pipeline.BySubTheme, id}
		t.Rows = append(t.Rows, Row{Cells: []Span{
			text(b.name(id)), figure(recent.number(c)), figure(recent.share(c, tagged)), figure(prior.number(c)), figure(prior.share(c, tagged)),
			figure(x.change(c)), figure(points(id)),
		}})
	}
	b.add(t)
}

// tooFew says why days are not compared.
func (b *builder) tooFew() {
	b.say(sentence{"留言不多，按天数比较会显出少于{min}条的数字，因此不作比较。", "There are too few messages to compare days without showing numbers below {min}."}, args{"min": numberOf("minimum", b.MinCell)})
}
