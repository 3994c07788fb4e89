package dict

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math"
	"slices"
	"strconv"
)

// canonicalHeader opens the canonical form. A change of the form, or of what
// it means, is a new number here: every version then changes, as it must.
const canonicalHeader = "minyi dictionary 1\n"

// Version returns the name of what the dictionary counts: 16 lower-case hex
// digits, the start of the SHA-256 of Canonical. Two dictionaries with one
// version tag every text alike, with the same scores.
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

// Canonical returns the dictionary reduced to what decides its counts, as
// text, one line a fact, each ended by a newline:
//
//	minyi dictionary 1
//	theme livelihood relative_threshold=400000 threshold_length=16
//	subtheme livelihood/education aspect=livelihood threshold=1000000
//	rule "幼儿园" "收费" within=12 weight=1500000
//	word "代表" weight=1000000 whole
//	word "学校" weight=600000 unless "驾校学校"
//	word "托幼一体化" weight=1000000 token
//
// In it, because a change may change a count: the ids and the order of themes
// and of their sub-themes (order decides which of two equal scores is the
// primary), aspects, thresholds and weights in millionths, words, rules,
// `match: whole`, `token` and `unless`. A relative_threshold or a threshold_length of 0 leaves no trace:
// what was counted before there was such a key has the version that it had.
//
// Not in it, because no count depends on it: comments, layout, the order of
// keys, the order of the keywords of a sub-theme, of the words of a rule and of
// the words of an unless (all sorted here by their bytes), a default spelled
// out, names, examples, and the names of files.
//
// Words stand in it as they are written, not as matching normalises them: the
// normalisation is the classifier's. So "5G" and "5g" are two versions of
// dictionaries that count alike. The error is on the safe side: one version
// never stands for two ways of counting.
//
// In a quoted word, " and \ have a \ before them, and a byte below 0x20, which
// no valid dictionary has, is \x and two hex digits.
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
		out = append(out, '\n')
		for _, s := range t.SubThemes {
			out = fmt.Appendf(out, "subtheme %s aspect=%s threshold=%d\n", s.ID, s.Aspect, millionths(s.Threshold))
			lines := make([]string, len(s.Keywords))
			for i, k := range s.Keywords {
				lines[i] = string(appendCanonicalKeyword(nil, k))
			}
			slices.Sort(lines)
			for _, l := range lines {
				out = append(out, l...)
			}
		}
	}
	return out
}

func appendCanonicalKeyword(out []byte, k Keyword) []byte {
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

// appendQuoted is not strconv.Quote, whose output follows the Unicode tables
// of the Go release: a version must not change with the compiler.
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

// millionths returns x in millionths. Exact for every weight and threshold of
// a valid dictionary (see wholeMillionths).
func millionths(x float64) int64 { return int64(math.Round(x * 1e6)) }

// wholeMillionths tells whether x is the float64 nearest to a whole number of
// millionths. Scores are whole millionths, so that a weight finer than one
// would be rounded without a word.
func wholeMillionths(x float64) bool { return math.Round(x*1e6)/1e6 == x }
