package report

import (
	"time"

	"github.com/minyi/minyi/pipeline"
)

// samples is the chapter of what citizens wrote.
func (b *builder) samples() {
	if b.SamplesAsked == 0 {
		return
	}
	b.heading(1, "典型留言", "Representative messages")
	if len(b.Samples) == 0 {
		b.say(sentence{"没有可供选取的留言。", "There are no messages to choose from."}, nil)
		return
	}
	b.say(sentence{
		"以下留言按来源和日期分层随机抽取，内容相同或相近的只取一条，电话、证件号码和邮箱已遮盖，姓名和住址没有：分发前请通读。括号内为留言在数据流中的序号。",
		"These messages were drawn at random, stratified by source and day, and no two with the same or nearly the same text. Phone and identity numbers and e-mail addresses are masked; names and postal addresses are not: read them before you pass the report on. The number is the message's sequence in the stream.",
	}, nil)
	for _, id := range b.subThemeIDs() {
		first := true
		for _, s := range b.Samples {
			if s.SubTheme != id || b.now.hidden[cell{pipeline.BySubTheme, id}] {
				continue // of those of whom there are few none is quoted
			}
			if first {
				b.subheading(b.name(id))
				first = false
			}
			b.add(Quote{Text: s.Text, Seq: s.Seq, Origin: b.Lang.say(sentence{"（{source}，{day}，第{seq}条）", "({source}, {day}, message {seq})"}, args{
				"source": b.source(s.Source), "day": b.day(s.Day), "seq": numberOf("message", s.Seq),
			})})
		}
	}
}

// subheading begins a section that is not counted, as there may be many.
func (b *builder) subheading(title string) { b.add(Heading{3, title}) }

// notes is the chapter of how it was counted.
func (b *builder) notes() {
	b.heading(1, "口径说明", "How it was counted")
	c := &b.Counts
	b.item(sentence{
		"数据来自消息流 {stream}，统计编号 {tally}，词典版本 {dict}，统计至第{frontier}条消息。",
		"The data are those of stream {stream}, tally {tally}, dictionary {dict}, counted up to message {frontier}.",
	}, args{"stream": c.Info.Spec.Stream, "tally": c.Tally, "dict": short(c.Dict), "frontier": numberOf("frontier", c.Frontier)})
	if !c.AsOf.IsZero() {
		b.item(sentence{"最后一条消息存入于{at}；日期按 {zone} 时区。", "The last message was stored at {at}; days are those of the time zone {zone}."},
			args{"at": b.moment(c.AsOf), "zone": c.Info.Spec.Format.Zone})
	}
	b.item(sentence{
		"全部消息共{stored}条：已归类{tagged}条，未归类{untagged}条，不计入{rejected}条，读取时已不存在{missing}条，四项之和等于总数。",
		"In the whole stream: {stored} stored = {tagged} assigned + {untagged} not assigned + {rejected} not counted + {missing} no longer there when they were read.",
	}, args{
		"stored": numberOf("stored all", c.Stored), "tagged": b.all.number(cell{by: ofTagged}), "untagged": b.all.number(cell{by: ofUntagged}),
		"rejected": b.all.number(cell{by: ofRejected}), "missing": numberOf("missing all", c.Missing),
	})
	b.item(sentence{
		"“数量”按每条意见建议得分最高的子主题计一次，因此各子主题之和等于已归类总数；“涉及”包括提到该主题的全部意见建议，各项之和可以超过总数。",
		"A suggestion is counted once, under its strongest sub-theme, so that sub-themes add up to the suggestions assigned. Mentions count every suggestion that has the theme at all, and add up to more.",
	}, nil)
	b.item(sentence{
		"占比保留两位小数，分项之和可能因四舍五入与合计略有出入；百分点按未舍入的占比计算。",
		"Shares are rounded to two decimals, so that parts may not add up to the whole; percentage points are computed before rounding.",
	}, nil)
	if n := c.Totals.Sum(pipeline.KindUndated).Primary; n > c.AbsurdTime {
		b.item(sentence{"有{n}条没有写明时间，计入存入当天。", "{n|message gives|messages give} no time, counted on the day of storing."},
			args{"n": b.smallest(numberOf("no_time all", n-c.AbsurdTime))})
	}
	if c.AbsurdTime > 0 {
		b.item(sentence{"有{n}条写明的时间无法识别，计入存入当天。", "{n|message gives|messages give} a time that cannot be read, counted on the day of storing."},
			args{"n": b.smallest(numberOf("absurd_time all", c.AbsurdTime))})
	}
	if b.MinCell > 1 {
		b.item(sentence{
			"少于{min}条的数字不公布，以{mark}表示；能由其他数字推算出它们的数字同样不公布。",
			"Numbers below {min} are not published and shown as {mark}, and neither are those from which they could be computed.",
		}, args{"min": numberOf("minimum", b.MinCell), "mark": "“" + HiddenText + "”"})
	}
	b.measureNotes()
	b.comparedNotes()
	b.measureTable()
}

// smallest hides a number of messages that stands alone if it is small.
func (b *builder) smallest(f Figure) Figure {
	if f.Value > 0 && f.Value < float64(b.MinCell) {
		return f.hide()
	}
	return f
}

// comparedNotes says what the earlier figures are.
func (b *builder) comparedNotes() {
	e := b.Earlier
	if e == nil || b.none != "" {
		return
	}
	a := args{"stream": e.Counts.Info.Spec.Stream, "frontier": numberOf("frontier before", e.Counts.Frontier), "dict": short(e.Counts.Dict)}
	b.item(sentence{
		"可比口径：对比时期的数据来自消息流 {stream}，统计至第{frontier}条消息，用本报告的词典（版本 {dict}）统计。",
		"Same basis: the earlier figures are of stream {stream}, up to message {frontier}, counted with the dictionary of this report ({dict}).",
	}, a)
	if e.Then == nil {
		b.item(sentence{
			"没有找到对比时期用其他词典统计的结果，因此只列可比口径的数字。",
			"No counts of the earlier period with another dictionary were found, so only figures on the same basis are given.",
		}, nil)
		return
	}
	b.item(sentence{"当时口径：统计编号 {tally}，词典版本 {old}。", "As counted then: tally {tally}, dictionary {old}."},
		args{"tally": e.Then.Tally, "old": short(e.Then.Dict)})
}

// moment is a time in the zone of the counts' days.
func (b *builder) moment(t time.Time) string {
	zone, err := time.LoadLocation(b.Counts.Info.Spec.Format.Zone)
	if err != nil {
		zone = time.UTC
	}
	t = t.In(zone)
	return b.of(t.Format("2006年1月2日15时04分"), t.Format("15:04 on 2 January 2006"))
}
