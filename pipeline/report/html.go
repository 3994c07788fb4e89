package report

import (
	"fmt"
	"html/template"
	"io"
	"strings"
)

// HTML writes the report as one page without scripts and without anything from another
// host. It is laid out for paper: A4, the row of titles on each page, no row cut.
func (r *Report) HTML(to io.Writer) error { return page.Execute(to, pageOf{r}) }

// pageOf gives the template what it needs of a report.
type pageOf struct{ *Report }

// Kind tells the template what a block is.
func (pageOf) Kind(b Block) string { return strings.TrimPrefix(fmt.Sprintf("%T", b), "report.") }

// Text is a span as it is read.
func (pageOf) Text(s Span) string { return plain([]Span{s}) }

// Tag is the tag of a span's figure, "" if it is none.
func (p pageOf) Tag(s Span) string {
	if s.Figure == nil {
		return ""
	}
	return s.Figure.Tag(p.Frontier)
}

// Caption is the title of a table or a chart with its number.
func (p pageOf) Caption(b interface{ Caption(Language) string }) string { return b.Caption(p.Lang) }

// Code is the language as HTML names it.
func (p pageOf) Code() string { return p.Lang.of("zh-CN", "en") }

// bar is a figure of a chart.
type bar struct {
	Name, Text   string
	X, Y, Width  float64
	TextX, TextY float64
	Second       bool // of the second series
}

// drawing is a chart as lying bars.
type drawing struct {
	Width, Height float64
	Bars          []bar
	Legend        []string
}

// Draw lays out a chart: a bar a figure, with its name before and its number behind it.
func (p pageOf) Draw(c Chart) drawing {
	const names, width, high, step = 230.0, 400.0, 12.0, 15.0
	largest := 0.0
	for _, s := range c.Series {
		for _, f := range s.Figures {
			largest = max(largest, f.Value)
		}
	}
	d := drawing{Width: 720}
	if len(c.Series) > 1 {
		for _, s := range c.Series {
			d.Legend = append(d.Legend, s.Name)
		}
	}
	y := 4.0
	for i, name := range c.Categories {
		for j, s := range c.Series {
			f := s.Figures[i]
			b := bar{Text: f.Text, X: names, Y: y, TextY: y + high - 2, Second: j > 0}
			if j == 0 {
				b.Name = name
			}
			if largest > 0 {
				b.Width = width * f.Value / largest
			}
			b.TextX = names + b.Width + 5
			d.Bars = append(d.Bars, b)
			y += step
		}
		y += 3
	}
	d.Height = y + 4
	return d
}

var page = template.Must(template.New("page").Parse(`<!doctype html>
<html lang="{{.Code}}">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{{.Title}}</title>
<style>
@page { size: A4; margin: 37mm 26mm 35mm 28mm }
body { font: 12pt/1.8 FangSong, "仿宋", "Times New Roman", "Noto Serif CJK SC", serif; max-width: 156mm; margin: 2em auto; padding: 0 1em; color: #111; background: #fff }
h1 { font: 22pt/1.4 "方正小标宋简体", SimSun, "Noto Serif CJK SC", serif; text-align: center; margin: 0 }
.subtitle { text-align: center; margin: 0 0 2em }
h2 { font: 16pt/1.5 SimHei, "黑体", "Noto Sans CJK SC", sans-serif; margin: 1.2em 0 .3em }
h3 { font: 14pt/1.5 KaiTi, "楷体", "Noto Serif CJK SC", serif; margin: 1em 0 .3em }
h4 { font-size: 12pt; margin: .8em 0 .2em }
h2, h3, h4, caption, figcaption { break-after: avoid }
p { text-indent: 2em; margin: .2em 0; orphans: 2; widows: 2 }
html[lang=en] p { text-indent: 0; margin: .5em 0 }
table { border-collapse: collapse; width: 100%; font-size: 10pt; line-height: 1.4; margin: .6em 0 1em }
caption, figcaption { font: 11pt/1.5 SimHei, "黑体", "Noto Sans CJK SC", sans-serif; text-align: center; margin-bottom: .3em }
th, td { border: 1px solid #888; padding: .15em .5em; text-align: left; font-weight: normal }
thead th { text-align: center; background: #f2f2f2 }
thead { display: table-header-group }
tr, figure, blockquote { break-inside: avoid }
td.n { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums }
tr.sum th, tr.sum td { font-weight: bold }
tr.part th { padding-left: 1.8em }
figure { margin: 1em 0; text-align: center }
svg { width: 100%; height: auto }
svg text { font-size: 11px; fill: #111 }
rect { fill: #2e5c8a } rect.second { fill: #c8824a } .key0 { color: #2e5c8a } .key1 { color: #c8824a }
blockquote { margin: .5em 0 .5em 2em; font-family: KaiTi, "楷体", "Noto Serif CJK SC", serif }
.note { font-size: 10pt }
@media print { body { max-width: none; margin: 0; padding: 0 } thead th { background: none } }
</style>
</head>
<body>
{{- $p := .}}
<h1>{{.Title}}</h1>
<p class="subtitle">{{.Subtitle}}</p>
{{- range .Blocks}}{{$kind := $p.Kind .}}
{{- if eq $kind "Heading"}}
{{if eq .Level 1}}<h2>{{.Text}}</h2>{{else if eq .Level 2}}<h3>{{.Text}}</h3>{{else}}<h4>{{.Text}}</h4>{{end}}
{{- else if eq $kind "Paragraph"}}
<p>{{range .Spans}}{{with $p.Tag .}}<data value="{{.}}">{{end}}{{$p.Text .}}{{if .Figure}}</data>{{end}}{{end}}</p>
{{- else if eq $kind "Quote"}}
<blockquote>{{.Text}} {{range .Origin}}{{$p.Text .}}{{end}}</blockquote>
{{- else if eq $kind "Chart"}}{{$d := $p.Draw .}}
<figure>
<svg viewBox="0 0 {{$d.Width}} {{$d.Height}}" role="img" aria-label="{{.Title}}">
{{- range $d.Bars}}
<text x="222" y="{{.TextY}}" text-anchor="end">{{.Name}}</text><rect{{if .Second}} class="second"{{end}} x="{{.X}}" y="{{.Y}}" width="{{.Width}}" height="12"/><text x="{{.TextX}}" y="{{.TextY}}">{{.Text}}</text>
{{- end}}
</svg>
<figcaption>{{$p.Caption .}}{{range $i, $s := $d.Legend}} <span class="key{{$i}}">■</span> {{$s}}{{end}}</figcaption>
</figure>
{{- else if eq $kind "Table"}}{{$t := .}}
<table>
<caption>{{$p.Caption .}}</caption>
<thead><tr>{{range .Columns}}<th scope="col">{{.Title}}</th>{{end}}</tr></thead>
<tbody>
{{- range .Rows}}
<tr{{if .Sum}} class="sum"{{else if .Level}} class="part"{{end}}>
{{- range $i, $c := .Cells}}{{if $c.Figure}}<td class="n"><data value="{{$p.Tag $c}}">{{$p.Text $c}}</data></td>{{else if eq $i 0}}<th scope="row">{{$c.Text}}</th>{{else}}<td>{{$c.Text}}</td>{{end}}{{end}}</tr>
{{- end}}
</tbody>
</table>
{{- with .Note}}
<p class="note">{{.}}</p>{{end}}
{{- end}}{{end}}
</body>
</html>
`))
