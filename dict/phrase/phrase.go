// Package phrase translates texts for an analyst: the findings of a check, the
// reports of a measurement.
//
// The code contains the English phrase, which is also the key of its Chinese
// translation in the tables of this package. A phrase without a translation stays
// English. A test reads the sources of the repository: every phrase must have a
// translation that takes the same arguments, and the tables must have no other
// phrases.
package phrase

import "fmt"

// Language is the language of a text.
type Language string

// The supported languages. Any other value, and the zero value, means English.
const (
	English Language = "en"
	Chinese Language = "zh"
)

// Say is fmt.Sprintf in the language l. The Chinese phrase may take the arguments in
// another order (%[2]s), and must take all of them.
func (l Language) Say(format string, args ...any) string {
	if l != Chinese {
		return fmt.Sprintf(format, args...)
	}
	for _, table := range []map[string]string{findings, reports, imports, explanations, tallies} {
		if zh, ok := table[format]; ok {
			return fmt.Sprintf(zh, args...)
		}
	}
	return fmt.Sprintf(format, args...)
}
