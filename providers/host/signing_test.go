package host_test

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/agent"

	"github.com/restorectl/restorectl/providers/host"
	"github.com/restorectl/restorectl/providers/host/hosttest"
)

// TestSigningKeys finds keys to sign with as for logging in, and opens an encrypted one when it signs.
func TestSigningKeys(t *testing.T) {
	home := t.TempDir()
	if err := os.Mkdir(filepath.Join(home, ".ssh"), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, _, err := host.SigningKeys(t.Context(), "", host.Options{Home: home}); err == nil || !strings.Contains(err.Error(), "no key to sign with") {
		t.Errorf("no key: %v", err)
	}
	own := hosttest.Key(t, filepath.Join(home, ".ssh", "id_ed25519"), "correct horse")
	_, key, err := ed25519.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	ring := agent.NewKeyring()
	if err := ring.Add(agent.AddedKey{PrivateKey: key}); err != nil {
		t.Fatal(err)
	}
	held, err := ssh.NewSignerFromKey(key)
	if err != nil {
		t.Fatal(err)
	}
	opts := host.Options{Home: home, AgentSocket: serveAgent(t, ring), Passphrase: func(context.Context, string) ([]byte, error) { return []byte("correct horse"), nil }}
	keys, release, err := host.SigningKeys(t.Context(), "", opts)
	if err != nil || len(keys) != 2 {
		t.Fatalf("%d keys, %v", len(keys), err)
	}
	defer release()
	for i, want := range []ssh.Signer{own, held} {
		sig, err := keys[i].Sign(rand.Reader, []byte("plan"))
		if err != nil || want.PublicKey().Verify([]byte("plan"), sig) != nil {
			t.Errorf("key %d: %v", i, err)
		}
	}
}
