package host

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strings"
	"syscall"
	"time"

	"golang.org/x/crypto/ssh"

	"github.com/restorectl/restorectl/config"
)

// passphraseWait is how long a person may take to type a passphrase.
const passphraseWait = 5 * time.Minute

// LoginError says that a machine did not accept any of the operator's keys.
type LoginError struct {
	// Host is the scheduler's name, Address what was dialled, User who wanted to log in.
	Host, Address, User string
	// Tried names the keys that were tried, each with its fingerprint.
	Tried []string
	// Cause is what the machine or the keys said.
	Cause error
}

// Error names the user, the machine and the keys.
func (e *LoginError) Error() string {
	keys := "there was no key to try"
	if len(e.Tried) > 0 {
		keys = "tried " + strings.Join(e.Tried, ", ")
	}
	remedy := fmt.Sprintf("put a public key into ~%s/.ssh/authorized_keys there, or name the right key with identity_files", e.User)
	if strings.Contains(e.Cause.Error(), "Too many authentication failures") {
		remedy = "too many keys were offered: name the right one with identity_files, and set IdentitiesOnly yes in the SSH configuration"
	}
	return fmt.Sprintf("%s (%s) does not let user %s in: %s; %s (%v)", e.Host, e.Address, e.User, keys, remedy, e.Cause)
}

// Unwrap gives the cause.
func (e *LoginError) Unwrap() error { return e.Cause }

// dialer connects to one scheduler's machine, by way of others where the SSH configuration says so.
type dialer struct {
	name    string
	address string
	conn    config.Connection
	keys    *keyring
}

// link is a connection to a machine, with those on the way to it.
type link struct {
	client *ssh.Client
	via    []*ssh.Client
}

// close closes the connection and those that carry it.
func (l *link) close() error {
	err := l.client.Close()
	for i := len(l.via) - 1; i >= 0; i-- {
		_ = l.via[i].Close() // The connection that mattered is closed already.
	}
	return err
}

// dial connects and logs in.
func (d *dialer) dial(ctx context.Context) (*link, error) {
	way, err := newSettings(d.conn, d.keys.opts).resolving(ctx).way(d.address, d.conn)
	if err != nil {
		return nil, err
	}
	l := &link{}
	for i, t := range way {
		client, err := d.hop(ctx, t, d.called(way, i), l.client)
		if err != nil {
			l.abandon()
			return nil, err
		}
		l.add(client)
	}
	return l, nil
}

// called is what a machine on the way is called in an error.
func (d *dialer) called(way []*target, i int) string {
	if i == len(way)-1 {
		return d.name
	}
	return "the jump host " + way[i].host + " on the way to " + d.name
}

// add goes on with a connection through the one before.
func (l *link) add(client *ssh.Client) {
	if l.client != nil {
		l.via = append(l.via, l.client)
	}
	l.client = client
}

// abandon closes what was connected on the way.
func (l *link) abandon() {
	if l.client != nil {
		_ = l.close() // There is an error to tell already, or it was only to look.
	}
}

// hop connects to one machine, over TCP or through the connection to the one before.
func (d *dialer) hop(ctx context.Context, t *target, name string, via *ssh.Client) (*ssh.Client, error) {
	v, err := newVerifier(name, t)
	if err != nil {
		return nil, err
	}
	patience, cancel := context.WithTimeout(ctx, t.timeout)
	defer cancel()
	conn, err := reach(patience, t, via)
	if err != nil {
		return nil, unreachable(name, t, err)
	}
	ids := d.keys.identities(ctx, t)
	defer ids.close()
	client, err := handshake(ctx, conn, t, v, ids)
	if err != nil {
		_ = conn.Close() // There is an error to tell already.
		return nil, explained(name, t, ids, err)
	}
	return client, nil
}

// reach opens the connection that SSH is spoken on.
func reach(ctx context.Context, t *target, via *ssh.Client) (net.Conn, error) {
	if via != nil {
		return via.DialContext(ctx, "tcp", t.address())
	}
	var d net.Dialer
	return d.DialContext(ctx, "tcp", t.address())
}

// handshake agrees on keys and logs in.
func handshake(ctx context.Context, conn net.Conn, t *target, v *verifier, ids *identities) (*ssh.Client, error) {
	cfg := &ssh.ClientConfig{User: t.user, HostKeyCallback: v.check, HostKeyAlgorithms: v.algorithms(),
		Auth: []ssh.AuthMethod{ssh.PublicKeys(ids.signers...)}}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	stop := context.AfterFunc(ctx, func() {
		_ = conn.Close() // The handshake then ends,
		ids.close()      // also where it waits for the agent to sign.
	})
	defer stop()
	limit := t.timeout
	if ids.locked {
		limit += passphraseWait
	}
	timer := time.AfterFunc(limit, func() { cancel(fmt.Errorf("no SSH handshake within %s", limit)) })
	defer timer.Stop()
	c, channels, requests, err := ssh.NewClientConn(conn, t.knownAs(), cfg)
	if cause := context.Cause(ctx); err != nil && cause != nil {
		return nil, cause
	}
	if err != nil {
		return nil, err
	}
	return ssh.NewClient(c, channels, requests), nil
}

// explained says in an operator's words why a handshake failed.
func explained(name string, t *target, ids *identities, err error) error {
	key, negotiation := (*HostKeyError)(nil), (*ssh.AlgorithmNegotiationError)(nil)
	text := err.Error()
	switch {
	case errors.As(err, &key):
		return key
	case errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return unreachable(name, t, err)
	case strings.Contains(text, "unable to authenticate"), strings.Contains(text, "Too many authentication failures"):
		return &LoginError{Host: name, Address: t.address(), User: t.user, Tried: ids.tried, Cause: err}
	case errors.As(err, &negotiation) && strings.Contains(text, "host key"):
		return fmt.Errorf("%s (%s) shows no host key of the kinds that %s has for it; add its present key there after comparing the fingerprint: %w",
			name, t.address(), strings.Join(append(slices.Clone(t.knownHosts), t.moreKnownHosts...), ", "), err)
	case errors.As(err, &negotiation):
		return fmt.Errorf("%s (%s) and restorectl have no SSH algorithm in common: %w", name, t.address(), err)
	}
	return unreachable(name, t, err)
}

func unreachable(name string, t *target, err error) error {
	if errors.Is(err, syscall.ECONNREFUSED) {
		// That is what Dial says of a port on a machine that was reached.
		err = errors.New(err.Error())
	}
	return fmt.Errorf("%w: %s at %s: %w; look whether it is up and whether its SSH port can be reached from here", ErrUnreachable, name, t.address(), err)
}
