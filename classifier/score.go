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

// drop takes the matches of the sub-themes that are not tagged: of those below
// their thresholds, then of those that are too little beside the highest score.
func (m *matcher) drop(s *scratch) {
	top := int64(0)
	for i := range s.scores {
		sc := &s.scores[i]
		if sc.matches == 0 || sc.score < m.threshold(s, i) {
			sc.matches = 0
			continue
		}
		top = max(top, sc.score)
	}
	for i := range s.scores {
		sc := &s.scores[i]
		if sc.matches > 0 && !hasShare(sc.score, m.subs[i].relative, top) {
			sc.matches = 0
		}
	}
}

// stretchUnit is what a factor of stretch is in thousandths of.
const stretchUnit = 1000

// stretch returns by how much the thresholds of a theme are higher for a text of
// so many units: sqrt(units / length), rounded down to thousandths, and at least 1.
// A length of 0 asks for 1. The square root is of a whole number below 2^52, where
// that of a float64 is as exact as its whole part.
func stretch(units, length int) uint64 {
	if length == 0 || units <= length {
		return stretchUnit
	}
	return uint64(math.Sqrt(float64(uint64(units) * (stretchUnit * stretchUnit) / uint64(length))))
}

// stretched returns the least score that is at least threshold x factor / 1000, or
// the greatest number where that is more.
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

// hasShare tells whether a score is at least a share, in millionths, of the
// highest one: score x 1,000,000 >= share x top. The products may take 128 bits.
// None of the three is negative.
func hasShare(score, share, top int64) bool {
	hi, lo := bits.Mul64(uint64(score), scoreUnit)
	wantHi, wantLo := bits.Mul64(uint64(share), uint64(top))
	return hi > wantHi || hi == wantHi && lo >= wantLo
}

// maxDamping is above what damping returns for any int, in whole numbers.
const maxDamping = 64

// contribution is what a keyword adds that matched n times, n >= 1:
// weight x (1 + ln n), in millionths, halves away from zero. It does not
// overflow where the weight is at most math.MaxInt64 / maxDamping.
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

// damping returns 1 + ln n in millionths, rounded, for n >= 1. It computes in
// whole numbers only: a processor's logarithm may differ in its last bit from
// another's, and that bit can be the one that rounds.
//
// log2 n is floor(log2 n) and a fraction; its bits come from squaring the
// mantissa, 1 <= m < 2, again and again: each time the square reaches 2 the
// bit is one. Errors of 2^-63 in m weigh less with each bit, so the 40 bits
// are good to about 2^-39.
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
