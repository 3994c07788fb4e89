package dict

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"slices"
	"strconv"
)

// canonicalHeader is the first line of the canonical form. If the form or its
// meaning changes, this number must change, so that every version changes.
const canonicalHeader = "minyi dictionary 1\n"

// Version identifies what the dictionary counts: 16 lower-case hex digits, the start
// of the SHA-256 of Canonical. Two dictionaries with the same version tag every text
// alike, with the same scores.
func (d *Dictionary) Version() string {
	if d.version != "" {
		return d.version
	}
	return versionOf(d.Canonical())
}

func versionOf(canonical []byte) string {
	sum := sha256.Sum256(canonical)
	return hex.EncodeToString(sum[:8])
}

// Canonical returns as text the parts of the dictionary that decide its counts, one
// fact a line, each line ended by a newline:
//
//	minyi dictionary 1
//	theme livelihood relative_threshold=400000 threshold_length=16 title_weight=2
//	subtheme livelihood/education aspect=livelihood threshold=1000000
//	rule "幼儿园" "收费" within=12 weight=1500000
//	word "代表" weight=1000000 whole
//	word "学校" weight=600000 unless "驾校学校"
//	word "托幼一体化" weight=1000000 token
//
// It contains everything whose change may change a count: the ids and the order of
// themes and of their sub-themes (the order decides which of two equal scores is the
// primary), aspects, thresholds and weights in millionths, words, rules, `token`,
// `unless` and `match: whole`. A relative_threshold or threshold_length of 0 and a
// title_weight of 1 are not written, so that dictionaries from before these keys keep
// their version.
//
// It does not contain what no count depends on: comments, layout, the order of keys,
// the order of the keywords of a sub-theme, of the words of a rule and of the words
// of an unless (all sorted here by their bytes), whether a default is written out,
// names, examples, and the names of files.
//
// Words are written as they are in the dictionary, not in their normal form, because
// normalisation belongs to the classifier. So dictionaries with "5G" and with "5g"
// have different versions although they count alike. This is the safe side: one
// version never stands for two ways of counting.
//
// In a quoted word, " and \ are preceded by \, and a byte below 0x20, which no valid
// dictionary has, is \x and two hex digits.
func (d *Dictionary) Canonical() []byte {
	out := []byte(canonicalHeader)
	for _, t := range d.Themes {
		out = fmt.Appendf(out, "theme %s", t.ID)
		if t.RelativeThreshold != 0 {
			out = fmt.Appendf(out, " relative_threshold=%d", millionths(t.RelativeThreshold))
		}
		if t.ThresholdLength != 0 {
			out = fmt.Appendf(out, " threshold_length=%d", t.ThresholdLength)
		}
		if t.TitleWeight > 1 {
			out = fmt.Appendf(out, " title_weight=%d", t.TitleWeight)
		}
		out = append(out, '\n')
		for _, s := range t.SubThemes {
			out = fmt.Appendf(out, "subtheme %s aspect=%s threshold=%d\n", s.ID, s.Aspect, millionths(s.Threshold))
			lines := make([][]byte, len(s.Keywords))
			var all []byte
			for i := range s.Keywords {
				from := len(all)
				all = appendCanonicalKeyword(all, &s.Keywords[i])
				lines[i] = all[from:len(all):len(all)]
			}
			slices.SortFunc(lines, bytes.Compare)
			for _, l := range lines {
				out = append(out, l...)
			}
		}
	}
	return out
}

func appendCanonicalKeyword(out []byte, k *Keyword) []byte {
	if len(k.All) > 0 {
		out = append(out, "rule"...)
		out = appendSortedWords(out, k.All)
		out = fmt.Appendf(out, " within=%d", k.Within)
	} else {
		out = append(out, "word "...)
		out = appendQuoted(out, k.Word)
	}
	out = append(out, " weight="...)
	out = strconv.AppendInt(out, millionths(k.Weight), 10)
	if k.Whole {
		out = append(out, " whole"...)
	}
	if k.Token {
		out = append(out, " token"...)
	}
	if len(k.Unless) > 0 {
		out = append(out, " unless"...)
		out = appendSortedWords(out, k.Unless)
	}
	return append(out, '\n')
}

func appendSortedWords(out []byte, words []string) []byte {
	sorted := slices.Sorted(slices.Values(words))
	for _, w := range sorted {
		out = append(out, ' ')
		out = appendQuoted(out, w)
	}
	return out
}

// appendQuoted is used instead of strconv.Quote, whose output depends on the Unicode
// tables of the Go release: a version must not change with the compiler.
func appendQuoted(out []byte, s string) []byte {
	const hexDigits = "0123456789abcdef"
	out = append(out, '"')
	for i := range len(s) {
		switch c := s[i]; {
		case c == '"' || c == '\\':
			out = append(out, '\\', c)
		case c < 0x20:
			out = append(out, '\\', 'x', hexDigits[c>>4], hexDigits[c&15])
		default:
			out = append(out, c)
		}
	}
	return append(out, '"')
}

// millionths returns x in millionths. It is exact for every weight and threshold of
// a valid dictionary (see wholeMillionths).
func millionths(x float64) int64 { return int64(math.Round(x * 1e6)) }

// wholeMillionths reports whether x is the float64 nearest to a whole number of
// millionths. Scores are whole millionths, so a finer weight would be rounded
// silently.
func wholeMillionths(x float64) bool { return math.Round(x*1e6)/1e6 == x }
