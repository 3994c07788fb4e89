package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"io"
	"log/slog"
	"math/big"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/minyi/minyi/pipeline/dashboard"
)

// writeCert writes a certificate for 127.0.0.1 and its key.
func writeCert(t *testing.T, dir string) *x509.CertPool {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: true, BasicConstraintsValid: true,
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	keyBytes, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	pool := x509.NewCertPool()
	for name, block := range map[string]*pem.Block{"cert.pem": {Type: "CERTIFICATE", Bytes: cert}, "key.pem": {Type: "EC PRIVATE KEY", Bytes: keyBytes}} {
		b := pem.EncodeToMemory(block)
		pool.AppendCertsFromPEM(b)
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return pool
}

// writeWebConfig writes a file of web configuration for the certificate of writeCert; the user
// is operator and the password minyi.
func writeWebConfig(t *testing.T, dir string) (file string) {
	t.Helper()
	file = filepath.Join(dir, "web.yml")
	if err := os.WriteFile(file, []byte("tls_server_config: {cert_file: cert.pem, key_file: key.pem}\nbasic_auth_users: {operator: $2a$04$6iz9bCc1PcIibElrmF7Lw.624znCjhn4YHwvCZBiHILAgxOQFbXJW}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// TLS and passwords come from a file such as Prometheus has.
func TestWebConfigFile(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	pool := writeCert(t, dir)
	file := writeWebConfig(t, dir)
	o := pageOptions{webConfig: file}
	if _, err := o.config(); err != nil {
		t.Fatal(err)
	}
	l, err := listen(t.Context(), "--listen", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if got := o.address(l); !strings.HasPrefix(got, "https://127.0.0.1:") {
		t.Errorf("the page is said to be at %s", got)
	}
	e := &engine{options: o, log: slog.New(slog.DiscardHandler)}
	ctx, stop := context.WithCancel(t.Context())
	served := make(chan error, 1)
	h := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "the page") })
	go func() { served <- dashboard.ServeBy(ctx, l, h, e.servePage) }()
	client := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: pool}}}
	for password, code := range map[string]int{"minyi": 200, "guess": 401, "": 401} {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, o.address(l)+"/", nil)
		if err != nil {
			t.Fatal(err)
		}
		if password != "" {
			req.SetBasicAuth("operator", password)
		}
		res, err := client.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		_ = res.Body.Close()
		if res.StatusCode != code {
			t.Errorf("password %q: %d, want %d", password, res.StatusCode, code)
		}
	}
	client.CloseIdleConnections()
	stop()
	if err := <-served; err != nil {
		t.Errorf("serve: %v", err)
	}
}

func TestPageOptionsThatAreWrong(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	write := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for want, o := range map[string]pageOptions{
		"--names":           {names: filepath.Join(dir, "missing.yaml")},
		"source":            {names: write("typo.yaml", "source: {xinhua: {zh: 新华社}}\n")},
		"--web-config-file": {webConfig: write("web.yml", "tls_server: {}\n")},
	} {
		if _, err := o.config(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v", want, err)
		}
	}
	o := pageOptions{names: write("names.yaml", "sources:\n  xinhua: {zh: 新华社, en: Xinhua}\nthemes:\n  livelihood: {en: Everyday life}\n"), hosts: []string{"Counts.Example.org."}}
	c, err := o.config()
	if err != nil || c.Names.Sources["xinhua"].Zh != "新华社" || c.Names.Themes["livelihood"].En != "Everyday life" || c.Hosts[0] != "counts.example.org" {
		t.Errorf("%+v %v", c, err)
	}
	if c, err := (&pageOptions{names: write("empty.yaml", "")}).config(); err != nil || len(c.Names.Sources) > 0 {
		t.Errorf("an empty file: %+v %v", c, err)
	}
}
