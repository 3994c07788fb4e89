package pipeline

import (
	"bytes"
	"time"

	"github.com/minyi/minyi/internal/dates"
)

// parseTime reads a JSON string that holds an RFC 3339 time. It accepts exactly what
// time.Parse accepts. It reads the two most common spellings itself, four times as
// fast.
func parseTime(raw []byte) (time.Time, bool) {
	if raw[0] != '"' {
		return time.Time{}, false
	}
	s := raw[1 : len(raw)-1]
	if t, ok := quickTime(s); ok {
		return t, true
	}
	if bytes.IndexByte(s, '\\') >= 0 {
		s = appendUnquoted(nil, raw)
	}
	t, err := time.Parse(time.RFC3339, string(s))
	return t, err == nil
}

// parseCommonTime reads a JSON string or number as [TimesCommon] says: the spellings
// of package dates, a time without a zone in loc.
func parseCommonTime(raw []byte, loc *time.Location) (time.Time, bool) {
	switch c := raw[0]; {
	case c == '"':
		return dates.Parse(string(appendUnquoted(nil, raw)), loc)
	case '0' <= c && c <= '9':
		return dates.Parse(string(raw), loc)
	}
	return time.Time{}, false
}

// quickTime reads 2022-04-15T21:03:11Z and 2022-04-15T21:03:11+08:00. False means
// that the string is something else, valid or not.
func quickTime(s []byte) (time.Time, bool) {
	const shape = "0000-00-00T00:00:00"
	if len(s) != len(shape)+1 && len(s) != len(shape)+6 {
		return time.Time{}, false
	}
	for i := range len(shape) {
		if shape[i] == '0' && s[i]-'0' > 9 || shape[i] != '0' && s[i] != shape[i] {
			return time.Time{}, false
		}
	}
	two := func(i int) int { return int(s[i]-'0')*10 + int(s[i+1]-'0') }
	year, month, day := two(0)*100+two(2), two(5), two(8)
	hour, minute, second := two(11), two(14), two(17)
	// Whether a day after the 28th exists depends on the month. If it may not,
	// time.Parse decides.
	if month < 1 || month > 12 || day < 1 || day > 28 && (month == 2 || day > 30) || hour > 23 || minute > 59 || second > 59 {
		return time.Time{}, false
	}
	offset := 0
	switch zone := s[len(shape):]; {
	case len(zone) == 1:
		if zone[0] != 'Z' {
			return time.Time{}, false
		}
	case zone[0] != '+' && zone[0] != '-' || zone[3] != ':':
		return time.Time{}, false
	default:
		for _, i := range [...]int{1, 2, 4, 5} {
			if zone[i]-'0' > 9 {
				return time.Time{}, false
			}
		}
		h, m := two(len(shape)+1), two(len(shape)+4)
		if h > 23 || m > 59 {
			return time.Time{}, false
		}
		offset = (h*60 + m) * 60
		if zone[0] == '-' {
			offset = -offset
		}
	}
	return time.Date(year, time.Month(month), day, hour, minute, second-offset, 0, time.UTC), true
}
