package main

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"encoding/pem"
	"os"
	"strings"

	"github.com/hiddeco/sshsig"
	"github.com/rogpeppe/go-internal/testscript"
	"golang.org/x/crypto/ssh"
)

// makeKey is `sshkey FILE KIND [PASSPHRASE]`: it makes a key pair as ssh-keygen does.
func makeKey(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: sshkey FILE ed25519|ecdsa|rsa [PASSPHRASE]")
	}
	var key crypto.Signer
	var err error
	switch args[1] {
	case "ed25519":
		_, key, err = ed25519.GenerateKey(rand.Reader)
	case "ecdsa":
		key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	case "rsa":
		key, err = rsa.GenerateKey(rand.Reader, 2048)
	}
	ts.Check(err)
	var block *pem.Block
	if len(args) == 3 {
		block, err = ssh.MarshalPrivateKeyWithPassphrase(key, "", []byte(args[2]))
	} else {
		block, err = ssh.MarshalPrivateKey(key, "")
	}
	ts.Check(err)
	public, err := ssh.NewPublicKey(key.Public())
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), pem.EncodeToMemory(block), 0o600))
	ts.Check(os.WriteFile(ts.MkAbs(args[0]+".pub"), ssh.MarshalAuthorizedKey(public), 0o600))
}

// listSigners is `signers FILE PRINCIPALS=KEY...`: it writes an allowed_signers file. Options may follow the principals.
func listSigners(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: signers FILE PRINCIPALS=KEY...")
	}
	var out strings.Builder
	for _, a := range args[1:] {
		i := strings.LastIndexByte(a, '=')
		out.WriteString(a[:i] + " " + ts.ReadFile(a[i+1:]+".pub"))
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(out.String()), 0o600))
}

// signFile is `sign FILE KEY NAMESPACE SIGNATURE`: what `ssh-keygen -Y sign` does.
func signFile(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 4 {
		ts.Fatalf("usage: sign FILE KEY NAMESPACE SIGNATURE")
	}
	key, err := ssh.ParsePrivateKey([]byte(ts.ReadFile(args[1])))
	ts.Check(err)
	sig, err := sshsig.Sign(bytes.NewReader([]byte(ts.ReadFile(args[0]))), key, sshsig.HashSHA512, args[2])
	ts.Check(err)
	ts.Check(os.WriteFile(ts.MkAbs(args[3]), sshsig.Armor(sig), 0o600))
}
