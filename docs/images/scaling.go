//go:build ignore

// Scaling draws docs/images/scaling.svg from two files of results of
// `minyi bench --json`, one a line: of more and more messages, and of more and
// more cells. `make scaling` measures and runs it, `make scaling.svg` only runs it.
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"image/color"
	"io"
	"os"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/plotter"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgsvg"
)

// result is the part of a result that is drawn.
type result struct {
	Messages float64 `json:"messages"`
	Cells    float64 `json:"cells"`
	Reader   float64 `json:"reader_cpu_us"`
	Pipeline float64 `json:"pipeline_cpu_us"`
	RSS      float64 `json:"rss_mb"`
}

func main() {
	if err := run(os.Args[1:], os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "scaling:", err)
		os.Exit(1)
	}
}

// read reads the results of a file.
func read(name string) ([]result, error) {
	b, err := os.ReadFile(name)
	if err != nil {
		return nil, err
	}
	var results []result
	for d := json.NewDecoder(bytes.NewReader(b)); ; {
		var r result
		err := d.Decode(&r)
		if errors.Is(err, io.EOF) {
			return results, nil
		}
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", name, err)
		}
		results = append(results, r)
	}
}

func run(files []string, out io.Writer) error {
	if len(files) != 2 {
		return errors.New("two files are needed: results by messages, results by cells")
	}
	byMessages, err := read(files[0])
	if err != nil {
		return err
	}
	byCells, err := read(files[1])
	if err != nil {
		return err
	}
	messages := func(r result) float64 { return r.Messages }
	cells := func(r result) float64 { return r.Cells }
	reader := series{"bare reader", color.RGBA{0x8a, 0x8f, 0x98, 0xff}, func(r result) float64 { return r.Reader }}
	pipeline := series{"pipeline", color.RGBA{0xb0, 0x30, 0x2a, 0xff}, func(r result) float64 { return r.Pipeline }}
	memory := series{"resident, server included", color.RGBA{0x1f, 0x5a, 0x92, 0xff}, func(r result) float64 { return r.RSS }}
	var row []*plot.Plot
	for _, p := range []struct {
		title, x, y string
		results     []result
		at          func(result) float64
		most        float64
		series      []series
	}{
		{"Cost by messages", "messages", "µs of processor a message", byMessages, messages, 16, []series{reader, pipeline}},
		{"Cost by cells", "cells", "µs of processor a message", byCells, cells, 16, []series{reader, pipeline}},
		{"Memory", "messages", "MB", byMessages, messages, 500, []series{memory}},
	} {
		one, err := panel(p.title, p.x, p.y, p.results, p.at, p.most, p.series)
		if err != nil {
			return err
		}
		row = append(row, one)
	}
	canvas := vgsvg.New(27*vg.Centimeter, 8*vg.Centimeter)
	tiles := draw.Tiles{Rows: 1, Cols: len(row), PadX: 6 * vg.Millimeter, PadTop: 3, PadBottom: 3, PadLeft: 3, PadRight: 8}
	for i, c := range plot.Align([][]*plot.Plot{row}, tiles, draw.New(canvas))[0] {
		row[i].Draw(c)
	}
	_, err = canvas.WriteTo(out)
	return err
}

// series is a line of a panel.
type series struct {
	name  string
	color color.Color
	value func(result) float64
}

// panel draws the values from zero up, over a logarithmic axis.
func panel(title, x, y string, results []result, at func(result) float64, most float64, lines []series) (*plot.Plot, error) {
	p := plot.New()
	p.Title.Text, p.X.Label.Text, p.Y.Label.Text = title, x, y
	p.X.Scale, p.X.Tick.Marker = plot.LogScale{}, plot.LogTicks{Prec: -1}
	p.Add(plotter.NewGrid())
	for _, s := range lines {
		var points plotter.XYs
		for _, r := range results {
			points = append(points, plotter.XY{X: at(r), Y: s.value(r)})
		}
		line, dots, err := plotter.NewLinePoints(points)
		if err != nil {
			return nil, fmt.Errorf("%s, %s: %w", title, s.name, err)
		}
		line.Color, dots.Color, dots.Shape = s.color, s.color, draw.CircleGlyph{}
		p.Add(line, dots)
		p.Legend.Add(s.name, line, dots)
	}
	p.Y.Min, p.Y.Max = 0, most
	p.Legend.Top, p.Legend.Left = false, true
	return p, nil
}
