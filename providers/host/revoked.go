package host

import (
	"bytes"
	"fmt"
	"os"

	"golang.org/x/crypto/ssh"
)

// krlMagic begins a key revocation list in OpenSSH's binary format (PROTOCOL.krl).
const krlMagic = "SSHKRL\n\x00"

// revokedKeys reads the files of RevokedHostKeys, which list public keys, one a line. As with OpenSSH a file that can't be read lets no
// host key count.
func revokedKeys(files []string) (map[string]place, error) {
	revoked := map[string]place{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return nil, fmt.Errorf("no host key counts while RevokedHostKeys can't be read: %w", err)
		}
		if bytes.HasPrefix(text, []byte(krlMagic)) {
			return nil, fmt.Errorf("RevokedHostKeys %s is a binary revocation list, which restorectl can't read; list the keys, one a line", file)
		}
		number := 0
		for line := range bytes.Lines(text) {
			number++
			if line = bytes.TrimSpace(line); len(line) == 0 || line[0] == '#' {
				continue
			}
			key, _, _, _, err := ssh.ParseAuthorizedKey(line)
			if err != nil {
				return nil, fmt.Errorf("RevokedHostKeys %s:%d is not a public key: %w", file, number, err)
			}
			revoked[string(key.Marshal())] = place{file, number}
		}
	}
	return revoked, nil
}
