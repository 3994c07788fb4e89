package report

import (
	"fmt"
	"strings"
	"time"

	"github.com/minyi/minyi/internal/measure"
	"github.com/minyi/minyi/internal/textfmt"
	"github.com/minyi/minyi/pipeline"
)

// intervalColumns adds the columns of what shares are when the errors of the dictionary are
// taken off, if it was measured.
func (b *builder) intervalColumns(t *Table) {
	if b.Measure != nil {
		t.Columns = append(t.Columns, figures(b.of("校正占比", "Corrected")), figures(b.of("95%区间", "95% interval")))
	}
}

// withInterval adds to a row what its share of the suggestions assigned is when errors are
// taken off, and between what it is.
func (b *builder) withInterval(c cell, r Row) Row {
	if b.Measure == nil {
		return r
	}
	corrected, between, why := b.interval(c)
	switch why {
	case measure.Given:
		r.Cells = append(r.Cells, figure(corrected), figure(between))
	case measure.FewTexts:
		r.Cells = append(r.Cells, text(""), text(b.of("标注太少", "few labels")))
	case measure.NoTell:
		r.Cells = append(r.Cells, text(""), text(b.of("无法判断", "cannot tell")))
	default:
		r.Cells = append(r.Cells, text(""), text(""))
	}
	return r
}

// interval returns the figures of a share without the errors, or why there are none.
func (b *builder) interval(c cell) (corrected, between Figure, why measure.Why) {
	if b.Measure == nil {
		return Figure{}, Figure{}, measure.Unknown
	}
	tagged := cell{by: ofTagged}
	i, why := b.Measure.Interval(c.id, b.now.count(c).Primary, b.now.tagged)
	if why != measure.Given {
		return Figure{}, Figure{}, why
	}
	at := b.now.at(c)
	corrected = Figure{Cell: "corrected " + at, Form: Share, Value: hundredth(i.Share), Text: percent(i.Share)}
	between = Figure{Cell: "interval " + at, Form: Between, Value: hundredth(i.Share), Text: strings.TrimSuffix(percent(i.Low), "%") + "–" + percent(i.High)}
	return b.now.hiding(corrected, c, tagged), b.now.hiding(between, c, tagged), why
}

// hundredth rounds a share as it is shown: a workbook then has no digits that another kind of
// computer computes otherwise.
func hundredth(share float64) float64 { return float64(int64(share*10_000+0.5)) / 10_000 }

func percent(share float64) string { return fmt.Sprintf("%.2f%%", 100*hundredth(share)) }

// sayInterval says a theme's share without the errors in a sentence.
func (b *builder) sayInterval(c cell) {
	corrected, between, why := b.interval(c)
	if why != measure.Given || corrected.Hidden {
		return
	}
	b.say(sentence{
		"按词典实测的误差校正，“{theme}”占已归类意见建议的{corrected}，95%区间为{between}。",
		"With the measured errors of the dictionary taken off, {theme} is {corrected} of the suggestions assigned (95% interval {between}).",
	}, args{"theme": b.name(c.id), "corrected": corrected, "between": between})
}

// measureNotes says in the notes how good the dictionary is, and from what that is known.
func (b *builder) measureNotes() {
	m := b.Measure
	if m == nil {
		b.item(sentence{
			"分类由关键词词典自动完成。本词典没有可用的准确率和召回率测量结果，因此不给出占比区间。",
			"Suggestions are assigned by a dictionary of keywords. Its precision and recall have not been measured, so no intervals are given.",
		}, nil)
		return
	}
	b.item(sentence{
		"分类由关键词词典自动完成。词典的准确率和召回率按{texts}条人工标注的文本（{file}，{by}，{day}）测得，列于文末。校正占比和95%区间由此推算（罗根—格拉登估计），标注文本是随机抽取时才成立；标注不足{least}条的不给出。",
		"Suggestions are assigned by a dictionary of keywords. Its precision and recall were measured on {texts} texts that people had labelled ({file}, {by}, {day}), and are listed at the end. Corrected shares and 95% intervals follow from them (Rogan and Gladen, 1978) and hold if the labelled texts were drawn at random; with fewer than {least} labelled texts none is given.",
	}, args{
		"texts": numberOf("measure texts", uint64(m.Labels.Texts)), "file": textfmt.Visible(m.Labels.File), "by": textfmt.Visible(m.By),
		"day": b.day(m.Measured.UTC().Format(time.DateOnly)), "least": numberOf("measure least", measure.MinLabels),
	})
}

// measureTable is how good the dictionary is, by theme and sub-theme.
func (b *builder) measureTable() {
	if b.Measure == nil {
		return
	}
	t := Table{ID: "measure", Title: b.of("词典的准确率和召回率", "Precision and recall of the dictionary"), Columns: []Column{
		words(b.of("主题", "Theme")), figures(b.of("标注条数", "Labelled")), figures(b.of("准确率", "Precision")), figures(b.of("召回率", "Recall")),
	}}
	row := func(id string, level int) {
		a, ok := b.Measure.Of(id)
		if !ok {
			return
		}
		n, at := a.Any, "measure:"+id
		t.Rows = append(t.Rows, Row{Sum: level == 0, Level: level, Cells: []Span{
			text(b.name(id)), figure(numberOf(at, uint64(n.TP+n.FN))),
			figure(shareOf("precision "+at, uint64(n.TP), uint64(n.TP+n.FP))), figure(shareOf("recall "+at, uint64(n.TP), uint64(n.TP+n.FN))),
		}})
	}
	for _, id := range order(b.now, pipeline.ByTheme, b.themeIDs()) {
		row(id, 0)
		for _, sub := range order(b.now, pipeline.BySubTheme, b.subThemesOf(id)) {
			row(sub, 1)
		}
	}
	b.add(t)
}
