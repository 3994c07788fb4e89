package workbench

import (
	"context"
	"math"
	"testing"

	"pgregory.net/rapid"
)

// TestDescentByHand: one message of the class, with one keyword once. Its score w
// should reach 2, so the loss is (2 - w)² and its derivative -2 (2 - w); with l1 = 1 the
// minimum is where that is -1: w = 1.5. A prior of 1.8 is near enough to stay; from one
// of 0.4 the same minimum is reached. With l2 = 2 and the prior 0.4:
// 2 (2 - w) = 1 + 2 (w - 0.4), w = 0.95.
func TestDescentByHand(t *testing.T) {
	for _, c := range []struct{ prior, l2, want float64 }{{0, 0, 1.5}, {1.8, 0, 1.8}, {0.4, 0, 1.5}, {0.4, 2, 0.95}} {
		d := newDescent([]float64{1})
		d.set(0, 1, 1, 1)
		d.l1, d.l2 = 1, c.l2
		w := &column{entries: []entry{{0, 1}}, w: c.prior, prior: c.prior}
		if err := d.fit(context.Background(), []*column{w}); err != nil {
			t.Fatal(err)
		}
		if math.Abs(w.w-c.want) > 1e-3 {
			t.Errorf("prior %v, l2 %v: %v, want %v", c.prior, c.l2, w.w, c.want)
		}
	}
	// The sign stays: a message that is not of the class cannot make a word evidence
	// against it.
	d := newDescent([]float64{1})
	d.set(0, -1, 1, 2)
	d.l1 = 0.1
	w := &column{entries: []entry{{0, 1}}, w: 0.5, prior: 0.5}
	if err := d.fit(context.Background(), []*column{w}); err != nil || w.w != 0 {
		t.Errorf("%v, %v", w.w, err)
	}
}

// TestDescentIsOptimal: no weight of a solution can be improved by itself. The
// derivative of the loss and l2 is -l1 sign(w - prior) for a weight that has moved, and
// within ±l1 for one that has not, unless its sign holds it at 0.
func TestDescentIsOptimal(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		const rows = 25
		shrink := make([]float64, rows)
		for i := range shrink {
			shrink[i] = rapid.Float64Range(0.2, 1).Draw(t, "shrink")
		}
		d := newDescent(shrink)
		for i := range rows {
			switch rapid.IntRange(0, 3).Draw(t, "y") {
			case 0: // left out
			case 1:
				d.set(i, 1, 6, 1)
			default:
				d.set(i, -1, 1, 1)
			}
		}
		d.l1, d.l2 = rapid.Float64Range(0.1, 5).Draw(t, "l1"), rapid.Float64Range(0.1, 5).Draw(t, "l2")
		var columns []*column
		for range rapid.IntRange(1, 8).Draw(t, "columns") {
			prior := float64(rapid.IntRange(-2, 2).Draw(t, "prior"))
			c := &column{w: prior, prior: prior}
			for i := range rows {
				if rapid.IntRange(0, 3).Draw(t, "has") == 0 {
					c.entries = append(c.entries, entry{int32(i), 1})
				}
			}
			columns = append(columns, c)
		}
		if err := d.fit(context.Background(), columns); err != nil {
			t.Fatal(err)
		}
		for range 30 { // as near to the optimum as solve alone need not come
			if err := d.solve(context.Background(), columns); err != nil {
				t.Fatal(err)
			}
		}
		for i, c := range columns {
			if len(c.entries) == 0 {
				continue
			}
			g, _ := d.slope(c.entries)
			g += d.l2 * (c.w - c.prior)
			const near = 0.2
			switch {
			case c.w == c.prior && (-g > d.l1+near || g > d.l1+near && c.prior != 0), c.w > c.prior && math.Abs(g+d.l1) > near && c.w != 0,
				c.w < c.prior && math.Abs(g-d.l1) > near && c.w != 0:
				t.Fatalf("column %d: weight %v, prior %v, derivative %v, l1 %v", i, c.w, c.prior, g, d.l1)
			}
		}
	})
}
