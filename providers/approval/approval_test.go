package approval

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/sha512"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/hiddeco/sshsig"
	"golang.org/x/crypto/ssh"
)

var noon = time.Date(2026, 11, 24, 12, 0, 0, 0, time.UTC)

func newKey(t *testing.T, kind string) ssh.Signer {
	t.Helper()
	var key crypto.Signer
	var err error
	switch kind {
	case "ed25519":
		_, key, err = ed25519.GenerateKey(rand.Reader)
	case "ecdsa":
		key, err = ecdsa.GenerateKey(elliptic.P384(), rand.Reader)
	case "rsa":
		key, err = rsa.GenerateKey(rand.Reader, 2048)
	}
	if err != nil {
		t.Fatal(err)
	}
	s, err := ssh.NewSignerFromKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// certify gives the key with a certificate of an authority.
func certify(t *testing.T, key, authority ssh.Signer, kind uint32, until time.Time, names ...string) ssh.Signer {
	t.Helper()
	c := &ssh.Certificate{Key: key.PublicKey(), CertType: kind, KeyId: "id", ValidPrincipals: names, ValidBefore: uint64(until.Unix())}
	if err := c.SignCert(rand.Reader, authority); err != nil {
		t.Fatal(err)
	}
	s, err := ssh.NewCertSigner(c, key)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func public(s ssh.Signer) string { return string(ssh.MarshalAuthorizedKey(s.PublicKey())) }

// TestCheck signs a document in every way that counts or does not, and wants its own word for each.
func TestCheck(t *testing.T) {
	alice, bob, ca := newKey(t, "ed25519"), newKey(t, "ecdsa"), newKey(t, "rsa")
	later := noon.Add(time.Hour)
	cert := func(kind uint32, until time.Time, names ...string) ssh.Signer {
		return certify(t, alice, ca, kind, until, names...)
	}
	tests := []struct {
		name, signers string
		key           ssh.Signer
		person, why   string
	}{
		{"ed25519", "alice@x,alice " + public(alice), alice, "alice@x", ""},
		{"ecdsa", `"bob" namespaces="file,restorectl-*" ` + public(bob), bob, "bob", ""},
		{"rsa", "carol " + public(ca), ca, "carol", ""},
		{"stranger", "bob " + public(bob), alice, "", "a stranger's signature"},
		{"nobody", "# none\n", alice, "", "a stranger's signature"},
		{"namespace", "alice namespaces=\"git\" " + public(alice), alice, "", "not for plans: its namespaces are git"},
		{"forbidden namespace", "alice namespaces=\"*,!restorectl-plan\" " + public(alice), alice, "", "not for plans"},
		{"expired", "alice valid-before=\"20261124120000Z\" " + public(alice), alice, "", "the key of alice expired at 2026-11-24T12:00:00Z"},
		{"not yet", "alice valid-after=\"202611241201Z\" " + public(alice), alice, "", "only valid from 2026-11-24T12:01:00Z"},
		{"in time", "alice valid-after=\"20261124Z\",valid-before=\"20261125Z\" " + public(alice), alice, "alice", ""},
		{"second line", "alice valid-before=\"20200101Z\" " + public(alice) + "alice " + public(alice), alice, "alice", ""},
		{"certificate", "*@x,!eve@x cert-authority " + public(ca), cert(ssh.UserCert, later, "eve@x", "alice@x"), "alice@x", ""},
		{"other names", "*@x cert-authority " + public(ca), cert(ssh.UserCert, later, "alice@y"), "", "for none that the authority may speak for"},
		{"expired certificate", "* cert-authority " + public(ca), cert(ssh.UserCert, noon.Add(-time.Hour), "alice"), "", "the certificate of alice is not valid"},
		{"host certificate", "* cert-authority " + public(ca), cert(ssh.HostCert, later, "alice"), "", "a host's"},
		{"an authority's own signature", "* cert-authority " + public(ca), ca, "", "a stranger's signature"},
		{"an authority that is none", "alice " + public(ca), cert(ssh.UserCert, later, "alice"), "", "a stranger's signature"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s, err := parseSigners([]byte(tt.signers))
			if err != nil {
				t.Fatal(err)
			}
			plan := filepath.Join(t.TempDir(), "restore.plan")
			file, err := Sign(plan, []byte("plan"), tt.key, "who/../ever")
			if err != nil {
				t.Fatal(err)
			}
			if want := plan + ".who_.._ever.sig"; file != want {
				t.Errorf("the signature is %s, want %s", file, want)
			}
			files, err := SignatureFiles(plan)
			if err != nil || !slices.Equal(files, []string{file}) {
				t.Fatalf("found %v, %v", files, err)
			}
			r := s.Check([]byte("plan"), files, noon)
			if got := strings.Join(r.Persons, " "); got != tt.person {
				t.Errorf("approved by %q, want %q (%v)", got, tt.person, r.Refused)
			}
			if tt.why != "" && (len(r.Refused) != 1 || !strings.Contains(r.Refused[0].Error(), tt.why)) {
				t.Errorf("refused: %v, want %q", r.Refused, tt.why)
			}
			if r := s.Check([]byte("another plan"), files, noon); len(r.Persons) > 0 {
				t.Errorf("another plan is approved by %v", r.Persons)
			}
		})
	}
}

// TestCheckEveryByte changes each byte of a signature: none may still count, and none may break the program.
func TestCheckEveryByte(t *testing.T) {
	alice := newKey(t, "ed25519")
	s, err := parseSigners([]byte("alice " + public(alice)))
	if err != nil {
		t.Fatal(err)
	}
	sig, err := sshsig.Sign(bytes.NewReader([]byte("plan")), alice, sshsig.HashSHA512, Namespace)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "plan.sig")
	wire := sig.Marshal()
	for i := range wire {
		changed := slices.Clone(wire)
		changed[i] ^= 1
		parsed, err := sshsig.ParseSignature(changed)
		if err != nil {
			continue
		}
		if err := os.WriteFile(file, sshsig.Armor(parsed), 0o600); err != nil {
			t.Fatal(err)
		}
		if r := s.Check([]byte("plan"), []string{file}, noon); len(r.Persons) > 0 && !bytes.Equal(parsed.Marshal(), wire) {
			t.Errorf("byte %d changed, and it counts", i)
		}
	}
}

// TestPersons counts persons, not keys, names or files.
func TestPersons(t *testing.T) {
	tests := []struct {
		names [][]string
		want  int
	}{
		{[][]string{{"alice"}, {"bob"}}, 2},
		{[][]string{{"alice"}, {"alice"}}, 1},
		{[][]string{{"alice@x", "alice"}, {"alice@y", "alice"}}, 1},
		{[][]string{{"alice"}, {"alice@x"}, {"alice", "alice@x"}}, 1},
		{[][]string{{"*@x"}, {"alice@x"}, {"bob@y"}}, 2},
		{[][]string{{"alice@x"}, {"*@x"}, {"bob@y"}}, 2},
	}
	for _, tt := range tests {
		var persons [][]string
		for _, n := range tt.names {
			persons = join(persons, n)
		}
		if len(persons) != tt.want {
			t.Errorf("%v are %d persons: %v; want %d", tt.names, len(persons), persons, tt.want)
		}
	}
}

func TestParseSignersRefuses(t *testing.T) {
	key := public(newKey(t, "ed25519"))
	for text, want := range map[string]string{
		"alice":                            "nothing after the principals",
		`"alice ` + key:                    "not closed",
		"alice,, " + key:                   "a principal is empty",
		"alice ssh-ed25519 AAAA":           "no public key",
		"alice may-do-all " + key:          "is not known",
		`alice valid-after="soon" ` + key:  "is no time",
		`alice valid-after="2026" ` + key:  "is no time",
		"\n# x\n\nalice no-such-thing\n\n": "line 4",
	} {
		if _, err := parseSigners([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %q", text, err, want)
		}
	}
	path := filepath.Join(t.TempDir(), "signers")
	if err := os.WriteFile(path, []byte("alice "+key), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadSigners(path); err != nil {
		t.Error(err)
	}
	if err := os.Chmod(path, 0o620); err != nil {
		t.Fatal(err)
	}
	if _, err := ReadSigners(path); err == nil || !strings.Contains(err.Error(), "could add themselves") {
		t.Errorf("a file that others may write: %v", err)
	}
}

// refusal puts a signature into a file and gives why it does not count, empty where it does.
func refusal(t *testing.T, s *Signers, sig *sshsig.Signature) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "restore.plan.x.sig")
	if err := os.WriteFile(file, sshsig.Armor(sig), 0o600); err != nil {
		t.Fatal(err)
	}
	r := s.Check([]byte("plan"), []string{file}, noon)
	if len(r.Persons) > 0 {
		return ""
	}
	return r.Refused[0].Error()
}

// TestSignaturesThatAreSound are made by people who may sign, and count for nothing all the same.
func TestSignaturesThatAreSound(t *testing.T) {
	alice, key, ca := newKey(t, "ed25519"), newKey(t, "rsa"), newKey(t, "ed25519")
	s, err := parseSigners([]byte("alice " + public(alice) + "carol cert-authority " + public(ca)))
	if err != nil {
		t.Fatal(err)
	}
	commit, err := sshsig.Sign(bytes.NewReader([]byte("plan")), alice, sshsig.HashSHA512, "git")
	if err != nil {
		t.Fatal(err)
	}
	if why := refusal(t, s, commit); !strings.Contains(why, `alice signed it for the namespace "git"`) {
		t.Errorf("a commit's signature: %q", why)
	}
	// PROTOCOL.sshsig has what is signed. The same is signed with SHA-1, as OpenSSH did before 8.8, and with SHA-2.
	digest := sha512.Sum512([]byte("plan"))
	signed := append([]byte("SSHSIG"), ssh.Marshal(struct{ Namespace, Reserved, Hash, Digest string }{Namespace, "", "sha512", string(digest[:])})...)
	for algorithm, want := range map[string]string{ssh.KeyAlgoRSA: "SHA-1", ssh.KeyAlgoRSASHA512: ""} {
		made, err := key.(ssh.AlgorithmSigner).SignWithAlgorithm(rand.Reader, signed, algorithm)
		if err != nil {
			t.Fatal(err)
		}
		certified := certify(t, key, ca, ssh.UserCert, noon.Add(time.Hour), "carol").PublicKey()
		why := refusal(t, s, &sshsig.Signature{Version: 1, PublicKey: certified, Namespace: Namespace, HashAlgorithm: sshsig.HashSHA512, Signature: made})
		if (why == "") != (want == "") || !strings.Contains(why, want) {
			t.Errorf("%s: %q", algorithm, why)
		}
	}
}

func TestFilesThatAreNoSignatures(t *testing.T) {
	folder, large := t.TempDir(), filepath.Join(t.TempDir(), "large.sig")
	if err := os.WriteFile(large, make([]byte, signatureLimit+1), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{folder, large} {
		if r := (&Signers{}).Check(nil, []string{file}, noon); len(r.Refused) != 1 || !strings.HasSuffix(r.Refused[0].Error(), "it is no signature") {
			t.Errorf("%s: %v", file, r.Refused)
		}
	}
}

// TestSignOnce says so where a plan is signed again with the same key, and signs a plan that was made anew under its name.
func TestSignOnce(t *testing.T) {
	alice, plan := newKey(t, "ed25519"), filepath.Join(t.TempDir(), "restore.plan")
	for _, tt := range []struct {
		doc  string
		want error
	}{{"plan", nil}, {"plan", ErrSigned}, {"plan made anew", nil}} {
		if _, err := Sign(plan, []byte(tt.doc), alice, "alice"); !errors.Is(err, tt.want) {
			t.Errorf("%s: %v, want %v", tt.doc, err, tt.want)
		}
	}
}

func TestChoose(t *testing.T) {
	alice, bob, stranger := newKey(t, "ed25519"), newKey(t, "ed25519"), newKey(t, "ed25519")
	s, err := parseSigners([]byte("alice " + public(alice) + "bob " + public(bob)))
	if err != nil {
		t.Fatal(err)
	}
	good, who, err := s.Choose([]ssh.Signer{stranger, bob, alice}, noon)
	if err != nil || who != "bob" || !slices.Equal(good, []ssh.Signer{bob, alice}) {
		t.Errorf("%d keys, the first is %s's, error %v", len(good), who, err)
	}
	if _, _, err := s.Choose([]ssh.Signer{stranger}, noon); err == nil || !strings.Contains(err.Error(), "a stranger's signature") {
		t.Errorf("only a stranger's key: %v", err)
	}
}
