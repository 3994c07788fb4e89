package dashboard

import (
	"context"
	"errors"
	"net"
	"net/http"
	"time"

	"github.com/minyi/minyi/dict/phrase"
)

// drainTime is how long requests in progress may take once ctx has ended. All
// answers are small, so this is long.
const drainTime = 5 * time.Second

// Serve answers requests on l until ctx ends, then takes no new ones, waits for
// those in progress (5 s at most) and returns nil. It returns earlier only with
// an error of the listener. It closes l. All it started has ended when it returns,
// except handlers that ignore their closed connection.
func Serve(ctx context.Context, l net.Listener, h http.Handler) error {
	return ServeBy(ctx, l, h, (*http.Server).Serve)
}

// ServeBy is Serve by a function that takes the place of [http.Server.Serve], such as
// one that adds TLS.
func ServeBy(ctx context.Context, l net.Listener, h http.Handler, serve func(*http.Server, net.Listener) error) error {
	srv := &http.Server{
		Handler:           h,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       10 * time.Second,
		WriteTimeout:      30 * time.Second,
		IdleTimeout:       2 * time.Minute,
		MaxHeaderBytes:    16 << 10,
		// Answers without an end learn from their context that they have to end.
		BaseContext: func(net.Listener) context.Context {
			return context.WithValue(context.WithoutCancel(ctx), drainKey{}, ctx.Done())
		},
	}
	failed := make(chan error, 1)
	go func() { failed <- serve(srv, l) }()
	select {
	case err := <-failed:
		return phrase.Errorf("serve http: %w", err)
	case <-ctx.Done():
	}
	drain, cancel := context.WithTimeout(context.WithoutCancel(ctx), drainTime)
	defer cancel()
	err := srv.Shutdown(drain)
	if err != nil {
		err = errors.Join(phrase.Errorf("drain http: %w", err), srv.Close())
	}
	if served := <-failed; !errors.Is(served, http.ErrServerClosed) {
		err = errors.Join(err, phrase.Errorf("serve http: %w", served))
	}
	return err
}
