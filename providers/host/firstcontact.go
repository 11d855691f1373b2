package host

import (
	"context"
	"errors"
	"net"
	"sync"

	"golang.org/x/crypto/ssh"
)

// Stranger is a machine that known_hosts has no key for, and the key that it shows.
type Stranger struct {
	// Host says which machine it is: a scheduler's name, or which jump host. Address is what was dialled.
	Host, Address string
	// Type and Fingerprint are those of the key ("ssh-ed25519", "SHA256:…").
	Type, Fingerprint string
	// File is the known_hosts file that the connection reads first, where the key belongs.
	File string

	knownAs string
	key     ssh.PublicKey
	hash    bool
}

// Strangers looks at the host keys of all machines, side by side, and gives those that are not known: on the way to each scheduler the
// first one, since it is not passed before it is known. Nobody logs in to a machine that is not known. Problems, by scheduler, are what
// kept it from looking, a changed or revoked key among them: that is never taken for a first contact.
func (m *Machines) Strangers(ctx context.Context) (strangers []Stranger, problems map[string]error) {
	problems = map[string]error{}
	if m.cfg.Connection.Kind != kindSSH {
		return nil, problems
	}
	found := make([]*Stranger, len(m.cfg.Schedulers))
	var mu sync.Mutex
	var wg sync.WaitGroup
	for i, s := range m.cfg.Schedulers {
		wg.Go(func() {
			d := dialer{name: s.Name, address: m.address(s.Name), conn: m.cfg.Connection, keys: m.keys}
			var err error
			if found[i], err = d.firstContact(ctx); err != nil {
				mu.Lock()
				defer mu.Unlock()
				problems[s.Name] = err
			}
		})
	}
	wg.Wait()
	seen := map[string]bool{}
	for _, s := range found {
		if s != nil && !seen[s.knownAs+s.Fingerprint] {
			seen[s.knownAs+s.Fingerprint] = true
			strangers = append(strangers, *s)
		}
	}
	return strangers, problems
}

// firstContact gives the first machine on the way that is not known; nil where all of them are.
func (d *dialer) firstContact(ctx context.Context) (*Stranger, error) {
	way, err := newSettings(d.conn, d.keys.opts).resolving(ctx).way(d.address, d.conn)
	if err != nil {
		return nil, err
	}
	l := &link{}
	defer l.abandon()
	for i, t := range way {
		name := d.called(way, i)
		if stranger, err := meet(ctx, t, name, l.client); stranger != nil || err != nil || i == len(way)-1 {
			return stranger, err
		}
		client, err := d.hop(ctx, t, name, l.client)
		if err != nil {
			return nil, err
		}
		l.add(client)
	}
	return nil, nil
}

// meet looks at the key of one machine; nil where it is known.
func meet(ctx context.Context, t *target, name string, via *ssh.Client) (*Stranger, error) {
	v, err := newVerifier(name, t)
	if err != nil {
		return nil, err
	}
	key, err := shownKey(ctx, t, v.algorithms(), via)
	if err != nil {
		return nil, explained(name, t, &identities{}, err)
	}
	err = v.check(t.knownAs(), key.from, key.PublicKey)
	unknown := (*HostKeyError)(nil)
	if !errors.As(err, &unknown) || unknown.Revoked || len(unknown.Known) > 0 {
		return nil, err
	}
	if key, err = shownKey(ctx, t, plainHostKeys, via); err != nil {
		return nil, explained(name, t, &identities{}, err)
	}
	// The plain key is asked about too: it may be revoked while the other is unknown.
	if err = v.check(t.knownAs(), key.from, key.PublicKey); err == nil || !errors.As(err, &unknown) || unknown.Revoked || len(unknown.Known) > 0 {
		return nil, err
	}
	return &Stranger{Host: name, Address: t.address(), Type: key.Type(), Fingerprint: ssh.FingerprintSHA256(key), File: v.files[0],
		knownAs: t.knownAs(), key: key.PublicKey, hash: t.hashNames}, nil
}

// shownHostKey is a host key, and from where it was shown.
type shownHostKey struct {
	ssh.PublicKey
	from net.Addr
}

// shownKey asks a machine for its host key and leaves before logging in.
func shownKey(ctx context.Context, t *target, algorithms []string, via *ssh.Client) (*shownHostKey, error) {
	patience, cancel := context.WithTimeout(ctx, t.timeout)
	defer cancel()
	conn, err := reach(patience, t, via)
	if err != nil {
		return nil, err
	}
	defer func() { _ = conn.Close() }() // It was only to look.
	stop := context.AfterFunc(patience, func() { _ = conn.Close() })
	defer stop()
	var key *shownHostKey
	enough := errors.New("the key was seen")
	_, _, _, err = ssh.NewClientConn(conn, t.knownAs(), &ssh.ClientConfig{User: t.user, HostKeyAlgorithms: algorithms,
		HostKeyCallback: func(_ string, from net.Addr, k ssh.PublicKey) error {
			key = &shownHostKey{k, from}
			return enough
		}})
	switch {
	case key != nil:
		return key, nil
	case patience.Err() != nil:
		return nil, patience.Err()
	}
	return nil, err
}
