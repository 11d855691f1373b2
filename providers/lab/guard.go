//go:build linux

package lab

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// Passphrase is that of the operator's key on guarded hosts, SudoPassword the operator's password there.
const (
	Passphrase   = "correct horse"
	SudoPassword = "s3 cret'" //nolint:gosec // Of hosts that end with the test.
)

// Where guarded hosts have the public key of whoever signs certificates, and the rules for who comes from elsewhere.
const (
	authorityPath = "/etc/ssh/authority.pub"
	guardPath     = "/etc/guard.nft"
)

// guardRules let nobody of the tests' own machine reach sshd.
const guardRules = "table inet guard {\n\tchain input {\n\t\ttype filter hook input priority 0; policy accept;\n" +
	"\t\tip saddr " + Gateway + " tcp dport 22 reject with tcp reset\n\t\tip6 saddr " + Gateway6 + " tcp dport 22 reject with tcp reset\n\t}\n}\n"

// Guard makes the hosts, which run, as sites with strict rules have them: sshd lets in only who has a certificate, all hosts but the first
// are reached by way of the first, and sudo asks for a password. It gives the operator's home folder, where .ssh has a config that knows the
// way, a key with a passphrase, and its certificate.
func (l *Lab) Guard(t testing.TB) (home string) {
	t.Helper()
	home = filepath.Join(l.Dir, "home")
	authority, err := l.certify(t.Context(), filepath.Join(home, ".ssh"))
	if err != nil {
		t.Fatal(err)
	}
	err = l.each(func(h *Host) error { return h.guard(t.Context(), authority) })
	if err == nil {
		err = l.each(func(h *Host) error {
			if h == l.Hosts[0] {
				return nil
			}
			return h.closeToOutside(t.Context())
		})
	}
	if err != nil {
		t.Fatal(err)
	}
	return home
}

// certify fills the operator's folder .ssh with OpenSSH's own programs, and gives the public key of the authority.
func (l *Lab) certify(ctx context.Context, dir string) (authority string, err error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", err
	}
	known, err := os.ReadFile(filepath.Join(l.Dir, "known_hosts"))
	if err != nil {
		return "", err
	}
	var config strings.Builder
	for i, h := range l.Hosts {
		fmt.Fprintf(&config, "Host %s\n  HostName %s\n", h.Name, h.Address)
		if i > 0 {
			fmt.Fprintf(&config, "  ProxyJump %s\n", l.Hosts[0].Name)
		}
	}
	fmt.Fprintf(&config, "Host *\n  User %s\n  IdentityFile ~/.ssh/id_site\n", operator)
	for name, text := range map[string]string{"known_hosts": string(known), "config": config.String()} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			return "", err
		}
	}
	for _, args := range [][]string{
		{"-t", "ed25519", "-N", "", "-f", "../authority"},
		{"-t", "ed25519", "-N", Passphrase, "-f", "id_site"},
		{"-s", "../authority", "-I", "operator", "-n", operator, "id_site.pub"},
	} {
		c := exec.CommandContext(ctx, "ssh-keygen", append([]string{"-q"}, args...)...)
		c.Dir = dir
		if out, err := c.CombinedOutput(); err != nil {
			return "", fmt.Errorf("ssh-keygen %s: %w: %s", args[0], err, bytes.TrimSpace(out))
		}
	}
	text, err := os.ReadFile(filepath.Join(dir, "../authority.pub"))
	return string(text), err
}

// guard lets in only whom the authority has certified, and lets sudo ask for a password.
func (h *Host) guard(ctx context.Context, authority string) error {
	for name, text := range map[string]string{
		authorityPath:                      authority,
		"/etc/ssh/sshd_config.d/site.conf": "TrustedUserCAKeys " + authorityPath + "\nAuthorizedKeysFile none\nPasswordAuthentication no\n",
		"/etc/sudoers.d/ops":               operator + " ALL=(ALL:ALL) ALL\n",
	} {
		if err := h.Write(name, text, 0o440); err != nil {
			return err
		}
	}
	// The hash is a cheap one: sudo computes it for every command of a run.
	if _, err := h.offline("sh", "-c", `echo "$0:$1" | chpasswd -c SHA512 -s 1000`, operator, SudoPassword); err != nil {
		return err
	}
	// A reload would end before sshd listens again.
	_, err := h.Run(ctx, "systemctl", "restart", "ssh")
	return err
}

// closeToOutside lets only other hosts reach sshd.
func (h *Host) closeToOutside(ctx context.Context) error {
	if err := h.Write(guardPath, guardRules, 0o600); err != nil {
		return err
	}
	_, err := h.Run(ctx, "nft", "-f", guardPath)
	return err
}

// Agent starts OpenSSH's agent with the key of the operator's home folder, and gives its socket. It ends with the test.
func (l *Lab) Agent(t testing.TB, home string) string {
	t.Helper()
	socket, ask := filepath.Join(l.Dir, "agent"), filepath.Join(l.Dir, "askpass")
	if err := os.WriteFile(ask, []byte("#!/bin/sh\necho '"+Passphrase+"'\n"), 0o700); err != nil { //nolint:gosec // A program.
		t.Fatal(err)
	}
	agent := exec.Command("ssh-agent", "-D", "-a", socket)
	if err := agent.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = agent.Process.Kill() // It keeps nothing.
		_ = agent.Wait()
	})
	// The socket's name is there before somebody listens.
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(pollEvery) {
		if conn, err := (&net.Dialer{}).DialContext(t.Context(), "unix", socket); err == nil {
			_ = conn.Close() // Nothing was asked.
			break
		}
	}
	add := exec.CommandContext(t.Context(), "ssh-add", filepath.Join(home, ".ssh", "id_site"))
	add.Env = append(os.Environ(), "SSH_AUTH_SOCK="+socket, "SSH_ASKPASS="+ask, "SSH_ASKPASS_REQUIRE=force")
	if out, err := add.CombinedOutput(); err != nil {
		t.Fatalf("ssh-add: %v: %s", err, out)
	}
	return socket
}
