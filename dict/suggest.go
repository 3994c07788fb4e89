package dict

import "strings"

// maxSuggestLen bounds the words that are compared: the distance takes quadratic
// time, and nobody mistypes a key of forty letters.
const maxSuggestLen = 40

// Suggest returns the candidate that the writer of got probably meant, or "". That
// is a candidate within a few edits of got, or one that differs only in case, in -
// for _, or in the part before the last slash (education for livelihood/education).
// Among equally near candidates it is the first.
func Suggest(got string, candidates []string) string {
	if got == "" || len(got) > maxSuggestLen {
		return ""
	}
	plain := strings.ReplaceAll(strings.ToLower(got), "-", "_")
	best, bestDistance := "", 1+max(1, len(plain)/3)
	for _, c := range candidates {
		if plain == c || plain == c[strings.LastIndexByte(c, '/')+1:] {
			return c
		}
		if len(c) > maxSuggestLen {
			continue
		}
		if d := editDistance(plain, c); d < bestDistance {
			best, bestDistance = c, d
		}
	}
	return best
}

// editDistance counts the insertions, deletions, replacements and swaps of
// neighbours that turn a into b, in bytes, because all candidates are ASCII.
func editDistance(a, b string) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
