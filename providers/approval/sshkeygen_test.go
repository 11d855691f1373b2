package approval

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
)

// TestSSHKeygen lets the real ssh-keygen verify what is signed here, and checks here what it signs.
func TestSSHKeygen(t *testing.T) {
	keygen, err := exec.LookPath("ssh-keygen")
	if errors.Is(err, exec.ErrNotFound) {
		t.Skip("ssh-keygen is not installed (Debian: openssh-client), so nothing was compared with it")
	}
	for _, kind := range []string{"ed25519", "ecdsa", "rsa"} {
		t.Run(kind, func(t *testing.T) {
			dir := t.TempDir()
			key, plan, allowed := filepath.Join(dir, "key"), filepath.Join(dir, "restore.plan"), filepath.Join(dir, "allowed_signers")
			run := func(stdin []byte, args ...string) {
				t.Helper()
				cmd := exec.Command(keygen, args...)
				cmd.Stdin = bytes.NewReader(stdin)
				if out, err := cmd.CombinedOutput(); err != nil {
					t.Fatalf("ssh-keygen %v: %v\n%s", args, err, out)
				}
			}
			run(nil, "-q", "-t", kind, "-N", "", "-f", key)
			pem, err := os.ReadFile(key)
			if err != nil {
				t.Fatal(err)
			}
			signer, err := ssh.ParsePrivateKey(pem)
			if err != nil {
				t.Fatal(err)
			}
			doc := []byte("{\"plan\": 1}\n")
			if err := os.WriteFile(allowed, []byte("alice@x valid-after=\"20200101Z\",namespaces=\"restorectl-plan\" "+public(signer)), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(plan, doc, 0o600); err != nil {
				t.Fatal(err)
			}
			ours, err := Sign(plan, doc, signer, "alice@x")
			if err != nil {
				t.Fatal(err)
			}
			run(doc, "-Y", "verify", "-f", allowed, "-I", "alice@x", "-n", Namespace, "-s", ours)
			run(nil, "-Y", "sign", "-n", Namespace, "-f", key, plan)
			s, err := ReadSigners(allowed)
			if err != nil {
				t.Fatal(err)
			}
			files, err := SignatureFiles(plan)
			if err != nil || len(files) != 2 {
				t.Fatalf("signatures %v, %v", files, err)
			}
			for _, f := range files {
				if r := s.Check(doc, []string{f}, time.Now()); !slices.Equal(r.Persons, []string{"alice@x"}) {
					t.Errorf("%s: %v", f, r)
				}
			}
		})
	}
}
