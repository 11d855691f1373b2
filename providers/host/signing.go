package host

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"golang.org/x/crypto/ssh"
)

// SigningKeys are the operator's keys for signing documents: that in the file, with the certificate beside it, or where no file is
// named those in the usual files and in ssh-agent. Release gives up the connection to the agent. An encrypted key asks for its
// passphrase when it signs.
func SigningKeys(ctx context.Context, file string, opts Options) (keys []ssh.Signer, release func(), err error) {
	ring := newKeyring(opts)
	t := &target{agent: opts.AgentSocket, named: file != "", identitiesOnly: file != "", identityFiles: []string{file}, timeout: defaultTimeout}
	if file == "" {
		t.identityFiles = nil
		for _, name := range usualKeys {
			t.identityFiles = append(t.identityFiles, filepath.Join(ring.opts.Home, ".ssh", name))
		}
	}
	ids := ring.identities(ctx, t)
	if len(ids.signers) > 0 {
		return ids.signers, ids.close, nil
	}
	ids.close()
	if len(ids.tried) == 0 {
		return nil, nil, errors.New("there is no key to sign with: name one with --key, or load one into ssh-agent")
	}
	return nil, nil, fmt.Errorf("there is no key to sign with: %s", strings.Join(ids.tried, ", "))
}
