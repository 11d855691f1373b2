package host

import (
	"context"
	"crypto"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/user"
	"sync"

	"golang.org/x/crypto/ssh"

	"github.com/restorectl/restorectl/config"
)

// keyring finds the keys to log in with. A passphrase is asked for only when a machine accepts the key, and once for each file.
type keyring struct {
	opts Options

	mu     sync.Mutex
	opened map[string]ssh.AlgorithmSigner
	sudo   *passwords
}

// passwords are what sudo is told on the machines of a connection, nil where it is told nothing.
func (k *keyring) passwords(c config.Connection) *passwords {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.sudo == nil {
		k.sudo = newPasswords(c, k.opts)
	}
	return k.sudo
}

func newKeyring(opts Options) *keyring {
	if opts.Home == "" {
		if home, err := os.UserHomeDir(); err == nil {
			opts.Home = home
		}
	}
	if opts.User == "" {
		if u, err := user.Current(); err == nil {
			opts.User = u.Username
		}
	}
	return &keyring{opts: opts, opened: map[string]ssh.AlgorithmSigner{}}
}

// identities are the keys to try on one machine, and what is to be said of them when none is accepted.
type identities struct {
	signers []ssh.Signer
	tried   []string
	// locked says that a passphrase may have to be asked for.
	locked bool
	// close gives up the agent, whatever it is doing; more than once does nothing.
	close func()
}

func (ids *identities) add(s ssh.Signer, from string) {
	ids.signers = append(ids.signers, s)
	ids.tried = append(ids.tried, fmt.Sprintf("%s (%s %s)", from, s.PublicKey().Type(), ssh.FingerprintSHA256(s.PublicKey())))
}

func (ids *identities) note(from string, err error) {
	ids.tried = append(ids.tried, fmt.Sprintf("%s (not usable: %v)", from, err))
}

// identities gathers the keys for a target: the certificates that it names, then its files, each with the certificate beside it where
// none is named, then what else the agent holds.
func (k *keyring) identities(ctx context.Context, t *target) *identities {
	ids := &identities{close: func() {}}
	held := k.agentKeys(ctx, t, ids)
	own := k.fileKeys(ctx, t, held, ids)
	ids.certificates(t, own, held)
	used := map[string]bool{}
	for _, key := range own {
		used[string(key.PublicKey().Marshal())] = true
		if len(t.certificateFiles) == 0 {
			ids.certificateBeside(key)
		}
		ids.add(key.Signer, key.file)
	}
	for _, s := range held {
		if !t.identitiesOnly && !used[string(s.PublicKey().Marshal())] {
			ids.add(s, "ssh-agent")
		}
	}
	return ids
}

// fileKey is the key of a file.
type fileKey struct {
	ssh.Signer
	file string
}

// fileKeys reads the keys of a target's files; what can't be used is noted.
func (k *keyring) fileKeys(ctx context.Context, t *target, held []ssh.Signer, ids *identities) (own []fileKey) {
	for _, file := range t.identityFiles {
		s, err := k.fromFile(ctx, file, held)
		switch {
		case errors.Is(err, fs.ErrNotExist) && !t.named:
			continue
		case err != nil:
			ids.note(file, err)
			continue
		}
		if _, locked := s.(*lockedKey); locked {
			ids.locked = true
		}
		own = append(own, fileKey{s, file})
	}
	return own
}

// fromFile gives the key of a file. Where the agent holds an encrypted key it is used from there.
func (k *keyring) fromFile(ctx context.Context, file string, held []ssh.Signer) (ssh.Signer, error) {
	pem, err := os.ReadFile(file)
	if err != nil {
		// Only the public half may lie there, with the private one in the agent.
		if public := publicHalf(file); public != nil {
			if s := among(held, public); s != nil {
				return s, nil
			}
		}
		return nil, err
	}
	s, err := ssh.ParsePrivateKey(pem)
	locked := (*ssh.PassphraseMissingError)(nil)
	if !errors.As(err, &locked) {
		return s, err
	}
	public := locked.PublicKey
	if public == nil {
		public = publicHalf(file)
	}
	if public == nil {
		// Its public half is not known before it is opened.
		return k.open(ctx, file, pem)
	}
	if s := among(held, public); s != nil {
		return s, nil
	}
	return &lockedKey{ctx: ctx, ring: k, file: file, pem: pem, public: public}, nil
}

// publicHalf reads FILE.pub, or FILE itself where that is a public key; nil where there is none.
func publicHalf(file string) ssh.PublicKey {
	for _, name := range []string{file + ".pub", file} {
		text, err := os.ReadFile(name)
		if err != nil {
			continue
		}
		if key, _, _, _, err := ssh.ParseAuthorizedKey(text); err == nil {
			return key
		}
	}
	return nil
}

func among(held []ssh.Signer, public ssh.PublicKey) ssh.Signer {
	for _, s := range held {
		if string(s.PublicKey().Marshal()) == string(public.Marshal()) {
			return s
		}
	}
	return nil
}

// open decrypts a key file, asking for its passphrase.
func (k *keyring) open(ctx context.Context, file string, pem []byte) (ssh.AlgorithmSigner, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if s := k.opened[file]; s != nil {
		return s, nil
	}
	if k.opts.Passphrase == nil {
		return nil, fmt.Errorf("the key %s is encrypted; load it into ssh-agent (`ssh-add %s`)", file, file)
	}
	var last error
	for range 3 {
		passphrase, err := k.opts.Passphrase(ctx, file)
		if err != nil {
			return nil, fmt.Errorf("no passphrase for the key %s: %w", file, err)
		}
		raw, err := ssh.ParseRawPrivateKeyWithPassphrase(pem, passphrase)
		if err != nil {
			last = err
			continue
		}
		s, err := algorithmSigner(raw)
		if err != nil {
			return nil, fmt.Errorf("key %s: %w", file, err)
		}
		k.opened[file] = s
		return s, nil
	}
	return nil, fmt.Errorf("can't open the key %s: %w", file, last)
}

func algorithmSigner(raw crypto.PrivateKey) (ssh.AlgorithmSigner, error) {
	s, err := ssh.NewSignerFromKey(raw)
	if err != nil {
		return nil, err
	}
	as, ok := s.(ssh.AlgorithmSigner)
	if !ok {
		return nil, fmt.Errorf("keys of type %s are not supported", s.PublicKey().Type())
	}
	return as, nil
}

// lockedKey is an encrypted key whose public half is known. It asks for its passphrase when it has to sign.
type lockedKey struct {
	ctx    context.Context //nolint:containedctx // Signing happens inside a handshake, which takes no context.
	ring   *keyring
	file   string
	pem    []byte
	public ssh.PublicKey
}

// PublicKey is the public half.
func (l *lockedKey) PublicKey() ssh.PublicKey { return l.public }

// Sign signs with the key's own algorithm.
func (l *lockedKey) Sign(rand io.Reader, data []byte) (*ssh.Signature, error) {
	return l.SignWithAlgorithm(rand, data, "")
}

// SignWithAlgorithm signs with the given algorithm.
func (l *lockedKey) SignWithAlgorithm(rand io.Reader, data []byte, algorithm string) (*ssh.Signature, error) {
	s, err := l.ring.open(l.ctx, l.file, l.pem)
	if err != nil {
		return nil, err
	}
	return s.SignWithAlgorithm(rand, data, algorithm)
}
