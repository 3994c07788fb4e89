package intake

import (
	"strings"
	"time"

	"golang.org/x/text/width"
)

var (
	// zonedLayouts carry their own zone.
	zonedLayouts = []string{
		time.RFC3339Nano, "2006-1-2 15:4:5Z07:00", "2006-1-2 15:4:5 Z07:00", "2006-1-2 15:4:5 -0700",
	}
	// localLayouts are in the configured zone. Go's parser takes one or two
	// digits for 1, 2, 15, 4 and 5, and a fraction behind the seconds.
	localLayouts = []string{
		"2006-1-2 15:4:5", "2006-1-2 15:4", "2006-1-2 15", "2006-1-2",
		"20060102150405", "20060102 15:4:5", "20060102",
	}
	unifyTime = strings.NewReplacer(
		"年", "-", "月", "-", "日", " ", "时", ":", "點", ":", "点", ":", "分", ":", "秒", "",
		"/", "-", ".", "-", "T", " ", "t", " ", "\u3000", " ",
	)
)

// normalTime turns the ways in which tables write times into RFC 3339. What
// cannot be read comes back as it is, for the pipeline to count. Day and month
// are never guessed: 4/5/22 stays.
func normalTime(s string, loc *time.Location) string {
	if s == "" {
		return ""
	}
	if _, err := time.Parse(time.RFC3339, s); err == nil {
		return s
	}
	folded := width.Fold.String(s)
	body, fraction := folded, ""
	if i := strings.LastIndexByte(folded, ':'); i > 0 { // a full stop behind a colon begins a fraction
		if j := strings.IndexByte(folded[i:], '.'); j > 0 {
			body, fraction = folded[:i+j], folded[i+j:]
		}
	}
	unified := strings.Join(strings.Fields(unifyTime.Replace(body)), " ")
	unified = strings.TrimRight(unified, ": -") + fraction
	for _, layout := range zonedLayouts {
		if t, err := time.Parse(layout, unified); err == nil {
			return t.Format(time.RFC3339Nano)
		}
	}
	for _, layout := range localLayouts {
		if t, err := time.ParseInLocation(layout, unified, loc); err == nil {
			return t.Format(time.RFC3339Nano)
		}
	}
	return s
}
