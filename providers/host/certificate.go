package host

import (
	"errors"
	"io/fs"
	"os"
	"strings"

	"golang.org/x/crypto/ssh"
)

// certificates adds those that the target names, each with the key that it was made for: one of its files, or of the agent where that is
// asked.
func (ids *identities) certificates(t *target, own []fileKey, held []ssh.Signer) {
	var keys []ssh.Signer
	for _, key := range own {
		keys = append(keys, key.Signer)
	}
	if !t.identitiesOnly {
		keys = append(keys, held...)
	}
	for _, file := range t.certificateFiles {
		if err := ids.certificate(file, keys); err != nil {
			ids.note(file, err)
		}
	}
}

// certificateBeside adds the certificate that lies beside a key's file, if one does.
func (ids *identities) certificateBeside(key fileKey) {
	file := strings.TrimSuffix(key.file, ".pub") + "-cert.pub"
	if err := ids.certificate(file, []ssh.Signer{key.Signer}); err != nil && !errors.Is(err, fs.ErrNotExist) {
		ids.note(file, err)
	}
}

// certificate adds the certificate of a file, with the one of the keys that it was made for.
func (ids *identities) certificate(file string, keys []ssh.Signer) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	key, _, _, _, err := ssh.ParseAuthorizedKey(text)
	if err != nil {
		return err
	}
	cert, ok := key.(*ssh.Certificate)
	if !ok {
		return errors.New("it holds no certificate")
	}
	s := among(keys, cert.Key)
	if s == nil {
		return errors.New("there is no key that it was made for")
	}
	certified, err := ssh.NewCertSigner(cert, s)
	if err != nil {
		return err
	}
	ids.add(certified, file)
	return nil
}
