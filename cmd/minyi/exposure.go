package main

import (
	"net"
	"net/netip"
	"os"

	"go.yaml.in/yaml/v4"

	"github.com/minyi/minyi/dict/phrase"
)

// checkExposure refuses an address that other machines reach, unless who asks there has to
// prove who it is, or what is said there is enciphered, or somebody says that it is meant.
// The error says what to do.
func checkExposure(flag, addr string, insecure, guarded bool, remedy phrase.Text) error {
	if addr == "" || insecure || guarded {
		return nil
	}
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil //nolint:nilerr // listening on it says what is wrong
	}
	ip, err := netip.ParseAddr(host)
	if host == "localhost" || err == nil && ip.Unmap().IsLoopback() {
		return nil
	}
	return usageError("%s %s: other machines reach this address; %s, or --insecure if whoever reaches it may", flag, addr, remedy)
}

// guarded tells whether the page has TLS or passwords.
func (o *pageOptions) guarded() bool {
	b, err := os.ReadFile(o.webConfig)
	var file struct {
		TLS   map[string]any    `yaml:"tls_server_config"`
		Users map[string]string `yaml:"basic_auth_users"`
	}
	return o.webConfig != "" && err == nil && yaml.Unmarshal(b, &file) == nil && len(file.TLS)+len(file.Users) > 0
}

// checkListen refuses a page that everybody can read, unless that is meant.
func (o *pageOptions) checkListen(addr string) error {
	return checkExposure("--listen", addr, o.insecure, o.guarded(),
		phrase.Textf("give the page TLS or passwords with --web-config-file, or a proxy that has them and --listen 127.0.0.1:PORT"))
}
