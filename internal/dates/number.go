package dates

import (
	"math"
	"strconv"
	"strings"
	"time"
)

// number reads a time that is one number: of digits that are a date, of units
// since 1970, or of days of a spreadsheet.
func number(s string, loc *time.Location) (time.Time, bool) {
	if strings.Trim(s, "0123456789.eE+") != "" {
		return time.Time{}, false
	}
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || math.IsInf(f, 0) || s[0] == '+' {
		return time.Time{}, false
	}
	whole, _, _ := strings.Cut(s, ".")
	if strings.ContainsAny(s, "eE") {
		whole = strconv.FormatFloat(math.Trunc(f), 'f', 0, 64) // 1.650027791e9
	}
	if serialFirst <= f && f < serialLast {
		return Serial(f, false, loc)
	}
	digits := len(whole)
	if (digits == 8 || digits == 12 || digits == 14) && (strings.HasPrefix(whole, "19") || strings.HasPrefix(whole, "20")) {
		if c, rest, ok := cutDate(whole); ok {
			d, ok := time.Duration(0), true
			if rest != "" {
				d, ok = parseClock(rest)
			}
			if t, isDay := c.in(d, loc); ok && isDay {
				return t, true
			}
		}
	}
	for _, unit := range [...]struct {
		digits int
		size   time.Duration
	}{{10, time.Second}, {9, time.Second}, {13, time.Millisecond}, {12, time.Millisecond}, {16, time.Microsecond}, {19, time.Nanosecond}} {
		if digits == unit.digits {
			return epoch(s, f, unit.size).In(loc), true
		}
	}
	return time.Time{}, false
}

// epoch is a number of units since 1970. Whole numbers are exact.
func epoch(s string, f float64, unit time.Duration) time.Time {
	if n, err := strconv.ParseInt(s, 10, 64); err == nil {
		per := int64(time.Second / unit)
		return time.Unix(n/per, n%per*int64(unit))
	}
	whole, part := math.Modf(f * unit.Seconds())
	return time.Unix(int64(whole), int64(part*1e9))
}

// Days of a spreadsheet that stand alone are read only in this range, 1954 to
// 2119, so that a year is none.
const (
	serialFirst = 20_000
	serialLast  = 80_000
)

// Serial returns the wall clock time that a spreadsheet stores as a number of
// days, to the second: a double has no more digits. Day 1 is 1900-01-01, or
// 1904-01-02 in the system of 1904. False: the number is no date.
func Serial(days float64, system1904 bool, loc *time.Location) (time.Time, bool) {
	if system1904 {
		days += 1462
	}
	if days < 1 || days >= 2_958_466 { // the year 10000
		return time.Time{}, false
	}
	// The system of 1900 has a 29 February too many, so from 1 March 1900 on
	// day 0 is 1899-12-30.
	whole, part := math.Modf(days)
	date := time.Date(1899, 12, 30, 0, 0, 0, 0, time.UTC).AddDate(0, 0, int(whole))
	seconds := int(math.Round(part * 24 * 60 * 60))
	return time.Date(date.Year(), date.Month(), date.Day(), 0, 0, seconds, 0, loc), true
}
