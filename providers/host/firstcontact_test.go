package host_test

import (
	"crypto/rand"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"

	"github.com/restorectl/restorectl/config"
	"github.com/restorectl/restorectl/providers/host"
	"github.com/restorectl/restorectl/providers/host/hosttest"
)

func knownFile(s *hosttest.Server) string { return filepath.Join(s.Dir, "known_hosts") }

func writeKnown(t *testing.T, s *hosttest.Server, text string) {
	t.Helper()
	if err := os.WriteFile(knownFile(s), []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestSSHKnownHosts connects with everything that can stand in known_hosts.
func TestSSHKnownHosts(t *testing.T) {
	dir := t.TempDir()
	ca, other := hosttest.Key(t, filepath.Join(dir, "ca"), ""), hosttest.Key(t, filepath.Join(dir, "other"), "")
	authority := func(pattern string, key ssh.Signer) string {
		return "@cert-authority " + pattern + " " + string(ssh.MarshalAuthorizedKey(key.PublicKey()))
	}
	tests := []struct {
		name string
		// names and until are those of the host's certificate; without names it has none.
		names []string
		until time.Duration
		known func(address string, key ssh.Signer) string
		want  string
	}{
		{"plain", nil, 0, func(a string, k ssh.Signer) string { return knownhosts.Line([]string{a}, k.PublicKey()) }, ""},
		{"hashed", nil, 0, func(a string, k ssh.Signer) string {
			return knownhosts.Line([]string{knownhosts.HashHostname(a)}, k.PublicKey())
		}, ""},
		{"hashed, another key", nil, 0, func(a string, _ ssh.Signer) string {
			return knownhosts.Line([]string{knownhosts.HashHostname(a)}, other.PublicKey())
		}, "HAS CHANGED"},
		{"hashed, another host", nil, 0, func(_ string, k ssh.Signer) string {
			return knownhosts.Line([]string{knownhosts.HashHostname("elsewhere")}, k.PublicKey())
		}, "is unknown"},
		{"revoked", nil, 0, func(a string, k ssh.Signer) string {
			line := knownhosts.Line([]string{a}, k.PublicKey())
			return line + "\n@revoked " + line
		}, "REVOKED"},
		{"certificate", []string{"127.0.0.1"}, time.Hour, func(a string, _ ssh.Signer) string { return authority(a, ca) }, ""},
		{"another authority", []string{"127.0.0.1"}, time.Hour, func(a string, _ ssh.Signer) string { return authority(a, other) }, "refused"},
		{"another authority, and the key", []string{"127.0.0.1"}, time.Hour, func(a string, k ssh.Signer) string {
			return authority(a, other) + knownhosts.Line([]string{a}, k.PublicKey())
		}, ""},
		{"another authority, and another key", []string{"127.0.0.1"}, time.Hour, func(a string, _ ssh.Signer) string {
			return authority(a, other) + knownhosts.Line([]string{a}, other.PublicKey())
		}, "refused"},
		{"expired certificate, and the key", []string{"127.0.0.1"}, -time.Hour, func(a string, k ssh.Signer) string {
			return authority(a, ca) + knownhosts.Line([]string{a}, k.PublicKey())
		}, ""},
		{"revoked authority, and the key", []string{"127.0.0.1"}, time.Hour, func(a string, k ssh.Signer) string {
			return authority(a, ca) + knownhosts.Line([]string{a}, k.PublicKey()) + "\n@revoked * " + string(ssh.MarshalAuthorizedKey(ca.PublicKey()))
		}, "known_hosts:3"},
		{"revoked key in a certificate", []string{"127.0.0.1"}, time.Hour, func(a string, k ssh.Signer) string {
			return authority(a, ca) + "@revoked * " + string(ssh.MarshalAuthorizedKey(k.PublicKey()))
		}, "known_hosts:2"},
		{"an authority, and no certificate", nil, 0, func(a string, _ ssh.Signer) string { return authority(a, ca) }, "is unknown"},
		{"another host's certificate", []string{"elsewhere"}, time.Hour, func(a string, _ ssh.Signer) string { return authority(a, ca) }, "refused"},
		{"expired certificate", []string{"127.0.0.1"}, -time.Hour, func(a string, _ ssh.Signer) string { return authority(a, ca) }, "refused"},
		{"an authority for others", []string{"127.0.0.1"}, time.Hour, func(string, ssh.Signer) string { return authority("*.example.com", ca) }, "scheduler-1"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := hosttest.Serve(t)
			key := s.HostKey
			if tt.names != nil {
				cert := &ssh.Certificate{Key: key.PublicKey(), CertType: ssh.HostCert, ValidPrincipals: tt.names,
					ValidBefore: uint64(time.Now().Add(tt.until).Unix())}
				if err := cert.SignCert(rand.Reader, ca); err != nil {
					t.Fatal(err)
				}
				certified, err := ssh.NewCertSigner(cert, key)
				if err != nil {
					t.Fatal(err)
				}
				s.Identify(certified)
			}
			writeKnown(t, s, tt.known(knownhosts.Normalize(s.Addr), key)+"\n")
			_, err := connect(t, s, connection(s), host.Options{})
			if tt.want == "" && err != nil || tt.want != "" && (err == nil || !strings.Contains(err.Error(), tt.want)) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
		})
	}
}

// TestStrangers makes unknown machines known, and no others.
func TestStrangers(t *testing.T) {
	s := hosttest.Serve(t)
	cluster := oneOf(s)
	look := func() ([]host.Stranger, map[string]error) {
		m := host.NewPool(cluster, surroundings(s))
		defer func() { _ = m.Close() }()
		return m.Strangers(t.Context())
	}
	if found, problems := look(); len(found)+len(problems) > 0 {
		t.Errorf("a known host: %v, %v", found, problems)
	}
	elsewhere := knownhosts.Line([]string{knownhosts.HashHostname("elsewhere")}, s.HostKey.PublicKey())
	for _, before := range []string{"", "# nothing", elsewhere} {
		writeKnown(t, s, before)
		found, problems := look()
		if len(found) != 1 || len(problems) > 0 || found[0].Fingerprint != ssh.FingerprintSHA256(s.HostKey.PublicKey()) || found[0].File != knownFile(s) {
			t.Fatalf("an unknown host: %v, %v", found, problems)
		}
		if err := host.Trust(found); err != nil {
			t.Fatal(err)
		}
		text, err := os.ReadFile(knownFile(s))
		if err != nil || !strings.HasPrefix(string(text), before) {
			t.Errorf("what was there is not kept: %q, %v", text, err)
		}
		if hashed := !strings.Contains(string(text), "127.0.0.1"); hashed != (before == elsewhere) {
			t.Errorf("hashed is %v after %q", hashed, before)
		}
		if found, problems := look(); len(found)+len(problems) > 0 {
			t.Errorf("after it was made known: %v, %v", found, problems)
		}
		mustConnect(t, s)
	}
	var key *host.HostKeyError
	for name, text := range map[string]string{
		"changed": knownhosts.Line([]string{knownhosts.Normalize(s.Addr)}, hosttest.Key(t, filepath.Join(t.TempDir(), "other"), "").PublicKey()),
		"revoked": "@revoked * " + string(ssh.MarshalAuthorizedKey(s.HostKey.PublicKey())),
	} {
		writeKnown(t, s, text)
		if found, problems := look(); len(found) > 0 || !errors.As(problems["scheduler-1"], &key) {
			t.Errorf("%s: %v, %v", name, found, problems)
		}
	}
}

// TestNamesInKnownHosts finds a name as it was written, and as OpenSSH writes it, which is how it is added.
func TestNamesInKnownHosts(t *testing.T) {
	s := hosttest.Serve(t)
	file := filepath.Join(s.Dir, "system_config")
	if err := os.WriteFile(file, []byte("HostKeyAlias Aurora-1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"Aurora-1", "aurora-1", knownhosts.HashHostname("aurora-1")} {
		writeKnown(t, s, knownhosts.Line([]string{name}, s.HostKey.PublicKey())+"\n")
		mustConnect(t, s)
	}
	if err := os.WriteFile(file, []byte("HostKeyAlias Aurora-1\nHashKnownHosts yes\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	writeKnown(t, s, "")
	m := host.NewPool(oneOf(s), surroundings(s))
	defer func() { _ = m.Close() }()
	found, problems := m.Strangers(t.Context())
	if len(found) != 1 || len(problems) > 0 {
		t.Fatalf("an unknown host: %v, %v", found, problems)
	}
	if err := host.Trust(found); err != nil {
		t.Fatal(err)
	}
	if text, err := os.ReadFile(knownFile(s)); err != nil || !strings.HasPrefix(string(text), "|1|") {
		t.Errorf("not hashed: %q, %v", text, err)
	}
	mustConnect(t, s)
}

// oneOf is a cluster of one host.
func oneOf(s *hosttest.Server) config.Cluster {
	return config.Cluster{Connection: connection(s), Schedulers: []config.Scheduler{{Name: "scheduler-1", Address: s.Addr}}}
}

// TestStrangersOfTheGlobalFile names only the machine's own known_hosts, which need not be there.
func TestStrangersOfTheGlobalFile(t *testing.T) {
	s := hosttest.Serve(t)
	c := connection(s)
	c.KnownHosts = []string{"/etc/ssh/ssh_known_hosts"}
	m := host.NewPool(config.Cluster{Connection: c, Schedulers: []config.Scheduler{{Name: "scheduler-1", Address: s.Addr}}}, surroundings(s))
	defer func() { _ = m.Close() }()
	found, problems := m.Strangers(t.Context())
	if len(found) != 1 || len(problems) > 0 || found[0].File != c.KnownHosts[0] {
		t.Errorf("found %v, %v", found, problems)
	}
	if _, err := m.Host(t.Context(), "scheduler-1"); err == nil || !strings.Contains(err.Error(), "and /etc/ssh/ssh_known_hosts has no key for") {
		t.Errorf("%v", err)
	}
}

// TestStrangersBehindAJumpHost looks at one machine after the other, and tells nobody who it is before it knows them.
func TestStrangersBehindAJumpHost(t *testing.T) {
	s, way := hosttest.Serve(t), hosttest.Serve(t)
	way.Accept = func(ssh.PublicKey) bool { return true }
	writeKnown(t, s, "")
	if err := os.Remove(knownFile(s)); err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(s.Dir, "config")
	_, port, _ := strings.Cut(way.Addr, ":")
	if err := os.WriteFile(file, []byte("Host way\n HostName 127.0.0.1\n Port "+port+"\n ProxyJump none\nHost *\n ProxyJump way\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	c := connection(s)
	c.ConfigFile = file
	m := host.NewPool(config.Cluster{Connection: c, Schedulers: []config.Scheduler{{Name: "a", Address: s.Addr}, {Name: "b", Address: s.Addr}}}, surroundings(s))
	defer func() { _ = m.Close() }()
	for _, want := range []*hosttest.Server{way, s} {
		found, problems := m.Strangers(t.Context())
		if len(found) != 1 || found[0].Address != want.Addr || len(problems) > 0 {
			t.Fatalf("found %v, %v; want %s", found, problems, want.Addr)
		}
		if err := host.Trust(found); err != nil {
			t.Fatal(err)
		}
	}
	if found, problems := m.Strangers(t.Context()); len(found)+len(problems) > 0 {
		t.Errorf("at the end: %v, %v", found, problems)
	}
	if info, err := os.Stat(knownFile(s)); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("known_hosts: %v, %v", info, err)
	}
}
