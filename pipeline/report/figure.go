package report

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/big"
	"strings"

	"github.com/minyi/minyi/internal/textfmt"
)

// Figure is a number of a report. The zero Figure is none.
type Figure struct {
	// Cell says what is counted, in words for machines:
	//
	//	share subtheme:livelihood/education now
	//
	// which is what is made of the count, the cell, and the period. Two figures with the
	// same cell have the same value.
	Cell string
	// Text is the number as a person reads it, with its sign or unit.
	Text string
	// Value is the number for charts and workbooks: a count, or a share from 0 to 1, or
	// percentage points. It is 0 if Hidden.
	Value float64
	Form  Form
	// Hidden: the number would show a small group of people, or would show by
	// subtraction another one that does. Text is [HiddenText].
	Hidden bool
}

// Form is how the value of a figure is to be read.
type Form int

// The forms of figures.
const (
	Number  Form = iota // a count
	Share               // from 0 to 1, shown in per cent
	Change              // a difference of two counts
	Growth              // a difference of two counts as a part of the earlier one
	Points              // a difference of two shares, in percentage points
	Mean                // a count divided by days
	Between             // an interval of shares; its value is the best guess
	Wan                 // a count in units of 10,000, with one digit
)

// HiddenText stands where a number is hidden.
const HiddenText = "*"

// noText stands where there is no number: a share of nothing.
const noText = "–"

// maxTag is how long the tag of a content control may be in Word.
const maxTag = 64

// Tag names the figure in a document: its cell, and the frontier at which it was
// counted. Word allows 64 characters; the middle of a longer cell is replaced by a hash of it.
func (f Figure) Tag(frontier uint64) string {
	at := fmt.Sprintf("@%d", frontier)
	cell := strings.Map(func(r rune) rune { // a source may have characters that XML has not
		if r < ' ' || r >= 0xFFFD && r <= 0xFFFF {
			return '_'
		}
		return r
	}, f.Cell)
	if len(cell)+len(at) > maxTag {
		sum := sha256.Sum256([]byte(cell))
		id := "~" + hex.EncodeToString(sum[:6])
		cell = strings.ToValidUTF8(cell[:maxTag-len(at)-len(id)], "") + id
	}
	return cell + at
}

// numberOf is the figure of a count.
func numberOf(cell string, n uint64) Figure {
	return Figure{Cell: "n " + cell, Text: textfmt.Count(n), Value: float64(n), Form: Number}
}

// wanOf is a count in units of 10,000.
func wanOf(cell string, n uint64) Figure {
	tenths := rounded(new(big.Rat).SetFrac64(int64(n), 1000))
	return Figure{Cell: "wan " + cell, Text: decimal(tenths, 1, false), Value: float64(n), Form: Wan}
}

// shareOf is a part of a whole in per cent with two digits. What is there never reads as
// 0.00%, and what is not all never reads as 100.00%.
func shareOf(cell string, part, whole uint64) Figure {
	f := Figure{Cell: "share " + cell, Form: Share, Text: noText}
	if whole == 0 {
		return f
	}
	f.Value = float64(part) / float64(whole)
	hundredths := rounded(ratio(part, whole, 10_000))
	switch {
	case part > 0 && hundredths == 0:
		f.Text = "<0.01%"
	case part < whole && hundredths >= 10_000:
		f.Text = ">99.99%"
	default:
		f.Text = decimal(hundredths, 2, false) + "%"
	}
	return f
}

// changeOf is by how much a count changed.
func changeOf(cell string, now, before uint64) Figure {
	d := int64(now) - int64(before)
	f := Figure{Cell: "change " + cell, Text: textfmt.Count(d), Value: float64(d), Form: Change}
	if d > 0 {
		f.Text = "+" + f.Text
	}
	return f
}

// growthOf is the change as a part of what was before.
func growthOf(cell string, now, before uint64) Figure {
	f := Figure{Cell: "growth " + cell, Form: Growth, Text: noText}
	if before == 0 {
		return f
	}
	d := new(big.Rat).Sub(ratio(now, before, 1), big.NewRat(1, 1))
	f.Value, _ = d.Float64()
	f.Text = decimal(rounded(d.Mul(d, big.NewRat(10_000, 1))), 2, true) + "%"
	return f
}

// pointsOf is by how many percentage points a share changed. It is computed of the
// shares before they are rounded.
func pointsOf(cell string, part, whole, partBefore, wholeBefore uint64) Figure {
	f := Figure{Cell: "points " + cell, Form: Points, Text: noText}
	if whole == 0 || wholeBefore == 0 {
		return f
	}
	d := new(big.Rat).Sub(ratio(part, whole, 100), ratio(partBefore, wholeBefore, 100))
	f.Value, _ = d.Float64()
	f.Text = decimal(rounded(d.Mul(d, big.NewRat(100, 1))), 2, true)
	return f
}

// meanOf is a count divided by a number of days, with one digit.
func meanOf(cell string, n uint64, days int) Figure {
	f := Figure{Cell: "mean " + cell, Form: Mean, Text: noText}
	if days <= 0 {
		return f
	}
	f.Value = float64(n) / float64(days)
	f.Text = decimal(rounded(ratio(n, uint64(days), 10)), 1, false)
	return f
}

// unsigned returns the figure without its sign, for a sentence that says rose or fell.
func (f Figure) unsigned() Figure {
	f.Cell = "abs " + f.Cell
	f.Text, f.Value = strings.TrimLeft(f.Text, "+-"), max(f.Value, -f.Value)
	return f
}

// hide returns the figure without its number.
func (f Figure) hide() Figure {
	f.Text, f.Value, f.Hidden = HiddenText, 0, true
	return f
}

// ratio is times * a / b.
func ratio(a, b uint64, times int64) *big.Rat {
	r := new(big.Rat).SetFrac(new(big.Int).SetUint64(a), new(big.Int).SetUint64(b))
	return r.Mul(r, big.NewRat(times, 1))
}

// rounded rounds to the nearest integer, halves away from zero.
func rounded(r *big.Rat) int64 {
	half := big.NewRat(1, 2)
	if r.Sign() < 0 {
		half.Neg(half)
	}
	sum := new(big.Rat).Add(r, half)
	return new(big.Int).Quo(sum.Num(), sum.Denom()).Int64() // towards zero
}

// decimal writes an integer of units of 10^-digits with a point and commas.
func decimal(n int64, digits int, signed bool) string {
	sign := ""
	switch {
	case n < 0:
		sign, n = "-", -n
	case signed && n > 0:
		sign = "+"
	}
	scale := int64(1)
	for range digits {
		scale *= 10
	}
	return fmt.Sprintf("%s%s.%0*d", sign, textfmt.Count(n/scale), digits, n%scale)
}
