package host

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/restorectl/restorectl/config"
)

// The kinds of connection (config.Connection.Kind).
const (
	kindSSH   = "ssh"
	kindLocal = "local"
)

// Options are what connections take from the operator's surroundings.
type Options struct {
	// Home is the operator's home folder, where .ssh lies; empty is that of the user who runs the program.
	Home string
	// User is the operator's name, the login user where nothing else is said; empty is the user who runs the program.
	User string
	// AgentSocket is the ssh-agent's socket (SSH_AUTH_SOCK); empty means none.
	AgentSocket string
	// SystemConfig is the ssh_config(5) file for all users, read after the operator's own; empty is /etc/ssh/ssh_config.
	SystemConfig string
	// Passphrase asks for the passphrase of an encrypted key file; nil means that nobody can be asked.
	Passphrase func(ctx context.Context, file string) ([]byte, error)
	// BecomePassword asks for the password that sudo wants on the hosts; nil means that nobody can be asked.
	BecomePassword func(ctx context.Context) ([]byte, error)
}

// Machines are the hosts of a cluster. It implements Pool.
type Machines struct {
	cfg   config.Cluster
	keys  *keyring
	slots map[string]*slot
}

// slot is the place of one host.
type slot struct {
	mu     sync.Mutex
	host   Host
	closed bool
}

// NewPool gives the hosts of a cluster. Nothing is connected before it is asked for. Close closes all.
func NewPool(cfg config.Cluster, opts Options) *Machines {
	m := &Machines{cfg: cfg, keys: newKeyring(opts), slots: map[string]*slot{}}
	for _, s := range cfg.Schedulers {
		m.slots[s.Name] = &slot{}
	}
	return m
}

// Host returns the named scheduler's host, connected. Several hosts can be connected at once; each is connected once, and a
// connection that failed is tried again when it is asked for again.
func (m *Machines) Host(ctx context.Context, name string) (Host, error) {
	s, ok := m.slots[name]
	if !ok {
		return nil, fmt.Errorf("no scheduler is named %q in the configuration", name)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return nil, fmt.Errorf("%w: the connection to %s was closed", ErrUnreachable, name)
	}
	if s.host != nil {
		return s.host, nil
	}
	h, err := m.connect(ctx, name)
	if err != nil {
		return nil, err
	}
	s.host = h
	return h, nil
}

func (m *Machines) connect(ctx context.Context, name string) (Host, error) {
	switch c := m.cfg.Connection; c.Kind {
	case kindLocal:
		return NewLocal(name, c.Become, nil).withPasswords(m.keys.passwords(c)), nil
	case kindSSH:
		return connectSSH(ctx, name, m.address(name), c, m.keys)
	default:
		return nil, fmt.Errorf("there is no connection of kind %q; known are %q and %q", c.Kind, kindSSH, kindLocal)
	}
}

func (m *Machines) address(name string) string {
	for _, s := range m.cfg.Schedulers {
		if s.Name == name && s.Address != "" {
			return s.Address
		}
	}
	return name
}

// Close closes all connections.
func (m *Machines) Close() error {
	var errs []error
	for _, s := range m.slots {
		s.mu.Lock()
		s.closed = true
		if s.host != nil {
			errs = append(errs, s.host.Close())
		}
		s.mu.Unlock()
	}
	return errors.Join(errs...)
}
