package main

import (
	"log/slog"

	"github.com/spf13/cobra"
)

// registerLog adds the flags of what is logged, which all commands have.
func (a *app) registerLog(cmd *cobra.Command) {
	f := cmd.PersistentFlags()
	f.StringVar(&a.logFormat, "log-format", "text", "the log on standard error, a record a line: text, in the language of --lang, or json, in English")
	f.StringVar(&a.logLevel, "log-level", "info", "least level that is logged: debug, info, warn or error")
}

// checkLog makes the log, or says which of its settings is none. Text is for people, and in
// their language; JSON is for programs, and the same in every language.
func (a *app) checkLog() error {
	var level slog.Level
	if err := level.UnmarshalText([]byte(a.logLevel)); err != nil {
		return usageError("--log-level %s: debug, info, warn or error", a.logLevel)
	}
	o := &slog.HandlerOptions{Level: level}
	switch a.logFormat {
	case "text":
		a.logger = slog.New(a.language().LogHandler(slog.NewTextHandler(a.stderr, o)))
	case "json":
		a.logger = slog.New(slog.NewJSONHandler(a.stderr, o))
	default:
		return usageError("--log-format %s: text or json", a.logFormat)
	}
	return nil
}

// log returns the log of this run.
func (a *app) log() *slog.Logger {
	if a.logger == nil { // no command line was read, as in tests of one function
		return slog.New(a.language().LogHandler(slog.NewTextHandler(a.stderr, nil)))
	}
	return a.logger
}

// about puts the tally that this process counts, if it counts one, before what is
// logged of the connection.
func (a *app) about(more ...any) []any {
	if tally := a.tally.Load(); tally != nil {
		return append([]any{"tally", *tally}, more...)
	}
	return more
}
