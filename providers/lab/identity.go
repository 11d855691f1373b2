//go:build linux

package lab

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"os"
	"path"
	"strings"

	"golang.org/x/crypto/ssh"
)

// identify writes what tells a host from the others, and lets the operator in.
func (h *Host) identify(l *Lab) error {
	id := make([]byte, 16)
	if _, err := rand.Read(id); err != nil {
		return err
	}
	var hosts strings.Builder
	hosts.WriteString("127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\n")
	for _, o := range l.Hosts {
		fmt.Fprintf(&hosts, "%s\t%s\n", o.Address, o.Name)
	}
	authorized := string(ssh.MarshalAuthorizedKey(l.key.PublicKey())) // For root on the host too, as where there is no sudo.
	for name, text := range map[string]string{
		"/etc/hostname":              h.Name + "\n",
		"/etc/machine-id":            hex.EncodeToString(id) + "\n",
		"/etc/hosts":                 hosts.String(),
		"/root/.ssh/authorized_keys": authorized,
		"/home/" + operator + "/.ssh/authorized_keys": authorized,
	} {
		if err := h.Write(name, text, 0o644); err != nil {
			return err
		}
	}
	return h.Write("/etc/ssh/ssh_host_ed25519_key", string(h.keyText), 0o600)
}

// Write writes a file of the host, owned by root, which may be off. No symbolic link of the host's leads out of it.
func (h *Host) Write(name, text string, mode os.FileMode) error {
	root, err := os.OpenRoot(h.Root)
	if err != nil {
		return err
	}
	defer func() { _ = root.Close() }() // What was written is closed already.
	name = strings.TrimPrefix(name, "/")
	if err := root.MkdirAll(path.Dir(name), 0o755); err != nil {
		return err
	}
	if err := root.WriteFile(name, []byte(text), mode); err != nil {
		return err
	}
	return root.Chmod(name, mode)
}
