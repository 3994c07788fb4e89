package phrase

import (
	"context"
	"log/slog"
)

// LogHandler returns a handler that hands records on to h in the language l: their message,
// and values that are errors or can be said in a language. Keys and levels stay as they
// are, as those who search a log search for them.
func (l Language) LogHandler(h slog.Handler) slog.Handler {
	if l != Chinese {
		return h
	}
	return logHandler{h, l}
}

type logHandler struct {
	slog.Handler
	in Language
}

// Handle implements [slog.Handler].
func (h logHandler) Handle(ctx context.Context, r slog.Record) error {
	said := slog.NewRecord(r.Time, r.Level, stored(r.Message).In(h.in), r.PC)
	r.Attrs(func(a slog.Attr) bool {
		said.AddAttrs(h.attr(a))
		return true
	})
	return h.Handler.Handle(ctx, said)
}

// WithAttrs implements [slog.Handler].
func (h logHandler) WithAttrs(attrs []slog.Attr) slog.Handler {
	said := make([]slog.Attr, len(attrs))
	for i, a := range attrs {
		said[i] = h.attr(a)
	}
	return logHandler{h.Handler.WithAttrs(said), h.in}
}

// WithGroup implements [slog.Handler].
func (h logHandler) WithGroup(name string) slog.Handler {
	return logHandler{h.Handler.WithGroup(name), h.in}
}

// attr says the value of an attribute.
func (h logHandler) attr(a slog.Attr) slog.Attr {
	a.Value = a.Value.Resolve()
	switch a.Value.Kind() {
	case slog.KindGroup:
		attrs := a.Value.Group()
		said := make([]slog.Attr, len(attrs))
		for i, inner := range attrs {
			said[i] = h.attr(inner)
		}
		a.Value = slog.GroupValue(said...)
	case slog.KindAny:
		switch v := a.Value.Any().(type) {
		case error:
			a.Value = slog.StringValue(h.in.Error(v))
		case interface{ In(l Language) string }:
			a.Value = slog.StringValue(v.In(h.in))
		}
	}
	return a
}
