//go:build linux

package lab

import (
	"testing"
	"time"

	"github.com/restorectl/restorectl/config"
	"github.com/restorectl/restorectl/providers/host"
)

// Connection is how the tool reaches the hosts: over SSH, as the operator, with sudo.
func (l *Lab) Connection() config.Connection {
	return config.Connection{Kind: "ssh", ConfigFile: l.SSHConfig(), Become: "sudo", Timeout: time.Minute}
}

// Connect reaches a host as the tool does, until the test ends.
func (l *Lab) Connect(t testing.TB, h *Host) host.Host {
	t.Helper()
	over, err := host.ConnectSSH(t.Context(), h.Name, h.Name, l.Connection(), host.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = over.Close() }) // The host may be off by then.
	return over
}
