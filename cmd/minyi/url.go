package main

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"github.com/minyi/minyi/dict/phrase"
)

// The NATS server of `minyi up` wants a token, which is made at the first start: whoever
// has it may read, change and remove everything. The URL with it lies in the data folder,
// where only its owner may read it.

// urlFile is its name there.
const urlFile = "nats.url"

func (a *app) urlCommand() *cobra.Command {
	var data string
	cmd := &cobra.Command{
		Use:   "url",
		Short: "Print the URL of the NATS server of minyi up, with its token",
		Long: `Print the URL of the NATS server of minyi up, with its token: whoever has it may
read, change and remove everything. minyi's own commands find it by --data.`,
		Example: `  nats --server "$(minyi url)" kv ls COUNTS`,
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			url, err := readURL(data)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(a.stdout, url)
			return err
		},
	}
	cmd.Flags().StringVar(&data, "data", defaultData, "data folder of minyi up")
	return cmd
}

// readURL returns the URL that lies in a data folder. The error has exit code 2.
func readURL(data string) (string, error) {
	b, err := os.ReadFile(filepath.Join(data, urlFile))
	if errors.Is(err, fs.ErrNotExist) {
		return "", usageError("%w; --data names the folder of a minyi up that was started with --nats-listen", err)
	}
	if err != nil {
		return "", usageError("%w", err)
	}
	return strings.TrimSpace(string(b)), nil
}

// token returns the token of the server of a data folder: that of an earlier start, or a
// new one.
func token(data string) (string, error) {
	last, err := os.ReadFile(filepath.Join(data, urlFile))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", usageError("%w", err)
	}
	u, err := url.Parse(strings.TrimSpace(string(last)))
	if err == nil && u.User != nil && len(u.User.Username()) >= 20 {
		return u.User.Username(), nil
	}
	return rand.Text(), nil
}

// writeURL puts the URL with the token into the data folder, readable by its owner only,
// and returns it.
func writeURL(data, server, token string) (string, error) {
	u, err := url.Parse(server)
	if err != nil {
		return "", phrase.Errorf("URL of the server: %w", err)
	}
	u.User = url.User(token)
	staged, err := os.CreateTemp(data, urlFile+".*") // with mode 0600
	if err != nil {
		return "", err
	}
	_, err = fmt.Fprintln(staged, u)
	if err = errors.Join(err, staged.Close()); err == nil {
		err = os.Rename(staged.Name(), filepath.Join(data, urlFile))
	}
	if err != nil {
		return "", errors.Join(err, os.Remove(staged.Name()))
	}
	return u.String(), nil
}

// contextSelected tells whether the nats CLI has a selected context, which commands use
// where nothing else names a server.
func (a *app) contextSelected() bool {
	dir := a.getenv("XDG_CONFIG_HOME")
	if dir == "" {
		dir = filepath.Join(a.getenv("HOME"), ".config")
	}
	b, err := os.ReadFile(filepath.Join(dir, "nats", "context.txt"))
	return err == nil && strings.TrimSpace(string(b)) != ""
}
