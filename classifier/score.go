package classifier

import (
	"math"
	"math/bits"
	"strconv"
	"strings"

	"github.com/minyi/minyi/dict/phrase"
)

// Score is in millionths: 2_500_000 is 2.5.
type Score int64

const scoreUnit = 1_000_000

// Float64 returns the score as a number: 2.5 for 2_500_000.
func (s Score) Float64() float64 { return float64(s) / scoreUnit }

// String returns the score as the shortest decimal that is exact: "2.5", "-1", "0.000001".
func (s Score) String() string { return string(s.append(nil)) }

// MarshalJSON returns the score as a JSON number, in the form of String.
func (s Score) MarshalJSON() ([]byte, error) { return s.append(nil), nil }

// UnmarshalJSON reads what MarshalJSON writes, and any other JSON number,
// rounded to whole millionths. An error leaves s as it was.
func (s *Score) UnmarshalJSON(data []byte) error {
	x, err := strconv.ParseFloat(string(data), 64)
	if err != nil {
		return phrase.Errorf("read score: %w", err)
	}
	micro, err := millionths(x)
	if err != nil {
		return phrase.Errorf("read score: %w", err)
	}
	*s = Score(micro)
	return nil
}

func (s Score) append(dst []byte) []byte {
	magnitude := uint64(s)
	if s < 0 {
		dst = append(dst, '-')
		magnitude = -magnitude
	}
	dst = strconv.AppendUint(dst, magnitude/scoreUnit, 10)
	fraction := magnitude % scoreUnit
	if fraction == 0 {
		return dst
	}
	digits := strconv.FormatUint(scoreUnit+fraction, 10)[1:]
	dst = append(dst, '.')
	return append(dst, strings.TrimRight(digits, "0")...)
}

// maxNumber bounds weights and thresholds.
const maxNumber = 1e9

// millionths returns x in whole millionths, halves away from zero.
func millionths(x float64) (int64, error) {
	if math.IsNaN(x) || math.Abs(x) > maxNumber {
		return 0, phrase.Errorf("%v is not a number between -1e9 and 1e9", x)
	}
	return int64(math.Round(x * scoreUnit)), nil
}

// drop sets the number of matches to 0 for the sub-themes that are not tagged: first for
// those below their thresholds, then for those whose score is too small a share of the
// highest score.
func (m *matcher) drop(s *scratch) {
	top := int64(0)
	for _, i := range s.bounds.active {
		sc := &s.scores[i]
		if sc.matches == 0 || sc.score < m.threshold(s, int(i)) {
			sc.matches = 0
			continue
		}
		top = max(top, sc.score)
	}
	for _, i := range s.bounds.active {
		sc := &s.scores[i]
		if sc.matches > 0 && !hasShare(sc.score, m.subs[i].relative, top) {
			sc.matches = 0
		}
	}
}

// stretchUnit is the factor 1: the factors of stretch are in thousandths.
const stretchUnit = 1000

// stretch returns the factor, in thousandths, by which the thresholds of a theme are
// multiplied for a text of that many units: sqrt(units / length), rounded down, and at
// least 1. length is the theme's threshold_length; if it has none, length is 0 and the
// factor 1. The number under the root is below 2^52, where the root of a float64 has the
// same whole part as the exact root.
func stretch(units, length int) uint64 {
	if length == 0 || units <= length {
		return stretchUnit
	}
	return uint64(math.Sqrt(float64(uint64(units) * (stretchUnit * stretchUnit) / uint64(length))))
}

// stretched returns the least score that is at least threshold x factor / 1000, or
// math.MaxInt64 if that is greater.
func stretched(threshold int64, factor uint64) int64 {
	if factor == stretchUnit {
		return threshold
	}
	hi, lo := bits.Mul64(uint64(threshold), factor)
	lo, carry := bits.Add64(lo, stretchUnit-1, 0)
	if hi += carry; hi >= stretchUnit {
		return math.MaxInt64
	}
	least, _ := bits.Div64(hi, lo, stretchUnit)
	return int64(min(least, math.MaxInt64))
}

// setFactors sets the factors of the thresholds for the text of s.
func (m *matcher) setFactors(s *scratch) {
	s.factors = s.factors[:0]
	for _, length := range m.lengths {
		s.factors = append(s.factors, stretch(s.decoded.len(), length))
	}
}

// threshold returns what sub-theme sub must score in the text of s.
func (m *matcher) threshold(s *scratch, sub int) int64 {
	return stretched(m.subs[sub].threshold, s.factors[m.subs[sub].length])
}

// hasShare reports whether a score is at least a share, in millionths, of the
// highest one: score x 1,000,000 >= share x top. The products may take 128 bits.
// None of the three is negative.
func hasShare(score, share, top int64) bool {
	hi, lo := bits.Mul64(uint64(score), scoreUnit)
	wantHi, wantLo := bits.Mul64(uint64(share), uint64(top))
	return hi > wantHi || hi == wantHi && lo >= wantLo
}

// maxDamping is above what damping returns for any int, in whole numbers.
const maxDamping = 64

// contribution returns what a keyword with n matches, n >= 1, adds to a score:
// weight x (1 + ln n), in millionths, halves away from zero. It does not overflow if
// the weight is at most math.MaxInt64 / maxDamping.
func contribution(weight int64, n int) int64 {
	if n == 1 {
		return weight
	}
	return timesMillionths(weight, damping(n))
}

// timesMillionths multiplies two numbers in millionths.
func timesMillionths(weight int64, factor uint64) int64 {
	if weight < 0 {
		return -timesMillionths(-weight, factor)
	}
	hi, lo := bits.Mul64(uint64(weight), factor)
	lo, carry := bits.Add64(lo, scoreUnit/2, 0)
	product, _ := bits.Div64(hi+carry, lo, scoreUnit)
	return int64(product)
}

// damping returns 1 + ln n in millionths, rounded, for n >= 1. It uses whole numbers
// only: the logarithms of two processors may differ in the last bit, and that bit can
// decide how the result is rounded.
//
// log2 n is floor(log2 n) plus a fraction. The bits of the fraction come from squaring
// the mantissa m, 1 <= m < 2, repeatedly: if the square reaches 2, the next bit is 1 and
// the square is halved. Each bit counts half as much as the one before, so the errors of
// 2^-63 in m leave the 40 bits accurate to about 2^-39.
func damping(n int) uint64 {
	const fractionBits = 40
	exponent := bits.Len64(uint64(n)) - 1
	mantissa := uint64(n) << (63 - exponent) // in units of 2^-63
	log2 := uint64(exponent)
	for range fractionBits {
		hi, lo := bits.Mul64(mantissa, mantissa) // in units of 2^-126
		log2 <<= 1
		if hi >= 1<<63 {
			log2 |= 1
			mantissa = hi
		} else {
			mantissa = hi<<1 | lo>>63
		}
	}
	const ln2 = 0xB17217F7D1CF79AB // ln 2 in units of 2^-64
	hi, _ := bits.Mul64(log2, ln2)
	// hi is ln n in units of 2^-40. To millionths, rounded.
	micro, rest := bits.Mul64(hi, scoreUnit)
	return scoreUnit + (micro<<24 | rest>>40) + (rest>>39)&1
}
