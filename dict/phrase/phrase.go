// Package phrase says things to an analyst in her language: what a check found,
// what a measurement means.
//
// English stands in the code, where it is said, and is the key of its Chinese in
// the tables of this package. What has no Chinese comes out in English. A test
// reads the sources of the repository: every phrase has its Chinese, which takes
// the same arguments, and the tables hold no other.
package phrase

import "fmt"

// Language is what people read.
type Language string

// The languages. Whatever is not Chinese is English, the zero value too.
const (
	English Language = "en"
	Chinese Language = "zh"
)

// Say is fmt.Sprintf in the language. A Chinese phrase may take the arguments in
// another order (%[2]s) and must take them all.
func (l Language) Say(format string, args ...any) string {
	if l != Chinese {
		return fmt.Sprintf(format, args...)
	}
	for _, table := range []map[string]string{findings, reports, imports, explanations} {
		if zh, ok := table[format]; ok {
			return fmt.Sprintf(zh, args...)
		}
	}
	return fmt.Sprintf(format, args...)
}
