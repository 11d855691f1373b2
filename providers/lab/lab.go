//go:build linux

package lab

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/ssh"
	"golang.org/x/crypto/ssh/knownhosts"

	"github.com/restorectl/restorectl/providers/sandbox"
)

// The lab's network, which nothing outside of the lab sees. Host 1 is 10.99.0.11 and fd99::11.
const (
	network  = "10.99.0."
	network6 = "fd99::"
	bridge   = "lab"
	// Gateway and Gateway6 are the addresses of the tests' own machine in the lab's network.
	Gateway  = network + "1"
	Gateway6 = network6 + "1"
)

// operator is the user who logs in on the hosts and may become root with sudo.
const operator = "ops"

// taken is held by the test that has hosts: their addresses are always the same.
var taken sync.Mutex

// Lab are hosts, and what an operator needs to reach them.
type Lab struct {
	// Dir is a folder for the test's files. It holds ssh_config, known_hosts and id_ed25519.
	Dir   string
	Hosts []*Host

	key     ssh.Signer
	keyText []byte
}

// New makes n hosts, which do not run before they are booted. They end with the test, which is skipped where there is no lab.
func New(t testing.TB, n int) *Lab {
	t.Helper()
	if absent != "" {
		t.Skip("no real hosts: " + absent)
	}
	if !taken.TryLock() {
		t.Fatal("the lab's network is taken by another test of this process")
	}
	t.Cleanup(taken.Unlock)
	l, err := build(t, n)
	if err != nil {
		t.Fatal(err)
	}
	return l
}

func build(t testing.TB, n int) (*Lab, error) {
	dir, err := os.MkdirTemp(within.work, "lab-")
	if err != nil {
		return nil, err
	}
	l := &Lab{Dir: dir}
	t.Cleanup(func() {
		if err := l.close(); err != nil {
			t.Errorf("the lab did not end cleanly: %v", err)
		}
	})
	if err := os.Chmod(dir, 0o755); err != nil { //nolint:gosec // The hosts' users go through it.
		return nil, err
	}
	if l.key, l.keyText, err = sandbox.NewKey("restorectl lab"); err != nil {
		return nil, err
	}
	if err := l.writePrograms(); err != nil {
		return nil, err
	}
	for i := 1; i <= n; i++ {
		h, err := l.addHost(i)
		if h != nil {
			l.Hosts = append(l.Hosts, h)
		}
		if err != nil {
			return nil, err
		}
	}
	for _, h := range l.Hosts {
		if err := h.identify(l); err != nil {
			return nil, fmt.Errorf("the files of %s: %w", h.Name, err)
		}
	}
	return l, l.writeClientFiles()
}

// Boot boots all hosts side by side, and returns when all of them are up.
func (l *Lab) Boot(t testing.TB) {
	t.Helper()
	begun := time.Now()
	if err := l.each(func(h *Host) error { return h.Boot(t.Context()) }); err != nil {
		t.Fatal(err)
	}
	t.Logf("%d hosts up in %s", len(l.Hosts), time.Since(begun).Round(time.Millisecond))
}

// each does something with every host, side by side.
func (l *Lab) each(do func(h *Host) error) error {
	errs := make([]error, len(l.Hosts))
	var wait sync.WaitGroup
	for i, h := range l.Hosts {
		wait.Go(func() { errs[i] = do(h) })
	}
	wait.Wait()
	return errors.Join(errs...)
}

// close ends the hosts and forgets their files.
func (l *Lab) close() error {
	return errors.Join(l.each(func(h *Host) error { return h.close() }), os.RemoveAll(l.Dir))
}

// SSHConfig is the path of an ssh_config that knows the hosts by their names.
func (l *Lab) SSHConfig() string { return filepath.Join(l.Dir, "ssh_config") }

// writeClientFiles writes what an SSH client needs.
func (l *Lab) writeClientFiles() error {
	var config, known bytes.Buffer
	for _, h := range l.Hosts {
		for _, address := range []string{h.Name, h.Address, h.Address6} {
			fmt.Fprintln(&known, knownhosts.Line([]string{address}, h.key.PublicKey()))
		}
		fmt.Fprintf(&config, "Host %s\n  HostName %s\n\n", h.Name, h.Address)
	}
	fmt.Fprintf(&config, "Host *\n  User %s\n  IdentityFile %s\n  IdentitiesOnly yes\n  UserKnownHostsFile %s\n  GlobalKnownHostsFile none\n  StrictHostKeyChecking yes\n",
		operator, filepath.Join(l.Dir, "id_ed25519"), filepath.Join(l.Dir, "known_hosts"))
	for _, f := range []struct {
		name string
		text []byte
		mode os.FileMode
	}{
		{"id_ed25519", l.keyText, 0o600},
		{"id_ed25519.pub", ssh.MarshalAuthorizedKey(l.key.PublicKey()), 0o644},
		{"known_hosts", known.Bytes(), 0o644},
		{"ssh_config", config.Bytes(), 0o644},
	} {
		if err := os.WriteFile(filepath.Join(l.Dir, f.name), f.text, f.mode); err != nil {
			return err
		}
	}
	return nil
}
