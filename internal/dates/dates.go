// Package dates reads points in time as office programs, databases and people
// write them. It is the one reader of times: files are brought to RFC 3339 with
// it, and the decoder of messages uses it where the spec of a tally says so.
//
// It never guesses which of two numbers is the day and which the month, and
// never fills in a year: 4/5/22 and 4月5日 are not read. What it reads:
//
//	2022-04-15  2022/4/15  2022.4.15  2022年4月15日  20220415  民国111年4月15日
//	the same with a time of day behind it, after a space or a T:
//	  21:03  21:03:11  21:03:11.5  21时3分11秒  21点  下午 09:03  下午9点  9:03 PM
//	the same with a weekday (星期五, 周五, Fri) and a zone (Z, +08:00, +0800, GMT+8)
//	20220415210311
//	Fri, 15 Apr 2022 21:03:11 +0800 and the other spellings of mail, Go and JavaScript
//	1650027791  1650027791000   seconds, milli-, micro- and nanoseconds since 1970
//	44666.8771                  days of a spreadsheet, from 1954 to 2119
//
// Full-width digits and signs are read as plain ones.
package dates

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/width"
)

// earliest is 1990-01-01T00:00:00Z in seconds since 1970, and maxFuture what a
// clock or a zone that is set wrong may be ahead.
const (
	earliest  = 631152000
	maxFuture = 24 * time.Hour
)

// Absurd tells whether t cannot be when something was written that was stored
// at the given time: it is before 1990, or more than a day after that.
func Absurd(t, stored time.Time) bool {
	return t.Unix() < earliest || t.Sub(stored) > maxFuture
}

// Parse reads a time, or returns false. A time without a zone is in loc, a date
// without a time of day is its midnight. A time of day alone is no time.
func Parse(s string, loc *time.Location) (time.Time, bool) {
	if t, err := time.Parse(time.RFC3339, s); err == nil {
		return t, true
	}
	s = clean(s)
	if s == "" || len(s) > 96 { // the longest that is known has 70 bytes
		return time.Time{}, false
	}
	if t, ok := number(s, loc); ok {
		return t, true
	}
	if t, ok := named(s); ok {
		return t, true
	}
	date, rest, ok := cutDate(s)
	if !ok {
		return time.Time{}, false
	}
	rest, offset, zoned := cutZone(rest)
	if rest == "" && !zoned {
		return date.in(0, loc)
	}
	clock, ok := parseClock(rest)
	if !ok {
		return time.Time{}, false
	}
	if zoned {
		loc = offset
	}
	return date.in(clock, loc)
}

// Join reads a date and a time of day that stand in two places. A date that has
// its own time of day keeps it where the second is empty.
func Join(date, clock string, loc *time.Location) (time.Time, bool) {
	if strings.TrimSpace(clock) == "" {
		return Parse(date, loc)
	}
	t, ok := Parse(date, loc)
	if !ok {
		return time.Time{}, false
	}
	if full, ok := Parse(clock, loc); ok && full.Format(time.DateOnly) == t.Format(time.DateOnly) {
		return full, true // the second holds the date as well
	}
	d, ok := Clock(clock)
	if !ok {
		return time.Time{}, false
	}
	y, m, day := t.Date()
	return calendar{y, m, day}.in(d, t.Location())
}

// Clock reads a time of day: 21:03, 下午9点, 9:03 PM, or the part of a day that a
// spreadsheet stores (0.877).
func Clock(s string) (time.Duration, bool) {
	marked := strings.ContainsAny(s, ":：点點时時") // 21 alone is no time
	for _, h := range halves {
		marked = marked || strings.Contains(strings.ToLower(s), h.word)
	}
	s = clean(s)
	if f, err := strconv.ParseFloat(s, 64); err == nil && strings.Contains(s, ".") {
		return time.Duration(math.Round(f*24*60*60)) * time.Second, f >= 0 && f < 1
	}
	if !marked {
		return 0, false
	}
	return parseClock(s)
}

// calendar is a day.
type calendar struct {
	year  int
	month time.Month
	day   int
}

// in is the day at a time of day, or false where the calendar has no such day.
func (c calendar) in(clock time.Duration, loc *time.Location) (time.Time, bool) {
	midnight := time.Date(c.year, c.month, c.day, 0, 0, 0, 0, time.UTC)
	if midnight.Month() != c.month || midnight.Day() != c.day {
		return time.Time{}, false
	}
	seconds := int(clock / time.Second)
	return time.Date(c.year, c.month, c.day, 0, 0, seconds, int(clock%time.Second), loc), true
}

var (
	weekday = regexp.MustCompile(`[(\[]?(星期|礼拜|禮拜|周|週)[一二三四五六日天][)\]]?`)
	dashed  = regexp.MustCompile(`^(\d{4})-(\d{1,2})-(\d{1,2})(?:$|[ ,]+(.+)$|[^\d -](.*)$)`)
	compact = regexp.MustCompile(`^(\d{4})(\d{2})(\d{2})(?: +(.+)|(\d{2})(\d{2})(\d{2})?)?$`)
	zone    = regexp.MustCompile(`^(.*?) ?(?:(Z)|(?:UTC|GMT)?([+-])(\d{1,2}):?(\d{2})?|UTC|GMT)$`)
	clock   = regexp.MustCompile(`^(\d{1,2})(?::(\d{1,2})(?::(\d{1,2})(?:[.,](\d{1,9}))?)?)?$`)
	roc     = regexp.MustCompile(`^民[国國](\d{1,3})-`)

	marks = strings.NewReplacer(
		"年", "-", "月", "-", "日", " ", "号", " ", "號", " ", "时", ":", "時", ":", "點", ":", "点", ":", "分", ":", "秒", " ",
		"\u3000", " ", "\u00a0", " ", "\u202f", " ", "\u200e", "", "\u200f", "", "\ufeff", "", "–", "-", "—", "-",
	)
	// The full stop and the slash are marks only within a date, so that fractions
	// of seconds stay.
	dateMarks = regexp.MustCompile(`^(\d{4})[./](\d{1,2})[./](\d{1,2})`)
)

// clean makes the ways to write the same signs equal.
func clean(s string) string {
	s = weekday.ReplaceAllString(width.Fold.String(s), " ")
	s = strings.Join(strings.Fields(marks.Replace(s)), " ")
	if m := roc.FindStringSubmatch(s); m != nil {
		n, _ := strconv.Atoi(m[1]) // the pattern has digits only
		s = strconv.Itoa(1911+n) + "-" + s[len(m[0]):]
	}
	s = dateMarks.ReplaceAllString(s, "$1-$2-$3")
	return strings.TrimRight(s, ": -")
}

// cutDate takes a date off the front.
func cutDate(s string) (c calendar, rest string, ok bool) {
	if m := dashed.FindStringSubmatch(s); m != nil {
		rest = m[4]
		if rest == "" {
			rest = s[len(m[1])+len(m[2])+len(m[3])+2:]
			rest = strings.TrimLeft(rest, "Tt ,")
		}
		return day(m[1], m[2], m[3]), rest, true
	}
	if m := compact.FindStringSubmatch(s); m != nil {
		rest = m[4]
		if m[5] != "" {
			rest = m[5] + ":" + m[6]
			if m[7] != "" {
				rest += ":" + m[7]
			}
		}
		return day(m[1], m[2], m[3]), rest, true
	}
	return calendar{}, "", false
}

func day(year, month, day string) calendar {
	y, _ := strconv.Atoi(year) // digits only, four at most
	m, _ := strconv.Atoi(month)
	d, _ := strconv.Atoi(day)
	return calendar{y, time.Month(m), d}
}

// cutZone takes a zone off the end of a time of day.
func cutZone(s string) (rest string, loc *time.Location, ok bool) {
	m := zone.FindStringSubmatch(s)
	if m == nil || m[1] == "" {
		return s, nil, false
	}
	hours, _ := strconv.Atoi(m[4]) // digits or nothing
	minutes, _ := strconv.Atoi(m[5])
	if hours > 23 || minutes > 59 {
		return s, nil, false
	}
	offset := (hours*60 + minutes) * 60
	if m[3] == "-" {
		offset = -offset
	}
	return strings.TrimRight(m[1], ": "), time.FixedZone("", offset), true
}

// halves are the words that say which half of the day a clock of twelve hours
// means. The longer ones stand first.
var halves = []struct {
	word string
	at   func(hour int) int // -1: cannot be
}{
	{"上午", morning},
	{"早上", morning},
	{"早晨", morning},
	{"清晨", morning},
	{"凌晨", morning},
	{"a.m.", morning},
	{"am", morning},
	{"中午", noon},
	{"下午", evening},
	{"傍晚", evening},
	{"晚上", evening},
	{"晚间", evening},
	{"p.m.", evening},
	{"pm", evening},
}

func morning(hour int) int {
	switch {
	case hour == 12:
		return 0
	case hour > 12:
		return -1
	}
	return hour
}

func noon(hour int) int {
	if hour < 3 {
		return hour + 12
	}
	return hour
}

func evening(hour int) int {
	if hour < 12 {
		return hour + 12
	}
	return hour
}

// parseClock reads a time of day.
func parseClock(s string) (time.Duration, bool) {
	half := func(hour int) int { return hour }
	lower := strings.ToLower(s)
	for _, h := range halves {
		if before, after, found := strings.Cut(lower, h.word); found {
			lower, half = strings.TrimSpace(before+" "+after), h.at
			break
		}
	}
	m := clock.FindStringSubmatch(strings.TrimRight(lower, ": "))
	if m == nil {
		return 0, false
	}
	hour, _ := strconv.Atoi(m[1]) // digits only
	minute, _ := strconv.Atoi(m[2])
	second, _ := strconv.Atoi(m[3])
	hour = half(hour)
	if hour < 0 || hour > 23 || minute > 59 || second > 59 {
		return 0, false
	}
	nanos, _ := strconv.Atoi((m[4] + "000000000")[:9])
	return time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute +
		time.Duration(second)*time.Second + time.Duration(nanos), true
}

// namedLayouts have the month in letters. All carry a zone in digits or none:
// an abbreviation such as CST is the zone of China and of Chicago.
var namedLayouts = []string{
	"Mon, 2 Jan 2006 15:04:05 -0700", "2 Jan 2006 15:04:05 -0700", "Mon Jan 2 15:04:05 -0700 2006",
	"Mon Jan 2 2006 15:04:05 GMT-0700", "Mon, 2 Jan 2006 15:04:05 GMT", "Mon Jan 2 15:04:05 UTC 2006",
	"2006-1-2 15:4:5 -0700 MST",
}

// named reads a time whose month has a name. JavaScript puts the name of the
// zone behind it, in brackets.
func named(s string) (time.Time, bool) {
	if i := strings.Index(s, " ("); i > 0 {
		s = s[:i]
	}
	for _, layout := range namedLayouts {
		if t, err := time.Parse(layout, s); err == nil {
			return t, true
		}
	}
	return time.Time{}, false
}
