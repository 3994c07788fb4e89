package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/prometheus/exporter-toolkit/web"
	"github.com/spf13/cobra"
	"go.yaml.in/yaml/v4"

	"github.com/minyi/minyi/pipeline/dashboard"
)

// pageOptions are the flags of the page, which `up` and `work` have.
type pageOptions struct {
	names     string
	hosts     []string
	origins   []string
	embed     []string
	probes    string
	webConfig string
	insecure  bool
	private   bool

	minCell      uint64
	publishEvery time.Duration
}

func (o *pageOptions) register(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&o.names, "names", "", "YAML file with names of sources and themes for the page: sources: {xinhua: {zh: 新华社, en: Xinhua}}")
	f.StringSliceVar(&o.hosts, "host", nil, "host names of the page, beside addresses and localhost; others are refused")
	f.StringSliceVar(&o.origins, "cors-origin", nil, "sites whose pages may read the API, such as https://example.org")
	f.StringSliceVar(&o.embed, "embed-origin", nil, "sites that may show the page in a frame")
	f.StringVar(&o.probes, "probe-listen", "", "address of /healthz and /readyz alone, without TLS and passwords (default: only with the page)")
	f.StringVar(&o.webConfig, "web-config-file", "", "TLS and passwords of the page, as Prometheus has them (exporter-toolkit)")
	f.Uint64Var(&o.minCell, "min-cell", 0, "publish no number from 1 to N-1, nor what it follows from: on the page, in the API, snapshots and the service; 0: everything")
	f.DurationVar(&o.publishEvery, "publish-every", time.Hour, "with --min-cell: the time between two publications")
	f.BoolVar(&o.private, "private", false, "the page takes and shows no text: /api/v1/classify is off")
	f.BoolVar(&o.insecure, "insecure", false, "listen where other machines reach it, without TLS or passwords")
}

// config returns what the flags say of the page. The error names what is wrong.
func (o *pageOptions) config() (c dashboard.Config, err error) {
	if err := checkMinCell(o.minCell); err != nil {
		return c, err
	}
	if o.minCell > 0 && (o.publishEvery < time.Second || o.publishEvery > 24*time.Hour) { // else it is not used; minyi report has no such flag
		return c, usageError("--publish-every %s: from 1s to 24h", o.publishEvery)
	}
	for _, host := range o.hosts {
		c.Hosts = append(c.Hosts, strings.ToLower(strings.TrimSuffix(host, ".")))
	}
	c.Origins, c.Embed, c.Private = o.origins, o.embed, o.private
	if o.webConfig != "" {
		if err := web.Validate(o.webConfig); err != nil {
			return c, usageError("--web-config-file: %w", err)
		}
	}
	c.Names, err = readNames(o.names)
	return c, err
}

// readNames reads the file of --names; the empty path has none.
func readNames(path string) (names dashboard.Names, err error) {
	if path == "" {
		return names, nil
	}
	b, err := os.ReadFile(path)
	if err != nil {
		return names, usageError("--names: %w", err)
	}
	d := yaml.NewDecoder(bytes.NewReader(b))
	d.KnownFields(true)
	if err := d.Decode(&names); err != nil && !errors.Is(err, io.EOF) {
		return names, usageError("--names %s: %w; it is to be a file such as sources: {xinhua: {zh: 新华社, en: Xinhua}}", path, err)
	}
	return names, nil
}

// checkMinCell refuses a bound below which a withheld number could be one only.
func checkMinCell(n uint64) error {
	if n == 1 || n == 2 {
		return usageError("--min-cell %d: a number that is withheld could only be 1; give 3 or more, or 0", n)
	}
	return nil
}

// address returns the address of the page as a browser takes it.
func (o *pageOptions) address(l net.Listener) string {
	var file struct {
		TLS map[string]any `yaml:"tls_server_config"`
	}
	b, err := os.ReadFile(o.webConfig)
	if err == nil && yaml.Unmarshal(b, &file) == nil && len(file.TLS) > 0 {
		return fmt.Sprintf("https://%s", l.Addr())
	}
	return fmt.Sprintf("http://%s", l.Addr())
}

// servePage answers with the page on l, with TLS and passwords if there are any.
func (e *engine) servePage(srv *http.Server, l net.Listener) error {
	if e.options.webConfig == "" {
		return srv.Serve(l)
	}
	return web.Serve(l, srv, &web.FlagConfig{WebConfigFile: &e.options.webConfig}, e.log)
}
