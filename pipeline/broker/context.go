package broker

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strings"

	"github.com/nats-io/nats.go"
	"github.com/synadia-io/orbit.go/natscontext"

	"github.com/minyi/minyi/dict/phrase"
)

// dialContext connects as a NATS context says. The library honours most settings of
// one and passes over the others without a word. So they are looked at before: those
// that this package honours itself are, and any other that is set is an error with its
// name, because a connection without it is another connection than the one meant.
func dialContext(o Options, opts []nats.Option) (*nats.Conn, natscontext.Settings, error) {
	more, err := contextOptions(o.Context)
	if err != nil {
		return nil, natscontext.Settings{}, err
	}
	if o.URL != "" { // the context says everything but where
		more = append(more, func(to *nats.Options) error {
			to.Url = ""
			to.Servers = strings.Split(o.URL, ",")
			for i := range to.Servers {
				to.Servers[i] = strings.TrimSpace(to.Servers[i])
			}
			return nil
		})
	}
	nc, settings, err := natscontext.Connect(o.Context, append(more, opts...)...)
	return nc, settings, err
}

// honoured are the settings of a context that the library or [dialContext] applies, or
// that mean nothing here: how it is shown, and where events come that nobody asks for.
var honoured = []string{
	"name", "description", "color_scheme", "jetstream_event_prefix",
	"url", "socks_proxy", "token", "user", "password", "creds", "nkey", "cert", "key", "ca",
	"jetstream_domain", "jetstream_api_prefix", "inbox_prefix", "tls_first", "user_jwt", "user_seed",
}

// contextOptions returns the options for the settings of a context that the library
// does not apply. The error wraps [ErrSetting] where one cannot be honoured.
func contextOptions(name string) ([]nats.Option, error) {
	path, err := contextFile(name)
	if err != nil || path == "" {
		return nil, err
	}
	body, err := os.ReadFile(path)
	if err != nil {
		return nil, phrase.Errorf("%w: NATS context: %w", ErrSetting, err)
	}
	var settings map[string]json.RawMessage
	if err := json.Unmarshal(body, &settings); err != nil {
		return nil, phrase.Errorf("%w: NATS context %s: %w", ErrSetting, path, err)
	}
	var unknown []string
	for key, value := range settings {
		empty := slices.ContainsFunc([]string{`""`, "null", "false", "0", "[]"}, func(s string) bool { return string(bytes.TrimSpace(value)) == s })
		if !empty && !slices.Contains(honoured, key) {
			unknown = append(unknown, key)
		}
	}
	if len(unknown) > 0 {
		slices.Sort(unknown)
		return nil, phrase.Errorf("%w: %s of NATS context %s", ErrSetting, strings.Join(unknown, ", "), path)
	}
	var user struct {
		JWT  string `json:"user_jwt"`
		Seed string `json:"user_seed"`
	}
	if err := json.Unmarshal(body, &user); err != nil {
		return nil, phrase.Errorf("%w: NATS context %s: %w", ErrSetting, path, err)
	}
	if (user.JWT == "") != (user.Seed == "") {
		return nil, phrase.Errorf("%w: NATS context %s has one of user_jwt and user_seed and not the other", ErrSetting, path)
	}
	if user.JWT != "" {
		return []nats.Option{nats.UserJWTAndSeed(user.JWT, user.Seed)}, nil
	}
	return nil, nil
}

// contextFile returns the file of a context, or of the selected one for ""; "" where
// none is selected. It looks where the library does, which then says what is wrong with
// a name.
func contextFile(name string) (path string, err error) {
	if filepath.IsAbs(name) {
		return name, nil
	}
	dir := os.Getenv("XDG_CONFIG_HOME")
	if dir == "" {
		// Not os.UserHomeDir: the library and the nats CLI take the home that the system
		// knows, which may be another than HOME, or there where HOME is not.
		u, err := user.Current()
		switch {
		case err == nil && u.HomeDir != "":
			dir = filepath.Join(u.HomeDir, ".config")
		case name == "":
			return "", nil // without a home, as in a container, nothing is selected
		default:
			return "", phrase.Errorf("%w: NATS context %q cannot be looked for: this user has no home; set XDG_CONFIG_HOME, or give the path of its file", ErrSetting, name)
		}
	}
	dir = filepath.Join(dir, "nats")
	if name == "" {
		selected, err := os.ReadFile(filepath.Join(dir, "context.txt"))
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			// The library would take it for none, and connect to another server.
			return "", phrase.Errorf("%w: which NATS context is selected cannot be read: %w; mend it, or give --server or --context", ErrSetting, err)
		}
		if name = strings.TrimSpace(string(selected)); name == "" {
			return "", nil
		}
	}
	path = filepath.Join(dir, "context", name+".json")
	if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
		return "", phrase.Errorf("%w: there is no NATS context %q; nats context ls shows which there are", ErrSetting, name)
	}
	return path, nil
}
