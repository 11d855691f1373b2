package approval

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/hiddeco/sshsig"
	"golang.org/x/crypto/ssh"

	"github.com/restorectl/restorectl/providers/host/sshconfig"
)

// signatureLimit is how large a signature file may be, in bytes; the largest keys make some 3000.
const signatureLimit = 64 << 10

// Result is what the signatures of a plan come to.
type Result struct {
	// Persons are those who approved, each once, however many keys and names they have.
	Persons []string
	// Refused says of each signature that does not count why.
	Refused []error
}

// SignatureFiles are the signatures that lie beside a plan: files whose names begin with the plan's and end in .sig.
func SignatureFiles(plan string) ([]string, error) {
	entries, err := os.ReadDir(filepath.Dir(plan))
	if err != nil {
		return nil, err
	}
	var files []string
	for _, e := range entries {
		if strings.HasPrefix(e.Name(), filepath.Base(plan)+".") && strings.HasSuffix(e.Name(), ".sig") {
			files = append(files, filepath.Join(filepath.Dir(plan), e.Name()))
		}
	}
	return files, nil
}

// Check says who has approved the document with the signatures in the files, by what the signers' keys are good for at a time.
func (s *Signers) Check(doc []byte, files []string, at time.Time) Result {
	var r Result
	var persons [][]string
	for _, f := range files {
		names, err := s.signer(doc, f, at)
		if err != nil {
			r.Refused = append(r.Refused, fmt.Errorf("%s: %w", f, err))
			continue
		}
		persons = join(persons, names)
	}
	for _, names := range persons {
		r.Persons = append(r.Persons, names[0])
	}
	return r
}

// signer gives the names of the person who signed.
func (s *Signers) signer(doc []byte, file string, at time.Time) ([]string, error) {
	sig, err := readSignature(file)
	if err != nil {
		return nil, err
	}
	names, err := s.names(sig.PublicKey, at)
	if err != nil {
		return nil, fmt.Errorf("%s %s: %w", sig.PublicKey.Type(), ssh.FingerprintSHA256(sig.PublicKey), err)
	}
	if sig.Namespace != Namespace {
		return nil, fmt.Errorf("%s signed it for the namespace %q, and not %q: it approves no plan", names[0], sig.Namespace, Namespace)
	}
	if err := sshsig.Verify(bytes.NewReader(doc), sig, sig.PublicKey, sig.HashAlgorithm, Namespace); err != nil {
		return nil, fmt.Errorf("%s signed something else with it: another plan, or this one before it was changed", names[0])
	}
	return names, nil
}

func readSignature(file string) (*sshsig.Signature, error) {
	info, err := os.Stat(file)
	if err != nil {
		return nil, err
	}
	if !info.Mode().IsRegular() || info.Size() > signatureLimit {
		return nil, errors.New("it is no signature")
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	sig, err := sshsig.Unarmor(text)
	if err != nil {
		return nil, fmt.Errorf("it is no SSH signature: %w", err)
	}
	// The library looks at bare RSA keys only, and not at certified ones.
	if sig.Signature.Format == ssh.KeyAlgoRSA {
		return nil, errors.New("it is made with SHA-1")
	}
	return sig, nil
}

// join adds a person to those who are known. Who shares a name, or is meant by the other's pattern, is the same: in doubt one person
// counts too little, not too much.
func join(persons [][]string, names []string) [][]string {
	one := slices.Clone(names)
	others := persons[:0:0]
	for _, p := range persons {
		if overlap(p, names) {
			one = append(p, one...)
		} else {
			others = append(others, p)
		}
	}
	return append(others, one)
}

func overlap(a, b []string) bool {
	for _, x := range a {
		for _, y := range b {
			if sshconfig.Match(x, y) || sshconfig.Match(y, x) {
				return true
			}
		}
	}
	return false
}
