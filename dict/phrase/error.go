package phrase

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"strings"
)

// An Error is an error that can be said in both languages.
type Error interface {
	error
	// In says the error in a language; in English as Error does.
	In(l Language) string
}

// saidError is an error of a phrase and its arguments.
type saidError struct {
	Text
	err error // what fmt.Errorf makes of them: the English text, and what is wrapped
}

// Errorf is fmt.Errorf with a phrase, and implements [Error].
func Errorf(format string, args ...any) error {
	return &saidError{Textf(format, args...), fmt.Errorf(format, args...)}
}

// New is errors.New with a phrase, and implements [Error]. Two errors of one phrase are
// different.
func New(text string) error {
	return &saidError{Text{format: strings.ReplaceAll(text, "%", "%%")}, errors.New(text)}
}

func (e *saidError) Error() string { return e.err.Error() }

// Unwrap returns the error whose chain has what was wrapped.
func (e *saidError) Unwrap() error { return e.err }

// Error says an error in the language l. An error that implements [Error] says itself.
// Those of the standard library and of other modules are said in Chinese as far as the
// table of what they say goes; what is not there stays as it is, in the sentence around
// it.
func (l Language) Error(err error) string {
	if l != Chinese {
		return err.Error()
	}
	if err, ok := err.(Error); ok { //nolint:errorlint // only this one can say itself
		return err.In(l)
	}
	text := err.Error()
	if inner, ok := err.(interface{ Unwrap() []error }); ok {
		return l.joined(text, inner.Unwrap())
	}
	switch err := err.(type) { //nolint:errorlint // what is wrapped comes below
	case *fs.PathError:
		return operation(err.Op) + " " + err.Path + "：" + l.Error(err.Err)
	case *net.OpError:
		if err.Addr != nil {
			return operation(err.Op) + " " + err.Addr.String() + "：" + l.Error(err.Err)
		}
		return operation(err.Op) + "：" + l.Error(err.Err)
	}
	if zh, ok := foreignText(text); ok {
		return zh
	}
	if inner := errors.Unwrap(err); inner != nil {
		return l.joined(text, []error{inner})
	}
	return text
}

// joined says each of several errors in place of its English text.
func (l Language) joined(text string, inner []error) string {
	var said strings.Builder
	for _, err := range inner {
		if before, after, ok := strings.Cut(text, err.Error()); ok {
			said.WriteString(before)
			said.WriteString(l.Error(err))
			text = after
		}
	}
	return said.String() + text
}
