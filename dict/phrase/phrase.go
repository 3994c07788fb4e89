// Package phrase says in Chinese and in English what minyi tells people: help, the
// findings of a check, the reports of a measurement, errors.
//
// The code contains the English phrase, which is also the key of its Chinese
// translation in the tables of this package, where the two stand side by side. A
// phrase without a translation stays English. A test reads the sources of the
// repository: every phrase must have a translation that takes the same arguments, and
// the tables must have no other phrases.
//
// Who knows the language says a phrase at once, with [Language.Say]. Who does not, such
// as a package that returns an error, makes a [Text] or an error by [Errorf]; both keep
// the phrase and its arguments, and are put into words by who shows them, with
// [Language.Say] or [Language.Error].
package phrase

import (
	"fmt"
	"regexp"
)

// Language is the language of a text.
type Language string

// The supported languages. Any other value, and the zero value, means English.
const (
	English Language = "en"
	Chinese Language = "zh"
)

// tables have all phrases: those of one subject are in one table.
var tables = []map[string]string{findings, reports, imports, explanations, tallies, commands, files, dictionaries, brokers, examinations, labelling, said, engines, pages, logs}

// chinese returns the translation of a format.
func chinese(format string) (zh string, ok bool) {
	for _, table := range tables {
		if zh, ok := table[format]; ok {
			return zh, true
		}
	}
	return "", false
}

// Say is fmt.Sprintf in the language l. The Chinese phrase may take the arguments in
// another order (%[2]s), and must take all of them. Arguments that are a [Text] or an
// error are said in that language too.
func (l Language) Say(format string, args ...any) string {
	english := unwrapped(format)
	if l != Chinese {
		return fmt.Sprintf(english, args...)
	}
	said := make([]any, len(args))
	for i, arg := range args {
		switch arg := arg.(type) {
		case error:
			said[i] = l.Error(arg)
		case interface{ In(l Language) string }:
			said[i] = arg.In(l)
		default:
			said[i] = arg
		}
	}
	zh, ok := chinese(format)
	if !ok {
		zh = english
	}
	return fmt.Sprintf(unwrapped(zh), said...)
}

// unwrapped is a format for fmt.Sprintf, which does not know %w.
func unwrapped(format string) string { return wraps.ReplaceAllString(format, "%${1}v") }

var wraps = regexp.MustCompile(`%(\[[0-9]\])?w`)

// A Text is a phrase with its arguments that is said later, in the language of who
// reads it. The zero Text is empty.
type Text struct {
	format string
	args   []any
}

// Textf makes a text of a phrase and its arguments.
func Textf(format string, args ...any) Text { return Text{format, args} }

// IsZero tells whether there is no text.
func (t Text) IsZero() bool { return t.format == "" }

// Map returns the text with each of its arguments, and those of texts among them, as f
// makes it.
func (t Text) Map(f func(arg any) any) Text {
	args := make([]any, len(t.args))
	for i, arg := range t.args {
		if text, ok := arg.(Text); ok {
			args[i] = text.Map(f)
		} else {
			args[i] = f(arg)
		}
	}
	return Text{t.format, args}
}

// In says the text in a language.
func (t Text) In(l Language) string { return l.Say(t.format, t.args...) }

// String says the text in English.
func (t Text) String() string { return t.In(English) }

// MarshalText says the text in English: what is stored and what programs read is the same in
// every language.
func (t Text) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText takes a text as [Stored] does.
func (t *Text) UnmarshalText(english []byte) error {
	*t = Stored(string(english))
	return nil
}
