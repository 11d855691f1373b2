package host_test

import (
	"bytes"
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"

	"github.com/restorectl/restorectl/providers/host"
	"github.com/restorectl/restorectl/providers/host/hosttest"
)

func TestSSHHostKeys(t *testing.T) {
	s := hosttest.Serve(t)
	other := hosttest.Key(t, filepath.Join(t.TempDir(), "other"), "")
	fingerprint := ssh.FingerprintSHA256(s.HostKey.PublicKey())

	s.Know(t, "elsewhere:22", s.HostKey.PublicKey())
	_, err := connect(t, s, connection(s), host.Options{})
	var key *host.HostKeyError
	if !errors.As(err, &key) || len(key.Known) != 0 {
		t.Fatalf("unknown: %v", err)
	}
	for _, want := range []string{"scheduler-1", s.Addr, fingerprint, "known_hosts", "ssh-keyscan"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("unknown key: %q is not in %q", want, err)
		}
	}
	s.Know(t, s.Addr, other.PublicKey())
	_, err = connect(t, s, connection(s), host.Options{})
	if !errors.As(err, &key) || len(key.Known) != 1 || !strings.Contains(err.Error(), "HAS CHANGED") ||
		!strings.Contains(err.Error(), ssh.FingerprintSHA256(other.PublicKey())) {
		t.Errorf("changed: %v", err)
	}
	if errors.Is(err, host.ErrUnreachable) {
		t.Error("a changed key is not an unreachable host: waiting does not help")
	}
}

func TestSSHLoginRefused(t *testing.T) {
	s := hosttest.Serve(t)
	wrong := filepath.Join(t.TempDir(), "wrong")
	signer := hosttest.Key(t, wrong, "")
	c := connection(s)
	c.IdentityFiles = []string{wrong, "/nonexistent/key"}
	_, err := connect(t, s, c, host.Options{})
	var login *host.LoginError
	if !errors.As(err, &login) || login.User != "aurora" {
		t.Fatalf("wrong key: %v", err)
	}
	for _, want := range []string{wrong, ssh.FingerprintSHA256(signer.PublicKey()), "/nonexistent/key (not usable", "aurora", "authorized_keys"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q is not in %q", want, err)
		}
	}
}

func TestSSHPassphrase(t *testing.T) {
	s := hosttest.Serve(t)
	file := filepath.Join(t.TempDir(), "locked")
	s.ClientKey = hosttest.Key(t, file, "correct horse")
	c := connection(s)
	c.IdentityFiles = []string{file}
	if _, err := connect(t, s, c, host.Options{}); err == nil || !strings.Contains(err.Error(), "ssh-add "+file) {
		t.Errorf("nobody to ask: %v", err)
	}
	asked := 0
	answers := []string{"wrong", "correct horse"}
	_, err := connect(t, s, c, host.Options{Passphrase: func(_ context.Context, f string) ([]byte, error) {
		if f != file {
			t.Errorf("asked for %s", f)
		}
		asked++
		return []byte(answers[asked-1]), nil
	}})
	if err != nil || asked != 2 {
		t.Errorf("asked %d times: %v", asked, err)
	}
	// A key that the machine does not accept must not make anybody type.
	_, err = connect(t, hosttest.Serve(t), c, host.Options{Passphrase: func(context.Context, string) ([]byte, error) {
		t.Error("asked for the passphrase of a key that is not accepted")
		return nil, errors.New("no")
	}})
	if err == nil {
		t.Error("the other server must not accept the key")
	}
}

func TestSSHAgentAndCertificate(t *testing.T) {
	s := hosttest.Serve(t)
	dir := t.TempDir()
	authority := hosttest.Key(t, filepath.Join(dir, "ca"), "")
	file := filepath.Join(dir, "id")
	user := hosttest.Key(t, file, "secret")
	cert := &ssh.Certificate{Key: user.PublicKey(), CertType: ssh.UserCert, ValidPrincipals: []string{"aurora"}, ValidBefore: ssh.CertTimeInfinity}
	if err := cert.SignCert(strings.NewReader(strings.Repeat("random", 100)), authority); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file+"-cert.pub", ssh.MarshalAuthorizedKey(cert), 0o600); err != nil {
		t.Fatal(err)
	}
	s.Accept = func(key ssh.PublicKey) bool {
		c, ok := key.(*ssh.Certificate)
		return ok && bytes.Equal(c.SignatureKey.Marshal(), authority.PublicKey().Marshal())
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	key, err := ssh.ParseRawPrivateKeyWithPassphrase(raw, []byte("secret"))
	if err != nil {
		t.Fatal(err)
	}
	ring := agent.NewKeyring()
	if err := ring.Add(agent.AddedKey{PrivateKey: key}); err != nil {
		t.Fatal(err)
	}
	c := connection(s)
	c.IdentityFiles = []string{file}
	// The file is encrypted and nobody can be asked: the agent holds the key.
	socket := serveAgent(t, ring)
	if _, err := connect(t, s, c, host.Options{AgentSocket: socket}); err != nil {
		t.Error(err)
	}
	elsewhere := filepath.Join(dir, "elsewhere")
	if err := os.Rename(file+"-cert.pub", elsewhere); err != nil {
		t.Fatal(err)
	}
	c.IdentityFiles, c.ConfigFile = nil, filepath.Join(dir, "config")
	for text, want := range map[string]string{
		"CertificateFile " + elsewhere: "",
		"IdentityFile " + file + "\nIdentitiesOnly yes\nCertificateFile " + elsewhere: "",
		"IdentityFile " + file:                             "does not let user",
		"IdentitiesOnly yes\nCertificateFile " + elsewhere: elsewhere + " (not usable: there is no key that it was made for)",
		"IdentityAgent none\nCertificateFile " + elsewhere: elsewhere + " (not usable: there is no key that it was made for)",
		"CertificateFile " + file + ".pub":                 file + ".pub (not usable: it holds no certificate)",
	} {
		if err := os.WriteFile(c.ConfigFile, []byte(text+"\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := connect(t, s, c, host.Options{AgentSocket: socket})
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: error %v, want %q", text, err, want)
		}
	}
}

// serveAgent serves an agent on a socket.
func serveAgent(t *testing.T, ring agent.Agent) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "agent") // The names of sockets must be short.
	if err != nil {
		t.Fatal(err)
	}
	socket := filepath.Join(dir, "s")
	var lc net.ListenConfig
	l, err := lc.Listen(t.Context(), "unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = l.Close() // It ends the loop below.
		_ = os.RemoveAll(dir)
	})
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				_ = agent.ServeAgent(ring, c) // It ends with the connection.
				_ = c.Close()
			}()
		}
	}()
	return socket
}
