package approval

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/hiddeco/sshsig"
	"golang.org/x/crypto/ssh"
)

// ErrSigned says that the signature is there already.
var ErrSigned = errors.New("the plan is approved with this key already")

// Choose gives those of the keys whose signatures count at a time, and the name of the person whose the first one is. Where none does,
// the error says why.
func (s *Signers) Choose(keys []ssh.Signer, at time.Time) (good []ssh.Signer, who string, err error) {
	var refusals []error
	for _, k := range keys {
		names, err := s.names(k.PublicKey(), at)
		if err != nil {
			refusals = append(refusals, fmt.Errorf("%s %s: %w", k.PublicKey().Type(), ssh.FingerprintSHA256(k.PublicKey()), err))
			continue
		}
		if good = append(good, k); who == "" {
			who = names[0]
		}
	}
	if len(good) == 0 {
		return nil, "", errors.Join(refusals...)
	}
	return good, who, nil
}

// Sign signs a document and writes the signature beside the plan, as ssh-keygen writes it. Who is the name in the file's name.
func Sign(plan string, doc []byte, key ssh.Signer, who string) (file string, err error) {
	sig, err := sshsig.Sign(bytes.NewReader(doc), key, sshsig.HashSHA512, Namespace)
	if err != nil {
		return "", err
	}
	file = plan + "." + fileName(who) + ".sig"
	if there, err := readSignature(file); err == nil && same(there.PublicKey, key.PublicKey()) &&
		sshsig.Verify(bytes.NewReader(doc), there, there.PublicKey, there.HashAlgorithm, Namespace) == nil {
		return "", fmt.Errorf("%w: %s", ErrSigned, file)
	}
	tmp, err := os.CreateTemp(filepath.Dir(file), "."+filepath.Base(file)+".*") // CreateTemp makes files of mode 0600.
	if err != nil {
		return "", err
	}
	defer func() { _ = os.Remove(tmp.Name()) }() // Gone already after the rename.
	_, err = tmp.Write(sshsig.Armor(sig))
	if err = errors.Join(err, tmp.Close()); err != nil {
		return "", err
	}
	return file, os.Rename(tmp.Name(), file)
}

// fileName makes a name of a person's that can stand in the name of any file.
func fileName(who string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("@._+-", r) {
			return r
		}
		return '_'
	}, who)
}
