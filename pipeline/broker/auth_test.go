package broker_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/json"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/minyi/minyi/pipeline/broker"
	"github.com/minyi/minyi/pipeline/broker/doctor"
	"github.com/minyi/minyi/pipeline/broker/internal/brokertest"
	"github.com/nats-io/jwt/v2"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nkeys"
)

// papers are files that prove who somebody is, in a folder of their own.
type papers struct {
	t   *testing.T
	dir string
}

func (p papers) write(name string, body []byte) (file string) {
	p.t.Helper()
	file = filepath.Join(p.dir, name)
	if err := os.WriteFile(file, body, 0o600); err != nil {
		p.t.Fatal(err)
	}
	return file
}

// key makes a key of NATS and writes its seed.
func (p papers) key(name string, prefix nkeys.PrefixByte) (k nkeys.KeyPair, public, file string) {
	p.t.Helper()
	k, err := nkeys.CreatePair(prefix)
	if err != nil {
		p.t.Fatal(err)
	}
	seed, err := k.Seed()
	if err == nil {
		public, err = k.PublicKey()
	}
	if err != nil {
		p.t.Fatal(err)
	}
	return k, public, p.write(name, seed)
}

// certificate makes a certificate that the issuer signs, or that signs itself.
func (p papers) certificate(name string, issuer *tls.Certificate) (c *tls.Certificate, file, key string) {
	p.t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		p.t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: name},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
		BasicConstraintsValid: true, IsCA: issuer == nil,
	}
	parent, signer := template, any(private)
	if issuer != nil {
		parent, signer = issuer.Leaf, issuer.PrivateKey
	}
	der, err := x509.CreateCertificate(rand.Reader, template, parent, &private.PublicKey, signer)
	if err != nil {
		p.t.Fatal(err)
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		p.t.Fatal(err)
	}
	pkcs, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		p.t.Fatal(err)
	}
	return &tls.Certificate{Certificate: [][]byte{der}, PrivateKey: private, Leaf: leaf},
		p.write(name+".pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})),
		p.write(name+".key", pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: pkcs}))
}

// credentials makes a user of an account, as nsc does.
func (p papers) credentials(name string, account nkeys.KeyPair) (file string) {
	p.t.Helper()
	user, public, _ := p.key(name+".nk", nkeys.PrefixByteUser)
	token, err := jwt.NewUserClaims(public).Encode(account)
	if err != nil {
		p.t.Fatal(err)
	}
	seed, err := user.Seed()
	if err != nil {
		p.t.Fatal(err)
	}
	body, err := jwt.FormatUserConfig(token, seed)
	if err != nil {
		p.t.Fatal(err)
	}
	return p.write(name+".creds", body)
}

// strictServer returns the address of one that wants to know who we are.
func strictServer(t *testing.T, o *server.Options) (address string) {
	t.Helper()
	o.ServerName = "strict"
	return brokertest.NATS(t, o).Addr().String()
}

// Every way to say who we are reaches the broker, and every wrong one ends with
// an error that says so, and says nothing that is secret.
func TestWhoWeAre(t *testing.T) {
	config := t.TempDir()
	t.Setenv("XDG_CONFIG_HOME", config)
	p := papers{t, t.TempDir()}
	_, public, seed := p.key("user.nk", nkeys.PrefixByteUser)
	_, _, otherSeed := p.key("other.nk", nkeys.PrefixByteUser)

	passwords := strictServer(t, &server.Options{Users: []*server.User{{Username: "boss", Password: "s3cret"}}})
	tokens := strictServer(t, &server.Options{Authorization: "t0ken"})
	keys := strictServer(t, &server.Options{Nkeys: []*server.NkeyUser{{Nkey: public}}})
	accounts, account, otherAccount := jwtServer(t, p)

	ca, caFile, _ := p.certificate("ca", nil)
	ours, _, _ := p.certificate("server", ca)
	_, client, clientKey := p.certificate("client", ca)
	_, otherCA, _ := p.certificate("otherca", nil)
	pool := x509.NewCertPool()
	pool.AddCert(ca.Leaf)
	secured := strictServer(t, &server.Options{TLS: true, TLSTimeout: 5, TLSVerify: true, TLSConfig: &tls.Config{
		MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{*ours}, ClientCAs: pool, ClientAuth: tls.RequireAndVerifyClientCert,
	}})

	if err := os.MkdirAll(filepath.Join(config, "nats", "context"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, password := range map[string]string{"good": "s3cret", "bad": "wr0ng"} {
		body, err := json.Marshal(map[string]string{"url": "nats://" + passwords, "user": "boss", "password": password})
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(config, "nats", "context", name+".json"), body, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name string
		o    broker.Options
		want error // nil: it connects
	}{
		{"password", broker.Options{URL: "nats://boss:s3cret@" + passwords}, nil},
		{"wrong password", broker.Options{URL: "nats://boss:wr0ng@" + passwords}, broker.ErrRefused},
		{"no password", broker.Options{URL: "nats://" + passwords}, broker.ErrRefused},
		{"token", broker.Options{URL: "nats://t0ken@" + tokens}, nil},
		{"wrong token", broker.Options{URL: "nats://wr0ng@" + tokens}, broker.ErrRefused},
		{"nkey", broker.Options{URL: "nats://" + keys, NKey: seed}, nil},
		{"another's nkey", broker.Options{URL: "nats://" + keys, NKey: otherSeed}, broker.ErrRefused},
		{"credentials", broker.Options{URL: "nats://" + accounts, Creds: p.credentials("citizen", account)}, nil},
		{"credentials of an unknown account", broker.Options{URL: "nats://" + accounts, Creds: p.credentials("stranger", otherAccount)}, broker.ErrRefused},
		{"no credentials", broker.Options{URL: "nats://" + accounts}, broker.ErrRefused},
		{"context", broker.Options{Context: "good"}, nil},
		{"context with a wrong password", broker.Options{Context: "bad"}, broker.ErrRefused},
		{"certificates", broker.Options{URL: "tls://" + secured, CA: caFile, Cert: client, Key: clientKey}, nil},
		{"certificates, and nothing said of TLS", broker.Options{URL: "nats://" + secured, CA: caFile, Cert: client, Key: clientKey}, nil},
		{"no certificate", broker.Options{URL: "tls://" + secured, CA: caFile}, broker.ErrTLS},
		{"a server of unknown descent", broker.Options{URL: "tls://" + secured, Cert: client, Key: clientKey}, broker.ErrTLS},
		{"another authority", broker.Options{URL: "tls://" + secured, CA: otherCA, Cert: client, Key: clientKey}, broker.ErrTLS},
		{"TLS where there is none", broker.Options{URL: "tls://boss:s3cret@" + passwords}, broker.ErrTLS},
		{"an address that cannot be read", broker.Options{URL: "nats://boss:wr0ng%zz@" + passwords}, broker.ErrConnect},
	} {
		conn, err := broker.Connect(t.Context(), c.o)
		if err == nil {
			if url, _ := conn.Server(); strings.Contains(url, "@") {
				t.Errorf("%s: address %s", c.name, url)
			}
			conn.Close()
		}
		if !errors.Is(err, c.want) || err != nil && !errors.Is(err, broker.ErrConnect) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
		if err != nil && (strings.Contains(err.Error(), "wr0ng") || strings.Contains(err.Error(), "s3cret")) {
			t.Errorf("%s: the error has the secret: %v", c.name, err)
		}
		for _, f := range doctor.Examine(t.Context(), c.o, 1) {
			if strings.Contains(f.Found+f.Remedy, "wr0ng") || strings.Contains(f.Found+f.Remedy, "s3cret") {
				t.Errorf("%s: the doctor tells the secret: %+v", c.name, f)
			}
		}
	}
}

// jwtServer starts a server with an operator, and returns the key of an account
// that it knows and of one that it does not know.
func jwtServer(t *testing.T, p papers) (address string, known, unknown nkeys.KeyPair) {
	t.Helper()
	operator, operatorPublic, _ := p.key("operator.nk", nkeys.PrefixByteOperator)
	known, public, _ := p.key("account.nk", nkeys.PrefixByteAccount)
	unknown, _, _ = p.key("otheraccount.nk", nkeys.PrefixByteAccount)
	claims := jwt.NewAccountClaims(public)
	claims.Limits.JetStreamLimits = jwt.JetStreamLimits{DiskStorage: -1, MemoryStorage: -1}
	token, err := claims.Encode(operator)
	if err != nil {
		t.Fatal(err)
	}
	resolver := &server.MemAccResolver{}
	if err := resolver.Store(public, token); err != nil {
		t.Fatal(err)
	}
	_, system, _ := p.key("system.nk", nkeys.PrefixByteAccount)
	systemToken, err := jwt.NewAccountClaims(system).Encode(operator)
	if err == nil {
		err = resolver.Store(system, systemToken)
	}
	if err != nil {
		t.Fatal(err)
	}
	return strictServer(t, &server.Options{
		TrustedKeys: []string{operatorPublic}, AccountResolver: resolver, SystemAccount: system,
	}), known, unknown
}

func TestAddress(t *testing.T) {
	t.Parallel()
	for in, want := range map[string]string{
		"nats://127.0.0.1:4222": "nats://127.0.0.1:4222", "nats://boss:s3cret@h:1, tls://t0ken@g": "nats://h:1,tls://g",
		"boss:a@b@h": "nats://h", "h:4222": "h:4222", "": "",
	} {
		if got := broker.Address(in); got != want {
			t.Errorf("%q became %q, not %q", in, got, want)
		}
	}
}
